//! The clinic itself: its members, their roles, what it may use.

use std::collections::BTreeSet;

use clinic_domain::actor::{Actor, PolicyName, Right};
use clinic_domain::clinic::{
    Capability, Clinic, ClinicAct, ClinicCommand, ClinicEvent, ClinicRefusal, Member, Role, Status,
};
use clinic_domain::hours::Zone;
use clinic_domain::ids::MemberId;
use clinic_domain::limits;
use clinic_domain::visit::Presence;
use clinic_testkit::spec::{Given, given, id};

use super::{ADA, DANA, PRESENCE, RITA, at, by, title};

const OTTO: MemberId = MemberId(id(9));

fn zone(name: &str) -> Zone {
    Zone::parse(name).expect("this build knows the zone")
}

fn founded() -> ClinicEvent {
    ClinicEvent::ClinicFounded {
        name: title("Clinic at the Park"),
        zone: zone("Europe/Berlin"),
        owner: ADA,
        owner_name: title("Ada"),
        capabilities: BTreeSet::from(Capability::ALL),
        external_ref: None,
        imported: false,
        at: at(0),
    }
}

fn found(owner: MemberId) -> ClinicAct {
    ClinicAct::Found {
        name: title("Clinic at the Park"),
        zone: zone("Europe/Berlin"),
        owner,
        owner_name: title("Ada"),
        capabilities: BTreeSet::from(Capability::ALL),
        external_ref: None,
    }
}

fn joined(member: MemberId, name: &str, role: Role) -> ClinicEvent {
    ClinicEvent::MemberAdded { member, name: title(name), role, external_ref: None, at: at(0) }
}

fn add(member: MemberId, name: &str, role: Role) -> ClinicAct {
    ClinicAct::Add { member, name: title(name), role, external_ref: None }
}

/// A clinic with Ada, its Owner, Dana, an Admin, and Rita, a Member.
fn staffed() -> Given<Clinic> {
    given([founded(), joined(DANA, "Dana", Role::Admin), joined(RITA, "Rita", Role::Member)])
}

fn ask(by: Actor, act: ClinicAct) -> ClinicCommand {
    ClinicCommand { at: at(1), by, act }
}

#[test]
fn the_host_founds_a_clinic_with_one_owner() {
    given::<Clinic>([])
        .when(ClinicCommand { at: at(0), by: Actor::Host, act: found(ADA) })
        .then([ClinicEvent::ClinicFounded {
            name: title("Clinic at the Park"),
            zone: zone("Europe/Berlin"),
            owner: ADA,
            owner_name: title("Ada"),
            capabilities: BTreeSet::from(Capability::ALL),
            external_ref: None,
            imported: false,
            at: at(0),
        }])
        .then_state(|clinic| {
            let ada = clinic.member(ADA).expect("the owner is a member");
            assert_eq!((ada.role, ada.status), (Role::Owner, Status::Active));
            assert_eq!(ada.presence, Presence::OfflineSince(at(0)));
        });
}

#[test]
fn nobody_but_the_host_founds_a_clinic() {
    let right = Right::Own;
    for actor in [by(ADA), PRESENCE] {
        given::<Clinic>([])
            .when(ask(actor, found(ADA)))
            .then_refused(ClinicRefusal::NotEntitled { right });
    }
}

#[test]
fn a_clinic_that_nobody_has_founded_grants_nothing_else() {
    let acts = [
        ClinicAct::SetZone(zone("Europe/Paris")),
        ClinicAct::SetCapabilities(BTreeSet::new()),
        add(RITA, "Rita", Role::Member),
        ClinicAct::Remove(RITA),
    ];
    for act in acts {
        given::<Clinic>([]).when(ask(Actor::Host, act)).then_refused(ClinicRefusal::NotFounded);
    }
}

#[test]
fn a_clinic_is_founded_once() {
    staffed().when(ask(Actor::Host, found(OTTO))).then_refused(ClinicRefusal::AlreadyFounded);
    staffed().when(ask(Actor::Host, found(ADA))).then_nothing();
}

/// A clinic that an import founded, with the same people.
fn history() -> Given<Clinic> {
    let mut told = founded();
    if let ClinicEvent::ClinicFounded { imported, .. } = &mut told {
        *imported = true;
    }
    given([told, joined(DANA, "Dana", Role::Admin), joined(RITA, "Rita", Role::Member)])
}

#[test]
fn a_clinic_that_an_import_founds_is_history() {
    let founding = |by| ClinicCommand { at: at(0), by, act: found(ADA) };
    for (by, expected) in [(Actor::Import, true), (Actor::Host, false)] {
        let mut event = founded();
        if let ClinicEvent::ClinicFounded { imported, .. } = &mut event {
            *imported = expected;
        }
        given::<Clinic>([])
            .when(founding(by))
            .then([event])
            .then_state(|clinic| assert_eq!(clinic.is_history(), expected));
    }
}

#[test]
fn history_listens_to_imports_only_and_says_so_before_anything_else() {
    let acts = || {
        [
            found(OTTO),
            found(ADA),
            ClinicAct::SetZone(zone("Europe/Paris")),
            add(OTTO, "Otto", Role::Owner),
            ClinicAct::Disable(OTTO),
            ClinicAct::NotePresence { member: RITA, online: true, last_seen: at(0) },
        ]
    };
    for actor in [Actor::Host, by(ADA), by(OTTO), PRESENCE, Actor::Patient(super::ANNAS)] {
        for act in acts() {
            history().when(ask(actor.clone(), act)).then_refused(ClinicRefusal::History);
        }
    }
    let zone = zone("Europe/Paris");
    history()
        .when(ask(Actor::Import, ClinicAct::SetZone(zone.clone())))
        .then([ClinicEvent::ZoneChanged { zone }]);
    history().when(ask(Actor::Import, found(OTTO))).then_refused(ClinicRefusal::AlreadyFounded);
}

#[test]
fn an_admin_moves_the_clock_on_the_wall() {
    staffed()
        .when(ask(by(DANA), ClinicAct::SetZone(zone("America/New_York"))))
        .then([ClinicEvent::ZoneChanged { zone: zone("America/New_York") }]);
    staffed().when(ask(by(DANA), ClinicAct::SetZone(zone("Europe/Berlin")))).then_nothing();
}

#[test]
fn only_the_host_says_what_a_clinic_may_use() {
    let fewer = BTreeSet::from([Capability::Transfer]);
    staffed()
        .when(ask(Actor::Host, ClinicAct::SetCapabilities(fewer.clone())))
        .then([ClinicEvent::CapabilitiesChanged { capabilities: fewer.clone() }])
        .then_state(|clinic| {
            assert!(clinic.can(Capability::Transfer) && !clinic.can(Capability::SharedRooms));
        });
    staffed()
        .when(ask(by(ADA), ClinicAct::SetCapabilities(fewer)))
        .then_refused(ClinicRefusal::NotEntitled { right: Right::Own });
}

#[test]
fn an_admin_adds_a_member_who_is_offline_until_her_page_connects() {
    staffed()
        .when(ask(by(DANA), add(OTTO, "Otto", Role::Admin)))
        .then([ClinicEvent::MemberAdded {
            member: OTTO,
            name: title("Otto"),
            role: Role::Admin,
            external_ref: None,
            at: at(1),
        }])
        .then_state(|clinic| {
            let otto = clinic.member(OTTO).expect("he has been added");
            assert!(otto.active() && !otto.online());
        });
}

#[test]
fn a_member_who_is_added_twice_is_added_once() {
    staffed().when(ask(by(DANA), add(RITA, "Rita", Role::Member))).then_nothing();
}

#[test]
fn a_clinic_has_no_more_members_than_its_limit() {
    let many = (100..).map(|n| joined(MemberId(id(n)), "Somebody", Role::Member));
    staffed()
        .and(many.take(limits::MEMBERS - 3))
        .when(ask(by(DANA), add(OTTO, "Otto", Role::Member)))
        .then_refused(ClinicRefusal::LimitReached { what: "members of the clinic", limit: 5_000 });
}

#[test]
fn only_an_owner_or_the_host_makes_an_owner() {
    let promote = || ClinicAct::ChangeRole { member: RITA, role: Role::Owner };
    staffed()
        .when(ask(by(DANA), add(OTTO, "Otto", Role::Owner)))
        .then_refused(ClinicRefusal::OwnersOnly);
    staffed().when(ask(by(DANA), promote())).then_refused(ClinicRefusal::OwnersOnly);
    for actor in [by(ADA), Actor::Host] {
        staffed()
            .when(ask(actor, promote()))
            .then([ClinicEvent::RoleChanged { member: RITA, role: Role::Owner }]);
    }
}

#[test]
fn an_admin_may_neither_demote_nor_disable_nor_enable_nor_remove_an_owner() {
    let demote = ClinicAct::ChangeRole { member: OTTO, role: Role::Member };
    let acts = [demote, ClinicAct::Disable(OTTO), ClinicAct::Enable(OTTO), ClinicAct::Remove(OTTO)];
    let disabled = ClinicEvent::MemberDisabled { member: OTTO };
    for act in acts {
        let two_owners = || staffed().and([joined(OTTO, "Otto", Role::Owner)]);
        two_owners().when(ask(by(DANA), act.clone())).then_refused(ClinicRefusal::OwnersOnly);
        two_owners()
            .and([disabled.clone()])
            .when(ask(by(DANA), act))
            .then_refused(ClinicRefusal::OwnersOnly);
    }
}

#[test]
fn the_last_active_owner_can_be_neither_demoted_nor_disabled_nor_removed() {
    let demote = ClinicAct::ChangeRole { member: ADA, role: Role::Admin };
    for act in [demote, ClinicAct::Disable(ADA), ClinicAct::Remove(ADA)] {
        for actor in [by(ADA), Actor::Host] {
            // Another owner who may not act is no owner to rely on.
            let otto =
                [joined(OTTO, "Otto", Role::Owner), ClinicEvent::MemberDisabled { member: OTTO }];
            staffed()
                .and(otto)
                .when(ask(actor, act.clone()))
                .then_refused(ClinicRefusal::LastOwner { member: ADA });
        }
    }
}

#[test]
fn an_owner_may_go_while_another_stays() {
    staffed()
        .and([joined(OTTO, "Otto", Role::Owner)])
        .when(ask(by(ADA), ClinicAct::Disable(ADA)))
        .then([ClinicEvent::MemberDisabled { member: ADA }]);
}

#[test]
fn an_admin_changes_names_and_roles() {
    let rename = |name| ClinicAct::Rename { member: RITA, name: title(name) };
    staffed()
        .when(ask(by(DANA), rename("Rita Meyer")))
        .then([ClinicEvent::MemberRenamed { member: RITA, name: title("Rita Meyer") }]);
    staffed().when(ask(by(DANA), rename("Rita"))).then_nothing();
    let change = |role| ClinicAct::ChangeRole { member: RITA, role };
    staffed()
        .when(ask(by(DANA), change(Role::Admin)))
        .then([ClinicEvent::RoleChanged { member: RITA, role: Role::Admin }]);
    staffed().when(ask(by(DANA), change(Role::Member))).then_nothing();
}

#[test]
fn a_disabled_member_may_not_act_until_she_is_enabled() {
    staffed()
        .when(ask(by(ADA), ClinicAct::Disable(DANA)))
        .then([ClinicEvent::MemberDisabled { member: DANA }]);
    let disabled = || staffed().and([ClinicEvent::MemberDisabled { member: DANA }]);
    disabled()
        .when(ask(by(DANA), ClinicAct::Disable(RITA)))
        .then_refused(ClinicRefusal::NotEntitled { right: Right::Administer });
    disabled().when(ask(by(ADA), ClinicAct::Disable(DANA))).then_nothing();
    disabled()
        .when(ask(by(ADA), ClinicAct::Enable(DANA)))
        .then([ClinicEvent::MemberEnabled { member: DANA }]);
    staffed().when(ask(by(ADA), ClinicAct::Enable(DANA))).then_nothing();
}

#[test]
fn a_removed_member_keeps_the_name_held_then_and_is_nobody_from_then_on() {
    let removed = || staffed().and([ClinicEvent::MemberRemoved { member: RITA }]);
    staffed()
        .when(ask(by(DANA), ClinicAct::Remove(RITA)))
        .then([ClinicEvent::MemberRemoved { member: RITA }])
        .then_state(|clinic| {
            let rita = clinic.member(RITA).expect("history shows who it was");
            assert_eq!((rita.name.as_str(), rita.status), ("Rita", Status::Removed));
        });
    removed().when(ask(by(DANA), ClinicAct::Remove(RITA))).then_nothing();
    let acts = [
        ClinicAct::Rename { member: RITA, name: title("Another") },
        ClinicAct::ChangeRole { member: RITA, role: Role::Admin },
        ClinicAct::Disable(RITA),
        ClinicAct::Enable(RITA),
    ];
    for act in acts {
        removed()
            .when(ask(by(DANA), act))
            .then_refused(ClinicRefusal::NoSuchMember { member: RITA });
    }
    staffed()
        .when(ask(by(DANA), ClinicAct::Remove(OTTO)))
        .then_refused(ClinicRefusal::NoSuchMember { member: OTTO });
}

#[test]
fn members_who_are_no_admins_administer_nothing() {
    let acts = [
        ClinicAct::SetZone(zone("Europe/Paris")),
        add(OTTO, "Otto", Role::Member),
        ClinicAct::Rename { member: RITA, name: title("Queen") },
        ClinicAct::ChangeRole { member: RITA, role: Role::Admin },
        ClinicAct::Disable(DANA),
        ClinicAct::Enable(DANA),
        ClinicAct::Remove(DANA),
    ];
    let right = Right::Administer;
    for act in acts {
        for actor in [by(RITA), PRESENCE, by(OTTO)] {
            staffed()
                .when(ask(actor, act.clone()))
                .then_refused(ClinicRefusal::NotEntitled { right });
        }
    }
}

#[test]
fn presence_is_noted_at_its_edges_and_last_seen_is_only_told() {
    let note = |online| ClinicAct::NotePresence { member: RITA, online, last_seen: at(0) };
    let online = || staffed().and([ClinicEvent::MemberCameOnline { member: RITA, at: at(0) }]);
    staffed()
        .when(ask(PRESENCE, note(true)))
        .then([ClinicEvent::MemberCameOnline { member: RITA, at: at(1) }])
        .then_state(|clinic| assert!(clinic.member(RITA).is_some_and(Member::online)));
    online()
        .when(ask(PRESENCE, note(false)))
        .then([ClinicEvent::MemberWentOffline { member: RITA, last_seen: at(0), at: at(1) }])
        .then_state(|clinic| {
            let rita = clinic.member(RITA).expect("she is a member");
            assert_eq!(rita.presence, Presence::OfflineSince(at(1)), "never back-dated");
        });
    staffed().when(ask(PRESENCE, note(false))).then_nothing();
    online().when(ask(PRESENCE, note(true))).then_nothing();
}

#[test]
fn only_a_policy_notes_presence() {
    let right = Right::Observe;
    for actor in [by(RITA), by(ADA), Actor::Host] {
        let note = ClinicAct::NotePresence { member: RITA, online: true, last_seen: at(0) };
        staffed().when(ask(actor, note)).then_refused(ClinicRefusal::NotEntitled { right });
    }
    let note = ClinicAct::NotePresence { member: OTTO, online: true, last_seen: at(0) };
    staffed()
        .when(ask(Actor::policy(PolicyName::Presence), note))
        .then_refused(ClinicRefusal::NoSuchMember { member: OTTO });
}

/// Each row breaks its rule and all below it.
#[test]
fn refusals_come_in_their_order() {
    let disable_last = ClinicAct::Disable(ADA);
    let nobody = MemberId(id(99));
    // not entitled, before owners only
    staffed()
        .when(ask(by(RITA), disable_last.clone()))
        .then_refused(ClinicRefusal::NotEntitled { right: Right::Administer });
    // owners only, before the last owner
    staffed().when(ask(by(DANA), disable_last)).then_refused(ClinicRefusal::OwnersOnly);
    // owners only, before no such member
    let crown = ClinicAct::ChangeRole { member: nobody, role: Role::Owner };
    staffed().when(ask(by(DANA), crown.clone())).then_refused(ClinicRefusal::OwnersOnly);
    staffed()
        .when(ask(by(ADA), crown))
        .then_refused(ClinicRefusal::NoSuchMember { member: nobody });
    // founded already, before not entitled
    staffed().when(ask(by(RITA), found(OTTO))).then_refused(ClinicRefusal::AlreadyFounded);
    // not founded, before not entitled
    given::<Clinic>([])
        .when(ask(by(RITA), ClinicAct::Disable(RITA)))
        .then_refused(ClinicRefusal::NotFounded);
}
