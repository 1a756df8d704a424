//! What is recorded, event by event. Nothing is opened here: what is sealed is shown as it is stored.

use std::sync::Arc;

use clinic_domain::actor::Actor;
use clinic_domain::event::{Recorded, StreamId};
use clinic_domain::ids::{ClinicId, Position};
use clinic_engine::stored::Row;
use clinic_projections::directory::Directory;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::table::Align::{Left, Right};
use super::table::{Cell, cell, columns, list};
use super::words::WallClock;
use crate::choose::short;

/// What a log is shown with: names as they were held when things happened, but never a patient's.
pub(crate) struct Shown<'a> {
    /// The clinic's name.
    pub(crate) clinic: &'a str,
    /// The names of members and rooms.
    pub(crate) directory: &'a Directory,
    /// The clock on the wall.
    pub(crate) clock: &'a WallClock,
    /// In how many columns.
    pub(crate) width: u16,
}

impl Shown<'_> {
    /// For people: the ends of ids where there are no names.
    pub(crate) fn drawn(&self, events: &[Arc<Recorded>]) -> Vec<String> {
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
        let row = |recorded: &Arc<Recorded>| self.cells(recorded).map(cell).to_vec();
        let mut rows: Vec<Vec<Cell>> = events.iter().map(row).collect();
        if self.width < WIDE {
            // What follows from the rest makes room for it.
            header.remove(NO);
            for row in &mut rows {
                row.remove(NO);
            }
        }
        list(self.width, &header, rows)
    }

    /// For people who follow: each event by itself, for nobody knows how long the next one's words
    /// will be.
    pub(crate) fn line(&self, recorded: &Recorded) -> Vec<String> {
        const WIDTHS: [u16; 4] = [8, 22, 25, 21];
        let [position, time, stream, _, event, by, _] = self.cells(recorded);
        let rest = self.width.saturating_sub(WIDTHS.iter().sum());
        let [p, t, s, e] = WIDTHS;
        columns(&[(&position, p), (&time, t), (&stream, s), (&event, e), (&by, rest)])
    }

    fn cells(&self, recorded: &Recorded) -> [String; 7] {
        [
            recorded.position.to_string(),
            self.clock.moment(recorded.occurred_at),
            self.stream(recorded),
            recorded.sequence.to_string(),
            recorded.event.name().to_owned(),
            self.actor(recorded),
            short(recorded.cause.command_id.0),
        ]
    }

    fn stream(&self, recorded: &Recorded) -> String {
        let stream = recorded.event.stream();
        let named = match stream {
            StreamId::Clinic(_) => Some(self.clinic.to_owned()),
            StreamId::Room(id) => {
                let room = self.directory.room_at(id, recorded.position);
                room.map(|room| room.name.to_string())
            }
            StreamId::Visit(_) | StreamId::Transfer(_) => None,
        };
        format!("{} {}", stream.aggregate_type(), named.unwrap_or_else(|| short(stream.id())))
    }

    fn actor(&self, recorded: &Recorded) -> String {
        match &recorded.cause.actor {
            Actor::Member(id) => {
                let member = self.directory.member_at(*id, recorded.position);
                member.map_or_else(|| id.to_string(), |member| member.name.to_string())
            }
            Actor::Patient(_) => "the patient".to_owned(),
            Actor::Policy { name, version } => format!("policy {name} v{version}"),
            Actor::Import => "an import".to_owned(),
            Actor::Host => "the host".to_owned(),
        }
    }

    /// An event for a spreadsheet.
    pub(crate) fn record(&self, recorded: &Recorded, row: &Row<'_>) -> Vec<String> {
        vec![
            row.position.to_string(),
            row.occurred_at.to_string(),
            row.aggregate_type.to_owned(),
            row.aggregate_id.to_string(),
            row.sequence.to_string(),
            row.event_type.to_owned(),
            self.actor(recorded),
            recorded.cause.command_id.to_string(),
            row.payload.to_owned(),
        ]
    }
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

/// An event as programs read it: its columns as they are stored.
#[derive(Debug, Serialize)]
pub(crate) struct Envelope<'a> {
    clinic: ClinicId,
    position: Position,
    aggregate_type: &'a str,
    aggregate_id: Uuid,
    sequence: u64,
    event_type: &'a str,
    event_version: &'a str,
    occurred_at: String,
    recorded_at: String,
    payload: Value,
    metadata: Value,
}

impl<'a> Envelope<'a> {
    /// An event in its envelope.
    pub(crate) fn of(row: &Row<'a>) -> Result<Self, serde_json::Error> {
        Ok(Self {
            clinic: row.clinic,
            position: row.position,
            aggregate_type: row.aggregate_type,
            aggregate_id: row.aggregate_id,
            sequence: row.sequence,
            event_type: row.event_type,
            event_version: row.event_version,
            occurred_at: row.occurred_at.to_string(),
            recorded_at: row.recorded_at.to_string(),
            payload: serde_json::from_str(row.payload)?,
            metadata: serde_json::from_str(row.metadata)?,
        })
    }
}
