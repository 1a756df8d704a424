//! One task for each clinic that has open streams: it follows the log, renders each message once and
//! hands it to those whom it concerns. It waits for nobody: who does not read is let go, and goes on
//! later behind the last message that was read.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use clinic_domain::event::Recorded;
use clinic_domain::ids::{ClinicId, Position, RoomId, VisitId};
use clinic_domain::time::Timestamp;
use clinic_engine::{AsOf, Engine, EngineError, Feed};
use clinic_projections::census::Census;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::message::Message;
use super::queue::{Receiver, Sender, queue};
use super::seats::Seats;
use super::touched::{Concern, Touched};
use crate::reads::Row;
use crate::{Problem, limits};

/// What a stream is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Topic {
    /// A room's board.
    Room(RoomId),
    /// A visit, for its patient.
    Visit(VisitId),
    /// Everything.
    Clinic,
}

/// Behind what a stream goes on.
#[derive(Clone, Debug)]
pub(super) enum After {
    /// A position; none: from now on.
    Position(Option<Position>),
    /// What a patient was last shown, if anything.
    Shown(Option<String>),
}

struct Subscribe {
    topic: Topic,
    after: After,
    reply: oneshot::Sender<Receiver>,
}

/// The hubs of all clinics that somebody follows. Clones share them.
#[derive(Clone, Debug)]
pub(crate) struct Hubs {
    of: Arc<Mutex<BTreeMap<ClinicId, mpsc::Sender<Subscribe>>>>,
    stop: Arc<watch::Sender<bool>>,
    pub(crate) seats: Seats,
}

impl Default for Hubs {
    fn default() -> Self {
        let (stop, _) = watch::channel(false);
        Self { of: Arc::default(), stop: Arc::new(stop), seats: Seats::default() }
    }
}

impl Hubs {
    /// Ends all streams, each behind a cursor at which it goes on elsewhere.
    pub(crate) fn end(&self) {
        self.stop.send_replace(true);
    }

    pub(crate) fn stopping(&self) -> watch::Receiver<bool> {
        self.stop.subscribe()
    }

    /// Begins to follow a topic.
    pub(super) async fn subscribe(
        &self,
        engine: &Engine,
        clinic: ClinicId,
        topic: Topic,
        after: After,
    ) -> Result<Receiver, Problem> {
        // A hub that nobody reads from goes away, perhaps right when somebody comes: then a new one.
        for _ in 0..2 {
            let (reply, subscribed) = oneshot::channel();
            let asked = Subscribe { topic, after: after.clone(), reply };
            if self.hub(engine, clinic).send(asked).await.is_ok()
                && let Ok(queue) = subscribed.await
            {
                return Ok(queue);
            }
        }
        Err(Problem::unavailable())
    }

    fn hub(&self, engine: &Engine, clinic: ClinicId) -> mpsc::Sender<Subscribe> {
        let mut of = self.of.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(hub) = of.get(&clinic).filter(|hub| !hub.is_closed()) {
            return hub.clone();
        }
        let (sender, inbox) = mpsc::channel(limits::STREAM_QUEUE);
        of.insert(clinic, sender.clone());
        let engine = engine.clone();
        tokio::spawn(async move {
            // Where the log fails, those who wait are told to come back.
            if let Ok(hub) = Hub::begin(engine, clinic).await {
                hub.run(inbox).await;
            }
        });
        sender
    }
}

/// One clinic's hub.
struct Hub {
    engine: Engine,
    clinic: ClinicId,
    census: Census,
    feed: Feed,
    readers: BTreeMap<Topic, Vec<Subscriber>>,
    /// What each patient was last shown who reads.
    shown: BTreeMap<VisitId, Arc<Message>>,
    past: Past,
    checks: Interval,
    idle: u32,
}

/// A reader.
struct Subscriber {
    /// Messages up to here are not for it: it has had them.
    after: Position,
    queue: Sender,
}

/// The messages of the last events, for those who come back.
#[derive(Default)]
struct Past {
    /// Everything behind this position is here.
    since: Position,
    messages: VecDeque<Kept>,
    bytes: usize,
}

/// A message that is kept.
struct Kept {
    topic: Topic,
    message: Arc<Message>,
    /// When it was rendered, with what is personal opened.
    at: Timestamp,
}

impl Past {
    fn keep(&mut self, topic: Topic, message: Arc<Message>, at: Timestamp) {
        self.bytes = self.bytes.saturating_add(message.bytes());
        self.messages.push_back(Kept { topic, message, at });
        while self.bytes > limits::STREAM_PAST_BYTES {
            self.forget_oldest();
        }
    }

    /// Forgets what was rendered long ago: who is erased is not shown for longer.
    fn forget_old(&mut self, now: Timestamp) {
        let old = |kept: &Kept| now.since(kept.at) > limits::STREAM_PAST_FOR;
        while self.messages.front().is_some_and(old) {
            self.forget_oldest();
        }
    }

    /// All messages of one event go together, so that what is left is whole.
    fn forget_oldest(&mut self) {
        let Some(oldest) = self.messages.front().map(|kept| kept.message.position) else { return };
        self.since = oldest;
        let of_oldest = |kept: &mut Kept| kept.message.position == oldest;
        while let Some(gone) = self.messages.pop_front_if(of_oldest) {
            self.bytes = self.bytes.saturating_sub(gone.message.bytes());
        }
    }
}

impl Hub {
    /// Begins a little in the past, so that those who come back after a restart find what they missed.
    async fn begin(engine: Engine, clinic: ClinicId) -> Result<Self, EngineError> {
        let head = engine.read(clinic, None, |views| views.checkpoint().position).await?;
        let since = Position(head.0.saturating_sub(limits::STREAM_BACK));
        let census = engine.as_of(clinic, AsOf::Position(since)).await?.census;
        let feed = engine.subscribe(clinic, since).await?;
        let mut checks = interval(limits::STREAM_BARE);
        checks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut hub = Self {
            engine,
            clinic,
            census,
            feed,
            readers: BTreeMap::new(),
            shown: BTreeMap::new(),
            past: Past { since, ..Past::default() },
            checks,
            idle: 0,
        };
        while hub.census.position() < head {
            let recorded = hub.feed.next().await?;
            hub.take(&recorded).await;
        }
        Ok(hub)
    }

    /// Until the log fails, or nobody has read for a while.
    async fn run(mut self, mut inbox: mpsc::Receiver<Subscribe>) {
        loop {
            tokio::select! {
                recorded = self.feed.next() => match recorded {
                    Ok(recorded) => self.take(&recorded).await,
                    Err(_the_readers_come_back) => return,
                },
                asked = inbox.recv() => match asked {
                    Some(asked) => self.subscribe(asked).await,
                    None => return,
                },
                _ = self.checks.tick() => {
                    self.sweep();
                    self.idle = if self.readers.is_empty() { self.idle.saturating_add(1) } else { 0 };
                    if self.idle > limits::STREAM_IDLE {
                        return;
                    }
                }
            }
        }
    }

    /// Folds an event in and tells everybody whom it concerns.
    async fn take(&mut self, recorded: &Recorded) {
        let touched = Touched::by(&mut self.census, recorded);
        for (room, concern) in &touched.rooms {
            let row = match concern {
                Concern::Visit(visit) => self.row(*room, *visit).await,
                Concern::Members | Concern::Room => None,
            };
            let message = Message::on_board(&self.census, recorded, (*room, *concern), row);
            self.tell(Topic::Room(*room), message);
        }
        let rooms = touched.rooms.keys().map(|room| room.0).collect();
        let message = Message::in_clinic(&self.census, recorded, touched.visit, rooms);
        self.tell(Topic::Clinic, message);
        self.tell_patients(&touched);
    }

    /// A visit's row, if it is in the room, with what is personal opened.
    async fn row(&self, room: RoomId, visit: VisitId) -> Option<Row> {
        let one = self.census.one_visit(visit, self.engine.now())?;
        let row = (one.room == room && one.over.is_none()).then_some(one.row)?;
        // Where keys cannot be read the row comes without names, as one does whose person was erased.
        let opened = self.engine.open(self.clinic, row.clone()).await;
        Some(Row::from(opened.unwrap_or(row)))
    }

    fn tell(&mut self, topic: Topic, message: Message) {
        let message = Arc::new(message);
        self.past.keep(topic, Arc::clone(&message), self.engine.now());
        send(&mut self.readers, topic, &message);
    }

    /// Shows those patients who read what has changed for them: where they are, and who is before them.
    fn tell_patients(&mut self, touched: &Touched) {
        let rooms = touched.rooms.keys();
        let inside =
            rooms.flat_map(|room| self.census.queue(*room).chain(self.census.in_call(*room)));
        let visits: Vec<VisitId> = inside.chain(touched.visit).collect();
        for visit in visits {
            let Some(last) = self.shown.get(&visit) else { continue };
            let message = self.view(visit);
            if message.id() != last.id() {
                let message = Arc::new(message);
                self.shown.insert(visit, Arc::clone(&message));
                send(&mut self.readers, Topic::Visit(visit), &message);
            }
        }
    }

    fn view(&self, visit: VisitId) -> Message {
        let seen = self.census.waiting_room(visit, self.engine.now());
        Message::to_patient(self.census.position(), seen)
    }

    async fn subscribe(&mut self, Subscribe { topic, after, reply }: Subscribe) {
        let here = self.census.position();
        let (after, missed) = match (topic, after) {
            (Topic::Visit(visit), After::Shown(shown)) => {
                let message = Arc::new(self.view(visit));
                self.shown.insert(visit, Arc::clone(&message));
                let known = shown.is_some_and(|shown| shown == message.id());
                (here, if known { vec![] } else { vec![message] })
            }
            (_, After::Position(Some(after))) if self.goes_on_behind(after).await => {
                (after.max(here), self.missed(topic, after))
            }
            (_, After::Position(Some(_))) => (here, vec![Arc::new(Message::resync(here))]),
            (_, After::Position(None) | After::Shown(_)) => {
                (here, vec![Arc::new(Message::nothing_until(here))])
            }
        };
        let (queue, reader) = queue(missed);
        if reply.send(reader).is_ok() {
            self.readers.entry(topic).or_default().push(Subscriber { after, queue });
        }
    }

    /// Whether a cursor is one of this log, and nothing behind it is forgotten.
    async fn goes_on_behind(&self, cursor: Position) -> bool {
        let head = self.engine.read(self.clinic, None, |views| views.checkpoint().position).await;
        // The hub may be a few events behind what its readers have read.
        self.past.since <= cursor && head.is_ok_and(|head| cursor <= head)
    }

    /// What a reader missed behind its cursor.
    fn missed(&self, topic: Topic, after: Position) -> Vec<Arc<Message>> {
        let kept = self.past.messages.iter();
        let missed = kept.filter(|kept| kept.topic == topic && kept.message.position > after);
        let here = |visit| match topic {
            Topic::Room(room) => self.is_in(room, visit),
            Topic::Visit(_) | Topic::Clinic => true,
        };
        missed.map(|kept| Message::for_now(&kept.message, here)).collect()
    }

    fn is_in(&self, room: RoomId, visit: VisitId) -> bool {
        let open = self.census.visit(visit).and_then(|visit| visit.open());
        open.is_some_and(|open| open.room == room)
    }

    /// Lets go of those who are gone, and moves the cursors of those who saw nothing for a while.
    fn sweep(&mut self) {
        self.past.forget_old(self.engine.now());
        let here = self.census.position();
        let bare = Arc::new(Message::nothing_until(here));
        for (topic, readers) in &mut self.readers {
            readers.retain_mut(|reader| match topic {
                Topic::Visit(_) => !reader.queue.is_gone(),
                Topic::Room(_) | Topic::Clinic => reader.hand(&bare),
            });
        }
        self.readers.retain(|_, readers| !readers.is_empty());
        self.shown.retain(|visit, _| self.readers.contains_key(&Topic::Visit(*visit)));
    }
}

impl Subscriber {
    /// Hands a message over that it has not had; whether the reader is still there.
    fn hand(&mut self, message: &Arc<Message>) -> bool {
        if message.position <= self.after {
            return !self.queue.is_gone();
        }
        self.after = message.position;
        self.queue.hand(message)
    }
}

fn send(readers: &mut BTreeMap<Topic, Vec<Subscriber>>, topic: Topic, message: &Arc<Message>) {
    if let Some(readers) = readers.get_mut(&topic) {
        readers.retain_mut(|reader| reader.hand(message));
    }
}
