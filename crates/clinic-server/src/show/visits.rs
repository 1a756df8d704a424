//! Visits in a list: who, where, doing what, since when.

use clinic_domain::ids::{ClinicId, Position, RoomId, VisitId};
use clinic_domain::personal::{HoldsPersonal, Origin, Personal, Sealable};
use clinic_domain::text::{ExternalRef, PersonName};
use clinic_domain::time::Timestamp;
use clinic_domain::visit::{PatientVisit, Place};
use clinic_projections::directory::Directory;
use serde::Serialize;

use super::table::Align::{Left, Right};
use super::table::{cell, list};
use super::words::{WallClock, called};
use crate::choose::short;
use crate::names;

/// A visit in a list.
#[derive(Debug, Serialize)]
pub(crate) struct Listed {
    visit: VisitId,
    name: Personal<PersonName>,
    external_ref: Option<ExternalRef>,
    state: &'static str,
    /// With whom it is in call, or why it closed.
    detail: Option<String>,
    room: RoomId,
    room_name: Option<String>,
    since: Timestamp,
    checked_in: Timestamp,
}

impl Listed {
    /// A visit as it is now; none if nobody has checked in.
    pub(crate) fn of(
        visit: VisitId,
        (name, external_ref): (&Personal<PersonName>, Option<&ExternalRef>),
        now: &PatientVisit,
        directory: &Directory,
    ) -> Option<Self> {
        let last = now.last()?;
        let at = directory.checkpoint().position;
        let (state, detail, since) = match now {
            PatientVisit::Closed(closed) => {
                ("closed", Some(closed.reason.label().to_owned()), closed.at)
            }
            PatientVisit::Open(_) | PatientVisit::Unknown => match &last.place {
                Place::Waiting { since } => ("waiting", None, *since),
                Place::InCall { member, since, .. } => {
                    let member = directory.member_at(*member, at);
                    ("in call", member.map(|member| member.name.to_string()), *since)
                }
                Place::OnHold { by, since, .. } => {
                    ("on hold", Some(directory.who_at(by, at).to_string()), *since)
                }
            },
        };
        let room_name = directory.room_at(last.room, at).map(|room| room.name.to_string());
        Some(Self {
            visit,
            name: name.clone(),
            external_ref: external_ref.cloned(),
            state,
            detail,
            room: last.room,
            room_name,
            since,
            checked_in: last.check_in.at,
        })
    }

    /// Sorts visits by their coming.
    pub(crate) fn order(&self) -> (Timestamp, VisitId) {
        (self.checked_in, self.visit)
    }

    fn what(&self) -> String {
        match (self.state, &self.detail) {
            ("in call", Some(with)) => format!("in call with {with}"),
            ("on hold", Some(by)) => format!("on hold by {by}"),
            (state, Some(why)) => format!("{state}: {why}"),
            (state, None) => state.to_owned(),
        }
    }

    fn room(&self) -> String {
        self.room_name.clone().unwrap_or_else(|| self.room.to_string())
    }
}

impl HoldsPersonal for Listed {
    fn each_personal(&mut self, look: &mut dyn FnMut(Origin, &mut dyn Sealable)) {
        names::checked_in(self.visit).show("name", Some(&mut self.name), look);
    }
}

/// For people, in the order of their coming.
pub(crate) fn drawn(visits: &[Listed], clock: &WallClock, width: u16) -> Vec<String> {
    let header = [
        ("visit", Right),
        ("patient", Left),
        ("state", Left),
        ("room", Left),
        ("since", Left),
        ("checked in", Left),
    ];
    let row = |one: &Listed| {
        vec![
            cell(short(one.visit.0)),
            cell(called(&one.name, one.external_ref.as_ref())),
            cell(one.what()),
            cell(one.room()),
            cell(clock.moment(one.since)),
            cell(clock.moment(one.checked_in)),
        ]
    };
    list(width, &header, visits.iter().map(row))
}

/// The columns of a list of visits.
pub(crate) const COLUMNS: [&str; 8] =
    ["visit", "name", "external_ref", "state", "detail", "room", "since", "checked_in"];

/// A visit for a spreadsheet.
pub(crate) fn record(one: &Listed) -> Vec<String> {
    vec![
        one.visit.to_string(),
        super::words::personal(&one.name),
        one.external_ref.as_ref().map(ToString::to_string).unwrap_or_default(),
        one.state.to_owned(),
        one.detail.clone().unwrap_or_default(),
        one.room(),
        one.since.to_string(),
        one.checked_in.to_string(),
    ]
}

/// Visits as programs read them.
#[derive(Debug, Serialize)]
pub(crate) struct Document<'a> {
    /// Of which clinic.
    pub(crate) clinic: ClinicId,
    /// The position that they reflect.
    pub(crate) position: Position,
    /// The visits.
    pub(crate) visits: &'a [Listed],
}
