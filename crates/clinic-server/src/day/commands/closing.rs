//! Why a visit is closed, as a line says it.

use clinic_domain::personal::Personal;
use clinic_domain::text::Note;
use clinic_domain::visit::CloseReason;

use crate::day::fields::Fields;
use crate::day::handles::{Handle, Kind};
use crate::play::Known;

/// A reason, with what it needs.
pub(super) enum Closing {
    Completed,
    Left,
    NoShow,
    Removed(Note),
    EndOfDay,
    Merged(Handle),
}

/// The words of the reasons.
#[derive(Clone, Copy)]
enum Word {
    Completed,
    Left,
    NoShow,
    Removed,
    EndOfDay,
    Merged,
}

const WORDS: [(&str, Word); 6] = [
    ("completed", Word::Completed),
    ("left", Word::Left),
    ("no-show", Word::NoShow),
    ("removed", Word::Removed),
    ("end-of-day", Word::EndOfDay),
    ("merged", Word::Merged),
];

impl Closing {
    /// Reads `reason`, and `why` or `into` where the reason has one.
    pub(super) fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let word = fields.word("reason", &WORDS)?;
        Some(match word {
            Word::Completed => Self::Completed,
            Word::Left => Self::Left,
            Word::NoShow => Self::NoShow,
            Word::Removed => Self::Removed(fields.text("why", Note::parse)?),
            Word::EndOfDay => Self::EndOfDay,
            Word::Merged => {
                if !fields.has("into") {
                    fields.wrong("into", "is missing: the visit that goes on");
                }
                Self::Merged(fields.reference_if("into", Kind::Visit)?)
            }
        })
    }

    /// The reason, once handles have ids.
    pub(super) fn of(&self, known: &Known) -> CloseReason {
        match self {
            Self::Completed => CloseReason::Completed,
            Self::Left => CloseReason::Left,
            Self::NoShow => CloseReason::NoShow,
            Self::Removed(why) => CloseReason::Removed { why: Personal::Clear(why.clone()) },
            Self::EndOfDay => CloseReason::EndOfDay,
            Self::Merged(into) => CloseReason::Merged { into: known.visit(into) },
        }
    }
}
