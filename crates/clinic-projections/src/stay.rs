//! A stay: one visit in one room, from its arrival until it moves on or closes, and what it did
//! there. Every instant counts exactly once: in call, else offline, else on hold, else waiting.
//!
//! The parts of a stay sum to its length to the millisecond, and the stays of a visit to the time
//! that it was open. A visit that is reopened begins another stay; while it was closed, it was
//! nowhere, and that counts as nothing.

use clinic_domain::decider::Decider;
use clinic_domain::event::Recorded;
use clinic_domain::ids::{MemberId, Position, RoomId};
use clinic_domain::time::{Millis, Timestamp};
use clinic_domain::visit::{OpenVisit, PatientVisit, Place, Presence, VisitEvent};
use serde::{Deserialize, Serialize};

/// What an instant of a visit counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activity {
    /// With a member.
    InCall,
    /// Not in call, and no page of the patient is connected.
    Offline,
    /// Online, the call paused.
    OnHold,
    /// Online, in the waiting room.
    Waiting,
}

/// How long a visit did what. The parts sum to the whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parts {
    /// In the waiting room, online.
    pub waiting: Millis,
    /// On hold, online.
    pub on_hold: Millis,
    /// Offline, not in call.
    pub offline: Millis,
    /// In call.
    pub in_call: Millis,
}

/// One visit in one room, from its arrival until it moved on or closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stay {
    /// Where.
    pub room: RoomId,
    /// The event that began it.
    pub began: Position,
    /// Its arrival.
    pub from: Timestamp,
    /// Its end; none while it goes on.
    pub until: Option<Timestamp>,
    /// It began by a transfer, or by the reversal of one.
    pub moved_in: bool,
    /// A call has been going on in it.
    pub called: bool,
    /// What is over.
    over: Parts,
    /// What goes on.
    running: Option<Running>,
}

/// What a visit has been doing since an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Running {
    activity: Activity,
    /// With whom, if it is in call.
    member: Option<MemberId>,
    since: Timestamp,
}

/// A part of a stay in which it did one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) room: RoomId,
    pub(crate) activity: Activity,
    pub(crate) member: Option<MemberId>,
    pub(crate) from: Timestamp,
    pub(crate) until: Timestamp,
}

impl Activity {
    /// What an open visit counts as.
    #[must_use]
    pub fn of(visit: &OpenVisit) -> Self {
        match (&visit.place, visit.presence) {
            (Place::InCall { .. }, _) => Self::InCall,
            (Place::Waiting { .. } | Place::OnHold { .. }, Presence::OfflineSince(_)) => {
                Self::Offline
            }
            (Place::OnHold { .. }, Presence::Online) => Self::OnHold,
            (Place::Waiting { .. }, Presence::Online) => Self::Waiting,
        }
    }
}

impl Parts {
    /// All parts together.
    #[must_use]
    pub fn whole(&self) -> Millis {
        self.waiting.plus(self.on_hold).plus(self.offline).plus(self.in_call)
    }

    /// These parts and others.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        Self {
            waiting: self.waiting.plus(other.waiting),
            on_hold: self.on_hold.plus(other.on_hold),
            offline: self.offline.plus(other.offline),
            in_call: self.in_call.plus(other.in_call),
        }
    }

    pub(crate) fn add(&mut self, activity: Activity, time: Millis) {
        let part = match activity {
            Activity::InCall => &mut self.in_call,
            Activity::Offline => &mut self.offline,
            Activity::OnHold => &mut self.on_hold,
            Activity::Waiting => &mut self.waiting,
        };
        *part = part.plus(time);
    }
}

impl Stay {
    /// What it did until `now`, or until its end.
    #[must_use]
    pub fn parts(&self, now: Timestamp) -> Parts {
        let mut parts = self.over;
        if let Some(span) = self.running(now) {
            parts.add(span.activity, span.until.since(span.from));
        }
        parts
    }

    /// What it is doing; none once it has ended.
    #[must_use]
    pub fn activity(&self) -> Option<Activity> {
        self.running.map(|running| running.activity)
    }

    /// The span that has not ended, up to `now`.
    pub(crate) fn running(&self, now: Timestamp) -> Option<Span> {
        let Running { activity, member, since } = self.running?;
        let until = now.max(since);
        Some(Span { room: self.room, activity, member, from: since, until })
    }

    fn stop(&mut self, at: Timestamp) -> Option<Span> {
        let span = self.running(at)?;
        self.running = None;
        self.over.add(span.activity, span.until.since(span.from));
        Some(span)
    }
}

/// A visit on its way from stay to stay.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Track {
    visit: PatientVisit,
    stay: Option<Stay>,
    /// What a reopened visit takes over from the stay in which it closed.
    moved_in: bool,
    called: bool,
}

/// What an event has ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) span: Option<Span>,
    pub(crate) stay: Option<Stay>,
}

impl Track {
    pub(crate) fn visit(&self) -> &PatientVisit {
        &self.visit
    }

    /// The stay that goes on.
    pub(crate) fn stay(&self) -> Option<&Stay> {
        self.stay.as_ref()
    }

    /// Takes the next event of the visit's stream.
    pub(crate) fn step(&mut self, event: &VisitEvent, recorded: &Recorded) -> Ended {
        let at = recorded.occurred_at;
        self.visit.evolve(event);
        let moves =
            matches!(event, VisitEvent::Transferred { .. } | VisitEvent::TransferReversed { .. });
        let doing =
            self.visit.open().map(|open| (open.room, Activity::of(open), open.in_call_with()));
        let mut ended = Ended::default();
        if let Some(stay) = &mut self.stay {
            let before = stay.running.map(|running| (stay.room, running.activity, running.member));
            if moves || before != doing {
                ended.span = stay.stop(at);
            }
            if moves || doing.is_none() {
                stay.until = Some(at);
                (self.moved_in, self.called) = (stay.moved_in, stay.called);
                ended.stay = self.stay.take();
            }
        }
        if let Some((room, activity, member)) = doing {
            let reopened = matches!(event, VisitEvent::VisitReopened { .. });
            let (moved_in, called) = (moves || reopened && self.moved_in, reopened && self.called);
            let stay = self.stay.get_or_insert_with(|| Stay {
                room,
                began: recorded.position,
                from: at,
                until: None,
                moved_in,
                called,
                over: Parts::default(),
                running: None,
            });
            stay.called |= activity == Activity::InCall;
            stay.running.get_or_insert(Running { activity, member, since: at });
        }
        ended
    }
}
