//! Somebody with a browser of her own. What she does and sees is said in the words of the page.

mod accessible;
mod does;
mod log;
mod looks;
mod sees;
mod ways;

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;

use fantoccini::Client;
use fantoccini::error::CmdError;
use fantoccini::wd::WindowHandle;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::browser::{Browser, Scripts};
use crate::command::Extra;
use crate::limits::{AT_ONCE, LOOK_EVERY};

/// A person. Her browser ends with her.
#[derive(Debug)]
pub(crate) struct Person {
    /// What failed tests call her.
    pub(crate) name: &'static str,
    browser: Browser,
    origin: String,
    /// Pages that were loaded, as far as she has looked.
    loads: Cell<u32>,
    /// Whether her browser is dead, and says nothing any more.
    dead: Cell<bool>,
    /// Parts of what her browser may complain about.
    expected: RefCell<Vec<String>>,
}

impl Person {
    /// Somebody who opens a browser and is nowhere yet.
    pub(crate) async fn new(name: &'static str, at: SocketAddr, scripts: Scripts) -> Self {
        let browser = Browser::start(scripts).await;
        let origin = format!("http://{at}");
        Self {
            name,
            browser,
            origin,
            loads: Cell::new(0),
            dead: Cell::new(false),
            expected: RefCell::default(),
        }
    }

    /// Opens the page at a path of the clinic.
    pub(crate) async fn goes_to(&self, path: &str) {
        self.opens(&format!("{}{path}", self.origin)).await;
    }

    /// Opens the page at an address.
    pub(crate) async fn opens(&self, address: &str) {
        let opened = self.client().goto(address).await;
        self.sure(&format!("open {address}"), opened);
    }

    /// Loads the page that she is on once more.
    pub(crate) async fn reloads(&self) {
        let loaded = self.client().refresh().await;
        self.sure("reload", loaded);
    }

    /// Goes back by one page.
    pub(crate) async fn goes_back(&self) {
        let gone = self.client().back().await;
        self.sure("go back", gone);
    }

    /// Opens another tab at a path of the clinic, and looks at it.
    pub(crate) async fn opens_tab(&self, path: &str) {
        let tab = self.client().new_window(true).await;
        let tab = self.sure("open a tab", tab);
        let looks = self.client().switch_to_window(tab.handle).await;
        self.sure("look at her new tab", looks);
        self.goes_to(path).await;
    }

    /// Looks at her first tab, her second ...
    pub(crate) async fn looks_at_tab(&self, number: usize) {
        let tabs: Vec<WindowHandle> = self.sure("count her tabs", self.client().windows().await);
        let tab = tabs.into_iter().nth(number.saturating_sub(1));
        let tab = tab.unwrap_or_else(|| panic!("{} has no tab {number}", self.name));
        self.sure("look at a tab", self.client().switch_to_window(tab).await);
    }

    /// Closes the tab that she looks at, and looks at her first one.
    pub(crate) async fn closes_tab(&self) {
        self.sure("close a tab", self.client().close_window().await);
        self.looks_at_tab(1).await;
    }

    /// The path of the page that she is on, with what follows it.
    pub(crate) async fn path(&self) -> String {
        let address = self.sure("read her address", self.client().current_url().await);
        let address = address.to_string();
        address.strip_prefix(&self.origin).map_or(address.clone(), str::to_owned)
    }

    /// What a script of the test says on her page.
    pub(crate) async fn runs(&self, script: &str, with: Vec<Value>) -> Value {
        let ran = self.client().execute(script, with).await;
        self.sure("run a script of the test", ran)
    }

    /// The same for a script that is done when it calls its last argument.
    pub(crate) async fn runs_until_done(&self, script: &str) -> Value {
        let ran = self.client().execute_async(script, vec![]).await;
        self.sure("run a script of the test", ran)
    }

    /// Her browser crashes, and nobody is told.
    pub(crate) fn browser_dies(&self) {
        self.dead.set(true);
        self.browser.dies();
    }

    /// The group of her browser's processes.
    pub(crate) fn processes(&self) -> i32 {
        self.browser.group()
    }

    /// Asks something of her browser's tools for developers.
    pub(crate) async fn asks_tools(&self, command: &str, params: &Value) -> Value {
        let asked = self.client().issue_cmd(Extra::tools(command, params)).await;
        self.sure(command, asked)
    }

    fn client(&self) -> &Client {
        &self.browser.client
    }

    /// Fails in her name.
    fn sure<T>(&self, what: &str, done: Result<T, CmdError>) -> T {
        done.unwrap_or_else(|error| panic!("{} cannot {what}: {error}", self.name))
    }

    /// Tries until it succeeds, for as long as people take for at once; then says why it did not.
    async fn soon<T>(&self, attempt: impl AsyncFn() -> Result<T, String>) -> Result<T, String> {
        let begun = Instant::now();
        loop {
            match attempt().await {
                Ok(done) => return Ok(done),
                Err(why) if begun.elapsed() > AT_ONCE => return Err(why),
                Err(_) => sleep(LOOK_EVERY).await,
            }
        }
    }
}
