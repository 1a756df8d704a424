//! Deciding each row at its own time, and recording what is granted.
//!
//! The writer is to history what the engine's decider is to live commands: it keeps the state of the
//! clinic, decides a row on it, folds the events in and goes on. Nobody waits for an answer, so a
//! batch needs no undoing: what fails ends the import.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use clinic_domain::actor::{Actor, TokenHash};
use clinic_domain::command::{Action, CheckInForm, Command, Vouched};
use clinic_domain::event::Recorded;
use clinic_domain::ids::{ClinicId, CommandId, Fresh, Position, RoomId, VisitId};
use clinic_domain::personal::Personal;
use clinic_domain::refusal::Refusal;
use clinic_domain::room::{Room, RoomKind};
use clinic_domain::state::{ClinicState, Stamp};
use clinic_domain::text::{TextError, Title};
use clinic_domain::time::Timestamp;
use clinic_domain::visit::{Arrival, PatientVisit};
use clinic_engine::ports::{AppendError, Batch, Clock, Ids};
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

use super::history::History;
use super::kinds::Kind;
use super::problem::Cause;
use super::reason::Reason;
use super::reference::external_ref;
use super::row::Row;
use super::run::Options;
use super::shown;
use super::sink::ImportSink;
use super::slug::slug;
use crate::limits;

/// Writes one history.
pub(super) struct Writer<'w> {
    pub(super) options: &'w Options,
    pub(super) clock: &'w dyn Clock,
    pub(super) ids: &'w dyn Ids,
    pub(super) sink: &'w mut dyn ImportSink,
}

/// What was written.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Written {
    pub(super) granted: u64,
    pub(super) visits: u64,
    pub(super) rooms: u64,
    /// The last position.
    pub(super) position: Position,
}

impl Writer<'_> {
    /// Writes all rows that can be granted, and puts the others to the refusals. If there is none to
    /// grant, nothing is written: a clinic without a history is not founded.
    pub(super) async fn write(
        self,
        clinic: ClinicId,
        history: &mut History,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<Written, Cause> {
        let History { rows, left, first, rooms, refusals, .. } = history;
        let Some(first) = *first else { return Ok(Written::default()) };
        let mut draft = Draft {
            clock: self.clock,
            ids: self.ids,
            state: ClinicState::new(clinic),
            rooms: BTreeMap::new(),
            create_rooms: self.options.create_rooms,
            batch: vec![],
            written: Written::default(),
        };
        draft.found(self.options, first)?;
        if self.options.create_rooms {
            draft.open_rooms(rooms, first)?;
        }
        let mut seen = 0;
        for row in rows.items()? {
            let row = row?;
            match draft.take(&row) {
                Ok(()) => draft.written.granted += 1,
                Err(reason) => refusals.add(row.line, &reason)?,
            }
            seen += 1;
            if seen % limits::PROGRESS_ROWS == 0 || seen == *left {
                progress(seen, *left);
            }
            if draft.written.granted > 0 && draft.batch.len() >= limits::BATCH {
                draft.flush(self.sink).await?;
            }
        }
        if draft.written.granted == 0 {
            return Ok(Written::default());
        }
        draft.flush(self.sink).await?;
        Ok(Written { position: draft.state.head(), ..draft.written })
    }
}

/// The clinic as it is written.
struct Draft<'w> {
    clock: &'w dyn Clock,
    ids: &'w dyn Ids,
    state: ClinicState,
    rooms: BTreeMap<Title, RoomId>,
    create_rooms: bool,
    /// What has been decided and not been appended.
    batch: Vec<Arc<Recorded>>,
    written: Written,
}

impl Draft<'_> {
    fn found(&mut self, options: &Options, at: Timestamp) -> Result<(), Refusal> {
        let found = Action::FoundClinic {
            name: options.clinic_name.clone(),
            zone: options.zone.clone(),
            // Nobody acts in it any more, so it is its own, and may use nothing.
            owner_name: options.clinic_name.clone(),
            capabilities: BTreeSet::new(),
            external_ref: None,
        };
        self.decide(at, "clinic", 0, found).map(|_| ())
    }

    /// Opens them before anything happens, in order of their names.
    fn open_rooms(&mut self, names: &BTreeSet<Title>, at: Timestamp) -> Result<(), Refusal> {
        for (number, name) in (1..).zip(names) {
            let Some(slug) = slug(name.as_str(), |slug| self.state.room_at(slug).is_some()) else {
                continue;
            };
            let (kind, external_ref) = (RoomKind::Shared, None);
            let open =
                Action::OpenRoom { kind, name: name.clone(), slug: slug.clone(), external_ref };
            self.decide(at, "room", number, open)?;
            if let Some(room) = self.state.room_at(&slug) {
                self.rooms.insert(name.clone(), room);
                self.written.rooms += 1;
            }
        }
        Ok(())
    }

    /// Grants a row, or says why not.
    fn take(&mut self, row: &Row) -> Result<(), Reason> {
        let token = self.token(&row.visit);
        let visit = self.state.visit_of(&token);
        if visit.is_none() && row.kind != Kind::CheckIn {
            return Err(Reason::NotOpen { visit: row.visit.clone() });
        }
        self.came_from(visit, row.from.as_ref())?;
        let (action, what) = match (row.kind, visit) {
            (Kind::CheckIn, _) | (_, None) => {
                let to = self.room(row.to.as_ref())?;
                (Action::CheckIn(Box::new(form(row, to, token)?)), "check-in")
            }
            (Kind::Transfer, Some(visit)) => {
                let to = self.room(row.to.as_ref())?;
                (Action::Transfer { visit, to, note: None, seen: None }, "transfer")
            }
            (Kind::Close(ending), Some(visit)) => {
                (Action::CloseVisit { visit, reason: ending.reason(), seen: None }, "close")
            }
        };
        let what = || match &row.to {
            Some(to) => format!("{what} of visit {} to {}", shown(&row.visit), shown(to.as_str())),
            None => format!("{what} of visit {}", shown(&row.visit)),
        };
        match self.decide(row.at, "row", row.line, action) {
            Ok(0) => Err(Reason::NothingChanged { what: what() }),
            Ok(_) => {
                self.written.visits += u64::from(row.kind == Kind::CheckIn);
                Ok(())
            }
            Err(refusal) => Err(Reason::Clinic { what: what(), refusal }),
        }
    }

    /// A row that says where the visit was has to be right.
    fn came_from(&self, visit: Option<VisitId>, from: Option<&Title>) -> Result<(), Reason> {
        let Some(from) = from else { return Ok(()) };
        let visit = visit.and_then(|visit| self.state.visit(visit)).and_then(PatientVisit::open);
        let room = visit.and_then(|visit| self.state.room(visit.room)).and_then(Room::last);
        let room = room.map(|room| room.name.clone());
        if room.as_ref() == Some(from) {
            return Ok(());
        }
        Err(Reason::Elsewhere { from: from.clone(), room })
    }

    fn room(&self, name: Option<&Title>) -> Result<RoomId, Reason> {
        let empty = Reason::Text { field: "to", error: TextError::Empty };
        let name = name.ok_or(empty)?;
        let refused = if self.create_rooms { Reason::TooManyRooms } else { Reason::NotOpened };
        self.rooms.get(name).copied().ok_or_else(|| refused(name.clone()))
    }

    /// Decides what an import asks and takes what is granted in; how many events that were.
    fn decide(
        &mut self,
        at: Timestamp,
        what: &str,
        number: u64,
        action: Action,
    ) -> Result<usize, Refusal> {
        let id = self.digest(what, &number.to_be_bytes());
        let command = Command {
            id: CommandId(id_of(id)),
            actor: Actor::Import,
            at,
            fresh: Fresh(self.ids.mint(at)),
            action,
        };
        let events = self.state.decide(&command)?;
        let stamp = Stamp {
            recorded_at: self.clock.now(),
            // The whole import is one conversation.
            correlation_id: self.state.id().0,
            causation_id: None,
            clamped: None,
        };
        let recorded = self.state.record(&command, events, &stamp);
        for recorded in &recorded {
            self.state.evolve(recorded);
        }
        let count = recorded.len();
        self.batch.extend(recorded.into_iter().map(Arc::new));
        Ok(count)
    }

    async fn flush(&mut self, sink: &mut dyn ImportSink) -> Result<(), AppendError> {
        let Some(first) = self.batch.first() else { return Ok(()) };
        sink.append(Batch {
            clinic: self.state.id(),
            expected: Position(first.position.0.saturating_sub(1)),
            events: std::mem::take(&mut self.batch),
            // Nothing falls due in a history.
            next_due: None,
        })
        .await
    }

    /// What a visit of the file is found by. Nobody holds the token behind it.
    fn token(&self, visit: &str) -> TokenHash {
        TokenHash(self.digest("visit", visit.as_bytes()))
    }

    fn digest(&self, what: &str, which: &[u8]) -> [u8; 32] {
        let clinic = self.state.id().0;
        let digest = Sha256::new().chain_update("import").chain_update(clinic.as_bytes());
        digest.chain_update(what).chain_update([0]).chain_update(which).finalize().into()
    }
}

/// A command of an import has an id of its own wherever and whenever it is decided.
fn id_of(digest: [u8; 32]) -> Uuid {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Builder::from_custom_bytes(bytes).into_uuid()
}

/// A file has no names, and an import makes none up.
fn form(row: &Row, room: RoomId, token: TokenHash) -> Result<CheckInForm, Reason> {
    let external_ref =
        external_ref(row.patient.as_deref(), &row.visit).map_err(Reason::Reference)?;
    Ok(CheckInForm {
        room,
        token,
        name: Personal::Erased,
        reason: None,
        phone: None,
        arrival: Arrival::DropIn,
        consent: None,
        passcode: Vouched(None),
        external_ref: Some(external_ref),
    })
}
