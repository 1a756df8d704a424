//! Nothing panics: not a decision, not a fold, on events and commands that follow from nothing.
//!
//! A panic anywhere fails these tests; nothing is caught.

use std::collections::BTreeSet;

use clinic_domain::clinic::ClinicEvent;
use clinic_domain::command::{Action, Command};
use clinic_domain::event::Recorded;
use clinic_domain::hours::Zone;
use clinic_domain::ids::ClinicId;
use clinic_domain::room::RoomEvent;
use clinic_domain::state::{ClinicState, Journal, Stamp};
use clinic_domain::time::Timestamp;
use clinic_domain::transfer::TransferEvent;
use clinic_domain::visit::VisitEvent;
use clinic_testkit::any::{any_command, any_event, any_log};
use clinic_testkit::day::days;
use clinic_testkit::laws::agenda;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use uuid::Uuid;

use super::{config, rounds, runner};

/// Logs that nobody could have written, and whatever may be asked of the state they make.
#[test]
fn any_log_folds_and_any_command_is_decided() {
    let mut runner = runner(7);
    let rounds = 3_000 * rounds();
    for _ in 0..rounds {
        let strategy = (any_log(), vec(any_command(), 1..10));
        let tree = strategy.new_tree(&mut runner).expect("anything goes");
        let done = runner.run_one(tree, |(log, commands)| {
            on_any_state(&log, &commands);
            Ok(())
        });
        done.unwrap_or_else(|error| panic!("seed 7: {error}"));
    }
}

fn on_any_state(log: &[Recorded], commands: &[Command]) {
    let mut state = ClinicState::new(ClinicId(Uuid::nil()));
    let mut again = state.clone();
    for recorded in log {
        state.evolve(recorded);
        again.evolve(recorded);
    }
    assert_eq!(state, again, "two folds of one log");
    let mut journal = Journal::default();
    for command in commands {
        for stream in state.needs(command) {
            state.load(stream, log);
        }
        match state.decide(command) {
            Ok(events) => {
                for recorded in state.record(command, events, &stamp(command.at)) {
                    state.evolve_noting(&recorded, &mut journal);
                }
            }
            Err(refusal) => {
                let told = format!("{refusal} {} {}", refusal.public(), refusal.path());
                assert!(!told.is_empty());
            }
        }
        assert!(state.dues().is_sorted_by_key(|due| due.at), "the first is the next");
        agenda(&state).unwrap_or_else(|violation| panic!("{violation}"));
    }
    let (head, now) = (again.head(), again.now());
    state.roll_back(journal);
    agenda(&state).unwrap_or_else(|violation| panic!("{violation}"));
    assert_eq!((state.head(), state.now()), (head, now), "rolled back to where it began");
}

fn stamp(at: Timestamp) -> Stamp {
    Stamp { recorded_at: at, correlation_id: Uuid::nil(), causation_id: None, clamped: None }
}

/// The strategies leave out nothing, or these tests would see less than they say.
#[test]
fn any_event_and_any_command_mean_every_one() {
    let mut runner = runner(8);
    let (mut events, mut actions) = (BTreeSet::new(), BTreeSet::new());
    for _ in 0..6_000 {
        let event = any_event().new_tree(&mut runner).expect("anything goes").current();
        let command = any_command().new_tree(&mut runner).expect("anything goes").current();
        events.insert(event.name());
        actions.insert(command.action.name());
    }
    let names = [ClinicEvent::NAMES, RoomEvent::NAMES, VisitEvent::NAMES, TransferEvent::NAMES];
    assert_eq!(events, names.concat().into_iter().collect());
    assert_eq!(actions, Action::NAMES.iter().copied().collect());
}

proptest! {
    #![proptest_config(config(60))]

    /// Commands out of nowhere, in the middle of a day that could have been.
    #[test]
    fn any_command_is_decided_on_any_day(day in days(1..60), commands in vec(any_command(), 20)) {
        let world = day.run();
        for command in commands {
            if let Ok(events) = world.state().decide(&command) {
                let granted = events.len();
                let recorded = world.state().record(&command, events, &stamp(command.at));
                prop_assert_eq!(recorded.len(), granted);
            }
        }
    }

    /// No instant is too far away for a wall clock.
    #[test]
    fn any_instant_has_a_clock_or_none(at in any::<i64>(), command in any_command()) {
        for at in [Timestamp(at), command.at] {
            for zone in ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Berlin"] {
                let zone = Zone::parse(zone).expect("this build knows the islands");
                let shown = zone.day_and_hour(at).is_some();
                prop_assert_eq!(shown, !zone.date_and_clock(at).is_empty());
            }
        }
    }
}
