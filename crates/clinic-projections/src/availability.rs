//! What members can do now: each by herself, and how many of a room's.

use std::fmt;

use clinic_domain::clinic::Member;
use clinic_domain::ids::{MemberId, RoomId};
use serde::Serialize;

use crate::census::Census;

/// What a member can do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Availability {
    /// A page of hers is connected, and she is in no call.
    Online,
    /// A page of hers is connected, and she is in a call.
    OnAnotherCall,
    /// No page of hers is connected, or she may not act.
    Away,
}

/// How many of a room's members can do what. Those who may not act are not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Headcount {
    /// Connected, and in no call.
    pub online: u32,
    /// Connected, and in a call.
    pub on_another_call: u32,
    /// Not connected.
    pub away: u32,
}

impl Census {
    /// What a member can do now.
    #[must_use]
    pub fn availability(&self, member: MemberId) -> Availability {
        let online = self.clinic().member(member).is_some_and(Member::online);
        match (online, self.call_of(member)) {
            (true, None) => Availability::Online,
            (true, Some(_)) => Availability::OnAnotherCall,
            (false, _) => Availability::Away,
        }
    }

    /// Who serves in a room: assigned there, and allowed to act.
    pub fn serving(&self, room: RoomId) -> impl Iterator<Item = MemberId> {
        let assigned = self.last_room(room).into_iter().flat_map(|room| &room.assigned).copied();
        assigned.filter(|id| self.clinic().member(*id).is_some_and(Member::active))
    }

    /// How many of those who serve in a room can do what.
    #[must_use]
    pub fn headcount(&self, room: RoomId) -> Headcount {
        let mut count = Headcount::default();
        for member in self.serving(room) {
            let number = match self.availability(member) {
                Availability::Online => &mut count.online,
                Availability::OnAnotherCall => &mut count.on_another_call,
                Availability::Away => &mut count.away,
            };
            *number = number.saturating_add(1);
        }
        count
    }
}

impl Headcount {
    /// Connected, in a call or not.
    #[must_use]
    pub fn connected(self) -> u32 {
        self.online.saturating_add(self.on_another_call)
    }
}

impl fmt::Display for Availability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Online => "online",
            Self::OnAnotherCall => "on another call",
            Self::Away => "away",
        })
    }
}

/// `2 online, 1 on another call`; who is away is left out.
impl fmt::Display for Headcount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.online, self.on_another_call) {
            (online, 0) => write!(f, "{online} online"),
            (0, on_call) => write!(f, "{on_call} on another call"),
            (online, on_call) => write!(f, "{online} online, {on_call} on another call"),
        }
    }
}
