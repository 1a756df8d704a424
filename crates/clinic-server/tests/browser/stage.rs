//! What a test plays on: a server with the sample clinic, a line to it, and the people who come.

use std::cell::{Ref, RefCell};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;

use tokio::runtime::Builder;

use crate::browser::Scripts;
use crate::line::Line;
use crate::person::Person;
use crate::place::Place;
use crate::server::Server;
use crate::slots::{self, Slot};

/// A server, the line to it, and whoever has come.
pub(crate) struct Stage {
    people: RefCell<Vec<Rc<Person>>>,
    /// Between the browsers and the server.
    pub(crate) line: Line,
    server: RefCell<Option<Server>>,
    address: SocketAddr,
    /// What the server said when it made the sample clinic: later it does not tell the passwords.
    greeting: String,
    /// Passwords that were given since.
    given: RefCell<BTreeMap<String, String>>,
    place: Place,
}

/// Plays a story beside few others. It fails, too, if a browser complains about what nobody expected.
pub(crate) fn play(story: impl AsyncFnOnce(&Stage)) {
    play_in(slots::one(), |_| {}, story);
}

/// Plays a story while no other is played: for what is measured.
pub(crate) fn play_alone(story: impl AsyncFnOnce(&Stage)) {
    play_alone_after(|_| {}, story);
}

/// The same on a log that `before` has filled; one that it leaves empty gets the sample clinic.
pub(crate) fn play_alone_after(before: impl FnOnce(&Place), story: impl AsyncFnOnce(&Stage)) {
    play_in(slots::all(), before, story);
}

fn play_in(slot: Slot, before: impl FnOnce(&Place), story: impl AsyncFnOnce(&Stage)) {
    let place = Place::new();
    before(&place);
    // The line and the drivers go on while a test waits for something in its own thread.
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.expect("a runtime");
    let stage = runtime.block_on(Stage::on(place));
    let played = catch_unwind(AssertUnwindSafe(|| runtime.block_on(story(&stage))));
    let complaints = catch_unwind(AssertUnwindSafe(|| runtime.block_on(stage.complaints())));
    let complaints = complaints.unwrap_or_else(|_| vec!["the browsers do not answer".to_owned()]);
    drop(stage);
    drop(slot);
    let complaints = complaints.join("\n");
    if let Err(failed) = played {
        tell(&complaints);
        resume_unwind(failed);
    }
    assert!(complaints.is_empty(), "browsers complain:\n{complaints}");
}

#[expect(
    clippy::print_stderr,
    reason = "why a test failed may be in it, and a panic says one thing"
)]
fn tell(complaints: &str) {
    eprintln!("what browsers complained about: {complaints}");
}

impl Stage {
    async fn on(place: Place) -> Self {
        let server = Server::on(&place);
        let (address, greeting) = (server.address, server.greeting.clone());
        let line = Line::to(address).await;
        let (people, server) = (RefCell::default(), RefCell::new(Some(server)));
        Self { people, line, server, address, greeting, given: RefCell::default(), place }
    }

    /// Somebody comes with a browser of her own.
    pub(crate) async fn person(&self, name: &'static str) -> Rc<Person> {
        self.comes(name, Scripts::Run).await
    }

    /// Somebody comes whose browser runs no scripts.
    pub(crate) async fn person_without_scripts(&self, name: &'static str) -> Rc<Person> {
        self.comes(name, Scripts::Off).await
    }

    /// A member of the sample clinic comes to her desk.
    pub(crate) async fn member(&self, name: &'static str, sign_in: &str) -> Rc<Person> {
        let person = self.person(name).await;
        person.signs_in(sign_in, &self.password(sign_in)).await;
        person
    }

    /// The server, to ask something of it past all browsers.
    pub(crate) fn server(&self) -> Ref<'_, Server> {
        Ref::map(self.server.borrow(), |server| server.as_ref().expect("it is running"))
    }

    /// From here on somebody signs in with this password.
    pub(crate) fn gives(&self, sign_in: &str, password: &str) {
        self.given.borrow_mut().insert(sign_in.to_owned(), password.to_owned());
    }

    /// The password that somebody of the clinic has.
    pub(crate) fn password(&self, sign_in: &str) -> String {
        if let Some(given) = self.given.borrow().get(sign_in) {
            return given.clone();
        }
        let line = self.greeting.lines().find(|line| line.trim_start().starts_with(sign_in));
        let password = line.and_then(|line| line.split_whitespace().nth(1));
        password.unwrap_or_else(|| panic!("no {sign_in}: {}", self.greeting)).to_owned()
    }

    /// The server is killed, as by a loss of power.
    pub(crate) fn server_dies(&self) {
        drop(self.server.borrow_mut().take());
    }

    /// It comes back, on the same log and at the same port.
    pub(crate) fn server_returns(&self) {
        let listen = self.address.to_string();
        let server = Server::start(self.place.program(&["serve", "--listen", &listen]));
        self.server.replace(Some(server));
    }

    async fn comes(&self, name: &'static str, scripts: Scripts) -> Rc<Person> {
        let person = Rc::new(Person::new(name, self.line.address, scripts).await);
        self.people.borrow_mut().push(Rc::clone(&person));
        person
    }

    async fn complaints(&self) -> Vec<String> {
        let people = self.people.borrow().clone();
        let mut all = vec![];
        for person in people {
            let own = person.complaints().await;
            all.extend(own.into_iter().map(|complaint| format!("{}: {complaint}", person.name)));
        }
        all
    }
}
