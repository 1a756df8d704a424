//! Resuming: a call whose member is lost with her browser, and a page that has missed much.
//!
//! It takes a minute and a half, in which others are played beside it: by its name it comes after whatever is played alone.

use std::net::Ipv4Addr;

use serde_json::{Value, json};
use tokio::join;
use tokio::time::{Instant, sleep};

use crate::asker::Asker;
use crate::limits::{BACK, LOOK_EVERY, LOST_FOR_GOOD, MISSED, MISSED_AFTER, SILENCE_SEEN};
use crate::person::Person;
use crate::stage::{Stage, play};

const LOST: &str = "On hold: the member's connection was lost";

/// Somebody who is in call with a member, and neither of them has a page that is followed: both will be missed.
async fn both_drop(stage: &Stage, admin: &Asker) -> String {
    let kim = Asker::member(stage, "kim").await;
    kim.opens("/desk").await;
    let jonas = kim.patient(stage, "dr-kim", "Jonas Berg").await;
    jonas.opens("/r/dr-kim/waiting").await;
    let visit = admin.visit(&admin.room("dr-kim").await, "Jonas Berg").await;
    kim.asks(&format!("visits/{visit}/start-call"), &json!({})).await;
    visit
}

#[test]
fn case_10_and_11_a_browser_that_dies_in_a_call_leaves_the_patient_on_hold_and_the_call_goes_on_with_another()
 {
    play(async |stage| {
        let admin = Asker::member(stage, "admin").await;
        let (maria, robin, alex) = join!(
            stage.person("Maria"),
            stage.member("Robin", "reception"),
            stage.member("Alex", "admin")
        );
        maria.checks_in("reception", "Maria Lind").await;
        robin.clicks("Start call").await;
        join!(
            maria.sees("Robin Reception has started your call"),
            alex.sees("In call with Robin Reception")
        );
        let before = admin.row("reception", "Maria Lind").await;
        robin.browser_dies();
        let jonas = both_drop(stage, &admin).await;
        join!(
            maria.sees_within(LOST_FOR_GOOD, "On hold with Reception"),
            alex.sees_within(LOST_FOR_GOOD, LOST)
        );
        alex.sees("Maria Lind is on hold: the member's connection was lost.").await;
        assert!(!maria.can("Join the call").await, "there is no call to join");
        alex.clicks_in("Maria Lind", "Resume call").await;
        join!(maria.sees("Alex Admin has started your call"), alex.sees("In call with Alex Admin"));
        let after = admin.row("reception", "Maria Lind").await;
        assert_eq!(before["call"], after["call"], "it is the same call");
        assert!(after["call"].is_string(), "{after}");
        is_held(&admin, "dr-kim", "Jonas Berg").await;
        alex.goes_to(&format!("/visits/{jonas}")).await;
        alex.sees("The member was lost in the call; on hold.").await;
        both_are_back(stage, &admin).await;
    });
}

/// Waits until a visit is in call no more.
async fn is_held(admin: &Asker, slug: &str, name: &str) {
    let begun = Instant::now();
    while admin.row(slug, name).await["doing"] == "in_call" {
        assert!(begun.elapsed() < LOST_FOR_GOOD, "{name} is still in call");
        sleep(LOOK_EVERY).await;
    }
}

/// Kim's visit waits on hold for her, both offline; with a new browser she goes on with the call.
async fn both_are_back(stage: &Stage, admin: &Asker) {
    let held = admin.row("dr-kim", "Jonas Berg").await;
    assert_eq!(
        (&held["doing"], &held["hold_reason"], &held["online"]),
        (&json!("on_hold"), &json!("member_lost"), &json!(false)),
        "{held}"
    );
    let kim = stage.member("Kim", "kim").await;
    kim.sees_in_order(&["Jonas Berg", "Offline", LOST]).await;
    kim.clicks("Resume call").await;
    kim.sees("In call with Dr. Kim Lee").await;
    assert_eq!(admin.row("dr-kim", "Jonas Berg").await["call"], held["call"]);
}

impl Person {
    /// What each row of her desk says, in their order, but for the clocks.
    async fn rows(&self) -> Value {
        let script = "return [...document.querySelectorAll('[data-arrival], [id^=head-], #sent, #closed')].map((row) => { \
            const copy = row.cloneNode(true); \
            copy.querySelectorAll('time.clock').forEach((clock) => clock.remove()); \
            return copy.textContent.replace(/\\s+/g, ' ').trim(); })";
        self.runs(script, vec![]).await
    }
}

impl Person {
    /// These texts stand on her page soon, be it where she does not look.
    async fn is_told(&self, texts: &[&str]) {
        let begun = Instant::now();
        loop {
            let rows = self.rows().await.to_string();
            if texts.iter().all(|text| rows.contains(text)) {
                return;
            }
            if begun.elapsed() > BACK {
                self.fails(&format!("is not told {texts:?}, but {rows}")).await;
            }
            sleep(LOOK_EVERY).await;
        }
    }
}

/// The change of this number: everybody's notes and priorities, who leaves and who comes back, who is sent on.
async fn change(admin: &Asker, visits: &[String], to: &str, number: usize) {
    let visit = &visits[number % visits.len()];
    let priority = ["urgent", "soon"][number / 5 % 2];
    let (wish, body) = match number % 5 {
        0 => ("add-note", json!({ "note": format!("Missed {number}") })),
        1 => ("set-priority", json!({ "priority": priority })),
        2 => ("close-visit", json!({ "reason": "no_show" })),
        3 => ("transfer", json!({ "to": to })),
        _ => ("tick-checklist", json!({ "label": "Payment", "done": true })),
    };
    admin.asks(&format!("visits/{visit}/{wish}"), &body).await;
}

async fn all_offline(admin: &Asker, room: &str) {
    let begun = Instant::now();
    while admin.rows(room).await.iter().any(|row| row["online"] == true) {
        assert!(begun.elapsed() < MISSED_AFTER, "somebody is still online");
        sleep(LOOK_EVERY).await;
    }
}

#[test]
fn case_43_a_page_that_missed_much_shows_what_a_fresh_one_shows() {
    play(async |stage| {
        let admin = Asker::member(stage, "admin").await;
        let robin = stage.member("Robin", "reception").await;
        let (room, to) = (admin.room("reception").await, admin.room("dr-sam").await);
        let mut visits = vec![];
        for number in 0..MISSED {
            let name = format!("Patient {number:02}");
            // A source may check in ten times a minute.
            let from = Ipv4Addr::new(127, 0, 2, u8::try_from(number / 10).expect("five of them"));
            let patient = admin.comer(stage, "reception", from).await;
            patient.asks(&format!("rooms/{room}/check-in"), &json!({ "name": name })).await;
            // After a start, whoever was never heard of is given a minute.
            patient.opens("/r/reception/waiting").await;
            visits.push(admin.visit(&room, &name).await);
        }
        robin.is_told(&["50 waiting", "Patient 49"]).await;
        let (loads, before) = (robin.page_loads().await, robin.rows().await);
        stage.line.falls_silent();
        for number in 0..MISSED {
            change(&admin, &visits, &to, number).await;
        }
        robin.sees_within(SILENCE_SEEN, "Reconnecting").await;
        assert_eq!(robin.rows().await, before, "she was told nothing");
        // None of them has a page: that, too, is missed.
        all_offline(&admin, &room).await;
        admin.asks(&format!("visits/{}/add-note", visits[0]), &json!({ "note": "The last" })).await;
        stage.line.comes_back();
        robin.is_told(&["30 waiting", "The last"]).await;
        let caught_up = robin.rows().await;
        assert_eq!(robin.page_loads().await, loads);
        assert_ne!(caught_up, before);
        robin.reloads().await;
        robin.follows().await;
        robin.is_told(&["30 waiting", "The last"]).await;
        assert_eq!(robin.rows().await, caught_up);
    });
}
