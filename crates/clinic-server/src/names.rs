//! The names of patients, for those who may read them.

use clinic_domain::event::{Event, Recorded};
use clinic_domain::ids::VisitId;
use clinic_domain::personal::{HoldsPersonal, Origin, Personal, Sealable};
use clinic_domain::text::{ExternalRef, PersonName};
use clinic_domain::time::Timestamp;
use clinic_domain::visit::VisitEvent;
use clinic_interop::import::Reference;

/// Somebody who has checked in.
pub(crate) struct Patient {
    /// Her visit.
    pub(crate) visit: VisitId,
    /// Her name, sealed until it is opened.
    pub(crate) name: Personal<PersonName>,
    /// What another system calls the visit.
    pub(crate) external_ref: Option<ExternalRef>,
    /// When.
    pub(crate) at: Timestamp,
}

impl Patient {
    /// The patient whose check-in this is.
    pub(crate) fn checked_in(recorded: &Recorded) -> Option<Self> {
        let Event::Visit(visit, VisitEvent::CheckedIn { name, external_ref, .. }) = &recorded.event
        else {
            return None;
        };
        let (name, external_ref) = (name.clone(), external_ref.clone());
        Some(Self { visit: *visit, name, external_ref, at: recorded.occurred_at })
    }

    /// What other systems call the visit and, where an import brought it, the patient.
    pub(crate) fn elsewhere(&self) -> Vec<String> {
        elsewhere(self.external_ref.as_ref())
    }
}

impl HoldsPersonal for Patient {
    fn each_personal(&mut self, look: &mut dyn FnMut(Origin, &mut dyn Sealable)) {
        checked_in(self.visit).show("name", Some(&mut self.name), look);
    }
}

/// Where the name of a visit's patient is recorded.
pub(crate) fn checked_in(visit: VisitId) -> Origin {
    Origin { visit, event: "CheckedIn", field: "name" }
}

/// What other systems call a visit: the whole reference, and if an import wrote it, the ids of the
/// visit and of the patient in it.
pub(crate) fn elsewhere(external_ref: Option<&ExternalRef>) -> Vec<String> {
    let Some(external_ref) = external_ref else { return vec![] };
    let imported = Reference::parse(external_ref);
    let ids = imported.into_iter().flat_map(|ids| [Some(ids.visit), ids.patient]);
    [Some(external_ref.to_string())].into_iter().chain(ids).flatten().collect()
}
