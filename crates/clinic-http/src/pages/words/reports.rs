//! What the pages of visits and of numbers say.

use clinic_projections::ending::Ending;

use super::{CLOSE_COMPLETED, CLOSE_END_OF_DAY, CLOSE_LEFT, CLOSE_NO_SHOW, CLOSE_REMOVED, plural};

says! {
    // Visits
    VISIT = "Visit";
    AS_OF = "As of";
    NOW = "now";
    HERE_FOR = "In this room for";
    IN_ALL_FOR = "Since check-in";
    LAST_ROOM_FOR = "In the last room";
    VISIT_LASTED = "The whole visit";
    CLOSED_AT = "Closed";
    AS_JSON = "Download as JSON";
    AS_CSV = "Download as CSV";
    WHERE_THE_TIME_WENT = "Where the time went";
    PART_WAITING = "Waiting";
    PART_ON_HOLD = "On hold";
    PART_OFFLINE = "Offline";
    PART_IN_CALL = "In call";
    IN_ALL_TOGETHER = "In all";
    ROOM = "Room";
    A_ROOM = "a room";
    TRANSFERS = "Transfers";
    WHAT_HAPPENED = "What happened";

    // Today
    NUMBERS = "Numbers";
    DAY = "Day";
    DAY_BEFORE = "Day before";
    DAY_AFTER = "Day after";
    OTHER_DAYS = "Other days";
    ALL_ROOMS = "All rooms";
    SHOW = "Show";
    NO_DATA = "no data";
    NO_DATA_THAT_DAY = "No data: nobody checked in, waited or left on this day.";
    CHECK_INS = "Check-ins";
    HALF_WAITED = "Half waited at most";
    NINE_WAITED = "9 of 10 waited at most";
    MOST_WAITED = "99 of 100 waited at most";
    HERE_NOW = "Here now";
    HERE_NOW_HINT = "not among the waits yet";
    BY_HOUR = "By hour";
    CHECK_INS_BY_HOUR = "Check-ins by hour";
    MEDIAN_BY_HOUR = "Median wait by hour of arrival, in minutes";
    HOURS_HINT = "A wait counts in the hour in which its stay began. An hour that is missing has no data.";
    HOUR = "Hour";
    WAITS_OVER = "Waits that are over";
    WAITS_COUNTED = "Waits";
    HALF = "Half";
    NINE_OF_TEN = "9 of 10";
    NINETY_NINE = "99 of 100";
    BY_ROOM = "By room";
    WHAT_VISITS_DID = "What visits did";
    PARTS_HINT = "Each instant counts once, where the visit was then. A visit in several rooms is among the visits of each, and once among all.";
    VISITS = "Visits";
    HOW_VISITS_ENDED = "How visits ended";
    CLOSED_BY_REASON = "Closed by reason";
    LEFT_UNSEEN = "Left without being seen";
    ABANDONED = "Gone after a transfer, before a call";
    OUT_OF = "of";
    REVERSED_HINT = "ended because the transfer was undone, declined or not answered. Nobody was meant to wait there, so they are in no percentile.";
    IMPORTED_HINT = "imported, of which nobody knows whether they were seen.";
    HOW_MEMBERS_SPENT_TIME = "How members spent their time";
    MEMBER = "Member";
    A_MEMBER = "a member";
    VISITS_IN_CALL = "Visits in call";
    TIME_ONLINE = "Online";
    TIME_IN_CALL = "In call";
    UTILISATION = "In call of online";
    UTILISATION_HINT = "In all rooms together. A call outlives a lost connection for a moment, so the share may pass 100 %.";
    VISITS_THERE = "Visits that were there";
    CLOSED_VISITS = "Closed visits of people";
    CLOSED_MERGED = "Merged";
    MOVED_IN = "Stays that began by a transfer";
    REVERSED = "Stays whose transfer was undone, declined or not answered";
    IMPORTED = "Imported visits";
    NOT_YOURS_TO_READ = "A visit that is in another room now";
    BACK_TO_NUMBERS = "Back to the numbers";
    FACTS_BEFORE = "Before";
    FACTS_AFTER = "More";
}

pub(in crate::pages) fn visit_of(name: &str) -> String {
    format!("Visit of {name}")
}

pub(in crate::pages) fn state_in(state: &str, room: Option<&str>) -> String {
    room.map_or_else(|| state.to_owned(), |room| format!("{state}, {room}"))
}

/// What was told without a capital and a full stop, with both.
pub(in crate::pages) fn sentence(told: &str) -> String {
    let mut letters = told.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}

pub(in crate::pages) fn by_and_where(by: Option<&str>, room: Option<&str>) -> String {
    let by = by.map(|by| format!("by {by}"));
    let room = room.map(|room| format!("in {room}"));
    by.into_iter().chain(room).collect::<Vec<_>>().join(", ")
}

pub(in crate::pages) fn bar_of(room: &str, parts: &str) -> String {
    format!("{room}: {parts}")
}

// Today

pub(in crate::pages) fn numbers_of(whose: &str, day: &str) -> String {
    format!("{whose}, {day}")
}

pub(in crate::pages) fn numbers_of_room(room: &str) -> String {
    format!("Numbers of {room}")
}

pub(in crate::pages) fn kept_for(days: u64) -> String {
    format!("Numbers are kept for {days} days. The story of a visit stays.")
}

pub(in crate::pages) fn of_waits(count: usize) -> String {
    format!("of {}", plural(count, "wait", "waits"))
}

pub(in crate::pages) fn hour(hour: u32) -> String {
    format!("{hour:02}:00–{hour:02}:59")
}

/// So many milliseconds in whole minutes, as short as fits above a bar.
pub(in crate::pages) fn short_minutes(wait: u64) -> String {
    match wait.saturating_add(30_000) / 60_000 {
        0 => "<1".to_owned(),
        minutes => minutes.to_string(),
    }
}

pub(in crate::pages) fn percent(per_mille: u64) -> String {
    format!("{}.{} %", per_mille / 10, per_mille % 10)
}

pub(in crate::pages) fn ending(reason: Ending) -> &'static str {
    match reason {
        Ending::Completed => CLOSE_COMPLETED,
        Ending::EndOfDay => CLOSE_END_OF_DAY,
        Ending::Left => CLOSE_LEFT,
        Ending::Merged => CLOSED_MERGED,
        Ending::NoShow => CLOSE_NO_SHOW,
        Ending::Removed => CLOSE_REMOVED,
    }
}

pub(in crate::pages) fn facts_of(what: &str, hour_of: Option<u32>, member: Option<&str>) -> String {
    let hour = hour_of.map(|at| format!(", {}", hour(at))).unwrap_or_default();
    let member = member.map(|member| format!(", {member}")).unwrap_or_default();
    format!("{what}{member}{hour}")
}

pub(in crate::pages) fn visits_or_stays(count: usize) -> String {
    if count == 0 { "There are none.".to_owned() } else { format!("{count} in all.") }
}

pub(in crate::pages) fn waited(span: &str) -> String {
    format!("waited {span}")
}
