//! Cases of members who come to have less to say while patients depend on them.

use clinic_domain::actor::{Actor, Right};
use clinic_domain::clinic::{ClinicRefusal, Role};
use clinic_domain::command::Action;
use clinic_domain::event::Event;
use clinic_domain::ids::VisitId;
use clinic_domain::room::RoomRefusal;
use clinic_domain::visit::{HoldReason, Place, VisitEvent, VisitRefusal};
use clinic_testkit::spec::Scene;

use super::{complete, end, pause, send, start};

/// Rita in call with Anna at Reception, where Omar serves too.
fn in_call() -> (Scene, VisitId) {
    let mut scene = Scene::new();
    scene.grant(scene.ada, Action::AssignMember(scene.reception, scene.omar));
    let anna = scene.arrive(scene.reception, "Anna");
    scene.grant(scene.rita, start(anna));
    (scene, anna)
}

/// A way to end a call, and what happens by it.
type Way = (fn(&Scene, VisitId) -> Action, &'static [&'static str]);

#[test]
fn case_07_a_member_unassigned_in_mid_call_may_end_it_in_any_way_and_start_no_other() {
    let ways: [Way; 4] = [
        (|_, anna| end(anna), &["CallEnded"]),
        (|_, anna| pause(anna), &["CallPaused"]),
        (|_, anna| complete(anna), &["VisitClosed"]),
        (
            |scene, anna| send(anna, scene.dr_dana),
            &["Transferred", "TransferRequested", "TransferCompleted"],
        ),
    ];
    for (way, expected) in ways {
        let (mut scene, anna) = in_call();
        let ben = scene.arrive(scene.reception, "Ben");
        scene.grant(scene.ada, Action::UnassignMember(scene.reception, scene.rita));
        assert_eq!(scene.visit(anna).in_call_with(), Some(scene.rita), "the call goes on");
        let refusal = VisitRefusal::NotEntitled { right: Right::Serve };
        scene.refuses(scene.rita, start(ben), refusal.clone());
        let action = way(&scene, anna);
        scene.grants(scene.rita, action, expected);
        scene.refuses(scene.rita, start(ben), refusal);
    }
}

#[test]
fn case_07_a_member_unassigned_in_mid_call_may_pause_it_to_start_where_she_still_serves() {
    let (mut scene, anna) = in_call();
    let desk = scene.open_room("Desk", "desk");
    scene.grant(scene.ada, Action::AssignMember(desk, scene.rita));
    let ben = scene.arrive(desk, "Ben");
    scene.grant(scene.ada, Action::UnassignMember(scene.reception, scene.rita));
    let both = Action::StartCall { visit: ben, pausing: true, seen: None };
    scene.grants(scene.rita, both, &["CallPaused", "CallStarted"]);
    scene.grants(scene.omar, start(anna), &["CallResumed"]);
}

#[test]
fn case_07_an_admin_demoted_in_mid_call_goes_on_with_it() {
    let (mut scene, anna) = in_call();
    let role = |role| Action::ChangeRole { member: scene.rita, role };
    let (up, down) = (role(Role::Admin), role(Role::Member));
    scene.grant(scene.ada, up);
    scene.grant(scene.ada, Action::UnassignMember(scene.reception, scene.rita));
    scene.grant(scene.ada, down);
    assert_eq!(scene.visit(anna).in_call_with(), Some(scene.rita));
    let refusal = ClinicRefusal::NotEntitled { right: Right::Administer };
    scene.refuses(scene.rita, Action::DisableMember(scene.omar), refusal);
    scene.grants(scene.rita, pause(anna), &["CallPaused"]);
}

#[test]
fn case_07_a_member_disabled_or_removed_in_mid_call_leaves_her_patient_on_hold_at_once() {
    for removed in [false, true] {
        let (mut scene, anna) = in_call();
        let (rita, ada) = (scene.rita, scene.ada);
        let action = if removed { Action::RemoveMember(rita) } else { Action::DisableMember(rita) };
        let name = if removed { "MemberRemoved" } else { "MemberDisabled" };
        let events = scene.grant(ada, action.clone());
        assert_eq!(super::names(&events), [name, "CallPaused"], "one command, two facts");
        let Event::Visit(_, VisitEvent::CallPaused { by, reason, .. }) = &events[1] else {
            panic!("{events:?}");
        };
        assert_eq!((by, *reason), (&Actor::Member(ada), HoldReason::MemberDisabled));
        assert!(matches!(scene.visit(anna).place, Place::OnHold { .. }));
        assert_eq!(scene.state().call_of(rita), None);
        for action in [end(anna), pause(anna), start(anna), complete(anna)] {
            assert_eq!(scene.refuse(rita, action).path(), "Visit.NotEntitled");
        }
        scene.grants(ada, action, &[]);
        scene.grants(scene.omar, start(anna), &["CallResumed"]);
    }
}

#[test]
fn case_08_the_last_assigned_member_is_not_unassigned_while_visits_are_inside() {
    let mut scene = Scene::new();
    let anna = scene.arrive(scene.reception, "Anna");
    let unassign = Action::UnassignMember(scene.reception, scene.rita);
    let refusal = RoomRefusal::LastMember { inside: vec![anna] };
    scene.refuses(scene.ada, unassign.clone(), refusal.clone());
    // A colleague who may not act is nobody to rely on.
    scene.grant(scene.ada, Action::AssignMember(scene.reception, scene.omar));
    scene.grant(scene.ada, Action::DisableMember(scene.omar));
    scene.refuses(scene.ada, unassign.clone(), refusal);
    // While another may act, whoever may not is unassigned freely.
    scene.grant(scene.ada, Action::UnassignMember(scene.reception, scene.omar));
    scene.grant(scene.rita, send(anna, scene.dr_dana));
    scene.grant(scene.ada, unassign);
}

#[test]
fn case_08_disabling_the_last_assigned_member_is_allowed_and_the_admins_can_move_her_patients() {
    let mut scene = Scene::new();
    let anna = scene.arrive(scene.reception, "Anna");
    scene.grant(scene.rita, start(anna));
    scene.grants(scene.ada, Action::DisableMember(scene.rita), &["MemberDisabled", "CallPaused"]);
    let refusal = VisitRefusal::NotEntitled { right: Right::Serve };
    scene.refuses(scene.ada, start(anna), refusal);
    // Though she may not act, she is the last who is assigned while somebody is inside.
    let unassign = Action::UnassignMember(scene.reception, scene.rita);
    let refusal = RoomRefusal::LastMember { inside: vec![anna] };
    scene.refuses(scene.ada, unassign.clone(), refusal);
    scene.grant(scene.ada, send(anna, scene.dr_dana));
    scene.grants(scene.ada, unassign, &["MemberUnassigned"]);
    assert_eq!(scene.queue(scene.dr_dana), [anna]);
}

#[test]
fn case_09_a_removed_member_keeps_the_name_held_then() {
    let mut scene = Scene::new();
    scene.grant(scene.ada, Action::RemoveMember(scene.rita));
    let rita = scene.state().clinic().member(scene.rita).expect("history shows who it was");
    assert_eq!(rita.name.as_str(), "Rita");
    let name = clinic_domain::text::Title::parse("Another").expect("a title");
    let rename = Action::RenameMember { member: scene.rita, name };
    let refusal = ClinicRefusal::NoSuchMember { member: scene.rita };
    scene.refuses(scene.ada, rename, refusal);
}
