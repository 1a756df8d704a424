//! At the door: shut, suspended and full; passcode and consent; links that lead on; who is who.

use std::time::Duration;

use chrono::{DateTime, Days, Utc};
use serde_json::{Value, json};
use tokio::join;
use tokio::time::{sleep, timeout};

use crate::asker::Asker;
use crate::limits::{LOADS_MILLIS, LOOK_EVERY};
use crate::stage::play;

#[test]
fn a_door_that_is_shut_says_when_it_opens_and_what_to_do_in_an_emergency() {
    play(async |stage| {
        let admin = Asker::member(stage, "admin").await;
        let room = admin.room("reception").await;
        let maria = stage.person("Maria").await;
        maria.goes_to("/r/reception").await;
        maria.sees("Open.").await;
        maria.fills("Your name", "Maria Lind").await;
        let opens = closed_until(&admin, &room).await;
        maria.expects_complaint("409 (Conflict)");
        maria.clicks("Check in").await;
        maria.sees(&format!("Closed now. It opens on {opens} at 08:00.")).await;
        maria.sees("In an emergency call 112").await;
        maria.reloads().await;
        maria.sees(&format!("It opens on {opens} at 08:00.")).await;
        maria.sees("In an emergency call 112").await;
        assert!(!maria.can("Check in").await, "there is nothing to fill in");
        admin.asks(&format!("rooms/{room}/set-hours"), &json!({ "hours": null })).await;
        maria.goes_to("/r/reception").await;
        maria.sees("Open.").await;
    });
}

/// Shuts a room until the day after tomorrow: that day, as people say it.
async fn closed_until(admin: &Asker, room: &str) -> String {
    let now = admin.reads("rooms").await["now"].take();
    let now: DateTime<Utc> = now.as_str().and_then(|now| now.parse().ok()).expect("an instant");
    let day = now.checked_add_days(Days::new(2)).expect("time goes on");
    let short = day.format("%a").to_string().to_lowercase();
    let mut week = json!({});
    week[&short] = json!(["08:00-12:00"]);
    let hours = json!({ "hours": { "zone": "UTC", "week": week } });
    admin.asks(&format!("rooms/{room}/set-hours"), &hours).await;
    day.format("%A %-d %B").to_string()
}

#[test]
fn a_door_that_is_suspended_or_full_says_so_and_those_inside_stay() {
    play(async |stage| {
        let admin = Asker::member(stage, "admin").await;
        let room = admin.room("reception").await;
        let (maria, jonas) = join!(stage.person("Maria"), stage.person("Jonas"));
        maria.checks_in("reception", "Maria Lind").await;
        let message = json!({ "message": "The line is down. Please call us." });
        admin.asks(&format!("rooms/{room}/suspend-room"), &message).await;
        jonas.goes_to("/r/reception").await;
        jonas.sees("Not taking check-ins at the moment. The line is down. Please call us.").await;
        jonas.sees("In an emergency call 112").await;
        assert!(!jonas.can("Check in").await, "there is nothing to fill in");
        maria.sees("You are next").await;
        admin.asks(&format!("rooms/{room}/lift-suspension"), &json!({})).await;
        jonas.reloads().await;
        jonas.fills("Your name", "Jonas Berg").await;
        admin.sets_policy(&room, &json!({ "queue_limit": 1 })).await;
        jonas.expects_complaint("409 (Conflict)");
        jonas.clicks("Check in").await;
        jonas.sees("full").await;
        jonas.does_not_see("Maria").await;
        jonas.reloads().await;
        admin.sets_policy(&room, &json!({ "queue_limit": 2 })).await;
        jonas.checks_in("reception", "Jonas Berg").await;
        jonas.sees("You are number 2").await;
    });
}

#[test]
fn case_32_a_wrong_passcode_is_told_and_guessing_ends_soon() {
    play(async |stage| {
        let admin = Asker::member(stage, "admin").await;
        let room = admin.room("reception").await;
        let passcode = json!({ "passcode": "harbour" });
        admin.asks(&format!("rooms/{room}/set-passcode"), &passcode).await;
        admin.sets_policy(&room, &json!({ "consent": 3 })).await;
        let (maria, jonas) = join!(stage.person("Maria"), stage.person("Jonas"));
        maria.goes_to("/r/reception").await;
        maria.fills("Your name", "Maria Lind").await;
        maria.fills("What brings you here today?", "My knee hurts").await;
        maria.fills("Passcode", "harbor").await;
        maria.clicks("Check in").await;
        assert_eq!(maria.path().await, "/r/reception", "nobody is let in without consent");
        maria.ticks("I agree to be treated by video").await;
        maria.expects_complaint("403 (Forbidden)");
        maria.clicks("Check in").await;
        maria.sees("The passcode is missing or wrong.").await;
        assert_eq!(maria.reads("Your name").await, "Maria Lind");
        assert_eq!(maria.reads("What brings you here today?").await, "My knee hurts");
        maria.fills("Passcode", "harbour").await;
        maria.clicks("Check in").await;
        maria.sees("You are next").await;
        for complaint in ["403 (Forbidden)", "429 (Too Many Requests)"] {
            jonas.expects_complaint(complaint);
        }
        jonas.goes_to("/r/reception").await;
        // Once: what was ticked stays when the passcode is wrong.
        jonas.ticks("I agree to be treated by video").await;
        for guess in ["1111", "2222", "3333", "4444", "5555"] {
            guesses(&jonas, guess).await;
        }
        jonas.sees("Too many").await;
        guesses(&jonas, "harbour").await;
        jonas.sees("Too many").await;
    });
}

async fn guesses(person: &crate::person::Person, passcode: &str) {
    let loads = person.page_loads().await;
    person.fills("Your name", "Jonas Berg").await;
    person.fills("Passcode", passcode).await;
    person.clicks("Check in").await;
    // The page that comes has the same words, and what was typed for a passcode is not on it any more.
    let loaded = async {
        while person.page_loads().await == loads {
            sleep(LOOK_EVERY).await;
        }
    };
    timeout(Duration::from_millis(LOADS_MILLIS), loaded).await.expect("the page is loaded anew");
    person.sees("Passcode").await;
}

#[test]
fn a_retired_link_leads_on() {
    play(async |stage| {
        let admin = Asker::member(stage, "admin").await;
        let room = admin.room("reception").await;
        let slug = json!({ "slug": "front-desk" });
        admin.asks(&format!("rooms/{room}/change-slug"), &slug).await;
        let maria = stage.person("Maria").await;
        maria.goes_to("/r/reception").await;
        assert_eq!(maria.path().await, "/r/front-desk");
        maria.checks_in("reception", "Maria Lind").await;
        maria.expects_complaint("404 (Not Found)");
        maria.goes_to("/r/no-such-room").await;
        maria.sees("This link leads nowhere").await;
    });
}

#[test]
fn case_15_another_rooms_link_offers_the_visit_and_not_you_begins_another() {
    play(async |stage| {
        let admin = Asker::member(stage, "admin").await;
        let maria = stage.person("Maria").await;
        maria.checks_in("reception", "Maria Lind").await;
        maria.goes_to("/r/dr-kim").await;
        maria.sees("You are waiting in Reception").await;
        assert!(!maria.can("Check in").await, "she has a visit");
        maria.clicks("Go to your waiting room").await;
        maria.sees("You are next").await;
        maria.goes_to("/r/dr-kim").await;
        maria.clicks("Not you?").await;
        maria.sees("Your name").await;
        maria.fills("Your name", "Jonas Berg").await;
        maria.clicks("Check in").await;
        maria.sees("You are being seen by Dr. Kim Lee next").await;
        let (reception, kim) = (admin.room("reception").await, admin.room("dr-kim").await);
        assert_eq!(names(&admin.rows(&reception).await), ["Maria Lind"]);
        assert_eq!(names(&admin.rows(&kim).await), ["Jonas Berg"]);
    });
}

fn names(rows: &[Value]) -> Vec<&str> {
    rows.iter().filter_map(|row| row["name"].as_str()).collect()
}

#[test]
fn case_13_and_14_two_of_one_name_are_two_and_the_same_person_twice_is_merged_by_hand() {
    play(async |stage| {
        let (phone, laptop, robin) = join!(
            stage.person("Maria"),
            stage.person("Maria's laptop"),
            stage.member("Robin", "reception")
        );
        phone.goes_to("/r/reception").await;
        phone.fills("Your name", "Maria Lind").await;
        phone.fills("Last four digits of your phone", "1234").await;
        phone.clicks("Check in").await;
        phone.sees("You are next").await;
        laptop.checks_in("reception", "Maria Lind").await;
        laptop.sees("You are number 2").await;
        robin.sees_in_order(&["2 waiting", "Maria Lind", "1234", "Maria Lind"]).await;
        robin.opens_more_of("Maria Lind", 2).await;
        robin.clicks("Merge").await;
        robin.sees_in_order(&["Merge the visit of Maria Lind", "1234"]).await;
        robin.ticks("Maria Lind").await;
        robin.clicks("Merge").await;
        join!(robin.sees("1 waiting"), phone.sees("You are next"), laptop.sees("You are next"),);
        robin.clicks("Start call").await;
        join!(
            phone.sees("Robin Reception has started your call"),
            laptop.sees("Robin Reception has started your call")
        );
    });
}
