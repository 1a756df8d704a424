//! Finding the one that somebody means: by id, by handle or link, or by name.

use uuid::Uuid;

use crate::failure::Failure;
use crate::limits;
use crate::out::clean;

/// Something that may be meant.
pub(crate) struct Candidate {
    /// Its id.
    pub(crate) id: Uuid,
    /// What it is called: handles, links, names.
    pub(crate) called: Vec<String>,
    /// What tells it from others.
    pub(crate) told_by: String,
}

/// The one that is meant by `wanted`.
pub(crate) fn choose(what: &str, wanted: &str, candidates: &[Candidate]) -> Result<Uuid, Failure> {
    let wanted = wanted.trim();
    let id: Option<Uuid> = wanted.parse().ok();
    let lower = wanted.to_lowercase();
    let meant: Vec<&Candidate> = candidates
        .iter()
        .filter(|one| {
            Some(one.id) == id || one.called.iter().any(|name| name.to_lowercase() == lower)
        })
        .collect();
    let wanted = clean(wanted);
    match meant.as_slice() {
        [one] => Ok(one.id),
        [] if candidates.is_empty() => {
            Err(Failure::Usage(format!("there is no {what} \"{wanted}\": there is none at all")))
        }
        [] => {
            let all: Vec<&Candidate> = candidates.iter().collect();
            let said = format!("there is no {what} \"{wanted}\"; there is:");
            Err(Failure::Usage(format!("{said}{}", listed(&all))))
        }
        several => {
            let said =
                format!("\"{wanted}\" may be {} {what}s; say which by its id:", several.len());
            Err(Failure::Usage(format!("{said}{}", listed(several))))
        }
    }
}

/// The only one there is; several need a choice.
pub(crate) fn only(what: &str, option: &str, candidates: &[Candidate]) -> Result<Uuid, Failure> {
    match candidates {
        [one] => Ok(one.id),
        [] => Err(Failure::Usage(format!("there is no {what}"))),
        several => {
            let all: Vec<&Candidate> = several.iter().collect();
            let said = format!("there are {} {what}s; choose one with {option}:", several.len());
            Err(Failure::Usage(format!("{said}{}", listed(&all))))
        }
    }
}

fn listed(candidates: &[&Candidate]) -> String {
    let line = |one: &&Candidate| {
        let called: Vec<_> = one.called.iter().map(|name| clean(name)).collect();
        format!("\n  {}  {}  {}", one.id, called.join(", "), clean(&one.told_by))
            .trim_end()
            .to_owned()
    };
    let mut lines: String = candidates.iter().take(limits::CANDIDATES).map(line).collect();
    let more = candidates.len().saturating_sub(limits::CANDIDATES);
    if more > 0 {
        lines.extend([format!("\n  and {more} more")]);
    }
    lines
}
