//! How long people waited: exact numbers, each with its facts, and none where there is nothing.

use std::collections::BTreeMap;

use clinic_domain::actor::{Actor, PolicyName};
use clinic_domain::command::Action;
use clinic_domain::event::{Event, Recorded};
use clinic_domain::hours::Zone;
use clinic_domain::ids::{Position, VisitId};
use clinic_domain::time::Millis;
use clinic_domain::visit::{Arrival, CloseReason};
use clinic_projections::ending::Ending;
use clinic_projections::report::{Figure, Report, Scope};
use clinic_projections::stay::{Activity, Parts};
use clinic_projections::waits::Waits;
use uuid::Uuid;

use super::fixture::{Day, at, by, note, on};

fn report(day: &Day) -> Report {
    day.views.waits.report(Scope::default(), day.now)
}

/// Rooms, days and hours each sum to the total.
#[track_caller]
pub(crate) fn reconciles(report: &Report) {
    let sum = |parts: &mut dyn Iterator<Item = &Parts>| {
        parts.fold(Parts::default(), |sum, parts| sum.plus(parts))
    };
    let total = report.total.parts;
    assert_eq!(sum(&mut report.rooms.values().map(|figures| &figures.parts)), total, "by room");
    assert_eq!(sum(&mut report.days.values().map(|figures| &figures.parts)), total, "by day");
    assert_eq!(sum(&mut report.hours.values().map(|figures| &figures.parts)), total, "by hour");
    let stays = |figures: &clinic_projections::report::Figures| {
        figures.waiting.known().map_or(0, |waiting| waiting.of.len())
    };
    assert_eq!(report.rooms.values().map(stays).sum::<usize>(), stays(&report.total));
    assert_eq!(report.days.values().map(stays).sum::<usize>(), stays(&report.total));
    assert_eq!(report.hours.values().map(stays).sum::<usize>(), stays(&report.total));
}

#[test]
fn case_42_where_nobody_was_served_there_is_no_data_and_open_waits_stand_apart() {
    let mut day = Day::new();
    let empty = report(&day);
    assert_eq!(empty.total.waiting, Figure::NoData);
    assert_eq!(empty.total.left_unseen, Figure::NoData);
    assert_eq!(empty.total.abandoned, Figure::NoData);
    assert_eq!((empty.total.check_ins.len(), empty.open.len()), (0, 0));

    let anna = day.check_in("Anna");
    day.at("09:10:00");
    let one = report(&day);
    assert_eq!(one.total.waiting, Figure::NoData);
    assert_eq!(one.total.check_ins.len(), 1);
    let open = one.open[0];
    assert_eq!((open.visit, open.room, open.activity), (anna, day.reception, Activity::Waiting));
    assert_eq!(open.parts.waiting, Millis::minutes(10));
}

#[test]
fn case_44_a_visit_over_midnight_counts_in_both_days_with_what_belongs_to_each() {
    let mut day = Day::new();
    let anna = day.at("23:30:00").check_in("Anna");
    day.on("2026-03-03", "00:20:00.500");
    day.send(day.rita, anna, day.dr_dana);
    day.on("2026-03-03", "01:05:00");
    day.start(day.dana, anna);
    day.on("2026-03-03", "01:15:00");
    day.close(day.dana, anna, CloseReason::Completed);
    let report = report(&day);
    reconciles(&report);
    let days: Vec<_> =
        report.days.iter().map(|(date, f)| (date.to_string(), f.parts.whole())).collect();
    let (first, second) = (Millis::minutes(30), Millis::minutes(75));
    assert_eq!(days, [("2026-03-02".to_owned(), first), ("2026-03-03".to_owned(), second)]);
    let hours: Vec<_> = report.hours.iter().map(|(hour, f)| (*hour, f.parts.whole())).collect();
    let quarter = Millis::minutes(15);
    assert_eq!(hours, [(0, Millis::minutes(60)), (1, quarter), (23, first)]);
    assert_eq!(report.rooms[&day.reception].parts.waiting, Millis(50 * 60_000 + 500));
    assert_eq!(report.rooms[&day.dr_dana].parts.in_call, Millis::minutes(10));
    let only = Scope {
        from: on("2026-03-03", "00:00:00")
            .utc()
            .map(|utc| utc.date_naive().succ_opt().expect("a day")),
        ..Scope::default()
    };
    let later = day.views.waits.report(only, day.now);
    assert_eq!(later.total.parts.whole(), second);
}

#[test]
fn the_night_on_which_the_clock_is_put_forward_is_an_hour_shorter() {
    let mut day = Day::new();
    let anna = day.on("2026-03-29", "00:30:00").check_in("Anna");
    day.on("2026-03-29", "23:00:00").leaves("Anna", anna);
    let report = report(&day);
    reconciles(&report);
    assert_eq!(report.days.len(), 1);
    assert_eq!(report.total.parts.whole(), Millis::minutes(21 * 60 + 30));
    assert!(!report.hours.contains_key(&2), "there was no hour from two to three");
}

#[test]
fn percentiles_are_waits_that_somebody_had() {
    let mut day = Day::new();
    let waits = [1, 2, 3, 4, 5, 6, 7, 8, 9, 50];
    let visits: Vec<_> = waits.iter().map(|n| day.check_in(&format!("Patient {n}"))).collect();
    for (minutes, visit) in waits.iter().zip(&visits) {
        day.now = at("09:00:00").plus(Millis::minutes(*minutes));
        day.start(day.rita, *visit);
        day.close(day.rita, *visit, CloseReason::Completed);
    }
    let report = report(&day);
    reconciles(&report);
    let waiting = report.total.waiting.known().expect("ten stays");
    assert_eq!(waiting.p50.wait, Millis::minutes(5));
    assert_eq!(waiting.p90.wait, Millis::minutes(9));
    assert_eq!(waiting.p99.wait, Millis::minutes(50));
    assert_eq!((waiting.p99.fact.visit, waiting.of.len()), (visits[9], 10));
    assert_eq!(report.rooms[&day.reception].waiting, report.total.waiting);
}

#[test]
fn case_34_who_left_was_gone_or_was_removed_are_told_apart() {
    let mut day = Day::new();
    day.policy(day.reception, |policy| policy.no_show_after = Some(Millis::minutes(10)));
    let anna = day.check_in("Anna");
    let ben = day.check_in("Ben");
    let cleo = day.check_in("Cleo");
    let dora = day.check_in("Dora");
    day.at("09:05:00");
    day.start(day.rita, dora);
    day.end(day.rita, dora);
    day.leaves("Anna", anna);
    day.leaves("Dora", dora);
    day.online(ben, false);
    day.at("09:15:00").act(Actor::policy(PolicyName::NoShow), Action::CloseNoShow(ben));
    day.close(day.rita, cleo, CloseReason::Removed { why: super::fixture::note("a test").into() });
    let report = report(&day);
    let closed: Vec<_> = report.total.closed.iter().map(|(why, of)| (*why, of.len())).collect();
    assert_eq!(closed, [(Ending::Left, 2), (Ending::NoShow, 1), (Ending::Removed, 1)]);
    let unseen = report.total.left_unseen.known().expect("four visits closed");
    assert_eq!(unseen.some.iter().map(|fact| fact.visit).collect::<Vec<_>>(), [anna]);
    assert_eq!((unseen.of.len(), unseen.per_mille()), (4, 250));
    let line = day.timeline(ben).lines.pop().expect("a closing");
    assert_eq!(line.sentence, "the no-show policy closed it as a no show");
}

#[test]
fn case_14_a_merged_duplicate_did_not_leave_without_being_seen() {
    let mut day = Day::new();
    let anna = day.check_in("Anna");
    let again = day.check_in("Anna again");
    day.at("09:05:00");
    day.start(day.rita, anna);
    day.at("09:06:00");
    day.pause(day.rita, anna);
    let merge = Action::MergeVisits { survivor: again, duplicate: anna, seen: None };
    day.at("09:10:00");
    day.act(by(day.rita), merge);
    let merged = report(&day);
    assert_eq!(merged.total.left_unseen, Figure::NoData);
    assert_eq!(merged.total.waiting, Figure::NoData, "she waits on in the other visit");
    assert_eq!(merged.total.closed[&Ending::Merged].len(), 1);

    day.at("09:20:00").leaves("Anna again", again);
    let unseen = report(&day).total.left_unseen;
    let unseen = unseen.known().expect("somebody left");
    assert_eq!((unseen.some.len(), unseen.of.len()), (0, 1), "she was seen before the merge");
}

#[test]
fn a_visit_closed_by_mistake_and_reopened_has_not_left() {
    let mut day = Day::new();
    let anna = day.check_in("Anna");
    day.at("09:05:00");
    day.send(day.rita, anna, day.dr_dana);
    day.at("09:10:00").leaves("Anna", anna);
    let left = report(&day).total;
    assert_eq!(left.abandoned.known().expect("a stay").some.len(), 1);
    day.at("09:12:00");
    day.act(by(day.dana), Action::ReopenVisit(anna));
    let open = report(&day).total;
    assert_eq!(
        (open.closed.values().map(Vec::len).sum::<usize>(), open.left_unseen),
        (0, Figure::NoData)
    );
    assert_eq!(open.abandoned.known().expect("a stay").some, []);
    day.at("09:20:00").leaves("Anna", anna);
    let left = report(&day).total.abandoned;
    assert_eq!(left.known().expect("a stay").some.len(), 1, "nobody has called her since");
    let ben = day.check_in("Ben");
    day.leaves("Ben", ben);
    day.act(by(day.rita), Action::ReopenVisit(ben));
    day.leaves("Ben", ben);
    let reception = &report(&day).rooms[&day.reception];
    assert_eq!(reception.abandoned, Figure::NoData, "nobody had sent him there");
}

#[test]
fn who_leaves_after_a_transfer_and_before_a_call_has_abandoned_it() {
    let mut day = Day::new();
    for (name, called) in [("Anna", false), ("Ben", true)] {
        let visit = day.check_in(name);
        day.start(day.rita, visit);
        day.send(day.rita, visit, day.dr_dana);
        if called {
            day.start(day.dana, visit);
        }
        day.leaves(name, visit);
    }
    let report = report(&day);
    let abandoned = report.rooms[&day.dr_dana].abandoned.known().expect("two arrivals");
    assert_eq!((abandoned.some.len(), abandoned.per_mille()), (1, 500));
    assert_eq!(report.rooms[&day.reception].abandoned, Figure::NoData);
    let unseen = report.total.left_unseen.known().expect("two left");
    assert_eq!(unseen.some, [], "both had been seen at Reception");
}

#[test]
fn imported_visits_are_no_data_for_being_seen() {
    let mut day = Day::new();
    let anna = {
        let id = clinic_domain::ids::VisitId(day.next_id());
        let name = clinic_domain::text::PersonName::parse("Anna").expect("a name");
        let form =
            clinic_domain::command::CheckInForm::new(day.reception, Day::token("Anna"), name);
        day.act(Actor::Import, Action::CheckIn(Box::new(form)));
        id
    };
    let (visit, reason) = (anna, CloseReason::Left);
    day.at("09:30:00").act(Actor::Import, Action::CloseVisit { visit, reason, seen: None });
    let total = report(&day).total;
    assert_eq!(total.left_unseen, Figure::NoData);
    assert_eq!(total.no_data.iter().map(|fact| fact.visit).collect::<Vec<_>>(), [anna]);
}

#[test]
fn a_members_time_in_call_is_measured_against_her_time_online() {
    let mut day = Day::new();
    let anna = day.at("09:10:00").check_in("Anna");
    day.at("09:20:00");
    day.start(day.rita, anna);
    day.at("09:35:00");
    day.end(day.rita, anna);
    day.at("10:00:00");
    day.member_online(day.rita, false);
    day.at("10:30:00");
    let report = report(&day);
    let rita = &report.members[&day.rita];
    assert_eq!((rita.online, rita.in_call), (Millis::minutes(60), Millis::minutes(15)));
    assert_eq!(rita.per_mille, Figure::Known(250));
    assert!(rita.visits.contains(&anna));
    let dana = &report.members[&day.dana];
    assert_eq!((dana.online, &dana.per_mille), (Millis::minutes(90), &Figure::Known(0)));
    assert!(!report.members.contains_key(&day.ada), "she was never online: no data");
}

#[test]
fn the_live_waits_keep_two_months_and_a_report_may_keep_all() {
    let mut day = Day::new();
    let mut all = Waits::keeping_all();
    for date in ["2026-03-02", "2026-03-20", "2026-06-01"] {
        let name = format!("Patient of {date}");
        day.on(date, "09:00:00");
        let visit = day.check_in_as(&name, day.reception, Arrival::DropIn);
        day.on(date, "09:10:00").leaves(&name, visit);
    }
    for recorded in &day.log {
        all.apply(recorded);
    }
    let days = |waits: &Waits, now| -> usize {
        let report = waits.report(Scope::default(), now);
        reconciles(&report);
        report.total.check_ins.len()
    };
    assert_eq!((days(&day.views.waits, day.now), days(&all, day.now)), (1, 3));
    day.on("2026-09-01", "09:00:00").check_in("the first of a new season");
    assert_eq!(
        days(&day.views.waits, day.now),
        1,
        "the first event of a day lets go of what is too old"
    );
}

#[test]
fn a_report_of_a_room_until_a_day_counts_nothing_else() {
    let mut day = Day::new();
    for (name, date, room) in [
        ("Anna", "2026-03-02", day.reception),
        ("Ben", "2026-03-02", day.dr_dana),
        ("Cleo", "2026-03-03", day.reception),
        ("Dora", "2026-03-03", day.dr_dana),
    ] {
        day.on(date, "09:00:00").check_in_as(name, room, Arrival::DropIn);
    }
    let until = "2026-03-02".parse().ok();
    let scope = Scope { until, room: Some(day.dr_dana), ..Scope::default() };
    let report = day.views.waits.report(scope, day.now);
    reconciles(&report);
    assert_eq!(report.total.check_ins.len(), 1);
    assert!(report.rooms.keys().eq([&day.dr_dana]) && report.days.keys().eq(&until));
    assert!(report.open.iter().all(|open| open.room == day.dr_dana) && report.open.len() == 2);
    let room = Scope { until: None, ..scope };
    assert_eq!(day.views.waits.report(room, day.now).total.check_ins.len(), 2);
}

#[test]
fn a_report_is_one_line_of_json_the_same_on_every_machine() {
    let mut day = Day::new();
    let anna = day.check_in("Anna");
    day.at("09:10:00").leaves("Anna", anna);
    let json = serde_json::to_string(&report(&day)).expect("JSON");
    assert!(json.contains(r#""p50":{"wait":600000,"#), "{json}");
    assert!(json.contains(r#""abandoned":"no_data""#), "{json}");
    assert_eq!(json, serde_json::to_string(&report(&day)).expect("JSON"));
}

#[test]
fn a_wild_now_costs_no_eternity_and_loses_no_time() {
    let mut day = Day::new();
    day.check_in("Anna");
    day.now = clinic_domain::time::Timestamp(i64::MAX);
    let report = report(&day);
    reconciles(&report);
    assert_eq!(report.total.parts.whole(), day.now.since(at("09:00:00")));
}

/// It is cut at each hour of a year, and no hour of the day has more of it than another.
#[test]
fn a_visit_that_was_forgotten_for_a_year_is_waited_for_at_every_hour_of_the_day() {
    let mut day = Day::new();
    day.check_in("Anna");
    day.now = at("09:00:00").plus(Millis::minutes(365 * 24 * 60));
    let report = report(&day);
    reconciles(&report);
    let minutes = report.hours.values().map(|figures| figures.parts.whole().0 / 60_000);
    // The clock on the wall shows the third hour once less in spring and once more in autumn.
    assert!(minutes.eq([365 * 60; 24]), "{:?}", report.hours.keys());
}

#[test]
fn a_leg_that_was_undone_is_in_no_percentile_and_its_time_counts_once() {
    let mut day = Day::new();
    let anna = day.check_in("Anna");
    day.at("09:05:00");
    let leg = day.send(day.rita, anna, day.dr_dana);
    day.at("09:05:10");
    day.act(by(day.rita), Action::UndoTransfer(anna, leg));
    day.at("09:15:00");
    day.start(day.rita, anna);
    day.at("09:20:00");
    day.close(day.rita, anna, CloseReason::Completed);
    let report = report(&day);
    reconciles(&report);
    let dana = &report.rooms[&day.dr_dana];
    assert_eq!(dana.waiting, Figure::NoData, "nobody was meant to wait there");
    assert_eq!((dana.reversed.len(), dana.parts.waiting), (1, Millis::seconds(10)));
    let reversed = day.log.iter().find(|of| of.event.name() == "TransferReversed");
    assert_eq!(Some(dana.reversed[0].position), reversed.map(|recorded| recorded.position));
    let waiting = report.total.waiting.known().expect("two stays at Reception");
    assert_eq!((waiting.of.len(), waiting.p50.wait), (2, Millis::minutes(5)));
    assert_eq!(waiting.p99.wait, Millis(9 * 60_000 + 50_000));
    assert_eq!(report.total.parts.whole(), Millis::minutes(20));
}

/// Zones that change their clocks at odd times: at a minute past midnight, by half an hour, around
/// Ramadan, by leaving out a day.
#[test]
fn case_16_every_arrival_counts_in_the_hour_that_the_clock_on_the_wall_shows() {
    let (from, until) = (on("2010-06-01", "00:00:00"), on("2012-01-10", "00:00:00"));
    for name in ["America/St_Johns", "Australia/Lord_Howe", "Africa/Cairo", "Pacific/Apia"] {
        let zone = Zone::parse(name).expect("a zone");
        let mut day = Day::new();
        day.act(by(day.ada), Action::SetZone(zone.clone()));
        let mut waits = Waits::keeping_all();
        for recorded in &day.log {
            waits.apply(recorded);
        }
        day.check_in("Anna");
        let anna = day.log.last().expect("her arrival");
        let hour = |n: u64| from.plus(Millis::minutes(60 * n));
        let changes = (1..).take_while(|n| hour(*n) < until);
        let changes = changes.filter(|n| zone.ahead(hour(*n)) != zone.ahead(hour(*n + 1)));
        let minutes = changes.flat_map(|n| (0..180).map(move |m| (n - 1) * 60 + m));
        let mut shown = BTreeMap::new();
        for minute in minutes {
            let (at, position) = (from.plus(Millis::minutes(minute)), anna.position.0 + minute);
            shown.insert(Position(position), zone.day_and_hour(at).expect("a day and an hour"));
            let Event::Visit(_, arrival) = anna.event.clone() else { panic!("she arrived") };
            let event = Event::Visit(VisitId(Uuid::from_u128(u128::from(position))), arrival);
            let position = Position(position);
            waits.apply(&Recorded { position, event, occurred_at: at, ..anna.clone() });
        }
        assert!(shown.len() >= 2 * 180, "{name}: {} minutes around clock changes", shown.len());
        let report = waits.report(Scope::default(), until);
        assert_eq!(report.total.check_ins.len(), shown.len());
        for (date, figures) in &report.days {
            let mut shown = figures.check_ins.iter().map(|fact| shown[&fact.position].0);
            assert!(shown.all(|shown| shown == *date), "{name}, {date}");
        }
        for (hour, figures) in &report.hours {
            let mut shown = figures.check_ins.iter().map(|fact| shown[&fact.position].1);
            assert!(shown.all(|shown| shown == *hour), "{name}, {hour} o'clock");
        }
    }
}

#[test]
fn a_visit_ends_by_the_label_of_its_close_reason() {
    let into = VisitId(Uuid::nil());
    for reason in [
        CloseReason::Completed,
        CloseReason::EndOfDay,
        CloseReason::Left,
        CloseReason::Merged { into },
        CloseReason::NoShow,
        CloseReason::Removed { why: note("abusive").into() },
    ] {
        let ending = Ending::from(&reason);
        assert_eq!(ending.label(), reason.label());
        let json = serde_json::to_string(&ending).expect("JSON");
        assert_eq!(serde_json::from_str::<Ending>(&json).ok(), Some(ending), "{json}");
    }
}
