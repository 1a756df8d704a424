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
    /// Counts the keys that were destroyed here.
    destroyed: u64,
}

/// When a key was asked for: what happened since may not be known to the answer.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    at: Millis,
    destroyed: u64,
}

impl Recent {
    /// A key that was read not long before `now`, by the steady clock; or else from when it is asked for.
    pub(super) fn get(&self, id: KeyId, now: Millis) -> Result<VisitKey, Asked> {
        let known = self.keys.get(&id).filter(|(_, read)| is_fresh(*read, now));
        let asked = Asked { at: now, destroyed: self.destroyed };
        known.map(|(key, _)| key.clone()).ok_or(asked)
    }

    /// Keeps a key that nobody else has.
    pub(super) fn put(&mut self, id: KeyId, key: VisitKey, now: Millis) {
        if self.keys.len() >= limits::KEYS_IN_MEMORY {
            self.keys.retain(|_, (_, kept)| is_fresh(*kept, now));
        }
        // All were used within moments: then it is as well to read them again.
        if self.keys.len() >= limits::KEYS_IN_MEMORY {
            self.keys.clear();
        }
        self.keys.insert(id, (key, now));
    }

    /// Keeps a key that was read, unless one was destroyed here while it was read: it may be this one.
    pub(super) fn put_read(&mut self, id: KeyId, key: VisitKey, asked: Asked) {
        if self.destroyed == asked.destroyed {
            self.put(id, key, asked.at);
        }
    }

    /// Forgets a key that was destroyed.
    pub(super) fn forget(&mut self, id: KeyId) {
        self.destroyed = self.destroyed.wrapping_add(1);
        self.keys.remove(&id);
    }
}

fn is_fresh(read: Millis, now: Millis) -> bool {
    now.0.saturating_sub(read.0) < limits::KEY_IN_MEMORY.0
}
