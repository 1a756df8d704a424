//! Transfers and what becomes of them.

use clinic_domain::command::Action;
use clinic_domain::personal::Personal;
use clinic_domain::text::Note;

use crate::day::Deed;
use crate::day::fields::Fields;
use crate::day::handles::{Handle, Kind};
use crate::play::Known;

pub(super) fn transfer(fields: &mut Fields<'_>) -> Option<Deed> {
    fields.bring_if("handle", Kind::Transfer);
    let visit = fields.visit("visit");
    let to = fields.room("to");
    let note = fields.text_if("note", Note::parse).map(Personal::Clear);
    let seen = fields.seen();
    let (visit, to) = visit.zip(to)?;
    Some(Deed::ask(move |known, views| {
        let visit = known.visit(&visit);
        let seen = Known::seen(views, visit, seen);
        Action::Transfer { visit, to: known.room(&to), note: note.clone(), seen }
    }))
}

pub(super) fn transfer_all(fields: &mut Fields<'_>) -> Option<Deed> {
    let from = fields.room("from");
    let to = fields.room("to");
    let (from, to) = from.zip(to)?;
    Some(Deed::ask(move |known, _| Action::TransferAll {
        from: known.room(&from),
        to: known.room(&to),
    }))
}

pub(super) fn accept(fields: &mut Fields<'_>) -> Option<Deed> {
    let (visit, leg) = leg(fields)?;
    Some(Deed::ask(move |known, _| {
        let visit = known.visit(&visit);
        Action::AcceptTransfer(visit, known.transfer(visit, leg.as_ref()))
    }))
}

pub(super) fn decline(fields: &mut Fields<'_>) -> Option<Deed> {
    let leg = leg(fields);
    let note = fields.text_if("note", Note::parse).map(Personal::Clear);
    let (visit, leg) = leg?;
    Some(Deed::ask(move |known, _| {
        let visit = known.visit(&visit);
        let transfer = known.transfer(visit, leg.as_ref());
        Action::DeclineTransfer { visit, transfer, note: note.clone() }
    }))
}

pub(super) fn undo(fields: &mut Fields<'_>) -> Option<Deed> {
    let (visit, leg) = leg(fields)?;
    Some(Deed::ask(move |known, _| {
        let visit = known.visit(&visit);
        Action::UndoTransfer(visit, known.transfer(visit, leg.as_ref()))
    }))
}

/// Which leg of which visit: the one with this handle, or its last.
pub(super) fn leg(fields: &mut Fields<'_>) -> Option<(Handle, Option<Handle>)> {
    let visit = fields.visit("visit");
    let leg = if fields.says("transfer", "last") {
        None
    } else {
        fields.reference_if("transfer", Kind::Transfer)
    };
    Some((visit?, leg))
}
