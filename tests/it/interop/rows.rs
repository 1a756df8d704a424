//! Rows that are refused, each with its line and its reason, and rows that are granted in spite of
//! how the file puts them.

use std::sync::Arc;

use clinic_domain::actor::Actor;
use clinic_domain::clinic::ClinicRefusal;
use clinic_domain::command::Action;
use clinic_domain::event::Event;
use clinic_domain::hours::Zone;
use clinic_domain::limits;
use clinic_domain::room::RoomEvent;
use clinic_domain::visit::{CloseReason, VisitEvent};
use clinic_engine::ports::EventLog;
use clinic_engine::{Engine, EngineError, Ports};
use clinic_interop::import::{Columns, ImportError, Kinds, News, Options, Report};

use super::fixture::{HEADER, imported, options, rows};

#[tokio::test]
async fn a_row_that_makes_no_sense_is_listed_and_the_others_are_granted() {
    let history = rows(
        "1,a,in,,Hall,2031-05-04 08:00:00Z\n\
         1,a,dance,,Hall,2031-05-04 08:01:00Z\n\
         ,a,in,,Hall,2031-05-04 08:02:00Z\n\
         2,b,in,,,2031-05-04 08:03:00Z\n\
         1,a,move,Attic,Lab,2031-05-04 08:04:00Z\n\
         3,c,in,Hall,Lab,2031-05-04 08:05:00Z\n\
         4,d,move,,Lab,2031-05-04 08:06:00Z\n\
         1,z,move,,Lab,2031-05-04 08:07:00Z\n\
         1,a,out,Hall,,2031-05-04 08:08:00Z\n\
         1,a,out,,,2031-05-04 08:09:00Z\n\
         5,e,in,,Hall,2031-10-26 02:30:00\n\
         6,f,in,,Hall,2031-03-30 02:30:00\n",
    )
    .await;
    assert_eq!(
        history.listed(),
        [
            (3, "event: \"dance\" means nothing here; map it or ignore it"),
            (4, "visit: is empty"),
            (5, "to: is empty"),
            (6, "from: \"Attic\", but the visit is in \"Hall\""),
            (7, "from: \"Hall\", but the visit is in no room yet"),
            (8, "visit \"4\" has not checked in before"),
            (9, "patient: \"z\", but line 2 says that visit \"1\" is of patient \"a\""),
            (11, "visit \"1\" is not open: it has closed, or its check-in was refused"),
            (
                12,
                "at: 2031-10-26 02:30:00 came twice in Europe/Berlin, when clocks were set back; \
                  an offset tells which"
            ),
            (
                13,
                "at: 2031-03-30 02:30:00 never came in Europe/Berlin, where clocks were set forward"
            ),
        ]
    );
    let report = history.report();
    assert_eq!((report.rows, report.granted, report.refused, report.visits), (12, 2, 10, 1));
}

#[tokio::test]
async fn a_value_beyond_a_limit_names_the_field_and_the_limit() {
    let (long_room, long_id) = ("r".repeat(101), "v".repeat(130));
    let history = rows(&format!(
        "1,a,in,,{long_room},2031-05-04 08:00:00Z\n\
         {long_id},a,in,,Hall,2031-05-04 08:00:00Z\n\
         2,a\u{7}b,in,,Hall,2031-05-04 08:00:00Z\n\
         3,,in,,\u{202e}llaH,2031-05-04 08:00:00Z\n"
    ))
    .await;
    assert_eq!(
        history.listed(),
        [
            (2, "to: is 101 characters long, at most 100 are allowed"),
            (
                3,
                "patient and visit, as an external reference: is 146 bytes long, at most 128 are allowed"
            ),
            (
                4,
                "patient and visit, as an external reference: holds the character U+0007, \
                 which is not allowed here"
            ),
            (5, "to: holds the character U+202E, which is not allowed here"),
        ]
    );
    assert_eq!(history.report().clinic, None, "a clinic without a history is not founded");
    assert!(history.stored_nothing().await);
}

/// However far apart the two are, and whichever stands first in the file: the earlier one counts.
#[tokio::test]
async fn a_visit_that_checks_in_twice_is_listed_with_both_lines() {
    let between = (0..500).map(|n| {
        format!("{n},q,in,,Hall,2031-05-02 08:00:00Z\n{n},q,out,,,2031-05-02 09:00:00Z\n")
    });
    let file = "late,p,in,,Hall,2031-06-01 08:00:00Z\n\
                same,p,in,,Hall,2031-05-01 08:00:00Z\n"
        .to_owned()
        + &between.collect::<String>()
        + "same,p,in,,Lab,2031-05-01 08:00:00Z\n\
           same,p,out,,,2031-05-01 09:00:00Z\n\
           same,p,in,,Hall,2031-05-20 08:00:00Z\n\
           late,p,in,,Hall,2031-05-01 08:00:00Z\n\
           late,p,out,,,2031-05-01 09:00:00Z\n";
    let history = rows(&file).await;
    assert_eq!(
        history.listed(),
        [
            (2, "visit \"late\" checks in twice; line 1007 comes first"),
            (1_004, "visit \"same\" checks in twice; line 3 comes first"),
            (1_006, "visit \"same\" checks in twice; line 3 comes first"),
        ]
    );
    assert_eq!(history.report().visits, 502);
}

#[tokio::test]
async fn rows_of_one_instant_happen_as_they_stand_in_the_file() {
    let one = "2031-05-04 10:00:00+02:00";
    let history = rows(&format!(
        "1,a,move,Hall,Lab,{one}\n1,a,out,Lab,,2031-05-04 09:00:00Z\n1,a,in,,Hall,2031-05-04T08:00:00Z\n\
         2,b,in,,Hall,{one}\n2,b,move,Hall,Lab,{one}\n2,b,move,Lab,Hall,2031-05-04 10:00:00\n2,b,out,Hall,,{one}\n"
    ))
    .await;
    // Of visit 1, the move stands before the check-in of the same instant.
    assert_eq!(
        history.listed(),
        [
            (2, "visit \"1\" has not checked in before"),
            (3, "from: \"Lab\", but the visit is in \"Hall\""),
        ]
    );
    assert_eq!(history.report().granted, 5);
}

#[tokio::test]
async fn a_visit_closes_for_the_reason_that_its_word_means() {
    let history = rows(
        "1,a,in,,Hall,2031-05-04 08:00:00Z\n1,a,out,,,2031-05-04 09:00:00Z\n\
         2,a,in,,Hall,2031-05-04 08:00:00Z\n2,a,left,,home,2031-05-04 09:00:00Z\n\
         3,a,in,,Hall,2031-05-04 08:00:00Z\n3,a,late,,,2031-05-04 09:00:00Z\n\
         4,a,in,,Hall,2031-05-04 08:00:00Z\n4,a,night,,,2031-05-04 09:00:00Z\n\
         4,a,note,,,never\n",
    )
    .await;
    let closed = history.events().await.into_iter().filter_map(|recorded| match recorded.event {
        Event::Visit(_, VisitEvent::VisitClosed { reason, by, .. }) => Some((reason, by)),
        Event::Clinic(..) | Event::Room(..) | Event::Visit(..) | Event::Transfer(..) => None,
    });
    let reasons =
        [CloseReason::Completed, CloseReason::Left, CloseReason::NoShow, CloseReason::EndOfDay];
    assert_eq!(closed.collect::<Vec<_>>(), reasons.map(|reason| (reason, Actor::Import)));
    let report = history.report();
    assert_eq!((report.rows, report.granted, report.ignored, report.refused), (9, 8, 1, 0));
    assert_eq!(report.rooms, 1, "a room that nobody moved to is not opened");
}

#[tokio::test]
async fn without_rooms_nothing_is_granted_and_the_row_says_what_would_help() {
    let file = format!("{HEADER}1,a,in,,52,2031-05-04 08:00:00Z\n");
    let history = imported(file.as_bytes(), &Options { create_rooms: false, ..options() }).await;
    let reason = "to: room \"52\" is not open; create-rooms opens the rooms that the file names";
    assert_eq!(history.listed(), [(2, reason)]);
    assert!(history.stored_nothing().await);
}

#[tokio::test]
async fn a_clinic_has_so_many_rooms_and_no_more() {
    let row = |n| format!("{n},a,in,,{n:04},2031-05-04 08:00:00Z\n");
    let history = rows(&(1..=limits::ROOMS + 1).map(row).collect::<String>()).await;
    let reason = "to: room \"1001\" is one too many; a clinic has at most 1000";
    assert_eq!(history.listed(), [(1_002, reason)]);
    assert_eq!(history.report().rooms, 1_000);
}

#[tokio::test]
async fn rooms_of_like_names_are_two_rooms_with_two_links() {
    let history = rows(
        "1,a,in,,Ward 7,2031-05-04 08:00:00Z\n\
         2,a,in,,ward-7,2031-05-04 08:00:00Z\n\
         3,a,in,, Ward 7 ,2031-05-04 08:00:00Z\n\
         4,a,in,,\u{5185}\u{79d1},2031-05-04 08:00:00Z\n",
    )
    .await;
    let events = history.events().await;
    let opened = events.iter().filter_map(|recorded| match &recorded.event {
        Event::Room(_, RoomEvent::RoomOpened { name, slug, .. }) => {
            Some((name.as_str(), slug.as_str()))
        }
        Event::Clinic(..) | Event::Room(..) | Event::Visit(..) | Event::Transfer(..) => None,
    });
    let expected = [("Ward 7", "ward-7"), ("ward-7", "ward-7-2"), ("\u{5185}\u{79d1}", "room")];
    assert_eq!(opened.collect::<Vec<_>>(), expected);
    assert_eq!(history.report().granted, 4);
}

#[tokio::test]
async fn a_strict_import_stores_all_or_nothing() {
    let strict = Options { strict: true, ..options() };
    let good =
        format!("{HEADER}1,a,in,,Hall,2031-05-04 08:00:00Z\n1,a,out,,,2031-05-04 09:00:00Z\n");
    let bad = format!("{good}1,a,out,,,2031-05-04 10:00:00Z\n");

    let history = imported(bad.as_bytes(), &strict).await;
    assert_eq!(history.error(), "1 of 3 rows are refused, so nothing is stored");
    let Err(ImportError::Refused(report)) = history.came else { panic!("refused") };
    assert_eq!((report.clinic, report.granted, report.refused), (None, 2, 1));
    assert_eq!(history.refused.len(), 1);
    assert!(history.stored_nothing().await);

    let history = imported(good.as_bytes(), &strict).await;
    assert_eq!(history.report().granted, 2);
    assert!(!history.stored_nothing().await);
    assert_eq!(
        history.news,
        [
            News::Reading { rows: 2, bytes: u64::try_from(good.len()).unwrap() },
            News::Sorting { rows: 2, of: 2 },
            News::Deciding { rows: 2, of: 2 },
            News::Writing { rows: 2, of: 2 },
        ]
    );
}

#[tokio::test]
async fn a_dry_run_tells_what_would_come_of_it_and_stores_nothing() {
    let file =
        format!("{HEADER}1,a,in,,Hall,2031-05-04 08:00:00Z\n1,a,move,,Hall,2031-05-04 09:00:00Z\n");
    let wet = imported(file.as_bytes(), &options()).await;
    let dry = imported(file.as_bytes(), &Options { dry_run: true, ..options() }).await;
    assert_eq!(dry.refused, wet.refused);
    let expected = Report { clinic: None, ..wet.report() };
    assert_eq!(dry.report(), expected);
    assert!(dry.stored_nothing().await && !wet.stored_nothing().await);
    let strict = Options { dry_run: true, strict: true, ..options() };
    let strict = imported(file.as_bytes(), &strict).await;
    assert_eq!(strict.error(), "1 of 2 rows are refused, so nothing is stored");
}

#[tokio::test]
async fn an_imported_clinic_is_history() {
    let history = rows("1,a,in,,Hall,2031-05-04 08:00:00Z\n").await;
    let events = history.events().await;
    assert!(events.iter().all(|recorded| recorded.cause.actor == Actor::Import));
    let engine = Engine::new(Ports { log: Arc::clone(&history.log) as _, ..Ports::in_memory() });
    let change = Action::SetZone(Zone::parse("UTC").unwrap());
    let asked = engine.execute(history.clinic(), engine.request(Actor::Host, change)).await;
    assert_eq!(asked, Err(EngineError::Refused(ClinicRefusal::History.into())));
    engine.tick().await.unwrap();
    let head = history.log.head(history.clinic()).await.unwrap();
    assert_eq!(head.position, history.report().position, "nothing falls due in a history");
}

#[test]
fn a_mapping_that_cannot_be_used_says_what_could_be() {
    let columns = |text: &str| text.parse::<Columns>().unwrap_err().to_string();
    assert_eq!(columns("visit"), "\"visit\" must be a pair, such as visit=stay_id");
    assert_eq!(columns("visit=a,,"), "\"\" must be a pair, such as visit=stay_id");
    assert_eq!(
        columns("visit=a,ward=b"),
        "unknown key \"ward\"; known are: visit, patient, event, from, to, at"
    );
    assert_eq!(columns("visit=a,visit=b"), "\"visit\" is given twice");
    assert_eq!(
        columns("visit=a,event=b,to=c"),
        "at=COLUMN is missing; needed are: visit, event, to, at"
    );
    let kinds = |text: &str| text.parse::<Kinds>().unwrap_err().to_string();
    assert_eq!(
        kinds("admit=checkin"),
        "unknown event \"checkin\"; known are: check-in, transfer, complete, left, no-show, end-of-day, ignore"
    );
    assert_eq!(kinds("admit=transfer,admit=left"), "\"admit\" is given twice");
    assert_eq!(kinds(""), "\"\" must be a pair, such as admit=check-in");
}
