//! What waits for one reader: bounded in messages and in bytes. Nobody waits for its reader; who is too far
//! behind is let go.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::sync::mpsc;

use super::message::Message;
use crate::{figures, limits};

/// A queue that begins with what was missed.
pub(super) fn queue(missed: Vec<Arc<Message>>) -> (Sender, Receiver) {
    let (sender, live) = mpsc::channel(limits::STREAM_QUEUE);
    let state = Arc::new(State::default());
    let sender = Sender { sender, state: Arc::clone(&state) };
    (sender, Receiver { missed: missed.into(), live, state })
}

#[derive(Debug, Default)]
struct State {
    bytes: AtomicUsize,
    slow: AtomicBool,
}

/// The hub's end.
pub(super) struct Sender {
    sender: mpsc::Sender<Arc<Message>>,
    state: Arc<State>,
}

impl Sender {
    /// Hands a message over; whether the reader is still there, and quick enough.
    pub(super) fn hand(&self, message: &Arc<Message>) -> bool {
        if self.is_gone() {
            return false;
        }
        let waits = self.state.bytes.fetch_add(message.bytes(), Ordering::Relaxed);
        let fits =
            waits == 0 || waits.saturating_add(message.bytes()) <= limits::STREAM_QUEUE_BYTES;
        let handed = fits && self.sender.try_send(Arc::clone(message)).is_ok();
        if !handed {
            self.state.slow.store(true, Ordering::Relaxed);
            figures::slow_reader();
        }
        handed
    }

    /// Whether the reader has gone.
    pub(super) fn is_gone(&self) -> bool {
        self.sender.is_closed()
    }
}

/// The reader's end.
pub(super) struct Receiver {
    missed: VecDeque<Arc<Message>>,
    live: mpsc::Receiver<Arc<Message>>,
    state: Arc<State>,
}

impl Receiver {
    /// The next message; none when the hub has let the reader go, or has gone. Safe to cancel.
    pub(super) async fn next(&mut self) -> Option<Arc<Message>> {
        if let Some(missed) = self.missed.pop_front() {
            return Some(missed);
        }
        let message = self.live.recv().await?;
        self.state.bytes.fetch_sub(message.bytes(), Ordering::Relaxed);
        Some(message)
    }

    /// Whether the hub has let the reader go because it was slow.
    pub(super) fn was_slow(&self) -> bool {
        self.state.slow.load(Ordering::Relaxed)
    }
}
