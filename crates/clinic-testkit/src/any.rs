//! Anything at all: events and commands over a few ids, in any order, at any instant.
//!
//! No rule would have granted most of it. It is for the laws that hold all the same: a fold never
//! fails, a decision never panics, whatever the state.

mod action;
mod dice;
mod event;

use clinic_domain::actor::Actor;
use clinic_domain::command::Command;
use clinic_domain::event::{Cause, Event, Recorded};
use clinic_domain::ids::{ClinicId, CommandId, Fresh, MemberId, Position};
use proptest::collection::vec;
use proptest::prelude::*;
use uuid::Uuid;

pub(crate) use dice::{Dice, Pool};

/// How many numbers one event or command is made of.
const NUMBERS: usize = 24;

fn dice() -> impl Strategy<Value = Dice> {
    vec(any::<u16>(), NUMBERS).prop_map(Dice::new)
}

/// Any event.
pub fn any_event() -> impl Strategy<Value = Event> {
    dice().prop_map(|mut dice| dice.event(&Pool::small()))
}

/// Any actor.
pub fn any_actor() -> impl Strategy<Value = Actor> {
    dice().prop_map(|mut dice| dice.actor(&Pool::small()))
}

/// Any command, at any instant.
pub fn any_command() -> impl Strategy<Value = Command> {
    dice().prop_map(|mut dice| {
        let pool = Pool::small();
        Command {
            id: CommandId(Uuid::from_u128(dice.small())),
            actor: dice.actor(&pool),
            at: dice.instant(),
            fresh: Fresh(Uuid::from_u128(dice.small())),
            action: dice.action(&pool),
        }
    })
}

/// Any recorded event, at any position.
pub fn any_recorded() -> impl Strategy<Value = Recorded> {
    dice().prop_map(|mut dice| {
        let pool = Pool::small();
        let event = dice.event(&pool);
        let occurred_at = event.at().filter(|_| dice.flag()).unwrap_or_else(|| dice.instant());
        Recorded {
            clinic: ClinicId(Uuid::nil()),
            position: Position(dice.number()),
            sequence: dice.number(),
            event,
            occurred_at,
            recorded_at: dice.instant(),
            cause: Cause {
                actor: dice.actor(&pool),
                command_id: CommandId(Uuid::from_u128(dice.small())),
                digest: dice.number(),
                correlation_id: Uuid::nil(),
                causation_id: None,
                clamped: None,
            },
        }
    })
}

/// Any log: events that follow from nothing, positions with gaps, time that runs backwards. Most begin
/// with the founding of a clinic, without which hardly anything could be asked of it; some of these
/// are history, of which nobody but an import asks anything.
pub fn any_log() -> impl Strategy<Value = Vec<Recorded>> {
    let first = prop_oneof![
        2 => Just(None),
        6 => founding(false).prop_map(Some),
        2 => founding(true).prop_map(Some),
    ];
    (first, vec(any_recorded(), 0..60))
        .prop_map(|(first, others)| first.into_iter().chain(others).collect())
}

fn founding(imported: bool) -> impl Strategy<Value = Recorded> {
    any_recorded().prop_map(move |recorded| {
        let founded = Dice::new(vec![]).founded(MemberId(Uuid::nil()), imported);
        Recorded { event: Event::Clinic(recorded.clinic, founded), ..recorded }
    })
}
