//! The order of a visit's refusals: of two that apply, the earlier one is told.

use clinic_domain::actor::{Actor, Right, Standing};
use clinic_domain::ids::PlaceVersion;
use clinic_domain::limits;
use clinic_domain::room::RoomRefusal;
use clinic_domain::time::Millis;
use clinic_domain::visit::{
    CloseReason, Entry, PatientVisit, Reversal, VisitAct, VisitCommand, VisitEvent, VisitRefusal,
};
use clinic_testkit::spec::{Given, given};

use super::super::{
    ANNAS, ASSIGNED, BEN, CALL, DANA, DR_DANA, ELSEWHERE, LEG, NEXT_CALL, NEXT_LEG, RECEPTION,
    RITA, at, by, label, note,
};
use super::{ask, closed, in_call, paused, rita, seeing, sent, start, started, waiting};

fn over() -> Given<PatientVisit> {
    waiting().and([closed(CloseReason::Left, 5)])
}

fn stale(now: u32) -> VisitRefusal {
    VisitRefusal::Stale { seen: PlaceVersion(9), now: PlaceVersion(now) }
}

/// One of each, with evidence that speaks against it wherever evidence can.
fn acts() -> Vec<(Right, VisitAct)> {
    let reverse = |why| VisitAct::Reverse { transfer: LEG, why, archived: true };
    let close = |reason| VisitAct::Close { reason, reopen_window: Millis::minutes(30) };
    let transfer = VisitAct::Transfer {
        transfer: NEXT_LEG,
        to: RECEPTION,
        note: None,
        target: Err(RoomRefusal::Archived),
        undo_window: Millis::ZERO,
        capable: false,
    };
    let entry = Entry { at: at(5), position: None };
    let absorb = VisitAct::Absorb { duplicate: BEN, tokens: vec![ANNAS], entry, check_in: entry };
    vec![
        (Right::Serve, VisitAct::Start { call: CALL, busy: Some(BEN), skipped: vec![] }),
        (Right::Serve, VisitAct::Pause { capable: false }),
        (Right::Serve, VisitAct::End),
        (Right::Steer, transfer),
        (Right::Steer, reverse(Reversal::Declined)),
        (Right::Steer, reverse(Reversal::Undone)),
        (Right::Steer, VisitAct::Prioritise(clinic_domain::visit::Priority::Urgent)),
        (Right::Serve, VisitAct::AddNote(note("hello").into())),
        (Right::Serve, VisitAct::Tick { label: label("payment"), done: true, listed: false }),
        (Right::Steer, VisitAct::CarryOver { day_ended_at: None }),
        (Right::Steer, close(CloseReason::Completed)),
        (Right::Steer, absorb),
    ]
}

#[test]
fn a_visit_that_nobody_knows_comes_first() {
    let reopen = VisitAct::Reopen { other: Some(BEN), archived: true };
    let left = VisitAct::Close { reason: CloseReason::Left, reopen_window: Millis::ZERO };
    for act in acts().into_iter().map(|(_, act)| act).chain([reopen, left]) {
        given::<PatientVisit>([])
            .when(seeing(9, ask(DANA, ELSEWHERE, act)))
            .then_refused(VisitRefusal::NoSuchVisit);
    }
}

#[test]
fn stale_comes_before_not_entitled_so_that_a_lost_race_is_told_as_one() {
    for (right, act) in acts() {
        waiting().when(seeing(9, ask(DANA, ELSEWHERE, act.clone()))).then_refused(stale(1));
        waiting().when(ask(DANA, ELSEWHERE, act)).then_refused(VisitRefusal::NotEntitled { right });
    }
}

#[test]
fn in_call_comes_before_stale() {
    in_call()
        .when(seeing(9, ask(DANA, ASSIGNED, start(NEXT_CALL))))
        .then_refused(VisitRefusal::InCall { member: RITA, since: at(1) });
}

#[test]
fn not_entitled_comes_before_closed_and_closed_before_all_that_follow() {
    for (right, act) in acts() {
        over()
            .when(ask(DANA, ELSEWHERE, act.clone()))
            .then_refused(VisitRefusal::NotEntitled { right });
        // A closed visit says so whatever the screen showed.
        over()
            .when(seeing(9, rita(act)))
            .then_refused(VisitRefusal::Closed { reason: "left", at: at(5) });
    }
}

/// From the first row, where everything speaks against it, each row mends the reason of the last.
#[test]
fn a_transfer_is_refused_in_the_order_of_the_refusals() {
    let act = |to, target, capable| VisitAct::Transfer {
        transfer: NEXT_LEG,
        to,
        note: None,
        target,
        undo_window: Millis::ZERO,
        capable,
    };
    let gone = || Err(RoomRefusal::Archived);
    waiting().when(rita(act(RECEPTION, gone(), false))).then_refused(VisitRefusal::Incapable);
    waiting().when(rita(act(RECEPTION, gone(), true))).then_refused(VisitRefusal::SameRoom);
    waiting().when(rita(act(DR_DANA, gone(), true))).then_refused(RoomRefusal::Archived);
}

/// From the first row, where everything speaks against it, each row mends the reason of the last.
#[test]
fn an_undo_is_refused_in_the_order_of_the_refusals() {
    let gone = || waiting().and([sent(LEG, RECEPTION, DR_DANA, 1), started(CALL, DANA, at(2))]);
    let undo = |transfer, archived| VisitCommand {
        at: at(50),
        ..rita(VisitAct::Reverse { transfer, why: Reversal::Undone, archived })
    };
    gone().when(undo(NEXT_LEG, true)).then_refused(RoomRefusal::Archived);
    gone().when(undo(NEXT_LEG, false)).then_refused(VisitRefusal::NotLatestLeg);
    gone().when(undo(LEG, false)).then_refused(VisitRefusal::AlreadyStarted);
    waiting()
        .and([sent(LEG, RECEPTION, DR_DANA, 1)])
        .when(undo(LEG, false))
        .then_refused(VisitRefusal::UndoTooLate { until: at(6) });
}

/// From the first row, where everything speaks against it, each row mends the reason of the last.
#[test]
fn a_start_is_refused_in_the_order_of_the_refusals() {
    let pauses = (0..limits::PLACE_CHANGES / 2)
        .flat_map(|_| [started(CALL, RITA, at(1)), paused(RITA, at(1))]);
    let tired = waiting().and(pauses);
    let busy = VisitAct::Start { call: NEXT_CALL, busy: Some(BEN), skipped: vec![] };
    tired.clone().when(rita(busy)).then_refused(VisitRefusal::MemberBusy { visit: BEN });
    let limit = u64::from(limits::PLACE_CHANGES);
    tired
        .when(rita(start(NEXT_CALL)))
        .then_refused(VisitRefusal::LimitReached { what: "changes of place of a visit", limit });
}

/// From the first row, where everything speaks against it, each row mends the reason of the last.
#[test]
fn a_reopening_is_refused_in_the_order_of_the_refusals() {
    let reopen = |other, archived, minute| VisitCommand {
        at: at(minute),
        ..rita(VisitAct::Reopen { other, archived })
    };
    over()
        .when(VisitCommand { standing: ELSEWHERE, ..reopen(Some(BEN), true, 99) })
        .then_refused(VisitRefusal::NotEntitled { right: Right::Steer });
    over().when(reopen(Some(BEN), true, 99)).then_refused(RoomRefusal::Archived);
    over()
        .when(reopen(Some(BEN), false, 99))
        .then_refused(VisitRefusal::ReopenTooLate { until: at(35) });
    over()
        .when(reopen(Some(BEN), false, 9))
        .then_refused(VisitRefusal::OtherVisitOpen { visit: BEN });
    over()
        .when(reopen(None, false, 9))
        .then([VisitEvent::VisitReopened { by: by(RITA), at: at(9) }]);
}

#[test]
fn a_close_says_never_in_call_only_to_somebody_who_may_close() {
    let complete = VisitAct::Close { reason: CloseReason::Completed, reopen_window: Millis::ZERO };
    let (by, standing) = (Actor::Patient(ANNAS), Standing::Patient);
    waiting()
        .when(VisitCommand { by, standing, ..rita(complete.clone()) })
        .then_refused(VisitRefusal::NotEntitled { right: Right::Steer });
    waiting().when(seeing(9, rita(complete.clone()))).then_refused(stale(1));
    waiting().when(rita(complete)).then_refused(VisitRefusal::NeverInCall);
}
