//! Who is shown what: each read, asked by everybody.

use serde_json::json;
use uuid::Uuid;

use super::Scene;

const NOBODY: u16 = 401;
const NOTHING: u16 = 404;
const SHOWN: u16 = 200;

/// A read, and what each of these is answered: Rita, who serves where the visit is; Dana, who does not;
/// Ada, who owns the clinic; the host.
struct Row {
    path: String,
    answers: [u16; 4],
}

fn reads(scene: &Scene) -> Vec<Row> {
    let (desk, visit) = (format!("rooms/{}", scene.reception()), format!("visits/{}", scene.maria));
    let all = [SHOWN; 4];
    let theirs = [SHOWN, NOTHING, SHOWN, SHOWN];
    let admins = [NOTHING, NOTHING, SHOWN, SHOWN];
    let member = [SHOWN, SHOWN, SHOWN, NOTHING];
    let row = |path: &str, answers| Row { path: path.to_owned(), answers };
    vec![
        row("", all),
        row("members", all),
        row("rooms", all),
        row("rooms?archived=true", all),
        row("visits", all),
        row(&desk, theirs),
        row(&format!("{desk}/board"), theirs),
        row(&format!("{desk}/board?position=8"), admins),
        row(&format!("{desk}/board?at=2026-03-02T09:00:00Z"), admins),
        row(&visit, theirs),
        row(&format!("{visit}/timeline"), theirs),
        row(&format!("{visit}/transfer-targets"), theirs),
        row(&format!("{visit}/join"), [NOTHING; 4]),
        row("sent", member),
        row("log", admins),
        row("waits", admins),
        row(&format!("waits?room={}", scene.reception()), theirs),
    ]
}

#[tokio::test]
async fn each_read_shows_itself_to_those_who_may_and_is_nothing_to_the_others() {
    let scene = Scene::new().await;
    let stranger = format!("member {} {}", Uuid::from_u128(7), scene.served.house.rita);
    let gone = scene.served.member(clinic_domain::ids::MemberId(Uuid::from_u128(8)));
    let unknown = format!("/api/clinics/{}", Uuid::from_u128(9));
    for Row { path, answers } in reads(&scene) {
        let path = path.trim_end_matches('/');
        let at = if path.is_empty() { String::new() } else { format!("/{path}") };
        let here = format!("/api/clinics/{{clinic}}{at}");
        let asked = [scene.rita(), scene.dana(), scene.ada(), "host".to_owned()];
        for (who, wanted) in asked.iter().zip(answers) {
            let answer = scene.served.get(who, &here).await;
            assert_eq!(answer.status, wanted, "{who}: {path}: {:?}", answer.body);
            assert_eq!(answer.headers["cache-control"], "no-store", "{path}");
        }
        let sign_in = scene.served.get("", &here).await;
        assert_eq!(sign_in.status, NOBODY, "{path}");
        // A patient may be a member whose session is over; and which clinic it is makes no difference.
        for who in ["patient 1", "patient 9"] {
            for at in [here.clone(), format!("{unknown}{at}")] {
                let answer = scene.served.get(who, &at).await;
                assert_eq!((answer.status, &answer.body), (sign_in.status, &sign_in.body), "{at}");
            }
        }
        let nothing = scene.served.get("host", &format!("{unknown}{at}")).await;
        assert_eq!(nothing.status, NOTHING, "{path}");
        for who in [stranger.as_str(), gone.as_str()] {
            let answer = scene.served.get(who, &here).await;
            assert_eq!(
                (answer.status.as_u16(), &answer.body),
                (NOTHING, &nothing.body),
                "{who}: {path}"
            );
        }
    }
}

/// A member who may read a part is shown that part only.
#[tokio::test]
async fn what_is_shown_to_all_members_holds_what_each_may_see() {
    let scene = Scene::new().await;
    let visits = |body: &serde_json::Value| body["visits"].as_array().map(Vec::len);
    assert_eq!(visits(&scene.read(&scene.rita(), "visits").await), Some(2));
    assert_eq!(visits(&scene.read(&scene.dana(), "visits").await), Some(0));
    assert_eq!(visits(&scene.read("host", "visits").await), Some(2));
    scene.send_maria().await;
    let dana = scene.read(&scene.dana(), "visits").await;
    assert_eq!(dana["visits"][0]["row"]["name"], "Maria Okoye");
    let (rita, office) = (scene.rita(), scene.office());
    let rooms = scene.read(&rita, "rooms").await.to_string();
    assert!(!rooms.contains("Maria"), "no patient stands in a list of rooms: {rooms}");
    let gone = scene.get(&rita, &format!("visits/{}", scene.maria)).await;
    assert_eq!(gone.status, NOTHING, "she has left the desk");
    let sent = scene.read(&rita, "sent").await;
    assert_eq!(sent["sent"][0]["now"]["room"], json!(office), "but she knows where she sent her");
}

/// Rights are judged when somebody reads, not when it happened.
#[tokio::test]
async fn a_right_that_is_lost_is_lost_for_what_was_seen_before() {
    let scene = Scene::new().await;
    let (rita, timeline) = (scene.rita(), format!("visits/{}/timeline", scene.maria));
    assert_eq!(scene.get(&rita, &timeline).await.status, SHOWN);
    let desk = format!("rooms/{}", scene.reception());
    let dana = json!({ "member": scene.served.house.dana });
    scene.ask(&scene.ada(), &format!("{desk}/assign-member"), dana).await;
    let rita_too = json!({ "member": scene.served.house.rita });
    scene.ask(&scene.ada(), &format!("{desk}/unassign-member"), rita_too).await;
    assert_eq!(scene.get(&rita, &timeline).await.status, NOTHING);
    assert_eq!(scene.get(&rita, &format!("{desk}/board")).await.status, NOTHING);
    assert_eq!(scene.get(&scene.dana(), &timeline).await.status, SHOWN);
    let disable = format!("members/{}/disable-member", scene.served.house.dana);
    scene.ask(&scene.ada(), &disable, json!({})).await;
    assert_eq!(
        scene.get(&scene.dana(), "members").await.status,
        NOTHING,
        "disabled, she is nobody"
    );
}

/// Everything that a patient may read, and nothing in it that is not hers.
#[tokio::test]
async fn a_patient_is_shown_nothing_of_anybody_else() {
    let scene = Scene::new().await;
    let note = json!({ "note": "speaks little German" });
    for visit in [scene.maria, scene.jonas] {
        scene.ask(&scene.rita(), &format!("visits/{visit}/add-note"), note.clone()).await;
    }
    scene.send_maria().await;
    let hers = format!("visits/{}/waiting-room", scene.maria);
    let paths = [
        hers.clone(),
        format!("{hers}/join"),
        "my-visit".to_owned(),
        "doors/reception".to_owned(),
        "doors/dana".to_owned(),
    ];
    for path in paths {
        let shown = scene.read("patient 1", &path).await.to_string();
        let strangers = [scene.jonas.to_string(), scene.ada.to_string()];
        let members = [scene.served.house.rita.to_string(), scene.served.house.dana.to_string()];
        for secret in strangers
            .iter()
            .chain(&members)
            .map(String::as_str)
            .chain(["Jonas", "Rita", "German", "weeks", "position"])
        {
            assert!(!shown.contains(secret), "{path} tells of {secret}: {shown}");
        }
    }
    for who in ["patient 2", "patient 9"] {
        for path in [hers.clone(), format!("{hers}/join")] {
            let nothing = scene.get(who, &path).await;
            assert_eq!(nothing.status, NOTHING, "{who}: {path}");
        }
        let door = scene.read(who, "doors/dana").await;
        assert_ne!(door["your_visit"]["visit"], json!(scene.maria), "{who}");
    }
}
