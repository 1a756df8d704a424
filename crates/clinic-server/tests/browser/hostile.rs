//! Hostile words: whatever people write is text on every page, and fits on a phone.

use serde_json::json;
use tokio::join;

use crate::asker::Asker;
use crate::person::Person;
use crate::stage::play;

const NAME: &str = "<img src=x onerror=alert(1)> \"O'Neil\" &lt; </script><script>hit()</script>";
const REASON: &str = "</textarea><script>alert(2)</script> <b>bold</b> &amp; 'quoted'";
const NOTE: &str = "--><svg onload=alert(3)> \" onfocus=alert(4) autofocus \" {{7*7}}";
const SENT_WITH: &str = "<a href=javascript:alert(5)>click</a> <form action=/do/sign-out>";
const ROOM: &str = "<i>Reception</i> \"A & B\"";
const WELCOME: &str = "<h1>Welcome</h1> <script>alert(6)</script>";

impl Person {
    /// Nothing of what she looks at is wider than her screen, and nothing that was written has become more than text.
    async fn is_shown_text_that_fits(&self) {
        for narrow in [false, true] {
            if narrow {
                self.on_a_phone().await;
            } else {
                self.on_a_desktop().await;
            }
            let ask = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
            let over = self.runs(ask, vec![]).await;
            if over != json!(0) {
                self.fails(&format!("has to scroll sideways by {over} px (phone: {narrow})")).await;
            }
        }
        self.on_a_desktop().await;
        let ask = "return document.querySelectorAll('main :is(img, svg, i, b, form[action=\"/do/sign-out\"], a[href^=\"javascript:\"], script:not([src]))').length";
        assert_eq!(self.runs(ask, vec![]).await, json!(0), "{} is shown more than text", self.name);
    }
}

#[test]
fn what_people_write_is_text_wherever_it_is_shown() {
    play(async |stage| {
        let admin = Asker::member(stage, "admin").await;
        let (room, kim) = (admin.room("reception").await, admin.room("dr-kim").await);
        admin.asks(&format!("rooms/{room}/rename-room"), &json!({ "name": ROOM })).await;
        let texts = json!({ "welcome": WELCOME, "office_hours": WELCOME, "emergency": WELCOME });
        admin.asks(&format!("rooms/{room}/set-texts"), &texts).await;
        let labels = json!({ "labels": ["<u>Paid</u>\"'&"] });
        admin.asks(&format!("rooms/{room}/set-checklist"), &labels).await;
        let (maria, robin) = join!(stage.person("Maria"), stage.member("Robin", "reception"));
        maria.goes_to("/r/reception").await;
        maria.sees(&format!("{ROOM} Open. {WELCOME}")).await;
        maria.fills("Your name", NAME).await;
        maria.fills("What brings you here today?", REASON).await;
        maria.is_shown_text_that_fits().await;
        maria.clicks("Check in").await;
        maria.sees(&format!("{ROOM} {ROOM} will see you next")).await;
        robin.sees_in_order(&[ROOM, NAME, REASON]).await;
        robin.sees("<u>Paid</u>\"'&").await;
        let visit = admin.visit(&room, NAME).await;
        admin.asks(&format!("visits/{visit}/add-note"), &json!({ "note": NOTE })).await;
        robin.sees(NOTE).await;
        for wish in ["Transfer", "Add a note", "Merge", "Close the visit"] {
            if wish != "Transfer" {
                robin.clicks(&format!("More for {NAME}")).await;
            }
            robin.clicks_in(NAME, wish).await;
            robin.sees("Cancel").await;
            robin.is_shown_text_that_fits().await;
            robin.clicks("Cancel").await;
        }
        robin.clicks_in(NAME, "Start call").await;
        maria.sees("Robin Reception has started your call").await;
        maria.is_shown_text_that_fits().await;
        robin.is_shown_text_that_fits().await;
        let sent = json!({ "to": kim, "note": SENT_WITH });
        let desk = Asker::member(stage, "reception").await;
        desk.asks(&format!("visits/{visit}/transfer"), &sent).await;
        let kim = stage.member("Kim", "kim").await;
        kim.sees_in_order(&[NAME, REASON, &format!("from {ROOM}"), SENT_WITH, NOTE]).await;
        robin.sees(&format!("{NAME} to Dr. Kim Lee")).await;
        for person in [&maria, &robin, &kim] {
            person.is_shown_text_that_fits().await;
        }
    });
}

#[test]
fn what_has_no_space_and_what_turns_the_reading_round_breaks_no_page() {
    play(async |stage| {
        let admin = Asker::member(stage, "admin").await;
        let room = admin.room("reception").await;
        let long = |letter: &str, times| letter.repeat(times);
        let name = json!({ "name": long("R", 100) });
        admin.asks(&format!("rooms/{room}/rename-room"), &name).await;
        let text = long("T", 400);
        let texts = json!({ "welcome": text, "office_hours": text, "emergency": text });
        admin.asks(&format!("rooms/{room}/set-texts"), &texts).await;
        let labels = json!({ "labels": [long("L", 60)] });
        admin.asks(&format!("rooms/{room}/set-checklist"), &labels).await;
        let (maria, robin) = join!(stage.person("Maria"), stage.member("Robin", "reception"));
        maria.goes_to("/r/reception").await;
        maria.expects_complaint("422 (Unprocessable");
        maria.fills("Your name", "Maria \u{202e}dniL").await;
        maria.clicks("Check in").await;
        maria.sees("Holds the character U+202E, which is not allowed here.").await;
        assert_eq!(maria.path().await, "/r/reception");
        maria.is_shown_text_that_fits().await;
        maria.fills("Your name", &long("W", 100)).await;
        maria.fills("What brings you here today?", &long("Q", 500)).await;
        maria.clicks("Check in").await;
        maria.sees("will see you next").await;
        let visit = admin.visit(&room, &long("W", 100)).await;
        let note = json!({ "note": long("N", 2_000) });
        admin.asks(&format!("visits/{visit}/add-note"), &note).await;
        robin.sees(&long("N", 2_000)).await;
        maria.is_shown_text_that_fits().await;
        robin.is_shown_text_that_fits().await;
        robin.clicks_in(&long("W", 100), "Transfer").await;
        robin.sees("Where to").await;
        robin.is_shown_text_that_fits().await;
        robin.ticks("Dr. Sam Ortiz").await;
        robin.fills("Note for the members there", &long("S", 2_000)).await;
        robin.clicks("Transfer").await;
        robin.sees("Waiting in Dr. Sam Ortiz.").await;
        robin.is_shown_text_that_fits().await;
    });
}
