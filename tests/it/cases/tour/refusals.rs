//! R3 and section 9: each way in which a transfer is refused, and what a patient is told of a refusal.

use clinic_domain::actor::Right;
use clinic_domain::clinic::ClinicRefusal;
use clinic_domain::command::Action;
use clinic_domain::ids::{CommandId, MemberId, PlaceVersion, RoomId, VisitId};
use clinic_domain::refusal::{PublicRefusal, Refusal};
use clinic_domain::room::RoomRefusal;
use clinic_domain::time::Timestamp;
use clinic_domain::transfer::{Outcome, TransferRefusal};
use clinic_domain::visit::{CloseReason, VisitRefusal};
use clinic_testkit::spec::{Scene, id};

use super::super::{close, notice, send};

/// What is done before Rita sends Anna to Dana's room, and why she is refused.
type Row = (&'static str, fn(&mut Scene, VisitId));

#[test]
fn a_transfer_is_refused_for_each_of_its_reasons_and_nothing_is_recorded() {
    let rows: [Row; 9] = [
        ("Visit.Room.Archived", |scene, _| {
            scene.grant(scene.ada, Action::ArchiveRoom(scene.dr_dana));
        }),
        ("Visit.Room.Suspended", |scene, _| {
            scene.grant(scene.ada, Action::SuspendRoom(scene.dr_dana, notice("Ill.")));
        }),
        ("Visit.Room.Full", |scene, _| {
            scene.set_policy(scene.dr_dana, |policy| policy.queue_limit = 0);
        }),
        ("Visit.Room.MemberInactive", |scene, _| {
            scene.grant(scene.ada, Action::DisableMember(scene.dana));
        }),
        ("Visit.Room.MemberInactive", |scene, _| {
            scene.grant(scene.ada, Action::RemoveMember(scene.dana));
        }),
        ("Visit.NotEntitled", |scene, _| {
            scene.grant(scene.ada, Action::DisableMember(scene.rita));
        }),
        ("Visit.Closed", |scene, anna| {
            scene.grant(scene.rita, close(anna, CloseReason::NoShow));
        }),
        ("Visit.Incapable", |scene, _| {
            let none = std::collections::BTreeSet::new();
            let host = clinic_domain::actor::Actor::Host;
            scene.grant(host, Action::SetCapabilities(none));
        }),
        ("Visit.SameRoom", |scene, anna| {
            scene.grant(scene.rita, send(anna, scene.dr_dana));
            scene.grant(scene.ada, Action::AssignMember(scene.dr_dana, scene.rita));
        }),
    ];
    for (path, prepare) in rows {
        let mut scene = Scene::new();
        let anna = scene.arrive(scene.reception, "Anna");
        prepare(&mut scene, anna);
        let before = scene.state().visit(anna).cloned();
        assert_eq!(scene.refuse(scene.rita, send(anna, scene.dr_dana)).path(), path);
        assert_eq!(scene.state().visit(anna).cloned(), before, "{path}");
    }
}

#[test]
fn a_room_of_another_clinic_is_no_room_of_this_one() {
    let mut scene = Scene::new();
    let anna = scene.arrive(scene.reception, "Anna");
    let elsewhere = RoomId(id(77));
    let path = scene.refuse(scene.rita, send(anna, elsewhere)).path();
    assert_eq!(path, "Visit.Room.NoSuchRoom");
    let stranger = VisitId(id(78));
    assert_eq!(scene.refuse(scene.rita, send(stranger, scene.dr_dana)).path(), "Visit.NoSuchVisit");
}

#[test]
fn what_would_be_granted_can_be_asked_beforehand_without_a_trace() {
    let mut scene = Scene::new();
    let anna = scene.arrive(scene.reception, "Anna");
    scene.grant(scene.ada, Action::SuspendRoom(scene.dr_omar, notice("Ill.")));
    let before = scene.state().clone();
    let rooms = [scene.reception, scene.dr_dana, scene.dr_omar];
    let offered = rooms.map(|room| {
        let by = clinic_domain::actor::Actor::Member(scene.rita);
        let command = scene.world.command(by, send(anna, room));
        scene.state().decide(&command).is_ok()
    });
    assert_eq!(offered, [false, true, false]);
    assert_eq!(scene.state(), &before);
    for (room, offered) in rooms.into_iter().zip(offered) {
        let mut scene = scene.clone();
        assert_eq!(scene.ask(scene.rita, send(anna, room)).is_ok(), offered);
    }
}

const SECRET_MEMBER: MemberId = MemberId(id(0xdead_beef));
const SECRET_VISIT: VisitId = VisitId(id(0xfeed_face));

/// Refusals that hold facts about others, or about the members.
fn telling() -> Vec<Refusal> {
    let (member, visit) = (SECRET_MEMBER, SECRET_VISIT);
    let (at, version) = (Timestamp(987_654_321), PlaceVersion(4_711));
    let inside = || vec![visit];
    let room: Vec<RoomRefusal> = vec![
        RoomRefusal::LastMember { inside: inside() },
        RoomRefusal::NotEmpty { inside: inside(), pending: inside() },
        RoomRefusal::MemberInactive { member },
        RoomRefusal::AlreadyInside { visit, room: RoomId(id(11)) },
        RoomRefusal::Full { limit: 4_711 },
        RoomRefusal::LimitReached { what: "rooms of the clinic", limit: 4_711 },
        RoomRefusal::NotEntitled { right: Right::Administer },
    ];
    let visits = vec![
        VisitRefusal::InCall { member, since: at },
        VisitRefusal::Stale { seen: version, now: version },
        VisitRefusal::MemberBusy { visit },
        VisitRefusal::Closed { reason: "removed", at },
        VisitRefusal::OtherVisitOpen { visit },
        VisitRefusal::ReopenTooLate { until: at },
    ];
    let mut all: Vec<Refusal> = room.iter().cloned().map(Refusal::Room).collect();
    all.extend(room.into_iter().map(|refusal| Refusal::Visit(VisitRefusal::Room(refusal))));
    all.extend(visits.into_iter().map(Refusal::Visit));
    all.push(Refusal::Clinic(ClinicRefusal::LastOwner { member }));
    all.push(Refusal::Transfer(TransferRefusal::Settled { outcome: Outcome::Declined }));
    all.push(Refusal::NobodyToCall { on_hold: 4_711, offline: 4_711 });
    all.push(Refusal::CommandReused { id: CommandId(id(0xfeed_face)) });
    all
}

#[test]
fn a_patient_is_told_nothing_of_others_by_any_refusal() {
    for refusal in telling() {
        let public = refusal.public();
        let shown = format!("{public} {public:?}");
        for secret in ["deadbeef", "feedface", "4711", "987654321", "removed", "declined"] {
            assert!(!shown.to_lowercase().contains(secret), "{} tells {shown}", refusal.path());
        }
    }
}

#[test]
fn a_patient_is_told_what_concerns_her() {
    let door = |refusal| Refusal::Visit(VisitRefusal::Room(refusal)).public();
    let (reopens_at, emergency) = (Some(Timestamp(5)), Some(notice("Call 112.")));
    let (when, what) = (reopens_at, emergency.clone());
    assert_eq!(
        door(RoomRefusal::Shut { reopens_at, emergency }),
        PublicRefusal::Shut { reopens_at: when, emergency: what }
    );
    let message = notice("The doctor is ill.");
    assert_eq!(
        door(RoomRefusal::Suspended { message: message.clone() }),
        PublicRefusal::Suspended { message }
    );
    assert_eq!(door(RoomRefusal::Full { limit: 3 }), PublicRefusal::Full);
    assert_eq!(door(RoomRefusal::WrongPasscode), PublicRefusal::WrongPasscode);
    let (asked, room) = (2, RoomId(id(11)));
    assert_eq!(door(RoomRefusal::ConsentNeeded { asked }), PublicRefusal::ConsentNeeded { asked });
    let inside = RoomRefusal::AlreadyInside { visit: SECRET_VISIT, room };
    assert_eq!(door(inside), PublicRefusal::AlreadyInside { room });
    let closed = VisitRefusal::Closed { reason: "removed", at: Timestamp(5) };
    assert_eq!(Refusal::Visit(closed).public(), PublicRefusal::VisitOver);
    for gone in [RoomRefusal::NoSuchRoom, RoomRefusal::Archived, RoomRefusal::Incapable] {
        assert_eq!(door(gone), PublicRefusal::NoSuchRoom, "which of them is nobody's business");
    }
}
