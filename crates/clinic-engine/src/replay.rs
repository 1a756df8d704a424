//! Reading a stretch of a clinic's log, a few pages ahead of whoever folds them.
//!
//! Positions have no gap, so the next pages can be asked for before the first has come: the store
//! reads and decodes on its threads while the caller folds on this one.

use std::collections::VecDeque;
use std::sync::Arc;

use clinic_domain::event::Recorded;
use clinic_domain::ids::{ClinicId, Position};
use tokio::task::JoinSet;

use crate::limits;
use crate::ports::{EventLog, LogError};

/// Shows every event behind `after` up to and including `until`, page by page, in order.
///
/// # Errors
/// If the log fails, or ends before `until`; what was shown until then was right.
pub async fn replay(
    log: &Arc<dyn EventLog>,
    clinic: ClinicId,
    after: Position,
    until: Position,
    mut fold: impl FnMut(Vec<Recorded>),
) -> Result<(), LogError> {
    let mut ahead = Ahead::new(Arc::clone(log), clinic, after, until);
    while let Some(page) = ahead.next().await? {
        fold(page);
    }
    Ok(())
}

/// The pages that have been asked for and not been folded. Dropping it stops their reading.
struct Ahead {
    log: Arc<dyn EventLog>,
    clinic: ClinicId,
    /// Everything up to here has been asked for.
    asked: Position,
    until: Position,
    reads: JoinSet<(Position, Result<Vec<Recorded>, LogError>)>,
    /// Where the pages that are being read begin, in order, and those that have come.
    pages: VecDeque<(Position, Option<Vec<Recorded>>)>,
}

impl Ahead {
    fn new(log: Arc<dyn EventLog>, clinic: ClinicId, after: Position, until: Position) -> Self {
        let (reads, pages) = (JoinSet::new(), VecDeque::new());
        Self { log, clinic, asked: after, until, reads, pages }
    }

    async fn next(&mut self) -> Result<Option<Vec<Recorded>>, LogError> {
        loop {
            while self.pages.len() < limits::PAGES_AHEAD && self.asked < self.until {
                self.ask();
            }
            match self.pages.front_mut() {
                None => return Ok(None),
                Some((_, Some(page))) => {
                    let page = std::mem::take(page);
                    self.pages.pop_front();
                    return Ok(Some(page));
                }
                Some((_, None)) => self.take_in().await?,
            }
        }
    }

    fn ask(&mut self) {
        let (log, clinic, after) = (Arc::clone(&self.log), self.clinic, self.asked);
        let left = usize::try_from(self.until.0.saturating_sub(after.0)).unwrap_or(usize::MAX);
        let limit = left.min(limits::PAGE);
        self.asked = Position(after.0.saturating_add(u64::try_from(limit).unwrap_or(u64::MAX)));
        self.pages.push_back((after, None));
        self.reads.spawn(async move {
            let page = log.read(clinic, after, limit).await;
            let short = || LogError(format!("the log ends short behind position {after}"));
            let whole =
                page.and_then(|page| (page.len() == limit).then_some(page).ok_or_else(short));
            (after, whole)
        });
    }

    async fn take_in(&mut self) -> Result<(), LogError> {
        let Some(read) = self.reads.join_next().await else {
            return Err(LogError("a page was not read".to_owned()));
        };
        let (after, page) =
            read.map_err(|error| LogError(format!("a page was not read: {error}")))?;
        let page = page?;
        if let Some((_, place)) = self.pages.iter_mut().find(|(of, _)| *of == after) {
            *place = Some(page);
        }
        Ok(())
    }
}
