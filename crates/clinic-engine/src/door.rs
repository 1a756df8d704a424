//! Counts what comes to the doors, so that neither a script nor a guesser wears them out (case 32).
//! The counts are this node's own.

use clinic_domain::ids::{ClinicId, RoomId};
use clinic_domain::time::Millis;

use crate::error::EngineError;
use crate::limits;
use crate::throttle::{Counted, Counts, TooMany};

/// What is counted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Room(ClinicId, RoomId),
    Source(ClinicId, String),
    WrongPasscode(ClinicId, RoomId, Option<String>),
}

impl Counted for Key {
    fn limit(&self) -> usize {
        match self {
            Self::Room(..) => limits::CHECK_INS_PER_ROOM,
            Self::Source(..) => limits::CHECK_INS_PER_SOURCE,
            Self::WrongPasscode(..) => limits::WRONG_PASSCODES,
        }
    }
}

impl Key {
    fn what(&self) -> &'static str {
        match self {
            Self::Room(..) => "check-ins to this room",
            Self::Source(..) => "check-ins from one place",
            Self::WrongPasscode(..) => "wrong passcodes",
        }
    }
}

/// The counts of the last minute.
#[derive(Debug)]
pub(crate) struct Door {
    counts: Counts<Key>,
}

impl Default for Door {
    fn default() -> Self {
        Self { counts: Counts::new(limits::DOOR_WINDOW, limits::DOOR_KEYS) }
    }
}

impl Door {
    /// Counts a check-in from `source`, if it is known, unless there were too many or too many wrong passcodes.
    pub(crate) fn knock(
        &self,
        clinic: ClinicId,
        room: RoomId,
        source: Option<&str>,
        now: Millis,
    ) -> Result<(), EngineError> {
        let wrong = Key::WrongPasscode(clinic, room, source.map(str::to_owned));
        let source = source.map(|source| Key::Source(clinic, source.to_owned()));
        let counted = [Key::Room(clinic, room)].into_iter().chain(source).collect();
        let admitted = self.counts.admit(counted, &[wrong], now);
        admitted.map_err(|TooMany { key, retry_after }| {
            let (what, limit, window) = (key.what(), key.limit(), limits::DOOR_WINDOW);
            EngineError::Throttled { what, limit, window, retry_after }
        })
    }

    /// Counts a wrong passcode.
    pub(crate) fn wrong(&self, clinic: ClinicId, room: RoomId, source: Option<&str>, now: Millis) {
        self.counts.count(Key::WrongPasscode(clinic, room, source.map(str::to_owned)), now);
    }
}
