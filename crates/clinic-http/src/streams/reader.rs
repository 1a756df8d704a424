//! One open stream: it looks at its reader's right before every message, and every half second.

use std::convert::Infallible;
use std::sync::Arc;

use axum::http::request::Parts;
use axum::response::sse::Event as Sent;
use clinic_domain::command::Person;
use clinic_domain::ids::ClinicId;
use clinic_domain::visit::PatientVisit;
use clinic_engine::Engine;
use futures_util::Stream;
use tokio::sync::{mpsc, watch};
use tokio::time::{Interval, MissedTickBehavior, interval};
use uuid::Uuid;

use super::hub::Topic;
use super::message::Message;
use super::queue::Receiver;
use super::seats::Seat;
use crate::clinic::{administers, look, sees_board};
use crate::{Caller, Http, Problem, limits};

/// Why a stream ends, in a word for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The right to read is gone, or the session.
    NoRight,
    /// The reader was too slow: what it missed waits behind its cursor.
    Slow,
    /// The server goes down.
    Closing,
    /// It cannot be found out now who reads, or what happens.
    Unavailable,
}

/// What comes next on a stream.
enum Next {
    Message(Option<Arc<Message>>),
    /// It is time to look whether the reader still may.
    Check,
    Closing,
}

/// One open stream. It works in a task of its own, so that a client that takes nothing holds nothing either.
pub(super) struct Reader {
    http: Http,
    caller: Caller,
    /// What the request came with: who it is is asked again and again.
    head: Parts,
    clinic: ClinicId,
    topic: Topic,
    queue: Receiver,
    checks: Interval,
    /// Looks in a row at which nobody could say who reads.
    blind: u32,
    stopping: watch::Receiver<bool>,
    cursor: Option<String>,
    _connected: Option<Connected>,
    _seat: Seat,
}

impl Reader {
    pub(super) async fn new(
        http: Http,
        caller: Caller,
        head: Parts,
        (clinic, topic): (ClinicId, Topic),
        queue: Receiver,
        seat: Seat,
        who: Option<Person>,
    ) -> Result<Self, Problem> {
        let mut checks = interval(match topic {
            Topic::Visit(_) => limits::STREAM_CHECK_PATIENT,
            Topic::Room(_) | Topic::Clinic => limits::STREAM_CHECK,
        });
        checks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let connected = match who {
            Some(who) => Some(Connected::note(&http.engine, clinic, who).await?),
            None => None,
        };
        let stopping = http.streams.stopping();
        Ok(Self {
            http,
            caller,
            head,
            clinic,
            topic,
            queue,
            checks,
            blind: 0,
            stopping,
            cursor: None,
            _connected: connected,
            _seat: seat,
        })
    }

    /// The messages, until the stream ends.
    pub(super) fn into_stream(self) -> impl Stream<Item = Result<Sent, Infallible>> {
        let (told, page) = mpsc::channel(1);
        tokio::spawn(self.tell(told));
        futures_util::stream::unfold(page, |mut page| async move {
            let sent = page.recv().await?;
            Some((Ok(sent), page))
        })
    }

    /// Tells the page what happens until it goes, takes nothing for too long, or has to end.
    async fn tell(mut self, page: mpsc::Sender<Sent>) {
        loop {
            let next = tokio::select! {
                () = page.closed() => return,
                next = self.next() => next,
            };
            let sent = match &next {
                Ok(message) => {
                    message.id().clone_into(self.cursor.get_or_insert_default());
                    message.sent()
                }
                Err(why) => self.end(*why),
            };
            let taken = page.send_timeout(sent, limits::STREAM_STUCK).await;
            if taken.is_err() || next.is_err() {
                return;
            }
        }
    }

    /// The next message that the reader may see, or why there is none.
    async fn next(&mut self) -> Result<Arc<Message>, End> {
        loop {
            // What was missed waits for a look at the right like everything else.
            let next = tokio::select! {
                biased;
                _ = self.stopping.wait_for(|stopping| *stopping) => Next::Closing,
                _ = self.checks.tick() => Next::Check,
                message = self.queue.next() => Next::Message(message),
            };
            match next {
                Next::Closing => return Err(End::Closing),
                Next::Check => self.is_the_same().await?,
                Next::Message(None) if self.queue.was_slow() => return Err(End::Slow),
                Next::Message(None) => return Err(End::Unavailable),
                Next::Message(Some(message)) => {
                    self.may().await?;
                    return Ok(message);
                }
            }
        }
    }

    /// That it is still the same who reads, and may.
    async fn is_the_same(&mut self) -> Result<(), End> {
        match self.topic {
            // Her token is all there is to a patient, and it does not run out.
            Topic::Visit(_) => {}
            Topic::Room(_) | Topic::Clinic => {
                match self.http.authenticator.still(&self.head, self.caller).await {
                    Ok(true) => self.blind = 0,
                    Ok(false) => return Err(End::NoRight),
                    // A store may fail for a moment, but not for long.
                    Err(_) if self.blind < limits::STREAM_BLIND => {
                        self.blind = self.blind.saturating_add(1);
                    }
                    Err(_) => return Err(End::Unavailable),
                }
            }
        }
        self.may().await
    }

    async fn may(&self) -> Result<(), End> {
        let may = may_read(&self.http, self.caller, self.clinic, self.topic).await;
        may.map_err(|why| if why.is_for_now() { End::Unavailable } else { End::NoRight })
    }

    fn end(&self, why: End) -> Sent {
        let why = match why {
            End::NoRight => "no-right",
            End::Slow => "slow",
            End::Closing => "closing",
            End::Unavailable => "unavailable",
        };
        let sent = Sent::default().event("end").data(format!("{{\"why\":\"{why}\"}}"));
        match &self.cursor {
            Some(cursor) => sent.id(cursor),
            None => sent,
        }
    }
}

/// Whether somebody may read a stream now; if not, what she is told.
pub(super) async fn may_read(
    http: &Http,
    caller: Caller,
    clinic: ClinicId,
    topic: Topic,
) -> Result<(), Problem> {
    match (topic, caller) {
        (Topic::Room(room), _) => {
            let sees = look(http, caller, clinic, None, |views| {
                sees_board(&views.census, caller, room).then_some(())
            });
            sees.await
        }
        (Topic::Clinic, _) => {
            let sees = look(http, caller, clinic, None, |views| {
                administers(&views.census, caller).then_some(())
            });
            sees.await
        }
        (Topic::Visit(visit), Caller::Patient(token)) => {
            let hers = http.engine.read(clinic, None, |views| {
                let census = &views.census;
                // A visit that has closed stays hers until it can no longer be reopened.
                let held = census.visit(visit).and_then(PatientVisit::last);
                held.is_some_and(|visit| visit.tokens.contains(&token))
            });
            let hers = hers.await.map_err(Problem::public)?;
            if hers { Ok(()) } else { Err(Problem::nothing()) }
        }
        (Topic::Visit(_), Caller::Member(..) | Caller::Host | Caller::Nobody) => {
            Err(Problem::nothing())
        }
    }
}

/// Somebody's page is connected, until this is dropped.
pub(crate) struct Connected {
    engine: Engine,
    clinic: ClinicId,
    who: Person,
    connection: Uuid,
}

impl Connected {
    pub(crate) async fn note(
        engine: &Engine,
        clinic: ClinicId,
        who: Person,
    ) -> Result<Self, Problem> {
        let connected = Self { engine: engine.clone(), clinic, who, connection: engine.mint() };
        let noted = engine.connected(clinic, who, connected.connection).await;
        noted.map_err(Problem::public)?;
        Ok(connected)
    }
}

impl Drop for Connected {
    fn drop(&mut self) {
        let (engine, clinic, who) = (self.engine.clone(), self.clinic, self.who);
        let connection = self.connection;
        // Where the runtime is going down there is nobody left to be told.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                let _gone_with_the_engine = engine.disconnected(clinic, who, connection).await;
            });
        }
    }
}
