//! What is told when something is not possible: facts for programs, and nothing of others for patients.

use clinic_domain::ids::VisitId;
use clinic_domain::time::Millis;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Scene;
use crate::http::fixture::Answer;

impl Scene {
    async fn refused(&self, who: &str, path: &str, body: Value) -> Answer {
        let key = self.served.house.engine.mint();
        let path = format!("/api/clinics/{{clinic}}/{path}");
        let answer = self.served.post(who, &path, body, key).await;
        assert!(answer.status.is_client_error(), "{who}: {path}: {:?}", answer.body);
        assert_eq!(answer.headers["content-type"], "application/problem+json");
        answer
    }
}

#[tokio::test]
async fn a_refusal_has_its_facts_as_fields() {
    let scene = Scene::new().await;
    let (rita, visit) = (scene.rita(), format!("visits/{}", scene.maria));
    scene
        .ask(
            "host",
            &format!("rooms/{}/assign-member", scene.reception()),
            json!({ "member": scene.served.house.dana }),
        )
        .await;
    scene.ask(&scene.dana(), &format!("{visit}/start-call"), json!({})).await;
    let lost = scene.refused(&rita, &format!("{visit}/start-call"), json!({})).await;
    assert_eq!(lost.body["type"], "urn:clinic:problem:Visit.InCall");
    let (dana, since) = (scene.served.house.dana, "2026-03-02T09:00:00.000Z");
    let facts = json!({ "member": dana, "member_name": "Dana", "since": since });
    assert_eq!(lost.body["facts"], facts, "with whom and since when");
    assert_eq!(lost.body["detail"], format!("in call with Dana since {since}"));
    let stale = scene
        .refused(&rita, &format!("{visit}/transfer"), json!({ "to": scene.office(), "seen": 1 }))
        .await;
    assert_eq!(stale.body["facts"], json!({ "seen": 1, "version": 2 }));
    let full = scene
        .refused("host", &format!("rooms/{}/archive-room", scene.reception()), json!({}))
        .await;
    let mut inside: Vec<Value> = full.body["facts"]["inside"].as_array().expect("visits").clone();
    inside.sort_by_key(ToString::to_string);
    let mut wanted = vec![json!(scene.maria), json!(scene.jonas)];
    wanted.sort_by_key(ToString::to_string);
    assert_eq!((inside, &full.body["facts"]["pending"]), (wanted, &json!([])));
    let not = scene.refused(&rita, "set-zone", json!({ "zone": "UTC" })).await;
    assert_eq!(not.body["facts"], json!({ "right": "administer" }));
    let taken = json!({ "name": "Other", "slug": "dana" });
    let taken = scene.refused("host", "open-room", taken).await;
    assert_eq!(taken.body["facts"], json!({ "slug": "dana", "room": scene.office() }));
    let nobody = scene
        .refused(&scene.dana(), &format!("rooms/{}/call-next", scene.office()), json!({}))
        .await;
    assert!(nobody.body["facts"].is_object(), "{:?}", nobody.body);
}

#[tokio::test]
async fn a_patient_is_told_when_a_door_opens_and_what_it_asks() {
    let scene = Scene::new().await;
    let desk = format!("rooms/{}", scene.reception());
    let texts = json!({ "welcome": null, "office_hours": null, "emergency": "Call 112" });
    scene.ask("host", &format!("{desk}/set-texts"), texts).await;
    let hours = json!({ "hours": { "zone": "UTC", "week": { "mon": ["10:00-12:00"] } } });
    scene.ask("host", &format!("{desk}/set-hours"), hours).await;
    let (check_in, form) = (format!("{desk}/check-in"), json!({ "name": "Ines" }));
    let shut = scene.refused("patient 3", &check_in, form.clone()).await;
    assert_eq!(shut.body["type"], "urn:clinic:problem:shut");
    let facts = json!({ "reopens_at": "2026-03-02T10:00:00.000Z", "emergency": "Call 112" });
    assert_eq!(shut.body["facts"], facts);
    scene.ask("host", &format!("{desk}/set-hours"), json!({ "hours": null })).await;
    scene.served.house.policy(scene.reception(), |policy| policy.consent = Some(4)).await;
    let consent = scene.refused("patient 3", &check_in, form.clone()).await;
    assert_eq!(consent.body["facts"], json!({ "consent": 4 }));
    let agreed = json!({ "name": "Maria Okoye", "consent": 4 });
    let office = format!("rooms/{}/check-in", scene.office());
    let inside = scene.refused("patient 1", &office, agreed).await;
    assert_eq!(inside.body["type"], "urn:clinic:problem:already-inside");
    assert_eq!(inside.body["facts"], json!({ "room": scene.reception() }));
    scene.served.house.policy(scene.reception(), |policy| policy.queue_limit = 2).await;
    let full = scene.refused("patient 3", &check_in, form).await;
    assert_eq!(
        (&full.body["type"], full.body.get("facts")),
        (&json!("urn:clinic:problem:full"), None)
    );
}

/// Nobody learns by asking which clinics, rooms and visits there are, or what others do.
#[tokio::test]
async fn what_is_not_hers_and_what_is_not_there_sound_alike_to_a_patient() {
    let scene = Scene::new().await;
    let nowhere = Uuid::from_u128(99);
    let key = || scene.served.house.engine.mint();
    let wish = async |clinic: Uuid, visit: VisitId, verb: &str, body: Value| {
        let path = format!("/api/clinics/{clinic}/visits/{visit}/{verb}");
        let answer = scene.served.post("patient 1", &path, body, key()).await;
        (answer.status.as_u16(), answer.body)
    };
    let (here, unknown) = (scene.served.house.clinic.0, VisitId(nowhere));
    let nothing = wish(nowhere, scene.maria, "close-visit", json!({ "reason": "left" })).await;
    assert_eq!(nothing.0, 404);
    let start = format!("visits/{}/start-call", scene.jonas);
    for in_call in [false, true] {
        if in_call {
            scene.ask(&scene.rita(), &start, json!({})).await;
        }
        for visit in [scene.jonas, unknown] {
            for body in [json!({ "reason": "left" }), json!({ "reason": "left", "seen": 7 })] {
                let told = wish(here, visit, "close-visit", body).await;
                assert_eq!(told, nothing, "close-visit of {visit}");
            }
        }
    }
    // What no patient may wish is told in one way, her own visit included.
    let members = wish(nowhere, unknown, "start-call", json!({})).await;
    assert_eq!(members.0, 401);
    for (clinic, visit) in [(here, scene.maria), (here, scene.jonas), (nowhere, scene.jonas)] {
        for (verb, body) in
            [("start-call", json!({})), ("transfer", json!({ "to": scene.office() }))]
        {
            assert_eq!(wish(clinic, visit, verb, body).await, members, "{verb} of {visit}");
        }
    }
    scene.served.house.clock.advance(Millis::minutes(1));
    let over = json!({ "reason": "completed" });
    scene.ask(&scene.rita(), &format!("visits/{}/close-visit", scene.jonas), over).await;
    let closed = wish(here, scene.jonas, "close-visit", json!({ "reason": "left" })).await;
    assert_eq!(closed, nothing, "a visit of somebody else that is over");
    for path in ["my-visit".to_owned(), format!("visits/{}/waiting-room", scene.jonas)] {
        let (there, none) =
            (format!("/api/clinics/{here}/{path}"), format!("/api/clinics/{nowhere}/{path}"));
        let answers = [
            scene.served.get("patient 9", &there).await,
            scene.served.get("patient 9", &none).await,
        ];
        assert!(answers.iter().all(|answer| answer.body == nothing.1), "{path}: {answers:?}");
    }
}

#[tokio::test]
async fn an_unknown_clinic_and_an_unknown_room_sound_alike_at_the_door() {
    let scene = Scene::new().await;
    let nowhere = Uuid::from_u128(99);
    let form = json!({ "name": "Ines" });
    let check_in = async |clinic: Uuid, room: Uuid| {
        let path = format!("/api/clinics/{clinic}/rooms/{room}/check-in");
        let answer = scene
            .served
            .post("patient 3", &path, form.clone(), scene.served.house.engine.mint())
            .await;
        (answer.status.as_u16(), answer.body)
    };
    let here = scene.served.house.clinic.0;
    let (status, body) = check_in(nowhere, scene.reception().0).await;
    assert_eq!((status, &body["type"]), (404, &json!("urn:clinic:problem:no-such-room")));
    assert_eq!(check_in(here, nowhere).await, (status, body.clone()));
    scene.ask("host", &format!("rooms/{}/archive-room", scene.office()), json!({})).await;
    assert_eq!(check_in(here, scene.office().0).await, (status, body), "an archived one, too");
}

#[tokio::test]
async fn a_body_that_is_not_read_says_why_by_its_status() {
    let scene = Scene::new().await;
    let path = format!("/api/clinics/{{clinic}}/visits/{}/add-note", scene.maria);
    let send = async |kind: Option<&str>, body: String| {
        let answer = scene.served.send_text(&scene.rita(), &path, kind, body).await;
        assert_eq!(answer.headers["content-type"], "application/problem+json");
        assert_eq!(answer.body["status"], answer.status.as_u16());
        (answer.status.as_u16(), answer.body["type"].as_str().expect("a type").to_owned())
    };
    let told = |status: u16, kind: &str| (status, format!("urn:clinic:problem:{kind}"));
    let json = Some("application/json");
    let good = json!({ "note": "x" }).to_string();
    for kind in [None, Some("text/plain"), Some("application/x-www-form-urlencoded")] {
        assert_eq!(send(kind, good.clone()).await, told(415, "media-type"), "{kind:?}");
    }
    let most = clinic_http::limits::BODY_BYTES;
    let long = json!({ "note": "x".repeat(most) }).to_string();
    assert_eq!(send(json, long).await, told(413, "too-large"));
    // As long as it may be, it is read, and the text in it refused.
    let frame = json!({ "note": "" }).to_string().len();
    let whole = json!({ "note": "x".repeat(most - frame) }).to_string();
    assert_eq!(whole.len(), most);
    assert_eq!(send(json, whole).await, told(422, "bad-field"));
    for wrong in ["", "{", "[]", r#"{"note":1}"#, r#"{"node":"x"}"#] {
        assert_eq!(send(json, wrong.to_owned()).await, told(400, "unreadable"), "{wrong}");
    }
}

#[tokio::test]
async fn what_no_route_answers_is_told_as_a_problem_too() {
    let scene = Scene::new().await;
    let nothing = scene.served.get("host", "/api/nowhere").await;
    assert_eq!(nothing.body["type"], "urn:clinic:problem:nothing-here");
    let start = format!("visits/{}/start-call", scene.maria);
    let wrong = scene.get("host", &start).await;
    assert_eq!((wrong.status.as_u16(), &wrong.body["status"]), (405, &json!(405)));
    assert_eq!(wrong.headers["allow"], "POST");
    for answer in [nothing, wrong] {
        assert_eq!(answer.headers["content-type"], "application/problem+json");
        assert_eq!(answer.headers["cache-control"], "no-store");
    }
}
