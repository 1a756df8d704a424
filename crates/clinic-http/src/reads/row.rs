//! A row of a board on the wire: one visit, as the members of its room see it.

use clinic_domain::visit::Presence;
use clinic_projections::because::{self, Joined};
use clinic_projections::card::{Return, Sending, Written};
use clinic_projections::row;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::words::{
    Actor, At, HoldReason, Level, Outcome, Reversal, ToldBy, Warning, clear, clear_if,
    offline_since,
};
use crate::commands::words::{ArrivalOrder, Priority};

/// A visit on a board. How long anything has lasted is for the reader's clock to say: here stand instants.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Row {
    /// The visit.
    visit: Uuid,
    /// The place version that a click on this row is decided on.
    version: u32,
    /// Its number in the queue, from 1; none while it is in call.
    rank: Option<u32>,
    /// Why it has that rank; none while it is in call.
    because: Option<Because>,
    /// The patient's name; none if it was erased or cannot be read.
    name: Option<String>,
    /// Why the patient comes.
    reason: Option<String>,
    /// The last four digits of a phone, which tell two of one name apart.
    phone: Option<String>,
    /// A host's own id.
    external_ref: Option<String>,
    /// Whom and where the patient expects; none for a drop-in.
    expected: Option<Expected>,
    /// When the patient checked in, whatever has happened since.
    checked_in_at: At,
    /// When the visit came to this room, this time.
    arrived_at: At,
    /// What it is doing.
    doing: Doing,
    /// Since when it is doing that.
    since: At,
    /// The call that it is in, or that a resumption continues.
    call: Option<Uuid>,
    /// With whom it is in call.
    with: Option<Actor>,
    /// Who paused the call.
    held_by: Option<Actor>,
    /// Why the call is paused.
    hold_reason: Option<HoldReason>,
    /// Whether the patient's page is connected.
    online: bool,
    /// Since when it is not.
    offline_since: Option<At>,
    /// How urgent it is.
    priority: Priority,
    /// Whether it has waited too long here.
    level: Level,
    /// The transfer that brought it here.
    transferred: Option<LegShown>,
    /// Until when this room may accept or decline it; none once it has, or if none is asked for.
    answer_by: Option<At>,
    /// The transfer that took it away from here and failed, if that was its last move.
    came_back: Option<CameBack>,
    /// What is to tick here, and what was ticked elsewhere.
    checklist: Vec<Tick>,
    /// What members wrote, oldest first.
    notes: Vec<NoteShown>,
    /// When somebody last decided that it stays past the end of the day.
    carried_over_at: Option<At>,
    /// Transfers so far.
    legs: u32,
    /// Calls started so far.
    calls: u32,
    /// Duplicates that were closed in favour of this visit.
    merged: Vec<Uuid>,
}

/// What a visit is doing in its room.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Doing {
    /// In the waiting room.
    Waiting,
    /// With a member.
    InCall,
    /// In the waiting room, the call paused.
    OnHold,
}

/// Why a visit stands where it stands.
#[derive(Debug, Serialize, ToSchema)]
struct Because {
    /// In words.
    words: String,
    /// The urgency, which comes first.
    priority: Priority,
    /// How it came to its entry, which decides between equally urgent ones.
    joined: HowJoined,
    /// That entry.
    joined_at: At,
    /// It was sent away and has its old place again.
    restored: Option<Reversal>,
}

/// How a visit came to its entry in a queue.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum HowJoined {
    /// It checked in here.
    CheckedIn,
    /// It came by transfer and stands where its check-in puts it.
    KeepsCheckIn,
    /// It came by transfer and stands behind those who were here.
    BackOfQueue,
    /// A duplicate was merged into it, and it has the earlier entry of the two.
    Merged,
}

/// Whom and where a booked patient expects.
#[derive(Debug, Serialize, ToSchema)]
struct Expected {
    /// Whom.
    member: Option<Actor>,
    /// Which room.
    room: Option<Uuid>,
    /// That room's name.
    room_name: Option<String>,
    /// The appointment's time.
    appointment: Option<At>,
    /// Who said so.
    told_by: ToldBy,
    /// Whether this is the room that the patient expects.
    here: bool,
}

/// A transfer, as the members of its target see it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LegShown {
    /// The transfer.
    transfer: Uuid,
    /// The source room.
    from: Uuid,
    /// The source room's name then.
    from_name: Option<String>,
    /// The target room.
    to: Uuid,
    /// The target room's name then.
    to_name: Option<String>,
    /// Who sent it.
    by: Actor,
    /// When.
    at: At,
    /// What the sender wrote for the members of the target.
    note: Option<String>,
    /// Where it stands in the target's queue.
    order: ArrivalOrder,
    /// Until when the target was to answer, if it asks for that.
    answer_by: Option<At>,
    /// Until when it may be undone.
    undo_until: At,
    /// How often the visit had been in the target before.
    returns: u32,
    /// What the sender was warned of.
    warnings: Vec<Warning>,
    /// What became of it; nothing yet, while an answer is awaited.
    outcome: Option<Outcome>,
}

/// A transfer that failed, as the members of its source see it.
#[derive(Debug, Serialize, ToSchema)]
struct CameBack {
    /// What was sent.
    sent: LegShown,
    /// Why it came back.
    why: Reversal,
    /// Who decided that.
    by: Actor,
    /// When.
    at: At,
    /// Why it was declined, in words.
    note: Option<String>,
}

/// An entry of a checklist.
#[derive(Debug, Serialize, ToSchema)]
struct Tick {
    /// What is to do.
    label: String,
    /// Whether it is done.
    done: bool,
    /// Not on this room's list: it was ticked in another room.
    elsewhere: bool,
}

/// What a member wrote on a visit.
#[derive(Debug, Serialize, ToSchema)]
struct NoteShown {
    /// What it says; none if it was erased or cannot be read.
    note: Option<String>,
    /// Who wrote it.
    by: Actor,
    /// When.
    at: At,
}

impl From<row::Row> for Row {
    fn from(row: row::Row) -> Self {
        let Act { doing, since, call, with, held_by, hold_reason } = Act::of(&row.doing);
        Self {
            visit: row.visit.0,
            version: row.version.0,
            rank: row.rank,
            because: row.because.as_ref().map(Because::from),
            name: clear(&row.name),
            reason: clear_if(row.reason.as_ref()),
            phone: clear_if(row.phone.as_ref()),
            external_ref: row.external_ref.map(|id| id.to_string()),
            expected: row.expected.as_ref().map(Expected::from),
            checked_in_at: row.since_check_in.since.into(),
            arrived_at: row.in_room.since.into(),
            doing,
            since,
            call,
            with,
            held_by,
            hold_reason,
            online: row.presence == Presence::Online,
            offline_since: offline_since(row.presence),
            priority: row.priority.into(),
            level: row.level.into(),
            transferred: row.transferred.as_ref().map(LegShown::from),
            answer_by: row.answer_by.map(At),
            came_back: row.came_back.as_ref().map(CameBack::from),
            checklist: row.checklist.into_iter().map(Tick::from).collect(),
            notes: row.notes.iter().map(NoteShown::from).collect(),
            carried_over_at: row.carried_over_at.map(At),
            legs: row.legs,
            calls: row.calls,
            merged: row.merged.into_iter().map(|visit| visit.0).collect(),
        }
    }
}

/// What a row says of what its visit is doing.
struct Act {
    doing: Doing,
    since: At,
    call: Option<Uuid>,
    with: Option<Actor>,
    held_by: Option<Actor>,
    hold_reason: Option<HoldReason>,
}

impl Act {
    fn of(doing: &row::Doing) -> Self {
        let waiting = |since| Self {
            doing: Doing::Waiting,
            since: At(since),
            call: None,
            with: None,
            held_by: None,
            hold_reason: None,
        };
        match doing {
            row::Doing::Waiting { clock } => waiting(clock.since),
            row::Doing::InCall { call, with, clock } => Self {
                doing: Doing::InCall,
                call: Some(call.0),
                with: Some(with.into()),
                ..waiting(clock.since)
            },
            row::Doing::OnHold { call, by, reason, clock } => Self {
                doing: Doing::OnHold,
                call: Some(call.0),
                held_by: Some(by.into()),
                hold_reason: Some((*reason).into()),
                ..waiting(clock.since)
            },
        }
    }
}

impl From<&because::Because> for Because {
    fn from(because: &because::Because) -> Self {
        let (joined, at) = match &because.joined {
            Joined::CheckedIn(moment) => (HowJoined::CheckedIn, moment.at),
            Joined::KeepsCheckIn(moment) => (HowJoined::KeepsCheckIn, moment.at),
            Joined::BackOfQueue(moment) => (HowJoined::BackOfQueue, moment.at),
            Joined::Merged(moment) => (HowJoined::Merged, moment.at),
        };
        Self {
            words: because.to_string(),
            priority: because.priority.into(),
            joined,
            joined_at: at.into(),
            restored: because.restored.map(Reversal::from),
        }
    }
}

impl From<&row::Expected> for Expected {
    fn from(expected: &row::Expected) -> Self {
        Self {
            member: expected.member.as_ref().map(Actor::from),
            room: expected.room.map(|room| room.0),
            room_name: expected.room_name.as_ref().map(ToString::to_string),
            appointment: expected.appointment.map(At),
            told_by: expected.told_by.into(),
            here: expected.here,
        }
    }
}

impl From<&Sending> for LegShown {
    fn from(sending: &Sending) -> Self {
        Self {
            transfer: sending.transfer.0,
            from: sending.from.0,
            from_name: sending.from_name.as_ref().map(ToString::to_string),
            to: sending.to.0,
            to_name: sending.to_name.as_ref().map(ToString::to_string),
            by: (&sending.by).into(),
            at: sending.at.into(),
            note: clear_if(sending.note.as_ref()),
            order: sending.order.into(),
            answer_by: sending.answer_by.map(At),
            undo_until: sending.undo_until.into(),
            returns: sending.returns,
            warnings: sending.warnings.iter().copied().map(Warning::from).collect(),
            outcome: sending.outcome.map(Outcome::from),
        }
    }
}

impl From<&Return> for CameBack {
    fn from(back: &Return) -> Self {
        Self {
            sent: (&back.sending).into(),
            why: back.why.into(),
            by: (&back.by).into(),
            at: back.at.into(),
            note: clear_if(back.note.as_ref()),
        }
    }
}

impl From<row::Tick> for Tick {
    fn from(tick: row::Tick) -> Self {
        Self { label: tick.label.to_string(), done: tick.done, elsewhere: tick.elsewhere }
    }
}

impl From<&Written> for NoteShown {
    fn from(written: &Written) -> Self {
        let Written { note, by, at } = written;
        Self { note: clear(note), by: by.into(), at: At(*at) }
    }
}
