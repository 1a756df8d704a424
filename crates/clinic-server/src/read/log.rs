//! What is recorded, and what comes to it while somebody follows.

use std::sync::Arc;
use std::time::Duration;

use clinic_domain::event::Recorded;
use clinic_domain::ids::Position;
use clinic_engine::ports::LogError;
use clinic_engine::stored;

use super::Reader;
use crate::cli::Format;
use crate::failure::Failure;
use crate::limits;
use crate::out::{self, JsonList, Out};
use crate::show::log::{COLUMNS, Envelope, Shown};
use crate::show::words::WallClock;

impl Reader {
    /// What is recorded behind `after`, page by page. Whoever follows is then shown every event as it
    /// comes, whoever records it, until nobody reads any more; a log in memory gets no more.
    pub(crate) async fn log(
        &self,
        out: &mut Out,
        after: Position,
        follow: bool,
    ) -> Result<(), Failure> {
        let (views, now) = self.at(None).await?;
        let clock = WallClock::of(&views.directory, now);
        let name = self.store.name(self.clinic).await?.unwrap_or_default();
        let mut directory = views.directory;
        let mut list = List::of(self.format, !follow);
        list.begin(out)?;
        let mut shown_last = None;
        loop {
            while let Some(page) = self.page(after, shown_last.as_ref(), follow).await? {
                shown_last = page.last().cloned();
                for recorded in &page {
                    directory.apply(recorded);
                }
                let (clinic, directory, clock, width) = (&*name, &directory, &clock, self.width);
                list.page(out, &Shown { clinic, directory, clock, width }, page)?;
            }
            if !(follow && self.kept) {
                let (clinic, directory, clock, width) = (&*name, &directory, &clock, self.width);
                return list.end(out, &Shown { clinic, directory, clock, width });
            }
            out.flush()?;
            tokio::time::sleep(Duration::from_millis(limits::FOLLOW.0)).await;
            Out::still_read()?;
        }
    }
}

impl Reader {
    /// The next page behind the event that was shown last, or behind `after`; none at the end of the log. Whoever
    /// follows a log that others share waits while it is not to be reached, and goes on behind what was shown; she
    /// is told so on standard error, once when that begins and once when it ends.
    async fn page(
        &self,
        after: Position,
        shown_last: Option<&Recorded>,
        follow: bool,
    ) -> Result<Option<Vec<Recorded>>, Failure> {
        // What was shown last is read again: whether it still stands there tells whether the log went back.
        let after = shown_last.map_or(after, |last| Position(last.position.0.saturating_sub(1)));
        let (mut waits, mut answered) = (false, false);
        let page = loop {
            match self.store.pages(self.clinic, after).read().await {
                Ok(page) => break page.unwrap_or_default(),
                Err(LogError::Failed(why)) if follow && self.shared => {
                    let answers = self.answers().await;
                    // The first time it may have come back between the two questions.
                    if answers && answered {
                        return Err(LogError::Failed(why).into());
                    }
                    answered = answers;
                    if !answers && !std::mem::replace(&mut waits, true) {
                        out::note(&format!("{why}: waiting until the log is back"));
                    }
                    tokio::time::sleep(Duration::from_millis(limits::FOLLOW.0)).await;
                    Out::still_read()?;
                }
                Err(error @ (LogError::Failed(_) | LogError::Newer(_))) => return Err(error.into()),
            }
        };
        if waits {
            out::note("the log is back");
        }
        let page = unshown(page, shown_last)?;
        Ok((!page.is_empty()).then_some(page))
    }

    /// Whether the log says anything: if it does, what cannot be read is no outage, and nobody waits for its end.
    async fn answers(&self) -> bool {
        let head = self.store.head(self.clinic);
        tokio::time::timeout(limits::ANSWERS, head).await.is_ok_and(|head| head.is_ok())
    }
}

/// The events of a page behind the one that was shown last, with which it has to begin.
fn unshown(
    mut page: Vec<Recorded>,
    shown_last: Option<&Recorded>,
) -> Result<Vec<Recorded>, Failure> {
    let Some(last) = shown_last else { return Ok(page) };
    if page.first() != Some(last) {
        return Err(Failure::Broken(format!(
            "the log went back behind what was shown: position {} is gone, or another event stands there",
            last.position
        )));
    }
    page.remove(0);
    Ok(page)
}

/// A list of events, of which nobody knows how long it will be.
struct List {
    format: Format,
    /// It is shown as one document, and not as it comes.
    whole: bool,
    json: JsonList,
    begun: bool,
}

impl List {
    fn of(format: Format, whole: bool) -> Self {
        Self { format, whole, json: JsonList::default(), begun: false }
    }

    fn begin(&self, out: &mut Out) -> Result<(), Failure> {
        match self.format {
            Format::Csv => Ok(out.csv(COLUMNS)?),
            Format::Table | Format::Json => Ok(()),
        }
    }

    fn page(
        &mut self,
        out: &mut Out,
        shown: &Shown<'_>,
        page: Vec<Recorded>,
    ) -> Result<(), Failure> {
        let page: Vec<Arc<Recorded>> = page.into_iter().map(Arc::new).collect();
        let rows = stored::encode(&page)?;
        let rows = page.iter().zip(rows.iter().map(|stored| stored.row()));
        match (self.format, self.whole) {
            (Format::Json, true) => {
                for (_, row) in rows {
                    out.json_element(&mut self.json, &Envelope::of(&row)?)?;
                }
            }
            (Format::Json, false) => {
                for (_, row) in rows {
                    out.json_line(&Envelope::of(&row)?)?;
                }
            }
            (Format::Csv, _) => out.more_records(rows.map(|(one, row)| shown.record(one, &row)))?,
            (Format::Table, true) => {
                self.begun = true;
                out.lines(shown.drawn(&page))?;
            }
            (Format::Table, false) => {
                out.lines(page.iter().flat_map(|recorded| shown.line(recorded)))?;
            }
        }
        Ok(())
    }

    fn end(&mut self, out: &mut Out, shown: &Shown<'_>) -> Result<(), Failure> {
        match self.format {
            Format::Json if self.whole => {
                out.json_end(&self.json)?;
                out.gap()?;
            }
            Format::Table if self.whole && !self.begun => out.lines(shown.drawn(&[]))?,
            Format::Table | Format::Csv | Format::Json => {}
        }
        Ok(())
    }
}
