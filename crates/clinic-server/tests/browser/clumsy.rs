//! Hands that are quicker than a page, pages that are slower than hands, and tabs that get into each other's way.

use std::time::Duration;

use fantoccini::key::Key;
use serde_json::{Value, json};
use tokio::join;
use tokio::time::sleep;

use crate::asker::Asker;
use crate::limits::{AT_ONCE, LEADER_LOST, MISSED_AFTER};
use crate::person::Person;
use crate::stage::play;

/// Lets the first page that is asked for by a script come late, as a poor line does.
const FIRST_IS_LATE: &str = "let first = true; const send = XMLHttpRequest.prototype.send; \
    XMLHttpRequest.prototype.send = function (...words) { \
      if (!first) { send.apply(this, words); return; } \
      first = false; \
      setTimeout(() => { if (this.readyState === XMLHttpRequest.OPENED) send.apply(this, words); }, 700); }";

#[test]
fn not_you_in_a_second_tab_is_another_patient_who_is_there() {
    play(async |stage| {
        let (maria, robin) = join!(stage.person("Maria"), stage.member("Robin", "reception"));
        maria.checks_in("reception", "Maria Lind").await;
        robin.sees("1 waiting").await;
        maria.opens_tab("/r/reception/waiting").await;
        maria.sees("You are next").await;
        maria.clicks("Not you?").await;
        maria.checks_in("reception", "Jonas Berg").await;
        maria.sees("You are number 2").await;
        robin.sees_in_order(&["2 waiting", "Maria Lind", "Jonas Berg"]).await;
        // It is his page that is followed from here on, and so he is there.
        sleep(MISSED_AFTER).await;
        maria.sees("You are number 2").await;
        let admin = Asker::member(stage, "admin").await;
        assert_eq!(admin.row("reception", "Jonas Berg").await["online"], true);
        robin.clicks_in("Jonas Berg", "Start call").await;
        maria.sees("Robin Reception has started your call").await;
    });
}

/// What the rows of Reception are doing.
async fn doing(admin: &Asker) -> Vec<Value> {
    let mut rows = admin.rows(&admin.room("reception").await).await;
    rows.iter_mut().map(|row| row["doing"].take()).collect()
}

fn two_clicks(apart: Duration) {
    play(async |stage| {
        let admin = Asker::member(stage, "admin").await;
        let _maria = admin.patient(stage, "reception", "Maria Lind").await;
        let _jonas = admin.patient(stage, "reception", "Jonas Berg").await;
        let robin = stage.member("Robin", "reception").await;
        robin.sees("2 waiting").await;
        robin.follows().await;
        robin.clicks_twice("Call next", apart).await;
        robin.sees("In call with Robin Reception").await;
        sleep(AT_ONCE).await;
        assert_eq!(doing(&admin).await, ["waiting", "in_call"], "clicks {apart:?} apart");
        robin.does_not_see("On hold").await;
    });
}

#[test]
fn a_double_click_on_call_next_starts_one_call() {
    two_clicks(Duration::from_millis(60));
}

#[test]
fn a_slow_double_click_on_call_next_starts_one_call() {
    two_clicks(Duration::from_millis(450));
}

#[test]
fn a_dialog_that_is_slow_does_not_replace_a_later_one() {
    play(async |stage| {
        let admin = Asker::member(stage, "admin").await;
        let _maria = admin.patient(stage, "reception", "Maria Lind").await;
        let _jonas = admin.patient(stage, "reception", "Jonas Berg").await;
        let robin = stage.member("Robin", "reception").await;
        robin.sees("2 waiting").await;
        robin.runs(FIRST_IS_LATE, vec![]).await;
        robin.clicks_in("Maria Lind", "Transfer").await;
        robin.clicks_in("Jonas Berg", "Transfer").await;
        robin.sees("Transfer Jonas Berg").await;
        sleep(AT_ONCE).await;
        robin.sees("Transfer Jonas Berg").await;
        robin.does_not_see("Transfer Maria Lind").await;
    });
}

impl Person {
    /// The focus is on a row or on a list of rows, where somebody by keyboard goes on.
    async fn is_in_the_list(&self, after: &str) {
        sleep(AT_ONCE).await;
        let script = "return document.activeElement.closest('.board') !== null";
        if self.runs(script, vec![]).await != json!(true) {
            let focus = self.focus().await;
            self.fails(&format!("has the focus on `{focus}` after {after}")).await;
        }
    }
}

#[test]
fn whoever_works_by_keyboard_stays_in_the_list() {
    play(async |stage| {
        let admin = Asker::member(stage, "admin").await;
        let _maria = admin.patient(stage, "reception", "Maria Lind").await;
        let _jonas = admin.patient(stage, "reception", "Jonas Berg").await;
        let robin = stage.member("Robin", "reception").await;
        robin.sees("2 waiting").await;
        robin.follows().await;
        robin.tabs_to("Start call").await;
        robin.presses(Key::Enter).await;
        robin.sees("In call with Robin Reception").await;
        robin.is_in_the_list("Start").await;
        robin.comes_to("Pause").await;
        robin.presses(Key::Enter).await;
        robin.sees("On hold, paused by Robin Reception").await;
        robin.is_in_the_list("Pause").await;
        robin.comes_to("Transfer").await;
        robin.presses(Key::Enter).await;
        robin.sees("Where to").await;
        robin.tabs_to("Transfer").await;
        robin.presses(Key::Enter).await;
        robin.sees("1 waiting").await;
        robin.is_in_the_list("Transfer").await;
        robin.comes_to("More for Jonas Berg").await;
        robin.presses(Key::Enter).await;
        robin.tabs_to("Close the visit").await;
        robin.presses(Key::Enter).await;
        robin.sees("You can reopen it for a while.").await;
        robin.tabs_to("Close the visit").await;
        robin.presses(Key::Enter).await;
        robin.sees("Nobody is here.").await;
        robin.is_in_the_list("Close").await;
    });
}

#[test]
fn a_tab_that_follows_one_that_hangs_is_told_and_goes_on_by_itself() {
    play(async |stage| {
        let admin = Asker::member(stage, "admin").await;
        let robin = stage.member("Robin", "reception").await;
        robin.sees("Nobody is here.").await;
        robin.follows().await;
        robin.opens_tab("/desk").await;
        robin.follows().await;
        robin.looks_at_tab(1).await;
        hangs(&robin).await;
        robin.looks_at_tab(2).await;
        let loads = robin.page_loads().await;
        let _maria = admin.patient(stage, "reception", "Maria Lind").await;
        robin.sees_within(LEADER_LOST, "Maria Lind").await;
        robin.does_not_see("Reconnecting").await;
        let _jonas = admin.patient(stage, "reception", "Jonas Berg").await;
        robin.sees("Jonas Berg").await;
        assert_eq!(robin.page_loads().await, loads);
    });
}

/// The tab that she looks at waits for an answer that nobody gives.
async fn hangs(person: &Person) {
    person.runs("setTimeout(() => alert('Nobody looks here.'), 200)", vec![]).await;
    sleep(Duration::from_millis(500)).await;
}
