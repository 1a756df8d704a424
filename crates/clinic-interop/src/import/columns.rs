//! Which column of the file says what.

use std::str::FromStr;

use super::problem::{MappingError, Unreadable};
use super::{cut, shown};
use crate::limits;

/// The names of the columns that are read, written `visit=...,patient=...,event=...,from=...,to=...,at=...`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns {
    /// Which visit it is about.
    pub visit: String,
    /// Whose visit it is.
    pub patient: Option<String>,
    /// What happened.
    pub event: String,
    /// The room that the visit was in.
    pub from: Option<String>,
    /// The room that it is in from then on.
    pub to: String,
    /// When.
    pub at: String,
}

/// What `--columns` may name.
const KEYS: &str = "visit, patient, event, from, to, at";

impl FromStr for Columns {
    type Err = MappingError;

    fn from_str(text: &str) -> Result<Self, MappingError> {
        let [mut visit, mut patient, mut event, mut from, mut to, mut at] = [const { None }; 6];
        for pair in pairs(text, "visit=stay_id") {
            let (key, column) = pair?;
            let named = match key {
                "visit" => &mut visit,
                "patient" => &mut patient,
                "event" => &mut event,
                "from" => &mut from,
                "to" => &mut to,
                "at" => &mut at,
                _ => {
                    return Err(MappingError::Unknown {
                        what: "key",
                        found: shown(key),
                        known: KEYS,
                    });
                }
            };
            if named.replace(column.to_owned()).is_some() {
                return Err(MappingError::Twice { what: shown(key) });
            }
        }
        let needed = |key, column: Option<String>| column.ok_or(MappingError::Missing { key });
        Ok(Self {
            visit: needed("visit", visit)?,
            patient,
            event: needed("event", event)?,
            from,
            to: needed("to", to)?,
            at: needed("at", at)?,
        })
    }
}

/// The pairs of `a=b,c=d`.
pub(super) fn pairs<'t>(
    text: &'t str,
    example: &'static str,
) -> impl Iterator<Item = Result<(&'t str, &'t str), MappingError>> {
    text.split(',').map(move |pair| {
        let (key, value) = pair.split_once('=').unwrap_or_default();
        let (key, value) = (key.trim(), value.trim());
        if key.is_empty() || value.is_empty() {
            return Err(MappingError::NotAPair { found: shown(pair), example });
        }
        Ok((key, value))
    })
}

/// Where the columns stand in a record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Places {
    pub(super) visit: usize,
    pub(super) patient: Option<usize>,
    pub(super) event: usize,
    pub(super) from: Option<usize>,
    pub(super) to: usize,
    pub(super) at: usize,
}

impl Columns {
    pub(super) fn places(&self, header: &[String]) -> Result<Places, Unreadable> {
        let place = |key, column: &String| place(header, key, column);
        let maybe =
            |key, column: &Option<String>| column.as_ref().map(|it| place(key, it)).transpose();
        Ok(Places {
            visit: place("visit", &self.visit)?,
            patient: maybe("patient", &self.patient)?,
            event: place("event", &self.event)?,
            from: maybe("from", &self.from)?,
            to: place("to", &self.to)?,
            at: place("at", &self.at)?,
        })
    }
}

fn place(header: &[String], key: &'static str, column: &str) -> Result<usize, Unreadable> {
    let mut places = (0..).zip(header).filter(|(_, name)| *name == column).map(|(place, _)| place);
    match (places.next(), places.next()) {
        (Some(place), None) => Ok(place),
        (Some(_), Some(_)) => Err(Unreadable::ColumnTwice { key, column: shown(column) }),
        (None, _) => {
            let header =
                cut(&header.join(", "), limits::HEADER_CHARS, |it| it.escape_debug().to_string());
            Err(Unreadable::NoColumn { key, column: shown(column), header })
        }
    }
}
