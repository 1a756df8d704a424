//! Checking a log: what is recorded is read once more and believed in nothing.

use std::collections::BTreeMap;

use clinic_domain::event::{Recorded, StreamId};
use clinic_domain::ids::Position;
use clinic_domain::time::Timestamp;
use clinic_engine::sealing::clear_fields;
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

impl Check {
    /// A check that found this, unless it failed.
    pub(crate) fn of(law: &'static str, failed: Option<String>, found: String) -> Self {
        Self { law, holds: failed.is_none(), found: failed.unwrap_or(found) }
    }
}

/// Everything that is checked of a clinic's log, event by event: it holds what is open in the clinic
/// and a number for each stream, however long the log is.
#[derive(Default)]
pub(crate) struct Audit {
    positions: Positions,
    sequences: Sequences,
    times: Times,
    instants: Instants,
    sealed: Sealed,
    /// What a replay comes to.
    replayed: Views,
}

impl Audit {
    /// Checks the next event.
    pub(crate) fn take(&mut self, recorded: &Recorded) {
        self.positions.take(recorded);
        self.sequences.take(recorded);
        self.times.take(recorded);
        self.instants.take(recorded);
        self.sealed.take(recorded);
        self.replayed.apply(recorded);
    }

    /// What the replay has come to so far.
    pub(crate) fn replayed(&self) -> &Views {
        &self.replayed
    }

    /// What was found, with what somebody has found of the replay.
    pub(crate) fn checks(self, replay: Check) -> Vec<Check> {
        let Self { positions, sequences, times, instants, sealed, replayed } = self;
        let ledger = ledger(&replayed);
        let order = [positions.check(), sequences.check(), times.check(), instants.check()];
        order.into_iter().chain([sealed.check(), replay, ledger]).collect()
    }
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

/// Whether what is personal is sealed. Another writer beside the engine may have forgotten it; what it has
/// written is not shown.
#[derive(Default)]
struct Sealed {
    clear: usize,
    first: Option<String>,
}

impl Sealed {
    fn take(&mut self, recorded: &Recorded) {
        let clear = clear_fields(&recorded.event);
        self.clear += clear.len();
        if let Some(field) = clear.first()
            && self.first.is_none()
        {
            let (position, event) = (recorded.position, recorded.event.name());
            self.first = Some(format!("position {position}: {field} of {event} is in the clear"));
        }
    }

    fn check(self) -> Check {
        let failed = self.first.map(|first| match self.clear {
            1 => first,
            clear => format!("{first}, the first of {clear}"),
        });
        Check::of("personal data is sealed", failed, "everything that is personal".to_owned())
    }
}

#[derive(Default)]
struct Positions {
    last: Position,
    events: u64,
    failed: Option<String>,
}

impl Positions {
    fn take(&mut self, recorded: &Recorded) {
        let (expected, found) = (self.last.next(), recorded.position);
        (self.last, self.events) = (found, self.events + 1);
        if found != expected && self.failed.is_none() {
            self.failed = Some(format!("position {found} stands where {expected} should"));
        }
    }

    fn check(self) -> Check {
        let law = "positions count 1, 2, 3 without a gap";
        Check::of(law, self.failed, format!("{} events", self.events))
    }
}

#[derive(Default)]
struct Sequences {
    last: BTreeMap<StreamId, u64>,
    failed: Option<String>,
}

impl Sequences {
    fn take(&mut self, recorded: &Recorded) {
        let stream = recorded.event.stream();
        let last = self.last.entry(stream).or_default();
        *last += 1;
        if recorded.sequence != *last && self.failed.is_none() {
            let (position, sequence) = (recorded.position, recorded.sequence);
            self.failed = Some(format!(
                "position {position}: {stream} has number {sequence} where {last} should be"
            ));
        }
    }

    fn check(self) -> Check {
        let found = format!("{} streams", self.last.len());
        Check::of("each stream counts 1, 2, 3 by itself", self.failed, found)
    }
}

#[derive(Default)]
struct Times {
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    failed: Option<String>,
}

impl Times {
    fn take(&mut self, recorded: &Recorded) {
        let at = recorded.occurred_at;
        self.first.get_or_insert(at);
        if let Some(before) = self.last.replace(at)
            && at < before
            && self.failed.is_none()
        {
            self.failed =
                Some(format!("position {}: {at} comes after {before}", recorded.position));
        }
    }

    fn check(self) -> Check {
        let found = match (self.first, self.last) {
            (Some(first), Some(last)) => format!("from {first} until {last}"),
            (None, _) | (_, None) => "no events".to_owned(),
        };
        Check::of("time never runs backwards", self.failed, found)
    }
}

#[derive(Default)]
struct Instants {
    carry: u64,
    failed: Option<String>,
}

impl Instants {
    fn take(&mut self, recorded: &Recorded) {
        let Some(own) = recorded.event.at() else { return };
        self.carry += 1;
        let (position, envelope) = (recorded.position, recorded.occurred_at);
        if own != envelope && self.failed.is_none() {
            self.failed =
                Some(format!("position {position}: the envelope says {envelope}, the event {own}"));
        }
    }

    fn check(self) -> Check {
        let found = format!("{} events carry one", self.carry);
        Check::of("events and envelopes agree on the time", self.failed, found)
    }
}

/// Whether a replay has come to the live views.
pub(crate) fn as_live(rebuilt: &Views, live: &Views) -> Check {
    let (there, here) = (rebuilt.checkpoint().position, live.checkpoint().position);
    let failed = (rebuilt != live).then(|| {
        format!("replayed to position {there}, the views differ from the live ones at {here}")
    });
    Check::of("a replay gives the live views", failed, format!("equal at position {here}"))
}

fn ledger(replayed: &Views) -> Check {
    let verdict = replayed.ledger.verdict();
    let failed = (!verdict.holds()).then(|| {
        let breaches = verdict.breaches.iter().map(|breach| format!("\n{breach}"));
        format!("{verdict}{}", breaches.collect::<String>())
    });
    Check::of("no patient was lost", failed, verdict.to_string())
}

#[cfg(test)]
mod tests {
    use clinic_domain::actor::Actor;
    use clinic_domain::event::{Event, Recorded};
    use clinic_domain::ids::{ClinicId, CommandId, Position, VisitId};
    use clinic_domain::personal::Personal;
    use clinic_domain::text::Note;
    use clinic_domain::time::Timestamp;
    use clinic_domain::visit::VisitEvent;
    use clinic_projections::views::Views;
    use uuid::Uuid;

    use super::{Audit, Sealed, as_live};

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
        let mut audit = Audit::default();
        for recorded in events {
            audit.take(recorded);
        }
        let replay = as_live(audit.replayed(), live);
        let checks = audit.checks(replay).into_iter();
        let failed: Vec<&str> =
            checks.filter(|check| !check.holds).map(|check| check.law).collect();
        assert_eq!(failed, laws);
    }

    #[test]
    fn what_is_in_the_clear_is_found_and_not_told() {
        let note = || Personal::Clear(Note::parse("allergic to nuts").expect("a note"));
        let mut log = [recorded(1, 1, 10), recorded(2, 2, 20), recorded(3, 3, 30)];
        for noted in &mut log[1..] {
            let Event::Visit(visit, _) = noted.event else { panic!("{noted:?}") };
            let (by, note) = (Actor::Host, note());
            noted.event = Event::Visit(visit, VisitEvent::NoteAdded { by, note });
        }
        let mut audit = Sealed::default();
        for recorded in &log {
            audit.take(recorded);
        }
        let check = audit.check();
        let found = "position 2: note of NoteAdded is in the clear, the first of 2";
        assert_eq!((check.holds, check.found.as_str()), (false, found));
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
