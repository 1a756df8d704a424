//! Live streams: each reader is told what she may see, once, in order, soon, and nothing else.

use std::time::Duration;

use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::Response;
use clinic_domain::actor::Actor;
use clinic_domain::command::Action;
use clinic_domain::ids::{MemberId, RoomId, VisitId};
use clinic_domain::personal::Personal;
use clinic_domain::text::Note;
use clinic_domain::visit::{CloseReason, Priority};
use clinic_http::limits;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};

use super::fixture::Served;
use crate::engine::fixture::{start, token};

/// How soon each step is to be seen.
pub(super) const SOON: Duration = Duration::from_millis(250);
/// How long a test waits for it: a machine may be busy with something else for a moment.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long nothing has to come before nothing comes.
const QUIET: Duration = Duration::from_millis(250);

/// An open stream, as its reader sees it.
pub(super) struct Live {
    body: Body,
    text: String,
    /// How long each message was waited for.
    pub(super) took: Vec<Duration>,
}

/// A message as it came.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Said {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) data: Value,
}

impl Live {
    async fn open(served: &Served, who: &str, path: &str, last: Option<&str>) -> Self {
        Self::of(served.stream(who, path, last).await)
    }

    pub(super) fn of(response: Response) -> Self {
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
        Self { body: response.into_body(), text: String::new(), took: vec![] }
    }

    /// The next message.
    pub(super) async fn soon(&mut self) -> Said {
        let begun = Instant::now();
        let said = timeout(PATIENCE, self.next()).await.expect("a message in time");
        self.took.push(begun.elapsed());
        said.expect("the stream goes on")
    }

    /// The next message that is more than a cursor.
    pub(super) async fn told(&mut self) -> Said {
        loop {
            let said = self.soon().await;
            if !said.name.is_empty() {
                return said;
            }
        }
    }

    /// The next message of this event; others, of whoever comes and goes, are passed over.
    pub(super) async fn is_told(&mut self, event: &str) -> Said {
        loop {
            let said = self.told().await;
            if said.data["event"] == event {
                return said;
            }
        }
    }

    /// Nothing comes but cursors.
    pub(super) async fn is_told_nothing(&mut self) {
        while let Ok(said) = timeout(QUIET, self.next()).await {
            let said = said.expect("the stream goes on");
            assert_eq!(said.name, "", "{said:?}");
        }
    }

    pub(super) async fn next(&mut self) -> Option<Said> {
        loop {
            if let Some(end) = self.text.find("\n\n") {
                let said = said(&self.text.drain(..end + 2).collect::<String>());
                if let Some(said) = said {
                    return Some(said);
                }
                continue;
            }
            let frame = self.body.frame().await?.expect("a frame");
            let bytes = frame.into_data().expect("data");
            self.text.push_str(std::str::from_utf8(&bytes).expect("text"));
        }
    }
}

/// A message, unless it only says that the stream is there.
fn said(text: &str) -> Option<Said> {
    let field = |name: &str| {
        let mut lines = text.lines().filter_map(|line| line.strip_prefix(name));
        lines.next().map(|value| value.trim_start().to_owned()).unwrap_or_default()
    };
    let (id, name, data) = (field("id:"), field("event:"), field("data:"));
    if id.is_empty() && name.is_empty() && data.is_empty() {
        return None;
    }
    Some(Said { id, name, data: serde_json::from_str(&data).unwrap_or(Value::Null) })
}

fn room_path(room: RoomId) -> String {
    format!("/api/clinics/{{clinic}}/rooms/{room}/stream")
}

fn visit_path(visit: VisitId) -> String {
    format!("/api/clinics/{{clinic}}/visits/{visit}/stream")
}

async fn reception(served: &Served, last: Option<&str>) -> Live {
    let house = &served.house;
    Live::open(served, &served.member(house.rita), &room_path(house.reception), last).await
}

async fn office(served: &Served) -> Live {
    let house = &served.house;
    Live::open(served, &served.member(house.dana), &room_path(house.office), None).await
}

async fn note(served: &Served, visit: VisitId, text: &str) {
    let note = Personal::Clear(Note::parse(text).expect("a note"));
    served.house.as_rita(Action::AddNote(visit, note)).await.expect("granted");
}

#[tokio::test]
async fn everybody_sees_the_seeds_workflow_as_it_happens() {
    let served = Served::new().await;
    let house = &served.house;
    let (mut desk, mut room) = (reception(&served, None).await, office(&served).await);
    let maria = house.check_in(1).await;
    let said = desk.is_told("CheckedIn").await;
    assert_eq!(said.data["row"]["name"], "Maria Okoye");
    assert_eq!(said.data["queue"], json!([maria.0]));
    let mut page = Live::open(&served, "patient 1", &visit_path(maria), None).await;
    assert_eq!(page.told().await.data["words"], "You are next.");

    house.as_rita(start(maria)).await.expect("granted");
    assert_eq!(desk.is_told("CallStarted").await.data["row"]["doing"], "in_call");
    assert_eq!(page.told().await.data["words"], "You are in a call.");
    house.as_rita(Action::PauseCall { visit: maria, seen: None }).await.expect("granted");
    desk.is_told("CallPaused").await;
    let paused = page.told().await.data;
    assert_eq!(paused["words"], "Your call is paused and will go on. Please stay.");

    let note = Some(Personal::Clear(Note::parse("a cough").expect("a note")));
    let send = Action::Transfer { visit: maria, to: house.office, note, seen: None };
    house.as_rita(send).await.expect("granted");
    let left = desk.is_told("Transferred").await;
    assert_eq!(left.data["row"], Value::Null, "{left:?}");
    let came = room.is_told("Transferred").await;
    assert_eq!(came.data["row"]["transferred"]["note"], "a cough", "{came:?}");
    let moved = page.told().await.data;
    assert_eq!(moved["words"], "You have been moved to dana. You are next.");

    house.as_dana(start(maria)).await.expect("granted");
    room.is_told("CallStarted").await;
    assert_eq!(page.told().await.data["doing"], "in_call");
    let back = Action::Transfer { visit: maria, to: house.reception, note: None, seen: None };
    house.as_dana(back).await.expect("granted");
    while desk.told().await.data["row"]["visit"] != json!(maria.0) {}
    let home = page.told().await.data;
    assert_eq!(home["words"], "You have been moved to reception. You are next.");
    let (reason, seen) = (CloseReason::Completed, None);
    house.as_rita(Action::CloseVisit { visit: maria, reason, seen }).await.expect("granted");
    desk.is_told("VisitClosed").await;
    assert_eq!(page.told().await.name, "over");
}

#[tokio::test]
async fn who_comes_back_is_told_exactly_what_was_missed() {
    let served = Served::new().await;
    let maria = served.house.check_in(1).await;
    let mut desk = reception(&served, None).await;
    let mut all = vec![];
    for n in 0..3 {
        note(&served, maria, &format!("note {n}")).await;
        all.push(desk.is_told("NoteAdded").await);
    }
    drop(desk);
    for n in 3..6 {
        note(&served, maria, &format!("note {n}")).await;
    }
    let mut again = reception(&served, Some(&all[0].id)).await;
    for known in &all[1..] {
        assert_eq!(&again.told().await, known);
    }
    for n in 3..6 {
        let said = again.is_told("NoteAdded").await;
        let notes = said.data["row"]["notes"].as_array().expect("notes").len();
        assert_eq!(notes, n + 1);
    }
    again.is_told_nothing().await;
}

#[tokio::test]
async fn who_was_away_too_long_is_told_to_read_the_board_anew() {
    let served = Served::new().await;
    let maria = served.house.check_in(1).await;
    let first = served.house.head().await;
    let urgent = |n: u64| if n.is_multiple_of(2) { Priority::Urgent } else { Priority::Routine };
    for n in 0..=limits::STREAM_BACK {
        let change = Action::SetPriority(maria, urgent(n));
        served.house.as_rita(change).await.expect("granted");
    }
    let mut desk = reception(&served, Some(&first.0.to_string())).await;
    let said = desk.told().await;
    let here = said.data["position"].as_u64().expect("a position");
    assert_eq!(said.name, "resync");
    assert!(here > limits::STREAM_BACK && here <= served.house.head().await.0, "{here}");
    note(&served, maria, "and it goes on").await;
    desk.is_told("NoteAdded").await;
}

#[tokio::test]
async fn what_a_reader_does_not_see_moves_only_her_cursor() {
    let served = Served::new().await;
    let maria = served.house.check_in(1).await;
    let to = served.house.office;
    let send = Action::Transfer { visit: maria, to, note: None, seen: None };
    served.house.as_rita(send).await.expect("granted");
    let mut desk = reception(&served, None).await;
    while timeout(QUIET, desk.next()).await.is_ok() {}
    let change = Action::SetPriority(maria, Priority::Urgent);
    served.house.as_dana(change).await.expect("granted");
    let bare = desk.soon().await;
    let head = served.house.head().await.0.to_string();
    assert_eq!((bare.name.as_str(), bare.id, bare.data), ("", head, Value::Null));
}

#[tokio::test]
async fn a_right_that_is_lost_ends_the_stream_at_once() {
    let served = Served::new().await;
    let house = &served.house;
    house.host(Action::AssignMember(house.reception, house.dana)).await;
    let unassign = Action::UnassignMember(house.reception, house.rita);
    for (n, change) in [(1, unassign), (2, Action::DisableMember(house.rita))] {
        house.host(Action::AssignMember(house.reception, house.rita)).await;
        let mut desk = reception(&served, None).await;
        desk.soon().await;
        house.host(change).await;
        house.check_in(n).await;
        let last = loop {
            let said = desk.soon().await;
            assert_ne!(said.data["event"], "CheckedIn", "{said:?}");
            if said.name == "end" {
                break said;
            }
        };
        assert_eq!(last.data, json!({ "why": "no-right" }));
        assert!(!last.id.is_empty(), "it has a cursor");
        let took = *desk.took.last().expect("a message");
        assert!(took < Duration::from_millis(1_500), "it took {took:?}");
        assert_eq!(desk.next().await, None);
    }
    let path = room_path(house.reception);
    let refused = served.stream(&served.member(house.rita), &path, None).await;
    assert_eq!(refused.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_patient_is_told_nothing_of_others_and_nothing_twice() {
    let served = Served::new().await;
    let house = &served.house;
    let (maria, jonas) = (house.check_in(1).await, house.check_in(2).await);
    let mut page = Live::open(&served, "patient 2", &visit_path(jonas), None).await;
    let first = page.told().await;
    assert_eq!(first.data["rank"], 2);
    note(&served, maria, "a secret of Maria").await;
    note(&served, jonas, "a secret of the members").await;
    page.is_told_nothing().await;
    let left = CloseReason::Left;
    let leave = Action::CloseVisit { visit: maria, reason: left, seen: None };
    house.ask(Actor::Patient(token(1)), leave).await.expect("granted");
    let next = page.told().await;
    assert_eq!(next.data["rank"], 1);
    for said in [&first, &next] {
        let text = format!("{said:?}");
        assert!(!text.contains(&maria.to_string()) && !text.contains("position"), "{text}");
        assert_eq!(said.id.len(), 43, "a digest, and no position: {said:?}");
    }
    drop(page);
    let mut again = Live::open(&served, "patient 2", &visit_path(jonas), Some(&next.id)).await;
    again.is_told_nothing().await;
    let mut stale = Live::open(&served, "patient 2", &visit_path(jonas), Some(&first.id)).await;
    assert_eq!(stale.told().await, next);
    let strange = Live::open(&served, "patient 2", &visit_path(jonas), Some("forged")).await;
    drop(strange);

    for who in ["patient 1", "patient 9"] {
        let refused = served.stream(who, &visit_path(jonas), None).await;
        assert_eq!(refused.status(), StatusCode::NOT_FOUND, "{who}");
    }
}

#[tokio::test]
async fn a_slow_reader_is_let_go_and_goes_on_behind_its_cursor() {
    let served = Served::new().await;
    let maria = served.house.check_in(1).await;
    let (mut slow, mut quick) = (reception(&served, None).await, reception(&served, None).await);
    let first = slow.soon().await;
    let many = u64::try_from(limits::STREAM_QUEUE).expect("a count") + 40;
    for n in 0..many {
        let priority = if n.is_multiple_of(2) { Priority::Urgent } else { Priority::Routine };
        served.house.as_rita(Action::SetPriority(maria, priority)).await.expect("granted");
        quick.told().await;
    }
    let mut positions = vec![];
    let cursor = loop {
        let said = slow.soon().await;
        match &*said.name {
            "end" => {
                assert_eq!(said.data, json!({ "why": "slow" }));
                break said.id;
            }
            _ => positions.push(said.data["position"].as_u64().expect("a position")),
        }
    };
    // Those that waited, and those that were on their way to the page.
    let waited = limits::STREAM_QUEUE..=limits::STREAM_QUEUE + 4;
    assert!(waited.contains(&positions.len()), "{}", positions.len());
    let mut again = reception(&served, Some(&cursor)).await;
    for _ in positions.len()..usize::try_from(many).expect("a count") {
        positions.push(again.told().await.data["position"].as_u64().expect("a position"));
    }
    let begun: u64 = first.id.parse().expect("a position");
    assert!(positions.iter().copied().eq(begun + 1..=begun + many), "{positions:?}");
}

#[tokio::test]
async fn before_a_shutdown_every_stream_ends_with_its_cursor() {
    let served = Served::new().await;
    let maria = served.house.check_in(1).await;
    let mut desk = reception(&served, None).await;
    let mut page = Live::open(&served, "patient 1", &visit_path(maria), None).await;
    let cursors = [desk.soon().await.id, page.soon().await.id];
    served.http.end_streams();
    for (live, mut cursor) in [&mut desk, &mut page].into_iter().zip(cursors) {
        let last = loop {
            let said = live.soon().await;
            if said.name == "end" {
                break said;
            }
            cursor = said.id;
        };
        assert_eq!(last.data, json!({ "why": "closing" }));
        assert_eq!(last.id, cursor);
        assert_eq!(live.next().await, None);
    }
}

#[tokio::test]
async fn one_person_reads_so_many_streams_and_no_more() {
    let served = Served::new().await;
    let maria = served.house.check_in(1).await;
    let mut open = vec![];
    for _ in 0..limits::STREAMS_OF_PATIENT {
        open.push(Live::open(&served, "patient 1", &visit_path(maria), None).await);
    }
    let refused = served.stream("patient 1", &visit_path(maria), None).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    open.pop();
    tokio::time::sleep(QUIET).await;
    drop(Live::open(&served, "patient 1", &visit_path(maria), None).await);
}

#[tokio::test]
async fn whoever_reads_a_stream_is_online() {
    let served = Served::new().await;
    let house = &served.house;
    let there = async |member: MemberId| {
        house.engine.tick().await.expect("a tick");
        let at = house.engine.read(house.clinic, None, |views| views.census.availability(member));
        at.await.expect("a clinic")
    };
    house.clock.advance(clinic_domain::time::Millis::minutes(2));
    let away = there(house.rita).await;
    let desk = reception(&served, None).await;
    let online = there(house.rita).await;
    assert_ne!(away, online);
    drop(desk);
    tokio::task::yield_now().await;
    house.clock.advance(clinic_domain::time::Millis::minutes(2));
    assert_eq!(there(house.rita).await, away);
}

#[tokio::test]
async fn the_clinics_stream_is_its_admins_and_names_nobody() {
    let served = Served::new().await;
    let path = "/api/clinics/{clinic}/stream";
    let rita = served.member(served.house.rita);
    for (who, status) in
        [(rita.as_str(), StatusCode::NOT_FOUND), ("patient 1", StatusCode::UNAUTHORIZED)]
    {
        assert_eq!(served.stream(who, path, None).await.status(), status, "{who}");
    }
    let mut all = Live::open(&served, "host", path, None).await;
    let maria = served.house.check_in(1).await;
    let said = all.is_told("CheckedIn").await;
    assert_eq!(said.data["visit"], json!(maria.0));
    assert!(!said.data.to_string().contains("Okoye"), "{said:?}");
}

#[tokio::test]
async fn a_cursor_that_is_none_is_refused() {
    let served = Served::new().await;
    let path = room_path(served.house.reception);
    let rita = served.member(served.house.rita);
    for forged in ["-1", "x", "18446744073709551616", "1; DROP"] {
        let refused = served.stream(&rita, &path, Some(forged)).await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY, "{forged}");
    }
    let mut ahead = Live::open(&served, &rita, &path, Some("18446744073709551615")).await;
    assert_eq!(ahead.told().await.name, "resync", "a log that was put back is shorter");
    served.house.check_in(1).await;
    ahead.is_told("CheckedIn").await;
}

#[tokio::test]
async fn who_comes_later_is_not_shown_those_who_have_left() {
    let served = Served::new().await;
    let house = &served.house;
    let _keeps_the_hub = reception(&served, None).await;
    let (maria, jonas) = (house.check_in(1).await, house.check_in(2).await);
    note(&served, maria, "a secret of Maria").await;
    let send = Action::Transfer { visit: maria, to: house.office, note: None, seen: None };
    house.as_rita(send).await.expect("granted");
    house.host(Action::AssignMember(house.reception, house.dana)).await;
    let who = served.member(house.dana);
    let mut late = Live::open(&served, &who, &room_path(house.reception), Some("0")).await;
    let (mut of_maria, mut of_jonas) = (0, 0);
    while let Ok(Some(said)) = timeout(QUIET, late.next()).await {
        if said.data["visit"] == json!(maria.0) {
            assert_eq!(said.data["row"], Value::Null, "{said:?}");
            of_maria += 1;
        } else if said.data["visit"] == json!(jonas.0) {
            assert_eq!(said.data["row"]["visit"], json!(jonas.0), "{said:?}");
            of_jonas += 1;
        }
    }
    assert!(of_maria >= 3 && of_jonas >= 1, "{of_maria} {of_jonas}");
}

#[tokio::test]
async fn what_was_missed_is_told_only_as_long_as_it_may_be_read() {
    let served = Served::new().await;
    let house = &served.house;
    house.host(Action::AssignMember(house.reception, house.dana)).await;
    let maria = house.check_in(1).await;
    let mut desk = reception(&served, None).await;
    let cursor = desk.soon().await.id;
    for n in 0..20 {
        note(&served, maria, &format!("note {n}")).await;
    }
    let mut again = reception(&served, Some(&cursor)).await;
    again.is_told("NoteAdded").await;
    house.host(Action::UnassignMember(house.reception, house.rita)).await;
    let mut more = 0;
    while again.told().await.name != "end" {
        more += 1;
    }
    assert!(more <= 3, "{more} more of 19, and not only what was on its way");
}

#[tokio::test]
async fn a_client_that_takes_nothing_is_let_go_and_is_not_online() {
    let served = Served::new().await;
    let maria = served.house.check_in(1).await;
    let stuck = reception(&served, None).await;
    tokio::time::pause();
    for n in 0..3 {
        note(&served, maria, &format!("note {n}")).await;
    }
    tokio::time::sleep(limits::STREAM_STUCK * 2).await;
    tokio::time::resume();
    let mut stuck = stuck;
    let mut told = 0;
    while let Some(said) = timeout(PATIENCE, stuck.next()).await.expect("an end") {
        assert_ne!(said.name, "end", "there was no room for it");
        told += 1;
    }
    assert!(told <= 2, "{told}");
}
