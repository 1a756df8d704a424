//! Why a row is refused. The file can be read all the same.

use clinic_domain::limits::ROOMS;
use clinic_domain::refusal::Refusal;
use clinic_domain::text::{TextError, Title};

use super::instant::LocalTime;
use super::shown;

/// Why a row was not granted, in order of precedence: what the row shows by itself, what the other
/// rows of its visit show, and what the clinic says to it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Reason {
    #[error("event: {} means nothing here; map it or ignore it", shown(.word))]
    Unmapped { word: String },
    #[error("{field}: {error}")]
    Text { field: &'static str, error: TextError },
    #[error("patient and visit, as an external reference: {0}")]
    Reference(TextError),
    #[error("at: {0}")]
    LocalTime(LocalTime),
    #[error("visit {} checks in twice; line {first} comes first", shown(.visit))]
    CheckedInBefore { visit: String, first: u64 },
    #[error("visit {} has not checked in before", shown(.visit))]
    NotCheckedIn { visit: String },
    #[error(
        "patient: {}, but line {first} says that visit {} is of patient {}",
        shown(.patient), shown(.visit), shown(.first_patient)
    )]
    OtherPatient { visit: String, patient: String, first: u64, first_patient: String },
    #[error("visit {} is not open: it has closed, or its check-in was refused", shown(.visit))]
    NotOpen { visit: String },
    #[error("from: {}, but the visit is {}", shown(.from.as_str()), whereabouts(.room.as_ref()))]
    Elsewhere { from: Title, room: Option<Title> },
    #[error("to: room {} is not open; create-rooms opens the rooms that the file names", shown(.0.as_str()))]
    NotOpened(Title),
    #[error("to: room {} is one too many; a clinic has at most {ROOMS}", shown(.0.as_str()))]
    TooManyRooms(Title),
    #[error("{what}: {refusal}")]
    Clinic { what: String, refusal: Refusal },
    #[error("{what}: nothing changed, it is so already")]
    NothingChanged { what: String },
}

fn whereabouts(room: Option<&Title>) -> String {
    room.map_or_else(|| "in no room yet".to_owned(), |room| format!("in {}", shown(room.as_str())))
}
