//! Who may do and see what: the answer of every route and stream to everybody, against a table that is
//! kept beside the tests; and no answer names anybody whom its reader may not know.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use clinic_domain::actor::Actor;
use clinic_domain::clinic::Role;
use clinic_domain::command::{Action, CheckInForm};
use clinic_domain::ids::{MemberId, RoomId, TransferId, VisitId};
use clinic_domain::personal::Personal;
use clinic_domain::text::{Label, Note, Notice, PersonName};
use clinic_domain::time::Millis;
use clinic_domain::visit::CloseReason;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use uuid::Uuid;

use super::fixture::Served;
use super::routes::document;
use crate::engine::fixture::{House, start, title, token};

/// Those who ask, in the order of the table's columns.
const CALLERS: [&str; 9] = [
    "nobody",
    "patient",
    "another patient",
    "member of another clinic",
    "unassigned member",
    "assigned member",
    "disabled member",
    "admin",
    "owner",
];

/// Names that betray themselves: of the visit that is asked for, of one in another room, of one in another
/// clinic, and what a member wrote about the first.
const MARIA: &str = "Canary Maria";
const JONAS: &str = "Canary Jonas";
const OLAF: &str = "Canary Olaf";
const SECRET: &str = "Canary Secret";

/// Two clinics, and somebody of each kind.
struct Town {
    served: Served,
    other: House,
    admin: MemberId,
    disabled: MemberId,
    /// A member whom others are to do something with.
    subject: MemberId,
    owner: MemberId,
    stranger: MemberId,
    maria: VisitId,
    twin: VisitId,
    olaf: VisitId,
    transfer: TransferId,
}

/// What stands for what in a path and a body.
#[derive(Clone, Copy)]
struct Ids {
    clinic: Uuid,
    room: Uuid,
    to: Uuid,
    visit: Uuid,
    survivor: Uuid,
    member: Uuid,
    transfer: Uuid,
}

async fn patient(house: &House, room: RoomId, n: u8, name: &str) -> VisitId {
    let name = PersonName::parse(name).expect("a name");
    let form = CheckInForm::new(room, token(n), name);
    let came = house.ask(Actor::Patient(token(n)), Action::CheckIn(Box::new(form))).await;
    came.expect("granted").visit().expect("a visit")
}

async fn member(house: &House, name: &str, role: Role) -> MemberId {
    let name = title(name);
    let added = house.host(Action::AddMember { name, role, external_ref: None }).await;
    added.member().expect("a member")
}

impl Town {
    async fn new() -> Self {
        let house = House::new().await;
        let other = House::with(house.engine.clone(), house.clock.clone()).await;
        let admin = member(&house, "Alma", Role::Admin).await;
        let disabled = member(&house, "Dora", Role::Member).await;
        let subject = member(&house, "Mo", Role::Member).await;
        house.host(Action::AssignMember(house.reception, disabled)).await;
        house.host(Action::DisableMember(disabled)).await;
        let owner = house.engine.read(house.clinic, None, |views| {
            let founded = views.census.clinic().founded().expect("a clinic");
            let owner = founded.members.iter().find(|(_, member)| member.role == Role::Owner);
            *owner.expect("an owner").0
        });
        let owner = owner.await.expect("a clinic");
        let maria = patient(&house, house.reception, 1, MARIA).await;
        patient(&house, house.office, 2, JONAS).await;
        let twin = patient(&house, house.reception, 3, "A twin of hers").await;
        let olaf = patient(&other, other.reception, 9, OLAF).await;
        let secret = Personal::Clear(Note::parse(SECRET).expect("a note"));
        house.as_rita(Action::AddNote(maria, secret)).await.expect("granted");
        let (stranger, transfer) = (other.rita, TransferId(Uuid::from_u128(7)));
        let served = Served::of(house);
        Self {
            served,
            other,
            admin,
            disabled,
            subject,
            owner,
            stranger,
            maria,
            twin,
            olaf,
            transfer,
        }
    }

    fn who(&self, caller: &str) -> String {
        let house = &self.served.house;
        let member = |id: MemberId| self.served.member(id);
        match caller {
            "nobody" => String::new(),
            "patient" => "patient 1".to_owned(),
            "another patient" => "patient 2".to_owned(),
            "member of another clinic" => format!("member {} {}", self.other.clinic, self.stranger),
            "unassigned member" => member(house.dana),
            "assigned member" => member(house.rita),
            "disabled member" => member(self.disabled),
            "admin" => member(self.admin),
            "owner" => member(self.owner),
            unknown => panic!("nobody is called {unknown}"),
        }
    }

    fn ids(&self) -> Ids {
        let house = &self.served.house;
        Ids {
            clinic: house.clinic.0,
            room: house.reception.0,
            to: house.office.0,
            visit: self.maria.0,
            survivor: self.twin.0,
            member: self.subject.0,
            transfer: self.transfer.0,
        }
    }

    /// The same of the other clinic.
    fn ids_there(&self) -> Ids {
        let other = &self.other;
        Ids {
            clinic: other.clinic.0,
            room: other.reception.0,
            to: other.office.0,
            visit: self.olaf.0,
            survivor: self.olaf.0,
            member: self.stranger.0,
            transfer: Uuid::from_u128(8),
        }
    }

    async fn prepared(verb: &str) -> Self {
        let mut town = Self::new().await;
        town.prepare(verb).await;
        town
    }

    /// Brings the clinic to where a wish has something to do.
    async fn prepare(&mut self, verb: &str) {
        let (maria, house) = (self.maria, &self.served.house);
        let (reception, office) = (house.reception, house.office);
        match verb {
            "pause-call" | "end-call" | "join" => {
                house.as_rita(start(maria)).await.expect("granted");
            }
            "accept-transfer" | "decline-transfer" => {
                let window = Some(Millis::minutes(5));
                house.policy(reception, |policy| policy.accept_window = window).await;
                self.send(office).await;
                self.transfer = self.send(reception).await;
            }
            "undo-transfer" => self.transfer = self.send(office).await,
            "reopen-visit" => {
                let (reason, seen) = (CloseReason::NoShow, None);
                house.host(Action::CloseVisit { visit: maria, reason, seen }).await;
            }
            "lift-suspension" => {
                let message = Notice::parse("Back at ten").expect("a notice");
                house.host(Action::SuspendRoom(reception, message)).await;
            }
            "enable-member" => {
                house.host(Action::DisableMember(self.subject)).await;
            }
            "tick-checklist" => {
                let labels = vec![Label::parse("Card").expect("a label")];
                house.host(Action::SetChecklist(reception, labels)).await;
            }
            "unassign-member" => {
                house.host(Action::AssignMember(reception, self.subject)).await;
            }
            _ => {}
        }
    }

    async fn send(&self, to: RoomId) -> TransferId {
        let send = Action::Transfer { visit: self.maria, to, note: None, seen: None };
        self.served.house.host(send).await.transfer().expect("a transfer")
    }
}

fn body(verb: &str, caller: &str, ids: Ids) -> Value {
    let leaves = if caller.ends_with("patient") { "left" } else { "no_show" };
    match verb {
        "clinics" => json!({ "name": "New", "zone": "UTC", "owner_name": "Ada" }),
        "set-zone" => json!({ "zone": "UTC" }),
        "set-capabilities" => json!({ "capabilities": ["transfer"] }),
        "add-member" | "rename-member" | "rename-room" => json!({ "name": "New" }),
        "change-role" => json!({ "role": "admin" }),
        "open-room" => json!({ "name": "New", "slug": "new" }),
        "change-slug" => json!({ "slug": "new" }),
        "assign-member" | "unassign-member" => json!({ "member": ids.member }),
        "set-texts" => json!({ "welcome": "Hello", "office_hours": null, "emergency": null }),
        "set-hours" => json!({ "hours": null }),
        "set-policy" => json!({
            "queue_limit": 50, "arrivals": "back_of_queue", "accept_window_ms": null,
            "undo_window_ms": 1, "reopen_window_ms": 1, "wait_warn_ms": 1, "wait_late_ms": 1,
            "return_alert": 2, "consent": null, "call_link": null, "no_show_after_ms": null,
        }),
        "set-checklist" => json!({ "labels": ["Card"] }),
        "set-passcode" => json!({ "passcode": "open sesame" }),
        "suspend-room" => json!({ "message": "Back at ten" }),
        "check-in" => json!({ "name": "Somebody" }),
        "sign-in" => json!({ "name": "ada", "password": "guessed wrong" }),
        "change-password" => json!({ "old": "guessed wrong", "new": "as good as any" }),
        "accept-invitation" => {
            json!({ "token": "none", "name": "ada", "password": "as good as any" })
        }
        "transfer" | "transfer-all" => json!({ "to": ids.to }),
        "accept-transfer" | "decline-transfer" | "undo-transfer" => {
            json!({ "transfer": ids.transfer })
        }
        "set-priority" => json!({ "priority": "urgent" }),
        "add-note" => json!({ "note": "a note" }),
        "tick-checklist" => json!({ "label": "Card", "done": true }),
        "close-visit" => json!({ "reason": leaves }),
        "close-all" => json!({ "reason": "end_of_day" }),
        "merge-visits" => json!({ "survivor": ids.survivor }),
        _ => json!({}),
    }
}

/// Every route of the description: its method and its path.
fn routes() -> Vec<(String, String)> {
    let document = document();
    let paths = document["paths"].as_object().expect("paths");
    let methods = paths.iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().expect("methods").keys();
        methods.map(move |method| (method.to_uppercase(), path.clone()))
    });
    methods.collect()
}

/// Asks a route as somebody, and reads what is answered; of a stream, what comes first.
async fn ask(
    town: &Town,
    (method, path): (&str, &str),
    who: &str,
    caller: &str,
    ids: Ids,
) -> (u16, String) {
    let verb = path.rsplit('/').next().unwrap_or_default();
    let mut at = path.to_owned();
    for (name, id) in
        [("clinic", ids.clinic), ("room", ids.room), ("visit", ids.visit), ("member", ids.member)]
    {
        at = at.replace(&format!("{{{name}}}"), &id.to_string());
    }
    at = at.replace("{slug}", "reception");
    assert!(!at.contains('{'), "{path} has a part that nobody fills in");
    if verb == "stream" {
        let response = town.served.stream(who, &at, None).await;
        let (status, mut body) = (response.status().as_u16(), response.into_body());
        let first = tokio::time::timeout(Duration::from_millis(100), body.frame()).await;
        let first =
            first.ok().flatten().and_then(Result::ok).and_then(|frame| frame.into_data().ok());
        return (status, String::from_utf8_lossy(&first.unwrap_or_default()).into_owned());
    }
    let answer = match method {
        "GET" => town.served.get(who, &at).await,
        "POST" => {
            let key = Uuid::from_u128(0xfeed);
            town.served.post(who, &at, body(verb, caller, ids), key).await
        }
        unknown => panic!("no way to ask by {unknown}"),
    };
    (answer.status.as_u16(), answer.body.to_string())
}

/// Whether an answer has changed the town for the next who asks: a wish that was granted, somebody who
/// came online by a stream, a reading that was recorded.
fn leaves_something(method: &str, path: &str, status: u16) -> bool {
    let read = ["stream", "access-log"].iter().any(|end| path.ends_with(end));
    status < 300 && (method == "POST" || read)
}

/// What somebody may know of what would betray itself.
fn may_know(caller: &str) -> &'static [&'static str] {
    match caller {
        "assigned member" => &[MARIA, SECRET],
        "unassigned member" => &[JONAS],
        "admin" | "owner" => &[MARIA, JONAS, SECRET],
        _ => &[],
    }
}

fn table_path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden/rights.txt")
}

#[tokio::test]
async fn everybody_is_answered_as_the_table_says_and_told_of_nobody_else() {
    let mut table = format!("# method, path: {}\n", CALLERS.join(", "));
    for (method, path) in routes() {
        let verb = path.rsplit('/').next().unwrap_or_default();
        write!(table, "{method} {path}:").expect("a line");
        let mut town = Town::prepared(verb).await;
        for caller in CALLERS {
            let (who, ids) = (town.who(caller), town.ids());
            let (status, said) = ask(&town, (&method, &path), &who, caller, ids).await;
            write!(table, " {status}").expect("a line");
            if leaves_something(&method, &path, status) {
                town = Town::prepared(verb).await;
            }
            assert!(status < 500, "{method} {path} as {caller}: {status} {said}");
            for canary in [MARIA, JONAS, OLAF, SECRET] {
                let may = may_know(caller).contains(&canary);
                assert!(
                    may || !said.contains(canary),
                    "{path}: {caller} is told of {canary}: {said}"
                );
            }
        }
        table.push('\n');
    }
    if std::env::var_os("CLINIC_BLESS").is_some_and(|set| !set.is_empty()) {
        std::fs::write(table_path(), &table).expect("written");
    }
    let kept = std::fs::read_to_string(table_path()).unwrap_or_default();
    let rows = |text: &str| -> BTreeMap<String, String> {
        let rows = text.lines().filter_map(|line| line.split_once(": "));
        rows.map(|(route, row)| (route.to_owned(), row.to_owned())).collect()
    };
    let (kept, found) = (rows(&kept), rows(&table));
    for (route, row) in &found {
        assert_eq!(kept.get(route), Some(row), "{route}; CLINIC_BLESS=1 writes the table");
    }
    assert_eq!(kept.len(), found.len(), "the table has rows of no route");
}

/// An answer without the ids that were asked for.
fn without_ids(said: &str, ids: Ids) -> String {
    let ids = [ids.clinic, ids.room, ids.to, ids.visit, ids.survivor, ids.member, ids.transfer];
    ids.iter().fold(said.to_owned(), |said, id| said.replace(&id.to_string(), "ID"))
}

#[tokio::test]
async fn what_is_another_clinics_and_what_is_not_there_sound_alike() {
    let unknown = Ids {
        clinic: Uuid::from_u128(101),
        room: Uuid::from_u128(102),
        to: Uuid::from_u128(103),
        visit: Uuid::from_u128(104),
        survivor: Uuid::from_u128(105),
        member: Uuid::from_u128(106),
        transfer: Uuid::from_u128(107),
    };
    for (method, path) in routes() {
        if !path.contains("{clinic}") {
            continue;
        }
        let mut town = Town::new().await;
        for caller in CALLERS.into_iter().filter(|caller| *caller != "member of another clinic") {
            let (who, here) = (town.who(caller), town.ids().clinic);
            let there = town.ids_there();
            for (one, two) in
                [(there, unknown), (Ids { clinic: here, ..there }, Ids { clinic: here, ..unknown })]
            {
                // The door of another clinic is open to everybody: it is a door.
                if path.contains("{slug}") || path.ends_with("check-in") && one.clinic != here {
                    continue;
                }
                let (first, said) = ask(&town, (&method, &path), &who, caller, one).await;
                let said = without_ids(&said, one);
                if leaves_something(&method, &path, first) {
                    town = Town::new().await;
                }
                let (second, also) = ask(&town, (&method, &path), &who, caller, two).await;
                let also = without_ids(&also, two);
                assert_eq!(first, second, "{method} {path} as {caller}");
                // What is granted names nothing but one's own clinic, and has new ids.
                assert!(first < 300 || said == also, "{method} {path} as {caller}: {said}, {also}");
                if leaves_something(&method, &path, second) {
                    town = Town::new().await;
                }
            }
        }
    }
}
