//! Live pages: what a browser is told of a page that it has, and when it is told that there is no more.
//!
//! The clock of the machine stands still and jumps to whatever is waited for, so nothing here takes long.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::StatusCode;
use clinic_domain::command::Action;
use clinic_domain::ids::VisitId;
use clinic_domain::time::Millis;
use clinic_http::limits;
use serde_json::json;

use super::html::{Opened, between};
use super::window::{Scene, Window, note};
use crate::engine::fixture::{start, transfer};
use crate::http::streams::{Live, Said};

/// A change as it came.
#[derive(Debug)]
struct Change {
    /// By id: in which element, and what; none: it only moves.
    put: BTreeMap<String, (String, Option<String>)>,
    gone: BTreeSet<String>,
}

impl Change {
    fn read(said: &Said) -> Self {
        assert_eq!(said.name, "change", "{said:?}");
        let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
        let put = said.data["put"].as_array().expect("parts").iter().map(|part| {
            let within = text(&part["within"]).expect("a list");
            (text(&part["id"]).expect("an id"), (within, text(&part["html"])))
        });
        let gone = said.data["gone"].as_array().expect("ids").iter().filter_map(text);
        Self { put: put.collect(), gone: gone.collect() }
    }

    fn names(&self) -> BTreeSet<String> {
        self.put.keys().cloned().collect()
    }

    /// The part of this id, which must have been sent anew.
    #[track_caller]
    fn html(&self, id: &str) -> &str {
        let (_, html) = self.put.get(id).unwrap_or_else(|| panic!("{id} in {self:?}"));
        html.as_ref().unwrap_or_else(|| panic!("{id} only moves"))
    }
}

fn set<const N: usize>(ids: [String; N]) -> BTreeSet<String> {
    ids.into()
}

fn row(visit: VisitId) -> String {
    format!("row-{visit}")
}

/// After so many messages what is waited for does not come: a clock that jumps would wait for ever.
const MANY: usize = 10;

/// The next change; what only says that the stream is alive is passed over.
async fn changed(live: &mut Live) -> Change {
    for _ in 0..MANY {
        let said = live.told().await;
        if said.name != "beat" {
            return Change::read(&said);
        }
    }
    panic!("nothing changes");
}

/// Nothing changes until the stream says that it is alive.
async fn beats(live: &mut Live) {
    let said = live.told().await;
    assert_eq!(said.name, "beat", "{said:?}");
}

/// The last message, with why there is no other.
async fn ends(live: &mut Live) -> String {
    for _ in 0..MANY {
        let said = live.told().await;
        if said.name == "end" {
            assert_eq!(live.next().await, None, "it is the last");
            return said.data["why"].as_str().expect("why").to_owned();
        }
    }
    panic!("it does not end");
}

/// A desk that is followed, and the first change of it.
async fn follows(window: &Window) -> (Live, Change) {
    let mut live = window.follow("/desk/live").await;
    let first = changed(&mut live).await;
    (live, first)
}

/// What a part says on a page that was opened, and as it comes: without how long things have lasted and
/// without the ids of wishes.
fn said(html: &str) -> String {
    let mut said = String::new();
    for piece in html.split("<time class=\"clock\"") {
        let after = piece.split_once("</time>").filter(|_| !said.is_empty());
        said.push_str(after.map_or(piece, |(_, after)| after));
    }
    let mut keys = said.split(" name=\"key\"");
    let first = keys.next().unwrap_or_default().to_owned();
    keys.fold(first, |all, rest| all + rest.split_once('>').map_or(rest, |(_, rest)| rest))
}

#[tokio::test(start_paused = true)]
async fn the_first_change_has_every_part_of_the_page_as_the_page_has_it() {
    let scene = Scene::new().await;
    let house = scene.house();
    house.host(Action::AssignMember(house.office, house.rita)).await;
    let visits = [scene.comes(1, "Maria").await, scene.comes(2, "Jonas").await];
    let gone = scene.comes(3, "Olaf").await;
    house.as_rita(start(visits[1])).await.expect("granted");
    scene.leaves(3, gone).await;
    let (_live, first) = follows(&scene.rita).await;
    let page = scene.rita.see("/desk").await;
    let kinds = ["board-", "head-", "row-", "empty-", "nothing"];
    let part = |id: &&String| kinds.iter().any(|kind| id.starts_with(kind));
    let mut parts: BTreeSet<String> = page.ids().iter().filter(part).cloned().collect();
    parts.extend(["now", "sent", "closed"].map(str::to_owned));
    assert_eq!(first.names(), parts);
    assert!(first.gone.is_empty());
    assert!(first.names().is_superset(&set(visits.map(row))), "{:?}", first.names());
    for (id, (within, html)) in &first.put {
        assert!(page.ids().contains(within), "{within}");
        let html = html.as_ref().expect("the first has everything");
        if !id.starts_with("board-") {
            assert!(said(&page.html).contains(&said(html)), "{id}: {html} in {}", page.html);
        }
    }
    assert!(between(&page.html, "data-live=\"", "\"") == "/desk/live");

    let empty = follows(&scene.ada).await.1;
    assert_eq!(empty.names(), set(["nothing", "now", "sent", "closed"].map(str::to_owned)));
}

#[tokio::test(start_paused = true)]
async fn what_happens_at_a_desk_arrives_and_nothing_else() {
    let scene = Scene::new().await;
    let house = scene.house();
    house.host(Action::AssignMember(house.reception, house.dana)).await;
    let (mut live, _) = follows(&scene.rita).await;
    let head = format!("head-{}", house.reception);

    let maria = scene.comes(1, "Maria Okoye").await;
    let change = changed(&mut live).await;
    assert_eq!(change.names(), set([head.clone(), row(maria)]));
    assert_eq!(change.gone, set([format!("empty-{}", house.reception)]));
    assert!(change.html(&row(maria)).contains("Maria Okoye"));
    assert!(change.html(&head).contains("1 waiting"));
    let jonas = scene.comes(2, "Jonas Berg").await;
    assert_eq!(changed(&mut live).await.names(), set([head.clone(), row(jonas)]));

    house.as_rita(Action::AddNote(maria, note("a <cough>"))).await.expect("granted");
    let change = changed(&mut live).await;
    assert_eq!(change.names(), set([row(maria)]), "nobody else's row");
    assert!(change.html(&row(maria)).contains("a &lt;cough&gt;"));

    // Whoever is in a call stands first: the other one's row moves, and is not sent again.
    house.as_dana(start(jonas)).await.expect("granted");
    let change = changed(&mut live).await;
    assert_eq!(change.names(), set([head.clone(), row(jonas), row(maria)]));
    assert!(change.html(&row(jonas)).contains("In call with Dana"));
    assert_eq!(change.put[&row(maria)].1, None, "it only moves");

    house.as_rita(transfer(maria, house.office)).await.expect("granted");
    let change = changed(&mut live).await;
    assert_eq!(change.gone, set([row(maria)]));
    assert_eq!(change.names(), set([head.clone(), "sent".to_owned()]));
    assert!(change.html("sent").contains("Waiting in dana."));
    // In a room that is not hers it is she who sent it that is told where it is.
    house.as_dana(Action::AddNote(maria, note("not hers"))).await.expect("granted");
    beats(&mut live).await;
    let over = Action::CloseVisit {
        visit: jonas,
        reason: clinic_domain::visit::CloseReason::Completed,
        seen: None,
    };
    house.as_dana(over).await.expect("granted");
    let change = changed(&mut live).await;
    assert_eq!(change.gone, set([row(jonas)]));
    let empty = format!("empty-{}", house.reception);
    assert_eq!(change.names(), set([empty, "closed".to_owned()]));
    assert!(change.html("closed").contains("Jonas Berg"));
}

#[tokio::test(start_paused = true)]
async fn what_happens_together_goes_out_together() {
    let scene = Scene::new().await;
    let (mut live, _) = follows(&scene.rita).await;
    let visits = [scene.comes(1, "Maria").await, scene.comes(2, "Jonas").await];
    let change = changed(&mut live).await;
    assert!(change.names().is_superset(&set(visits.map(row))), "{change:?}");
    beats(&mut live).await;
}

#[tokio::test(start_paused = true)]
async fn a_patient_is_told_what_becomes_of_her_and_nothing_of_others() {
    let scene = Scene::new().await;
    let house = scene.house();
    let (maria, hers) = scene.patient("Maria Okoye").await;
    let (jonas, his) = scene.patient("Jonas Berg").await;
    let mut live = jonas.follow("/r/reception/live").await;
    let mut all = String::new();
    let mut next = async |live: &mut Live| {
        let change = changed(live).await;
        assert_eq!((change.names(), change.gone.len()), (set(["waiting".to_owned()]), 0));
        assert_eq!(change.put["waiting"].0, "whole");
        let html = change.html("waiting").to_owned();
        all.push_str(&html);
        html
    };
    let page = jonas.see("/r/reception/waiting").await;
    assert!(page.ids().is_superset(&set(["whole", "waiting"].map(str::to_owned))));
    let first = next(&mut live).await;
    assert!(said(&page.html).contains(&said(&first)), "{first} in {}", page.html);
    assert!(first.contains("You are number 2"), "{first}");
    for visit in [hers, his] {
        house.as_rita(Action::AddNote(visit, note("a secret"))).await.expect("granted");
    }
    beats(&mut live).await;
    let left = maria.see("/r/reception/leave").await.form("/leave");
    maria.granted(&left).await;
    assert!(next(&mut live).await.contains("You are next"));
    house.as_rita(start(his)).await.expect("granted");
    assert!(next(&mut live).await.contains("Rita has started your call"));
    house.as_rita(Action::PauseCall { visit: his, seen: None }).await.expect("granted");
    assert!(next(&mut live).await.contains("On hold with reception"));
    scene.is_sent(his, "a secret of the members").await;
    assert!(next(&mut live).await.contains("The clinic has moved you to dana."));
    house.as_dana(start(his)).await.expect("granted");
    house.as_dana(transfer(his, house.reception)).await.expect("granted");
    assert!(next(&mut live).await.contains("The clinic has moved you to reception."));
    let left = jonas.see("/r/reception/leave").await.form("/leave");
    jonas.granted(&left).await;
    assert!(next(&mut live).await.contains("data-state=\"over\""));
    house.as_rita(Action::ReopenVisit(his)).await.expect("granted");
    assert!(next(&mut live).await.contains("You are next"));
    for lacking in ["secret", "Maria", &hers.to_string(), "position"] {
        assert!(!all.contains(lacking), "{lacking} in {all}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_right_that_is_lost_takes_the_board_away_and_one_that_is_given_brings_it() {
    let scene = Scene::new().await;
    let house = scene.house();
    let maria = scene.comes(1, "Maria Okoye").await;
    let (mut live, first) = follows(&scene.dana).await;
    assert!(!first.names().contains(&row(maria)));
    house.host(Action::AssignMember(house.reception, house.dana)).await;
    let change = changed(&mut live).await;
    let [board, head] = ["board", "head"].map(|kind| format!("{kind}-{}", house.reception));
    assert!(change.names().is_superset(&set([board.clone(), head.clone(), row(maria)])));
    house.host(Action::UnassignMember(house.reception, house.dana)).await;
    let change = changed(&mut live).await;
    assert_eq!(change.gone, set([board, head, row(maria)]));
    scene.comes(2, "Jonas Berg").await;
    let said = live.told().await;
    assert_eq!(said.name, "beat", "nothing of it any more: {said:?}");
    house.host(Action::DisableMember(house.dana)).await;
    assert_eq!(ends(&mut live).await, "no-right");
    assert_eq!(scene.dana.led("/desk").await, "/sign-in?back=/desk");
}

#[tokio::test(start_paused = true)]
async fn a_session_that_ends_ends_the_stream_though_nothing_happens() {
    let scene = Scene::new().await;
    let other = Window::of(&scene.clinic, "rita", crate::http::people::browser::PASSWORD).await;
    let ((mut live, _), (mut others, _)) = (follows(&scene.rita).await, follows(&other).await);
    let out = scene.rita.see("/desk").await.form("/do/sign-out");
    scene.rita.granted(&out).await;
    let begun = tokio::time::Instant::now();
    assert_eq!(ends(&mut live).await, "no-right");
    assert!(begun.elapsed() <= limits::STREAM_CHECK * 2, "{:?}", begun.elapsed());
    beats(&mut others).await;
    scene.comes(1, "Maria").await;
    changed(&mut others).await;
}

#[tokio::test(start_paused = true)]
async fn reading_a_board_by_a_stream_is_recorded_once_for_each_stream() {
    let scene = Scene::new().await;
    let house = scene.house();
    let (mut first, _) = follows(&scene.rita).await;
    for n in 1..4 {
        scene.comes(n, "Maria").await;
        changed(&mut first).await;
    }
    let read = async || {
        let log = scene.ada.told("access-log").await;
        let records = log["records"].as_array().expect("records").clone();
        let streams = records.into_iter().filter(|one| one["model"] == "stream");
        streams.map(|one| (one["member"].clone(), one["room"].clone())).collect::<Vec<_>>()
    };
    let ritas = (json!(house.rita.0), json!(house.reception.0));
    assert_eq!(read().await, std::slice::from_ref(&ritas));
    let (_second, _) = follows(&scene.rita).await;
    let (patient, _) = scene.patient("Jonas").await;
    patient.follow("/r/reception/live").await.told().await;
    assert_eq!(read().await, [ritas.clone(), ritas.clone()], "what a patient reads is her own");
    house.host(Action::AssignMember(house.office, house.rita)).await;
    while !changed(&mut first).await.names().contains(&format!("board-{}", house.office)) {}
    let offices = (json!(house.rita.0), json!(house.office.0));
    let read = read().await;
    assert!(read.contains(&offices), "a board that comes to it is, too: {read:?}");
    assert_eq!(read.iter().filter(|one| **one == ritas).count(), 2, "{read:?}");
}

#[tokio::test(start_paused = true)]
async fn where_nothing_happens_a_beat_says_that_the_stream_is_alive() {
    let scene = Scene::new().await;
    let (mut live, _) = follows(&scene.rita).await;
    for _ in 0..3 {
        let begun = tokio::time::Instant::now();
        beats(&mut live).await;
        let took = begun.elapsed();
        assert!(took >= limits::PAGE_BEAT && took < limits::PAGE_BEAT * 2, "{took:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn time_alone_changes_a_page() {
    let scene = Scene::new().await;
    let house = scene.house();
    scene.opens(house.reception, "UTC", 8 * 60, 10 * 60).await;
    let maria = scene.comes(1, "Maria").await;
    let (mut live, first) = follows(&scene.rita).await;
    let head = format!("head-{}", house.reception);
    assert!(first.html(&row(maria)).contains("data-level=\"fine\""));
    scene.passes(9);
    beats(&mut live).await;
    scene.passes(2);
    let change = changed(&mut live).await;
    assert_eq!(change.names(), set([row(maria)]), "no second counts");
    assert!(change.html(&row(maria)).contains("data-level=\"warn\""));
    scene.passes(20);
    assert!(changed(&mut live).await.html(&row(maria)).contains("data-level=\"late\""));
    house.clock.advance(Millis::minutes(29));
    let shut = changed(&mut live).await;
    let html = Opened { html: shut.html(&head).to_owned(), ..scene.rita.see("/desk").await };
    html.says(["Closed until Tuesday 3 March, 08:00"]);
}

#[tokio::test(start_paused = true)]
async fn whoever_is_merged_connects_again_for_the_visit_that_goes_on() {
    let scene = Scene::new().await;
    let ((_gone, first), (second, duplicate)) =
        (scene.patient("Maria").await, scene.patient("Maria").await);
    let mut live = second.follow("/r/reception/live").await;
    changed(&mut live).await;
    let merge = Action::MergeVisits { survivor: first, duplicate, seen: None };
    scene.house().as_rita(merge).await.expect("granted");
    assert_eq!(ends(&mut live).await, "again");
    scene.passes(2);
    scene.house().engine.tick().await.expect("a tick");
    let mut live = second.follow("/r/reception/live").await;
    assert!(changed(&mut live).await.html("waiting").contains("You are next"));
    assert!(
        !scene.rita.see("/desk").await.has("Offline"),
        "the first page is closed, and the second is hers"
    );
}

#[tokio::test(start_paused = true)]
async fn before_a_shutdown_every_page_is_told_that_its_stream_ends() {
    let scene = Scene::new().await;
    let (patient, _) = scene.patient("Maria").await;
    let (mut hers, mut live) =
        (patient.follow("/r/reception/live").await, scene.rita.follow("/desk/live").await);
    changed(&mut hers).await;
    changed(&mut live).await;
    scene.http.end_streams();
    assert_eq!(
        (ends(&mut hers).await, ends(&mut live).await),
        ("closing".into(), "closing".into())
    );
}

#[tokio::test(start_paused = true)]
async fn one_person_follows_so_many_pages_and_no_more() {
    let scene = Scene::new().await;
    let (patient, _) = scene.patient("Maria").await;
    let mut open = vec![];
    for _ in 0..limits::STREAMS_OF_PATIENT {
        open.push(patient.follow("/r/reception/live").await);
    }
    let refused = patient.open("/r/reception/live").await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    patient.see("/r/reception/waiting").await.says(["You are next"]);
}
