//! Every limit of the rules, with its reason. The engine's own are in its file of the same name.

use crate::time::Millis;

/// A patient's name: the longest full names on record fit, a pasted letter does not.
pub const NAME_CHARS: usize = 100;
/// A room's, clinic's or member's name: fits a table row.
pub const TITLE_CHARS: usize = 100;
/// Reason for the visit: two or three sentences on a phone.
pub const REASON_CHARS: usize = 500;
/// A note on a visit or a transfer: one screen.
pub const NOTE_CHARS: usize = 2_000;
/// A text of the waiting room: welcome, office hours, emergency information.
pub const TEXT_CHARS: usize = 4_000;
/// A checklist label: fits beside a tick box.
pub const LABEL_CHARS: usize = 60;
/// A slug, in bytes: a DNS label's length, so that a host may use it as one.
pub const SLUG_BYTES: usize = 63;
/// A host's own id, in bytes: two UUIDs with a prefix each.
pub const EXTERNAL_REF_BYTES: usize = 128;
/// A link template for calls, in bytes: what every browser and proxy accepts.
pub const LINK_BYTES: usize = 2_000;

/// Labels of one checklist: more is a form, not a list.
pub const CHECKLIST_LABELS: usize = 20;
/// Members of a clinic: a large outpatient department; a directory beyond that belongs to the host.
pub const MEMBERS: usize = 5_000;
/// Rooms of a clinic: one personal room each for a fifth of its members, and shared ones.
pub const ROOMS: usize = 1_000;
/// Retired slugs of one room: a link that changes monthly for four years.
pub const RETIRED_SLUGS: usize = 50;
/// Queue limit of a room, when a room sets none: nobody waits behind 200 and is served that day.
pub const QUEUE_DEFAULT: u32 = 200;
/// The longest queue a room may allow.
pub const QUEUE_MAX: u32 = 1_000;
/// Notes on one visit: a note every minute for three hours.
pub const NOTES_PER_VISIT: u32 = 200;
/// Visits that one command merges into another: a second merge would not see the entry of the first.
pub const MERGED_AT_ONCE: usize = 1;
/// Changes of place of one visit: far above any real day, far below what would slow a fold.
pub const PLACE_CHANGES: u32 = 10_000;
/// Opening intervals of one day.
pub const INTERVALS_PER_DAY: usize = 8;
/// Dated exceptions to a room's hours: every day of a year.
pub const HOURS_EXCEPTIONS: usize = 366;
/// How far ahead the next opening is looked for, in days: past a year of exceptions.
pub const REOPENING_DAYS: u16 = 400;

/// How long a transfer may be undone, when a room says nothing.
pub const UNDO_WINDOW: Millis = Millis::minutes(5);
/// How long a closed visit may be reopened, when a room says nothing.
pub const REOPEN_WINDOW: Millis = Millis::minutes(30);
/// The longest window of any policy: a day, so that closed visits leave the live state.
pub const WINDOW_MAX: Millis = Millis::minutes(24 * 60);
/// The return to the same room that alerts, when a room says nothing (case 4).
pub const RETURN_ALERT: u32 = 3;
/// How long a member may be lost in a call before the visit goes on hold (case 10).
pub const MEMBER_LOST_GRACE: Millis = Millis::seconds(60);

/// How long the id of a command is remembered.
pub const ANSWERED_FOR: Millis = Millis::minutes(24 * 60);
/// How many ids of commands are remembered: a command a second for a day, and some.
pub const ANSWERED_MAX: usize = 100_000;
