//! When a door is open: by the clock on the wall of its zone, the last minute excluded (case 16).

use std::collections::BTreeMap;

use clinic_domain::hours::{Hours, HoursError, Interval, Zone};
use clinic_domain::limits;
use clinic_domain::time::{Millis, Timestamp};

const BERLIN: &str = "Europe/Berlin";
const NEW_YORK: &str = "America/New_York";

fn zone(name: &str) -> Zone {
    Zone::parse(name).expect("this build knows the zone")
}

fn between(intervals: &[(u16, u16)]) -> Vec<Interval> {
    intervals.iter().map(|&(from, until)| Interval { from, until }).collect()
}

/// Open every day alike; minutes of the day.
fn daily(zone_name: &str, intervals: &[(u16, u16)]) -> Hours {
    let week = vec![between(intervals); 7];
    Hours { zone: zone(zone_name), week, exceptions: BTreeMap::new() }
}

fn on(mut hours: Hours, date: &str, intervals: &[(u16, u16)]) -> Hours {
    let date = date.parse().expect("it is a date");
    hours.exceptions.insert(date, between(intervals));
    hours
}

#[track_caller]
fn utc(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("it is an instant")
}

fn before(at: Timestamp) -> Timestamp {
    Timestamp(at.0 - 1)
}

/// Nine to five.
const OFFICE: &[(u16, u16)] = &[(540, 1_020)];

#[test]
fn the_first_millisecond_is_open_and_the_last_minute_ends_shut() {
    let hours = daily(BERLIN, OFFICE);
    let (opens, shuts) = (utc("2026-03-02T08:00:00Z"), utc("2026-03-02T16:00:00Z"));
    assert!(!hours.open_at(before(opens)) && hours.open_at(opens));
    assert!(hours.open_at(before(shuts)) && !hours.open_at(shuts));
}

#[test]
fn a_shut_door_tells_when_it_opens_next() {
    let hours = daily(BERLIN, OFFICE);
    let (monday, tuesday) = (utc("2026-03-02T08:00:00Z"), utc("2026-03-03T08:00:00Z"));
    assert_eq!(hours.opens_after(before(monday)), Some(monday));
    assert_eq!(hours.opens_after(monday), Some(tuesday), "after, not at");
    assert_eq!(hours.opens_after(utc("2026-03-02T16:00:00Z")), Some(tuesday));
    assert_eq!(hours.shuts_after(monday), Some(utc("2026-03-02T16:00:00Z")));
}

#[test]
fn a_weekend_and_a_day_off_are_passed_over() {
    let mut hours = daily(BERLIN, OFFICE);
    hours.week[5].clear();
    hours.week[6].clear();
    let hours = on(hours, "2026-03-09", &[]);
    let friday_evening = utc("2026-03-06T17:00:00Z");
    assert_eq!(hours.opens_after(friday_evening), Some(utc("2026-03-10T08:00:00Z")));
    assert!(!hours.open_at(utc("2026-03-07T09:00:00Z")), "Saturday");
    assert!(!hours.open_at(utc("2026-03-09T09:00:00Z")), "the day off");
}

#[test]
fn an_exception_replaces_its_day_and_no_other() {
    let hours = on(daily(BERLIN, OFFICE), "2026-12-24", &[(600, 720)]);
    assert!(!hours.open_at(utc("2026-12-24T08:30:00Z")), "9:30 on Christmas Eve");
    assert!(hours.open_at(utc("2026-12-24T09:30:00Z")), "10:30 on Christmas Eve");
    assert!(!hours.open_at(utc("2026-12-24T11:00:00Z")), "noon on Christmas Eve");
    assert!(hours.open_at(utc("2026-12-23T08:30:00Z")));
    assert!(hours.open_at(utc("2026-12-25T08:30:00Z")));
    // It may also open a day that is shut otherwise.
    let hours = on(daily(BERLIN, &[]), "2026-12-24", &[(600, 720)]);
    assert_eq!(hours.opens_after(utc("2026-03-02T08:00:00Z")), Some(utc("2026-12-24T09:00:00Z")));
}

#[test]
fn a_door_without_hours_never_opens_and_says_so() {
    let hours = daily(BERLIN, &[]);
    let now = utc("2026-03-02T08:00:00Z");
    assert!(!hours.open_at(now));
    assert_eq!((hours.opens_after(now), hours.shuts_after(now)), (None, None));
    // One opening, further away than is looked for.
    let hours = on(daily(BERLIN, &[]), "2028-01-01", OFFICE);
    assert_eq!(hours.opens_after(now), None);
}

#[test]
fn a_door_that_is_open_day_and_night_has_no_edge_at_midnight() {
    let hours = daily(BERLIN, &[(0, 1_440)]);
    let midnight = utc("2026-03-02T23:00:00Z");
    assert!(hours.open_at(before(midnight)) && hours.open_at(midnight));
    assert_eq!(hours.shuts_after(midnight), None);
    assert_eq!(hours.opens_after(midnight), None);
}

#[test]
fn a_night_that_runs_over_midnight_is_one_opening() {
    let hours = daily(BERLIN, &[(0, 360), (1_320, 1_440)]);
    let (opens, shuts) = (utc("2026-03-02T21:00:00Z"), utc("2026-03-03T05:00:00Z"));
    assert_eq!(hours.opens_after(utc("2026-03-02T12:00:00Z")), Some(opens));
    assert_eq!(hours.shuts_after(opens), Some(shuts));
    assert!(hours.open_at(utc("2026-03-02T23:00:00Z")), "midnight itself");
}

#[test]
fn an_evening_until_midnight_ends_at_midnight() {
    let hours = daily(BERLIN, &[(1_080, 1_440)]);
    let midnight = utc("2026-03-02T23:00:00Z");
    assert!(hours.open_at(before(midnight)) && !hours.open_at(midnight));
    assert_eq!(hours.shuts_after(utc("2026-03-02T20:00:00Z")), Some(midnight));
    assert_eq!(hours.shuts_after(before(midnight)), Some(midnight));
}

#[test]
fn nine_stays_nine_when_the_clocks_change() {
    // Berlin springs forward on 29 March 2026 and falls back on 25 October; New York does so on
    // 8 March and 1 November.
    let rows = [
        (BERLIN, "2026-03-28T08:00:00Z", "2026-03-29T07:00:00Z"),
        (BERLIN, "2026-10-24T07:00:00Z", "2026-10-25T08:00:00Z"),
        (NEW_YORK, "2026-03-07T14:00:00Z", "2026-03-08T13:00:00Z"),
        (NEW_YORK, "2026-10-31T13:00:00Z", "2026-11-01T14:00:00Z"),
    ];
    for (zone, one, next) in rows {
        let hours = daily(zone, OFFICE);
        assert!(hours.open_at(utc(one)) && !hours.open_at(before(utc(one))), "{zone} {one}");
        assert_eq!(hours.opens_after(utc(one)), Some(utc(next)), "{zone}");
        let eight_hours = Millis::minutes(480);
        assert_eq!(hours.shuts_after(utc(next)), Some(utc(next).plus(eight_hours)), "{zone}");
    }
}

#[test]
fn a_door_that_opens_in_the_skipped_hour_opens_when_it_is_over() {
    // 2:00 to 3:00 does not exist in Berlin on 29 March 2026, nor in New York on 8 March.
    let rows = [
        (BERLIN, "2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z"),
        (NEW_YORK, "2026-03-08T06:00:00Z", "2026-03-08T07:00:00Z"),
    ];
    for (zone, night, skip) in rows {
        let half_past_two = daily(zone, &[(150, 600)]);
        assert_eq!(half_past_two.opens_after(utc(night)), Some(utc(skip)), "{zone}");
        let until_half_past_two = daily(zone, &[(0, 150)]);
        assert_eq!(until_half_past_two.shuts_after(utc(night)), Some(utc(skip)), "{zone}");
        let all_within = daily(zone, &[(130, 170)]);
        let next_night = utc(skip).plus(Millis::minutes(23 * 60 + 10));
        let found = all_within.opens_after(utc(night));
        assert_eq!(found, Some(next_night), "{zone}: ten past two exists the night after");
    }
}

#[test]
fn a_door_that_shuts_in_the_repeated_hour_opens_again_when_the_hour_repeats() {
    // 2:00 to 3:00 is twice in Berlin on 25 October 2026.
    let hours = daily(BERLIN, &[(60, 150)]);
    let (first, repeated) = (utc("2026-10-25T00:30:00Z"), utc("2026-10-25T01:00:00Z"));
    assert_eq!(hours.shuts_after(utc("2026-10-25T00:00:00Z")), Some(first));
    assert_eq!(hours.opens_after(first), Some(repeated), "the wall clock says two again");
    assert_eq!(hours.shuts_after(repeated), Some(utc("2026-10-25T01:30:00Z")));
}

/// Every edge around a clock change, by the minute: what the search finds is what a watch would.
#[test]
fn the_edges_that_are_found_are_the_edges_that_a_watch_would_see() {
    let nights: [&[(u16, u16)]; 6] = [
        OFFICE,
        &[(0, 150), (155, 165), (170, 175)],
        &[(60, 130), (140, 170)],
        &[(100, 125), (150, 1_440)],
        &[(0, 90), (1_380, 1_440)],
        &[(121, 122), (123, 179), (180, 181)],
    ];
    let days = [
        (BERLIN, "2026-03-28T22:00:00Z"),
        (BERLIN, "2026-10-24T21:00:00Z"),
        (NEW_YORK, "2026-03-08T04:00:00Z"),
        (NEW_YORK, "2026-11-01T03:00:00Z"),
        // The clocks change at midnight, and by half an hour.
        ("Africa/Cairo", "2026-04-23T20:00:00Z"),
        ("Africa/Cairo", "2026-10-29T19:00:00Z"),
        ("Australia/Lord_Howe", "2026-04-04T13:00:00Z"),
        ("Australia/Lord_Howe", "2026-10-03T13:00:00Z"),
        ("Atlantic/Azores", "2026-10-24T23:00:00Z"),
        ("Pacific/Chatham", "2026-04-04T12:00:00Z"),
    ];
    for (zone, start) in days {
        for intervals in nights {
            watch(&daily(zone, intervals), utc(start));
        }
    }
}

/// Compares the edges of ten hours with what is seen minute by minute.
#[track_caller]
fn watch(hours: &Hours, start: Timestamp) {
    let minutes: Vec<Timestamp> = (0..600).map(|n| start.plus(Millis::minutes(n))).collect();
    for open in [true, false] {
        let edges: Vec<Timestamp> = minutes
            .windows(2)
            .filter(|pair| hours.open_at(pair[0]) != open && hours.open_at(pair[1]) == open)
            .map(|pair| pair[1])
            .collect();
        for &now in &minutes {
            let seen = edges.iter().find(|edge| **edge > now);
            let found = if open { hours.opens_after(now) } else { hours.shuts_after(now) };
            let within = found.filter(|found| minutes.contains(found));
            let place = (hours.zone.as_str(), &hours.week[0]);
            assert_eq!(within, seen.copied(), "after {now}, open: {open}, {place:?}");
        }
    }
}

#[test]
fn hours_are_checked_before_they_become_a_fact() {
    let office = || daily(BERLIN, OFFICE);
    assert_eq!(office().check(), Ok(()));
    assert_eq!(daily(BERLIN, &[(0, 1_440)]).check(), Ok(()));
    assert_eq!(daily(BERLIN, &[]).check(), Ok(()));
    for days in [0, 6, 8] {
        let hours = Hours { week: vec![vec![]; days], ..office() };
        assert_eq!(hours.check(), Err(HoursError::Week { found: days }));
    }
    for (from, until) in [(600, 600), (700, 600), (600, 1_441), (1_440, 1_440)] {
        let wrong = Err(HoursError::Interval { from, until });
        assert_eq!(daily(BERLIN, &[(from, until)]).check(), wrong);
        assert_eq!(on(office(), "2026-12-24", &[(from, until)]).check(), wrong);
    }
    for intervals in
        [[(540, 720), (720, 1_020)], [(720, 1_020), (540, 600)], [(540, 720), (600, 660)]]
    {
        assert_eq!(daily(BERLIN, &intervals).check(), Err(HoursError::Order));
    }
}

#[test]
fn hours_have_limits() {
    let many: Vec<(u16, u16)> = (0..9).map(|n| (n * 60, n * 60 + 30)).collect();
    assert_eq!(daily(BERLIN, &many[..8]).check(), Ok(()));
    let refused = HoursError::TooMany { what: "intervals of a day", found: 9, limit: 8 };
    assert_eq!(daily(BERLIN, &many).check(), Err(refused));
    let mut hours = daily(BERLIN, OFFICE);
    for n in 0..=limits::HOURS_EXCEPTIONS {
        assert_eq!(hours.check(), Ok(()), "{n} exceptions");
        let (year, day) = (2_026 + n / 336, n % 336);
        let text = format!("{year}-{:02}-{:02}", day / 28 + 1, day % 28 + 1);
        hours = on(hours, &text, &[]);
    }
    let (found, limit) = (367, limits::HOURS_EXCEPTIONS);
    assert_eq!(hours.check(), Err(HoursError::TooMany { what: "exceptions", found, limit }));
}

#[test]
fn a_zone_is_known_by_its_name() {
    assert_eq!(zone(BERLIN).as_str(), BERLIN);
    for name in ["", "Berlin", "Europe/Atlantis", "UTC+2", "europe/berlin "] {
        assert!(Zone::parse(name).is_none(), "{name}");
    }
    // A stored name that this build does not know is read as UTC: history is never refused.
    let stored: Zone = serde_json::from_str("\"Mars/Olympus\"").expect("it is read");
    assert_eq!(stored.clock(utc("2026-03-02T08:30:15Z")), "08:30:15");
}

#[test]
fn a_zone_tells_the_day_and_the_time_on_its_wall() {
    let midnight = utc("2026-03-02T23:00:00Z");
    let day = |at| zone(BERLIN).day_and_hour(at).expect("a day that chrono can hold");
    assert_eq!(day(midnight), ("2026-03-03".parse().expect("a date"), 0));
    assert_eq!(day(before(midnight)), ("2026-03-02".parse().expect("a date"), 23));
    assert_eq!(zone(NEW_YORK).clock(midnight), "18:00:00");
    assert_eq!(zone(NEW_YORK).date_and_clock(midnight), "2026-03-02 18:00");
    // The repeated hour has the same name twice, and is two instants.
    assert_eq!(zone(BERLIN).clock(utc("2026-10-25T00:30:00Z")), "02:30:00");
    assert_eq!(zone(BERLIN).clock(utc("2026-10-25T01:30:00Z")), "02:30:00");
}

#[test]
fn instants_beyond_the_calendar_find_every_door_shut() {
    let hours = daily(BERLIN, &[(0, 1_440)]);
    for at in [Timestamp(i64::MAX), Timestamp(i64::MIN)] {
        assert!(!hours.open_at(at));
        assert_eq!((hours.opens_after(at), hours.shuts_after(at)), (None, None));
        assert!(zone(BERLIN).day_and_hour(at).is_none() && zone(BERLIN).clock(at).is_empty());
    }
}

#[test]
fn a_minute_of_a_day_is_an_instant_also_where_clocks_show_it_twice_or_never() {
    let at = |date: &str, minute| {
        zone(BERLIN).instant(date.parse().expect("a date"), minute).expect("an instant")
    };
    assert_eq!(at("2026-03-02", 8 * 60 + 30), utc("2026-03-02T07:30:00Z"));
    assert_eq!(at("2026-03-02", 0), utc("2026-03-01T23:00:00Z"));
    assert_eq!(at("2026-10-25", 2 * 60 + 30), utc("2026-10-25T00:30:00Z"));
    assert_eq!(at("2026-03-29", 2 * 60 + 30), utc("2026-03-29T01:00:00Z"));
}
