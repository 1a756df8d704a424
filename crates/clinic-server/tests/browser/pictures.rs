//! Pictures of the pages for the documents, when `CLINIC_SCREENSHOTS=1` asks for them: of a clinic whose morning has been played
//! from a day file, so that everything that they show is as it was recorded.

use std::path::Path;

use clinic_domain::time::{Millis, Timestamp};
use clinic_engine::ports::{Clock as _, SystemClock};
use tokio::join;

use crate::asker::Asker;
use crate::limits::PICTURE_BYTES;
use crate::person::Person;
use crate::place::Place;
use crate::stage::{Stage, play_alone_after};

const MORNING: &str = include_str!("morning.jsonl");
/// From this crate.
const FOLDER: &str = "../../docs/screenshots";
/// The Owner's, who gets her account at the machine of the log.
const PASSWORD: &str = "a picture of a morning";

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

/// The morning as a day file that ends at `now`.
fn day(now: Timestamp) -> String {
    let mut day = String::new();
    for (number, part) in MORNING.split("\"at\":\"-").enumerate() {
        if number == 0 {
            day.push_str(part);
            continue;
        }
        let (ago, rest) = part.split_once('"').expect("a time ends");
        let (minutes, seconds) = ago.split_once(':').expect("minutes and seconds");
        let [minutes, seconds] = [minutes, seconds].map(|n| n.parse::<u64>().expect("a number"));
        let ago = Millis::minutes(minutes).plus(Millis::seconds(seconds));
        let at = Timestamp(now.0 - i64::try_from(ago.0).expect("a short time"));
        day.extend(["\"at\":\"", at.to_string().as_str(), "\"", rest]);
    }
    day
}

/// Plays the morning into the log, and lets its Owner sign in.
fn morning(place: &Place) {
    let day = day(SystemClock::new().now());
    let ran = place.clinic_reading(&["run", "-"], day.as_bytes());
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    let words = ["reset-password", "admin", "--owner", "Alex Admin", "--password-stdin"];
    let ran = place.clinic_reading(&words, format!("{PASSWORD}\n").as_bytes());
    assert_eq!(ran.code, 0, "{}", ran.err);
}

/// Lets the members in whom the morning has.
async fn accounts(stage: &Stage) -> Asker {
    stage.gives("admin", PASSWORD);
    let admin = Asker::member(stage, "admin").await;
    for (name, sign_in) in
        [("Robin Reception", "reception"), ("Dr. Kim Lee", "kim"), ("Dr. Sam Ortiz", "sam")]
    {
        admin.lets_in(stage, name, sign_in).await.opens("/desk").await;
    }
    admin
}

#[test]
fn the_pages_are_pictured_as_a_clinic_at_work_shows_them() {
    play_alone_after(morning, async |stage| {
        // Who was there when the morning was played counts as there for a minute after a start: now.
        let admin = accounts(stage).await;
        let (lena, robin) = join!(stage.person("Lena"), stage.member("Robin", "reception"));
        patient(&lena).await;
        desk(&robin).await;
        lena.sees("You are number 3").await;
        let alex = stage.member("Alex", "admin").await;
        alex.on_a_desktop().await;
        alex.in_the_light().await;
        let ada = admin.visit(&admin.room("dr-sam").await, "Ada Holm").await;
        let reception = admin.room("reception").await;
        for (path, shown, name) in [
            ("/admin".to_owned(), "Reception", "admin"),
            (format!("/admin/rooms/{reception}"), "Reception", "admin-room"),
            ("/today".to_owned(), "Left without being seen", "today"),
            (format!("/visits/{ada}"), "Ada Holm", "visit"),
        ] {
            alex.goes_to(&path).await;
            alex.sees(shown).await;
            alex.is_pictured(name).await;
        }
    });
}

async fn patient(lena: &Person) {
    lena.on_a_phone().await;
    lena.goes_to("/r/reception").await;
    lena.fills("Your name", "Lena Voss").await;
    lena.ticks("Yes, I have an appointment").await;
    lena.chooses("With", "Dr. Kim Lee").await;
    lena.runs("document.activeElement.blur(); scrollTo(0, 0)", vec![]).await;
    lena.is_pictured("check-in-phone").await;
    lena.clicks("Check in").await;
    lena.sees("You are number 3").await;
    lena.runs("scrollTo(0, 0)", vec![]).await;
    lena.is_pictured("waiting-room-phone").await;
}

async fn desk(robin: &Person) {
    robin.on_a_desktop().await;
    robin.in_the_light().await;
    robin.sees_in_order(&["Maria Lind", "Ivo Marsh", "Jonas Berg", "Lena Voss"]).await;
    robin.follows().await;
    robin.is_pictured("desk").await;
    robin.in_the_dark().await;
    robin.is_pictured("desk-dark").await;
    robin.in_the_light().await;
    robin.clicks_in("in Reception", "Transfer").await;
    robin.fills("Note for the members there", "Paid. Please look at the left knee first.").await;
    robin.is_pictured("transfer").await;
}
