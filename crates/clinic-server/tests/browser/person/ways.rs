//! What people of a clinic do again and again.

use serde_json::json;
use tokio::time::{Instant, sleep};

use super::Person;
use crate::limits::{BACK, LOOK_EVERY};

impl Person {
    /// Signs in, as a member.
    pub(crate) async fn signs_in(&self, name: &str, password: &str) {
        self.goes_to("/sign-in").await;
        self.fills("Sign-in name", name).await;
        self.fills("Password", password).await;
        self.clicks("Sign in").await;
        self.sees_title("Desk").await;
    }

    /// Checks in at a room's link, as a patient who has no appointment.
    pub(crate) async fn checks_in(&self, slug: &str, name: &str) {
        self.goes_to(&format!("/r/{slug}")).await;
        self.fills("Your name", name).await;
        self.clicks("Check in").await;
        self.sees("Leave the waiting room").await;
    }

    /// Her page has been told all that there is, and is live from here on.
    pub(crate) async fn follows(&self) {
        let ask = "return document.querySelector('main input[name=key][value]') === null";
        let begun = Instant::now();
        while self.runs(ask, vec![]).await != json!(true) {
            if begun.elapsed() > BACK {
                self.fails("has a page that does not become live").await;
            }
            sleep(LOOK_EVERY).await;
        }
    }

    /// Opens the menu of the first row that has this name, of the second ...
    pub(crate) async fn opens_more_of(&self, name: &str, number: usize) {
        let script = "const [name, number] = arguments; \
            const menus = [...document.querySelectorAll('summary')].filter((menu) => menu.ariaLabel === name); \
            menus[number - 1].click()";
        self.runs(script, vec![json!(format!("More for {name}")), json!(number)]).await;
    }
}
