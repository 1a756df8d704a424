//! Checking a log: what is recorded is read once more and believed in nothing.

use std::collections::BTreeMap;

use clinic_domain::event::{Recorded, StreamId};
use clinic_domain::ids::Position;
use clinic_domain::time::Timestamp;
use clinic_projections::views::Views;
use serde::Serialize;

use super::table::columns;

/// One check of a log.
#[derive(Debug, Serialize)]
pub(crate) struct Check {
    /// What must hold.
    pub(crate) law: &'static str,
    /// Whether it does.
    pub(crate) holds: bool,
    /// What was found: a number, or the first place where it does not hold.
    pub(crate) found: String,
}

/// Everything that is checked of a log whose live views are `live`.
pub(crate) fn checks(events: &[Recorded], live: &Views) -> Vec<Check> {
    vec![positions(events), sequences(events), times(events), instants(events)]
        .into_iter()
        .chain([replay(events, live), ledger(events)])
        .collect()
}

/// For people: a verdict for each, and what it rests on.
pub(crate) fn drawn(checks: &[Check], width: u16) -> Vec<String> {
    const VERDICT: u16 = 8;
    let drawn = checks.iter().flat_map(|check| {
        let verdict = if check.holds { "holds" } else { "BROKEN" };
        let found = check.found.split('\n').enumerate().flat_map(|(n, found)| {
            let (verdict, said) = match n {
                0 => (verdict, format!("{}: {found}", check.law)),
                _ => ("", found.to_owned()),
            };
            columns(&[(verdict, VERDICT), (&said, width - VERDICT)])
        });
        found.collect::<Vec<String>>()
    });
    drawn.collect()
}

fn check(law: &'static str, failed: Option<String>, found: String) -> Check {
    Check { law, holds: failed.is_none(), found: failed.unwrap_or(found) }
}

fn positions(events: &[Recorded]) -> Check {
    let mut last = Position::START;
    let failed = events.iter().find_map(|recorded| {
        let expected = last.next();
        last = recorded.position;
        (recorded.position != expected)
            .then(|| format!("position {} stands where {expected} should", recorded.position))
    });
    check("positions count 1, 2, 3 without a gap", failed, format!("{} events", events.len()))
}

fn sequences(events: &[Recorded]) -> Check {
    let mut last: BTreeMap<StreamId, u64> = BTreeMap::new();
    let failed = events.iter().find_map(|recorded| {
        let stream = recorded.event.stream();
        let last = last.entry(stream).or_default();
        *last += 1;
        (recorded.sequence != *last).then(|| {
            let (position, sequence) = (recorded.position, recorded.sequence);
            format!("position {position}: {stream} has number {sequence} where {last} should be")
        })
    });
    check("each stream counts 1, 2, 3 by itself", failed, format!("{} streams", last.len()))
}

fn times(events: &[Recorded]) -> Check {
    let mut last: Option<Timestamp> = None;
    let failed = events.iter().find_map(|recorded| {
        let (at, before) = (recorded.occurred_at, last.replace(recorded.occurred_at));
        let before = before.filter(|before| at < *before)?;
        Some(format!("position {}: {at} comes after {before}", recorded.position))
    });
    let first = events.first().map(|first| first.occurred_at);
    let found = match (first, last) {
        (Some(first), Some(last)) => format!("from {first} until {last}"),
        (None, _) | (_, None) => "no events".to_owned(),
    };
    check("time never runs backwards", failed, found)
}

fn instants(events: &[Recorded]) -> Check {
    let failed = events.iter().find_map(|recorded| {
        let own = recorded.event.at().filter(|own| *own != recorded.occurred_at)?;
        let (position, envelope) = (recorded.position, recorded.occurred_at);
        Some(format!("position {position}: the envelope says {envelope}, the event {own}"))
    });
    let carry = events.iter().filter(|recorded| recorded.event.at().is_some()).count();
    check("events and envelopes agree on the time", failed, format!("{carry} events carry one"))
}

fn replay(events: &[Recorded], live: &Views) -> Check {
    let rebuilt = Views::rebuilt(events);
    let (there, here) = (rebuilt.checkpoint().position, live.checkpoint().position);
    let failed = (rebuilt != *live).then(|| {
        format!("replayed to position {there}, the views differ from the live ones at {here}")
    });
    check("a replay gives the live views", failed, format!("equal at position {here}"))
}

fn ledger(events: &[Recorded]) -> Check {
    let verdict = Views::rebuilt(events).ledger.verdict();
    let failed = (!verdict.holds()).then(|| {
        let breaches = verdict.breaches.iter().map(|breach| format!("\n{breach}"));
        format!("{verdict}{}", breaches.collect::<String>())
    });
    check("no patient was lost", failed, verdict.to_string())
}

#[cfg(test)]
mod tests {
    use clinic_domain::actor::Actor;
    use clinic_domain::event::{Event, Recorded};
    use clinic_domain::ids::{ClinicId, CommandId, Position, VisitId};
    use clinic_domain::time::Timestamp;
    use clinic_domain::visit::VisitEvent;
    use clinic_projections::views::Views;
    use uuid::Uuid;

    use super::checks;

    fn recorded(position: u64, sequence: u64, at: i64) -> Recorded {
        Recorded {
            clinic: ClinicId(Uuid::nil()),
            position: Position(position),
            sequence,
            event: Event::Visit(
                VisitId(Uuid::nil()),
                VisitEvent::PatientCameOnline { at: Timestamp(at) },
            ),
            occurred_at: Timestamp(at),
            recorded_at: Timestamp(at),
            cause: clinic_domain::event::Cause {
                actor: Actor::Host,
                command_id: CommandId(Uuid::nil()),
                digest: 0,
                correlation_id: Uuid::nil(),
                causation_id: None,
                clamped: None,
            },
        }
    }

    #[track_caller]
    fn broken(events: &[Recorded], live: &Views, laws: &[&str]) {
        let failed: Vec<&str> =
            checks(events, live).into_iter().filter(|check| !check.holds).map(|c| c.law).collect();
        assert_eq!(failed, laws);
    }

    #[test]
    fn a_gap_a_lost_sequence_a_step_back_and_another_instant_are_each_found() {
        let lost = "no patient was lost"; // these events are of a visit that never checked in
        let replayed = "a replay gives the live views";
        let log = [recorded(1, 1, 10), recorded(2, 2, 20)];
        broken(&log, &Views::rebuilt(&log), &[lost]);
        broken(&log, &Views::default(), &[replayed, lost]);
        let log = [recorded(1, 1, 10), recorded(3, 2, 20)];
        let gap = "positions count 1, 2, 3 without a gap";
        broken(&log, &Views::rebuilt(&log), &[gap, lost]);
        let log = [recorded(1, 1, 10), recorded(2, 3, 20)];
        let stream = "each stream counts 1, 2, 3 by itself";
        broken(&log, &Views::rebuilt(&log), &[stream, lost]);
        let log = [recorded(1, 1, 20), recorded(2, 2, 10)];
        broken(&log, &Views::rebuilt(&log), &["time never runs backwards", lost]);
        let mut log = [recorded(1, 1, 10)];
        log[0].occurred_at = Timestamp(11);
        let agree = "events and envelopes agree on the time";
        broken(&log, &Views::rebuilt(&log), &[agree, lost]);
    }
}
