//! Whether everybody can use the pages: axe-core looks at each of them in every state, on a desktop and on a phone,
//! light and dark.

use std::net::Ipv4Addr;

use serde_json::json;
use tokio::join;

use crate::asker::Asker;
use crate::person::Person;
use crate::stage::{Stage, play};

#[test]
fn the_door_in_every_state_is_for_everybody() {
    play(async |stage| {
        let admin = Asker::member(stage, "admin").await;
        let room = admin.room("reception").await;
        let maria = stage.person("Maria").await;
        maria.goes_to("/r/reception").await;
        maria.sees("Open.").await;
        maria.accessible_in_every_look().await;
        let passcode = json!({ "passcode": "harbour" });
        admin.asks(&format!("rooms/{room}/set-passcode"), &passcode).await;
        admin.sets_policy(&room, &json!({ "consent": 1 })).await;
        maria.reloads().await;
        maria.fills("Your name", "Maria Lind").await;
        maria.ticks("Yes, I have an appointment").await;
        maria.fills("Passcode", "wrong").await;
        maria.ticks("I agree to be treated by video").await;
        maria.expects_complaint("403 (Forbidden)");
        maria.clicks("Check in").await;
        maria.sees("The passcode is missing or wrong.").await;
        maria.accessible_in_every_look().await;
        admin.sets_policy(&room, &json!({ "queue_limit": 0 })).await;
        maria.goes_to("/r/reception").await;
        maria.sees("The waiting room is full.").await;
        maria.accessible_in_every_look().await;
        let message = json!({ "message": "The line is down. Please call us." });
        admin.asks(&format!("rooms/{room}/suspend-room"), &message).await;
        maria.goes_to("/r/reception").await;
        maria.sees("Not taking check-ins").await;
        maria.accessible_in_every_look().await;
        admin.asks(&format!("rooms/{room}/lift-suspension"), &json!({})).await;
        let hours = json!({ "hours": { "zone": "UTC", "week": {} } });
        admin.asks(&format!("rooms/{room}/set-hours"), &hours).await;
        maria.goes_to("/r/reception").await;
        maria.sees("Closed now.").await;
        maria.clicks("Check-in is open").await;
        maria.sees("Monday closed").await;
        maria.accessible_in_every_look().await;
        maria.expects_complaint("404 (Not Found)");
        maria.goes_to("/r/nowhere").await;
        maria.sees("This link leads nowhere").await;
        maria.accessible_in_every_look().await;
    });
}

#[test]
fn the_waiting_room_in_every_state_is_for_everybody() {
    play(async |stage| {
        let admin = Asker::member(stage, "admin").await;
        let room = admin.room("reception").await;
        let maria = stage.person("Maria").await;
        maria.checks_in("reception", "Maria Lind").await;
        maria.accessible_in_every_look().await;
        maria.clicks("Leave the waiting room").await;
        maria.accessible_in_every_look().await;
        maria.clicks("Stay").await;
        let visit = admin.visit(&room, "Maria Lind").await;
        let asks =
            async |wish: &str, body| admin.asks(&format!("visits/{visit}/{wish}"), &body).await;
        asks("start-call", json!({})).await;
        maria.sees("Alex Admin has started your call").await;
        maria.accessible_in_every_look().await;
        asks("pause-call", json!({})).await;
        maria.sees("On hold with Reception").await;
        maria.accessible_in_every_look().await;
        maria.goes_to("/r/dr-kim").await;
        maria.sees("You are waiting in Reception").await;
        maria.accessible_in_every_look().await;
        maria.goes_back().await;
        maria.sees("On hold with Reception").await;
        maria.expects_complaint("net::ERR_");
        stage.line.is_cut();
        maria.sees("Reconnecting, your place is kept.").await;
        maria.accessible_in_every_look().await;
        stage.line.comes_back();
        maria.misses_within(crate::limits::BACK, "Reconnecting").await;
        asks("close-visit", json!({ "reason": "completed" })).await;
        maria.sees("Your visit is over").await;
        maria.accessible_in_every_look().await;
    });
}

#[test]
fn the_sign_in_and_what_leads_nowhere_are_for_everybody() {
    play(async |stage| {
        let robin = stage.person("Robin").await;
        robin.goes_to("/sign-in").await;
        robin.sees("Sign-in name").await;
        robin.accessible_in_every_look().await;
        robin.expects_complaint("401 (Unauthorized)");
        robin.fills("Sign-in name", "reception").await;
        robin.fills("Password", "not the password").await;
        robin.clicks("Sign in").await;
        robin.sees("The name or the password is wrong.").await;
        robin.accessible_in_every_look().await;
        robin.goes_to("/invitation?token=none").await;
        robin.sees("Welcome to the clinic").await;
        robin.accessible_in_every_look().await;
        robin.expects_complaint("404 (Not Found)");
        robin.goes_to("/nowhere").await;
        robin.sees("There is no such page.").await;
        robin.accessible_in_every_look().await;
        robin.goes_to("/docs").await;
        robin.sees("What can be asked").await;
        robin.accessible_in_every_look().await;
    });
}

/// A desk with somebody in every state that a row has.
async fn full_desk(stage: &Stage, admin: &Asker) -> String {
    let (room, kim) = (admin.room("reception").await, admin.room("dr-kim").await);
    let member = admin.member_named("Dr. Kim Lee").await;
    let booked = json!({ "room": kim, "member": member, "appointment": "2026-11-23T10:30:00Z" });
    let minutes = json!({ "accept_window_ms": 600_000, "wait_warn_ms": 1, "wait_late_ms": 2 });
    admin.sets_policy(&room, &minutes).await;
    for (name, form) in [
        ("Maria Lind", json!({ "name": "Maria Lind", "reason": "My knee", "booked": booked })),
        ("Jonas Berg", json!({ "name": "Jonas Berg", "phone": "1234" })),
        ("Ada Holm", json!({ "name": "Ada Holm" })),
        ("Ivo Marsh", json!({ "name": "Ivo Marsh" })),
        ("Lena Voss", json!({ "name": "Lena Voss" })),
    ] {
        let patient = admin.comer(stage, "reception", Ipv4Addr::LOCALHOST).await;
        patient.asks(&format!("rooms/{room}/check-in"), &form).await;
        let visit = admin.visit(&room, name).await;
        let asks =
            async |wish: &str, body| admin.asks(&format!("visits/{visit}/{wish}"), &body).await;
        match name {
            "Maria Lind" => drop(asks("add-note", json!({ "note": "Speaks Danish" })).await),
            "Jonas Berg" => drop(asks("set-priority", json!({ "priority": "urgent" })).await),
            "Ada Holm" => {
                asks("start-call", json!({})).await;
                asks("pause-call", json!({})).await;
            }
            "Ivo Marsh" => {
                asks("transfer", json!({ "to": kim })).await;
                let back = json!({ "to": room, "note": "Needs a form" });
                asks("transfer", back).await;
            }
            _ => drop(asks("close-visit", json!({ "reason": "no_show" })).await),
        }
    }
    room
}

#[test]
fn the_desk_in_every_state_is_for_everybody() {
    play(async |stage| {
        let admin = Asker::member(stage, "admin").await;
        let (robin, alex) =
            join!(stage.member("Robin", "reception"), stage.member("Alex", "admin"));
        robin.sees("Nobody is here.").await;
        robin.accessible_in_every_look().await;
        let room = full_desk(stage, &admin).await;
        robin.sees_in_order(&["Jonas Berg", "Ivo Marsh", "Accept", "Lena Voss"]).await;
        robin.accessible_in_every_look().await;
        robin.clicks("More for Maria Lind").await;
        robin.sees("Mark urgent").await;
        robin.accessible_in_every_look().await;
        robin.clicks("More for Maria Lind").await;
        for (wish, of, shown) in [
            ("Transfer", "Maria Lind", "Where to"),
            ("Decline", "Ivo Marsh", "Send Ivo Marsh back"),
            ("Add a note", "Maria Lind", "For members only."),
            ("Merge", "Maria Lind", "Which visit goes on"),
            ("Close the visit", "Maria Lind", "You can reopen it for a while."),
        ] {
            if !["Transfer", "Decline"].contains(&wish) {
                robin.clicks(&format!("More for {of}")).await;
            }
            robin.clicks_in(of, wish).await;
            robin.sees(shown).await;
            robin.accessible_in_every_look().await;
            robin.clicks("Cancel").await;
        }
        robin.clicks_in("Jonas Berg", "Start call").await;
        robin.sees("In call with Robin Reception").await;
        robin.clicks_in("in Reception", "Transfer").await;
        robin.ticks("Dr. Sam Ortiz").await;
        robin.clicks("Transfer").await;
        robin.sees("Jonas Berg to Dr. Sam Ortiz").await;
        robin.accessible_in_every_look().await;
        alex.goes_to("/desk").await;
        alex.clicks("Other rooms").await;
        alex.clicks("Dr. Sam Ortiz").await;
        alex.sees_in_order(&["Dr. Sam Ortiz", "Jonas Berg"]).await;
        alex.accessible_in_every_look().await;
        alex.expects_complaint("net::ERR_");
        what_is_lost_and_refused(stage, &admin, &robin, &room).await;
    });
}

async fn what_is_lost_and_refused(stage: &Stage, admin: &Asker, robin: &Person, room: &str) {
    robin.expects_complaint("404 (Not Found)");
    robin.goes_to("/desk/visits/01a20799-69bb-700c-b7d5-a96cb15859fb/close").await;
    robin.sees("There is nothing here for you.").await;
    robin.accessible_in_every_look().await;
    robin.goes_to("/desk").await;
    robin.sees("Maria Lind").await;
    robin.expects_complaint("net::ERR_");
    stage.line.is_cut();
    robin.sees("Reconnecting. What you see may be out of date.").await;
    robin.accessible_in_every_look().await;
    stage.line.comes_back();
    robin.misses_within(crate::limits::BACK, "Reconnecting").await;
    let member = admin.member_named("Robin Reception").await;
    admin.asks(&format!("rooms/{room}/unassign-member"), &json!({ "member": member })).await;
    robin.sees("You are not assigned to a room").await;
    robin.accessible_in_every_look().await;
}
