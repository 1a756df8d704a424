//! Who sees which boards, and what is offered there to whom.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use clinic_domain::clinic::Capability;
use clinic_domain::command::Action;
use clinic_domain::ids::{RoomId, VisitId};
use clinic_domain::time::Millis;

use super::desk;
use crate::engine::fixture::{start, transfer};
use crate::http::pages::html::Opened;
use crate::http::pages::window::{Scene, Window};
use crate::http::people::browser::PASSWORD;

fn set(words: &[&str]) -> BTreeSet<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// What whoever serves in a room may do with each visit there, besides its call.
const SERVES: [&str; 5] = ["transfer", "set-priority", "note", "merge", "close"];

fn and_serves(more: &[&str]) -> BTreeSet<String> {
    set(&[&SERVES, more].concat())
}

fn shows(page: &Opened, room: RoomId) -> bool {
    page.ids().contains(&format!("board-{room}"))
}

/// The desk of an Owner with one room more.
async fn with_room(window: &Window, room: RoomId) -> Opened {
    window.see(&format!("/desk?room={room}")).await
}

#[tokio::test]
async fn a_member_sees_the_boards_that_she_serves_and_owners_any_they_ask_for() {
    let scene = Scene::new().await;
    let house = scene.house();
    let visit = scene.comes(1, "Maria Okoye").await;
    let (desk_room, office) = (house.reception, house.office);
    for (who, window, of_desk, of_office) in [
        ("rita", &scene.rita, true, false),
        ("dana", &scene.dana, false, true),
        ("ada", &scene.ada, false, false),
    ] {
        let page = desk(window).await;
        assert_eq!((shows(&page, desk_room), shows(&page, office)), (of_desk, of_office), "{who}");
        assert_eq!(page.has("Maria Okoye"), of_desk, "{who}");
        assert_eq!(page.has("You are not assigned to a room"), who == "ada");
    }
    let page = with_room(&scene.ada, desk_room).await;
    assert!(shows(&page, desk_room) && !shows(&page, office));
    page.row(visit).says(["Maria Okoye"]);
    let other = format!("/desk?room={office}");
    assert!(page.links().contains(&other), "the other rooms are offered");
    for room in [desk_room, office] {
        let page = with_room(&scene.dana, room).await;
        assert!(!shows(&page, desk_room) && !page.has("Maria Okoye"), "{}", page.html);
        page.lacks(["Other rooms"]);
    }
    house.host(Action::AssignMember(desk_room, house.dana)).await;
    let page = desk(&scene.dana).await;
    assert!(shows(&page, desk_room) && shows(&page, office));
    house.host(Action::UnassignMember(desk_room, house.dana)).await;
    assert!(!shows(&desk(&scene.dana).await, desk_room));
    for path in ["/desk", "/desk/live", &format!("/desk/visits/{visit}/transfer")] {
        assert_eq!(scene.stranger().led(path).await, format!("/sign-in?back={path}"));
    }
}

#[tokio::test]
async fn reading_a_desk_is_recorded_for_each_board_on_it() {
    let scene = Scene::new().await;
    let house = scene.house();
    desk(&scene.rita).await;
    desk(&scene.ada).await;
    with_room(&scene.ada, house.office).await;
    let log = scene.ada.told("access-log").await;
    let records = log["records"].as_array().expect("records").iter();
    let read: Vec<_> = records
        .map(|one| {
            [&one["model"], &one["member"], &one["room"]].map(|id| id.as_str().unwrap_or(""))
        })
        .map(|one| one.map(str::to_owned))
        .collect();
    let row = |member: &dyn ToString, room: RoomId| {
        ["board".to_owned(), member.to_string(), room.to_string()]
    };
    assert_eq!(read, [row(&house.rita, house.reception), row(&scene.clinic.ada, house.office)]);
}

#[tokio::test]
async fn each_state_of_a_visit_offers_what_may_be_done_with_it_and_to_whom() {
    let scene = Scene::new().await;
    let house = scene.house();
    house.host(Action::AssignMember(house.reception, house.dana)).await;
    let (maria, jonas) = (scene.comes(1, "Maria").await, scene.comes(2, "Jonas").await);
    let steers = set(&["transfer", "set-priority", "merge", "close"]);
    let offers = async |window: &Window, visit: VisitId| {
        with_room(window, house.reception).await.row(visit).offers()
    };
    let button =
        async |window: &Window, visit| desk(window).await.row(visit).form("/start-call").button;

    assert_eq!(offers(&scene.rita, maria).await, and_serves(&["start-call"]));
    assert_eq!(offers(&scene.ada, maria).await, steers);
    assert_eq!(button(&scene.rita, maria).await, "Start call");
    assert_eq!(
        desk(&scene.rita)
            .await
            .section(&format!("board-{}", house.reception))
            .form("/call-next")
            .button,
        "Call next"
    );
    assert!(!with_room(&scene.ada, house.reception).await.has("/call-next"), "she is not assigned");

    house.as_rita(start(maria)).await.expect("granted");
    let mut in_call = and_serves(&["join", "pause-call", "end-call"]);
    // A visit in call can only be the one that goes on.
    in_call.remove("merge");
    assert_eq!(offers(&scene.rita, maria).await, in_call);
    let others = &and_serves(&[]) - &set(&["merge"]);
    assert_eq!(offers(&scene.dana, maria).await, others, "it is another's call");
    assert_eq!(offers(&scene.ada, maria).await, &steers - &set(&["merge"]));
    assert_eq!(button(&scene.rita, jonas).await, "Pause and start");
    assert_eq!(button(&scene.dana, jonas).await, "Start call");

    house.as_rita(Action::PauseCall { visit: maria, seen: None }).await.expect("granted");
    for window in [&scene.rita, &scene.dana] {
        assert_eq!(offers(window, maria).await, and_serves(&["start-call"]));
        assert_eq!(button(window, maria).await, "Resume call");
    }
    assert_eq!(offers(&scene.ada, maria).await, steers);
}

#[tokio::test]
async fn a_visit_that_awaits_an_answer_is_accepted_or_declined_by_those_who_serve_there() {
    let scene = Scene::new().await;
    let house = scene.house();
    house.policy(house.office, |policy| policy.accept_window = Some(Millis::minutes(5))).await;
    let visit = scene.comes(1, "Maria").await;
    house.as_rita(transfer(visit, house.office)).await.expect("granted");
    let row = desk(&scene.dana).await.row(visit);
    assert_eq!(row.offers(), and_serves(&["accept-transfer", "decline", "start-call"]));
    row.says(["Transferred by Rita from reception", "until 09:05"]);
    let hers = with_room(&scene.ada, house.office).await.row(visit);
    assert_eq!(hers.offers(), set(&["transfer", "set-priority", "merge", "close"]));
    let sent = desk(&scene.rita).await.section("sent");
    sent.says(["Maria", "to dana", "Waiting in dana.", "Not accepted yet."]);
    assert_eq!(sent.offers(), set(&["undo-transfer"]));
    scene.passes(5);
    assert!(desk(&scene.rita).await.section("sent").offers().is_empty(), "too late to undo");
}

#[tokio::test]
async fn what_the_clinic_may_no_longer_do_is_not_offered() {
    let scene = Scene::new().await;
    let house = scene.house();
    let (maria, jonas) = (scene.comes(1, "Maria").await, scene.comes(2, "Jonas").await);
    house.as_rita(start(maria)).await.expect("granted");
    let page = desk(&scene.rita).await;
    let pause = page.row(maria).form("/pause-call");
    let picker = scene.rita.see(&format!("/desk/visits/{jonas}/transfer")).await.form("/transfer");
    let less = Capability::ALL.into_iter();
    let less = less.filter(|one| ![Capability::Transfer, Capability::Pause].contains(one));
    house.host(Action::SetCapabilities(less.collect())).await;
    let page = desk(&scene.rita).await;
    page.lacks(["/pause-call", "/transfer\"", "Pause"]);
    let left = set(&["join", "end-call", "set-priority", "note", "close"]);
    assert_eq!(page.row(maria).offers(), left);
    // To start another call, hers would have to be paused.
    assert_eq!(page.row(jonas).offers(), set(&["set-priority", "note", "merge", "close"]));
    let call = page.section("now").offers();
    assert_eq!(call, set(&["join", "end-call", "close-visit"]));
    for form in [pause, picker] {
        let refused = scene.rita.refused(&form, StatusCode::CONFLICT).await;
        refused.says(["The clinic has no capability for this."]);
        assert!(refused.links().contains(&"/desk".to_owned()));
    }
    let none = scene.rita.see(&format!("/desk/visits/{jonas}/transfer")).await;
    none.says(["There is no room that would take this visit now."]);
    assert!(none.forms().iter().all(|form| form.button.is_empty() || form.button == "Sign out"));
}

#[tokio::test]
async fn the_picker_offers_exactly_what_the_api_has() {
    let scene = Scene::new().await;
    let house = scene.house();
    for (name, slug) in [("Blood <b>tests", "blood"), ("X-ray", "x-ray"), ("Old", "old")] {
        let form = scene.ada.see("/admin").await.form("/open-room");
        scene.ada.granted(&form.with("name", name).with("slug", slug)).await;
    }
    let rooms = scene.ada.told("rooms").await;
    let id = |name: &str| {
        let mut rooms = rooms["rooms"].as_array().expect("rooms").iter();
        rooms.find(|room| room["name"] == name).expect(name)["room"].as_str().expect("an id")
    };
    let room = |name: &str| RoomId(id(name).parse().expect("an id"));
    house.host(Action::ArchiveRoom(room("Old"))).await;
    house.policy(room("X-ray"), |policy| policy.queue_limit = 1).await;
    house.policy(house.office, |policy| policy.accept_window = Some(Millis(90_000))).await;
    scene.opens(room("Blood <b>tests"), "UTC", 600, 700).await;
    let (maria, jonas) = (scene.comes(1, "Maria").await, scene.comes(2, "Jonas").await);
    let expected = async |count: usize| {
        let told = scene.rita.told(&format!("visits/{maria}/transfer-targets")).await;
        let targets = told["targets"].as_array().expect("targets").clone();
        let page = scene.rita.see(&format!("/desk/visits/{maria}/transfer")).await;
        let rooms: Vec<_> =
            targets.iter().map(|one| one["room"].as_str().expect("an id").to_owned()).collect();
        assert_eq!(rooms.len(), count);
        assert_eq!(page.form("/transfer").offered("to"), rooms, "in its order, too");
        page
    };
    let page = expected(3).await;
    page.says([
        "Blood &lt;b&gt;tests",
        "Closed at this hour: the visit waits there until somebody comes.",
        "Nobody is online there.",
        "nobody waiting",
        "accepts or declines within 2 minutes",
    ]);
    page.lacks(["Old"]);
    house.as_rita(transfer(jonas, room("X-ray"))).await.expect("granted");
    expected(2).await.lacks(["X-ray"]);
    // One who may not send it is offered nothing.
    let none = scene.dana.open(&format!("/desk/visits/{maria}/transfer")).await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
    none.lacks(["Maria", "X-ray"]);
}

#[tokio::test]
async fn case_07_who_is_unassigned_in_mid_call_may_end_it_and_no_more() {
    let scene = Scene::new().await;
    let house = scene.house();
    house.host(Action::AssignMember(house.reception, house.dana)).await;
    let (maria, jonas) = (scene.comes(1, "Maria").await, scene.comes(2, "Jonas").await);
    house.as_rita(start(maria)).await.expect("granted");
    house.host(Action::UnassignMember(house.reception, house.rita)).await;
    let rita = Window::of(&scene.clinic, "rita", PASSWORD).await;
    let page = desk(&rita).await;
    page.lacks(["Jonas", &format!("{jonas}")]);
    let call = page.section("now");
    call.says(["Maria", "in reception"]);
    assert_eq!(call.offers(), set(&["join", "pause-call", "transfer", "end-call", "close-visit"]));
    assert_eq!(rita.granted(&call.form("/pause-call")).await, "/desk");
    desk(&rita).await.lacks(["Maria"]);
}
