//! The workflow that the product began with, by browsers alone: an admin makes Reception and invites her
//! people, a patient comes by the link, is called, put on hold, sent to the provider and back, and says
//! goodbye; and each sees it on her own page, within a quarter of a second of each step.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::people::browser::{Browser, Clinic, PASSWORD};
use super::streams::{Live, SOON};

/// A browser in one clinic.
struct Page<'c> {
    clinic: &'c Clinic,
    browser: Browser,
}

impl<'c> Page<'c> {
    fn new(clinic: &'c Clinic) -> Self {
        Self { clinic, browser: Browser::default() }
    }

    /// Asks for something of the clinic, and is granted.
    async fn post(&mut self, path: &str, body: Value) -> Value {
        let path = format!("/api/clinics/{{clinic}}/{path}");
        let answer = self.browser.post(self.clinic, &path, body).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {:?}", answer.body);
        answer.body
    }

    async fn get(&mut self, path: &str) -> Value {
        let path = format!("/api/clinics/{{clinic}}/{path}");
        let answer = self.browser.get(self.clinic, &path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {:?}", answer.body);
        answer.body
    }

    async fn stream(&self, path: &str) -> Live {
        let path = format!("/api/clinics/{{clinic}}/{path}/stream");
        Live::of(self.browser.stream(self.clinic, &path).await)
    }

    /// Adds a member, who accepts her invitation in a browser of her own.
    async fn invites(&mut self, name: &str, sign_in: &str) -> (String, Page<'c>) {
        let member = id(&self.post("add-member", json!({ "name": name })).await, "member");
        let invited = self.post(&format!("members/{member}/invite"), json!({})).await;
        let accept = json!({ "token": invited["token"], "name": sign_in, "password": PASSWORD });
        let mut page = Page::new(self.clinic);
        let accepted = page.browser.post(self.clinic, "/api/accept-invitation", accept).await;
        assert_eq!(accepted.status, StatusCode::OK, "{:?}", accepted.body);
        (member, page)
    }
}

fn id(answer: &Value, field: &str) -> String {
    answer[field].as_str().unwrap_or_else(|| panic!("{field} in {answer}")).to_owned()
}

#[tokio::test]
async fn the_seeds_workflow_by_browsers_alone() {
    let clinic = Clinic::new().await;
    clinic.account("ada", clinic.ada, PASSWORD).await;
    let mut admin = Page { clinic: &clinic, browser: clinic.signed_in("ada", PASSWORD).await };
    let (robin, mut robins) = admin.invites("Robin", "robin").await;
    let (kim, mut kims) = admin.invites("Dr Kim", "kim").await;
    let wish = json!({ "name": "Front desk", "slug": "front-desk" });
    let desk = id(&admin.post("open-room", wish).await, "room");
    admin.post(&format!("rooms/{desk}/assign-member"), json!({ "member": robin })).await;
    let wish = json!({ "name": "Dr Kim", "slug": "kim", "personal": kim });
    let room = id(&admin.post("open-room", wish).await, "room");

    let (at_desk, in_room) = (format!("rooms/{desk}"), format!("rooms/{room}"));
    let mut desk_seen = robins.stream(&at_desk).await;
    let mut room_seen = kims.stream(&in_room).await;

    // By the link: the page of the door gives the patient her token, before she says a word.
    let mut maria = Page::new(&clinic);
    let door = maria.get("doors/front-desk").await;
    assert_eq!(door["name"], "Front desk");
    let form = json!({ "name": "Maria Okoye", "reason": "a cough" });
    let visit = id(&maria.post(&format!("{at_desk}/check-in"), form).await, "visit");
    let visit = format!("visits/{visit}");
    let mut hers = maria.stream(&visit).await;
    assert_eq!(hers.told().await.data["words"], "You are next.");
    let came = desk_seen.is_told("CheckedIn").await.data;
    assert_eq!((&came["row"]["name"], &came["row"]["rank"]), (&json!("Maria Okoye"), &json!(1)));

    let seen = |row: &Value| json!({ "seen": row["version"] });
    robins.post(&format!("{visit}/start-call"), seen(&came["row"])).await;
    let started = desk_seen.is_told("CallStarted").await.data;
    assert_eq!((&started["row"]["doing"], &started["queue"]), (&json!("in_call"), &json!([])));
    until(&mut hers, "You are in a call.").await;
    robins.post(&format!("{visit}/pause-call"), seen(&started["row"])).await;
    let paused = desk_seen.is_told("CallPaused").await.data;
    assert_eq!(paused["row"]["doing"], "on_hold");
    until(&mut hers, "Your call is paused and will go on. Please stay.").await;

    let targets = robins.get(&format!("{visit}/transfer-targets")).await;
    assert!(targets.to_string().contains(&room), "the picker offers Dr Kim's room: {targets}");
    let send = json!({ "to": room, "note": "a cough", "seen": paused["row"]["version"] });
    robins.post(&format!("{visit}/transfer"), send).await;
    let left = desk_seen.is_told("Transferred").await.data;
    assert_eq!((&left["row"], &left["queue"]), (&Value::Null, &json!([])));
    let arrived = room_seen.is_told("Transferred").await.data;
    assert_eq!(arrived["row"]["transferred"]["note"], "a cough");
    until(&mut hers, "You have been moved to Dr Kim. You are next.").await;

    kims.post(&format!("{visit}/start-call"), seen(&arrived["row"])).await;
    let started = room_seen.is_told("CallStarted").await.data;
    until(&mut hers, "You have been moved to Dr Kim. You are in a call.").await;
    let back = json!({ "to": desk, "note": "rebook", "seen": started["row"]["version"] });
    kims.post(&format!("{visit}/transfer"), back).await;
    assert_eq!(room_seen.is_told("Transferred").await.data["row"], Value::Null);
    let home = desk_seen.is_told("Transferred").await.data;
    assert_eq!(home["row"]["transferred"]["note"], "rebook");
    until(&mut hers, "You have been moved to Front desk. You are next.").await;

    let close = json!({ "reason": "completed", "seen": home["row"]["version"] });
    robins.post(&format!("{visit}/close-visit"), close).await;
    assert_eq!(desk_seen.is_told("VisitClosed").await.data["row"], Value::Null);
    while hers.told().await.name != "over" {}
    let took = [desk_seen, room_seen, hers].map(|page| page.took).concat();
    let late = took.iter().filter(|took| **took > SOON).count();
    assert!(late <= 1, "one may meet a busy machine, not {late}: {took:?}");
}

/// The patient's page comes to say this, each message soon after the other.
async fn until(page: &mut Live, words: &str) {
    while page.told().await.data["words"] != words {}
}
