//! The clerk: the one thread that has the key store's file.

use std::io;
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};

use clinic_engine::ports::{KeyError, KeyId, LogError, VisitKey};
use tokio::sync::oneshot;

use super::Held;
use super::shelf::Shelf;
use crate::limits;
use crate::sync::lock;

type Reply<T, E> = oneshot::Sender<Result<T, E>>;

/// What the clerk is asked.
pub(super) enum Errand {
    /// To have keys ready; whoever needs one now waits for the answer.
    Refill(Option<Reply<(), LogError>>),
    Read(KeyId, Reply<Option<VisitKey>, KeyError>),
    Destroy(KeyId, Reply<(), KeyError>),
    Keep(Vec<(KeyId, Option<VisitKey>)>, Reply<(), LogError>),
}

/// The way to the clerk. When it is dropped, the file is closed.
pub(super) struct Clerk {
    errands: Option<mpsc::Sender<Errand>>,
    thread: Option<JoinHandle<()>>,
}

impl Clerk {
    pub(super) fn start(shelf: Shelf, held: Arc<Held>) -> io::Result<Self> {
        let (errands, asked) = mpsc::channel();
        let thread = thread::Builder::new().name("clinic-keys".to_owned());
        let thread = thread.spawn(move || work(shelf, &held, &asked))?;
        Ok(Self { errands: Some(errands), thread: Some(thread) })
    }

    pub(super) fn send(&self, errand: Errand) -> Result<(), LogError> {
        let errands = self.errands.as_ref().ok_or_else(stopped)?;
        errands.send(errand).map_err(|_| stopped())
    }

    pub(super) async fn ask<T, E: From<LogError>>(
        &self,
        errand: impl FnOnce(Reply<T, E>) -> Errand,
    ) -> Result<T, E> {
        let (reply, answer) = oneshot::channel();
        self.send(errand(reply))?;
        answer.await.unwrap_or_else(|_| Err(stopped().into()))
    }
}

impl Drop for Clerk {
    fn drop(&mut self) {
        self.errands = None;
        if let Some(thread) = self.thread.take() {
            // A clerk that panicked has said so on its own; there is nothing left to close.
            let _ = thread.join();
        }
    }
}

/// Runs errands until nobody can ask for more. Whoever no longer waits for an answer gets none.
fn work(mut shelf: Shelf, held: &Held, errands: &mpsc::Receiver<Errand>) {
    for errand in errands {
        match errand {
            Errand::Refill(reply) => {
                let refilled = refill(&mut shelf, held);
                if let Some(reply) = reply {
                    let _ = reply.send(refilled);
                }
            }
            Errand::Read(id, reply) => {
                let key = shelf.key(id);
                if let Ok(Some(key)) = &key {
                    lock(&held.recent).put(id, key.clone());
                }
                let _ = reply.send(key);
            }
            Errand::Destroy(id, reply) => {
                // First from memory: if the rest fails, the file says how far it came.
                lock(&held.recent).forget(id);
                let _ = reply.send(shelf.destroy(id));
            }
            Errand::Keep(keys, reply) => {
                let _ = reply.send(shelf.keep(&keys));
            }
        }
    }
}

/// Many may ask for one block: the first has it made, and the others find it there.
fn refill(shelf: &mut Shelf, held: &Held) -> Result<(), LogError> {
    if lock(&held.ready).len() > limits::KEYS_LOW {
        return Ok(());
    }
    let made = shelf.make(limits::KEYS_PER_BLOCK)?;
    lock(&held.ready).extend(made);
    Ok(())
}

fn stopped() -> LogError {
    LogError::Failed("the key store has stopped".to_owned())
}
