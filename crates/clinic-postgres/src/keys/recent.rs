//! Keys that were used a moment ago.

use std::collections::HashMap;

use clinic_domain::time::Millis;
use clinic_engine::ports::{KeyId, VisitKey};

use crate::limits;

/// At most [`limits::KEYS_IN_MEMORY`] keys, none for longer than [`limits::KEY_IN_MEMORY`]: another node may
/// destroy one, and nothing tells this one.
#[derive(Default)]
pub(super) struct Recent {
    keys: HashMap<KeyId, (VisitKey, Millis)>,
}

impl Recent {
    /// A key that was read not long before `now`, by the steady clock.
    pub(super) fn get(&self, id: KeyId, now: Millis) -> Option<VisitKey> {
        self.keys.get(&id).filter(|(_, read)| is_fresh(*read, now)).map(|(key, _)| key.clone())
    }

    /// Keeps a key that was asked for at `read`: what happened since may not be known to the answer.
    pub(super) fn put(&mut self, id: KeyId, key: VisitKey, read: Millis) {
        if self.keys.len() >= limits::KEYS_IN_MEMORY {
            self.keys.retain(|_, (_, kept)| is_fresh(*kept, read));
        }
        // All were used within moments: then it is as well to read them again.
        if self.keys.len() >= limits::KEYS_IN_MEMORY {
            self.keys.clear();
        }
        self.keys.insert(id, (key, read));
    }

    pub(super) fn forget(&mut self, id: KeyId) {
        self.keys.remove(&id);
    }
}

fn is_fresh(read: Millis, now: Millis) -> bool {
    now.0.saturating_sub(read.0) < limits::KEY_IN_MEMORY.0
}
