//! Pictures of the pages for the documents, when `CLINIC_SCREENSHOTS=1` asks for them: of a clinic on a usual morning.

use std::net::Ipv4Addr;
use std::path::Path;

use serde_json::{Value, json};
use tokio::join;

use crate::asker::Asker;
use crate::limits::PICTURE_BYTES;
use crate::person::Person;
use crate::stage::{Stage, play_alone};

/// Lets the clocks of a page tell of a morning that has lasted: what takes an hour was done in a second here.
const LATER: &str = include_str!("scripts/later.js");
/// From this crate.
const FOLDER: &str = "../../docs/screenshots";

impl Person {
    async fn is_pictured(&self, name: &str) {
        if std::env::var("CLINIC_SCREENSHOTS").is_ok_and(|asked| asked == "1") {
            let taken = self.screenshot(name).await;
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(FOLDER);
            std::fs::create_dir_all(&folder).expect("a folder");
            let picture = std::fs::read(taken).expect("it was taken");
            assert!(picture.len() < PICTURE_BYTES, "{name}: {} bytes", picture.len());
            std::fs::write(folder.join(format!("{name}.png")), picture).expect("it is written");
        }
    }
}

/// Somebody who has checked in at Reception: her visit.
async fn came(stage: &Stage, admin: &Asker, form: Value) -> String {
    let room = admin.room("reception").await;
    let patient = admin.comer(stage, "reception", Ipv4Addr::LOCALHOST).await;
    patient.asks(&format!("rooms/{room}/check-in"), &form).await;
    admin.visit(&room, form["name"].as_str().expect("a name")).await
}

/// What has happened when the pictures are taken.
async fn morning(stage: &Stage, admin: &Asker, robin: &Asker) {
    let (kim, sam) = (admin.room("dr-kim").await, admin.room("dr-sam").await);
    let with = async |name: &str, room: &str| json!({ "member": admin.member_named(name).await, "room": room });
    let asks = async |who: &Asker, visit: &str, wish: &str, body: Value| {
        who.asks(&format!("visits/{visit}/{wish}"), &body).await;
    };
    let reason = "Follow-up after knee surgery";
    let booked = with("Dr. Kim Lee", &kim).await;
    let form = json!({ "name": "Maria Lind", "reason": reason, "booked": booked });
    let maria = came(stage, admin, form).await;
    let form = json!({ "name": "Jonas Berg", "reason": "Rash on both arms", "phone": "4711" });
    let jonas = came(stage, admin, form).await;
    let booked = with("Dr. Sam Ortiz", &sam).await;
    let form = json!({ "name": "Ada Holm", "reason": "Prescription", "booked": booked });
    let ada = came(stage, admin, form).await;
    let ivo =
        came(stage, admin, json!({ "name": "Ivo Marsh", "reason": "Cough, three days" })).await;
    asks(robin, &jonas, "start-call", json!({})).await;
    asks(robin, &jonas, "pause-call", json!({})).await;
    asks(robin, &ada, "start-call", json!({})).await;
    asks(robin, &ada, "tick-checklist", json!({ "label": "Payment", "done": true })).await;
    let note = json!({ "to": sam, "note": "Insurance card seen, paid by card." });
    asks(robin, &ada, "transfer", note).await;
    asks(robin, &ivo, "set-priority", json!({ "priority": "soon" })).await;
    let note = json!({ "note": "Prefers Danish; daughter may join." });
    asks(robin, &maria, "add-note", note).await;
    asks(robin, &maria, "start-call", json!({})).await;
}

#[test]
fn the_pages_are_pictured_as_a_clinic_at_work_shows_them() {
    play_alone(async |stage| {
        let admin = Asker::member(stage, "admin").await;
        let desk = Asker::member(stage, "reception").await;
        for provider in ["kim", "sam"] {
            Asker::member(stage, provider).await.opens("/desk").await;
        }
        let (lena, robin) = join!(stage.person("Lena"), stage.member("Robin", "reception"));
        lena.on_a_phone().await;
        robin.on_a_desktop().await;
        robin.in_the_light().await;
        morning(stage, &admin, &desk).await;
        lena.goes_to("/r/reception").await;
        lena.fills("Your name", "Lena Voss").await;
        lena.ticks("Yes, I have an appointment").await;
        lena.chooses("With", "Dr. Kim Lee").await;
        lena.runs("document.activeElement.blur(); scrollTo(0, 0)", vec![]).await;
        lena.is_pictured("check-in-phone").await;
        lena.clicks("Check in").await;
        lena.sees("You have an appointment with Dr. Kim Lee").await;
        robin.sees_in_order(&["Maria Lind", "Ivo Marsh", "Jonas Berg", "Lena Voss"]).await;
        lena.runs("scrollTo(0, 0)", vec![]).await;
        lena.is_pictured("waiting-room-phone").await;
        robin.follows().await;
        robin.runs(LATER, vec![]).await;
        robin.sees("41:").await;
        robin.is_pictured("desk").await;
        robin.in_the_dark().await;
        robin.is_pictured("desk-dark").await;
        robin.in_the_light().await;
        robin.clicks_in("in Reception", "Transfer").await;
        robin
            .fills("Note for the members there", "Paid. Please look at the left knee first.")
            .await;
        robin.is_pictured("transfer").await;
        let alex = stage.member("Alex", "admin").await;
        alex.on_a_desktop().await;
        for (path, shown, name) in [
            ("/admin".to_owned(), "Reception", "admin"),
            (format!("/admin/rooms/{}", admin.room("reception").await), "Reception", "admin-room"),
            ("/today".to_owned(), "Reception", "today"),
            (format!("/visits/{}", visit_of_ada(&admin).await), "Ada Holm", "visit"),
        ] {
            alex.goes_to(&path).await;
            alex.sees(shown).await;
            alex.is_pictured(name).await;
        }
    });
}

async fn visit_of_ada(admin: &Asker) -> String {
    admin.visit(&admin.room("dr-sam").await, "Ada Holm").await
}
