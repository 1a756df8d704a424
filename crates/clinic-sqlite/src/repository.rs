//! The same streams for a stock `CqrsFramework`: a cqrs-es repository beside the engine.

use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use clinic_domain::event::{Event, StreamId};
use clinic_domain::ids::{ClinicId, CommandId, Position, RoomId, TransferId, VisitId};
use clinic_domain::time::Timestamp;
use clinic_engine::ports::{AppendError, Clock as _, LogError, SystemClock};
use clinic_engine::stored::{self, Row};
use cqrs_es::Aggregate;
use cqrs_es::persist::{
    PersistedEventRepository, PersistenceError, ReplayFeed, ReplayStream, SerializedEvent,
    SerializedSnapshot,
};
use serde_json::Value;
use uuid::Uuid;

use crate::error::Fault;
use crate::log::{Inner, SqliteLog};
use crate::writer::Work;
use crate::writer::batch::{Persist, StockEvent};
use crate::{clinics, limits, reads};

/// Reads and writes the streams of a log for stock cqrs-es.
///
/// Its events stand in the same order as the engine's and are found by their clinic: the metadata's
/// `clinic`, or the clinic of the stream's first event, or for a `Clinic` its own id. Whoever took
/// evidence for a command names its position in the metadata's `at_position`; if somebody else's
/// event stands behind it by then, the command has lost its race.
///
/// What is written here is stored as it is given. The steps of `Engine::evidence` hold personal data sealed;
/// whoever makes its own commands seals them by `clinic_engine::sealing::seal_step` first.
#[derive(Clone, Debug)]
pub struct SqliteEventRepository {
    log: Arc<Inner>,
    clock: SystemClock,
}

impl SqliteLog {
    /// A repository of this log. From now on the log counts as shared: others write beside the engine.
    #[must_use]
    pub fn repository(&self) -> SqliteEventRepository {
        self.inner.shared.store(true, Ordering::Release);
        SqliteEventRepository { log: Arc::clone(&self.inner), clock: SystemClock::new() }
    }
}

impl PersistedEventRepository for SqliteEventRepository {
    async fn get_events<A: Aggregate>(
        &self,
        aggregate_id: &str,
    ) -> Result<Vec<SerializedEvent>, PersistenceError> {
        self.get_last_events::<A>(aggregate_id, 0).await
    }

    async fn get_last_events<A: Aggregate>(
        &self,
        aggregate_id: &str,
        last_sequence: usize,
    ) -> Result<Vec<SerializedEvent>, PersistenceError> {
        let stream = stream_id(A::TYPE, aggregate_id)?;
        let read = self.log.readers.read(move |db| match reads::clinic_of(db, stream)? {
            Some(clinic) => reads::stream(db, clinic, stream, serialized),
            None => Ok(vec![]),
        });
        let mut events = read.await.map_err(unknown)?;
        events.drain(..last_sequence.min(events.len()));
        Ok(events)
    }

    /// None: states saved by cqrs-es 0.5 are folded twice (ADR 0006).
    async fn get_snapshot<A: Aggregate>(
        &self,
        _: &str,
    ) -> Result<Option<SerializedSnapshot>, PersistenceError> {
        Ok(None)
    }

    async fn persist<A: Aggregate>(
        &self,
        events: &[SerializedEvent],
        snapshot_update: Option<(String, Value, usize)>,
    ) -> Result<(), PersistenceError> {
        if snapshot_update.is_some() {
            return Err(unfit("this log keeps no snapshots of cqrs-es (ADR 0006)"));
        }
        let Some(first) = events.first() else { return Ok(()) };
        let clinic = self.clinic_of(first).await?;
        let events = events.iter().map(|event| stock_event(clinic, event));
        let persist = Persist {
            clinic,
            at_position: stated(first, "at_position")?.map(Position),
            command: stated::<Uuid>(first, "command_id")?.map(CommandId),
            now: self.clock.now(),
            events: events.collect::<Result<_, _>>()?,
        };
        let turn = self.log.turn(clinic).await;
        let writer = self.log.writer().map_err(unknown)?;
        writer.write(Work::Persist(persist), turn).await.map_err(|error| match error {
            AppendError::Conflict => PersistenceError::OptimisticLockError,
            AppendError::InDoubt(_) | AppendError::Failed(_) => unknown(error),
        })
    }

    async fn stream_events<A: Aggregate>(
        &self,
        aggregate_id: &str,
    ) -> Result<ReplayStream, PersistenceError> {
        let events = self.get_events::<A>(aggregate_id).await?;
        let (mut feed, stream) = ReplayStream::new(limits::PAGE);
        tokio::spawn(async move {
            for event in events {
                if feed.push(Ok(event)).await.is_err() {
                    return; // nobody reads on
                }
            }
        });
        Ok(stream)
    }

    async fn stream_all_events<A: Aggregate>(&self) -> Result<ReplayStream, PersistenceError> {
        let clinics = self.log.readers.read(clinics::ids).await.map_err(unknown)?;
        let (mut feed, stream) = ReplayStream::new(limits::PAGE);
        let log = Arc::clone(&self.log);
        tokio::spawn(async move {
            for clinic in clinics {
                match replay(&log, clinic, A::TYPE, &mut feed).await {
                    Ok(()) => {}
                    Err(Stop::NobodyReads) => return,
                    // A stream that broke off ends with an error, never as if it were whole.
                    Err(Stop::Failed(error)) => {
                        let _gone = feed.push(Err(unknown(error))).await;
                        return;
                    }
                }
            }
        });
        Ok(stream)
    }
}

/// Why a replay ended early.
enum Stop {
    NobodyReads,
    Failed(LogError),
}

/// Feeds the events of a clinic's aggregates of one type, in the order of their positions.
async fn replay(
    log: &Inner,
    clinic: ClinicId,
    aggregate_type: &'static str,
    feed: &mut ReplayFeed,
) -> Result<(), Stop> {
    let mut after = Position::START;
    loop {
        let page = log.readers.read(move |db| {
            let mut last = after;
            let events = reads::page(db, clinic, after, limits::PAGE, |row| {
                last = row.position;
                let ours = row.aggregate_type == aggregate_type;
                if ours { serialized(row).map(Some) } else { Ok(None) }
            })?;
            Ok((events, last))
        });
        let (events, last) = page.await.map_err(Stop::Failed)?;
        if last == after {
            return Ok(());
        }
        after = last;
        for event in events.into_iter().flatten() {
            feed.push(Ok(event)).await.map_err(|_| Stop::NobodyReads)?;
        }
    }
}

impl SqliteEventRepository {
    /// Whose event it is. A stream stays in the clinic in which it began.
    async fn clinic_of(&self, event: &SerializedEvent) -> Result<ClinicId, PersistenceError> {
        let stream = stream_id(&event.aggregate_type, &event.aggregate_id)?;
        let begun = self.log.readers.read(move |db| reads::clinic_of(db, stream)).await;
        let own = match stream {
            StreamId::Clinic(id) => Some(id),
            StreamId::Room(_) | StreamId::Visit(_) | StreamId::Transfer(_) => None,
        };
        let known = begun.map_err(unknown)?.or(own);
        match (known, stated(event, "clinic")?.map(ClinicId)) {
            (Some(known), Some(stated)) if known != stated => {
                Err(unfit(&format!("{stream} is of clinic {known}, not of {stated}")))
            }
            (Some(clinic), _) | (None, Some(clinic)) => Ok(clinic),
            (None, None) => {
                let why = "its first event has to name its clinic in the metadata, as \"clinic\"";
                Err(unfit(&format!("{stream} is new: {why}")))
            }
        }
    }
}

fn stream_id(aggregate_type: &str, aggregate_id: &str) -> Result<StreamId, PersistenceError> {
    let id = Uuid::from_str(aggregate_id)
        .map_err(|_| unfit(&format!("the id of a {aggregate_type} has to be a UUID")))?;
    match aggregate_type {
        "Clinic" => Ok(StreamId::Clinic(ClinicId(id))),
        "Room" => Ok(StreamId::Room(RoomId(id))),
        "PatientVisit" => Ok(StreamId::Visit(VisitId(id))),
        "Transfer" => Ok(StreamId::Transfer(TransferId(id))),
        other => Err(unfit(&format!("this log holds no {other}"))),
    }
}

/// What the metadata say under a key.
fn stated<T: FromStr>(event: &SerializedEvent, key: &str) -> Result<Option<T>, PersistenceError> {
    let Some(value) = event.metadata.get(key) else { return Ok(None) };
    let parsed = value.as_str().and_then(|text| text.parse().ok());
    parsed.map(Some).ok_or_else(|| unfit(&format!("the metadata's \"{key}\" cannot be read")))
}

/// An event to be stored. Whatever is stored can be read, so what could not be read is refused.
fn stock_event(clinic: ClinicId, event: &SerializedEvent) -> Result<StockEvent, PersistenceError> {
    let stream = stream_id(&event.aggregate_type, &event.aggregate_id)?;
    let sequence = u64::try_from(event.sequence).unwrap_or(u64::MAX);
    let (payload, metadata) = (event.payload.to_string(), event.metadata.to_string());
    let recorded = stored::decode(&Row {
        clinic,
        position: Position::START,
        aggregate_type: stream.aggregate_type(),
        aggregate_id: stream.id(),
        sequence,
        event_type: &event.event_type,
        event_version: &event.event_version,
        payload: &payload,
        metadata: &metadata,
        occurred_at: Timestamp(0),
        recorded_at: Timestamp(0),
    });
    let at = recorded.map_err(|error| PersistenceError::DeserializationError(error.into()))?;
    Ok(StockEvent {
        stream,
        sequence,
        event_type: event.event_type.clone(),
        event_version: event.event_version.clone(),
        payload,
        metadata,
        at: at.event.at(),
    })
}

/// An event as cqrs-es reads it, in its current form.
fn serialized(row: &Row<'_>) -> Result<SerializedEvent, Fault> {
    let recorded = stored::decode(row)?;
    let payload = match &recorded.event {
        Event::Clinic(_, event) => serde_json::to_value(event),
        Event::Room(_, event) => serde_json::to_value(event),
        Event::Visit(_, event) => serde_json::to_value(event),
        Event::Transfer(_, event) => serde_json::to_value(event),
    };
    let unreadable = |error: serde_json::Error| {
        Fault::Damage(format!("position {} of clinic {}: {error}", row.position, row.clinic))
    };
    Ok(SerializedEvent {
        aggregate_id: row.aggregate_id.to_string(),
        sequence: usize::try_from(row.sequence).unwrap_or(usize::MAX),
        aggregate_type: row.aggregate_type.to_owned(),
        event_type: recorded.event.name().to_owned(),
        event_version: recorded.event.version().to_owned(),
        payload: payload.map_err(unreadable)?,
        metadata: serde_json::from_str(row.metadata).map_err(unreadable)?,
    })
}

/// What a stock writer asks that this log does not do.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unfit(String);

fn unfit(why: &str) -> PersistenceError {
    unknown(Unfit(why.to_owned()))
}

fn unknown(error: impl std::error::Error + Send + Sync + 'static) -> PersistenceError {
    PersistenceError::UnknownError(Box::new(error))
}
