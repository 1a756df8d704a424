//! Visits at their end: closing, merging, reopening.

use clinic_domain::actor::{Actor, PolicyName, Right, Standing};
use clinic_domain::decider::Decider;
use clinic_domain::ids::Position;
use clinic_domain::personal::Personal;
use clinic_domain::room::RoomRefusal;
use clinic_domain::time::Millis;
use clinic_domain::visit::{
    CloseReason, Entry, HoldReason, PatientVisit, Place, Reversal, VisitAct, VisitCommand,
    VisitEvent, VisitRefusal,
};
use clinic_testkit::spec::Given;

use super::super::{
    ADA, ADMIN, ANNA, ANNAS, BEN, BENS, CALL, DANA, DR_DANA, ELSEWHERE, LEG, RECEPTION, RITA, at,
    by, note,
};
use super::{ask, closed, in_call, on_hold, open, policy, rita, sent, started, waiting};

fn close(reason: CloseReason) -> VisitAct {
    VisitAct::Close { reason, reopen_window: Millis::minutes(30) }
}

/// Anna was in call and is not any more.
fn called() -> Given<PatientVisit> {
    in_call().and([VisitEvent::CallEnded { by: by(RITA), at: at(2) }])
}

fn reopen(other: Option<clinic_domain::ids::VisitId>, archived: bool) -> VisitAct {
    VisitAct::Reopen { other, archived }
}

#[test]
fn those_who_steer_here_close_a_visit_for_a_reason() {
    let removed = || CloseReason::Removed { why: Personal::Clear(note("abusive")) };
    let merged = CloseReason::Merged { into: BEN };
    for reason in [CloseReason::NoShow, removed(), CloseReason::EndOfDay, merged] {
        for command in [rita(close(reason.clone())), ask(ADA, ADMIN, close(reason.clone()))] {
            let by = command.by.clone();
            waiting().when(command).then([VisitEvent::VisitClosed {
                reason: reason.clone(),
                reopen_until: at(40),
                by,
                at: at(10),
            }]);
        }
        waiting()
            .when(ask(DANA, ELSEWHERE, close(reason)))
            .then_refused(VisitRefusal::NotEntitled { right: Right::Steer });
    }
}

#[test]
fn completing_needs_a_call_except_of_an_import() {
    let complete = || close(CloseReason::Completed);
    waiting().when(rita(complete())).then_refused(VisitRefusal::NeverInCall);
    for given in [in_call(), on_hold(), called()] {
        given.when(rita(complete())).then([VisitEvent::VisitClosed {
            reason: CloseReason::Completed,
            reopen_until: at(40),
            by: by(RITA),
            at: at(10),
        }]);
    }
    let (by, standing) = (Actor::Import, Standing::Import);
    waiting().when(VisitCommand { by, standing, ..rita(complete()) }).then([
        VisitEvent::VisitClosed {
            reason: CloseReason::Completed,
            reopen_until: at(40),
            by: Actor::Import,
            at: at(10),
        },
    ]);
}

#[test]
fn a_member_who_lost_her_assignment_in_mid_call_may_complete_it() {
    let complete = || ask(RITA, ELSEWHERE, close(CloseReason::Completed));
    in_call().when(complete()).then([VisitEvent::VisitClosed {
        reason: CloseReason::Completed,
        reopen_until: at(40),
        by: by(RITA),
        at: at(10),
    }]);
    called().when(complete()).then_refused(VisitRefusal::NotEntitled { right: Right::Steer });
}

#[test]
fn a_patient_leaves_from_any_place_and_nobody_leaves_for_her() {
    let left = || close(CloseReason::Left);
    let patient = |token| VisitCommand {
        by: Actor::Patient(token),
        standing: Standing::Patient,
        ..rita(left())
    };
    for given in [waiting(), in_call(), on_hold()] {
        given.when(patient(ANNAS)).then([VisitEvent::VisitClosed {
            reason: CloseReason::Left,
            reopen_until: at(40),
            by: Actor::Patient(ANNAS),
            at: at(10),
        }]);
    }
    // Closing wins over whatever her page did not show yet.
    let stale = VisitCommand { seen: Some(clinic_domain::ids::PlaceVersion(1)), ..patient(ANNAS) };
    in_call().when(stale).then([VisitEvent::VisitClosed {
        reason: CloseReason::Left,
        reopen_until: at(40),
        by: Actor::Patient(ANNAS),
        at: at(10),
    }]);
    let right = Right::Steer;
    for command in [patient(BENS), rita(left()), ask(ADA, ADMIN, left())] {
        waiting().when(command).then_refused(VisitRefusal::NotEntitled { right });
    }
    for reason in [CloseReason::Completed, CloseReason::NoShow, CloseReason::EndOfDay] {
        let act = close(reason);
        let command = VisitCommand { act, ..patient(ANNAS) };
        in_call().when(command).then_refused(VisitRefusal::NotEntitled { right });
    }
}

#[test]
fn only_the_no_show_policy_closes_by_itself_and_only_as_a_no_show() {
    let no_show = |name| policy(name, close(CloseReason::NoShow));
    waiting().when(no_show(PolicyName::NoShow)).then([VisitEvent::VisitClosed {
        reason: CloseReason::NoShow,
        reopen_until: at(40),
        by: Actor::Policy { name: PolicyName::NoShow, version: 1 },
        at: at(10),
    }]);
    let right = Right::Steer;
    for name in [PolicyName::ClosingTime, PolicyName::Presence, PolicyName::AcceptWindow] {
        waiting().when(no_show(name)).then_refused(VisitRefusal::NotEntitled { right });
    }
    waiting()
        .when(policy(PolicyName::NoShow, close(CloseReason::EndOfDay)))
        .then_refused(VisitRefusal::NotEntitled { right });
}

#[test]
fn a_visit_that_is_closed_twice_is_closed_once_and_for_one_reason() {
    let over = || waiting().and([closed(CloseReason::NoShow, 5)]);
    over().when(rita(close(CloseReason::NoShow))).then_nothing();
    let refusal = VisitRefusal::Closed { reason: "no show", at: at(5) };
    over().when(rita(close(CloseReason::EndOfDay))).then_refused(refusal.clone());
    over().when(rita(close(CloseReason::Completed))).then_refused(refusal.clone());
    for act in [
        VisitAct::End,
        VisitAct::CarryOver { day_ended_at: None },
        super::start(CALL),
        VisitAct::AddNote(Personal::Clear(note("too late"))),
    ] {
        over().when(rita(act)).then_refused(refusal.clone());
    }
    let merged = |into| CloseReason::Merged { into };
    waiting().and([closed(merged(BEN), 5)]).when(rita(close(merged(BEN)))).then_nothing();
    waiting()
        .and([closed(merged(BEN), 5)])
        .when(rita(close(merged(ANNA))))
        .then_refused(VisitRefusal::Closed { reason: "merged", at: at(5) });
}

#[test]
fn a_visit_in_call_can_only_be_the_survivor_of_a_merge() {
    let merge = || close(CloseReason::Merged { into: BEN });
    in_call().when(rita(merge())).then_refused(VisitRefusal::DuplicateInCall);
    on_hold().when(rita(merge())).then([VisitEvent::VisitClosed {
        reason: CloseReason::Merged { into: BEN },
        reopen_until: at(40),
        by: by(RITA),
        at: at(10),
    }]);
}

fn absorb(entry: Entry) -> VisitAct {
    VisitAct::Absorb { duplicate: BEN, tokens: vec![BENS], entry, check_in: entry }
}

fn entry(minute: u64, position: Option<u64>) -> Entry {
    Entry { at: at(minute), position: position.map(Position) }
}

#[test]
fn the_survivor_of_a_merge_takes_the_tokens_and_keeps_the_earlier_entry() {
    // The duplicate came later.
    in_call()
        .when(rita(absorb(entry(5, None))))
        .then([VisitEvent::VisitsMerged {
            duplicate: BEN,
            tokens: vec![BENS],
            entry: entry(0, None),
            check_in: entry(0, None),
            leg_entry: None,
            by: by(RITA),
        }])
        .then_state(|visit| assert_eq!(open(visit).tokens, vec![ANNAS, BENS]));
    // The duplicate came first.
    let early = Entry { at: clinic_domain::time::Timestamp(at(0).0 - 1), position: None };
    waiting()
        .when(rita(absorb(early)))
        .then([VisitEvent::VisitsMerged {
            duplicate: BEN,
            tokens: vec![BENS],
            entry: early,
            check_in: early,
            leg_entry: None,
            by: by(RITA),
        }])
        .then_state(|visit| assert_eq!(open(visit).entry, early));
}

#[test]
fn a_merge_into_a_visit_that_goes_back_still_keeps_the_earlier_entry() {
    let early = Entry { at: clinic_domain::time::Timestamp(at(0).0 - 1), position: None };
    let back = VisitEvent::TransferReversed {
        transfer: LEG,
        from: DR_DANA,
        to: RECEPTION,
        why: Reversal::Undone,
        by: by(RITA),
        at: at(3),
    };
    // Of the duplicate's entry and the one that the leg left, whichever is earlier.
    for (theirs, kept) in [(early, early), (entry(1, None), entry(0, None))] {
        let sent = sent(LEG, RECEPTION, DR_DANA, 2);
        let merged = VisitEvent::VisitsMerged {
            duplicate: BEN,
            tokens: vec![BENS],
            entry: kept,
            check_in: kept,
            leg_entry: Some(kept),
            by: by(RITA),
        };
        waiting().and([sent.clone()]).when(rita(absorb(theirs))).then([merged.clone()]);
        let mut visit = PatientVisit::default();
        for event in [super::checked_in(), sent, merged, back.clone()] {
            visit.evolve(&event);
        }
        assert_eq!((open(&visit).room, open(&visit).entry), (RECEPTION, kept));
    }
}

#[test]
fn a_visit_is_no_duplicate_of_itself_and_is_merged_once() {
    let tokens = |tokens| VisitAct::Absorb {
        duplicate: BEN,
        tokens,
        entry: entry(5, None),
        check_in: entry(5, None),
    };
    waiting().when(rita(tokens(vec![ANNAS]))).then_refused(VisitRefusal::MergeWithItself);
    waiting().when(rita(tokens(vec![]))).then_nothing();
    waiting()
        .when(ask(DANA, ELSEWHERE, tokens(vec![BENS])))
        .then_refused(VisitRefusal::NotEntitled { right: Right::Steer });
}

#[test]
fn a_closed_visit_reopens_where_it_was_at_its_old_rank() {
    let no_show = closed(CloseReason::NoShow, 5);
    waiting()
        .and([no_show.clone()])
        .when(rita(reopen(None, false)))
        .then([VisitEvent::VisitReopened { by: by(RITA), at: at(10) }])
        .then_state(|visit| {
            let visit = open(visit);
            assert_eq!((visit.room, visit.entry.at), (super::super::RECEPTION, at(0)));
            assert_eq!(visit.place, Place::Waiting { since: at(10) });
        });
    on_hold()
        .and([no_show])
        .when(rita(reopen(None, false)))
        .then([VisitEvent::VisitReopened { by: by(RITA), at: at(10) }])
        .then_state(|visit| {
            let (by, reason) = (by(RITA), HoldReason::Paused);
            let place = Place::OnHold { call: CALL, by, reason, since: at(2) };
            assert_eq!(open(visit).place, place, "still on hold, by whom and since when");
        });
    waiting().when(rita(reopen(None, false))).then_nothing();
}

#[test]
fn a_visit_that_was_closed_in_a_call_comes_back_as_waiting() {
    in_call()
        .and([closed(CloseReason::Completed, 5)])
        .when(rita(reopen(None, false)))
        .then([VisitEvent::VisitReopened { by: by(RITA), at: at(10) }])
        .then_state(|visit| assert_eq!(open(visit).place, Place::Waiting { since: at(10) }));
}

#[test]
fn a_click_from_before_the_close_is_stale_after_the_reopening() {
    let reopened = VisitEvent::VisitReopened { by: by(RITA), at: at(6) };
    let history = [closed(CloseReason::NoShow, 5), reopened];
    let seen = clinic_domain::ids::PlaceVersion;
    waiting()
        .and(history)
        .when(VisitCommand { seen: Some(seen(1)), ..rita(super::start(CALL)) })
        .then_refused(VisitRefusal::Stale { seen: seen(1), now: seen(3) });
}

#[test]
fn a_reopening_is_for_those_who_steer_within_its_window_which_ends_exclusive() {
    let over = || waiting().and([closed(CloseReason::Left, 5)]);
    let at_minute = |minute| VisitCommand { at: at(minute), ..rita(reopen(None, false)) };
    over().when(at_minute(34)).then([VisitEvent::VisitReopened { by: by(RITA), at: at(34) }]);
    over().when(at_minute(35)).then_refused(VisitRefusal::ReopenTooLate { until: at(35) });
    over()
        .when(ask(DANA, ELSEWHERE, reopen(None, false)))
        .then_refused(VisitRefusal::NotEntitled { right: Right::Steer });
    let (by, standing) = (Actor::Patient(ANNAS), Standing::Patient);
    over()
        .when(VisitCommand { by, standing, ..rita(reopen(None, false)) })
        .then_refused(VisitRefusal::NotEntitled { right: Right::Steer });
}

#[test]
fn a_reopening_is_refused_while_the_patient_is_elsewhere_or_the_room_is_archived() {
    let over = || waiting().and([closed(CloseReason::Left, 5)]);
    over()
        .when(rita(reopen(Some(BEN), false)))
        .then_refused(VisitRefusal::OtherVisitOpen { visit: BEN });
    over().when(rita(reopen(None, true))).then_refused(VisitRefusal::Room(RoomRefusal::Archived));
}

#[test]
fn a_visit_that_was_started_and_closed_is_told_by_its_label_and_not_by_its_text() {
    let why = Personal::Clear(note("abusive, called the police"));
    waiting()
        .and([started(CALL, RITA, at(1)), closed(CloseReason::Removed { why }, 5)])
        .when(rita(VisitAct::End))
        .then_refused(VisitRefusal::Closed { reason: "removed", at: at(5) });
}
