//! A clinic's movements, imported, are those of the file: to the stay and to the hour.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clinic_domain::ids::{RoomId, VisitId};
use clinic_domain::room::Room;
use clinic_domain::time::Timestamp;
use clinic_engine::ports::EventLog;
use clinic_engine::{AsOf, Engine, Ports};
use clinic_interop::import::Options;
use clinic_projections::census::Census;
use clinic_projections::timeline::Timeline;
use clinic_projections::views::Views;
use clinic_testkit::laws;

use super::fixture::{Imported, NOW, imported, options, visits};
use super::oracle::{Oracle, Shape, Stay};

/// The greatest error of a number of hours with two decimals, in milliseconds.
const ROUNDED: i64 = 18_000;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ stands in the workspace")
}

pub(super) fn sample() -> PathBuf {
    root().join("tests/data/movements.csv")
}

pub(super) fn sample_options() -> Options {
    Options {
        columns: "visit=stay,patient=person,event=what,from=ward_before,to=ward,at=when"
            .parse()
            .unwrap(),
        kinds: "arrived=check-in,moved=transfer,went=complete,gone=left".parse().unwrap(),
        ..options()
    }
}

#[tokio::test]
async fn the_sample_is_imported_as_it_says() {
    let shape =
        Shape { visit: "stay", from: "ward_before", to: "ward", at: "when", hours: "hours" };
    let oracle = Oracle::read(&sample(), &shape);
    let history = imported(oracle.text.as_bytes(), &sample_options()).await;
    let report = history.report();
    assert_eq!((report.rows, report.granted, report.refused), (14, 13, 1));
    assert_eq!((report.visits, report.rooms, report.ignored), (4, 3, 0));
    let same = "transfer of visit \"S-1\" to \"Ward A\": already in that room";
    assert_eq!(history.listed(), [(4, same)]);
    agrees(&history, &oracle).await;
}

/// The movements of real patients, de-identified, which are not ours to copy. Their file is named by
/// `CLINIC_TRANSFERS_CSV`, or stands in `shared/` beside this workspace.
#[tokio::test]
async fn the_movements_of_real_patients_are_imported_as_their_file_says() {
    let named = std::env::var_os("CLINIC_TRANSFERS_CSV").map(PathBuf::from);
    let path = named.unwrap_or_else(|| root().join("../shared/data/mimic3demo_transfers.csv"));
    if !path.is_file() {
        // Past the test runner, which keeps to itself what a passed test prints.
        let mut loud = std::io::stderr();
        let missing = path.display();
        let _ = writeln!(
            loud,
            "\nNOT TESTED: real movements; there is no {missing}, set CLINIC_TRANSFERS_CSV\n"
        );
        return;
    }
    let shape = Shape {
        visit: "hadm_id",
        from: "prev_wardid",
        to: "curr_wardid",
        at: "intime",
        hours: "los",
    };
    let oracle = Oracle::read(&path, &shape);
    let options = Options {
        columns: "visit=hadm_id,patient=subject_id,event=eventtype,from=prev_wardid,to=curr_wardid,at=intime"
            .parse()
            .unwrap(),
        kinds: "admit=check-in,transfer=transfer,discharge=complete".parse().unwrap(),
        ..options()
    };
    let history = imported(oracle.text.as_bytes(), &options).await;
    let report = history.report();
    assert_eq!((report.rows, report.granted, report.refused), (524, 459, 65));
    assert_eq!((report.visits, report.ignored), (129, 0));
    assert!(history.listed().iter().all(|(_, reason)| reason.ends_with(": already in that room")));
    agrees(&history, &oracle).await;
}

/// Holds an import to what the file says: what was refused, every stay of every visit, and the boards
/// of all rooms around every instant at which something happens.
async fn agrees(history: &Imported, oracle: &Oracle) {
    assert_eq!(history.report().rows, oracle.rows);
    let refused: Vec<u64> = history.refused.iter().map(|refused| refused.line).collect();
    assert_eq!(refused, oracle.unmoved, "the moves to the same room, and nothing else");

    let events = history.events().await;
    laws::hold(history.clinic(), &events).unwrap();
    assert!(events.iter().all(|recorded| recorded.recorded_at == NOW));
    let views = Views::rebuilt(&events);
    let rooms = rooms(&views);
    let ids = visits(&events);
    assert!(ids.keys().eq(oracle.visits.keys()), "the visits of the file");
    for (visit, told) in &oracle.visits {
        let timeline = Timeline::of(ids[visit], &views.directory, &events);
        stays_agree(visit, &timeline, told, &rooms);
    }

    let log = Arc::clone(&history.log) as Arc<dyn EventLog>;
    let engine = Engine::new(Ports { log, ..Ports::in_memory() });
    let mut census = Census::default();
    let mut events = events.iter().peekable();
    let mut looks = 0;
    for (number, moment) in moments(oracle).into_iter().enumerate() {
        while let Some(recorded) = events.next_if(|recorded| recorded.occurred_at <= moment) {
            census.apply(recorded);
        }
        looks += boards_agree(&census, oracle, &rooms, &ids, moment);
        if number % 100 == 0 {
            let then = engine.as_of(history.clinic(), AsOf::Instant(moment)).await.unwrap();
            assert_eq!(then.census, census, "as of {moment}");
        }
    }
    assert!(looks > oracle.visits.len(), "the boards were empty: this test saw nothing");
}

/// Right before something happens, when it happens, and a while later.
fn moments(oracle: &Oracle) -> BTreeSet<Timestamp> {
    let around = |at: &Timestamp| [at.0 - 1, at.0, at.0 + 600_000].map(Timestamp);
    oracle.instants.iter().flat_map(around).collect()
}

/// Who is on which board, and how many are on any.
fn boards_agree(
    census: &Census,
    oracle: &Oracle,
    rooms: &BTreeMap<String, RoomId>,
    ids: &BTreeMap<String, VisitId>,
    moment: Timestamp,
) -> usize {
    let told = oracle.inside(moment);
    let mut on_boards = 0;
    for (name, room) in rooms {
        let rows = census.board(*room, moment).map(|board| board.rows).unwrap_or_default();
        let seen: BTreeSet<VisitId> = rows.iter().map(|row| row.visit).collect();
        let inside = told.get(name.as_str()).into_iter().flatten().map(|visit| ids[*visit]);
        assert_eq!(seen, inside.collect(), "room {name} at {moment}");
        on_boards += seen.len();
    }
    on_boards
}

fn rooms(views: &Views) -> BTreeMap<String, RoomId> {
    let named = |(id, room): (RoomId, &Room)| Some((room.open()?.name.as_str().to_owned(), id));
    views.census.rooms().filter_map(named).collect()
}

fn stays_agree(visit: &str, timeline: &Timeline, told: &[Stay], rooms: &BTreeMap<String, RoomId>) {
    assert_eq!(timeline.stays.len(), told.len(), "the stays of visit {visit}");
    for (stay, told) in timeline.stays.iter().zip(told) {
        let place = (stay.room, stay.from, stay.until);
        assert_eq!(place, (rooms[&told.room], told.from, told.until), "visit {visit}");
        let whole = i64::try_from(stay.parts(NOW).whole().0).unwrap();
        let error = (whole - told.told).abs();
        assert!(
            error <= ROUNDED * told.rows,
            "visit {visit} in {}: {error} ms from the file",
            told.room
        );
    }
}
