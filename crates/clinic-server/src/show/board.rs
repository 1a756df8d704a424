//! Boards: each visit a card, the queue first, then those in call.

use clinic_domain::ids::{ClinicId, Position, VisitId};
use clinic_domain::visit::{HoldReason, Presence, Priority, Reversal};
use clinic_projections::board::{Alert, DoorState, RoomBoard, Serving};
use clinic_projections::card::{Return, Sending};
use clinic_projections::row::{Doing, Expected, Level, Row};
use serde::Serialize;
use serde_json::{Value, json};

use super::table::{Cell, cards, cell};
use super::words::{WallClock, called, personal, quoted, seconds, several};

/// A board in box drawing, `width` wide.
pub(crate) fn drawn(board: &RoomBoard, clock: &WallClock, width: u16) -> Vec<String> {
    let clocks = ["here", "in all"].map(str::to_owned).to_vec();
    let header = [cell("#"), header(board, clock), clocks];
    let mut rows: Vec<[Cell; 3]> = board.rows.iter().map(|row| card(row, clock)).collect();
    if rows.is_empty() {
        rows.push([cell(""), cell("nobody is here"), cell("")]);
    }
    for alert in alerts(board) {
        rows.push([cell("!"), cell(alert), cell("")]);
    }
    cards(width, &header, &rows)
}

/// What deserves attention, and whose: those of one kind together.
fn alerts(board: &RoomBoard) -> Vec<String> {
    let mut kinds: Vec<(&str, Vec<String>)> = vec![];
    for alert in &board.alerts {
        let (kind, whose) = alerted(board, alert);
        match kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, all)) => all.extend(whose),
            None => kinds.push((kind, whose)),
        }
    }
    kinds.iter().map(|(kind, whose)| format!("{kind}: {}", several(whose))).collect()
}

/// What is the matter, and with whom.
fn alerted(board: &RoomBoard, alert: &Alert) -> (&'static str, Vec<String>) {
    let name = |visit: &VisitId| {
        let row = board.rows.iter().find(|row| row.visit == *visit);
        row.map_or_else(|| visit.to_string(), |row| called(&row.name, row.external_ref.as_ref()))
    };
    match alert {
        Alert::ClosingTimePassed { inside, .. } => {
            ("closing time has passed and still inside", inside.iter().map(name).collect())
        }
        Alert::NobodyServes { .. } => {
            let inside = board.rows.iter().map(|row| name(&row.visit));
            ("nobody serves here, though inside", inside.collect())
        }
        Alert::Unattended { waiting } => {
            ("waiting too long and nobody online", waiting.iter().map(name).collect())
        }
        Alert::KeepsReturning { visit, times } => {
            ("keeps coming back here", vec![format!("{} (return {times})", name(visit))])
        }
        Alert::CameBack { visit, why } => {
            let kind = match why {
                Reversal::Declined => "came back here (declined)",
                Reversal::Expired => "came back here (not answered in time)",
                Reversal::Undone => "came back here (undone)",
            };
            (kind, vec![name(visit)])
        }
        Alert::LostMember { visit, why } => {
            let kind = match why {
                HoldReason::MemberDisabled => "on hold, the member may no longer act",
                HoldReason::MemberLost | HoldReason::Paused => "on hold, the member was lost",
            };
            (kind, vec![name(visit)])
        }
    }
}

/// What a door does, in words.
pub(super) fn door(door: &DoorState, clock: &WallClock) -> String {
    match door {
        DoorState::Open { until: None } => "open".to_owned(),
        DoorState::Open { until: Some(until) } => format!("open until {}", clock.minute(*until)),
        DoorState::Shut { until: None } => "shut".to_owned(),
        DoorState::Shut { until: Some(until) } => format!("shut until {}", clock.minute(*until)),
        DoorState::Suspended { message } => format!("suspended: {message}"),
        DoorState::Archived => "archived".to_owned(),
    }
}

fn header(board: &RoomBoard, clock: &WallClock) -> Cell {
    let member = |serving: &Serving| format!("{} {}", serving.name, serving.availability);
    let members: Vec<String> = board.members.iter().map(member).collect();
    let members =
        if members.is_empty() { "nobody serves here".to_owned() } else { members.join(", ") };
    vec![format!("{} ({})", board.name, door(&board.door, clock)), members]
}

fn card(row: &Row, clock: &WallClock) -> [Cell; 3] {
    let rank = row.rank.map_or_else(String::new, |rank| rank.to_string());
    let clocks = [row.in_room.elapsed, row.since_check_in.elapsed];
    [cell(rank), lines(row, clock), clocks.map(|elapsed| elapsed.to_string()).to_vec()]
}

/// What a row says, line by line: who, doing what, why here, and what is to do.
fn lines(row: &Row, clock: &WallClock) -> Cell {
    let mut lines = who(row, clock);
    lines.extend(row.reason.as_ref().map(|reason| format!("comes for {}", quoted(reason))));
    lines.push(doing(row));
    if let Presence::OfflineSince(since) = row.presence {
        lines.push(format!("offline since {}", clock.moment(since)));
    }
    match row.level {
        Level::Fine => {}
        Level::Warn => lines.push("waiting for long".to_owned()),
        Level::Late => lines.push("waiting for too long".to_owned()),
    }
    if let Some(sending) = &row.transferred {
        lines.push(sent(sending));
    }
    if let Some(until) = row.answer_by {
        lines.push(format!("to be accepted or declined by {}", clock.moment(until)));
    }
    if let Some(back) = &row.came_back {
        lines.push(returned(back));
    }
    if !row.checklist.is_empty() {
        let ticks = row.checklist.iter().map(|tick| {
            let mark = if tick.done { "x" } else { " " };
            format!("[{mark}] {}", tick.label)
        });
        lines.push(ticks.collect::<Vec<String>>().join("  "));
    }
    for written in &row.notes {
        lines.push(format!("{} wrote {}", written.by, quoted(&written.note)));
    }
    if row.carried_over_at.is_some() {
        lines.push("may stay past the end of the day".to_owned());
    }
    if !row.merged.is_empty() {
        lines.push(format!("merged with {} more", row.merged.len()));
    }
    lines
}

fn who(row: &Row, clock: &WallClock) -> Cell {
    let phone = row.phone.as_ref().map(|phone| format!(" (phone ..{})", personal(phone)));
    let name = called(&row.name, row.external_ref.as_ref());
    let name = format!("{name}{}", phone.unwrap_or_default());
    match &row.expected {
        None => vec![format!("{name}, drop-in")],
        Some(expected) => vec![name, booked(expected, clock)],
    }
}

fn booked(expected: &Expected, clock: &WallClock) -> String {
    let whom = expected.member.as_ref().map(|member| format!(" with {member}"));
    let room = expected.room_name.as_ref().map(|room| format!(" in {room}"));
    let at = expected.appointment.map(|at| format!(" for {}", clock.minute(at)));
    let parts = [whom, room, at].map(Option::unwrap_or_default);
    format!("booked{}", parts.concat())
}

fn doing(row: &Row) -> String {
    let urgency = match row.priority {
        Priority::Routine => "",
        Priority::Soon => "soon; ",
        Priority::Urgent => "urgent; ",
    };
    match &row.because {
        // The reason for a rank names the urgency itself.
        Some(because) => format!("{}; {because}", row.doing),
        None => format!("{urgency}{}", row.doing),
    }
}

/// Why a visit is on hold, unless somebody wanted it so.
fn held(reason: HoldReason) -> &'static str {
    match reason {
        HoldReason::Paused => "",
        HoldReason::MemberLost => ", member lost",
        HoldReason::MemberDisabled => ", member disabled",
    }
}

fn sent(sending: &Sending) -> String {
    let from = sending.from_name.as_ref().map_or("another room", |name| name.as_str());
    let note = sending.note.as_ref().map(|note| format!(": {}", quoted(note)));
    format!("sent by {} from {from}{}", sending.by, note.unwrap_or_default())
}

fn returned(back: &Return) -> String {
    let to = back.sending.to_name.as_ref().map_or("another room", |name| name.as_str());
    let why = match back.why {
        Reversal::Declined => format!("declined by {}", back.by),
        Reversal::Expired => "nobody answered".to_owned(),
        Reversal::Undone => format!("taken back by {}", back.by),
    };
    let note = back.note.as_ref().map(|note| format!(": {}", quoted(note)));
    format!("back from {to}, {why}{}", note.unwrap_or_default())
}

/// Boards as programs read them.
#[derive(Debug, Serialize)]
pub(crate) struct Document {
    /// Of which clinic.
    pub(crate) clinic: ClinicId,
    /// The position that they reflect.
    pub(crate) position: Position,
    /// The instant at which they are read; none before anything had happened, if a position was
    /// asked for.
    pub(crate) now: Option<String>,
    /// The boards.
    pub(crate) boards: Vec<RoomBoard>,
}

/// The columns of a board's CSV.
pub(crate) const COLUMNS: [&str; 19] = [
    "room",
    "rank",
    "visit",
    "version",
    "name",
    "reason",
    "arrival",
    "state",
    "because",
    "online",
    "priority",
    "level",
    "here_s",
    "in_all_s",
    "sent_by",
    "sent_from",
    "note",
    "answer_by",
    "ticked",
];

/// A board's rows for a spreadsheet.
pub(crate) fn records(board: &RoomBoard, clock: &WallClock) -> Vec<Vec<String>> {
    board.rows.iter().map(|row| record(board, row, clock)).collect()
}

fn record(board: &RoomBoard, row: &Row, clock: &WallClock) -> Vec<String> {
    let sending = row.transferred.as_ref();
    let ticked = row.checklist.iter().filter(|tick| tick.done).map(|tick| tick.label.to_string());
    let arrival = row.expected.as_ref().map(|expected| booked(expected, clock));
    let name = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    vec![
        board.name.to_string(),
        row.rank.map_or_else(String::new, |rank| rank.to_string()),
        row.visit.to_string(),
        row.version.to_string(),
        personal(&row.name),
        row.reason.as_ref().map(personal).unwrap_or_default(),
        arrival.unwrap_or_else(|| "drop-in".to_owned()),
        match &row.doing {
            Doing::Waiting { .. } => "waiting".to_owned(),
            Doing::InCall { with, .. } => format!("in call with {with}"),
            Doing::OnHold { by, reason, .. } => format!("on hold by {by}{}", held(*reason)),
        },
        row.because.as_ref().map(ToString::to_string).unwrap_or_default(),
        (row.presence == Presence::Online).to_string(),
        name(&json!(row.priority)),
        name(&json!(row.level)),
        seconds(row.in_room.elapsed),
        seconds(row.since_check_in.elapsed),
        sending.map(|sending| sending.by.to_string()).unwrap_or_default(),
        sending.and_then(|s| s.from_name.as_ref()).map(ToString::to_string).unwrap_or_default(),
        sending.and_then(|s| s.note.as_ref()).map(personal).unwrap_or_default(),
        row.answer_by.map(|at| at.to_string()).unwrap_or_default(),
        ticked.collect::<Vec<String>>().join("; "),
    ]
}
