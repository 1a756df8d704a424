//! What a room runs by: its hours and its policy.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use clinic_domain::command::Action;
use clinic_domain::hours::{Hours, Interval};
use clinic_domain::ids::RoomId;
use clinic_domain::limits;
use clinic_domain::room::{ArrivalOrder, Room, RoomPolicy};
use clinic_domain::text::LinkTemplate;
use clinic_domain::time::Millis;
use clinic_projections::views::Views;

use super::clinic::zone;
use crate::day::Deed;
use crate::day::change::Change;
use crate::day::fields::{Fields, too_many};

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

const ARRIVALS: [(&str, ArrivalOrder); 2] = [
    ("original-check-in", ArrivalOrder::OriginalCheckIn),
    ("back-of-queue", ArrivalOrder::BackOfQueue),
];

pub(super) fn set_hours(fields: &mut Fields<'_>) -> Option<Deed> {
    let room = fields.room("room");
    let hours = fields.object_or_null("hours", |hours| {
        let zone = hours.text("zone", zone);
        let week = hours.object("week", week);
        let excepted = hours.has("exceptions");
        let exceptions = hours.object_if("exceptions", exceptions);
        let (found, limit) =
            (exceptions.as_ref().map_or(0, BTreeMap::len), limits::HOURS_EXCEPTIONS);
        if found > limit {
            hours.wrong("exceptions", too_many("dates", found, limit));
            return None;
        }
        let exceptions = if excepted { exceptions? } else { BTreeMap::new() };
        Some(Hours { zone: zone?, week: week?, exceptions })
    });
    if let Change::Set(hours) = &hours
        && let Err(error) = hours.check()
    {
        fields.wrong("hours", error);
    }
    let room = room?;
    Some(Deed::ask(move |known, _| {
        let mut set = None;
        hours.apply(&mut set);
        Action::SetHours(known.room(&room), set)
    }))
}

/// Seven days by name; a day that is not named is shut.
fn week(fields: &mut Fields<'_>) -> Option<Vec<Vec<Interval>>> {
    let week = DAYS.map(|name| day(fields, name));
    week.into_iter().collect()
}

/// The intervals of a day; none if there are more than the rules allow.
fn day(fields: &mut Fields<'_>, name: &str) -> Option<Vec<Interval>> {
    let intervals = fields.texts_if(name, interval).unwrap_or_default();
    let (found, limit) = (intervals.len(), limits::INTERVALS_PER_DAY);
    if found > limit {
        fields.wrong(name, too_many("intervals", found, limit));
        return None;
    }
    Some(intervals)
}

fn exceptions(fields: &mut Fields<'_>) -> Option<BTreeMap<NaiveDate, Vec<Interval>>> {
    let (mut days, mut whole) = (BTreeMap::new(), true);
    for name in fields.names() {
        let intervals = day(fields, &name);
        whole &= intervals.is_some();
        match name.parse() {
            Ok(date) => {
                days.insert(date, intervals.unwrap_or_default());
            }
            Err(_) => fields.wrong(&name, "must be a date such as 2026-12-24"),
        }
    }
    whole.then_some(days)
}

/// Reads `08:00-12:30`.
fn interval(text: &str) -> Result<Interval, &'static str> {
    let wrong = "must be an interval such as 08:00-12:30";
    let (from, until) = text.split_once('-').ok_or(wrong)?;
    Ok(Interval { from: minute(from).ok_or(wrong)?, until: minute(until).ok_or(wrong)? })
}

/// Reads `08:00`, up to `24:00`, as a minute of the day.
fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let digits = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(hour) || !digits(minute) {
        return None;
    }
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour <= 24 && minute < 60).then(|| hour * 60 + minute)
}

/// What a line changes of a policy; the rest stays as it is.
struct PolicyChange {
    queue_limit: Option<u32>,
    arrivals: Option<ArrivalOrder>,
    accept_window: Change<Millis>,
    undo_window: Option<Millis>,
    reopen_window: Option<Millis>,
    wait_warn: Option<Millis>,
    wait_late: Option<Millis>,
    return_alert: Option<u32>,
    consent: Change<u32>,
    call_link: Change<LinkTemplate>,
    no_show_after: Change<Millis>,
}

pub(super) fn set_policy(fields: &mut Fields<'_>) -> Option<Deed> {
    let room = fields.room("room");
    let change = PolicyChange {
        queue_limit: fields.number_within("queue_limit", limits::QUEUE_MAX),
        arrivals: fields.word_if("arrivals", &ARRIVALS),
        accept_window: fields.span_within_or_null("accept_window", limits::WINDOW_MAX),
        undo_window: fields.span_within("undo_window", limits::WINDOW_MAX),
        reopen_window: fields.span_within("reopen_window", limits::WINDOW_MAX),
        wait_warn: fields.span("wait_warn"),
        wait_late: fields.span("wait_late"),
        return_alert: fields.number("return_alert"),
        consent: fields.number_or_null("consent"),
        call_link: fields.text_or_null("call_link", LinkTemplate::parse),
        no_show_after: fields.span_within_or_null("no_show_after", limits::WINDOW_MAX),
    };
    let room = room?;
    Some(Deed::ask(move |known, views| {
        let id = known.room(&room);
        Action::SetPolicy(id, Box::new(change.of(id, views)))
    }))
}

impl PolicyChange {
    fn of(&self, room: RoomId, views: &Views) -> RoomPolicy {
        let room = views.census.room(room).and_then(Room::last);
        let old = room.map_or_else(RoomPolicy::default, |room| room.policy.clone());
        let mut new = RoomPolicy {
            queue_limit: self.queue_limit.unwrap_or(old.queue_limit),
            arrivals: self.arrivals.unwrap_or(old.arrivals),
            undo_window: self.undo_window.unwrap_or(old.undo_window),
            reopen_window: self.reopen_window.unwrap_or(old.reopen_window),
            wait_warn: self.wait_warn.unwrap_or(old.wait_warn),
            wait_late: self.wait_late.unwrap_or(old.wait_late),
            return_alert: self.return_alert.unwrap_or(old.return_alert),
            ..old
        };
        self.accept_window.apply(&mut new.accept_window);
        self.consent.apply(&mut new.consent);
        self.call_link.apply(&mut new.call_link);
        self.no_show_after.apply(&mut new.no_show_after);
        new
    }
}
