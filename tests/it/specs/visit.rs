//! Visits: arriving, calls, and the marks that move nobody.

mod closing;
mod moving;
mod order;

use clinic_domain::actor::{Actor, PolicyName, Right, Standing, TokenHash};
use clinic_domain::ids::{CallId, MemberId, PlaceVersion, RoomId, TransferId};
use clinic_domain::limits;
use clinic_domain::personal::Personal;
use clinic_domain::room::{ArrivalOrder, RoomRefusal};
use clinic_domain::text::{ExternalRef, PhoneTail, Reason};
use clinic_domain::time::Timestamp;
use clinic_domain::visit::{
    Arrival, CheckIn, HoldReason, PatientVisit, Place, Presence, Priority, ToldBy, VisitAct,
    VisitCommand, VisitEvent, VisitRefusal,
};
use clinic_testkit::spec::{Given, given};

use super::{
    ADA, ADMIN, ANNAS, ASSIGNED, BEN, CALL, DANA, DR_DANA, ELSEWHERE, NEXT_CALL, PRESENCE,
    RECEPTION, RITA, at, by, label, note, person,
};

/// Anna has checked in at Reception at nine.
fn checked_in() -> VisitEvent {
    VisitEvent::CheckedIn {
        room: RECEPTION,
        token: ANNAS,
        name: Personal::Clear(person("Anna")),
        reason: None,
        phone: None,
        arrival: Arrival::DropIn,
        consent: None,
        texts: 4,
        external_ref: None,
        by: Actor::Patient(ANNAS),
        at: at(0),
    }
}

fn started(call: CallId, member: MemberId, at: Timestamp) -> VisitEvent {
    VisitEvent::CallStarted { call, member, skipped: vec![], at }
}

fn paused(member: MemberId, at: Timestamp) -> VisitEvent {
    VisitEvent::CallPaused { by: by(member), reason: HoldReason::Paused, at }
}

/// Rita has sent the visit from one room to another.
fn sent(transfer: TransferId, from: RoomId, to: RoomId, minute: u64) -> VisitEvent {
    VisitEvent::Transferred {
        transfer,
        from,
        to,
        by: by(RITA),
        note: None,
        order: ArrivalOrder::OriginalCheckIn,
        answer_by: None,
        undo_until: at(minute + 5),
        returns: 0,
        warnings: vec![],
        at: at(minute),
    }
}

fn closed(reason: clinic_domain::visit::CloseReason, minute: u64) -> VisitEvent {
    VisitEvent::VisitClosed { reason, reopen_until: at(minute + 30), by: by(RITA), at: at(minute) }
}

/// Anna waits at Reception.
fn waiting() -> Given<PatientVisit> {
    given([checked_in()])
}

/// Anna is in call with Rita, since 9:01.
fn in_call() -> Given<PatientVisit> {
    waiting().and([started(CALL, RITA, at(1))])
}

/// Anna is on hold, since 9:02.
fn on_hold() -> Given<PatientVisit> {
    in_call().and([paused(RITA, at(2))])
}

fn ask(member: MemberId, standing: Standing, act: VisitAct) -> VisitCommand {
    VisitCommand { at: at(10), by: by(member), standing, seen: None, act }
}

/// Rita serves at Reception.
fn rita(act: VisitAct) -> VisitCommand {
    ask(RITA, ASSIGNED, act)
}

/// Dana serves at Reception as well.
fn dana(act: VisitAct) -> VisitCommand {
    ask(DANA, ASSIGNED, act)
}

/// A policy asks.
fn policy(name: PolicyName, act: VisitAct) -> VisitCommand {
    let (by, standing) = (Actor::policy(name), Standing::Policy);
    VisitCommand { at: at(10), by, standing, seen: None, act }
}

fn seeing(seen: u32, command: VisitCommand) -> VisitCommand {
    VisitCommand { seen: Some(PlaceVersion(seen)), ..command }
}

fn start(call: CallId) -> VisitAct {
    VisitAct::Start { call, busy: None, skipped: vec![] }
}

fn open(visit: &PatientVisit) -> &clinic_domain::visit::OpenVisit {
    visit.open().expect("the visit is open")
}

fn form(door: Result<u32, RoomRefusal>) -> CheckIn {
    CheckIn {
        room: RECEPTION,
        token: ANNAS,
        name: Personal::Clear(person("Anna")),
        reason: Reason::parse("a rash").ok().map(Personal::Clear),
        phone: PhoneTail::parse("4711").ok().map(Personal::Clear),
        arrival: Arrival::Booked {
            member: Some(DANA),
            room: Some(DR_DANA),
            appointment: Some(at(30)),
            told_by: ToldBy::Host,
        },
        consent: Some(3),
        external_ref: ExternalRef::parse("ehr-77").ok(),
        door,
    }
}

fn check_in(token: TokenHash, door: Result<u32, RoomRefusal>) -> VisitCommand {
    VisitCommand {
        at: at(0),
        by: Actor::Patient(token),
        standing: Standing::Patient,
        seen: None,
        act: VisitAct::CheckIn(Box::new(form(door))),
    }
}

#[test]
fn a_patient_checks_in_with_everything_the_door_took_down() {
    given::<PatientVisit>([])
        .when(check_in(ANNAS, Ok(4)))
        .then([VisitEvent::CheckedIn {
            room: RECEPTION,
            token: ANNAS,
            name: Personal::Clear(person("Anna")),
            reason: Reason::parse("a rash").ok().map(Personal::Clear),
            phone: PhoneTail::parse("4711").ok().map(Personal::Clear),
            arrival: Arrival::Booked {
                member: Some(DANA),
                room: Some(DR_DANA),
                appointment: Some(at(30)),
                told_by: ToldBy::Host,
            },
            consent: Some(3),
            texts: 4,
            external_ref: ExternalRef::parse("ehr-77").ok(),
            by: Actor::Patient(ANNAS),
            at: at(0),
        }])
        .then_state(|visit| {
            let visit = open(visit);
            assert_eq!(visit.place, Place::Waiting { since: at(0) });
            assert_eq!((visit.version, visit.presence), (PlaceVersion(1), Presence::Online));
            assert_eq!((visit.legs, visit.calls), (0, 0));
        });
}

#[test]
fn a_shut_door_lets_nobody_in_but_knows_who_is_inside_already() {
    let full = RoomRefusal::Full { limit: 2 };
    given::<PatientVisit>([]).when(check_in(ANNAS, Err(full.clone()))).then_refused(full.clone());
    waiting().when(check_in(ANNAS, Err(full))).then_nothing();
}

#[test]
fn an_assigned_member_starts_the_call_with_who_waits() {
    waiting()
        .when(rita(VisitAct::Start { call: CALL, busy: None, skipped: vec![BEN] }))
        .then([VisitEvent::CallStarted {
            call: CALL,
            member: RITA,
            skipped: vec![BEN],
            at: at(10),
        }])
        .then_state(|visit| {
            let visit = open(visit);
            let place = Place::InCall { call: CALL, member: RITA, since: at(10) };
            assert_eq!((&visit.place, visit.calls), (&place, 1));
            assert_eq!(visit.in_call_with(), Some(RITA));
        });
}

#[test]
fn starting_needs_an_assignment_even_of_an_admin() {
    let right = Right::Serve;
    for standing in [ADMIN, ELSEWHERE, Standing::Nobody] {
        waiting()
            .when(ask(ADA, standing, start(CALL)))
            .then_refused(VisitRefusal::NotEntitled { right });
    }
    for (by, standing) in [
        (Actor::Host, Standing::Host),
        (Actor::Import, Standing::Import),
        (Actor::Patient(ANNAS), Standing::Patient),
        (PRESENCE, Standing::Policy),
    ] {
        let command = VisitCommand { by, standing, ..rita(start(CALL)) };
        waiting().when(command).then_refused(VisitRefusal::NotEntitled { right });
    }
}

#[test]
fn who_presses_start_later_is_told_with_whom_and_since_when() {
    let refusal = VisitRefusal::InCall { member: RITA, since: at(1) };
    in_call().when(dana(start(NEXT_CALL))).then_refused(refusal.clone());
    in_call().when(seeing(1, dana(start(NEXT_CALL)))).then_refused(refusal);
    in_call().when(rita(start(NEXT_CALL))).then_nothing();
    in_call().when(seeing(1, rita(start(NEXT_CALL)))).then_nothing();
}

#[test]
fn who_does_not_serve_where_the_patient_is_now_learns_nothing_of_the_call() {
    in_call()
        .when(ask(DANA, ELSEWHERE, start(NEXT_CALL)))
        .then_refused(VisitRefusal::NotEntitled { right: Right::Serve });
    in_call()
        .when(seeing(1, ask(DANA, ELSEWHERE, start(NEXT_CALL))))
        .then_refused(VisitRefusal::Stale { seen: PlaceVersion(1), now: PlaceVersion(2) });
}

#[test]
fn a_member_is_in_one_call_at_most() {
    let busy = VisitAct::Start { call: CALL, busy: Some(BEN), skipped: vec![] };
    waiting().when(rita(busy)).then_refused(VisitRefusal::MemberBusy { visit: BEN });
}

#[test]
fn starting_an_on_hold_visit_resumes_the_same_call_with_any_assigned_member() {
    on_hold()
        .when(dana(start(NEXT_CALL)))
        .then([VisitEvent::CallResumed { call: CALL, member: DANA, skipped: vec![], at: at(10) }])
        .then_state(|visit| {
            let visit = open(visit);
            assert_eq!(visit.place, Place::InCall { call: CALL, member: DANA, since: at(10) });
            assert_eq!(visit.calls, 1, "it is the same call");
        });
}

#[test]
fn a_paused_patient_waits_on_hold_in_the_same_room_at_the_same_rank() {
    let capable = true;
    in_call()
        .when(rita(VisitAct::Pause { capable }))
        .then([VisitEvent::CallPaused { by: by(RITA), reason: HoldReason::Paused, at: at(10) }])
        .then_state(|visit| {
            let visit = open(visit);
            let (by, reason) = (by(RITA), HoldReason::Paused);
            assert_eq!(visit.place, Place::OnHold { call: CALL, by, reason, since: at(10) });
            assert_eq!((visit.room, visit.entry.at), (RECEPTION, at(0)));
        });
    on_hold().when(rita(VisitAct::Pause { capable })).then_nothing();
    waiting().when(rita(VisitAct::Pause { capable })).then_refused(VisitRefusal::NotInCall);
    in_call().when(rita(VisitAct::Pause { capable: false })).then_refused(VisitRefusal::Incapable);
    in_call()
        .when(ask(ADA, ADMIN, VisitAct::Pause { capable }))
        .then_refused(VisitRefusal::NotEntitled { right: Right::Serve });
}

#[test]
fn ending_a_call_without_closing_returns_the_visit_to_waiting() {
    for given in [in_call(), on_hold()] {
        given
            .when(rita(VisitAct::End))
            .then([VisitEvent::CallEnded { by: by(RITA), at: at(10) }])
            .then_state(|visit| {
                assert_eq!(open(visit).place, Place::Waiting { since: at(10) });
                assert_eq!(open(visit).entry.at, at(0), "at her old rank");
            });
    }
    waiting().when(rita(VisitAct::End)).then_nothing();
}

#[test]
fn a_member_who_lost_her_assignment_in_mid_call_may_end_it_in_any_way_but_not_start() {
    let unassigned = |act| ask(RITA, ELSEWHERE, act);
    in_call().when(unassigned(VisitAct::Pause { capable: true })).then([VisitEvent::CallPaused {
        by: by(RITA),
        reason: HoldReason::Paused,
        at: at(10),
    }]);
    in_call()
        .when(unassigned(VisitAct::End))
        .then([VisitEvent::CallEnded { by: by(RITA), at: at(10) }]);
    for given in [waiting(), on_hold()] {
        given
            .when(unassigned(start(NEXT_CALL)))
            .then_refused(VisitRefusal::NotEntitled { right: Right::Serve });
    }
    // Disabled, she may nothing at all.
    in_call()
        .when(ask(RITA, Standing::Nobody, VisitAct::End))
        .then_refused(VisitRefusal::NotEntitled { right: Right::Serve });
}

#[test]
fn a_member_who_is_lost_or_disabled_leaves_her_patient_on_hold() {
    let hold = |reason| VisitAct::HoldFor { member: RITA, reason };
    let (lost, disabled) = (HoldReason::MemberLost, HoldReason::MemberDisabled);
    in_call().when(policy(PolicyName::MemberLost, hold(lost))).then([VisitEvent::CallPaused {
        by: Actor::policy(PolicyName::MemberLost),
        reason: HoldReason::MemberLost,
        at: at(10),
    }]);
    in_call().when(ask(ADA, ADMIN, hold(disabled))).then([VisitEvent::CallPaused {
        by: by(ADA),
        reason: HoldReason::MemberDisabled,
        at: at(10),
    }]);
    for given in [waiting(), on_hold(), waiting().and([started(CALL, DANA, at(1))])] {
        given.when(policy(PolicyName::MemberLost, hold(lost))).then_nothing();
    }
    in_call()
        .when(ask(ADA, ADMIN, hold(lost)))
        .then_refused(VisitRefusal::NotEntitled { right: Right::Observe });
    in_call()
        .when(policy(PolicyName::MemberLost, hold(disabled)))
        .then_refused(VisitRefusal::NotEntitled { right: Right::Administer });
}

#[test]
fn priority_is_changed_by_those_who_steer_and_moves_no_entry() {
    let urgent = || VisitAct::Prioritise(Priority::Urgent);
    for command in [rita(urgent()), ask(ADA, ADMIN, urgent())] {
        let by = command.by.clone();
        waiting()
            .when(command)
            .then([VisitEvent::PriorityChanged { priority: Priority::Urgent, by }])
            .then_state(|visit| {
                assert_eq!((open(visit).priority, open(visit).entry.at), (Priority::Urgent, at(0)));
                assert_eq!(open(visit).version, PlaceVersion(1), "no click becomes stale");
            });
    }
    waiting().when(rita(VisitAct::Prioritise(Priority::Routine))).then_nothing();
    waiting()
        .when(ask(DANA, ELSEWHERE, urgent()))
        .then_refused(VisitRefusal::NotEntitled { right: Right::Steer });
}

#[test]
fn a_note_is_written_by_who_serves_here_up_to_a_limit() {
    let ask_for = || VisitAct::AddNote(Personal::Clear(note("allergic to penicillin")));
    let wrote = || VisitEvent::NoteAdded {
        note: Personal::Clear(note("allergic to penicillin")),
        by: by(RITA),
    };
    waiting().when(rita(ask_for())).then([VisitEvent::NoteAdded {
        note: Personal::Clear(note("allergic to penicillin")),
        by: by(RITA),
    }]);
    waiting()
        .when(ask(ADA, ADMIN, ask_for()))
        .then_refused(VisitRefusal::NotEntitled { right: Right::Serve });
    let many = (0..limits::NOTES_PER_VISIT).map(|_| wrote());
    waiting().and(many.clone().skip(1)).when(rita(ask_for())).then([wrote()]);
    waiting()
        .and(many)
        .when(rita(ask_for()))
        .then_refused(VisitRefusal::LimitReached { what: "notes on a visit", limit: 200 });
}

#[test]
fn a_label_of_the_checklist_is_ticked_and_unticked() {
    let tick = |done, listed| VisitAct::Tick { label: label("payment"), done, listed };
    let ticked = || {
        waiting().and([VisitEvent::ChecklistTicked {
            label: label("payment"),
            done: true,
            by: by(RITA),
        }])
    };
    waiting().when(rita(tick(true, true))).then([VisitEvent::ChecklistTicked {
        label: label("payment"),
        done: true,
        by: by(RITA),
    }]);
    waiting().when(rita(tick(true, false))).then_refused(VisitRefusal::NotListed);
    waiting().when(rita(tick(false, false))).then_nothing();
    ticked().when(rita(tick(true, true))).then_nothing();
    // A label that has left the list since can still be unticked.
    ticked()
        .when(rita(tick(false, false)))
        .then([VisitEvent::ChecklistTicked { label: label("payment"), done: false, by: by(RITA) }])
        .then_state(|visit| assert!(open(visit).ticked.is_empty()));
}

#[test]
fn presence_has_edges_and_moves_nobody() {
    let note = |online| VisitAct::NotePresence { online, last_seen: at(9) };
    let offline = VisitEvent::PatientWentOffline { last_seen: at(9), at: at(10) };
    in_call()
        .when(policy(PolicyName::Presence, note(false)))
        .then([VisitEvent::PatientWentOffline { last_seen: at(9), at: at(10) }])
        .then_state(|visit| {
            let visit = open(visit);
            assert_eq!(visit.presence, Presence::OfflineSince(at(10)), "never back-dated");
            assert_eq!(visit.in_call_with(), Some(RITA));
            assert_eq!(visit.version, PlaceVersion(2), "no click becomes stale");
        });
    in_call()
        .and([offline.clone()])
        .when(policy(PolicyName::Presence, note(true)))
        .then([VisitEvent::PatientCameOnline { at: at(10) }]);
    in_call().when(policy(PolicyName::Presence, note(true))).then_nothing();
    in_call().and([offline]).when(policy(PolicyName::Presence, note(false))).then_nothing();
    in_call()
        .when(rita(note(false)))
        .then_refused(VisitRefusal::NotEntitled { right: Right::Observe });
}

#[test]
fn a_visit_is_carried_over_once_for_an_evening_and_anew_for_a_later_one() {
    let carried = |minute| VisitEvent::CarriedOver { by: by(RITA), at: at(minute) };
    let again = |day_ended_at| rita(VisitAct::CarryOver { day_ended_at });
    for same in [None, Some(at(4)), Some(at(5))] {
        on_hold().and([carried(5)]).when(again(same)).then_nothing();
    }
    on_hold().and([carried(5)]).when(again(Some(at(6)))).then([carried(10)]);
}

#[test]
fn a_visit_stays_past_the_end_of_the_day_on_purpose() {
    let carry_over = |day_ended_at| VisitAct::CarryOver { day_ended_at };
    for day_ended_at in [None, Some(at(8))] {
        on_hold()
            .when(rita(carry_over(day_ended_at)))
            .then([VisitEvent::CarriedOver { by: by(RITA), at: at(10) }])
            .then_state(|visit| assert_eq!(open(visit).carried_over_at, Some(at(10))));
    }
    on_hold()
        .when(ask(DANA, ELSEWHERE, carry_over(None)))
        .then_refused(VisitRefusal::NotEntitled { right: Right::Steer });
}
