//! The story of one visit, and how long it did what in which room.

use clinic_domain::text::ExternalRef;
use clinic_domain::time::Timestamp;
use clinic_projections::directory::Directory;
use clinic_projections::stay::Parts;
use clinic_projections::timeline::{Line, Timeline};
use serde::Serialize;

use super::table::Align::{Left, Right};
use super::table::{Cell, cell, columns, list};
use super::words::{WallClock, called, personal, quoted};

/// For people: the story, then the stays and their sum.
pub(crate) fn drawn(
    timeline: &Timeline,
    external_ref: Option<&ExternalRef>,
    directory: &Directory,
    clock: &WallClock,
    width: u16,
) -> Vec<String> {
    let name = timeline.name.as_ref().map(|name| called(name, external_ref));
    let name = name.unwrap_or_else(|| "somebody".to_owned());
    let mut lines = columns(&[(&format!("The visit of {name}"), width)]);
    let header = [("time", Left), ("room", Left), ("what happened", Left), ("log", Right)];
    lines.extend(list(width, &header, timeline.lines.iter().map(|line| told(line, clock))));
    lines.push("How long it did what; the parts sum to the whole".to_owned());
    let header = [
        ("room", Left),
        ("from", Left),
        ("waiting", Right),
        ("on hold", Right),
        ("offline", Right),
        ("in call", Right),
        ("in all", Right),
    ];
    let stays = timeline.stays.iter().map(|stay| {
        let room = directory.room_at(stay.room, stay.began);
        let room = room.map_or_else(|| stay.room.to_string(), |room| room.name.to_string());
        let begin = [room, clock.moment(stay.from)].map(cell);
        begin.into_iter().chain(spans(&stay.parts(clock.now()))).collect()
    });
    let whole = ["in all", ""].map(cell).into_iter();
    let whole: Vec<Cell> = whole.chain(spans(&timeline.parts(clock.now()))).collect();
    lines.extend(list(width, &header, stays.chain([whole])));
    lines
}

fn spans(parts: &Parts) -> [Cell; 5] {
    [parts.waiting, parts.on_hold, parts.offline, parts.in_call, parts.whole()].map(cell)
}

fn told(line: &Line, clock: &WallClock) -> Vec<Cell> {
    let room = line.room_name.as_ref().map(ToString::to_string).unwrap_or_default();
    let note = line.note.as_ref().map(quoted);
    let what = std::iter::once(line.sentence.clone()).chain(note).collect();
    let last = line.followed_by.last().map(|last| format!("-{last}")).unwrap_or_default();
    vec![cell(clock.moment(line.at)), cell(room), what, cell(format!("{}{last}", line.position))]
}

/// The columns of a timeline's CSV.
pub(crate) const COLUMNS: [&str; 7] =
    ["position", "at", "room", "event", "who", "sentence", "note"];

/// The story's lines for a spreadsheet.
pub(crate) fn records(timeline: &Timeline) -> Vec<Vec<String>> {
    let record = |line: &Line| {
        vec![
            line.position.to_string(),
            line.at.to_string(),
            line.room_name.as_ref().map(ToString::to_string).unwrap_or_default(),
            line.event.to_owned(),
            line.who.to_string(),
            line.sentence.clone(),
            line.note.as_ref().map(personal).unwrap_or_default(),
        ]
    };
    timeline.lines.iter().map(record).collect()
}

/// A timeline as programs read it.
#[derive(Debug, Serialize)]
pub(crate) struct Document<'a> {
    timeline: &'a Timeline,
    now: String,
    parts_ms: Parts,
}

impl<'a> Document<'a> {
    /// A timeline, read at `now`.
    pub(crate) fn of(timeline: &'a Timeline, now: Timestamp) -> Self {
        Self { timeline, now: now.to_string(), parts_ms: timeline.parts(now) }
    }
}
