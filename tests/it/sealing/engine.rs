//! The engine seals between the decision and the append, and opens for those who may read.

use std::collections::BTreeSet;
use std::sync::Arc;

use clinic_domain::actor::Actor;
use clinic_domain::command::Action;
use clinic_domain::event::{Event, StreamId};
use clinic_domain::ids::VisitId;
use clinic_domain::personal::{HoldsPersonal as _, Personal, Sealable as _};
use clinic_domain::text::PersonName;
use clinic_domain::visit::{CloseReason, VisitEvent};
use clinic_engine::ports::{KeyId, KeyStore, MemoryKeys};
use clinic_engine::sealing::key_id;
use clinic_engine::stored;
use clinic_projections::board::RoomBoard;
use clinic_projections::timeline::Timeline;
use clinic_projections::views::Views;
use serde_json::Value;

use super::fixture::{Folder, House, NINE, note};

/// Every sealed text in a JSON value; a clear one is a failure.
fn sealed_in(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                assert_ne!(name, "clear", "clear text is on its way into the log");
                match (name.as_str(), value) {
                    ("sealed", Value::String(text)) => found.push(text.clone()),
                    _ => sealed_in(value, found),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| sealed_in(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

impl House {
    /// What is sealed in the events of a visit and of its transfers.
    async fn sealed_of(&self, visit: VisitId) -> Vec<String> {
        let mut found = Vec::new();
        let mut transfers = BTreeSet::new();
        for recorded in self.events().await {
            let of_visit = match &recorded.event {
                Event::Visit(id, event) => {
                    if let VisitEvent::Transferred { transfer, .. } = event {
                        transfers.insert((*id, *transfer));
                    }
                    *id == visit
                }
                Event::Transfer(id, _) => transfers.contains(&(visit, *id)),
                Event::Clinic(..) | Event::Room(..) => false,
            };
            if of_visit {
                let row = stored::encode(&[Arc::new(recorded)]).unwrap().remove(0);
                let payload = serde_json::from_str(row.row().payload).unwrap();
                sealed_in(&payload, &mut found);
            }
        }
        found
    }

    async fn keys_of(&self, visit: VisitId) -> BTreeSet<KeyId> {
        self.sealed_of(visit).await.iter().map(|sealed| key_id(sealed).unwrap()).collect()
    }

    async fn board(&self) -> RoomBoard {
        let room = self.reception;
        let read = |views: &Views| views.census.board(room, NINE).unwrap();
        let board = self.engine.read(self.clinic, None, read).await.unwrap();
        self.engine.open(self.clinic, board).await.unwrap()
    }

    /// The names on the board of Reception, as a member reads them.
    async fn names(&self) -> Vec<Option<String>> {
        let rows = self.board().await.rows;
        rows.iter().map(|row| row.name.clear().map(ToString::to_string)).collect()
    }

    async fn timeline(&self, visit: VisitId) -> Timeline {
        let events = self.events().await;
        let read = |views: &Views| Timeline::of(visit, &views.directory, &events);
        let timeline = self.engine.read(self.clinic, None, read).await.unwrap();
        self.engine.open(self.clinic, timeline).await.unwrap()
    }
}

#[tokio::test]
async fn nothing_personal_is_clear_in_the_log() {
    let house = House::with(Arc::new(MemoryKeys::default())).await;
    let visit = house.check_in(1, "Abena Owusu").await;
    house.story(visit).await;

    // Name, reason and phone; the note of the transfer, of the decline, and by itself; the reason.
    assert_eq!(house.sealed_of(visit).await.len(), 7);
    let events: Vec<_> = house.events().await.into_iter().map(Arc::new).collect();
    for row in stored::encode(&events).unwrap() {
        let row = format!("{:?}", row.row());
        assert!(!row.contains(r#""clear""#), "{row}");
        for typed in House::TYPED.into_iter().chain(["Abena", "Owusu"]) {
            assert!(!row.contains(typed), "{typed} is in the log: {row}");
        }
    }
}

#[tokio::test]
async fn what_was_sealed_is_read_as_it_was_typed() {
    let house = House::with(Arc::new(MemoryKeys::default())).await;
    let visit = house.check_in(1, "Abena Owusu").await;
    let other = house.check_in(2, "Kwame Mensah").await;
    assert_eq!(house.names().await, [Some("Abena Owusu".into()), Some("Kwame Mensah".into())]);

    house.story(visit).await;
    let mut read = Vec::new();
    let mut timeline = house.timeline(visit).await;
    timeline.each_personal(&mut |_, datum| read.extend(datum.text().map(str::to_owned)));
    for typed in &House::TYPED[2..] {
        assert!(read.iter().any(|text| text == typed), "{typed} is missing: {read:?}");
    }
    assert_eq!(house.names().await, [Some("Kwame Mensah".into())]);
    assert_ne!(house.keys_of(visit).await, house.keys_of(other).await);
}

#[tokio::test]
async fn all_of_a_visit_is_under_one_key_across_restarts_and_after_its_end() {
    let folder = Folder::new();
    let mut house = House::with(Arc::new(folder.keys().await)).await;
    let visit = house.check_in(1, "Abena Owusu").await;
    house.restart(Arc::new(folder.keys().await));
    house.story(visit).await;
    house.restart(Arc::new(folder.keys().await));
    house.as_rita(Action::ReopenVisit(visit)).await;
    house.as_rita(Action::AddNote(visit, note("came back for a paper"))).await;

    assert_eq!(house.sealed_of(visit).await.len(), 8);
    assert_eq!(house.keys_of(visit).await.len(), 1);
    let name = house.timeline(visit).await.name;
    assert_eq!(name.unwrap().clear().map(PersonName::as_str), Some("Abena Owusu"));
}

#[tokio::test]
async fn an_erased_person_reads_as_such_and_the_log_stays_whole() {
    let folder = Folder::new();
    let keys = Arc::new(folder.keys().await);
    let mut house = House::with(Arc::clone(&keys) as Arc<_>).await;
    let visit = house.check_in(1, "Abena Owusu").await;
    house.check_in(2, "Kwame Mensah").await;
    house.as_rita(Action::AddNote(visit, note("speaks Ewe only"))).await;
    let before = house.events().await;
    let sealed = house.keys_of(visit).await;
    for key in &sealed {
        keys.destroy(*key).await.unwrap();
    }

    let board = house.board().await;
    let erased = &board.rows[0];
    assert_eq!(erased.name, Personal::Erased);
    assert_eq!(erased.reason, Some(Personal::Erased));
    assert_eq!(erased.phone, Some(Personal::Erased));
    assert_eq!(erased.notes[0].note, Personal::Erased);
    assert_eq!(house.names().await, [None, Some("Kwame Mensah".into())]);
    assert_eq!(house.events().await, before);

    // Her visit goes on, under another key: what is written now is no part of what was erased.
    house.restart(Arc::new(folder.keys().await));
    house.as_rita(Action::AddNote(visit, note("waits outside"))).await;
    assert_eq!(house.keys_of(visit).await.difference(&sealed).count(), 1);
    let board = house.board().await;
    assert_eq!(board.rows[0].name, Personal::Erased);
    let last = board.rows[0].notes.last().unwrap();
    assert_eq!(last.note.text(), Some("waits outside"));
}

#[tokio::test]
async fn the_same_wishes_under_the_same_keys_give_the_same_log() {
    let day = || async {
        let house = House::with(Arc::new(MemoryKeys::counted())).await;
        let visit = house.check_in(1, "Abena Owusu").await;
        house.story(visit).await;
        house.events().await
    };
    assert_eq!(day().await, day().await);
}

#[tokio::test]
async fn what_the_key_store_has_no_key_of_stays_sealed_and_darkens_nobody_else() {
    let mut house = House::with(Arc::new(MemoryKeys::default())).await;
    let visit = house.check_in(1, "Abena Owusu").await;
    let folder = Folder::new();
    house.restart(Arc::new(folder.keys().await));
    let known = house.check_in(2, "Kwame Mensah").await;
    let board = house
        .engine
        .read(house.clinic, None, |views| views.census.board(house.reception, NINE).unwrap());
    let board = house.engine.open(house.clinic, board.await.unwrap()).await.unwrap();
    let names = board.rows.iter().map(|row| (row.visit, row.name.clear().map(PersonName::as_str)));
    assert_eq!(names.collect::<Vec<_>>(), [(visit, None), (known, Some("Kwame Mensah"))]);
    assert!(board.rows[0].name.sealed().is_some(), "it is not said to be erased");

    // Nor can anybody write about the visit, which would take it apart.
    let wish = Action::AddNote(visit, note("hello"));
    let by = Actor::Member(house.rita);
    let refused = house.engine.execute(house.clinic, house.engine.request(by, wish)).await;
    assert!(refused.is_err());
    let story = house.engine.stream(house.clinic, StreamId::Visit(visit)).await.unwrap();
    assert_eq!(story.len(), 1);
}

#[tokio::test]
async fn what_a_bulk_removal_says_of_each_is_sealed_for_each() {
    let house = House::with(Arc::new(MemoryKeys::default())).await;
    let first = house.check_in(1, "Abena Owusu").await;
    let second = house.check_in(2, "Kwame Mensah").await;
    let reason = CloseReason::Removed { why: note("a fire alarm") };
    house.as_rita(Action::CloseAll { room: house.reception, only: None, reason }).await;
    for visit in [first, second] {
        assert_eq!(house.sealed_of(visit).await.len(), 4);
        assert_eq!(house.keys_of(visit).await.len(), 1);
    }
    assert!(house.keys_of(first).await.is_disjoint(&house.keys_of(second).await));
}
