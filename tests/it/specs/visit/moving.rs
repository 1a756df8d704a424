//! Visits between rooms: transfers, and their reversal.

use clinic_domain::actor::{Actor, PolicyName, Right, Standing};
use clinic_domain::ids::{PlaceVersion, TransferId};
use clinic_domain::limits;
use clinic_domain::personal::Personal;
use clinic_domain::room::{ArrivalOrder, RoomRefusal, Target, Warning};
use clinic_domain::time::Millis;
use clinic_domain::visit::{Place, Reversal, VisitAct, VisitCommand, VisitEvent, VisitRefusal};

use super::super::{
    ADA, ADMIN, ASSIGNED, CALL, DANA, DR_DANA, DR_OMAR, ELSEWHERE, LEG, NEXT_CALL, NEXT_LEG,
    RECEPTION, RITA, at, by, note, notice,
};
use super::{ask, dana, in_call, on_hold, open, policy, rita, sent, started, waiting};

fn welcoming() -> Target {
    let (order, accept_window) = (ArrivalOrder::OriginalCheckIn, None);
    Target { order, accept_window, warnings: vec![] }
}

fn transfer(target: Result<Target, RoomRefusal>) -> VisitAct {
    VisitAct::Transfer {
        transfer: LEG,
        to: DR_DANA,
        note: None,
        target,
        undo_window: Millis::minutes(5),
        capable: true,
    }
}

/// Rita sent Anna from Reception to Dana's room at 9:05.
fn in_danas_room() -> clinic_testkit::spec::Given<clinic_domain::visit::PatientVisit> {
    waiting().and([sent(LEG, RECEPTION, DR_DANA, 5)])
}

fn reverse(transfer: TransferId, why: Reversal) -> VisitAct {
    VisitAct::Reverse { transfer, why, archived: false }
}

fn undo() -> VisitAct {
    reverse(LEG, Reversal::Undone)
}

fn back(why: Reversal, by: Actor, minute: u64) -> VisitEvent {
    let (from, to) = (DR_DANA, RECEPTION);
    VisitEvent::TransferReversed { transfer: LEG, from, to, why, by, at: at(minute) }
}

#[test]
fn a_transfer_from_waiting_from_hold_and_from_a_call_is_one_fact() {
    for given in [waiting(), on_hold(), in_call()] {
        let target = Target {
            order: ArrivalOrder::OriginalCheckIn,
            accept_window: Some(Millis::minutes(3)),
            warnings: vec![Warning::OutOfHours, Warning::NobodyOnline],
        };
        let note = Some(Personal::Clear(note("needs an interpreter")));
        let act = VisitAct::Transfer {
            transfer: LEG,
            to: DR_DANA,
            note: note.clone(),
            target: Ok(target),
            undo_window: Millis::minutes(5),
            capable: true,
        };
        given
            .when(rita(act))
            .then([VisitEvent::Transferred {
                transfer: LEG,
                from: RECEPTION,
                to: DR_DANA,
                by: by(RITA),
                note,
                order: ArrivalOrder::OriginalCheckIn,
                answer_by: Some(at(13)),
                undo_until: at(15),
                returns: 0,
                warnings: vec![Warning::OutOfHours, Warning::NobodyOnline],
                at: at(10),
            }])
            .then_state(|visit| {
                let visit = open(visit);
                assert_eq!(visit.place, Place::Waiting { since: at(10) });
                assert_eq!((visit.room, visit.arrived_at, visit.legs), (DR_DANA, at(10), 1));
                assert_eq!(visit.check_in.at, at(0), "since check-in never resets");
            });
    }
}

#[test]
fn an_arrival_is_ranked_by_the_policy_that_the_fact_tells() {
    let back_of_queue = Target { order: ArrivalOrder::BackOfQueue, ..welcoming() };
    waiting()
        .when(rita(transfer(Ok(back_of_queue))))
        .then([VisitEvent::Transferred {
            transfer: LEG,
            from: RECEPTION,
            to: DR_DANA,
            by: by(RITA),
            note: None,
            order: ArrivalOrder::BackOfQueue,
            answer_by: None,
            undo_until: at(15),
            returns: 0,
            warnings: vec![],
            at: at(10),
        }])
        .then_state(|visit| assert_eq!(open(visit).entry.at, at(10)));
    // A visit at the back of one queue stands by its check-in in the next.
    let sent_to_the_back = VisitEvent::Transferred {
        transfer: LEG,
        from: RECEPTION,
        to: DR_OMAR,
        by: by(RITA),
        note: None,
        order: ArrivalOrder::BackOfQueue,
        answer_by: None,
        undo_until: at(10),
        returns: 0,
        warnings: vec![],
        at: at(5),
    };
    waiting()
        .and([sent_to_the_back, sent(NEXT_LEG, DR_OMAR, DR_DANA, 8)])
        .when(dana(undo()))
        .then_refused(VisitRefusal::NotLatestLeg)
        .then_state(|visit| assert_eq!(open(visit).entry.at, at(0)));
}

#[test]
fn returns_are_counted_by_room() {
    let there_and_back = [sent(LEG, RECEPTION, DR_DANA, 1), sent(LEG, DR_DANA, RECEPTION, 2)];
    waiting().and(there_and_back).when(rita(transfer(Ok(welcoming())))).then([
        VisitEvent::Transferred {
            transfer: LEG,
            from: RECEPTION,
            to: DR_DANA,
            by: by(RITA),
            note: None,
            order: ArrivalOrder::OriginalCheckIn,
            answer_by: None,
            undo_until: at(15),
            returns: 1,
            warnings: vec![],
            at: at(10),
        },
    ]);
}

#[test]
fn those_who_steer_here_transfer_and_so_does_the_member_in_call() {
    let granted = |command: VisitCommand| {
        let by = command.by.clone();
        in_call().when(command).then([VisitEvent::Transferred {
            transfer: LEG,
            from: RECEPTION,
            to: DR_DANA,
            by,
            note: None,
            order: ArrivalOrder::OriginalCheckIn,
            answer_by: None,
            undo_until: at(15),
            returns: 0,
            warnings: vec![],
            at: at(10),
        }]);
    };
    granted(rita(transfer(Ok(welcoming()))));
    granted(ask(ADA, ADMIN, transfer(Ok(welcoming()))));
    granted(ask(RITA, ELSEWHERE, transfer(Ok(welcoming()))));
    for standing in [ELSEWHERE, Standing::Nobody, Standing::Patient, Standing::Policy] {
        in_call()
            .when(ask(DANA, standing, transfer(Ok(welcoming()))))
            .then_refused(VisitRefusal::NotEntitled { right: Right::Steer });
    }
}

#[test]
fn a_target_that_takes_nobody_in_is_refused_with_its_own_reason() {
    let message = notice("Back at noon.");
    for refusal in [
        RoomRefusal::NoSuchRoom,
        RoomRefusal::Archived,
        RoomRefusal::MemberInactive { member: DANA },
        RoomRefusal::Suspended { message },
        RoomRefusal::Full { limit: 3 },
    ] {
        waiting()
            .when(rita(transfer(Err(refusal.clone()))))
            .then_refused(VisitRefusal::Room(refusal));
    }
}

#[test]
fn a_visit_changes_its_place_no_more_often_than_its_limit() {
    // The check-in is its first place.
    let pauses = (1..limits::PLACE_CHANGES / 2)
        .flat_map(|_| [started(CALL, RITA, at(1)), super::paused(RITA, at(1))]);
    let limit = u64::from(limits::PLACE_CHANGES);
    let refusal = VisitRefusal::LimitReached { what: "changes of place of a visit", limit };
    let restless = waiting().and(pauses);
    let (call, member, skipped, at) = (CALL, RITA, vec![], at(10));
    let last = VisitEvent::CallResumed { call, member, skipped, at };
    restless.clone().when(rita(super::start(NEXT_CALL))).then([last.clone()]);
    let tired = restless.and([last]);
    tired.clone().when(rita(transfer(Ok(welcoming())))).then_refused(refusal.clone());
    let on_hold = tired.clone().and([super::paused(RITA, at)]);
    on_hold.when(rita(super::start(NEXT_CALL))).then_refused(refusal);
    // Whoever is tired of it can still end it.
    tired.when(rita(VisitAct::End)).then([VisitEvent::CallEnded { by: by(RITA), at }]);
}

#[test]
fn an_undo_puts_the_visit_back_where_it_stood_at_its_old_rank() {
    let undone = || back(Reversal::Undone, by(RITA), 9);
    let command = VisitCommand { at: at(9), ..ask(RITA, ASSIGNED, undo()) };
    in_danas_room()
        .when(command)
        .then([VisitEvent::TransferReversed {
            transfer: LEG,
            from: DR_DANA,
            to: RECEPTION,
            why: Reversal::Undone,
            by: by(RITA),
            at: at(9),
        }])
        .then_state(|visit| {
            let visit = open(visit);
            assert_eq!((visit.room, visit.entry.at, visit.legs), (RECEPTION, at(0), 1));
            assert_eq!(visit.place, Place::Waiting { since: at(9) });
            assert_eq!(visit.arrived_at, at(9), "the mistaken leg keeps its own time");
        });
    in_danas_room()
        .and([undone()])
        .when(VisitCommand { at: at(9), ..rita(undo()) })
        .then_refused(VisitRefusal::NotLatestLeg);
}

#[test]
fn the_undo_window_ends_exclusive() {
    let undo_at = |minute| VisitCommand { at: at(minute), ..rita(undo()) };
    in_danas_room().when(undo_at(10)).then_refused(VisitRefusal::UndoTooLate { until: at(10) });
    let last = VisitCommand { at: at(10).plus(Millis(0)), ..rita(undo()) };
    let last = VisitCommand { at: clinic_domain::time::Timestamp(last.at.0 - 1), ..last };
    in_danas_room().when(last.clone()).then([VisitEvent::TransferReversed {
        transfer: LEG,
        from: DR_DANA,
        to: RECEPTION,
        why: Reversal::Undone,
        by: by(RITA),
        at: last.at,
    }]);
}

#[test]
fn an_undo_is_the_senders_or_the_source_rooms() {
    let undo_as = |member, standing| VisitCommand { at: at(6), ..ask(member, standing, undo()) };
    // The sender who serves in neither room, a colleague of the source room, an admin.
    for (member, standing) in [(RITA, ELSEWHERE), (DANA, ASSIGNED), (ADA, ADMIN)] {
        in_danas_room().when(undo_as(member, standing)).then([back(
            Reversal::Undone,
            by(member),
            6,
        )]);
    }
    for (member, standing) in [(DANA, ELSEWHERE), (RITA, Standing::Nobody)] {
        in_danas_room()
            .when(undo_as(member, standing))
            .then_refused(VisitRefusal::NotEntitled { right: Right::Steer });
    }
}

#[test]
fn an_undo_comes_too_late_once_the_target_has_started() {
    let undo_at_nine = || VisitCommand { at: at(9), ..rita(undo()) };
    let started = || in_danas_room().and([started(CALL, DANA, at(6))]);
    started().when(undo_at_nine()).then_refused(VisitRefusal::AlreadyStarted);
    let ended = VisitEvent::CallEnded { by: by(DANA), at: at(7) };
    started().and([ended]).when(undo_at_nine()).then_refused(VisitRefusal::AlreadyStarted);
}

#[test]
fn only_the_latest_leg_can_be_undone() {
    in_danas_room()
        .and([sent(NEXT_LEG, DR_DANA, DR_OMAR, 6)])
        .when(VisitCommand { at: at(7), ..rita(undo()) })
        .then_refused(VisitRefusal::NotLatestLeg);
    waiting().when(rita(undo())).then_refused(VisitRefusal::NotLatestLeg);
}

#[test]
fn nobody_goes_back_to_a_room_that_has_been_archived_since() {
    let act = VisitAct::Reverse { transfer: LEG, why: Reversal::Undone, archived: true };
    in_danas_room()
        .when(VisitCommand { at: at(6), ..rita(act) })
        .then_refused(VisitRefusal::Room(RoomRefusal::Archived));
}

#[test]
fn a_decline_and_an_expiry_bring_the_visit_back() {
    in_danas_room().when(dana(reverse(LEG, Reversal::Declined))).then([
        VisitEvent::TransferReversed {
            transfer: LEG,
            from: DR_DANA,
            to: RECEPTION,
            why: Reversal::Declined,
            by: by(DANA),
            at: at(10),
        },
    ]);
    let expired = reverse(LEG, Reversal::Expired);
    let window = Actor::policy(PolicyName::AcceptWindow);
    in_danas_room().when(policy(PolicyName::AcceptWindow, expired.clone())).then([back(
        Reversal::Expired,
        window,
        10,
    )]);
    let right = Right::Steer;
    in_danas_room()
        .when(ask(RITA, ELSEWHERE, reverse(LEG, Reversal::Declined)))
        .then_refused(VisitRefusal::NotEntitled { right });
    in_danas_room().when(dana(expired)).then_refused(VisitRefusal::NotEntitled { right });
}

#[test]
fn a_place_version_counts_changes_of_place_and_nothing_else() {
    in_danas_room()
        .and([back(Reversal::Undone, by(RITA), 6)])
        .when(rita(VisitAct::End))
        .then_nothing()
        .then_state(|visit| assert_eq!(open(visit).version, PlaceVersion(3)));
}
