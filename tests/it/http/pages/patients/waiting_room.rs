//! The waiting room: what its patient sees of each place, and nothing of anybody else's.

use clinic_domain::command::Action;
use clinic_domain::text::{Label, LinkTemplate};
use clinic_domain::visit::Priority;

use crate::engine::fixture::{start, title, transfer};
use crate::http::pages::window::{Scene, note};

const HERE: &str = "/r/reception/waiting";
const LEAVE: &str = "/r/reception/leave";

#[tokio::test]
async fn a_patient_sees_her_rank_and_that_her_place_is_kept() {
    let scene = Scene::new().await;
    let (maria, first) = scene.patient("Maria").await;
    let (jonas, _) = scene.patient("Jonas").await;
    let page = maria.see(HERE).await;
    page.says(["reception", "reception will see you next", "You are next", "Your place is kept"]);
    // Rita's page was not opened yet, so nobody is online; the patient herself is nobody's concern.
    page.says(["Who is available nobody online", "Since your check-in 00:00"]);
    jonas.see(HERE).await.says(["You are number 2"]);
    scene.passes(3);
    scene.rita.see("/desk").await;
    scene.house().engine.tick().await.expect("a tick");
    let page = jonas.see(HERE).await;
    page.says(["Who is available 1 online", "Since your check-in 03:00"]);
    assert!(page.has("data-title=\"(2) Waiting room\"") && page.has("data-state=\"waiting\""));
    // Another tab of the same browser, or another link of the clinic: her one visit.
    jonas.see("/r/dana/waiting").await.says(["reception", "You are number 2"]);
    let leaving = maria.see(LEAVE).await.form(&format!("/visits/{first}/leave"));
    assert_eq!(maria.granted(&leaving).await, HERE);
    maria.see(HERE).await.says(["Your visit is over", "You have left the waiting room."]);
    jonas.see(HERE).await.says(["You are next"]);
}

#[tokio::test]
async fn a_call_is_joined_where_the_room_says_and_a_pause_is_told() {
    let scene = Scene::new().await;
    let house = scene.house();
    let (maria, visit) = scene.patient("Maria").await;
    let waiting = maria.see(HERE).await;
    waiting.lacks(["/join"]);
    assert_eq!(maria.led("/r/reception/join").await, HERE, "there is no call yet");

    house.as_rita(start(visit)).await.expect("granted");
    let page = maria.see(HERE).await;
    page.says(["Rita has started your call", "The clinic will tell you how to join."]);
    page.lacks(["/join", "You are next"]);
    assert!(page.has("data-title=\"Your call has started\""));
    assert_eq!(maria.led("/r/reception/join").await, HERE, "it meets nowhere yet");

    let link = LinkTemplate::parse("https://meet.example/{call}").expect("a template");
    house.policy(house.reception, |policy| policy.call_link = Some(link)).await;
    let page = maria.see(HERE).await;
    page.says(["Join the call"]);
    page.lacks(["The clinic will tell you", "meet.example"]);
    assert!(page.links().contains(&"/r/reception/join".to_owned()));
    let met = maria.led("/r/reception/join").await;
    let hers = scene.rita.led(&format!("/desk/visits/{visit}/join")).await;
    assert!(met.starts_with("https://meet.example/") && met == hers, "{met} {hers}");

    house.as_rita(Action::PauseCall { visit, seen: None }).await.expect("granted");
    let page = maria.see(HERE).await;
    page.says(["On hold with reception", "Please stay."]);
    page.lacks(["/join"]);
    assert!(page.has("data-title=\"On hold\""));
    assert_eq!(maria.led("/r/reception/join").await, HERE);
}

#[tokio::test]
async fn whoever_is_moved_is_told_where_and_who_sees_her() {
    let scene = Scene::new().await;
    let house = scene.house();
    let (maria, visit) = scene.patient("Maria").await;
    house.host(Action::RenameRoom(house.office, title("Dr <Dana>"))).await;
    scene.is_sent(visit, "a secret of the members").await;
    let page = maria.see(HERE).await;
    page.says([
        "You are being seen by Dana next",
        "The clinic has moved you to Dr &lt;Dana&gt;. You need not check in again.",
        "You are next",
    ]);
    page.lacks(["a secret", "Rita"]);
    maria.see("/r/reception").await.says(["You are waiting in Dr &lt;Dana&gt;"]);
    scene.comes(1, "Jonas").await;
    house.as_rita(transfer(scene.newest().await, house.office)).await.expect("granted");
    house.as_dana(start(visit)).await.expect("granted");
    maria.see(HERE).await.says(["Dana has started your call"]);
}

#[tokio::test]
async fn a_visit_that_is_over_stays_over_and_may_be_reopened_for_a_while() {
    let scene = Scene::new().await;
    let (maria, visit) = scene.patient("Maria").await;
    let leaving = maria.see(LEAVE).await.form("/leave");
    maria.granted(&leaving).await;
    let again = maria.granted(&leaving).await;
    assert_eq!(again, HERE, "asked twice, happened once");
    scene.house().as_rita(Action::ReopenVisit(visit)).await.expect("granted");
    maria.see(HERE).await.says(["You are next"]);
    let leaving = maria.see(LEAVE).await.form("/leave");
    maria.granted(&leaving).await;
    scene.passes(29);
    let page = maria.see(HERE).await;
    page.says(["Your visit is over"]);
    assert!(page.links().contains(&"/r/reception".to_owned()), "a way to come again");
    scene.passes(2);
    // Something happens, so that the clinic moves on.
    scene.comes(9, "Jonas").await;
    assert_eq!(maria.led(HERE).await, "/r/reception", "there is nothing to come back to");
    let page = maria.see("/r/reception").await;
    assert!(super::takes(&page), "she may come again");
}

#[tokio::test]
async fn whoever_has_no_visit_is_led_to_the_door() {
    let scene = Scene::new().await;
    scene.patient("Maria").await;
    let (stranger, reader) = (scene.stranger(), scene.stranger());
    reader.see("/r/reception").await;
    for nobody in [&stranger, &reader, &scene.rita] {
        assert_eq!(nobody.led(HERE).await, "/r/reception");
        for below in ["live", "join"] {
            let refused = nobody.open(&format!("/r/reception/{below}")).await;
            assert!([401, 404].contains(&refused.status.as_u16()), "{below}: {refused:?}");
            refused.lacks(["Maria"]);
        }
    }
}

#[tokio::test]
async fn a_patients_pages_have_nothing_of_others_and_nothing_of_the_members() {
    let scene = Scene::new().await;
    let house = scene.house();
    let label = Label::parse("owes money").expect("a label");
    house.host(Action::SetChecklist(house.reception, vec![label.clone()])).await;
    let (maria, hers) = scene.patient("Maria Okoye").await;
    let (jonas, his) = scene.patient("Jonas Berg").await;
    for visit in [hers, his] {
        house.as_rita(Action::AddNote(visit, note("a secret note"))).await.expect("granted");
        house.as_rita(Action::SetPriority(visit, Priority::Urgent)).await.expect("granted");
        let label = label.clone();
        let tick = Action::TickChecklist { visit, label, done: true };
        house.as_rita(tick).await.expect("granted");
    }
    let of_members = ["a secret", "owes money", "rgent", "Ada", "/desk", "/admin", "version"];
    let [maria_id, jonas_id] = [hers, his].map(|visit| visit.to_string());
    let step = async |rooms: &[&str]| {
        for room in rooms {
            for (window, other, id) in [(&maria, "Jonas", &jonas_id), (&jonas, "Maria", &maria_id)]
            {
                let door = window.see(&format!("/r/{room}")).await;
                let waiting = window.see(&format!("/r/{room}/waiting")).await;
                let mut live = window.follow(&format!("/r/{room}/live")).await;
                let change = live.told().await.data.to_string();
                for page in [&door.html, &waiting.html, &change] {
                    for lacking in of_members.iter().chain([&other, &&**id]) {
                        assert!(!page.contains(lacking), "{lacking} in {page}");
                    }
                }
            }
        }
    };
    step(&["reception", "dana"]).await;
    house.as_rita(start(hers)).await.expect("granted");
    step(&["reception"]).await;
    let note = Some(note("a secret of Maria"));
    let send = Action::Transfer { visit: hers, to: house.office, note, seen: None };
    house.as_rita(send).await.expect("granted");
    step(&["reception"]).await;
}
