//! What a refusal rests on, as fields: so that no program has to read words.

use clinic_domain::actor::Right;
use clinic_domain::clinic::ClinicRefusal;
use clinic_domain::hours::HoursError;
use clinic_domain::ids::{MemberId, VisitId};
use clinic_domain::refusal::{PublicRefusal, Refusal};
use clinic_domain::room::RoomRefusal;
use clinic_domain::transfer::TransferRefusal;
use clinic_domain::visit::VisitRefusal;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::reads::words::{At, Outcome};

/// What a refusal rests on. Which of these there are depends on its type.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Facts {
    /// What it would have taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    right: Option<RightWord>,
    /// The member whom it is about: with whom the visit is in call, for one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    member: Option<Uuid>,
    /// Her name now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    member_name: Option<String>,
    /// The room that stands in the way, or where the asker is already.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    room: Option<Uuid>,
    /// The visit that stands in the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    visit: Option<Uuid>,
    /// Visits that are inside.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    inside: Option<Vec<Uuid>>,
    /// Visits that may come back.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pending: Option<Vec<Uuid>>,
    /// The link that belongs to another room.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    slug: Option<String>,
    /// The place version that the asker decided on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    seen: Option<u32>,
    /// The place version now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    version: Option<u32>,
    /// Since when it is so.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    since: Option<At>,
    /// The end of a window, excluded.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    until: Option<At>,
    /// When a door opens again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reopens_at: Option<At>,
    /// What patients read at a door that is suspended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    message: Option<String>,
    /// What to do in an emergency.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    emergency: Option<String>,
    /// The version of the consent text to accept.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    consent: Option<u32>,
    /// What was counted or measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    what: Option<&'static str>,
    /// How many, or how much, there may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    limit: Option<u64>,
    /// How many there are.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    found: Option<usize>,
    /// Why a visit closed, in the word for that.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reason: Option<String>,
    /// What became of a transfer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    outcome: Option<Outcome>,
    /// Passed over because they are on hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    on_hold: Option<usize>,
    /// Passed over because they are offline.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    offline: Option<usize>,
}

/// What somebody may want to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum RightWord {
    /// Start, pause, resume and end calls; write notes and tick the checklist.
    Serve,
    /// Transfer, prioritise and close.
    Steer,
    /// Rooms, texts, hours, policies and members.
    Administer,
    /// What only the embedding product decides.
    Own,
    /// What only policies note.
    Observe,
}

impl Facts {
    /// What a member or the host is told of a refusal; none if there is nothing to tell.
    pub(crate) fn of(refusal: &Refusal) -> Option<Box<Self>> {
        match refusal {
            Refusal::CommandReused { .. } | Refusal::Unreadable => None,
            Refusal::Clinic(refusal) => of_clinic(refusal),
            Refusal::Room(refusal) => of_room(refusal),
            Refusal::Visit(refusal) => of_visit(refusal),
            Refusal::Transfer(refusal) => of_transfer(refusal),
            Refusal::NobodyToCall { on_hold, offline } => {
                told(Self { on_hold: Some(*on_hold), offline: Some(*offline), ..none() })
            }
        }
    }

    /// What a patient is told.
    pub(crate) fn of_public(public: &PublicRefusal) -> Option<Box<Self>> {
        match public {
            PublicRefusal::Suspended { message } => {
                told(Self { message: Some(message.to_string()), ..none() })
            }
            PublicRefusal::Shut { reopens_at, emergency } => told(Self {
                reopens_at: reopens_at.map(At),
                emergency: emergency.as_ref().map(ToString::to_string),
                ..none()
            }),
            PublicRefusal::ConsentNeeded { asked } => {
                told(Self { consent: Some(*asked), ..none() })
            }
            PublicRefusal::AlreadyInside { room } => told(Self { room: Some(room.0), ..none() }),
            PublicRefusal::NoSuchRoom
            | PublicRefusal::Full
            | PublicRefusal::WrongPasscode
            | PublicRefusal::VisitOver
            | PublicRefusal::TryAgain
            | PublicRefusal::NotPossible => None,
        }
    }

    /// What was counted, and how many there may be.
    pub(crate) fn of_limit(what: &'static str, limit: u64) -> Option<Box<Self>> {
        told(Self { what: Some(what), limit: Some(limit), ..none() })
    }

    /// The member whom it is about.
    pub(crate) fn member(&self) -> Option<MemberId> {
        self.member.map(MemberId)
    }

    /// How many visits are inside, and how many may come back, where a room must be empty of both.
    pub(crate) fn inside(&self) -> Option<(usize, usize)> {
        Some((self.inside.as_ref()?.len(), self.pending.as_ref()?.len()))
    }

    /// Calls that member by her name.
    pub(crate) fn name_member(&mut self, name: String) {
        self.member_name = Some(name);
    }

    fn of_right(right: Right) -> Option<Box<Self>> {
        let right = match right {
            Right::Serve => RightWord::Serve,
            Right::Steer => RightWord::Steer,
            Right::Administer => RightWord::Administer,
            Right::Own => RightWord::Own,
            Right::Observe => RightWord::Observe,
        };
        told(Self { right: Some(right), ..none() })
    }
}

fn none() -> Facts {
    Facts::default()
}

#[expect(clippy::unnecessary_wraps, reason = "each refusal tells facts or none")]
fn told(facts: Facts) -> Option<Box<Facts>> {
    Some(Box::new(facts))
}

fn of_clinic(refusal: &ClinicRefusal) -> Option<Box<Facts>> {
    match refusal {
        ClinicRefusal::NotFounded
        | ClinicRefusal::History
        | ClinicRefusal::AlreadyFounded
        | ClinicRefusal::OwnersOnly => None,
        ClinicRefusal::NotEntitled { right } => Facts::of_right(*right),
        ClinicRefusal::NoSuchMember { member } | ClinicRefusal::LastOwner { member } => {
            told(Facts { member: Some(member.0), ..none() })
        }
        ClinicRefusal::LimitReached { what, limit } => Facts::of_limit(what, *limit),
    }
}

fn of_room(refusal: &RoomRefusal) -> Option<Box<Facts>> {
    match refusal {
        RoomRefusal::NoSuchRoom
        | RoomRefusal::Archived
        | RoomRefusal::Incapable
        | RoomRefusal::WrongPasscode => None,
        RoomRefusal::NotEntitled { right } => Facts::of_right(*right),
        RoomRefusal::SlugTaken { slug, holder } => {
            told(Facts { slug: Some(slug.to_string()), room: Some(holder.0), ..none() })
        }
        RoomRefusal::HasPersonalRoom { room } => told(Facts { room: Some(room.0), ..none() }),
        RoomRefusal::MemberInactive { member } => told(Facts { member: Some(member.0), ..none() }),
        RoomRefusal::LastMember { inside } => told(Facts { inside: ids(inside), ..none() }),
        RoomRefusal::NotEmpty { inside, pending } => {
            told(Facts { inside: ids(inside), pending: ids(pending), ..none() })
        }
        RoomRefusal::Hours(error) => of_hours(error),
        RoomRefusal::AlreadyInside { visit, room } => {
            told(Facts { visit: Some(visit.0), room: Some(room.0), ..none() })
        }
        RoomRefusal::Suspended { message } => {
            told(Facts { message: Some(message.to_string()), ..none() })
        }
        RoomRefusal::Shut { reopens_at, emergency } => told(Facts {
            reopens_at: reopens_at.map(At),
            emergency: emergency.as_ref().map(ToString::to_string),
            ..none()
        }),
        RoomRefusal::ConsentNeeded { asked } => told(Facts { consent: Some(*asked), ..none() }),
        RoomRefusal::Full { limit } => told(Facts { limit: Some(u64::from(*limit)), ..none() }),
        RoomRefusal::LimitReached { what, limit } => Facts::of_limit(what, *limit),
    }
}

fn of_hours(error: &HoursError) -> Option<Box<Facts>> {
    match error {
        HoursError::Week { found } => told(Facts { found: Some(*found), ..none() }),
        HoursError::Interval { .. } | HoursError::Order => None,
        HoursError::TooMany { what, found, limit } => told(Facts {
            what: Some(what),
            found: Some(*found),
            limit: u64::try_from(*limit).ok(),
            ..none()
        }),
    }
}

fn of_visit(refusal: &VisitRefusal) -> Option<Box<Facts>> {
    match refusal {
        VisitRefusal::NoSuchVisit
        | VisitRefusal::NotInCall
        | VisitRefusal::Incapable
        | VisitRefusal::SameRoom
        | VisitRefusal::NotLatestLeg
        | VisitRefusal::AlreadyStarted
        | VisitRefusal::NotListed
        | VisitRefusal::NeverInCall
        | VisitRefusal::DuplicateInCall
        | VisitRefusal::MergeWithItself => None,
        VisitRefusal::InCall { member, since } => {
            told(Facts { member: Some(member.0), since: Some(At(*since)), ..none() })
        }
        VisitRefusal::Stale { seen, now } => {
            told(Facts { seen: Some(seen.0), version: Some(now.0), ..none() })
        }
        VisitRefusal::NotEntitled { right } => Facts::of_right(*right),
        VisitRefusal::Closed { reason, at } => {
            told(Facts { reason: Some(reason.replace(' ', "_")), since: Some(At(*at)), ..none() })
        }
        VisitRefusal::MemberBusy { visit } | VisitRefusal::OtherVisitOpen { visit } => {
            told(Facts { visit: Some(visit.0), ..none() })
        }
        VisitRefusal::Room(refusal) => of_room(refusal),
        VisitRefusal::UndoTooLate { until } | VisitRefusal::ReopenTooLate { until } => {
            told(Facts { until: Some(At(*until)), ..none() })
        }
        VisitRefusal::LimitReached { what, limit } => Facts::of_limit(what, *limit),
    }
}

fn of_transfer(refusal: &TransferRefusal) -> Option<Box<Facts>> {
    match refusal {
        TransferRefusal::NoSuchTransfer | TransferRefusal::OtherVisit => None,
        TransferRefusal::NotEntitled { right } => Facts::of_right(*right),
        TransferRefusal::Settled { outcome } => {
            told(Facts { outcome: Some((*outcome).into()), ..none() })
        }
        TransferRefusal::WindowOver { until } | TransferRefusal::NotDue { until } => {
            told(Facts { until: Some(At(*until)), ..none() })
        }
    }
}

#[expect(clippy::unnecessary_wraps, reason = "as it stands among the facts")]
fn ids(visits: &[VisitId]) -> Option<Vec<Uuid>> {
    Some(visits.iter().map(|visit| visit.0).collect())
}
