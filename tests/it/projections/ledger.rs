//! The ledger finds what is wrong with a log, and nothing in one that the rules wrote.

use clinic_domain::command::Action;
use clinic_domain::event::{Event, Recorded};
use clinic_domain::ids::{CallId, Position, VisitId};
use clinic_domain::room::RoomEvent;
use clinic_domain::time::Millis;
use clinic_domain::visit::{CloseReason, HoldReason, VisitEvent};
use clinic_projections::ending::Ending;
use clinic_projections::ledger::Ledger;
use clinic_projections::verdict::{Breach, Fault, Verdict};

use super::fixture::{Day, by};

/// What the ledger says of a day's log after `spoil` has been at it.
fn verdict(day: &Day, spoil: impl FnOnce(&mut Vec<Recorded>)) -> Verdict {
    let mut log = day.log.clone();
    spoil(&mut log);
    let mut ledger = Ledger::default();
    for recorded in &log {
        ledger.apply(recorded);
    }
    let verdict = ledger.verdict();
    assert_eq!((ledger.holds(), verdict.holds()), (verdict.breaches.is_empty(), ledger.holds()));
    verdict
}

/// The faults of a day's log after `spoil` has been at it.
fn faults(day: &Day, spoil: impl FnOnce(&mut Vec<Recorded>)) -> Vec<Fault> {
    verdict(day, spoil).breaches.into_iter().map(|breach| breach.fault).collect()
}

/// A copy of the last event that is of this visit, behind the log, saying something else.
fn then(log: &mut Vec<Recorded>, visit: VisitId, event: VisitEvent) {
    let last = log.last().expect("a log").clone();
    let of = |recorded: &&Recorded| matches!(recorded.event, Event::Visit(id, _) if id == visit);
    let sequence = log.iter().rev().find(of).map_or(0, |recorded| recorded.sequence) + 1;
    let position = last.position.next();
    log.push(Recorded { position, sequence, event: Event::Visit(visit, event), ..last });
}

/// The last event of a visit that has this name.
fn latest(day: &Day, name: &str) -> VisitEvent {
    let named = |recorded: &Recorded| match &recorded.event {
        Event::Visit(_, event) if event.name() == name => Some(event.clone()),
        Event::Visit(..) | Event::Clinic(..) | Event::Room(..) | Event::Transfer(..) => None,
    };
    day.log.iter().rev().find_map(named).expect("an event of that name")
}

#[test]
fn a_whole_day_balances() {
    let mut day = Day::new();
    let anna = day.check_in("Anna");
    let ben = day.check_in("Ben");
    day.check_in("Cleo");
    day.start(day.rita, anna);
    day.close(day.rita, anna, CloseReason::Completed);
    day.leaves("Ben", ben);
    let verdict = day.views.ledger.verdict();
    assert!(verdict.holds());
    assert_eq!(verdict.to_string(), "3 check-ins = 1 open + 2 closed; nobody was lost");
    assert_eq!(verdict.closed, [(Ending::Completed, 1), (Ending::Left, 1)].into());
}

#[test]
fn a_visit_that_was_reopened_is_open_and_not_closed() {
    let mut day = Day::new();
    let anna = day.check_in("Anna");
    day.close(day.rita, anna, CloseReason::NoShow);
    day.act(by(day.rita), Action::ReopenVisit(anna));
    assert_eq!(
        day.views.ledger.verdict().to_string(),
        "1 check-ins = 1 open + 0 closed; nobody was lost"
    );
}

#[test]
fn a_missing_event_is_a_gap() {
    let mut day = Day::new();
    let anna = day.check_in("Anna");
    let after = Position(day.state.head().0 - 1);
    day.start(day.rita, anna);
    let found = faults(&day, |log| drop(log.remove(usize::try_from(after.0).expect("small"))));
    assert_eq!(found[0], Fault::Gap { after });
    assert_eq!(found[1], Fault::NotOpen { visit: anna, event: "CallStarted" });
}

#[test]
fn a_member_in_two_calls_is_found() {
    let mut day = Day::new();
    let (anna, ben) = (day.check_in("Anna"), day.check_in("Ben"));
    day.start(day.rita, anna);
    let (member, at) = (day.rita, day.now);
    let call = CallId(day.next_id());
    let found = faults(&day, |log| {
        then(log, ben, VisitEvent::CallStarted { call, member, skipped: vec![], at });
    });
    assert_eq!(found, [Fault::TwoCalls { member, first: anna, second: ben }]);
}

#[test]
fn a_visit_closed_twice_does_not_balance() {
    let mut day = Day::new();
    let anna = day.check_in("Anna");
    day.close(day.rita, anna, CloseReason::NoShow);
    let closed = latest(&day, "VisitClosed");
    let found = faults(&day, |log| then(log, anna, closed));
    let twice = Fault::NotOpen { visit: anna, event: "VisitClosed" };
    assert_eq!(found, [twice, Fault::Unbalanced { check_ins: 1, open: 0, closed: 2 }]);
}

#[test]
fn a_visit_moved_from_where_it_was_not_is_found() {
    let mut day = Day::new();
    let anna = day.check_in("Anna");
    day.send(day.rita, anna, day.dr_dana);
    let again = latest(&day, "Transferred");
    let found = faults(&day, |log| then(log, anna, again));
    assert_eq!(found, [Fault::Elsewhere { visit: anna, said: day.reception, found: day.dr_dana }]);
}

#[test]
fn what_is_out_of_balance_is_reported_once_and_the_ledger_goes_on() {
    let mut day = Day::new();
    let anna = day.check_in("Anna");
    let again = day.log.last().cloned().expect("a check-in");
    let (member, at, call) = (day.rita, day.now, CallId(day.next_id()));
    let found = faults(&day, |log| {
        let position = again.position.next();
        log.push(Recorded { position, ..again });
        then(log, anna, VisitEvent::CallStarted { call, member, skipped: vec![], at });
        then(log, anna, VisitEvent::PatientCameOnline { at });
    });
    let unbalanced = Fault::Unbalanced { check_ins: 2, open: 1, closed: 0 };
    assert_eq!(found, [Fault::CheckedInTwice { visit: anna }, unbalanced]);
}

#[test]
fn whoever_has_hung_up_is_in_no_call_and_may_start_the_next() {
    let mut day = Day::new();
    let (anna, ben) = (day.check_in("Anna"), day.check_in("Ben"));
    let in_call = |day: &Day| verdict(day, |_| {}).in_call;
    day.start(day.rita, anna);
    day.pause(day.rita, anna);
    day.start(day.rita, ben);
    day.end(day.rita, ben);
    assert_eq!(in_call(&day), 0);
    day.start(day.rita, anna);
    day.close(day.rita, anna, CloseReason::Completed);
    assert_eq!(in_call(&day), 0);
    day.act(by(day.rita), Action::ReopenVisit(anna));
    assert_eq!(in_call(&day), 0, "a call ends with its visit");
    day.start(day.rita, ben);
    assert_eq!((in_call(&day), faults(&day, |_| {})), (1, vec![]));
}

#[test]
fn what_does_not_fit_what_the_visit_was_doing_is_found() {
    let mut day = Day::new();
    let anna = day.check_in("Anna");
    let (call, member, at) = (CallId(day.next_id()), day.rita, day.now);
    let (by, reason) = (by(member), HoldReason::Paused);
    let start = || VisitEvent::CallStarted { call, member, skipped: vec![], at };
    let resume = || VisitEvent::CallResumed { call, member, skipped: vec![], at };
    let pause = || VisitEvent::CallPaused { by: by.clone(), reason, at };
    let end = || VisitEvent::CallEnded { by: by.clone(), at };
    for (story, out_of_turn) in [
        (vec![start(), pause(), resume(), end(), start(), pause(), end()], None),
        (vec![start(), start()], Some("CallStarted")),
        (vec![resume()], Some("CallResumed")),
        (vec![start(), resume()], Some("CallResumed")),
        (vec![pause()], Some("CallPaused")),
        (vec![start(), pause(), pause()], Some("CallPaused")),
        (vec![end()], Some("CallEnded")),
    ] {
        let found = faults(&day, |log| story.into_iter().for_each(|event| then(log, anna, event)));
        let fault = out_of_turn.map(|event| Fault::OutOfTurn { visit: anna, event });
        assert_eq!(found, Vec::from_iter(fault));
    }
}

#[test]
fn a_room_that_was_archived_around_somebody_is_found() {
    let mut day = Day::new();
    let anna = day.check_in("Anna");
    for (room, fault) in [
        (day.dr_omar, None),
        (day.reception, Some(Fault::Archived { room: day.reception, inside: vec![anna] })),
    ] {
        let found = faults(&day, |log| {
            let last = log.last().expect("a check-in").clone();
            let event = Event::Room(room, RoomEvent::RoomArchived);
            log.push(Recorded { position: last.position.next(), sequence: 9, event, ..last });
        });
        assert_eq!(found, Vec::from_iter(fault));
    }
}

#[test]
fn a_visit_that_is_reopened_after_its_time_is_found() {
    let mut day = Day::new();
    let anna = day.check_in("Anna");
    day.close(day.rita, anna, CloseReason::NoShow);
    let by = by(day.rita);
    for (minutes, fault) in [(30, None), (31, Some(Fault::NotReopenable { visit: anna }))] {
        let at = day.now.plus(Millis::minutes(minutes));
        let found = faults(&day, |log| {
            then(log, anna, VisitEvent::VisitReopened { by: by.clone(), at });
            log.last_mut().expect("the reopening").occurred_at = at;
            let reopened = log.pop().expect("the reopening");
            // The clinic goes on in between, so that time moves on for the ledger.
            let position = reopened.position;
            let event = Event::Room(day.reception, RoomEvent::SuspensionLifted);
            log.push(Recorded { event, ..reopened.clone() });
            log.push(Recorded { position: position.next(), ..reopened });
        });
        assert_eq!(found.first(), fault.as_ref(), "after {minutes} minutes");
    }
}

#[test]
fn the_first_hundred_breaches_are_listed_and_the_rest_is_counted() {
    let mut day = Day::new();
    let anna = day.check_in("Anna");
    let (by, at) = (by(day.rita), day.now);
    let verdict = verdict(&day, |log| {
        (0..102).for_each(|_| then(log, anna, VisitEvent::CallEnded { by: by.clone(), at }));
    });
    assert_eq!((verdict.breaches.len(), verdict.unlisted), (100, 2));
    assert_eq!(verdict.to_string(), "1 check-ins = 1 open + 0 closed; 102 breaches");
}

#[test]
fn a_fault_is_told_in_words_and_read_back_as_it_was_saved() {
    let mut day = Day::new();
    let anna = day.check_in("Anna");
    let (by, at) = (by(day.rita), day.now);
    let verdict = verdict(&day, |log| then(log, anna, VisitEvent::CallEnded { by, at }));
    let breach = &verdict.breaches[0];
    let position = day.state.head().next();
    let told = format!("position {position}: CallEnded of visit {anna}, out of turn");
    assert_eq!(breach.to_string(), told);
    let saved = serde_json::to_value(breach).expect("a breach is written");
    assert_eq!(&serde_json::from_value::<Breach>(saved.clone()).expect("it is read"), breach);
    let unknown = saved.to_string().replace("CallEnded", "CallForgotten");
    assert!(serde_json::from_str::<Breach>(&unknown).is_err());
}
