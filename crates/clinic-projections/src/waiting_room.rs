//! The waiting room: what one patient sees of her own visit, and nothing of anybody else's.
//!
//! No position of the log stands here, no other patient, no note, nothing that a member wrote for
//! members. Her rank is from the same order as the board's.

use std::fmt;

use clinic_domain::hours::Hours;
use clinic_domain::ids::{CallId, RoomId, VisitId};
use clinic_domain::room::Texts;
use clinic_domain::text::Title;
use clinic_domain::time::Timestamp;
use clinic_domain::visit::Place;
use serde::Serialize;

use crate::availability::Headcount;
use crate::census::Census;
use crate::clocks::Clock;

/// A waiting room, as the patient of one visit sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WaitingRoom {
    /// The instant at which it is read.
    pub now: Timestamp,
    /// Her visit.
    pub visit: VisitId,
    /// The room that it is in.
    pub room: RoomId,
    /// What stands above the door.
    pub name: Title,
    /// The clinic has moved her here.
    pub moved: bool,
    /// What she is doing.
    pub spot: Spot,
    /// Her number in the queue, from 1; none while she is in call.
    pub rank: Option<u32>,
    /// Since her check-in, whatever has happened since.
    pub since_check_in: Clock,
    /// In this room, this time.
    pub in_room: Clock,
    /// How many members are there.
    pub headcount: Headcount,
    /// What the room shows now.
    pub texts: Texts,
    /// The version of these texts.
    pub texts_version: u32,
    /// When the room's door is open; always, if none are set.
    pub hours: Option<Hours>,
    /// What was shown to her at her check-in.
    pub shown: Shown,
}

/// Which texts were on display at a check-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// Of this room.
    pub room: RoomId,
    /// In this version.
    pub version: u32,
}

/// What a patient is doing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Spot {
    /// She waits.
    Waiting,
    /// She waits, her call paused.
    OnHold,
    /// She is in call.
    InCall {
        /// Which call. Where it meets is the call provider's to say: the edge asks `Engine::join`.
        call: CallId,
    },
}

impl Census {
    /// What the patient of `visit` sees at `now`. None for a visit that is over, of which there is
    /// nothing more to see, and for one that never was.
    #[must_use]
    pub fn waiting_room(&self, visit: VisitId, now: Timestamp) -> Option<WaitingRoom> {
        let (open, card) = (self.open_visit(visit)?, self.card(visit)?);
        let room = self.last_room(open.room)?;
        let spot = match &open.place {
            Place::Waiting { .. } => Spot::Waiting,
            Place::OnHold { .. } => Spot::OnHold,
            Place::InCall { call, .. } => Spot::InCall { call: *call },
        };
        let mut queue = (1..).zip(self.queue(open.room));
        Some(WaitingRoom {
            now,
            visit,
            room: open.room,
            name: room.name.clone(),
            moved: card.came_by.is_some() || card.came_back.is_some(),
            spot,
            rank: queue.find(|(_, other)| *other == visit).map(|(rank, _)| rank),
            since_check_in: Clock::read(open.check_in.at, now),
            in_room: Clock::read(open.arrived_at, now),
            headcount: self.headcount(open.room),
            texts: room.texts.clone(),
            texts_version: room.texts_version,
            hours: room.hours.clone(),
            shown: Shown { room: card.door, version: card.texts },
        })
    }
}

/// Her place in words.
impl fmt::Display for WaitingRoom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.moved {
            write!(f, "You have been moved to {}. ", self.name)?;
        }
        match (&self.spot, self.rank) {
            (Spot::InCall { .. }, _) => f.write_str("You are in a call."),
            (Spot::OnHold, _) => f.write_str("Your call is paused and will go on. Please stay."),
            (Spot::Waiting, Some(1)) => f.write_str("You are next."),
            (Spot::Waiting, Some(rank)) => write!(f, "You are number {rank} in the queue."),
            (Spot::Waiting, None) => f.write_str("You are waiting."),
        }
    }
}
