//! How time passes while a day is played, and how the player hears of what happens meanwhile.

use clinic_domain::event::Recorded;
use clinic_domain::time::Timestamp;

use super::player::Player;
use crate::failure::Failure;
use crate::limits;
use crate::names::Patient;

impl Player {
    /// Lets time pass, from one due instant to the next; returns what was recorded meanwhile.
    pub(super) async fn pass_until(&mut self, until: Timestamp) -> Result<Vec<Recorded>, Failure> {
        while self.now() < until {
            let due = self.engine().tick().await?;
            let now = self.now();
            // What stays due although its time has come must not hold up what falls due later.
            let due = due.map(|due| if due > now { due } else { now.plus(limits::STEP_OVERDUE) });
            self.clock.advance_to(due.unwrap_or(until).min(until));
            if due == Some(until) {
                self.engine().tick().await?;
            }
        }
        self.catch_up().await
    }

    /// Learns from whatever has been recorded since the last look.
    pub(super) async fn catch_up(&mut self) -> Result<Vec<Recorded>, Failure> {
        let mut news = vec![];
        for clinic in self.engine().clinics().await? {
            let after = self.read.get(&clinic).copied().unwrap_or_default();
            let mut pages = self.store.pages(clinic, after);
            while let Some(page) = pages.next().await? {
                self.read.extend(page.last().map(|last| (clinic, last.position)));
                news.extend(page);
            }
        }
        for recorded in &news {
            self.known.learn(recorded);
            if let Some(patient) = Patient::checked_in(recorded) {
                self.known.meet(&self.store.open(recorded.clinic, patient).await?);
            }
            self.pages.learn(self.store.engine(), recorded).await?;
        }
        Ok(news)
    }
}
