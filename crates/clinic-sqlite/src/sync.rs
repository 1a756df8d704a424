//! Locks and blocking work.

use std::sync::{Mutex, MutexGuard, PoisonError};

pub(crate) use clinic_engine::blocking;

/// Locks what is changed in whole steps only, so that a panic elsewhere does not poison it.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
