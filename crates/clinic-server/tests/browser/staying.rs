//! Staying: a place that is kept over refreshes, tabs, lost lines and a server that dies.

use serde_json::json;
use tokio::join;
use tokio::time::sleep;

use crate::asker::Asker;
use crate::limits::{BACK, OUTAGE, SILENCE_SEEN};
use crate::stage::play;

const LOST_PATIENT: &str = "Reconnecting, your place is kept.";
const LOST_MEMBER: &str = "Reconnecting. What you see may be out of date.";

#[test]
fn case_12_a_refresh_and_a_second_tab_are_the_same_place() {
    play(async |stage| {
        let admin = Asker::member(stage, "admin").await;
        let jonas = admin.patient(stage, "reception", "Jonas Berg").await;
        let (maria, robin) = join!(stage.person("Maria"), stage.member("Robin", "reception"));
        maria.checks_in("reception", "Maria Lind").await;
        maria.sees("You are number 2").await;
        maria.reloads().await;
        maria.sees("You are number 2").await;
        maria.opens_tab("/r/reception").await;
        maria.sees("You are waiting in Reception").await;
        maria.clicks("Go to your waiting room").await;
        maria.sees("You are number 2").await;
        robin.sees_in_order(&["2 waiting", "Jonas Berg", "Maria Lind"]).await;
        robin.opens_tab("/desk").await;
        robin.sees("2 waiting").await;
        jonas.asks(&format!("visits/{}/leave", hers(&jonas).await), &json!({})).await;
        maria.sees("You are next").await;
        robin.sees("1 waiting").await;
        for person in [&maria, &robin] {
            person.looks_at_tab(1).await;
        }
        join!(maria.sees("You are next"), robin.sees("1 waiting"));
        // The tab that read the stream for both is closed, and the other one goes on.
        for person in [&maria, &robin] {
            person.closes_tab().await;
        }
        robin.clicks("Start call").await;
        join!(
            maria.sees("Robin Reception has started your call"),
            robin.sees("In call with Robin Reception")
        );
    });
}

/// The visit that a patient has.
async fn hers(patient: &Asker) -> String {
    let hers = patient.reads("my-visit").await;
    hers["visit"].as_str().unwrap_or_else(|| panic!("no visit: {hers}")).to_owned()
}

#[test]
fn a_line_that_is_cut_for_a_while_costs_nobody_her_place_and_no_reload() {
    play(async |stage| {
        let admin = Asker::member(stage, "admin").await;
        let jonas = admin.patient(stage, "reception", "Jonas Berg").await;
        let (maria, robin) = join!(stage.person("Maria"), stage.member("Robin", "reception"));
        maria.checks_in("reception", "Maria Lind").await;
        maria.sees("You are number 2").await;
        robin.sees("2 waiting").await;
        let loads = (maria.page_loads().await, robin.page_loads().await);
        for person in [&maria, &robin] {
            person.expects_complaint("net::ERR_");
        }
        stage.line.is_cut();
        join!(maria.sees(LOST_PATIENT), robin.sees(LOST_MEMBER));
        jonas.asks(&format!("visits/{}/leave", hers(&jonas).await), &json!({})).await;
        sleep(OUTAGE).await;
        join!(maria.sees("You are number 2"), robin.sees("Jonas Berg"));
        stage.line.comes_back();
        join!(maria.sees_within(BACK, "You are next"), robin.sees_within(BACK, "1 waiting"));
        join!(maria.does_not_see("Reconnecting"), robin.does_not_see("Reconnecting"));
        robin.sees("Closed lately Jonas Berg left").await;
        robin.clicks("Start call").await;
        maria.sees("Robin Reception has started your call").await;
        assert_eq!((maria.page_loads().await, robin.page_loads().await), loads);
    });
}

#[test]
fn a_line_that_falls_silent_is_noticed_and_what_was_missed_is_seen() {
    play(async |stage| {
        let (maria, robin) = join!(stage.person("Maria"), stage.member("Robin", "reception"));
        maria.checks_in("reception", "Maria Lind").await;
        robin.sees("1 waiting").await;
        let loads = (maria.page_loads().await, robin.page_loads().await);
        let admin = Asker::member(stage, "admin").await;
        let room = admin.room("reception").await;
        let visit = admin.visit(&room, "Maria Lind").await;
        stage.line.falls_silent();
        admin.asks(&format!("visits/{visit}/start-call"), &json!({})).await;
        join!(
            maria.sees_within(SILENCE_SEEN, LOST_PATIENT),
            robin.sees_within(SILENCE_SEEN, LOST_MEMBER)
        );
        maria.sees("You are next").await;
        stage.line.comes_back();
        join!(
            maria.sees_within(BACK, "Alex Admin has started your call"),
            robin.sees_within(BACK, "In call with Alex Admin")
        );
        join!(maria.does_not_see("Reconnecting"), robin.does_not_see("Reconnecting"));
        assert_eq!((maria.page_loads().await, robin.page_loads().await), loads);
    });
}

#[test]
fn a_server_that_dies_and_returns_finds_everybody_where_she_was() {
    play(async |stage| {
        let (maria, robin) = join!(stage.person("Maria"), stage.member("Robin", "reception"));
        maria.checks_in("reception", "Maria Lind").await;
        robin.sees("1 waiting").await;
        let loads = (maria.page_loads().await, robin.page_loads().await);
        for person in [&maria, &robin] {
            person.expects_complaint("net::ERR_");
        }
        stage.server_dies();
        join!(maria.sees(LOST_PATIENT), robin.sees(LOST_MEMBER));
        join!(maria.sees("You are next"), robin.sees("Maria Lind"));
        stage.server_returns();
        let back = async |person: &crate::person::Person| {
            person.misses_within(BACK, "Reconnecting").await;
        };
        join!(back(&maria), back(&robin));
        robin.clicks("Start call").await;
        join!(
            maria.sees("Robin Reception has started your call"),
            robin.sees("In call with Robin Reception")
        );
        assert_eq!((maria.page_loads().await, robin.page_loads().await), loads);
    });
}
