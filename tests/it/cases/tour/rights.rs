//! R9: who may do what, where.

use clinic_domain::actor::{Actor, PolicyName, Right};
use clinic_domain::clinic::{ClinicRefusal, Role};
use clinic_domain::command::Action;
use clinic_domain::ids::{MemberId, VisitId};
use clinic_domain::personal::Personal;
use clinic_domain::room::{RoomKind, RoomPolicy, Texts};
use clinic_domain::text::{Label, Note, Slug, Title};
use clinic_domain::visit::{CloseReason, Priority};
use clinic_testkit::spec::Scene;

use super::super::{close, complete, end, notice, pause, send, start};

/// Anna in call with Rita at Reception, Ben waiting there; everybody else is an onlooker.
struct Cast {
    scene: Scene,
    anna: VisitId,
    ben: VisitId,
    admin: MemberId,
    colleague: MemberId,
}

fn cast() -> Cast {
    let mut scene = Scene::new();
    let admin = scene.world.join("Adam", Role::Admin);
    let colleague = scene.world.join("Carla", Role::Member);
    scene.grant(scene.ada, Action::AssignMember(scene.reception, colleague));
    let label = Label::parse("payment").expect("a label");
    scene.grant(scene.ada, Action::SetChecklist(scene.reception, vec![label]));
    let anna = scene.arrive(scene.reception, "Anna");
    let ben = scene.arrive(scene.reception, "Ben");
    scene.grant(scene.rita, start(anna));
    Cast { scene, anna, ben, admin, colleague }
}

fn note() -> Personal<Note> {
    Personal::Clear(Note::parse("hello").expect("a note"))
}

/// What serving is: of those in the room's list of members.
fn serving(cast: &Cast) -> Vec<Action> {
    let label = Label::parse("payment").expect("a label");
    vec![
        start(cast.ben),
        Action::CallNext { room: cast.scene.reception, pausing: false },
        pause(cast.anna),
        end(cast.anna),
        Action::AddNote(cast.ben, note()),
        Action::TickChecklist { visit: cast.ben, label, done: true },
    ]
}

/// What steering is: of those, and of Owners and Admins.
fn steering(cast: &Cast) -> Vec<Action> {
    let (from, to) = (cast.scene.reception, cast.scene.dr_omar);
    vec![
        send(cast.ben, cast.scene.dr_dana),
        Action::TransferAll { from, to },
        Action::SetPriority(cast.ben, Priority::Urgent),
        Action::CarryOver(cast.ben),
        close(cast.ben, CloseReason::NoShow),
        complete(cast.anna),
        Action::CloseAll { room: from, only: Some(vec![cast.ben]), reason: CloseReason::EndOfDay },
    ]
}

#[track_caller]
fn granted(who: impl Fn(&Cast) -> Actor, actions: fn(&Cast) -> Vec<Action>, may: bool) {
    for n in 0..actions(&cast()).len() {
        let mut cast = cast();
        let action = actions(&cast).swap_remove(n);
        let name = action.name();
        match (cast.scene.ask(who(&cast), action), may) {
            (Ok(recorded), true) => assert!(!recorded.is_empty(), "{name} did nothing"),
            (Err(refusal), false) => {
                let path = refusal.path();
                assert!(path.ends_with(".NotEntitled"), "{name}: {path}");
            }
            (Ok(_), false) => panic!("{name} was granted"),
            (Err(refusal), true) => panic!("{name} was refused: {refusal}"),
        }
    }
}

#[test]
fn an_assigned_member_serves_and_steers_there() {
    let colleague = |cast: &Cast| Actor::Member(cast.colleague);
    granted(colleague, serving, true);
    granted(colleague, steering, true);
}

#[test]
fn owners_and_admins_steer_anywhere_and_serve_only_where_they_are_assigned() {
    let people: [fn(&Cast) -> MemberId; 2] = [|cast| cast.scene.ada, |cast| cast.admin];
    for who in people {
        granted(|cast| Actor::Member(who(cast)), serving, false);
        granted(|cast| Actor::Member(who(cast)), steering, true);
    }
    let mut cast = cast();
    cast.scene.grant(cast.scene.ada, Action::AssignMember(cast.scene.reception, cast.admin));
    cast.scene.grants(cast.admin, start(cast.ben), &["CallStarted"]);
}

#[test]
fn everybody_else_does_neither() {
    let people: [fn(&Cast) -> Actor; 6] = [
        |cast| Actor::Member(cast.scene.dana),
        |cast| cast.scene.patient(cast.anna),
        |cast| cast.scene.patient(cast.ben),
        |_| Actor::policy(PolicyName::Presence),
        |_| Actor::policy(PolicyName::ClosingTime),
        |_| Actor::Member(MemberId(clinic_testkit::spec::id(99))),
    ];
    for who in people {
        granted(who, serving, false);
        granted(who, steering, false);
    }
}

#[test]
fn the_host_steers_and_administers_and_serves_nobody() {
    granted(|_| Actor::Host, serving, false);
    granted(|_| Actor::Host, steering, true);
    granted(|_| Actor::Host, administering, true);
}

/// What administering is.
fn administering(cast: &Cast) -> Vec<Action> {
    let (room, member) = (cast.scene.reception, cast.colleague);
    let title = || Title::parse("Another").expect("a title");
    let slug = || Slug::parse("another").expect("a slug");
    let texts = Texts { welcome: Some(notice("Hello")), ..Texts::default() };
    let policy = Box::new(RoomPolicy { queue_limit: 3, ..RoomPolicy::default() });
    let hours = super::super::door::hours_until("09:00", "17:00");
    let name = title();
    vec![
        Action::SetZone(clinic_domain::hours::Zone::parse("Europe/Paris").expect("a zone")),
        Action::AddMember { name: title(), role: Role::Admin, external_ref: None },
        Action::RenameMember { member, name },
        Action::ChangeRole { member, role: Role::Admin },
        Action::DisableMember(member),
        Action::RemoveMember(member),
        Action::OpenRoom {
            kind: RoomKind::Shared,
            name: title(),
            slug: slug(),
            external_ref: None,
        },
        Action::RenameRoom(room, title()),
        Action::ChangeSlug(room, slug()),
        Action::AssignMember(room, cast.admin),
        Action::UnassignMember(room, member),
        Action::SetTexts(room, texts),
        Action::SetHours(room, Some(hours)),
        Action::SetPolicy(room, policy),
        Action::SetChecklist(room, vec![]),
        Action::SetPasscode(
            room,
            Some(clinic_domain::ids::PasscodeId(clinic_testkit::spec::id(5))),
        ),
        Action::SuspendRoom(room, notice("Back at noon.")),
        Action::ArchiveRoom(cast.scene.dr_omar),
    ]
}

#[test]
fn members_rooms_texts_hours_and_policies_are_the_business_of_owners_and_admins() {
    granted(|cast| Actor::Member(cast.scene.ada), administering, true);
    granted(|cast| Actor::Member(cast.admin), administering, true);
    granted(|cast| Actor::Member(cast.scene.rita), administering, false);
    granted(|cast| Actor::Member(cast.colleague), administering, false);
    granted(|cast| cast.scene.patient(cast.anna), administering, false);
    granted(|_| Actor::policy(PolicyName::ClosingTime), administering, false);
}

#[test]
fn what_a_member_may_follows_her_assignment_at_that_instant() {
    let Cast { mut scene, ben, colleague, .. } = cast();
    scene.grant(scene.ada, Action::UnassignMember(scene.reception, colleague));
    assert_eq!(scene.refuse(colleague, start(ben)).path(), "Visit.NotEntitled");
    scene.grant(scene.ada, Action::AssignMember(scene.reception, colleague));
    scene.grant(scene.ada, Action::DisableMember(colleague));
    assert_eq!(scene.refuse(colleague, start(ben)).path(), "Visit.NotEntitled");
    scene.grant(scene.ada, Action::EnableMember(colleague));
    scene.grants(colleague, start(ben), &["CallStarted"]);
}

#[test]
fn a_sender_has_no_say_over_what_she_sent_but_to_take_it_back() {
    let Cast { mut scene, ben, .. } = cast();
    scene.grant(scene.rita, send(ben, scene.dr_dana));
    let transfer = super::super::leg(&scene, ben);
    for action in [
        close(ben, CloseReason::NoShow),
        Action::SetPriority(ben, Priority::Urgent),
        send(ben, scene.dr_omar),
        Action::AcceptTransfer(ben, transfer),
        Action::AddNote(ben, note()),
    ] {
        let path = scene.refuse(scene.rita, action).path();
        assert!(path.ends_with(".NotEntitled"), "{path}");
    }
    let undo = Action::UndoTransfer(ben, transfer);
    scene.grants(scene.rita, undo, &["TransferReversed", "TransferUndone"]);
}

#[test]
fn the_owner_who_founded_the_clinic_stays_its_owner() {
    let mut scene = Scene::new();
    let refusal = ClinicRefusal::LastOwner { member: scene.ada };
    let demote = Action::ChangeRole { member: scene.ada, role: Role::Member };
    for action in [demote, Action::DisableMember(scene.ada), Action::RemoveMember(scene.ada)] {
        scene.refuses(scene.ada, action.clone(), refusal.clone());
        scene.refuses(Actor::Host, action, refusal.clone());
    }
    let second = scene.world.join("Adam", Role::Admin);
    let only = ClinicRefusal::OwnersOnly;
    scene.refuses(second, Action::DisableMember(scene.ada), only);
    let right = Right::Own;
    let more = Action::SetCapabilities(std::collections::BTreeSet::new());
    scene.refuses(scene.ada, more, ClinicRefusal::NotEntitled { right });
}
