//! Counts what comes to the doors, so that neither a script nor a guesser wears them out (case 32).
//! The counts are this node's own.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;

use clinic_domain::ids::{ClinicId, RoomId};
use clinic_domain::time::Millis;

use crate::error::EngineError;
use crate::limits;
use crate::sync::lock;

/// What is counted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Room(ClinicId, RoomId),
    Source(ClinicId, String),
    WrongPasscode(ClinicId, RoomId, Option<String>),
}

impl Key {
    fn limit(&self) -> (&'static str, usize) {
        match self {
            Self::Room(..) => ("check-ins to this room", limits::CHECK_INS_PER_ROOM),
            Self::Source(..) => ("check-ins from one place", limits::CHECK_INS_PER_SOURCE),
            Self::WrongPasscode(..) => ("wrong passcodes", limits::WRONG_PASSCODES),
        }
    }
}

/// The counts of the last minute.
#[derive(Debug, Default)]
pub(crate) struct Door {
    seen: Mutex<BTreeMap<Key, VecDeque<Millis>>>,
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
        let counted: Vec<Key> = [Key::Room(clinic, room)].into_iter().chain(source).collect();
        let mut seen = lock(&self.seen);
        for key in counted.iter().chain([&wrong]) {
            within(&mut seen, key, now)?;
        }
        for key in counted {
            seen.entry(key).or_default().push_back(now);
        }
        make_room(&mut seen);
        Ok(())
    }

    /// Counts a wrong passcode.
    pub(crate) fn wrong(&self, clinic: ClinicId, room: RoomId, source: Option<&str>, now: Millis) {
        let key = Key::WrongPasscode(clinic, room, source.map(str::to_owned));
        lock(&self.seen).entry(key).or_default().push_back(now);
    }
}

type Seen = BTreeMap<Key, VecDeque<Millis>>;

fn within(seen: &mut Seen, key: &Key, now: Millis) -> Result<(), EngineError> {
    let Some(times) = seen.get_mut(key) else { return Ok(()) };
    let window = limits::DOOR_WINDOW;
    while times.front().is_some_and(|at| at.plus(window) <= now) {
        times.pop_front();
    }
    let (what, limit) = key.limit();
    match times.front() {
        Some(first) if times.len() >= limit => {
            let retry_after = Millis(first.plus(window).0.saturating_sub(now.0));
            Err(EngineError::Throttled { what, limit, window, retry_after })
        }
        Some(_) => Ok(()),
        None => {
            seen.remove(key);
            Ok(())
        }
    }
}

fn make_room(seen: &mut Seen) {
    while seen.len() > limits::DOOR_KEYS {
        let idlest = seen.iter().min_by_key(|(_, times)| times.back().copied());
        let Some(idlest) = idlest.map(|(key, _)| key.clone()) else { return };
        seen.remove(&idlest);
    }
}
