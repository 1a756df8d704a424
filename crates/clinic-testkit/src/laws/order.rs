//! The order of a log, and the truth of its envelopes.

use std::collections::BTreeMap;

use clinic_domain::event::{Recorded, StreamId};
use clinic_domain::ids::{ClinicId, CommandId, Position};
use clinic_domain::limits;
use clinic_domain::time::Timestamp;

use super::{Law, Verdict, Violation};

/// Positions count 1, 2, 3 in one clinic; sequences do in each stream; time never runs backwards; an
/// event that carries its instant carries the envelope's; the events of a command stand together,
/// under one actor, one digest and one instant.
///
/// # Errors
/// The first violation.
pub fn order(clinic: ClinicId, log: &[Recorded]) -> Verdict {
    let mut sequences: BTreeMap<StreamId, u64> = BTreeMap::new();
    let mut commands: BTreeMap<CommandId, Timestamp> = BTreeMap::new();
    let mut last: Option<&Recorded> = None;
    for recorded in log {
        let expected = last.map_or(Position::START, |last| last.position).next();
        let fail = |found: String| Err(Violation::new(Law::Order, expected, found));
        if recorded.clinic != clinic {
            return fail(format!("an event of clinic {}", recorded.clinic));
        }
        if recorded.position != expected {
            return fail(format!("position {}", recorded.position));
        }
        let stream = recorded.event.stream();
        let sequence = sequences.entry(stream).or_default();
        *sequence = sequence.saturating_add(1);
        if recorded.sequence != *sequence {
            return fail(format!("sequence {} of {stream}", recorded.sequence));
        }
        if last.is_some_and(|last| recorded.occurred_at < last.occurred_at) {
            return fail(format!("the earlier instant {}", recorded.occurred_at));
        }
        if recorded.event.at().is_some_and(|at| at != recorded.occurred_at) {
            return fail(format!("an event of {:?} in its envelope", recorded.event.at()));
        }
        together(recorded, last, &mut commands)?;
        last = Some(recorded);
    }
    Ok(())
}

/// A command's events follow one another, and its id is used once within its memory.
fn together(
    recorded: &Recorded,
    last: Option<&Recorded>,
    commands: &mut BTreeMap<CommandId, Timestamp>,
) -> Verdict {
    let fail = |found: &str| Err(Violation::new(Law::Order, recorded.position, found));
    let (cause, at) = (&recorded.cause, recorded.occurred_at);
    if let Some(last) = last.filter(|last| last.cause.command_id == cause.command_id) {
        let same = last.cause == *cause && last.occurred_at == at;
        let later = at.since(last.occurred_at) > limits::ANSWERED_FOR;
        return if same || later {
            Ok(())
        } else {
            fail("one command with two causes or instants")
        };
    }
    let before = commands.insert(cause.command_id, at);
    match before.filter(|before| at.since(*before) <= limits::ANSWERED_FOR) {
        Some(_) => fail("a command that was granted twice within the memory of its id"),
        None => Ok(()),
    }
}
