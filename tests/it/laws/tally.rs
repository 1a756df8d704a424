//! What a run asked and what came of it, as a table.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use clinic_domain::clinic::{ClinicEvent, ClinicRefusal};
use clinic_domain::command::{Action, Command};
use clinic_domain::refusal::Refusal;
use clinic_domain::room::{RoomEvent, RoomRefusal};
use clinic_domain::transfer::{TransferEvent, TransferRefusal};
use clinic_domain::visit::{VisitEvent, VisitRefusal};
use clinic_testkit::day::Origin;
use clinic_testkit::world::Answer;

/// Counts of a run. What sets a day up and what falls due records events and is no command of the
/// run's own.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) days: usize,
    /// Commands of moves.
    pub(super) commands: usize,
    /// Of them, those that recorded something.
    pub(super) granted: usize,
    /// Of them, those that found it so already.
    already: usize,
    timers: usize,
    actions: BTreeMap<&'static str, Asked>,
    events: BTreeMap<&'static str, usize>,
    refusals: BTreeMap<String, usize>,
}

#[derive(Default)]
struct Asked {
    granted: usize,
    refused: usize,
}

impl Tally {
    pub(super) fn count(&mut self, command: &Command, origin: Origin, answer: &Answer) {
        for recorded in answer.iter().flatten() {
            *self.events.entry(recorded.event.name()).or_default() += 1;
        }
        match origin {
            Origin::Setup => return,
            Origin::Timer => {
                self.timers += 1;
                return;
            }
            Origin::Early | Origin::Move(_) => self.commands += 1,
        }
        let action = self.actions.entry(command.action.name()).or_default();
        match answer {
            Ok(recorded) => {
                action.granted += 1;
                if recorded.is_empty() {
                    self.already += 1;
                } else {
                    self.granted += 1;
                }
            }
            Err(refusal) => {
                action.refused += 1;
                *self.refusals.entry(refusal.path()).or_default() += 1;
            }
        }
    }

    /// Every name that a run has to meet, with how often it did.
    pub(super) fn names(&self) -> Vec<(String, usize)> {
        let events =
            [ClinicEvent::NAMES, RoomEvent::NAMES, VisitEvent::NAMES, TransferEvent::NAMES];
        let events = events.concat().into_iter().map(|name| {
            (format!("event {name}"), self.events.get(name).copied().unwrap_or_default())
        });
        let actions = Action::NAMES.iter().map(|name| {
            (
                format!("action {name}"),
                self.actions.get(name).map_or(0, |asked| asked.granted + asked.refused),
            )
        });
        let refusals = [
            ("", Refusal::NAMES),
            ("Clinic.", ClinicRefusal::NAMES),
            ("Room.", RoomRefusal::NAMES),
            ("Visit.", VisitRefusal::NAMES),
            ("Transfer.", TransferRefusal::NAMES),
        ];
        let refusals = refusals
            .into_iter()
            .flat_map(|(of, names)| names.iter().map(move |name| format!("{of}{name}")));
        let refusals = refusals.map(|name| (format!("refusal {name}"), self.refused(&name)));
        events.chain(actions).chain(refusals).collect()
    }

    /// How often somebody met a refusal: by itself, as a group, or through a visit's door.
    fn refused(&self, name: &str) -> usize {
        let met = |path: &str| {
            let room = path.strip_prefix("Visit.").filter(|path| path.starts_with("Room."));
            [Some(path), room].into_iter().flatten().any(|path| {
                path == name || path.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'))
            })
        };
        self.refusals.iter().filter(|(path, _)| met(path)).map(|(_, times)| times).sum()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { days, commands, granted, already, timers, .. } = self;
        let refused: usize = self.refusals.values().sum();
        writeln!(f, "{days} days, {commands} commands, {timers} more that fell due")?;
        writeln!(f, "{granted:>8} granted")?;
        writeln!(f, "{already:>8} granted, it was so already")?;
        writeln!(f, "{refused:>8} refused")?;
        let actions = self
            .actions
            .iter()
            .map(|(name, asked)| (format!("{name}, refused {}", asked.refused), asked.granted));
        columns(f, "granted, by action", actions)?;
        columns(f, "events", self.events.iter().map(|(name, times)| ((*name).to_owned(), *times)))?;
        let refusals = self.refusals.iter().map(|(path, times)| (path.clone(), *times));
        columns(f, "refusals", refusals)
    }
}

/// Three counts a line.
fn columns(
    f: &mut fmt::Formatter<'_>,
    title: &str,
    counts: impl Iterator<Item = (String, usize)>,
) -> fmt::Result {
    writeln!(f, "{title}:")?;
    let cells: Vec<String> = counts.map(|(name, times)| format!("{times:>8} {name:<36}")).collect();
    for line in cells.chunks(3) {
        let mut text = String::new();
        line.iter().try_for_each(|cell| write!(text, "{cell}"))?;
        writeln!(f, "{}", text.trim_end())?;
    }
    Ok(())
}
