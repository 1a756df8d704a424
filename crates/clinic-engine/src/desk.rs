//! Where the decider of a clinic is reached, and where its readers see what is committed.

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock, RwLock};

use clinic_domain::command::Person;
use clinic_domain::event::Recorded;
use clinic_domain::ids::{CommandId, Position, VisitId};
use clinic_domain::personal::Sealable as _;
use clinic_domain::time::{Millis, Timestamp};
use clinic_projections::views::Views;
use tokio::sync::{mpsc, oneshot, watch};
use uuid::Uuid;

use crate::error::{Broken, EngineError};
use crate::limits;
use crate::presence::Sign;
use crate::request::{Evidence, Receipt, Request};
use crate::sync::{read, write};

pub(crate) type Reply<T> = oneshot::Sender<Result<T, EngineError>>;

/// A request, and when it was handed in, by the steady clock; never, if a policy makes it.
#[derive(Debug)]
pub(crate) struct Wish {
    pub(crate) request: Request,
    pub(crate) handed_in: Option<Millis>,
}

/// What a decider is asked to do.
#[derive(Debug)]
pub(crate) enum Job {
    /// Decide a wish.
    Decide { wish: Box<Wish>, reply: Reply<Receipt> },
    /// Note that somebody gave a sign of life on a connection at an instant.
    Seen { who: Person, connection: Uuid, sign: Sign, at: Timestamp },
    /// Tell whether a command was granted before.
    Known(CommandId, Reply<bool>),
    /// Follow the log: others have written to it.
    Follow(Option<Reply<()>>),
    /// Know that the log counts the clinic among those that were due at an instant.
    Due(Timestamp),
    /// Do what is due, and tell when something is due next.
    Look(Reply<Option<Timestamp>>),
    /// Tell whether a wish would be granted, and record nothing.
    Judge { request: Box<Request>, reply: Reply<()> },
    /// Tell what a wish asks of each aggregate.
    Evidence { request: Box<Request>, reply: Reply<Evidence> },
}

/// What is committed, for readers.
#[derive(Debug, Default)]
pub(crate) struct Committed {
    views: RwLock<Views>,
    recent: RwLock<VecDeque<Arc<Recorded>>>,
    /// Why this node no longer serves the clinic.
    left: OnceLock<Broken>,
}

impl Committed {
    pub(crate) fn with<R>(&self, look: impl FnOnce(&Views) -> R) -> R {
        look(&read(&self.views))
    }

    /// The committed events right behind `after`, if they are recent enough to be kept.
    pub(crate) fn recent(&self, after: Position) -> Option<Vec<Arc<Recorded>>> {
        let recent = read(&self.recent);
        let first = recent.front()?.position;
        if after.next() < first {
            return None;
        }
        let skip = usize::try_from(after.next().0.saturating_sub(first.0)).unwrap_or(usize::MAX);
        Some(recent.iter().skip(skip).take(limits::PAGE).cloned().collect())
    }
}

/// The decider's end: it publishes what it has committed.
#[derive(Debug)]
pub(crate) struct Live {
    committed: Arc<Committed>,
    head: watch::Sender<Position>,
    ready: watch::Sender<bool>,
}

impl Live {
    /// Everything that the log held has been published once.
    pub(crate) fn caught_up(&self) {
        self.ready.send_replace(true);
    }

    /// Serves the clinic no more: whoever asks from now on is told why.
    pub(crate) fn leave(&self, why: Broken) {
        let _left_before = self.committed.left.set(why);
    }

    /// Whether it is served no more.
    pub(crate) fn left(&self) -> bool {
        self.committed.left.get().is_some()
    }

    /// Looks at what is shown.
    pub(crate) fn with<R>(&self, look: impl FnOnce(&Views) -> R) -> R {
        self.committed.with(look)
    }

    /// Shows a state that was saved, before anything else.
    pub(crate) fn restore(&self, views: Views) {
        let head = views.checkpoint().position;
        *write(&self.committed.views) = views;
        self.head.send_replace(head);
    }

    /// The last event that was shown, if any was since a state was restored.
    pub(crate) fn last(&self) -> Option<Arc<Recorded>> {
        read(&self.committed.recent).back().cloned()
    }

    /// A visit's sealed name, as long as the visit is among what is shown.
    pub(crate) fn name_of(&self, visit: VisitId) -> Option<String> {
        self.with(|views| views.census.card(visit)?.name.sealed().map(str::to_owned))
    }

    /// Shows committed events to readers: the views first, then the word that there is more.
    pub(crate) fn publish(&self, events: Vec<Arc<Recorded>>) {
        let Some(head) = events.last().map(|last| last.position) else { return };
        {
            let mut views = write(&self.committed.views);
            for recorded in &events {
                views.apply(recorded);
            }
        }
        {
            let mut recent = write(&self.committed.recent);
            recent.extend(events);
            let excess = recent.len().saturating_sub(limits::RECENT);
            recent.drain(..excess);
        }
        self.head.send_replace(head);
    }
}

/// The callers' end.
#[derive(Clone, Debug)]
pub(crate) struct Desk {
    pub(crate) jobs: mpsc::Sender<Job>,
    pub(crate) committed: Arc<Committed>,
    pub(crate) head: watch::Receiver<Position>,
    ready: watch::Receiver<bool>,
}

impl Desk {
    /// Whether what is shown here is the clinic, and not the beginning of reading it.
    pub(crate) fn is_ready(&self) -> bool {
        *self.ready.borrow()
    }

    /// Whether the clinic is served here; if not, why.
    pub(crate) fn serves(&self) -> Result<(), Broken> {
        self.committed.left.get().map_or(Ok(()), |why| Err(why.clone()))
    }

    /// Why nobody answers here any more.
    pub(crate) fn gone(&self) -> Broken {
        self.serves().err().unwrap_or(Broken::Stopped)
    }
}

/// A desk, and what its decider needs to work.
pub(crate) fn open() -> (Desk, Live, mpsc::Receiver<Job>) {
    let (jobs, inbox) = mpsc::channel(limits::QUEUE);
    let (sender, head) = watch::channel(Position::START);
    let (readied, ready) = watch::channel(false);
    let committed = Arc::new(Committed::default());
    let desk = Desk { jobs, committed: Arc::clone(&committed), head, ready };
    (desk, Live { committed, head: sender, ready: readied }, inbox)
}
