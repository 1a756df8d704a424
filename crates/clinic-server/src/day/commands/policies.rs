//! What policies do by themselves, for a day that tries it out of turn.

use clinic_domain::command::Action;

use super::moves::leg;
use super::presence::person;
use crate::day::Deed;
use crate::day::fields::Fields;

pub(super) fn note_presence(fields: &mut Fields<'_>) -> Option<Deed> {
    let who = person(fields);
    let online = fields.flag("online", true);
    let last_seen = fields.instant("last_seen");
    if last_seen.zip(fields.at).is_some_and(|(seen, at)| seen > at) {
        fields.wrong("last_seen", "lies after the line's own instant");
    }
    let who = who?;
    Some(Deed::ask(move |known, views| {
        let last_seen = last_seen.unwrap_or(views.checkpoint().at);
        Action::NotePresence { who: known.person(&who), online, last_seen }
    }))
}

pub(super) fn hold_lost_member(fields: &mut Fields<'_>) -> Option<Deed> {
    let visit = fields.visit("visit");
    let member = fields.member("member");
    let (visit, member) = visit.zip(member)?;
    Some(Deed::ask(move |known, _| {
        Action::HoldLostMember(known.visit(&visit), known.member(&member))
    }))
}

pub(super) fn expire_transfer(fields: &mut Fields<'_>) -> Option<Deed> {
    let (visit, leg) = leg(fields)?;
    Some(Deed::ask(move |known, _| {
        let visit = known.visit(&visit);
        Action::ExpireTransfer(visit, known.transfer(visit, leg.as_ref()))
    }))
}

pub(super) fn end_day(fields: &mut Fields<'_>) -> Option<Deed> {
    let room = fields.room("room")?;
    Some(Deed::ask(move |known, _| Action::EndDay(known.room(&room))))
}

pub(super) fn no_show(fields: &mut Fields<'_>) -> Option<Deed> {
    let visit = fields.visit("visit")?;
    Some(Deed::ask(move |known, _| Action::CloseNoShow(known.visit(&visit))))
}
