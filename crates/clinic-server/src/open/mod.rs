//! Opening a log that is kept, with what stands beside it. The one place that knows which store it is:
//! a file of [`sqlite`], or a database of [`postgres`].

mod keys;
mod moving;
mod postgres;
mod sqlite;

use std::fmt;
use std::sync::Arc;

use clinic_domain::event::Recorded;
use clinic_domain::ids::{ClinicId, Position};
use clinic_engine::Ports;
use clinic_engine::ports::{
    AccessLog, Batch, Clock as _, Credentials, EventLog, MemoryAccess, SystemClock,
};
use clinic_engine::sealing;
use clinic_interop::import::ImportSink;
use clinic_postgres::Founding;

use crate::cli::LogAddress;
use crate::failure::Failure;
use crate::show::verify::Check;
use crate::store::Store;

pub(crate) use moving::{Keys, Rows, Side, source};
pub(crate) use postgres::{rotate, there as postgres_there};
pub(crate) use sqlite::log_to_read as sqlite_to_read;

/// Opens a log to read it, also while others write to it. Nothing is made that is not there.
pub(crate) async fn to_read(address: &LogAddress) -> Result<Store, Failure> {
    match address {
        LogAddress::Memory => Err(keeps_nothing()),
        LogAddress::Sqlite(files) => sqlite::to_read(files).await,
        LogAddress::Postgres(log) => postgres::to_read(log).await,
    }
}

/// Has the store look for damage of its own kind, if it can.
pub(crate) async fn check(address: &LogAddress) -> Result<Option<Check>, Failure> {
    match address {
        LogAddress::Memory => Ok(None),
        LogAddress::Sqlite(files) => sqlite::check(files).await.map(Some),
        LogAddress::Postgres(log) => postgres::check(log).await.map(Some),
    }
}

/// The accounts of a log that is there, while servers may be at work.
pub(crate) async fn credentials(address: &LogAddress) -> Result<Arc<dyn Credentials>, Failure> {
    match address {
        LogAddress::Memory => Err(keeps_nothing()),
        LogAddress::Sqlite(files) => sqlite::credentials(files).await,
        LogAddress::Postgres(log) => postgres::credentials(log).await,
    }
}

/// The same, and where nobody has an account yet, a store for the first.
pub(crate) async fn credentials_or_new(
    address: &LogAddress,
) -> Result<Arc<dyn Credentials>, Failure> {
    match address {
        LogAddress::Memory => Err(keeps_nothing()),
        LogAddress::Sqlite(files) => sqlite::credentials_or_new(files).await,
        LogAddress::Postgres(log) => postgres::credentials(log).await,
    }
}

/// Opens a log to write to it, or makes it.
pub(crate) async fn to_write(address: &LogAddress) -> Result<Kept, Failure> {
    match address {
        LogAddress::Memory => Err(keeps_nothing()),
        LogAddress::Sqlite(files) => sqlite::to_write(files).map(Kept::Sqlite),
        LogAddress::Postgres(log) => postgres::to_write(log).await.map(Kept::Postgres),
    }
}

/// Opens a log that is there to write to it.
pub(crate) async fn to_go_on(address: &LogAddress) -> Result<Kept, Failure> {
    match address {
        LogAddress::Sqlite(files) => sqlite::to_go_on(files).map(Kept::Sqlite),
        LogAddress::Memory | LogAddress::Postgres(_) => to_write(address).await,
    }
}

/// Whether a log holds anything that was sealed with a key. It is read from the beginning, but only where
/// there are no keys, and no further than to the first such event.
async fn seals(log: &Arc<dyn EventLog>) -> Result<bool, Failure> {
    let store = Store::over(Ports { log: Arc::clone(log), ..Ports::in_memory() });
    for clinic in log.clinics().await? {
        let mut pages = store.pages(clinic, Position::START);
        while let Some(page) = pages.next().await? {
            if page.into_iter().any(|mut one| !sealing::keys_of(&mut one.event).is_empty()) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// What is said where something has to be kept.
pub(crate) fn keeps_nothing() -> Failure {
    let said =
        "memory: keeps nothing; say --log sqlite:PATH or --log postgres://USER@HOST/DATABASE";
    Failure::Usage(said.to_owned())
}

/// A log that is written to, until it is closed.
pub(crate) enum Kept {
    /// In a file, by this process alone.
    Sqlite(sqlite::Kept),
    /// In a database, beside other nodes.
    Postgres(postgres::Kept),
}

impl Kept {
    /// The log, and everything beside it that an engine needs.
    pub(crate) async fn ports(&self) -> Result<Ports, Failure> {
        match self {
            Self::Sqlite(kept) => kept.ports().await,
            Self::Postgres(kept) => kept.ports().await,
        }
    }

    /// Where readings of personal data are recorded.
    pub(crate) async fn access(&self) -> Result<Arc<dyn AccessLog>, Failure> {
        match self {
            Self::Sqlite(kept) => kept.access().await,
            Self::Postgres(kept) => kept.access().await,
        }
    }

    /// The log alone.
    fn log(&self) -> Arc<dyn EventLog> {
        match self {
            Self::Sqlite(kept) => kept.log(),
            Self::Postgres(kept) => kept.log(),
        }
    }

    /// All clinics that it has.
    pub(crate) async fn clinics(&self) -> Result<Vec<ClinicId>, Failure> {
        Ok(self.log().clinics().await?)
    }

    /// Where a clinic's log ends.
    pub(crate) async fn head(&self, clinic: ClinicId) -> Result<Position, Failure> {
        Ok(self.log().head(clinic).await?.position)
    }

    /// What a copy is made in.
    pub(crate) async fn side(&self) -> Result<Side, Failure> {
        match self {
            Self::Sqlite(kept) => kept.side().await,
            Self::Postgres(kept) => kept.side().await,
        }
    }

    /// Takes the events of a new clinic, all of them or none.
    pub(crate) fn sink(&self) -> Box<dyn ImportSink> {
        match self {
            Self::Sqlite(kept) => kept.sink(),
            Self::Postgres(kept) => kept.sink(),
        }
    }

    /// Keeps others from founding clinics here until what is returned is dropped. A log that is this process's
    /// alone needs none.
    pub(crate) async fn founding(&self) -> Result<Option<Founding>, Failure> {
        match self {
            Self::Sqlite(_) => Ok(None),
            Self::Postgres(kept) => Ok(Some(kept.founding().await?)),
        }
    }

    /// Refuses a name that a clinic of this log has: two of one name could not be told apart.
    pub(crate) async fn has_no_clinic(&self, name: &str) -> Result<(), Failure> {
        let log = self.log();
        let store = Store::over(Ports { log: Arc::clone(&log), ..Ports::in_memory() });
        for clinic in log.clinics().await? {
            if store.name(clinic).await?.is_some_and(|taken| taken.eq_ignore_ascii_case(name)) {
                let said = format!("{self} has a clinic \"{name}\" already: {clinic}");
                return Err(Failure::Usage(said));
            }
        }
        Ok(())
    }

    /// Stores what was played, as of now: each clinic of it as a whole or not at all. A day that was
    /// played is over, so nothing is due in it.
    pub(crate) async fn keep(&self, played: &Store) -> Result<Vec<(ClinicId, Position)>, Failure> {
        let (now, mut kept) = (SystemClock::new().now(), vec![]);
        for clinic in played.engine().clinics().await? {
            let (mut sink, mut pages) = (self.sink(), played.pages(clinic, Position::START));
            let mut expected = Position::START;
            while let Some(page) = pages.next().await? {
                let stored = |one| Arc::new(Recorded { recorded_at: now, ..one });
                let events: Vec<_> = page.into_iter().map(stored).collect();
                let last = events.last().map_or(expected, |last| last.position);
                sink.append(Batch { clinic, expected, events, next_due: None }).await?;
                expected = last;
            }
            sink.finish().await?;
            kept.push((clinic, expected));
        }
        Ok(kept)
    }

    /// Inserts the rows of events raw, each batch in a transaction of its own, where nobody's history is,
    /// and removes them. Gives the microseconds that inserting took.
    pub(crate) async fn insert_aside(
        &self,
        batches: Vec<Vec<Arc<Recorded>>>,
    ) -> Result<u64, Failure> {
        match self {
            Self::Sqlite(kept) => kept.insert_aside(batches).await,
            Self::Postgres(kept) => kept.insert_aside(batches).await,
        }
    }

    /// Reads every column of every event, and does nothing with it.
    pub(crate) async fn scan(&self) -> Result<Scanned, Failure> {
        match self {
            Self::Sqlite(kept) => kept.scan().await,
            Self::Postgres(kept) => kept.scan().await,
        }
    }

    /// Finishes the log and lets go of it.
    pub(crate) async fn close(self) -> Result<(), Failure> {
        match self {
            Self::Sqlite(kept) => kept.close().await,
            Self::Postgres(kept) => kept.close().await,
        }
    }
}

/// Where it is.
impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(kept) => fmt::Display::fmt(kept, f),
            Self::Postgres(kept) => fmt::Display::fmt(kept, f),
        }
    }
}

/// What a scan touched.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Scanned {
    /// Rows.
    pub(crate) events: u64,
    /// Bytes of their columns.
    pub(crate) bytes: u64,
}

/// A log that an engine works on, kept or not.
pub(crate) enum Opened {
    /// In this process's memory.
    Memory,
    /// In a store.
    Kept(Kept),
}

impl Opened {
    /// Opens a log to work on it, or makes it.
    pub(crate) async fn at(address: &LogAddress) -> Result<Self, Failure> {
        match address {
            LogAddress::Memory => Ok(Self::Memory),
            LogAddress::Sqlite(_) | LogAddress::Postgres(_) => {
                to_write(address).await.map(Self::Kept)
            }
        }
    }

    /// The log, and everything beside it that an engine needs.
    pub(crate) async fn ports(&self) -> Result<Ports, Failure> {
        match self {
            Self::Memory => Ok(Ports::in_memory()),
            Self::Kept(kept) => kept.ports().await,
        }
    }

    /// As [`Kept::founding`].
    pub(crate) async fn founding(&self) -> Result<Option<Founding>, Failure> {
        match self {
            Self::Memory => Ok(None),
            Self::Kept(kept) => kept.founding().await,
        }
    }

    /// Where readings of personal data are recorded.
    pub(crate) async fn access(&self) -> Result<Arc<dyn AccessLog>, Failure> {
        match self {
            Self::Memory => Ok(Arc::new(MemoryAccess::default())),
            Self::Kept(kept) => kept.access().await,
        }
    }

    /// Finishes the log and lets go of it.
    pub(crate) async fn close(self) -> Result<(), Failure> {
        match self {
            Self::Memory => Ok(()),
            Self::Kept(kept) => kept.close().await,
        }
    }
}
