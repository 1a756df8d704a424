//! Checking everything that is recorded.

use clinic_domain::ids::{ClinicId, Position};
use clinic_domain::state::ClinicState;
use clinic_engine::Saved;
use clinic_projections::views::{Boards, Views};
use serde::Serialize;

use super::Source;
use crate::cli::{Format, LogAddress, Reading};
use crate::failure::Failure;
use crate::open;
use crate::out::Out;
use crate::progress::Progress;
use crate::show::verify::{self, Audit, Check};
use crate::store::Store;

/// A check and the clinic that it is of; none for a check of the log itself.
#[derive(Serialize)]
struct Checked<'a> {
    clinic: Option<ClinicId>,
    #[serde(flatten)]
    check: &'a Check,
}

/// Every check of the log, of one clinic or of all; an error if one fails.
pub(crate) async fn verify(
    out: &mut Out,
    reading: &Reading,
    log: &LogAddress,
    wanted: Option<&str>,
    width: u16,
) -> Result<(), Failure> {
    let source = Source::open(reading, log).await?;
    let clinics = match wanted {
        Some(wanted) => vec![source.clinic(Some(wanted)).await?],
        None => source.store.engine().clinics().await?,
    };
    let mut found: Vec<(Option<ClinicId>, Vec<Check>)> = vec![];
    if source.is_kept()
        && let Some(check) = open::check(log).await?
    {
        found.push((None, vec![check]));
    }
    let progress = Progress::of("checking");
    for clinic in clinics {
        let checks = if source.is_kept() {
            audit_kept(&source.store, clinic, &progress).await?
        } else {
            audit_live(&source.store, clinic).await?
        };
        found.push((Some(clinic), checks));
    }
    drop(progress);
    show(out, &found, &source.store, reading.format, width).await?;
    let checks = || found.iter().flat_map(|(_, checks)| checks);
    match checks().filter(|check| !check.holds).count() {
        0 => Ok(()),
        broken => Err(Failure::Refused(format!("{broken} of {} checks failed", checks().count()))),
    }
}

async fn show(
    out: &mut Out,
    found: &[(Option<ClinicId>, Vec<Check>)],
    store: &Store,
    format: Format,
    width: u16,
) -> Result<(), Failure> {
    let all = found
        .iter()
        .flat_map(|(clinic, checks)| checks.iter().map(|check| Checked { clinic: *clinic, check }));
    match format {
        Format::Json => out.json(&all.collect::<Vec<_>>())?,
        Format::Csv => out.records(&COLUMNS, all.map(|checked| record(&checked)))?,
        Format::Table => {
            for (clinic, checks) in found {
                if let (Some(clinic), true) = (clinic, found.len() > 1) {
                    let name = store.name(*clinic).await?.unwrap_or_default();
                    out.line(&format!("{name} ({clinic})"))?;
                }
                out.lines(verify::drawn(checks, width))?;
            }
        }
    }
    Ok(())
}

const COLUMNS: [&str; 4] = ["clinic", "law", "holds", "found"];

fn record(checked: &Checked<'_>) -> Vec<String> {
    let Checked { clinic, check } = checked;
    let clinic = clinic.map(|clinic| clinic.to_string()).unwrap_or_default();
    vec![clinic, check.law.to_owned(), check.holds.to_string(), check.found.clone()]
}

/// Checks a clinic whose engine is live in this process.
pub(crate) async fn audit_live(store: &Store, clinic: ClinicId) -> Result<Vec<Check>, Failure> {
    let mut audit = Audit::default();
    let mut pages = store.pages(clinic, Position::START);
    while let Some(page) = pages.next().await? {
        for recorded in &page {
            audit.take(recorded);
        }
    }
    let live = store.engine().read(clinic, None, Views::clone).await?;
    let replay = verify::as_live(audit.replayed(), &live);
    Ok(audit.checks(replay))
}

/// Checks a clinic of a log that is kept, with the states that are saved of it.
async fn audit_kept(
    store: &Store,
    clinic: ClinicId,
    progress: &Progress,
) -> Result<Vec<Check>, Failure> {
    let head = store.head(clinic).await?.position;
    let (mut audit, mut saved) = (Audit::default(), Saves::of(store, clinic, head).await);
    let mut pages = store.pages(clinic, Position::START).until(head);
    loop {
        let page = match pages.next().await {
            Ok(Some(page)) => page,
            Ok(None) => break,
            // What cannot be read is found, and the other clinics are still to be checked.
            Err(failure) => {
                let unread =
                    Check::of("every event can be read", Some(failure.to_string()), String::new());
                let checks = audit.checks(saved.check());
                return Ok([unread].into_iter().chain(checks).collect());
            }
        };
        for recorded in &page {
            audit.take(recorded);
            if let Some(next) = saved.ahead.last() {
                saved.state.evolve(recorded);
                if recorded.position == *next {
                    saved.compare(store, audit.replayed()).await;
                }
            }
        }
        progress.at("checking", audit.replayed().checkpoint().position.0, head.0);
    }
    Ok(audit.checks(saved.check()))
}

fn same(boards: &Boards, views: &Views) -> bool {
    let Boards { census, directory, ledger } = boards;
    *census == views.census && *directory == views.directory && *ledger == views.ledger
}

/// The saved states of a clinic, and how they compare with a replay.
struct Saves {
    /// Where those that are still to be compared were saved, the next one last.
    ahead: Vec<Position>,
    /// What the replay comes to.
    state: ClinicState,
    last: Option<Position>,
    compared: usize,
    failed: Option<String>,
}

impl Saves {
    async fn of(store: &Store, clinic: ClinicId, head: Position) -> Self {
        let (mut ahead, mut until) = (vec![], head);
        while let Some(position) = store.engine().saved_until(clinic, until).await {
            ahead.push(position);
            let Some(before) = position.0.checked_sub(1) else { break };
            until = Position(before);
        }
        let (state, last) = (ClinicState::new(clinic), ahead.first().copied());
        Self { ahead, state, last, compared: 0, failed: None }
    }

    /// Compares what was saved next with the replay, which has come to it. What belongs to another
    /// log is as if it were not there.
    async fn compare(&mut self, store: &Store, replayed: &Views) {
        let Some(position) = self.ahead.pop() else { return };
        let Saved { boards, state, waits } =
            store.engine().saved_at(self.state.id(), position).await;
        self.compared += usize::from(boards.is_some());
        let differs = [
            ("boards", boards.is_some_and(|boards| !same(&boards, replayed))),
            ("waits", waits.is_some_and(|waits| waits != replayed.waits)),
            ("state", state.is_some_and(|state| *state != self.state)),
        ];
        if let Some((what, _)) = differs.into_iter().find(|(_, differs)| *differs) {
            self.failed.get_or_insert_with(|| {
                format!("the {what} saved at position {position} are not what a replay gives")
            });
        }
    }

    fn check(&self) -> Check {
        let found = match (self.compared, self.last) {
            (0, _) | (_, None) => "none are saved".to_owned(),
            (compared, Some(last)) => format!("{compared} compared, the last at position {last}"),
        };
        Check::of("a replay gives the saved states", self.failed.clone(), found)
    }
}
