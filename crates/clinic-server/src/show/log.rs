//! What is recorded, event by event.

use clinic_domain::actor::Actor;
use clinic_domain::event::{Cause, Event, Recorded};
use clinic_domain::ids::{ClinicId, Position};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::table::Align::{Left, Right};
use super::table::{Cell, cell, list};
use super::words::WallClock;
use crate::play::Known;

/// For people: names where there are any, and the end of each command's id.
pub(crate) fn drawn(
    events: &[Recorded],
    known: &Known,
    clock: &WallClock,
    width: u16,
) -> Vec<String> {
    const NO: usize = 3;
    const WIDE: u16 = 90;
    let mut header = vec![
        ("log", Right),
        ("time", Left),
        ("stream", Left),
        ("no.", Right),
        ("event", Left),
        ("by", Left),
        ("command", Left),
    ];
    let row = |recorded: &Recorded| -> Vec<Cell> {
        vec![
            cell(recorded.position),
            cell(clock.moment(recorded.occurred_at)),
            cell(stream(recorded, known)),
            cell(recorded.sequence),
            cell(recorded.event.name()),
            cell(actor(&recorded.cause.actor, known)),
            cell(short(recorded.cause.command_id.0)),
        ]
    };
    let mut rows: Vec<Vec<Cell>> = events.iter().map(row).collect();
    if width < WIDE {
        // What follows from the rest makes room for it.
        header.remove(NO);
        for row in &mut rows {
            row.remove(NO);
        }
    }
    list(width, &header, rows)
}

fn stream(recorded: &Recorded, known: &Known) -> String {
    let stream = recorded.event.stream();
    let named = known.name(stream.id()).map_or_else(|| short(stream.id()), str::to_owned);
    format!("{} {named}", stream.aggregate_type())
}

fn actor(actor: &Actor, known: &Known) -> String {
    match actor {
        Actor::Member(id) => known.name(id.0).map_or_else(|| id.to_string(), str::to_owned),
        Actor::Patient(_) => "the patient".to_owned(),
        Actor::Policy { name, version } => format!("policy {name} v{version}"),
        Actor::Import => "an import".to_owned(),
        Actor::Host => "the host".to_owned(),
    }
}

/// The end of an id: its beginning is the time, which all have in common.
fn short(id: Uuid) -> String {
    let hex = id.simple().to_string();
    hex.chars().skip(hex.len() - 8).collect()
}

/// The columns of the log's CSV.
pub(crate) const COLUMNS: [&str; 9] = [
    "position",
    "occurred_at",
    "aggregate_type",
    "aggregate_id",
    "sequence",
    "event_type",
    "actor",
    "command_id",
    "payload",
];

/// The log for a spreadsheet.
pub(crate) fn records(events: &[Recorded], known: &Known) -> Vec<Vec<String>> {
    let record = |recorded: &Recorded| {
        let stream = recorded.event.stream();
        vec![
            recorded.position.to_string(),
            recorded.occurred_at.to_string(),
            stream.aggregate_type().to_owned(),
            stream.id().to_string(),
            recorded.sequence.to_string(),
            recorded.event.name().to_owned(),
            actor(&recorded.cause.actor, known),
            recorded.cause.command_id.to_string(),
            payload(&recorded.event).to_string(),
        ]
    };
    events.iter().map(record).collect()
}

/// An event as programs read it: the envelope, and the payload as it is stored.
#[derive(Debug, Serialize)]
pub(crate) struct Envelope<'a> {
    clinic: ClinicId,
    position: Position,
    aggregate_type: &'static str,
    aggregate_id: Uuid,
    sequence: u64,
    event_type: &'static str,
    event_version: &'static str,
    occurred_at: String,
    recorded_at: String,
    payload: Value,
    metadata: &'a Cause,
}

impl<'a> Envelope<'a> {
    /// An event in its envelope.
    pub(crate) fn of(recorded: &'a Recorded) -> Self {
        let stream = recorded.event.stream();
        Self {
            clinic: recorded.clinic,
            position: recorded.position,
            aggregate_type: stream.aggregate_type(),
            aggregate_id: stream.id(),
            sequence: recorded.sequence,
            event_type: recorded.event.name(),
            event_version: recorded.event.version(),
            occurred_at: recorded.occurred_at.to_string(),
            recorded_at: recorded.recorded_at.to_string(),
            payload: payload(&recorded.event),
            metadata: &recorded.cause,
        }
    }
}

fn payload(event: &Event) -> Value {
    match event {
        Event::Clinic(_, event) => json!(event),
        Event::Room(_, event) => json!(event),
        Event::Visit(_, event) => json!(event),
        Event::Transfer(_, event) => json!(event),
    }
}
