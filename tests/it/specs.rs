//! Every rule of every aggregate, as a sentence: given what happened, when somebody asks, then.
//!
//! The specs of an aggregate bring the evidence themselves; that the clinic finds the right evidence
//! is told in `cases`, through the clinic's state.

mod actor;
mod clinic;
mod coverage;
mod digest;
mod hours;
mod occupancy;
mod room;
mod saved;
mod text;
mod transfer;
mod visit;
mod words;

use clinic_domain::actor::{Actor, PolicyName, Standing, TokenHash};
use clinic_domain::ids::{CallId, MemberId, RoomId, TransferId, VisitId};
use clinic_domain::text::{Label, Note, Notice, PersonName, Slug, Title};
use clinic_domain::time::{Millis, Timestamp};
use clinic_testkit::spec::id;

pub(crate) const ADA: MemberId = MemberId(id(1));
pub(crate) const RITA: MemberId = MemberId(id(2));
pub(crate) const DANA: MemberId = MemberId(id(3));

pub(crate) const RECEPTION: RoomId = RoomId(id(11));
pub(crate) const DR_DANA: RoomId = RoomId(id(12));
pub(crate) const DR_OMAR: RoomId = RoomId(id(13));

pub(crate) const ANNA: VisitId = VisitId(id(21));
pub(crate) const BEN: VisitId = VisitId(id(22));
pub(crate) const ANNAS: TokenHash = TokenHash([21; 32]);
pub(crate) const BENS: TokenHash = TokenHash([22; 32]);

pub(crate) const LEG: TransferId = TransferId(id(31));
pub(crate) const NEXT_LEG: TransferId = TransferId(id(32));
pub(crate) const CALL: CallId = CallId(id(41));
pub(crate) const NEXT_CALL: CallId = CallId(id(42));

/// What an Owner or Admin is to a room that she does not serve.
pub(crate) const ADMIN: Standing = Standing::Member { admin: true, assigned: false };
/// What a member is to a room that she serves.
pub(crate) const ASSIGNED: Standing = Standing::Member { admin: false, assigned: true };
/// What a member is to a room that she has nothing to do with.
pub(crate) const ELSEWHERE: Standing = Standing::Member { admin: false, assigned: false };

pub(crate) const PRESENCE: Actor = Actor::policy(PolicyName::Presence);

/// So many minutes after nine in the morning of Monday, 2 March 2026, in Berlin.
pub(crate) fn at(minute: u64) -> Timestamp {
    Timestamp(1_772_438_400_000).plus(Millis::minutes(minute))
}

pub(crate) fn by(member: MemberId) -> Actor {
    Actor::Member(member)
}

pub(crate) fn title(text: &str) -> Title {
    Title::parse(text).expect("a title of a spec is a title")
}

pub(crate) fn slug(text: &str) -> Slug {
    Slug::parse(text).expect("a slug of a spec is a slug")
}

pub(crate) fn notice(text: &str) -> Notice {
    Notice::parse(text).expect("a notice of a spec is a notice")
}

pub(crate) fn note(text: &str) -> Note {
    Note::parse(text).expect("a note of a spec is a note")
}

pub(crate) fn label(text: &str) -> Label {
    Label::parse(text).expect("a label of a spec is a label")
}

pub(crate) fn person(text: &str) -> PersonName {
    PersonName::parse(text).expect("a name of a spec is a name")
}
