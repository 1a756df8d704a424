//! Patient and visit of the other system, as the visit's external reference.

use clinic_domain::text::{ExternalRef, TextError};

/// Whose visit of the other system it was, and which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The patient's id there, if the file had one.
    pub patient: Option<String>,
    /// The visit's id there.
    pub visit: String,
}

/// The external reference of an imported visit: `patient=10006 visit=142345`. A blank or a per cent
/// sign within a value is written as `%20` or `%25`, so that it reads back.
///
/// # Errors
/// [`TextError`] if it is longer than an external reference may be, or holds a control character.
pub fn external_ref(patient: Option<&str>, visit: &str) -> Result<ExternalRef, TextError> {
    let patient = patient.map(|patient| format!("{PATIENT}{} ", escaped(patient)));
    ExternalRef::parse(&format!("{}{VISIT}{}", patient.unwrap_or_default(), escaped(visit)))
}

const PATIENT: &str = "patient=";
const VISIT: &str = "visit=";

impl Reference {
    /// What an external reference of an import says; none for any other.
    #[must_use]
    pub fn parse(external_ref: &ExternalRef) -> Option<Self> {
        let text = external_ref.as_str();
        let (patient, visit) = match text.split_once(' ') {
            Some((patient, visit)) => (Some(patient.strip_prefix(PATIENT)?), visit),
            None => (None, text),
        };
        let visit = visit.strip_prefix(VISIT).filter(|visit| !visit.contains(' '))?;
        Some(Self { patient: patient.map(unescaped), visit: unescaped(visit) })
    }

    /// Whether `id` is the patient's or the visit's id in the other system.
    #[must_use]
    pub fn names(&self, id: &str) -> bool {
        self.visit == id || self.patient.as_deref() == Some(id)
    }
}

fn escaped(value: &str) -> String {
    value.replace('%', "%25").replace(' ', "%20")
}

fn unescaped(value: &str) -> String {
    value.replace("%20", " ").replace("%25", "%")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_reads_back_whatever_is_in_it() {
        for (patient, visit, text) in [
            (Some("10006"), "142345", "patient=10006 visit=142345"),
            (None, "142345", "visit=142345"),
            (Some("a visit=7"), "8", "patient=a%20visit=7 visit=8"),
            (Some("%20 "), "=%", "patient=%2520%20 visit==%25"),
        ] {
            let external_ref = external_ref(patient, visit).unwrap();
            assert_eq!(external_ref.as_str(), text);
            let read = Reference::parse(&external_ref).unwrap();
            assert_eq!((read.patient.as_deref(), read.visit.as_str()), (patient, visit));
            assert!(read.names(visit) && patient.is_none_or(|patient| read.names(patient)));
            assert!(!read.names("9"));
        }
    }

    #[test]
    fn the_reference_of_another_host_is_none_of_an_import() {
        for text in ["142345", "patient=1", "patient=1 2", "visit=1 2", "crm visit=1"] {
            assert_eq!(Reference::parse(&ExternalRef::parse(text).unwrap()), None, "{text}");
        }
    }

    #[test]
    fn a_reference_has_the_length_of_any_other() {
        let too_long = TextError::TooLong { unit: "bytes", found: 136, limit: 128 };
        assert_eq!(external_ref(None, &"7".repeat(130)), Err(too_long));
    }
}
