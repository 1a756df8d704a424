//! One open stream: it looks at its reader's right before every message, and every half second.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;

use axum::http::request::Parts;
use axum::response::sse::Event as Sent;
use clinic_domain::actor::Right;
use clinic_domain::command::Person;
use clinic_domain::ids::ClinicId;
use clinic_domain::visit::PatientVisit;
use clinic_engine::Engine;
use futures_util::Stream;
use tokio::sync::{mpsc, watch};
use tokio::time::{Interval, MissedTickBehavior, interval};
use uuid::Uuid;

use super::hub::{Subscribed, Topic};
use super::message::Message;
use super::seats::Seat;
use crate::clinic::{look, sees_board};
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
}

/// What comes next on a stream.
enum Next {
    Message(Arc<Message>),
    /// It is time to look whether the reader still may.
    Check,
    End(End),
}

/// One open stream.
pub(super) struct Reader {
    http: Http,
    caller: Caller,
    /// What the request came with: who it is is asked again and again.
    head: Parts,
    clinic: ClinicId,
    topic: Topic,
    waiting: VecDeque<Arc<Message>>,
    live: mpsc::Receiver<Arc<Message>>,
    checks: Interval,
    stopping: watch::Receiver<bool>,
    cursor: Option<String>,
    over: bool,
    _here: Option<Here>,
    _seat: Seat,
}

impl Reader {
    pub(super) async fn new(
        http: Http,
        caller: Caller,
        head: Parts,
        (clinic, topic): (ClinicId, Topic),
        subscribed: Subscribed,
        seat: Seat,
        who: Option<Person>,
    ) -> Result<Self, Problem> {
        let mut checks = interval(match topic {
            Topic::Visit(_) => limits::STREAM_CHECK_PATIENT,
            Topic::Room(_) | Topic::Clinic => limits::STREAM_CHECK,
        });
        checks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let here = match who {
            Some(who) => Some(Here::sign_in(&http.engine, clinic, who).await?),
            None => None,
        };
        let stopping = http.streams.stopping();
        Ok(Self {
            http,
            caller,
            head,
            clinic,
            topic,
            waiting: subscribed.missed.into(),
            live: subscribed.live,
            checks,
            stopping,
            cursor: None,
            over: false,
            _here: here,
            _seat: seat,
        })
    }

    /// The messages, until the stream ends.
    pub(super) fn into_stream(self) -> impl Stream<Item = Result<Sent, Infallible>> {
        futures_util::stream::unfold(self, |mut reader| async move {
            let sent = reader.next().await?;
            Some((Ok(sent), reader))
        })
    }

    async fn next(&mut self) -> Option<Sent> {
        if self.over {
            return None;
        }
        loop {
            let next = match self.waiting.pop_front() {
                Some(message) => Next::Message(message),
                None => self.wait().await,
            };
            let why = match next {
                Next::Message(message) => {
                    if may_read(&self.http, self.caller, self.clinic, self.topic).await.is_ok() {
                        message.id().clone_into(self.cursor.get_or_insert_default());
                        return Some(message.sent());
                    }
                    End::NoRight
                }
                Next::Check if self.may_still().await => continue,
                Next::Check => End::NoRight,
                Next::End(why) => why,
            };
            return Some(self.end(why));
        }
    }

    async fn wait(&mut self) -> Next {
        tokio::select! {
            biased;
            _ = self.stopping.wait_for(|stopping| *stopping) => Next::End(End::Closing),
            _ = self.checks.tick() => Next::Check,
            message = self.live.recv() => message.map_or(Next::End(End::Slow), Next::Message),
        }
    }

    /// Whether it is still the same who reads, and may.
    async fn may_still(&self) -> bool {
        let same = match self.topic {
            // Her token is all there is to a patient, and it does not run out.
            Topic::Visit(_) => true,
            Topic::Room(_) | Topic::Clinic => {
                self.http.authenticator.who(&self.head).await == Ok(self.caller)
            }
        };
        same && may_read(&self.http, self.caller, self.clinic, self.topic).await.is_ok()
    }

    fn end(&mut self, why: End) -> Sent {
        self.over = true;
        let why = match why {
            End::NoRight => "no-right",
            End::Slow => "slow",
            End::Closing => "closing",
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
                let actor = caller.actor(clinic)?;
                views.census.clinic().standing(&actor, None).may(Right::Administer).then_some(())
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
struct Here {
    engine: Engine,
    clinic: ClinicId,
    who: Person,
    connection: Uuid,
}

impl Here {
    async fn sign_in(engine: &Engine, clinic: ClinicId, who: Person) -> Result<Self, Problem> {
        let here = Self { engine: engine.clone(), clinic, who, connection: engine.mint() };
        let noted = engine.connected(clinic, who, here.connection).await;
        noted.map_err(Problem::public)?;
        Ok(here)
    }
}

impl Drop for Here {
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
