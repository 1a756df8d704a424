//! Finding the one that somebody means: by id or the end of one, by handle or link, or by name.

use uuid::Uuid;

use crate::failure::Failure;
use crate::limits;
use crate::out::clean;

/// Something that may be meant.
pub(crate) struct Candidate {
    /// Its id.
    pub(crate) id: Uuid,
    /// What it is called: handles, links, names, the ids of other systems.
    pub(crate) called: Vec<String>,
    /// What tells it from others.
    pub(crate) told_by: String,
}

/// A search among candidates that come one by one. It keeps no more of them than an error lists.
pub(crate) struct Search<'w> {
    what: &'static str,
    wanted: &'w str,
    lower: String,
    all: Listed,
    meant: Listed,
}

/// The first of many, a line for each, and how many there are.
#[derive(Default)]
struct Listed {
    first: Option<Uuid>,
    lines: Vec<String>,
    count: usize,
}

impl<'w> Search<'w> {
    /// A search for the `what` that is meant by `wanted`.
    pub(crate) fn new(what: &'static str, wanted: &'w str) -> Self {
        let wanted = wanted.trim();
        let (lower, all, meant) = (wanted.to_lowercase(), Listed::default(), Listed::default());
        Self { what, wanted, lower, all, meant }
    }

    /// Looks at one.
    pub(crate) fn offer(&mut self, candidate: &Candidate) {
        let by_name = candidate.called.iter().any(|name| name.to_lowercase() == self.lower);
        if by_name || is_id(&self.lower, candidate.id) {
            self.meant.take(candidate);
        }
        self.all.take(candidate);
    }

    /// The one that is meant, once all have been looked at.
    pub(crate) fn found(&self) -> Result<Uuid, Failure> {
        let Self { what, all, meant, .. } = self;
        let wanted = clean(self.wanted);
        Err(Failure::Usage(match (meant.first, meant.count, all.count) {
            (Some(id), 1, _) => return Ok(id),
            (_, 0, 0) => format!("there is no {what} \"{wanted}\": there is none at all"),
            (_, 0, _) => format!("there is no {what} \"{wanted}\"; there is:{}", all.shown()),
            (_, several, _) => {
                let said = format!("\"{wanted}\" may be {several} {what}s; say which by its id:");
                format!("{said}{}", meant.shown())
            }
        }))
    }
}

/// The one that is meant by `wanted`.
pub(crate) fn choose(
    what: &'static str,
    wanted: &str,
    candidates: &[Candidate],
) -> Result<Uuid, Failure> {
    let mut search = Search::new(what, wanted);
    for candidate in candidates {
        search.offer(candidate);
    }
    search.found()
}

/// The only one there is; several need a choice.
pub(crate) fn only(what: &str, option: &str, candidates: &[Candidate]) -> Result<Uuid, Failure> {
    match candidates {
        [one] => Ok(one.id),
        [] => Err(Failure::Usage(format!("there is no {what}"))),
        several => {
            let mut all = Listed::default();
            for candidate in several {
                all.take(candidate);
            }
            let said = format!("there are {} {what}s; choose one with {option}:", all.count);
            Err(Failure::Usage(format!("{said}{}", all.shown())))
        }
    }
}

/// The end of an id, by which people tell ids apart: the beginning is the time, which many have in
/// common.
pub(crate) fn short(id: Uuid) -> String {
    let hex = id.simple().to_string();
    hex.chars().skip(hex.len() - limits::SHORT_ID).collect()
}

/// Whether this is an id, or the end of it that [`short`] shows.
fn is_id(wanted: &str, id: Uuid) -> bool {
    wanted.parse() == Ok(id) || (wanted.len() == limits::SHORT_ID && wanted == short(id))
}

impl Listed {
    fn take(&mut self, candidate: &Candidate) {
        self.first.get_or_insert(candidate.id);
        self.count += 1;
        if self.lines.len() < limits::CANDIDATES {
            let called: Vec<_> = candidate.called.iter().map(|name| clean(name)).collect();
            let (called, told_by) = (called.join(", "), clean(&candidate.told_by));
            let line = format!("\n  {}  {called}  {told_by}", candidate.id);
            self.lines.push(line.trim_end().to_owned());
        }
    }

    fn shown(&self) -> String {
        let more = match self.count.saturating_sub(limits::CANDIDATES) {
            0 => String::new(),
            more => format!("\n  and {more} more"),
        };
        self.lines.concat() + &more
    }
}
