//! The clinic and its members.

use clinic_domain::clinic::{Capability, Role};
use clinic_domain::command::Action;
use clinic_domain::hours::Zone;
use clinic_domain::text::{ExternalRef, Title};

use crate::day::Deed;
use crate::day::fields::Fields;
use crate::day::handles::{Handle, Kind};

const CAPABILITIES: [(&str, Capability); 4] = [
    ("shared-rooms", Capability::SharedRooms),
    ("transfer", Capability::Transfer),
    ("pause", Capability::Pause),
    ("accept-window", Capability::AcceptWindow),
];

const ROLES: [(&str, Role); 3] =
    [("member", Role::Member), ("admin", Role::Admin), ("owner", Role::Owner)];

pub(super) fn zone(name: &str) -> Result<Zone, &'static str> {
    Zone::parse(name).ok_or("must be an IANA time zone such as Europe/Berlin")
}

fn capability(word: &str) -> Result<Capability, String> {
    let found = CAPABILITIES.iter().find(|(name, _)| *name == word).map(|(_, found)| *found);
    found.ok_or_else(|| {
        let words = CAPABILITIES.map(|(name, _)| name);
        format!("must be one of: {}", words.join(", "))
    })
}

pub(super) fn found(fields: &mut Fields<'_>) -> Option<Deed> {
    let named = fields.text_if("handle", Handle::parse);
    // A file with one clinic need not name it.
    let handle = named.or_else(|| Handle::parse("clinic").ok());
    let _handle = handle.map(|handle| fields.brought("handle", Kind::Clinic, handle));
    let name = fields.text("name", Title::parse);
    let zone = fields.text("zone", zone);
    let owner = fields.object("owner", |owner| {
        let handle = owner.bring("handle", Kind::Member);
        let name = owner.text("name", Title::parse);
        handle.and(name)
    });
    let capabilities = fields.texts_if("capabilities", capability);
    let external_ref = fields.text_if("external_ref", ExternalRef::parse);
    let (name, zone, owner_name) = (name?, zone?, owner?);
    let capabilities = capabilities.unwrap_or_else(|| Capability::ALL.to_vec());
    Some(Deed::ask(move |_, _| Action::FoundClinic {
        name: name.clone(),
        zone: zone.clone(),
        owner_name: owner_name.clone(),
        capabilities: capabilities.iter().copied().collect(),
        external_ref: external_ref.clone(),
    }))
}

pub(super) fn set_zone(fields: &mut Fields<'_>) -> Option<Deed> {
    let zone = fields.text("zone", zone)?;
    Some(Deed::ask(move |_, _| Action::SetZone(zone.clone())))
}

pub(super) fn set_capabilities(fields: &mut Fields<'_>) -> Option<Deed> {
    let capabilities = fields.texts("capabilities", capability)?;
    Some(Deed::ask(move |_, _| Action::SetCapabilities(capabilities.iter().copied().collect())))
}

pub(super) fn add_member(fields: &mut Fields<'_>) -> Option<Deed> {
    fields.bring("handle", Kind::Member);
    let name = fields.text("name", Title::parse);
    let role = fields.word_if("role", &ROLES).unwrap_or(Role::Member);
    let external_ref = fields.text_if("external_ref", ExternalRef::parse);
    let name = name?;
    Some(Deed::ask(move |_, _| Action::AddMember {
        name: name.clone(),
        role,
        external_ref: external_ref.clone(),
    }))
}

pub(super) fn rename_member(fields: &mut Fields<'_>) -> Option<Deed> {
    let member = fields.member("member");
    let name = fields.text("name", Title::parse);
    let (member, name) = member.zip(name)?;
    Some(Deed::ask(move |known, _| Action::RenameMember {
        member: known.member(&member),
        name: name.clone(),
    }))
}

pub(super) fn change_role(fields: &mut Fields<'_>) -> Option<Deed> {
    let member = fields.member("member");
    let role = fields.word("role", &ROLES);
    let (member, role) = member.zip(role)?;
    Some(Deed::ask(move |known, _| Action::ChangeRole { member: known.member(&member), role }))
}

pub(super) fn disable_member(fields: &mut Fields<'_>) -> Option<Deed> {
    let member = fields.member("member")?;
    Some(Deed::ask(move |known, _| Action::DisableMember(known.member(&member))))
}

pub(super) fn enable_member(fields: &mut Fields<'_>) -> Option<Deed> {
    let member = fields.member("member")?;
    Some(Deed::ask(move |known, _| Action::EnableMember(known.member(&member))))
}

pub(super) fn remove_member(fields: &mut Fields<'_>) -> Option<Deed> {
    let member = fields.member("member")?;
    Some(Deed::ask(move |known, _| Action::RemoveMember(known.member(&member))))
}
