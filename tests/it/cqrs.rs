//! The four aggregates as cqrs-es sees them: through its own test framework, as its users write them,
//! and in the form in which it stores their events.

pub(crate) mod stored;

use std::collections::BTreeSet;

use clinic_domain::actor::{Actor, PolicyName, Right, Standing, TokenHash};
use clinic_domain::clinic::{
    Capability, Clinic, ClinicAct, ClinicCommand, ClinicEvent, ClinicRefusal, Role,
};
use clinic_domain::hours::Zone;
use clinic_domain::ids::{CallId, MemberId, RoomId, TransferId, VisitId};
use clinic_domain::personal::Personal;
use clinic_domain::room::{
    ArrivalOrder, Room, RoomAct, RoomCommand, RoomEvent, RoomKind, RoomRefusal, Target,
};
use clinic_domain::text::{Note, PersonName, Slug, Title};
use clinic_domain::time::{Millis, Timestamp};
use clinic_domain::transfer::{
    Outcome, Request, Transfer, TransferAct, TransferCommand, TransferEvent, TransferRefusal,
};
use clinic_domain::visit::{
    Arrival, CheckIn, CloseReason, HoldReason, PatientVisit, VisitAct, VisitCommand, VisitEvent,
    VisitRefusal,
};
use clinic_testkit::spec::id;
use cqrs_es::Aggregate;
use cqrs_es::test::TestFramework;

const ADA: MemberId = MemberId(id(1));
const RITA: MemberId = MemberId(id(2));
const RECEPTION: RoomId = RoomId(id(11));
const DR_DANA: RoomId = RoomId(id(12));
const ANNA: VisitId = VisitId(id(21));
const TOKEN: TokenHash = TokenHash([21; 32]);
const LEG: TransferId = TransferId(id(31));
const CALL: CallId = CallId(id(41));

const ASSIGNED: Standing = Standing::Member { admin: false, assigned: true };
const ADMIN: Standing = Standing::Member { admin: true, assigned: false };

fn at(minute: u64) -> Timestamp {
    Timestamp(1_772_438_400_000).plus(Millis::minutes(minute))
}

fn title(text: &str) -> Title {
    Title::parse(text).expect("a title of a test is a title")
}

fn slug(text: &str) -> Slug {
    Slug::parse(text).expect("a slug of a test is a slug")
}

fn note(text: &str) -> Personal<Note> {
    Personal::Clear(Note::parse(text).expect("a note of a test is a note"))
}

fn founded() -> ClinicEvent {
    ClinicEvent::ClinicFounded {
        name: title("Clinic at the Park"),
        zone: Zone::parse("Europe/Berlin").expect("this build knows Berlin"),
        owner: ADA,
        owner_name: title("Ada"),
        capabilities: BTreeSet::from(Capability::ALL),
        external_ref: None,
        imported: false,
        at: at(0),
    }
}

fn joined() -> ClinicEvent {
    let (name, role) = (title("Rita"), Role::Member);
    ClinicEvent::MemberAdded { member: RITA, name, role, external_ref: None, at: at(0) }
}

fn by_ada(act: ClinicAct) -> ClinicCommand {
    ClinicCommand { at: at(1), by: Actor::Member(ADA), act }
}

#[test]
fn a_clinic_is_founded_by_its_host() {
    let ClinicEvent::ClinicFounded {
        name,
        zone,
        owner,
        owner_name,
        capabilities,
        external_ref,
        ..
    } = founded()
    else {
        unreachable!("it is the founding");
    };
    let act = ClinicAct::Found { name, zone, owner, owner_name, capabilities, external_ref };
    TestFramework::<Clinic>::with(())
        .given_no_previous_events()
        .when(ClinicCommand { at: at(0), by: Actor::Host, act })
        .then_expect_events(vec![founded()]);
}

#[test]
fn a_clinic_disables_a_member() {
    TestFramework::<Clinic>::with(())
        .given(vec![founded(), joined()])
        .when(by_ada(ClinicAct::Disable(RITA)))
        .then_expect_events(vec![ClinicEvent::MemberDisabled { member: RITA }]);
}

#[test]
fn a_clinic_asked_twice_does_nothing() {
    TestFramework::<Clinic>::with(())
        .given(vec![founded(), joined(), ClinicEvent::MemberDisabled { member: RITA }])
        .when(by_ada(ClinicAct::Disable(RITA)))
        .then_expect_events(vec![]);
}

#[test]
fn a_clinic_keeps_its_last_owner() {
    TestFramework::<Clinic>::with(())
        .given(vec![founded()])
        .and(vec![joined()])
        .when(by_ada(ClinicAct::Remove(ADA)))
        .then_expect_error(ClinicRefusal::LastOwner { member: ADA });
}

#[test]
fn a_clinic_that_nobody_founded_says_so() {
    TestFramework::<Clinic>::with(())
        .given_no_previous_events()
        .when(by_ada(ClinicAct::Disable(RITA)))
        .then_expect_error_message("no such clinic");
}

fn opened() -> RoomEvent {
    let (kind, name) = (RoomKind::Shared, title("Reception"));
    RoomEvent::RoomOpened { kind, name, slug: slug("reception"), external_ref: None }
}

fn to_reception(standing: Standing, act: RoomAct) -> RoomCommand {
    RoomCommand { at: at(1), by: Actor::Member(ADA), standing, act }
}

#[test]
fn a_room_is_opened() {
    let act = RoomAct::Open {
        kind: RoomKind::Shared,
        name: title("Reception"),
        slug: slug("reception"),
        external_ref: None,
        holder: None,
        has: None,
        active: true,
        capable: true,
        rooms: 0,
    };
    TestFramework::<Room>::with(())
        .given_no_previous_events()
        .when(to_reception(ADMIN, act))
        .then_expect_events(vec![opened()]);
}

#[test]
fn a_room_changes_its_link() {
    let act = RoomAct::ChangeSlug { slug: slug("front-desk"), holder: None };
    TestFramework::<Room>::with(())
        .given(vec![opened()])
        .when(to_reception(ADMIN, act))
        .then_expect_events(vec![RoomEvent::SlugChanged { slug: slug("front-desk") }]);
}

#[test]
fn a_room_with_a_patient_inside_is_not_archived() {
    let act = RoomAct::Archive { inside: vec![ANNA], pending: vec![] };
    TestFramework::<Room>::with(())
        .given(vec![opened()])
        .when(to_reception(ADMIN, act))
        .then_expect_error(RoomRefusal::NotEmpty { inside: vec![ANNA], pending: vec![] });
}

#[test]
fn a_room_obeys_admins_only() {
    let refusal = RoomRefusal::NotEntitled { right: Right::Administer };
    TestFramework::<Room>::with(())
        .given(vec![opened()])
        .when(to_reception(ASSIGNED, RoomAct::Rename(title("Mine"))))
        .then_expect_error(refusal);
}

#[test]
fn an_archived_room_says_so() {
    TestFramework::<Room>::with(())
        .given(vec![opened(), RoomEvent::RoomArchived])
        .when(to_reception(ADMIN, RoomAct::LiftSuspension))
        .then_expect_error_message("the room is archived");
}

fn checked_in() -> VisitEvent {
    VisitEvent::CheckedIn {
        room: RECEPTION,
        token: TOKEN,
        name: Personal::Clear(PersonName::parse("Anna").expect("a name")),
        reason: None,
        phone: None,
        arrival: Arrival::DropIn,
        consent: None,
        texts: 0,
        external_ref: None,
        by: Actor::Patient(TOKEN),
        at: at(0),
    }
}

fn started() -> VisitEvent {
    VisitEvent::CallStarted { call: CALL, member: RITA, skipped: vec![], at: at(1) }
}

fn by_rita(minute: u64, act: VisitAct) -> VisitCommand {
    let by = Actor::Member(RITA);
    VisitCommand { at: at(minute), by, standing: ASSIGNED, seen: None, act }
}

fn check_in(door: Result<u32, RoomRefusal>) -> VisitCommand {
    let form = CheckIn {
        room: RECEPTION,
        token: TOKEN,
        name: Personal::Clear(PersonName::parse("Anna").expect("a name")),
        reason: None,
        phone: None,
        arrival: Arrival::DropIn,
        consent: None,
        external_ref: None,
        door,
    };
    let (by, standing) = (Actor::Patient(TOKEN), Standing::Patient);
    let act = VisitAct::CheckIn(Box::new(form));
    VisitCommand { at: at(0), by, standing, seen: None, act }
}

#[test]
fn a_patient_checks_in() {
    TestFramework::<PatientVisit>::with(())
        .given_no_previous_events()
        .when(check_in(Ok(0)))
        .then_expect_events(vec![checked_in()]);
}

#[test]
fn a_full_room_refuses_another_visit() {
    let full = RoomRefusal::Full { limit: 3 };
    TestFramework::<PatientVisit>::with(())
        .given_no_previous_events()
        .when(check_in(Err(full.clone())))
        .then_expect_error(VisitRefusal::Room(full));
}

#[test]
fn a_visit_is_transferred_out_of_a_call() {
    let target = Target {
        order: ArrivalOrder::OriginalCheckIn,
        accept_window: Some(Millis::minutes(3)),
        warnings: vec![],
    };
    let act = VisitAct::Transfer {
        transfer: LEG,
        to: DR_DANA,
        note: Some(note("fasting since midnight")),
        target: Ok(target),
        undo_window: Millis::minutes(5),
        capable: true,
    };
    TestFramework::<PatientVisit>::with(())
        .given(vec![checked_in(), started()])
        .when(by_rita(2, act))
        .then_expect_events(vec![VisitEvent::Transferred {
            transfer: LEG,
            from: RECEPTION,
            to: DR_DANA,
            by: Actor::Member(RITA),
            note: Some(note("fasting since midnight")),
            order: ArrivalOrder::OriginalCheckIn,
            answer_by: Some(at(5)),
            undo_until: at(7),
            returns: 0,
            warnings: vec![],
            at: at(2),
        }]);
}

#[test]
fn a_lost_race_is_told_who_won() {
    let start = VisitAct::Start { call: CallId(id(42)), busy: None, skipped: vec![] };
    TestFramework::<PatientVisit>::with(())
        .given(vec![checked_in(), started()])
        .when(VisitCommand { by: Actor::Member(ADA), ..by_rita(2, start) })
        .then_expect_error(VisitRefusal::InCall { member: RITA, since: at(1) });
}

#[test]
fn a_paused_call_is_resumed_and_a_finished_visit_is_over() {
    let paused = || VisitEvent::CallPaused {
        by: Actor::Member(RITA),
        reason: HoldReason::Paused,
        at: at(2),
    };
    let start = || VisitAct::Start { call: CallId(id(42)), busy: None, skipped: vec![] };
    let resumed = VisitEvent::CallResumed { call: CALL, member: RITA, skipped: vec![], at: at(3) };
    TestFramework::<PatientVisit>::with(())
        .given(vec![checked_in(), started()])
        .and(vec![paused()])
        .when(by_rita(3, start()))
        .then_expect_events(vec![resumed]);
    let closed = VisitEvent::VisitClosed {
        reason: CloseReason::Completed,
        reopen_until: at(33),
        by: Actor::Member(RITA),
        at: at(3),
    };
    TestFramework::<PatientVisit>::with(())
        .given(vec![checked_in(), started(), paused(), closed])
        .when(by_rita(4, start()))
        .then_expect_error(VisitRefusal::Closed { reason: "completed", at: at(3) });
}

fn request() -> Request {
    Request {
        visit: ANNA,
        from: RECEPTION,
        to: DR_DANA,
        by: Actor::Member(RITA),
        answer_by: Some(at(5)),
        undo_until: at(10),
    }
}

fn by_the_target(minute: u64, act: TransferAct) -> TransferCommand {
    TransferCommand { at: at(minute), by: Actor::Member(ADA), standing: ASSIGNED, act }
}

#[test]
fn a_transfer_follows_its_visit() {
    let request = Request { answer_by: None, ..request() };
    let requested = TransferEvent::TransferRequested { request: request.clone() };
    TestFramework::<Transfer>::with(())
        .given_no_previous_events()
        .when(by_the_target(0, TransferAct::Request(request)))
        .then_expect_events(vec![requested, TransferEvent::TransferCompleted {}]);
}

#[test]
fn a_target_declines_with_a_note() {
    let declined =
        TransferEvent::TransferDeclined { by: Actor::Member(ADA), note: Some(note("not today")) };
    TestFramework::<Transfer>::with(())
        .given(vec![TransferEvent::TransferRequested { request: request() }])
        .when(by_the_target(1, TransferAct::Decline { note: Some(note("not today")) }))
        .then_expect_events(vec![declined]);
}

#[test]
fn the_first_outcome_of_a_transfer_stands() {
    let expired = TransferEvent::TransferExpired { by: Actor::policy(PolicyName::AcceptWindow) };
    TestFramework::<Transfer>::with(())
        .given(vec![TransferEvent::TransferRequested { request: request() }, expired])
        .when(by_the_target(6, TransferAct::Accept))
        .then_expect_error(TransferRefusal::Settled { outcome: Outcome::Expired });
}

#[test]
fn a_transfer_that_nobody_requested_is_unknown() {
    TestFramework::<Transfer>::with(())
        .given_no_previous_events()
        .when(by_the_target(6, TransferAct::Accept))
        .then_expect_error_message("no such transfer");
}

#[test]
fn what_cqrs_es_sees_of_a_refusal_is_the_refusal_itself() {
    let result = TestFramework::<Transfer>::with(())
        .given(vec![TransferEvent::TransferRequested { request: request() }])
        .when(by_the_target(5, TransferAct::Accept))
        .inspect_result();
    assert_eq!(result, Err(TransferRefusal::WindowOver { until: at(5) }));
}

#[test]
fn an_aggregate_is_stored_under_its_type() {
    use clinic_domain::event::StreamId;
    let clinic = clinic_domain::ids::ClinicId(id(1));
    assert_eq!(Clinic::TYPE, StreamId::Clinic(clinic).aggregate_type());
    assert_eq!(Room::TYPE, StreamId::Room(RECEPTION).aggregate_type());
    assert_eq!(PatientVisit::TYPE, StreamId::Visit(ANNA).aggregate_type());
    assert_eq!(Transfer::TYPE, StreamId::Transfer(LEG).aggregate_type());
}
