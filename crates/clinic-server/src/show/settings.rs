//! The settings, as they are shown.

use serde::Serialize;

use crate::cli::Format;
use crate::config::Shown;
use crate::failure::Failure;
use crate::out::Out;

/// Shows every setting, and where it was said.
pub(crate) fn show(out: &mut Out, settings: &[Shown], format: Format) -> Result<(), Failure> {
    match format {
        Format::Json => out.json(&settings.iter().map(Row::of).collect::<Vec<_>>())?,
        Format::Csv => {
            let record =
                |one: &Shown| vec![one.key.to_owned(), one.value.clone(), one.origin.clone()];
            out.records(&["setting", "value", "origin"], settings.iter().map(record))?;
        }
        Format::Table => {
            let width = |of: fn(&Shown) -> usize| settings.iter().map(of).max().unwrap_or_default();
            let keys = width(|one| one.key.chars().count());
            let values = width(|one| value(one).chars().count());
            for one in settings {
                let (key, origin) = (one.key, &one.origin);
                out.line(&format!("{key:keys$}  {:values$}  {origin}", value(one)))?;
            }
        }
    }
    Ok(())
}

/// What is set; for people, nothing is shown by a dash.
fn value(one: &Shown) -> &str {
    if one.value.is_empty() { "-" } else { &one.value }
}

#[derive(Serialize)]
struct Row<'s> {
    setting: &'s str,
    value: Option<&'s str>,
    origin: &'s str,
}

impl<'s> Row<'s> {
    fn of(one: &'s Shown) -> Self {
        let value = Some(one.value.as_str()).filter(|value| !value.is_empty());
        Self { setting: one.key, value, origin: &one.origin }
    }
}
