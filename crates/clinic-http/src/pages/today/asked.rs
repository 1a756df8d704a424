//! What an address asks for, and the addresses of what is to be asked.

use chrono::NaiveDate;
use clinic_domain::ids::{MemberId, RoomId};
use clinic_projections::ending::Ending;
use clinic_projections::waits::Fact;
use serde::Deserialize;
use uuid::Uuid;

use crate::{Problem, limits};

/// Which day, and of which room.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Of {
    pub(super) day: Option<String>,
    pub(super) room: Option<Uuid>,
}

impl Of {
    pub(super) fn on(day: Option<NaiveDate>, room: Option<RoomId>) -> Self {
        Self { day: day.map(|day| day.to_string()), room: room.map(|room| room.0) }
    }

    /// The day; none where today is meant.
    pub(super) fn day(&self) -> Result<Option<NaiveDate>, Problem> {
        let typed = self.day.as_deref().filter(|day| !day.is_empty());
        let read = typed.map(str::parse).transpose();
        read.map_err(|_| Problem::bad("day", "must be a date such as 2026-12-24"))
    }

    pub(super) fn address(&self) -> String {
        let day = self.day.as_ref().map(|day| format!("day={day}"));
        let room = self.room.map(|room| format!("room={room}"));
        let asked: Vec<String> = day.into_iter().chain(room).collect();
        if asked.is_empty() { "/today".to_owned() } else { format!("/today?{}", asked.join("&")) }
    }
}

/// Numbers that rest on visits, each with its word in an address.
macro_rules! numbers {
    ($($(#[$doc:meta])* $name:ident = $word:literal,)*) => {
        /// What a number counts.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
        pub(super) enum What { $($(#[$doc])* #[serde(rename = $word)] $name,)* }

        impl What {
            /// Its word in an address.
            fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }
        }
    };
}

numbers! {
    /// Check-ins.
    CheckIns = "check-ins",
    /// Visits that were there.
    Visits = "visits",
    /// Stays that are over, in percentiles.
    Waits = "waits",
    /// Visits that are here now.
    Open = "open",
    /// Visits that closed, of which some left unseen.
    People = "closed",
    /// Those that left and were never in call.
    LeftUnseen = "left-unseen",
    /// Stays that began by a transfer.
    MovedIn = "moved-in",
    /// Those that ended without a call because the patient left or was gone.
    Abandoned = "abandoned",
    /// Stays whose transfer was undone, declined or expired.
    Reversed = "reversed",
    /// Imported visits, of which nobody knows whether they were seen.
    Imported = "imported",
    /// Visits with which a member was in call.
    Member = "member",
    /// Closed: served.
    Completed = "completed",
    /// Closed: the day was over.
    EndOfDay = "end-of-day",
    /// Closed: the patient left.
    Left = "left",
    /// Closed: the same person had checked in twice.
    Merged = "merged",
    /// Closed: the patient was not there.
    NoShow = "no-show",
    /// Closed: a member removed the visit.
    Removed = "removed",
}

impl From<Ending> for What {
    fn from(ending: Ending) -> Self {
        match ending {
            Ending::Completed => Self::Completed,
            Ending::EndOfDay => Self::EndOfDay,
            Ending::Left => Self::Left,
            Ending::Merged => Self::Merged,
            Ending::NoShow => Self::NoShow,
            Ending::Removed => Self::Removed,
        }
    }
}

/// The facts behind one number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub(super) what: What,
    pub(super) day: NaiveDate,
    pub(super) room: Option<RoomId>,
    /// Of this hour alone.
    pub(super) hour: Option<u32>,
    /// Of this member alone.
    pub(super) member: Option<MemberId>,
    /// How many pages of them come before.
    pub(super) page: usize,
}

impl Asked {
    pub(super) fn address(&self) -> String {
        let Self { what, day, room, hour, member, page } = self;
        let begin = format!("/today/facts?what={}&day={day}", what.word());
        let more = [
            room.map(|room| format!("room={room}")),
            hour.map(|hour| format!("hour={hour}")),
            member.map(|member| format!("member={member}")),
            (*page > 0).then(|| format!("page={page}")),
        ];
        let all: Vec<String> = std::iter::once(begin).chain(more.into_iter().flatten()).collect();
        all.join("&")
    }

    /// Where one fact of these stands.
    pub(super) fn at(&self, of: &[Fact], fact: Fact) -> String {
        let before = of.iter().position(|other| *other == fact).unwrap_or(0);
        let page = before.checked_div(limits::FACTS_PAGE).unwrap_or(0);
        format!("{}#fact-{}", Self { page, ..*self }.address(), fact.position)
    }

    pub(super) fn of_room(self, room: RoomId) -> Self {
        Self { room: Some(room), ..self }
    }

    pub(super) fn of_hour(self, hour: u32) -> Self {
        Self { hour: Some(hour), ..self }
    }

    pub(super) fn of_member(self, member: MemberId) -> Self {
        Self { member: Some(member), ..self }
    }
}
