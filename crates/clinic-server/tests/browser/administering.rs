//! Administering: what Owners and Admins see and do, and what is told of visits and days.

use std::net::Ipv4Addr;

use serde_json::json;

use crate::asker::Asker;
use crate::person::Person;
use crate::stage::play;

#[test]
fn a_room_with_visits_inside_lists_them_and_is_archived_when_they_are_out() {
    play(async |stage| {
        let admin = Asker::member(stage, "admin").await;
        let _maria = admin.patient(stage, "reception", "Maria Lind").await;
        let room = admin.room("reception").await;
        let alex = stage.member("Alex", "admin").await;
        alex.goes_to(&format!("/admin/rooms/{room}#archive")).await;
        alex.sees_in_order(&["Move or close these visits first:", "Maria Lind"]).await;
        alex.expects_complaint("409 (Conflict)");
        alex.ticks("I know that this cannot be undone.").await;
        alex.clicks("Archive this room").await;
        alex.sees("1 visit is inside.").await;
        let visit = admin.visit(&room, "Maria Lind").await;
        let left = json!({ "reason": "no_show" });
        admin.asks(&format!("visits/{visit}/close-visit"), &left).await;
        alex.reloads().await;
        alex.sees("Nobody is inside: it can be archived.").await;
        alex.ticks("I know that this cannot be undone.").await;
        alex.clicks("Archive this room").await;
        alex.sees("This room was archived.").await;
        let maria = stage.person("Maria").await;
        maria.expects_complaint("404 (Not Found)");
        maria.goes_to("/r/reception").await;
        assert!(!maria.can("Check in").await, "the room is out of use");
    });
}

#[test]
fn what_admins_see_is_for_everybody() {
    play(async |stage| {
        let admin = Asker::member(stage, "admin").await;
        let _maria = admin.patient(stage, "reception", "Maria Lind").await;
        let room = admin.room("reception").await;
        let member = admin.member_named("Robin Reception").await;
        let alex = stage.member("Alex", "admin").await;
        for (path, shown) in [
            ("/admin".to_owned(), "Reception"),
            (format!("/admin/rooms/{room}"), "Move or close these visits first:"),
            (format!("/admin/rooms/{room}/notice"), "reception"),
            ("/admin/members".to_owned(), "Robin Reception"),
            (format!("/admin/members/{member}"), "Robin Reception"),
            ("/admin/access".to_owned(), "Alex Admin"),
            ("/account".to_owned(), "password"),
        ] {
            looks_at(&alex, &path, shown).await;
        }
    });
}

async fn looks_at(alex: &Person, path: &str, shown: &str) {
    alex.goes_to(path).await;
    alex.sees(shown).await;
    alex.accessible_in_every_look().await;
}

#[test]
fn what_is_told_of_visits_and_days_is_for_everybody() {
    play(async |stage| {
        let admin = Asker::member(stage, "admin").await;
        let alex = stage.member("Alex", "admin").await;
        looks_at(&alex, "/today", "Today").await;
        let (room, kim) = (admin.room("reception").await, admin.room("dr-kim").await);
        for (number, name) in ["Maria Lind", "Jonas Berg", "Ada Holm"].into_iter().enumerate() {
            let patient = admin.comer(stage, "reception", Ipv4Addr::LOCALHOST).await;
            let form = json!({ "name": name, "reason": "A cough" });
            patient.asks(&format!("rooms/{room}/check-in"), &form).await;
            let visit = admin.visit(&room, name).await;
            let asks =
                async |wish: &str, body| admin.asks(&format!("visits/{visit}/{wish}"), &body).await;
            if number > 0 {
                asks("start-call", json!({})).await;
                asks("pause-call", json!({})).await;
                asks("add-note", json!({ "note": "Speaks Danish" })).await;
                asks("transfer", json!({ "to": kim, "note": "Insurance card seen" })).await;
            }
            if number == 1 {
                asks("close-visit", json!({ "reason": "completed" })).await;
            }
            looks_at(&alex, &format!("/visits/{visit}"), name).await;
        }
        looks_at(&alex, "/today", "Reception").await;
    });
}

#[test]
fn case_09_a_member_who_is_removed_is_shown_by_the_name_of_then() {
    play(async |stage| {
        let admin = Asker::member(stage, "admin").await;
        let _maria = admin.patient(stage, "reception", "Maria Lind").await;
        let room = admin.room("reception").await;
        let visit = admin.visit(&room, "Maria Lind").await;
        let robin = Asker::member(stage, "reception").await;
        for wish in ["start-call", "pause-call"] {
            robin.asks(&format!("visits/{visit}/{wish}"), &json!({})).await;
        }
        let note = json!({ "note": "Speaks Danish" });
        robin.asks(&format!("visits/{visit}/add-note"), &note).await;
        let member = admin.member_named("Robin Reception").await;
        admin.asks(&format!("members/{member}/remove-member"), &json!({})).await;
        let alex = stage.member("Alex", "admin").await;
        alex.sees("On hold, paused by Robin Reception (removed)").await;
        alex.sees("Speaks Danish Robin Reception (removed)").await;
        alex.goes_to(&format!("/visits/{visit}")).await;
        alex.sees("Robin Reception (removed)").await;
    });
}
