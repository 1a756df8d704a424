//! Keys that were used not long ago.

use std::collections::HashMap;
use std::mem;

use clinic_engine::ports::{KeyId, VisitKey};

use crate::limits;

/// At most [`limits::KEYS_IN_MEMORY`] keys, in two halves. When the younger half is full, the older
/// one is dropped and the younger takes its place; a key that is used moves to the younger half.
#[derive(Default)]
pub(super) struct Recent {
    younger: HashMap<KeyId, VisitKey>,
    older: HashMap<KeyId, VisitKey>,
}

impl Recent {
    pub(super) fn get(&mut self, id: KeyId) -> Option<VisitKey> {
        if let Some(key) = self.younger.get(&id) {
            return Some(key.clone());
        }
        let key = self.older.remove(&id)?;
        self.put(id, key.clone());
        Some(key)
    }

    pub(super) fn put(&mut self, id: KeyId, key: VisitKey) {
        if self.younger.len() >= limits::KEYS_IN_MEMORY / 2 {
            self.older = mem::take(&mut self.younger);
        }
        self.younger.insert(id, key);
    }

    pub(super) fn forget(&mut self, id: KeyId) {
        self.younger.remove(&id);
        self.older.remove(&id);
    }
}
