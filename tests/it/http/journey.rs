//! The seed's workflow, from the founding of a clinic to a completed visit, by HTTP alone.

use axum::http::StatusCode;
use clinic_domain::time::Millis;
use serde_json::{Value, json};
use uuid::Uuid;

use super::fixture::Served;

/// A clinic that is founded on the way.
struct Journey {
    served: Served,
    clinic: Uuid,
    asked: u128,
}

fn id(answer: &Value, field: &str) -> Uuid {
    let id = answer[field].as_str().and_then(|text| Uuid::try_parse(text).ok());
    id.unwrap_or_else(|| panic!("{field} in {answer}"))
}

impl Journey {
    async fn found() -> (Self, Value) {
        let served = Served::new().await;
        let wish = json!({ "name": "Harbour", "zone": "Europe/Berlin", "owner_name": "Ada" });
        let key = Uuid::from_u128(1);
        let founded = served.post("host", "/api/clinics", wish.clone(), key).await;
        assert_eq!(founded.status, StatusCode::OK, "{:?}", founded.body);
        let again = served.post("host", "/api/clinics", wish, key).await;
        assert_eq!(again.body, founded.body, "a retry founds no second clinic");
        let clinic = id(&founded.body, "clinic");
        (Self { served, clinic, asked: 1 }, founded.body)
    }

    fn member(&self, member: Uuid) -> String {
        format!("member {} {member}", self.clinic)
    }

    /// Asks, and is granted.
    async fn ask(&mut self, who: &str, path: &str, body: Value) -> Value {
        self.asked += 1;
        let path = format!("/api/clinics/{}/{path}", self.clinic);
        let answer = self.served.post(who, &path, body, Uuid::from_u128(self.asked)).await;
        assert_eq!(answer.status, StatusCode::OK, "{who}: {path}: {:?}", answer.body);
        answer.body
    }

    async fn row(&self, who: &str, room: Uuid) -> Value {
        let path = format!("/api/clinics/{}/rooms/{room}/board", self.clinic);
        let board = self.served.get(who, &path).await;
        assert_eq!(board.status, StatusCode::OK, "{:?}", board.body);
        board.body["rows"][0].clone()
    }
}

#[tokio::test]
async fn a_clinic_is_founded_and_serves_its_first_patient() {
    let (mut day, founded) = Journey::found().await;
    let owner = day.member(id(&founded, "member"));
    assert!(founded["events"].as_array().is_some_and(|events| !events.is_empty()));

    let rita = day.ask("host", "add-member", json!({ "name": "Rita" })).await;
    let dana = day.ask("host", "add-member", json!({ "name": "Dana", "role": "member" })).await;
    let (rita, dana) = (id(&rita, "member"), id(&dana, "member"));
    let wish = json!({ "name": "Reception", "slug": "reception" });
    let reception = id(&day.ask("host", "open-room", wish).await, "room");
    let wish = json!({ "name": "Dr Dana", "slug": "dana", "personal": dana });
    let office = id(&day.ask(&owner, "open-room", wish).await, "room");
    let assign = format!("rooms/{reception}/assign-member");
    day.ask(&owner, &assign, json!({ "member": rita })).await;

    let (rita, dana) = (day.member(rita), day.member(dana));
    let form = json!({ "name": "Maria Okoye", "reason": "a cough", "phone": "0042" });
    let came = day.ask("patient 1", &format!("rooms/{reception}/check-in"), form).await;
    assert!(came.get("position").is_none(), "a patient is told no position");
    let visit = format!("visits/{}", id(&came, "visit"));
    let row = day.row(&rita, reception).await;
    assert_eq!((&row["name"], &row["doing"]), (&json!("Maria Okoye"), &json!("waiting")));

    let seen = |row: &Value| json!({ "seen": row["version"] });
    day.ask(&rita, &format!("{visit}/start-call"), seen(&row)).await;
    let row = day.row(&rita, reception).await;
    day.ask(&rita, &format!("{visit}/pause-call"), seen(&row)).await;
    let row = day.row(&rita, reception).await;
    assert_eq!(row["doing"], "on_hold");
    let send = json!({ "to": office, "note": "a cough, two weeks", "seen": row["version"] });
    day.ask(&rita, &format!("{visit}/transfer"), send).await;
    assert_eq!(day.row(&rita, reception).await, Value::Null);

    let row = day.row(&dana, office).await;
    day.ask(&dana, &format!("{visit}/start-call"), seen(&row)).await;
    assert_eq!(day.row(&dana, office).await["doing"], "in_call");
    let back = json!({ "to": reception, "note": "please book a second visit" });
    day.ask(&dana, &format!("{visit}/transfer"), back).await;
    assert_eq!(day.row(&dana, office).await, Value::Null);

    assert_eq!(day.row(&rita, reception).await["doing"], "waiting");
    let close = json!({ "reason": "completed" });
    let closed = day.ask(&rita, &format!("{visit}/close-visit"), close).await;
    assert!(
        closed["events"].as_array().is_some_and(|events| events.contains(&json!("VisitClosed")))
    );
    assert_eq!(day.row(&rita, reception).await, Value::Null);
}

#[tokio::test]
async fn everything_that_a_clinic_is_run_by_can_be_set() {
    let (mut day, _) = Journey::found().await;
    let host = "host";
    let member = id(&day.ask(host, "add-member", json!({ "name": "Rita" })).await, "member");
    let member = format!("members/{member}");
    day.ask(host, &format!("{member}/rename-member"), json!({ "name": "Rita B" })).await;
    day.ask(host, &format!("{member}/change-role"), json!({ "role": "admin" })).await;
    for verb in ["disable-member", "enable-member", "remove-member"] {
        let done = day.ask(host, &format!("{member}/{verb}"), json!({})).await;
        assert_ne!(done["events"], json!([]), "{verb}");
    }
    day.ask(host, "set-zone", json!({ "zone": "UTC" })).await;
    let all = json!({ "capabilities": ["shared_rooms", "transfer", "pause", "accept_window"] });
    day.ask(host, "set-capabilities", all).await;

    let wish = json!({ "name": "Reception", "slug": "reception", "external_ref": "r-1" });
    let room = format!("rooms/{}", id(&day.ask(host, "open-room", wish).await, "room"));
    let hours = json!({ "hours": {
        "zone": "Europe/Berlin",
        "week": { "mon": ["08:00-12:30", "13:00-24:00"], "fri": ["08:00-12:00"] },
        "exceptions": { "2026-12-24": [] },
    } });
    let policy = json!({
        "queue_limit": 50, "arrivals": "back_of_queue", "accept_window_ms": 60_000,
        "undo_window_ms": 60_000, "reopen_window_ms": 60_000, "wait_warn_ms": 60_000,
        "wait_late_ms": 120_000, "return_alert": 2, "consent": 1,
        "call_link": "https://calls.example/{call}", "no_show_after_ms": null,
    });
    let texts = json!({ "welcome": "Welcome", "office_hours": null, "emergency": "Call 112" });
    for (verb, body) in [
        ("rename-room", json!({ "name": "Front desk" })),
        ("change-slug", json!({ "slug": "front-desk" })),
        ("set-texts", texts),
        ("set-hours", hours),
        ("set-hours", json!({ "hours": null })),
        ("set-policy", policy),
        ("set-checklist", json!({ "labels": ["Insurance card", "Consent"] })),
        ("set-passcode", json!({ "passcode": "open sesame" })),
        ("set-passcode", json!({ "passcode": null })),
        ("suspend-room", json!({ "message": "Back at ten" })),
        ("lift-suspension", json!({})),
        ("archive-room", json!({})),
    ] {
        let done = day.ask(host, &format!("{room}/{verb}"), body).await;
        assert_ne!(done["events"], json!([]), "{verb}");
    }
}

#[tokio::test]
async fn everything_that_members_do_with_visits_can_be_asked() {
    let (mut day, _) = Journey::found().await;
    let rita = id(&day.ask("host", "add-member", json!({ "name": "Rita" })).await, "member");
    let mut rooms = vec![];
    for slug in ["reception", "triage"] {
        let wish = json!({ "name": slug, "slug": slug });
        let room = id(&day.ask("host", "open-room", wish).await, "room");
        day.ask("host", &format!("rooms/{room}/assign-member"), json!({ "member": rita })).await;
        rooms.push(room);
    }
    let (reception, triage) = (format!("rooms/{}", rooms[0]), format!("rooms/{}", rooms[1]));
    let labels = json!({ "labels": ["Card"] });
    day.ask("host", &format!("{reception}/set-checklist"), labels).await;
    let mut visits = vec![];
    for n in 1..=3 {
        let (patient, form) = (format!("patient {n}"), json!({ "name": format!("Patient {n}") }));
        let came = day.ask(&patient, &format!("{reception}/check-in"), form).await;
        visits.push(id(&came, "visit"));
    }
    let [first, second, third] = [0, 1, 2].map(|n| format!("visits/{}", visits[n]));
    let rita = day.member(rita);
    day.ask(&rita, &format!("{second}/set-priority"), json!({ "priority": "urgent" })).await;
    day.ask(&rita, &format!("{first}/add-note"), json!({ "note": "asks for water" })).await;
    let tick = json!({ "label": "Card", "done": true });
    day.ask(&rita, &format!("{first}/tick-checklist"), tick).await;
    day.ask(&rita, &format!("{first}/start-call"), json!({})).await;
    day.ask(&rita, &format!("{first}/end-call"), json!({})).await;
    let called = day.ask(&rita, &format!("{reception}/call-next"), json!({})).await;
    assert_eq!(id(&called, "visit"), visits[1], "the urgent one");
    day.ask(&rita, &format!("{second}/pause-call"), json!({})).await;
    day.ask(&rita, &format!("{second}/carry-over"), json!({})).await;
    let merge = json!({ "survivor": visits[0] });
    day.ask(&rita, &format!("{third}/merge-visits"), merge).await;

    let sent = day.ask(&rita, &format!("{first}/transfer"), json!({ "to": rooms[1] })).await;
    let leg = json!({ "transfer": sent["transfer"] });
    day.ask(&rita, &format!("{first}/undo-transfer"), leg).await;
    day.ask(&rita, &format!("{reception}/transfer-all"), json!({ "to": rooms[1] })).await;
    let gone = json!({ "reason": "removed", "why": "tested the alarm" });
    day.ask(&rita, &format!("{first}/close-visit"), gone).await;
    day.ask(&rita, &format!("{first}/reopen-visit"), json!({})).await;
    day.ask(&rita, &format!("{triage}/close-all"), json!({ "reason": "end_of_day" })).await;
    assert_eq!(day.row(&rita, rooms[1]).await, Value::Null);
}

#[tokio::test]
async fn what_is_sent_to_a_room_that_answers_is_declined_and_accepted() {
    let served = Served::new().await;
    let (rita, dana) = (served.house.rita, served.house.dana);
    let (rita, dana) = (served.member(rita), served.member(dana));
    let window = Some(Millis::minutes(5));
    served.house.policy(served.house.office, |policy| policy.accept_window = window).await;
    let visit = served.house.check_in(1).await;
    let (clinic, office) = (served.house.clinic.0, served.house.office);
    let mut day = Journey { served, clinic, asked: 0 };
    for (verb, more) in [("decline-transfer", "note"), ("accept-transfer", "")] {
        let transfer = format!("visits/{visit}/transfer");
        let sent = day.ask(&rita, &transfer, json!({ "to": office })).await;
        let mut answer = json!({ "transfer": sent["transfer"] });
        if !more.is_empty() {
            answer[more] = json!("not today");
        }
        let done = day.ask(&dana, &format!("visits/{visit}/{verb}"), answer).await;
        assert_ne!(done["events"], json!([]), "{verb}");
    }
    assert_eq!(day.row(&dana, office.0).await["visit"], json!(visit));
}
