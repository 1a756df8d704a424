//! Visits: checking in, calls, marks, and the end.

use clinic_domain::command::{Action, CheckInForm, Vouched};
use clinic_domain::personal::Personal;
use clinic_domain::text::{ExternalRef, Label, Note, PersonName, PhoneTail, Reason};
use clinic_domain::time::Timestamp;
use clinic_domain::visit::{Arrival, Priority, ToldBy};

use super::closing::Closing;
use super::rooms::passcode;
use crate::day::fields::Fields;
use crate::day::handles::{Handle, Kind};
use crate::day::{Deed, Shown};
use crate::play::Known;

const TOLD_BY: [(&str, ToldBy); 2] = [("host", ToldBy::Host), ("patient", ToldBy::Patient)];

const PRIORITIES: [(&str, Priority); 3] =
    [("routine", Priority::Routine), ("soon", Priority::Soon), ("urgent", Priority::Urgent)];

/// An appointment as a line tells of it.
struct Booking {
    member: Option<Handle>,
    room: Option<Handle>,
    appointment: Option<Timestamp>,
    told_by: ToldBy,
}

pub(super) fn check_in(fields: &mut Fields<'_>) -> Option<Deed> {
    let handle = fields.bring("handle", Kind::Visit);
    let browser = fields.text_if("browser", Handle::parse);
    let room = fields.room("room");
    let name = fields.text("name", PersonName::parse);
    let reason = fields.text_if("reason", Reason::parse).map(Personal::Clear);
    let phone = fields.text_if("phone", PhoneTail::parse).map(Personal::Clear);
    let booking = fields.object_if("booked", |booked| {
        Some(Booking {
            member: booked.reference_if("member", Kind::Member),
            room: booked.reference_if("room", Kind::Room),
            appointment: booked.instant("appointment"),
            told_by: booked.word_if("told_by", &TOLD_BY).unwrap_or(ToldBy::Patient),
        })
    });
    let consent = fields.number("consent");
    let passcode = fields.text_if("passcode", passcode);
    let external_ref = fields.text_if("external_ref", ExternalRef::parse);
    let (handle, room, name) = (handle?, room?, name?);
    let browser = browser.unwrap_or(handle);
    let form = move |known: &Known| CheckInForm {
        room: known.room(&room),
        token: Known::token(&browser),
        name: Personal::Clear(name.clone()),
        reason: reason.clone(),
        phone: phone.clone(),
        arrival: booking.as_ref().map_or(Arrival::DropIn, |booking| booking.arrival(known)),
        consent,
        passcode: Vouched(None),
        external_ref: external_ref.clone(),
    };
    Some(Deed::CheckIn { form: Box::new(form), passcode })
}

impl Booking {
    fn arrival(&self, known: &Known) -> Arrival {
        Arrival::Booked {
            member: self.member.as_ref().map(|member| known.member(member)),
            room: self.room.as_ref().map(|room| known.room(room)),
            appointment: self.appointment,
            told_by: self.told_by,
        }
    }
}

pub(super) fn start_call(fields: &mut Fields<'_>) -> Option<Deed> {
    let visit = fields.visit("visit");
    let pausing = fields.flag("pausing", false);
    let seen = fields.seen();
    let visit = visit?;
    Some(Deed::ask(move |known, views| {
        let visit = known.visit(&visit);
        Action::StartCall { visit, pausing, seen: Known::seen(views, visit, seen) }
    }))
}

pub(super) fn call_next(fields: &mut Fields<'_>) -> Option<Deed> {
    let room = fields.room("room");
    let pausing = fields.flag("pausing", false);
    let room = room?;
    Some(Deed::ask(move |known, _| Action::CallNext { room: known.room(&room), pausing }))
}

pub(super) fn pause_call(fields: &mut Fields<'_>) -> Option<Deed> {
    let visit = fields.visit("visit");
    let seen = fields.seen();
    let visit = visit?;
    Some(Deed::ask(move |known, views| {
        let visit = known.visit(&visit);
        Action::PauseCall { visit, seen: Known::seen(views, visit, seen) }
    }))
}

pub(super) fn end_call(fields: &mut Fields<'_>) -> Option<Deed> {
    let visit = fields.visit("visit");
    let seen = fields.seen();
    let visit = visit?;
    Some(Deed::ask(move |known, views| {
        let visit = known.visit(&visit);
        Action::EndCall { visit, seen: Known::seen(views, visit, seen) }
    }))
}

pub(super) fn set_priority(fields: &mut Fields<'_>) -> Option<Deed> {
    let visit = fields.visit("visit");
    let priority = fields.word("priority", &PRIORITIES);
    let (visit, priority) = visit.zip(priority)?;
    Some(Deed::ask(move |known, _| Action::SetPriority(known.visit(&visit), priority)))
}

pub(super) fn add_note(fields: &mut Fields<'_>) -> Option<Deed> {
    let visit = fields.visit("visit");
    let note = fields.text("note", Note::parse);
    let (visit, note) = visit.zip(note)?;
    Some(Deed::ask(move |known, _| {
        Action::AddNote(known.visit(&visit), Personal::Clear(note.clone()))
    }))
}

pub(super) fn tick(fields: &mut Fields<'_>) -> Option<Deed> {
    let visit = fields.visit("visit");
    let label = fields.text("label", Label::parse);
    let done = fields.flag("done", true);
    let mark = if done { "tick" } else { "untick" };
    fields.shown.push(("mark", Shown::Text(mark.to_owned())));
    let (visit, label) = visit.zip(label)?;
    Some(Deed::ask(move |known, _| Action::TickChecklist {
        visit: known.visit(&visit),
        label: label.clone(),
        done,
    }))
}

pub(super) fn carry_over(fields: &mut Fields<'_>) -> Option<Deed> {
    let visit = fields.visit("visit")?;
    Some(Deed::ask(move |known, _| Action::CarryOver(known.visit(&visit))))
}

pub(super) fn close(fields: &mut Fields<'_>) -> Option<Deed> {
    let visit = fields.visit("visit");
    let reason = Closing::read(fields);
    let seen = fields.seen();
    let (visit, reason) = visit.zip(reason)?;
    Some(Deed::ask(move |known, views| {
        let visit = known.visit(&visit);
        let seen = Known::seen(views, visit, seen);
        Action::CloseVisit { visit, reason: reason.of(known), seen }
    }))
}

pub(super) fn close_all(fields: &mut Fields<'_>) -> Option<Deed> {
    let room = fields.room("room");
    let only = fields.references_if("only", Kind::Visit);
    let reason = Closing::read(fields);
    let (room, reason) = room.zip(reason)?;
    Some(Deed::ask(move |known, _| Action::CloseAll {
        room: known.room(&room),
        only: only.as_ref().map(|only| only.iter().map(|visit| known.visit(visit)).collect()),
        reason: reason.of(known),
    }))
}

pub(super) fn reopen(fields: &mut Fields<'_>) -> Option<Deed> {
    let visit = fields.visit("visit")?;
    Some(Deed::ask(move |known, _| Action::ReopenVisit(known.visit(&visit))))
}

pub(super) fn merge(fields: &mut Fields<'_>) -> Option<Deed> {
    let survivor = fields.visit("survivor");
    let duplicate = fields.visit("duplicate");
    let seen = fields.seen();
    let (survivor, duplicate) = survivor.zip(duplicate)?;
    Some(Deed::ask(move |known, views| {
        let (survivor, duplicate) = (known.visit(&survivor), known.visit(&duplicate));
        let seen = Known::seen(views, duplicate, seen);
        Action::MergeVisits { survivor, duplicate, seen }
    }))
}
