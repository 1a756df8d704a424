//! All that pages say, in one place, so that it can be said in another language.

use chrono::Datelike as _;
use clinic_domain::visit::{HoldReason, Reversal};
use clinic_projections::ending::Ending;

/// The language of all this, as pages name it.
pub(super) const LANGUAGE: &str = "en";
/// Letters of a name where there is room for no more.
const SHORT_NAME: usize = 20;

/// Constants, one a line.
macro_rules! says {
    ($($name:ident = $text:literal;)*) => { $(pub(in crate::pages) const $name: &str = $text;)* };
}

// A file is no longer than 600 lines; what pages say stands here all the same.
mod admin;
mod reports;

pub(super) use self::admin::*;
pub(super) use self::reports::*;

says! {
    // Every page
    BRAND = "Virtual clinic";
    SKIP = "Skip to the content";
    NAVIGATION = "Main";
    DESK = "Desk";
    TODAY = "Today";
    ADMIN = "Admin";
    SIGN_OUT = "Sign out";
    GO_BACK = "Go back";
    CANCEL = "Cancel";
    OPTIONAL = "optional";
    DIALOG = "What to do";
    CLOSE_TOLD = "Read";
    RECONNECTING = "Reconnecting. What you see may be out of date.";
    RECONNECTING_PATIENT = "Reconnecting, your place is kept.";
    NOT_SENT = "That could not be sent. Check your connection and try again.";

    // Sign-in
    SIGN_IN = "Sign in";
    SIGN_IN_NAME = "Sign-in name";
    SIGN_IN_NAME_HINT = "choose one that nobody else has";
    PASSWORD = "Password";
    PASSWORD_HINT = "at least 10 characters";
    INVITATION = "Welcome to the clinic";
    INVITATION_LEAD = "Choose how you sign in from now on.";
    ACCEPT_INVITATION = "Save and sign in";

    // The door
    OPEN = "Open.";
    SHUT = "Closed now.";
    SUSPENDED = "Not taking check-ins at the moment.";
    GONE = "This room is no longer in use.";
    FULL = "The waiting room is full. Please try again in a while.";
    OFFICE_HOURS = "Office hours";
    EMERGENCY = "In an emergency";
    CHECK_IN = "Check in";
    CHECK_IN_AGAIN = "Back to the check-in page";
    YOUR_NAME = "Your name";
    APPOINTMENT = "Do you have an appointment?";
    DROP_IN = "No, I am dropping in";
    BOOKED = "Yes, I have an appointment";
    WITH_WHOM = "With";
    NOT_SURE = "I am not sure";
    AT_WHAT_TIME = "At";
    REASON = "What brings you here today?";
    PHONE = "Last four digits of your phone";
    PHONE_HINT = "optional, to tell people of one name apart";
    PASSCODE = "Passcode";
    PASSCODE_HINT = "the clinic has given it to you";
    CONSENT = "I agree to be treated by video, as the clinic has explained to me.";
    WRONG_TIME = "must be a time of day such as 14:30";
    TO_WAITING_ROOM = "Go to your waiting room";
    NOT_YOU = "Not you?";

    // The waiting room
    WAITING_ROOM = "Waiting room";
    WAITING = "You are in the waiting room";
    IN_CALL = "Your call has started";
    JOIN = "Join the call";
    JOIN_HINT = "It opens in a new tab. Keep this page open, you will come back to it.";
    UNARRANGED = "The clinic will tell you how to join.";
    HOLD_HINT = "Please stay. Somebody will go on with you soon.";
    SINCE_CHECK_IN = "Since your check-in";
    WHO_IS_HERE = "Who is available";
    KEPT = "Your place is kept, even if you lose your connection or close this page for a while.";
    LEAVE = "Leave the waiting room";
    LEAVE_ASK = "You give up your place in the queue.";
    LEAVE_SURE = "Yes, leave";
    OPEN_HOURS = "Check-in is open";
    SHUT_DAY = "closed";
    OVER = "Your visit is over";
    OVER_LEAD = "Thank you for coming. You can close this page.";
    TAB_IN_CALL = "Your call has started";
    TAB_ON_HOLD = "On hold";
    TAB_OVER = "Visit over";

    // The desk
    NO_ROOMS = "You are not assigned to a room";
    NO_ROOMS_LEAD = "An Owner or Admin of the clinic assigns members to rooms. As soon as you are, its board is here.";
    OTHER_ROOMS = "Other rooms";
    NOBODY_WAITS = "Nobody is here.";
    SOMEBODY = "somebody";
    ERASED = "(erased)";
    DOOR_OPEN = "Open";
    DOOR_OPEN_UNTIL = "Open until";
    DOOR_SHUT = "Closed";
    DOOR_SHUT_UNTIL = "Closed until";
    DOOR_SUSPENDED = "Suspended";
    DOOR_ARCHIVED = "Archived";
    CALL_NEXT = "Call next";
    NOBODY_TO_CALL = "Nobody who waits is online.";
    OFFLINE_NOW = "offline";
    ON_HOLD_NOW = "on hold";
    HERE = "here";
    IN_ALL = "in all";
    URGENT = "Urgent";
    SOON = "Soon";
    DROP_IN_BADGE = "Drop-in";
    BOOKED_BADGE = "Booked";
    WITH = "with";
    FOR = "for";
    OFFLINE = "Offline";
    WAITS = "Waiting";
    HELD_LOST = "On hold: the member's connection was lost";
    HELD_DISABLED = "On hold: the member was disabled";
    CHECKLIST = "Checklist";
    START = "Start call";
    RESUME = "Resume call";
    PAUSE = "Pause";
    END_CALL = "End call, back to waiting";
    TRANSFER = "Transfer";
    ACCEPT = "Accept";
    DECLINE = "Decline";
    UNTIL = "until";
    MORE = "More";
    MAKE_URGENT = "Mark urgent";
    MAKE_SOON = "Mark soon";
    MAKE_ROUTINE = "Mark routine";
    ADD_NOTE = "Add a note";
    CARRY_OVER = "Stays past closing time";
    MERGE = "Merge";
    HISTORY = "History";
    CLOSE = "Close the visit";
    COMPLETE = "Complete";
    YOUR_CALL = "Your call";
    NO_CALL = "You are in no call.";
    SENT = "Sent on";
    NOTHING_SENT = "Whom you transfer is listed here, with where they are now.";
    AWAITS_ANSWER = "Not accepted yet.";
    ACCEPTED = "Accepted.";
    DECLINED = "Declined.";
    EXPIRED = "Not answered in time.";
    UNDONE = "Undone.";
    UNDO = "Undo";
    CLOSED_LATELY = "Closed lately";
    NOTHING_CLOSED = "Visits that closed can be reopened here for a while.";
    REOPEN = "Reopen";
    SOUND_ON = "Sound on arrival: on";
    SOUND_OFF = "Sound on arrival: off";

    // What takes more than a click
    WHERE_TO = "Where to";
    NO_TARGETS = "There is no room that would take this visit now.";
    EXPECTED = "expected";
    OUT_OF_HOURS = "Closed at this hour: the visit waits there until somebody comes.";
    NOBODY_ONLINE = "Nobody is online there.";
    NOTE_FOR_THEM = "Note for the members there";
    NOTE_FOR_SENDER = "Note for the sender";
    DECLINE_LEAD = "The visit goes back to where it came from, to its old place in the queue.";
    CLOSE_LEAD = "You can reopen it for a while.";
    WHY = "Why";
    CLOSE_COMPLETED = "Completed";
    CLOSE_COMPLETED_HINT = "the patient has been seen";
    CLOSE_NO_SHOW = "No show";
    CLOSE_NO_SHOW_HINT = "the patient was not there when called";
    CLOSE_LEFT = "Left";
    CLOSE_END_OF_DAY = "End of day";
    CLOSE_END_OF_DAY_HINT = "the clinic closes";
    CLOSE_REMOVED = "Removed";
    CLOSE_REMOVED_HINT = "it should not be here: say why";
    REMOVED_WHY = "Why it is removed";
    REMOVED_WHY_HINT = "with the reason Removed only";
    MERGE_LEAD = "The same person has checked in twice. This visit closes, and the one that you choose goes on, with the earlier place of the two.";
    NOBODY_TO_MERGE = "There is no other visit in this room.";
    GOES_ON = "Which visit goes on";
    NOTE = "Note";
    NOTE_LEAD = "For members only. The patient never sees it.";
    NO_LINK = "This room has no video link";
    NO_LINK_LEAD = "An Owner or Admin sets the room's link template under Admin. Until then, agree with your patient how to meet.";
}

pub(super) fn minutes(count: u64) -> String {
    plural(usize::try_from(count).unwrap_or(usize::MAX), "minute", "minutes")
}

fn plural(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

pub(super) fn check_in_at(room: &str) -> String {
    format!("Check in at {room}")
}

pub(super) const DAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A day of the week, by its number from Monday, 0.
pub(super) fn weekday(number: usize) -> &'static str {
    DAYS.get(number).copied().unwrap_or_default()
}

/// A date as people say it.
pub(super) fn date(date: chrono::NaiveDate) -> String {
    let day = weekday(date.weekday().num_days_from_monday().try_into().unwrap_or(0));
    let month =
        MONTHS.get(usize::try_from(date.month0()).unwrap_or(0)).copied().unwrap_or_default();
    format!("{day} {} {month}", date.day())
}

pub(super) fn until(time: &str) -> String {
    format!("Until {time}.")
}

/// When a door opens: today, or on a day that is named.
pub(super) fn opens(day: Option<&str>, time: &str) -> String {
    match day {
        None => format!("It opens at {time}."),
        Some(day) => format!("It opens on {day} at {time}."),
    }
}

/// What has come of a wish, for eyes that look elsewhere and for screen readers.
pub(super) fn done(wish: &str) -> &'static str {
    match wish {
        "start-call" | "call-next" => "The call has started.",
        "pause-call" => "The call is paused.",
        "end-call" => "The call has ended.",
        "transfer" => "Transferred.",
        "accept-transfer" => "Accepted.",
        "decline-transfer" => "Declined.",
        "undo-transfer" => "The transfer is undone.",
        "close-visit" => "The visit is closed.",
        "reopen-visit" => "The visit is open again.",
        "merge-visits" => "Merged.",
        "add-note" => "The note is added.",
        _ => "Done.",
    }
}

/// Whom *call next* passes over, and why: as much as fits beside a button.
pub(super) fn skips(passed: &[(String, &str)]) -> String {
    let short = |name: &str| match name.char_indices().nth(SHORT_NAME) {
        Some((end, _)) => format!("{}…", name.get(..end).unwrap_or_default()),
        None => name.to_owned(),
    };
    let told: Vec<String> =
        passed.iter().map(|(name, why)| format!("{} ({why})", short(name))).collect();
    match told.as_slice() {
        [one] => format!("skips {one}"),
        [one, two] => format!("skips {one} and {two}"),
        [one, two, more @ ..] => format!("skips {one}, {two} and {} more", more.len()),
        [] => String::new(),
    }
}

pub(super) fn sent_by(member: &str) -> String {
    format!("Sent by {member}.")
}

pub(super) fn checked_in_at(time: &str) -> String {
    format!("checked in {time}")
}

pub(super) fn waiting_in(room: &str) -> String {
    format!("You are waiting in {room}")
}

pub(super) fn rank(rank: u32) -> String {
    if rank == 1 { "You are next".to_owned() } else { format!("You are number {rank}") }
}

pub(super) fn moved_to(room: &str) -> String {
    format!("The clinic has moved you to {room}. You need not check in again.")
}

pub(super) fn online(online: u32, in_call: u32) -> String {
    match (online, in_call) {
        (0, 0) => "nobody online".to_owned(),
        (online, 0) => format!("{online} online"),
        (0, in_call) => format!("{in_call} in a call"),
        (online, in_call) => format!("{online} online, {in_call} in a call"),
    }
}

pub(super) fn in_call_with(member: &str) -> String {
    format!("{member} has started your call")
}

pub(super) fn on_hold_in(room: &str) -> String {
    format!("On hold with {room}")
}

pub(super) fn seen_next(member: &str) -> String {
    format!("You are being seen by {member} next")
}

pub(super) fn seen_by(member: &str) -> String {
    format!("Waiting for {member}")
}

pub(super) fn tab_waiting(rank: Option<u32>) -> String {
    rank.map_or_else(|| WAITING_ROOM.to_owned(), |rank| format!("({rank}) {WAITING_ROOM}"))
}

pub(super) fn in_queue(count: usize) -> String {
    if count == 0 { "nobody waiting".to_owned() } else { format!("{count} waiting") }
}

pub(super) fn in_room(room: &str) -> String {
    format!("in {room}")
}

pub(super) fn legs(count: u32) -> String {
    format!("{count} transfers")
}

pub(super) fn because(why: &str) -> String {
    format!(" ({why})")
}

pub(super) fn on_hold_by(who: &str) -> String {
    format!("On hold, paused by {who}")
}

pub(super) fn with(who: &str) -> String {
    format!("In call with {who}")
}

/// The same, pausing the call that she is in.
pub(super) fn pausing(start: &str) -> String {
    match start {
        START => "Pause and start".to_owned(),
        RESUME => "Pause and resume".to_owned(),
        _ => format!("Pause and {}", start.to_lowercase()),
    }
}

pub(super) fn more_of(name: &str) -> String {
    format!("More for {name}")
}

pub(super) fn transferred_by(who: &str, from: Option<&str>) -> String {
    match from {
        Some(from) => format!("Transferred by {who} from {from}"),
        None => format!("Transferred by {who}"),
    }
}

pub(super) fn came_back_from(why: Reversal, from: Option<&str>) -> String {
    let from = from.unwrap_or("another room");
    match why {
        Reversal::Declined => format!("{from} declined"),
        Reversal::Expired => format!("{from} did not answer in time"),
        Reversal::Undone => format!("The transfer to {from} was undone"),
    }
}

pub(super) fn closing_time(names: &str) -> String {
    format!("Closing time has passed, and still here: {names}.")
}

pub(super) fn nobody_serves(inside: usize) -> String {
    format!("Nobody serves this room, and {} inside.", plural(inside, "visit is", "visits are"))
}

pub(super) fn unattended(names: &str) -> String {
    format!("Waiting too long with nobody online: {names}.")
}

pub(super) fn keeps_returning(name: &str, times: u32) -> String {
    format!("{name} has come back here {times} times.")
}

pub(super) fn came_back(name: &str, why: Reversal) -> String {
    match why {
        Reversal::Declined => format!("{name} came back: declined."),
        Reversal::Expired => format!("{name} came back: not answered in time."),
        Reversal::Undone => format!("{name} came back: undone."),
    }
}

pub(super) fn lost_member(name: &str, why: HoldReason) -> String {
    match why {
        HoldReason::Paused => format!("{name} is on hold."),
        HoldReason::MemberLost => format!("{name} is on hold: the member's connection was lost."),
        HoldReason::MemberDisabled => format!("{name} is on hold: the member may no longer act."),
    }
}

pub(super) fn sent_to(room: &str) -> String {
    format!("to {room}")
}

fn somewhere(room: Option<&str>) -> &str {
    room.unwrap_or("a room")
}

pub(super) fn now_waiting(room: Option<&str>) -> String {
    format!("Waiting in {}.", somewhere(room))
}

pub(super) fn now_in_call(room: Option<&str>) -> String {
    format!("In call in {}.", somewhere(room))
}

pub(super) fn now_on_hold(room: Option<&str>) -> String {
    format!("On hold in {}.", somewhere(room))
}

pub(super) fn now_closed(reason: Ending) -> String {
    format!("Closed: {reason}.")
}

pub(super) fn closed_as(reason: Ending) -> String {
    reason.to_string()
}

pub(super) fn transfer_of(name: &str) -> String {
    format!("Transfer {name}")
}

pub(super) fn accepts_within(minutes: &str) -> String {
    format!("accepts or declines within {minutes}")
}

pub(super) fn close_of(name: &str) -> String {
    format!("Close the visit of {name}")
}

pub(super) fn merge_of(name: &str) -> String {
    format!("Merge the visit of {name}")
}

pub(super) fn note_of(name: &str) -> String {
    format!("A note on {name}")
}

pub(super) fn decline_of(name: &str) -> String {
    format!("Send {name} back")
}

// Visits
