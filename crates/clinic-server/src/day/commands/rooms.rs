//! Rooms: what they are called, who serves there, what they show, and whom they let in.

use clinic_domain::command::Action;
use clinic_domain::limits::CHECKLIST_LABELS;
use clinic_domain::room::{Room, RoomKind, Texts};
use clinic_domain::text::{ExternalRef, Label, Notice, Slug, TextError, Title};

use crate::day::Deed;
use crate::day::change::Change;
use crate::day::fields::{Fields, too_many};
use crate::day::handles::Kind;
use crate::limits;

pub(super) fn open(fields: &mut Fields<'_>) -> Option<Deed> {
    let handle = fields.bring("handle", Kind::Room);
    let name = fields.text("name", Title::parse);
    let slug = fields.text_if("slug", Slug::parse);
    let owner = fields.reference_if("personal", Kind::Member);
    let external_ref = fields.text_if("external_ref", ExternalRef::parse);
    let slug = slug.or_else(|| handle.and_then(|handle| Slug::parse(handle.as_str()).ok()));
    let (name, slug) = name.zip(slug)?;
    Some(Deed::ask(move |known, _| Action::OpenRoom {
        kind: owner.as_ref().map_or(RoomKind::Shared, |own| RoomKind::Personal(known.member(own))),
        name: name.clone(),
        slug: slug.clone(),
        external_ref: external_ref.clone(),
    }))
}

pub(super) fn rename(fields: &mut Fields<'_>) -> Option<Deed> {
    let room = fields.room("room");
    let name = fields.text("name", Title::parse);
    let (room, name) = room.zip(name)?;
    Some(Deed::ask(move |known, _| Action::RenameRoom(known.room(&room), name.clone())))
}

pub(super) fn change_slug(fields: &mut Fields<'_>) -> Option<Deed> {
    let room = fields.room("room");
    let slug = fields.text("slug", Slug::parse);
    let (room, slug) = room.zip(slug)?;
    Some(Deed::ask(move |known, _| Action::ChangeSlug(known.room(&room), slug.clone())))
}

pub(super) fn assign(fields: &mut Fields<'_>) -> Option<Deed> {
    let room = fields.room("room");
    let member = fields.member("member");
    let (room, member) = room.zip(member)?;
    Some(Deed::ask(move |known, _| Action::AssignMember(known.room(&room), known.member(&member))))
}

pub(super) fn unassign(fields: &mut Fields<'_>) -> Option<Deed> {
    let room = fields.room("room");
    let member = fields.member("member");
    let (room, member) = room.zip(member)?;
    Some(Deed::ask(move |known, _| {
        Action::UnassignMember(known.room(&room), known.member(&member))
    }))
}

pub(super) fn set_texts(fields: &mut Fields<'_>) -> Option<Deed> {
    let room = fields.room("room");
    let welcome = fields.text_or_null("welcome", Notice::parse);
    let office_hours = fields.text_or_null("office_hours", Notice::parse);
    let emergency = fields.text_or_null("emergency", Notice::parse);
    let room = room?;
    Some(Deed::ask(move |known, views| {
        let id = known.room(&room);
        let shown = views.census.room(id).and_then(Room::last);
        let mut texts = shown.map_or_else(Texts::default, |room| room.texts.clone());
        welcome.apply(&mut texts.welcome);
        office_hours.apply(&mut texts.office_hours);
        emergency.apply(&mut texts.emergency);
        Action::SetTexts(id, texts)
    }))
}

pub(super) fn set_checklist(fields: &mut Fields<'_>) -> Option<Deed> {
    let room = fields.room("room");
    let labels = fields.texts("labels", Label::parse);
    let found = labels.as_ref().map_or(0, Vec::len);
    if found > CHECKLIST_LABELS {
        fields.wrong("labels", too_many("labels", found, CHECKLIST_LABELS));
    }
    let (room, labels) = room.zip(labels)?;
    Some(Deed::ask(move |known, _| Action::SetChecklist(known.room(&room), labels.clone())))
}

/// A passcode as typed; it never gets into an event.
pub(super) fn passcode(text: &str) -> Result<String, TextError> {
    let (found, limit) = (text.chars().count(), limits::PASSCODE_CHARS);
    match found {
        0 => Err(TextError::Empty),
        _ if found > limit => Err(TextError::TooLong { unit: "characters", found, limit }),
        _ => Ok(text.to_owned()),
    }
}

pub(super) fn set_passcode(fields: &mut Fields<'_>) -> Option<Deed> {
    let room = fields.room("room");
    if fields.id.is_some() {
        fields.wrong("id", "is not possible here: each set-passcode makes a new passcode");
    }
    if !fields.has("passcode") {
        fields.wrong("passcode", "is missing: a text, or null for none");
    }
    let typed = match fields.text_or_null("passcode", passcode) {
        Change::Set(passcode) => Some(passcode),
        Change::Keep | Change::Clear => None,
    };
    Some(Deed::SetPasscode { room: room?, passcode: typed })
}

pub(super) fn suspend(fields: &mut Fields<'_>) -> Option<Deed> {
    let room = fields.room("room");
    let message = fields.text("message", Notice::parse);
    let (room, message) = room.zip(message)?;
    Some(Deed::ask(move |known, _| Action::SuspendRoom(known.room(&room), message.clone())))
}

pub(super) fn lift_suspension(fields: &mut Fields<'_>) -> Option<Deed> {
    let room = fields.room("room")?;
    Some(Deed::ask(move |known, _| Action::LiftSuspension(known.room(&room))))
}

pub(super) fn archive(fields: &mut Fields<'_>) -> Option<Deed> {
    let room = fields.room("room")?;
    Some(Deed::ask(move |known, _| Action::ArchiveRoom(known.room(&room))))
}
