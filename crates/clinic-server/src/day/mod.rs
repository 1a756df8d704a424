//! A day: what a clinic is asked, line by line, and how time passes. `docs/day-file.md` describes the
//! file for those who write one.
//!
//! A day is read whole and checked before anything of it is played. What a line asks is kept as a
//! function from handles to ids, for the ids come into being only as the day is played.

mod change;
mod commands;
mod fields;
mod handles;
mod object;
mod problem;
mod reader;
mod references;
mod source;
mod time;

use std::path::Path;

use clinic_domain::actor::PolicyName;
use clinic_domain::command::{Action, CheckInForm};
use clinic_domain::time::Timestamp;
use clinic_projections::views::Views;

use reader::parse;
use source::{DEMO, read_file};

pub(crate) use handles::{Handle, Kind, Named};
pub(crate) use time::says_leap_second;

use crate::failure::Failure;
use crate::play::Known;

/// A day that may be played.
pub(crate) struct Day {
    /// What the file is called.
    pub(crate) name: String,
    /// What is asked, in order; at least one line.
    pub(crate) lines: Vec<Line>,
}

impl Day {
    /// The names of the clinics that it founds.
    pub(crate) fn founds(&self) -> impl Iterator<Item = &str> {
        let founds = |line: &&Line| line.brings.iter().any(|named| named.kind == Kind::Clinic);
        self.lines.iter().filter(founds).flat_map(|line| &line.shown).filter_map(|(_, shown)| {
            match shown {
                Shown::Text(name) => Some(name.trim()),
                Shown::Named(_) => None,
            }
        })
    }
}

/// Reads a day from a file, or the demo's.
pub(crate) fn load(file: Option<&Path>) -> Result<Day, Failure> {
    match file {
        None => parse("demo", DEMO.as_bytes()),
        Some(path) => {
            let (name, bytes) = read_file(path)?;
            parse(&name, &bytes)
        }
    }
}

/// One line of a day.
pub(crate) struct Line {
    /// Its number in the file, from 1.
    pub(crate) number: usize,
    /// When.
    pub(crate) at: Timestamp,
    /// In which clinic.
    pub(crate) clinic: Handle,
    /// Who asks.
    pub(crate) by: By,
    /// The name of its command id, if it has one: the same again is a retry.
    pub(crate) id: Option<String>,
    /// What should come of it.
    pub(crate) expect: Option<Expected>,
    /// A sentence of the story.
    pub(crate) say: Option<String>,
    /// What is asked.
    pub(crate) deed: Deed,
    /// What it brings into being, by handle.
    pub(crate) brings: Vec<Named>,
    /// What is asked, in words: a field's name in braces stands for what the field holds.
    pub(crate) phrase: &'static str,
    /// What those fields hold.
    pub(crate) shown: Vec<(&'static str, Shown)>,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// The product that embeds the clinic.
    Host,
    /// Another system's history.
    Import,
    /// A member.
    Member(Handle),
    /// The patient of a visit.
    Patient(Handle),
    /// A policy.
    Policy(PolicyName),
    /// Nobody asks: somebody's page connects, or time passes.
    Nobody,
}

/// What should come of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// It is granted, or it was so already.
    Granted,
    /// It is refused, with this path.
    Refused(String),
}

/// Makes an action once the handles have ids. What is there already is read from the views.
pub(crate) type Make = Box<dyn Fn(&Known, &Views) -> Action>;

/// What is asked.
pub(crate) enum Deed {
    /// An action of the rules.
    Ask(Make),
    /// A check-in through a room's door, with what was typed as passcode.
    CheckIn {
        /// Makes the form.
        form: Box<dyn Fn(&Known) -> CheckInForm>,
        /// What was typed.
        passcode: Option<String>,
    },
    /// A new passcode for a room, or none.
    SetPasscode {
        /// Whose door.
        room: Handle,
        /// The passcode.
        passcode: Option<String>,
    },
    /// Somebody's page connects, and stays so.
    Connect(Named),
    /// Somebody's page closes.
    Disconnect(Named),
    /// Time passes.
    Wait,
}

impl Deed {
    /// An action of the rules.
    fn ask(make: impl Fn(&Known, &Views) -> Action + 'static) -> Self {
        Self::Ask(Box::new(make))
    }
}

/// What a field holds, to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// Somebody or something with a handle.
    Named(Named),
    /// A text.
    Text(String),
}
