//! What is read: a day that was played just now, or a log that is kept.

use clinic_domain::ids::{ClinicId, Position};
use clinic_domain::time::Timestamp;
use clinic_engine::ports::Head;

use crate::choose::{Candidate, choose, only};
use crate::cli::{LogAddress, Reading};
use crate::day;
use crate::day::Kind;
use crate::failure::Failure;
use crate::limits;
use crate::open;
use crate::play::{Known, Player};
use crate::store::Store;

/// A log and what is known of it.
pub(crate) struct Source {
    /// The log.
    pub(crate) store: Store,
    /// What a day file calls what; nothing for a log that is kept.
    pub(crate) known: Known,
    /// Where the clock of a played day stands; none for a log that is kept.
    stands: Option<Timestamp>,
}

impl Source {
    /// Plays the day that is to be read, or opens the log.
    pub(crate) async fn open(reading: &Reading, log: &LogAddress) -> Result<Self, Failure> {
        let day = match (&reading.day, log) {
            (Some(file), _) => day::load(Some(file))?,
            (None, LogAddress::Memory) => day::load(None)?,
            (None, LogAddress::Sqlite(_) | LogAddress::Postgres(_)) => {
                let (store, known) = (open::to_read(log).await?, Known::default());
                return Ok(Self { store, known, stands: None });
            }
        };
        let mut player = Player::counted(&day);
        player.play_all(&day).await?;
        let stands = Some(player.now());
        let (store, known) = player.into_known();
        Ok(Self { store, known, stands })
    }

    /// Whether it is a log that is kept.
    pub(crate) fn is_kept(&self) -> bool {
        self.stands.is_none()
    }

    /// The clinic that is meant, or the only one.
    pub(crate) async fn clinic(&self, wanted: Option<&str>) -> Result<ClinicId, Failure> {
        clinic(&self.store, &self.known, wanted).await
    }

    /// The instant at which a clinic is read. A clinic whose last event was recorded as it happened
    /// is live: there it is what the machine's clock shows. One that was recorded later, by an
    /// import or from a day file, is history and stands still at its last event.
    pub(crate) async fn now(&self, clinic: ClinicId, head: Head) -> Result<Timestamp, Failure> {
        if let Some(stands) = self.stands {
            return Ok(stands);
        }
        let before = Position(head.position.0.saturating_sub(1));
        let last = self.store.ports().log.read(clinic, before, 1).await?.pop();
        let live = last.is_some_and(|last| {
            let (recorded, occurred) = (last.recorded_at, last.occurred_at);
            recorded.since(occurred).max(occurred.since(recorded)) <= limits::RECORDED_LIVE
        });
        let clock = self.store.ports().clock.now();
        Ok(if live { clock.max(head.occurred_at) } else { head.occurred_at })
    }
}

/// The clinics of a log.
pub(crate) async fn clinics(store: &Store, known: &Known) -> Result<Vec<Candidate>, Failure> {
    let mut candidates = vec![];
    for clinic in store.engine().clinics().await? {
        let handles = known.handles(Kind::Clinic, clinic.0).map(ToString::to_string);
        let called = handles.chain(store.name(clinic).await?).collect();
        candidates.push(Candidate { id: clinic.0, called, told_by: String::new() });
    }
    Ok(candidates)
}

/// The clinic that is meant, or the only one.
pub(crate) async fn clinic(
    store: &Store,
    known: &Known,
    wanted: Option<&str>,
) -> Result<ClinicId, Failure> {
    let clinics = clinics(store, known).await?;
    let chosen = match wanted {
        Some(wanted) => choose("clinic", wanted, &clinics)?,
        None => only("clinic", "--clinic", &clinics)?,
    };
    Ok(ClinicId(chosen))
}
