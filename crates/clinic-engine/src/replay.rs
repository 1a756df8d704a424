//! Folding a stretch of a clinic's log where it is read: an event is decoded, folded and gone before
//! the next, so that it never leaves the cache of the core that works on it.

use clinic_domain::event::Recorded;
use clinic_domain::ids::{ClinicId, Position};
use tokio::sync::oneshot;

use crate::ports::{EventLog, LogError};

/// Folds every event behind `after` up to and including `until` into `state`, in order, on the thread
/// that reads them. Several clinics are folded at once by asking for each in a task of its own.
///
/// # Errors
/// If the log fails, or ends before `until`.
pub async fn replay<S: Send + 'static>(
    log: &dyn EventLog,
    clinic: ClinicId,
    (after, until): (Position, Position),
    state: S,
    mut fold: impl FnMut(&mut S, &Recorded) + Send + 'static,
) -> Result<S, LogError> {
    let (back, folded) = oneshot::channel();
    let mut carried = Carried { state: Some(state), back: Some(back) };
    let take = move |recorded: &Recorded| {
        if let Some(state) = &mut carried.state {
            fold(state, recorded);
        }
        // Nobody waits for what is folded any more: the rest need not be read.
        carried.back.as_ref().is_some_and(|back| !back.is_closed())
    };
    log.each(clinic, after, until, Box::new(take)).await?;
    folded.await.map_err(|_| LogError::Failed("what was folded is lost".to_owned()))
}

/// A state on another thread. It comes back when the fold is dropped, and that is when it is done.
struct Carried<S> {
    state: Option<S>,
    back: Option<oneshot::Sender<S>>,
}

impl<S> Drop for Carried<S> {
    fn drop(&mut self) {
        if let (Some(state), Some(back)) = (self.state.take(), self.back.take()) {
            let _gone = back.send(state);
        }
    }
}
