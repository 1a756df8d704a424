//! Older forms, brought up to date while they are read. What is stored never changes.
//!
//! To change an event: raise its version in the domain, add a [`Step`] from the old form to the new
//! one, and add a golden file of the new form beside the old one. See `docs/stored-form.md`.

use std::borrow::Cow;

use serde_json::Value;

use super::{Row, Unreadable, newer, unreadable};

/// One step from a form to the next.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// The event's name, which never changes.
    pub event: &'static str,
    /// The version that it starts from.
    pub from: u32,
    /// Makes the payload of version `from + 1`.
    pub apply: fn(Value) -> Value,
}

/// Every step there is: none, for every event is in its first form.
pub const STEPS: &[Step] = &[];

/// The payload of a row in its event's current form.
///
/// # Errors
/// If the form is newer than this version knows, or the version or the payload cannot be read.
pub(super) fn current<'r>(row: &Row<'r>) -> Result<Cow<'r, str>, Unreadable> {
    lifted(row, STEPS)
}

/// An event's current version is one more than the steps that lead to it.
fn lifted<'r>(row: &Row<'r>, steps: &[Step]) -> Result<Cow<'r, str>, Unreadable> {
    let Ok(mut version) = row.event_version.parse::<u32>() else {
        let problem = "is no whole number".to_owned();
        return Err(Unreadable::Column { column: "event_version", problem });
    };
    let step = |version| steps.iter().find(|s| s.event == row.event_type && s.from == version);
    let newest = steps.iter().filter(|s| s.event == row.event_type).map(|s| s.from + 1).max();
    if version > newest.unwrap_or(1) {
        return Err(newer(row));
    }
    if step(version).is_none() {
        return Ok(Cow::Borrowed(row.payload));
    }
    let mut payload: Value =
        serde_json::from_str(row.payload).map_err(|error| unreadable("payload", &error))?;
    while let Some(step) = step(version) {
        payload = (step.apply)(payload);
        version += 1;
    }
    Ok(Cow::Owned(payload.to_string()))
}

#[cfg(test)]
mod tests {
    use clinic_domain::ids::{ClinicId, Position};
    use clinic_domain::time::Timestamp;
    use serde_json::json;

    use super::*;

    const STEPS: &[Step] = &[
        Step { event: "NoteAdded", from: 1, apply: |old| json!({ "second": old }) },
        Step { event: "NoteAdded", from: 2, apply: |old| json!({ "third": old }) },
        Step { event: "CallEnded", from: 1, apply: |_| Value::Null },
    ];

    fn row<'r>(event_type: &'r str, event_version: &'r str) -> Row<'r> {
        Row {
            clinic: ClinicId(uuid::Uuid::nil()),
            position: Position(1),
            aggregate_type: "PatientVisit",
            aggregate_id: uuid::Uuid::nil(),
            sequence: 1,
            event_type,
            event_version,
            payload: "7",
            metadata: "{}",
            occurred_at: Timestamp(0),
            recorded_at: Timestamp(0),
        }
    }

    #[test]
    fn an_old_form_climbs_every_step_of_its_own_event() {
        let lifted = |event, version| lifted(&row(event, version), STEPS).map(Cow::into_owned);
        assert_eq!(lifted("NoteAdded", "1").as_deref(), Ok(r#"{"third":{"second":7}}"#));
        assert_eq!(lifted("NoteAdded", "2").as_deref(), Ok(r#"{"third":7}"#));
        assert_eq!(lifted("NoteAdded", "3").as_deref(), Ok("7"));
        assert_eq!(lifted("CallEnded", "1").as_deref(), Ok("null"));
        assert_eq!(lifted("CheckedIn", "1").as_deref(), Ok("7"));
    }

    #[test]
    fn a_form_that_is_not_known_yet_is_refused() {
        let newer = |event, version| {
            matches!(lifted(&row(event, version), STEPS), Err(Unreadable::Newer { .. }))
        };
        assert!(newer("NoteAdded", "4"));
        assert!(newer("CheckedIn", "2"));
        assert!(lifted(&row("CheckedIn", "one"), STEPS).is_err());
    }
}
