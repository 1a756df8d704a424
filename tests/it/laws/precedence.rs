//! Which refusal wins where several would do. Each table adds one reason after another, the weaker
//! first, and after each of them expects the newest: so all that were added before are weaker.

use std::collections::BTreeSet;

use clinic_domain::actor::{Actor, TokenHash};
use clinic_domain::clinic::{Capability, Role};
use clinic_domain::command::{Action, CheckInForm};
use clinic_domain::event::Event;
use clinic_domain::hours::{Hours, Zone};
use clinic_domain::ids::{MemberId, PasscodeId, PlaceVersion, RoomId, TransferId, VisitId};
use clinic_domain::room::{RoomEvent, RoomKind, RoomPolicy};
use clinic_domain::text::{Notice, PersonName, Slug, Title};
use clinic_domain::time::Millis;
use clinic_domain::visit::CloseReason;
use clinic_testkit::world::World;
use uuid::Uuid;

const NOBODY: Uuid = Uuid::from_u128(0xffff);

/// What a refusal is, or that there was none.
fn path(world: &mut World, actor: &Actor, action: &Action) -> String {
    match world.ask(actor.clone(), action.clone()) {
        Ok(_) => "granted".to_owned(),
        Err(refusal) => refusal.path(),
    }
}

#[track_caller]
fn granted(world: &mut World, action: Action) {
    let name = action.name();
    world.ask(Actor::Host, action).unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
}

fn notice() -> Notice {
    Notice::parse("Back at noon.").expect("it is a notice")
}

fn check_in(room: RoomId, token: TokenHash) -> Action {
    let name = PersonName::parse("Ann").expect("it is a name");
    Action::CheckIn(Box::new(CheckInForm::new(room, token, name)))
}

#[test]
fn at_the_door_the_stronger_reason_is_told() {
    let mut world = World::new(1);
    let owner = world.found();
    let (room, other) = (world.open("Reception", &[owner]), world.open("Lab", &[owner]));
    let token = world.token();
    let full = RoomPolicy { queue_limit: 0, ..RoomPolicy::default() };
    let consent = RoomPolicy { consent: Some(1), ..full.clone() };
    let zone = Zone::parse("UTC").expect("this build knows UTC");
    let never = Hours { zone, week: vec![vec![]; 7], exceptions: std::iter::empty().collect() };
    let reasons = [
        (Action::SetPolicy(room, Box::new(full)), "Visit.Room.Full"),
        (Action::SetPolicy(room, Box::new(consent)), "Visit.Room.ConsentNeeded"),
        (Action::SetPasscode(room, Some(PasscodeId(NOBODY))), "Visit.Room.WrongPasscode"),
        (Action::SetHours(room, Some(never)), "Visit.Room.Shut"),
        (Action::SuspendRoom(room, notice()), "Visit.Room.Suspended"),
        (check_in(other, token), "Visit.Room.AlreadyInside"),
        (Action::SetCapabilities(BTreeSet::new()), "Visit.Room.Incapable"),
        (Action::ArchiveRoom(room), "Visit.Room.Archived"),
    ];
    for (reason, expected) in reasons {
        granted(&mut world, reason);
        assert_eq!(path(&mut world, &Actor::Patient(token), &check_in(room, token)), expected);
    }
    let nowhere = check_in(RoomId(NOBODY), token);
    assert_eq!(path(&mut world, &Actor::Patient(token), &nowhere), "Visit.Room.NoSuchRoom");
}

/// A room of a member's own.
fn personal(world: &mut World, member: MemberId) -> RoomId {
    let action = Action::OpenRoom {
        kind: RoomKind::Personal(member),
        name: Title::parse("Dr Bell").expect("it is a title"),
        slug: Slug::parse("dr-bell").expect("it is a slug"),
        external_ref: None,
    };
    let recorded = world.ask(Actor::Host, action).expect("the member has no room yet");
    let Event::Room(room, RoomEvent::RoomOpened { .. }) = recorded[0].event else {
        panic!("a room was opened by {:?}", recorded[0].event);
    };
    room
}

#[test]
fn a_transfer_is_refused_for_the_strongest_reason() {
    let mut world = World::new(1);
    let owner = world.found();
    let (ada, bell) = (world.join("Ada", Role::Member), world.join("Bell", Role::Member));
    let stranger = Actor::Member(world.join("Cleo", Role::Member));
    let reception = world.open("Reception", &[owner, ada]);
    let target = personal(&mut world, bell);
    let visit = world.arrive(reception, "Ann");
    let ada = Actor::Member(ada);
    let send = |to, seen| Action::Transfer { visit, to, note: None, seen };
    let full = RoomPolicy { queue_limit: 0, ..RoomPolicy::default() };
    let reasons = [
        (Action::SetPolicy(target, Box::new(full)), "Visit.Room.Full"),
        (Action::SuspendRoom(target, notice()), "Visit.Room.Suspended"),
        (Action::DisableMember(bell), "Visit.Room.MemberInactive"),
        (Action::ArchiveRoom(target), "Visit.Room.Archived"),
    ];
    for (reason, expected) in reasons {
        granted(&mut world, reason);
        assert_eq!(path(&mut world, &ada, &send(target, None)), expected);
    }
    assert_eq!(path(&mut world, &ada, &send(reception, None)), "Visit.SameRoom");
    granted(&mut world, Action::SetCapabilities(BTreeSet::from([Capability::SharedRooms])));
    assert_eq!(path(&mut world, &ada, &send(reception, None)), "Visit.Incapable");
    let stale = send(reception, Some(PlaceVersion(77)));
    assert_eq!(path(&mut world, &stranger, &send(reception, None)), "Visit.NotEntitled");
    assert_eq!(path(&mut world, &stranger, &stale), "Visit.Stale");
    granted(&mut world, Action::CloseVisit { visit, reason: CloseReason::NoShow, seen: None });
    assert_eq!(path(&mut world, &ada, &stale), "Visit.Closed", "a closed visit is never stale");
    assert_eq!(path(&mut world, &stranger, &stale), "Visit.NotEntitled");
    let nobody = Action::Transfer { visit: VisitId(NOBODY), to: target, note: None, seen: None };
    assert_eq!(path(&mut world, &stranger, &nobody), "Visit.NoSuchVisit");
}

#[test]
fn who_loses_the_race_for_a_patient_learns_to_whom() {
    let mut world = World::new(1);
    let owner = world.found();
    let (ada, bea) = (world.join("Ada", Role::Member), world.join("Bea", Role::Member));
    let stranger = Actor::Member(world.join("Cleo", Role::Member));
    let room = world.open("Reception", &[owner, ada, bea]);
    let (first, second) = (world.arrive(room, "Ann"), world.arrive(room, "Bob"));
    let (ada, bea) = (Actor::Member(ada), Actor::Member(bea));
    let start = |visit, seen| Action::StartCall { visit, pausing: false, seen };
    let old = Some(PlaceVersion(77));
    assert_eq!(path(&mut world, &ada, &start(first, None)), "granted");
    assert_eq!(path(&mut world, &ada, &start(second, None)), "Visit.MemberBusy");
    assert_eq!(path(&mut world, &ada, &start(second, old)), "Visit.Stale");
    assert_eq!(path(&mut world, &stranger, &start(second, old)), "Visit.Stale");
    assert_eq!(path(&mut world, &stranger, &start(second, None)), "Visit.NotEntitled");
    assert_eq!(path(&mut world, &bea, &start(first, old)), "Visit.InCall");
    let reason = CloseReason::NoShow;
    granted(&mut world, Action::CloseVisit { visit: second, reason, seen: None });
    assert_eq!(path(&mut world, &ada, &start(second, old)), "Visit.Closed");
    assert_eq!(path(&mut world, &ada, &start(VisitId(NOBODY), old)), "Visit.NoSuchVisit");
}

#[test]
fn an_answer_to_a_transfer_is_judged_from_its_name_to_its_window() {
    let mut world = World::new(1);
    let owner = world.found();
    let (ada, bea) = (world.join("Ada", Role::Member), world.join("Bea", Role::Member));
    let (reception, lab) = (world.open("Reception", &[owner, ada]), world.open("Lab", &[bea]));
    let policy = RoomPolicy { accept_window: Some(Millis::minutes(3)), ..RoomPolicy::default() };
    granted(&mut world, Action::SetPolicy(lab, Box::new(policy)));
    let (visit, other) = (world.arrive(reception, "Ann"), world.arrive(reception, "Bob"));
    let (ada, bea) = (Actor::Member(ada), Actor::Member(bea));
    let to_lab = Action::Transfer { visit, to: lab, note: None, seen: None };
    let sent = world.ask(ada.clone(), to_lab).expect("Ada may send Ann");
    let transfer = sent.iter().find_map(|recorded| match recorded.event {
        Event::Transfer(id, _) => Some(id),
        Event::Clinic(..) | Event::Room(..) | Event::Visit(..) => None,
    });
    let transfer = transfer.expect("a transfer was requested");
    let accept = |visit, transfer| Action::AcceptTransfer(visit, transfer);
    let decline = Action::DeclineTransfer { visit, transfer, note: None };
    world.pass(Millis::minutes(3));
    assert_eq!(path(&mut world, &bea, &accept(visit, transfer)), "Transfer.WindowOver");
    world.tick();
    assert_eq!(path(&mut world, &bea, &decline), "Transfer.Settled");
    assert_eq!(path(&mut world, &ada, &decline), "Transfer.NotEntitled");
    assert_eq!(path(&mut world, &ada, &accept(other, transfer)), "Transfer.OtherVisit");
    let nothing = accept(other, TransferId(NOBODY));
    assert_eq!(path(&mut world, &ada, &nothing), "Transfer.NoSuchTransfer");
}

#[test]
fn a_room_is_known_before_the_asker_and_the_asker_before_its_state() {
    let mut world = World::new(1);
    let owner = world.found();
    let ada = Actor::Member(world.join("Ada", Role::Member));
    let room = world.open("Reception", &[owner]);
    let name = Title::parse("Front desk").expect("it is a title");
    let rename = |room| Action::RenameRoom(room, name.clone());
    granted(&mut world, Action::ArchiveRoom(room));
    assert_eq!(path(&mut world, &Actor::Member(owner), &rename(room)), "Room.Archived");
    assert_eq!(path(&mut world, &ada, &rename(room)), "Room.NotEntitled");
    assert_eq!(path(&mut world, &ada, &rename(RoomId(NOBODY))), "Room.NoSuchRoom");
}
