//! Locks that do not fail.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks; what somebody left behind who panicked is whole, for nothing here is changed in two steps.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
