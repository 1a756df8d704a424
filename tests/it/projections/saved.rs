//! Saved states: what is loaded is what was saved, and goes on as if it had never left; it stays as
//! small as what is open; and its form changes with its version only.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::path::PathBuf;

use clinic_domain::actor::Actor;
use clinic_domain::clinic::ClinicEvent;
use clinic_domain::command::Action;
use clinic_domain::event::{Cause, Event, Recorded};
use clinic_domain::ids::{ClinicId, CommandId, MemberId, Position, RoomId, TransferId, VisitId};
use clinic_domain::time::{Millis, Timestamp};
use clinic_domain::visit::CloseReason;
use clinic_projections::views::{Boards, FOLD_VERSION, Views};
use clinic_projections::waits::Waits;
use clinic_testkit::day::{self, days};
use clinic_testkit::spec::id;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::Value;
use uuid::Uuid;

use super::fixture::{Day, by};
use crate::cqrs::stored::{clinic_events, room_events, transfer_events, visit_events};

// The ids in the samples of stored events.
const ADA: MemberId = MemberId(id(1));
const RITA: MemberId = MemberId(id(2));
const RECEPTION: RoomId = RoomId(id(11));
const DR_DANA: RoomId = RoomId(id(12));
const VISIT: VisitId = VisitId(id(23));
const LEG: TransferId = TransferId(id(31));

/// Where saved states are kept: the latest ones, and of the waits each day by itself.
#[derive(Default)]
struct Store {
    position: Position,
    boards: Vec<u8>,
    ongoing: Vec<u8>,
    days: BTreeMap<String, Vec<u8>>,
}

impl Store {
    /// Saves what has changed since the last time. Answers how many days that were.
    fn save(&mut self, views: &Views) -> usize {
        self.boards = serde_json::to_vec(&views.boards()).expect("boards are written");
        self.ongoing = serde_json::to_vec(views.waits.ongoing()).expect("waits are written");
        let days: Vec<_> = views.waits.days_since(self.position).collect();
        for day in &days {
            let part = serde_json::to_vec(day).expect("a day is written");
            self.days.insert(day.0.to_string(), part);
        }
        self.position = views.checkpoint().position;
        days.len()
    }

    fn load(&self) -> Views {
        let boards: Boards = serde_json::from_slice(&self.boards).expect("boards are read");
        let ongoing = serde_json::from_slice(&self.ongoing).expect("waits are read");
        let days = self.days.values();
        let days = days.map(|day| serde_json::from_slice(day).expect("a day is read"));
        boards.with(Waits::from_parts(ongoing, days))
    }
}

/// Folds a log, and at each of the cuts saves, loads and goes on with what was loaded.
fn interrupted(log: &[Recorded], cuts: &BTreeSet<usize>) -> Result<(), TestCaseError> {
    let (mut lived, mut loaded, mut store) = (Views::default(), Views::default(), Store::default());
    for (n, recorded) in log.iter().enumerate() {
        lived.apply(recorded);
        loaded.apply(recorded);
        if cuts.contains(&n) {
            store.save(&loaded);
            loaded = store.load();
            prop_assert!(
                loaded == lived,
                "loaded at {} is not what was saved",
                lived.census.position()
            );
        }
    }
    prop_assert!(loaded == lived, "what was loaded has gone on differently");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..Default::default() })]

    #[test]
    fn what_was_saved_anywhere_is_loaded_and_goes_on_as_if_nothing_had_been(
        day in days(1..400),
        cuts in prop::collection::vec(any::<Index>(), 1..5),
    ) {
        let log = log_of(&day);
        let cuts = cuts.iter().map(|cut| cut.index(log.len())).collect();
        interrupted(&log, &cuts)?;
    }

    #[test]
    fn what_comes_of_a_log_without_sense_is_saved_and_loaded_like_any_other(
        day in days(1..200),
        order in prop::collection::vec(any::<Index>(), 1..300),
        cuts in prop::collection::vec(any::<Index>(), 1..5),
    ) {
        let log = log_of(&day);
        let shuffled = (1..).map(Position).zip(order);
        let shuffled = shuffled.map(|(position, n)| Recorded { position, ..n.get(&log).clone() });
        let log: Vec<Recorded> = shuffled.collect();
        let cuts = cuts.iter().map(|cut| cut.index(log.len())).collect();
        interrupted(&log, &cuts)?;
    }
}

fn log_of(day: &day::Day) -> Vec<Recorded> {
    let played = day.play(|world, command, _| Ok::<_, Infallible>(world.submit(command)));
    played.expect("a day can be played").log().to_vec()
}

/// A day like any other: everybody who comes is sent on, sent back and served.
fn ordinary(day: &mut Day, date: &str) {
    day.on(date, "08:00:00");
    for n in 0..60 {
        day.now = day.now.plus(Millis::minutes(4));
        let visit = day.check_in(&format!("Patient {date} {n}"));
        day.send(day.rita, visit, day.dr_dana);
        day.start(day.dana, visit);
        day.now = day.now.plus(Millis::minutes(3));
        day.send(day.dana, visit, day.reception);
        day.start(day.rita, visit);
        day.close(day.rita, visit, CloseReason::Completed);
    }
}

#[test]
fn a_saved_state_is_as_large_as_what_is_open_however_long_the_log() {
    let (mut day, mut store) = (Day::new(), Store::default());
    let mut sizes = vec![];
    for n in 3..20 {
        ordinary(&mut day, &format!("2026-03-{n:02}"));
        assert!(store.save(&day.views) <= 2, "days that have not changed are not saved again");
        sizes.push(store.boards.len() + store.ongoing.len());
    }
    assert_eq!(store.days.len(), 17, "one part for each day");
    // By then the lists of what was sent are full.
    let (early, late) = (sizes[2], sizes[16]);
    assert!(late.abs_diff(early) < early / 50, "{early} bytes, two weeks later {late}: {sizes:?}");
    assert!(store.load() == day.views);
}

#[test]
fn a_day_that_a_reopening_reaches_back_into_is_saved_again() {
    let (mut day, mut store) = (Day::new(), Store::default());
    let anna = day.at("23:50:00").check_in("Anna");
    day.close(day.rita, anna, CloseReason::NoShow);
    store.save(&day.views);
    day.on("2026-03-03", "00:10:00");
    day.act(by(day.rita), Action::ReopenVisit(anna));
    assert_eq!(store.save(&day.views), 1);
    assert_eq!(store.save(&day.views), 0, "nothing has happened since");
    assert!(store.load() == day.views, "yesterday has one no show less");
}

#[test]
fn days_that_are_too_old_are_not_loaded() {
    let (mut day, mut store) = (Day::new(), Store::default());
    ordinary(&mut day, "2026-03-03");
    store.save(&day.views);
    ordinary(&mut day, "2026-06-03");
    store.save(&day.views);
    assert_eq!(store.days.len(), 2, "the store has not noticed");
    assert!(store.load() == day.views, "the waits have");
}

/// The form of everything that is saved, as one line for each path in it. Ids, dates and numbers are
/// no part of the form; words are.
fn form(path: &str, value: &Value, forms: &mut BTreeSet<String>) {
    let is_key =
        |key: &str| key.parse::<Uuid>().is_ok() || key.starts_with(|c: char| c.is_ascii_digit());
    let told = match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let key = if is_key(key) { "*" } else { key };
                form(&format!("{path}.{key}"), value, forms);
            }
            return;
        }
        Value::Array(values) => {
            for value in values {
                form(&format!("{path}[]"), value, forms);
            }
            return;
        }
        Value::String(text) if text.parse::<Uuid>().is_ok() => "an id".to_owned(),
        Value::String(text) if is_key(text) => "text".to_owned(),
        Value::String(text) => format!("{text:?}"),
        Value::Number(_) => "a number".to_owned(),
        Value::Bool(_) => "yes or no".to_owned(),
        Value::Null => "nothing".to_owned(),
    };
    forms.insert(format!("{path}: {told}"));
}

/// Every event there is, in every state that a visit can be in, whether that makes sense or not:
/// one story for each.
fn stories() -> Vec<Vec<Event>> {
    let opened = &room_events()[0];
    let rooms = [RECEPTION, DR_DANA].map(|room| Event::Room(room, opened.clone()));
    let at = Timestamp(0);
    let online = ClinicEvent::MemberCameOnline { member: ADA, at };
    let offline = ClinicEvent::MemberWentOffline { member: ADA, last_seen: at, at };
    let edges = [online.clone(), offline, online];
    let clinic = clinic_events().into_iter().chain(edges);
    let clinic = clinic.map(|event| Event::Clinic(ClinicId(id(1)), event));
    let setting: Vec<Event> = clinic.chain(rooms).collect();
    let events = visit_events();
    let named = |name: &str| events.iter().find(|event| event.name() == name).expect("it is one");
    let before: [&[&str]; 6] = [
        &[],
        &["CheckedIn"],
        &["CheckedIn", "CallStarted"],
        &["CheckedIn", "CallStarted", "CallPaused"],
        &["CheckedIn", "Transferred", "Transferred"],
        &["CheckedIn", "Transferred", "VisitClosed"],
    ];
    let ways = before.iter().flat_map(|before| events.iter().map(move |event| (before, event)));
    let visits = ways.map(|(before, event)| {
        let story = before.iter().map(|name| named(name)).chain([event]);
        let story = story.map(|event| Event::Visit(VISIT, event.clone()));
        story
            .chain(transfer_events().into_iter().map(|event| Event::Transfer(LEG, event)))
            .collect()
    });
    let rooms = room_events().into_iter().map(|event| vec![Event::Room(RECEPTION, event)]);
    rooms.chain(visits).map(|story: Vec<Event>| [setting.clone(), story].concat()).collect()
}

/// The form of what is saved after each event of each story.
fn forms() -> BTreeSet<String> {
    let mut forms = BTreeSet::new();
    for story in stories() {
        let mut views = Views::default();
        for (n, event) in (1..).zip(story) {
            views.apply(&recorded(event, n));
            let days: Vec<_> = views.waits.days_since(Position::START).collect();
            let boards = serde_json::to_value(views.boards()).expect("boards are written");
            let ongoing = serde_json::to_value(views.waits.ongoing()).expect("waits are written");
            let days = serde_json::to_value(days).expect("days are written");
            form("boards", &boards, &mut forms);
            form("ongoing", &ongoing, &mut forms);
            form("days", &days, &mut forms);
        }
    }
    forms
}

fn recorded(event: Event, n: u64) -> Recorded {
    let at = Timestamp(1_772_438_400_000).plus(Millis(n));
    let cause = Cause {
        actor: Actor::Member(RITA),
        command_id: CommandId(id(70)),
        digest: 0,
        correlation_id: id(70),
        causation_id: None,
        clamped: None,
    };
    Recorded {
        clinic: ClinicId(id(1)),
        position: Position(n),
        sequence: 1,
        event,
        occurred_at: at,
        recorded_at: at,
        cause,
    }
}

/// Whoever changes the form of what is saved raises [`FOLD_VERSION`]; `CLINIC_BLESS=1` then writes
/// the file of the new version, and the old one can go.
#[test]
fn the_form_of_a_saved_state_is_that_of_its_version() {
    let forms = forms();
    let file = format!("golden/folds/{FOLD_VERSION}.txt");
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(&file);
    if !path.exists() && std::env::var_os("CLINIC_BLESS").is_some_and(|set| !set.is_empty()) {
        let mut lines: String = forms.iter().map(String::as_str).collect::<Vec<_>>().join("\n");
        lines.push('\n');
        std::fs::write(&path, lines).expect("the file is written");
    }
    let held = std::fs::read_to_string(&path).unwrap_or_else(|_| panic!("{file} is missing"));
    let held: BTreeSet<String> = held.lines().map(str::to_owned).collect();
    let gone: Vec<_> = held.difference(&forms).collect();
    let new: Vec<_> = forms.difference(&held).collect();
    assert!(held == forms, "raise FOLD_VERSION: {gone:#?} are gone, {new:#?} are new");
}
