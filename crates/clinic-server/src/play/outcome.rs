//! What came of a line.

use std::sync::Arc;

use clinic_domain::event::Recorded;
use clinic_domain::ids::{ClinicId, VisitId};
use clinic_domain::refusal::{PublicRefusal, Refusal};
use clinic_domain::room::RoomRefusal;
use clinic_domain::time::Timestamp;
use clinic_engine::EngineError;

use crate::day::Expected;
use crate::failure::Failure;

/// What a line may come to beside a grant and the refusals of the rules: too many at the door; no
/// such clinic, for it was not founded after all; and a page of somebody who has not come into being.
pub(crate) const NOT_FROM_THE_RULES: [&str; 3] = ["Throttled", "NoSuchClinic", "NotThere"];

/// A line that was played.
pub(crate) struct Turn {
    /// When.
    pub(crate) at: Timestamp,
    /// In which clinic.
    pub(crate) clinic: ClinicId,
    /// Who asked, by the name held then.
    pub(crate) who: String,
    /// What was asked, by the names held then.
    pub(crate) what: String,
    /// What policies did while time passed before it.
    pub(crate) before: Vec<Recorded>,
    /// What came of it.
    pub(crate) outcome: Outcome,
    /// What policies did with it.
    pub(crate) after: Vec<Recorded>,
}

/// What came of what was asked.
pub(crate) enum Outcome {
    /// Granted, with these events; none if it was so already.
    Granted {
        /// What is recorded.
        events: Vec<Arc<Recorded>>,
        /// It was granted before: this is the first answer again.
        again: bool,
    },
    /// Not granted.
    Refused {
        /// The refusal by name, such as `Visit.Stale`.
        path: String,
        /// The same in words, as the rules say it.
        said: String,
        /// What a patient may know of it.
        public: Option<PublicRefusal>,
        /// The visits that stand against it, and what each list is of.
        against: Vec<(&'static str, Vec<VisitId>)>,
    },
    /// Nothing was asked.
    Passed,
}

impl Outcome {
    /// A refusal that does not come from the rules.
    pub(super) fn not_there() -> Self {
        let said = "nobody of that handle is there".to_owned();
        Self::Refused { path: "NotThere".to_owned(), said, public: None, against: vec![] }
    }

    /// What an error of the engine means for a day: a refusal is part of it, a breakage ends it.
    pub(super) fn of(error: EngineError) -> Result<Self, Failure> {
        let said = error.to_string();
        let (mut public, mut against) = (None, vec![]);
        let path = match error {
            EngineError::Refused(refusal) => {
                public = Some(refusal.public());
                against = visits_against(&refusal);
                refusal.path()
            }
            EngineError::Throttled { .. } => "Throttled".to_owned(),
            EngineError::NoSuchClinic(_) => "NoSuchClinic".to_owned(),
            error @ (EngineError::NotYet { .. } | EngineError::Broken(_)) => {
                return Err(error.into());
            }
        };
        Ok(Self::Refused { path, said, public, against })
    }

    /// Whether this is what was expected; if not, what came instead.
    pub(crate) fn check(&self, expected: &Expected) -> Result<(), String> {
        let came = match self {
            Self::Granted { .. } | Self::Passed => None,
            Self::Refused { path, .. } => Some(path),
        };
        let (wanted, came) = match (expected, came) {
            (Expected::Granted, None) => return Ok(()),
            (Expected::Refused(path), Some(came)) if path == came => return Ok(()),
            (Expected::Granted, Some(came)) => ("granted", came.as_str()),
            (Expected::Refused(path), None) => (path.as_str(), "granted"),
            (Expected::Refused(path), Some(came)) => (path.as_str(), came.as_str()),
        };
        Err(format!("expected {wanted}, but it was {came}"))
    }
}

/// Whom a refusal lists.
fn visits_against(refusal: &Refusal) -> Vec<(&'static str, Vec<VisitId>)> {
    let lists = if let Refusal::Room(RoomRefusal::LastMember { inside }) = refusal {
        vec![("inside", inside.clone())]
    } else if let Refusal::Room(RoomRefusal::NotEmpty { inside, pending }) = refusal {
        vec![("inside", inside.clone()), ("may come back", pending.clone())]
    } else {
        vec![]
    };
    lists.into_iter().filter(|(_, visits)| !visits.is_empty()).collect()
}
