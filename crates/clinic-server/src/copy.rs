//! `clinic copy`: a clinic moves into another store, with its positions and every column as it is, and the
//! copy is proved to be equal.

mod signs;

use std::collections::BTreeSet;

use clinic_domain::ids::{ClinicId, Position};
use clinic_engine::Ports;
use clinic_engine::ports::{AppendError, KeptSecret, KeyError, KeyId, VisitKey};
use clinic_engine::sealing;
use clinic_engine::stored::{self, RawRow};
use sha2::{Digest as _, Sha256};

use crate::cli::{Copying, LogAddress};
use crate::failure::Failure;
use crate::limits;
use crate::open::{self, Kept, Keys, Rows, Side};
use crate::out::{Out, clean};
use crate::play::Known;
use crate::progress::Progress;
use crate::read;
use crate::store::Store;
use signs::Renaming;

/// Copies the clinic that is wanted, or all, and prints what proves each copy.
pub(crate) async fn copy(
    out: &mut Out,
    asked: &Copying,
    wanted: Option<&str>,
) -> Result<(), Failure> {
    let Copying { from, to, rename } = asked;
    if from == to {
        return Err(Failure::Usage("--from and --to are the same log".to_owned()));
    }
    let source = open::source(from).await?;
    let store = Store::over(Ports { log: source.rows.log(), ..Ports::in_memory() });
    let clinics = match wanted {
        Some(wanted) => vec![read::clinic(&store, &Known::default(), Some(wanted)).await?],
        None => store.engine().clinics().await?,
    };
    let kept = open::to_write(to).await?;
    let done = all(out, (&source, &store), &kept, &clinics, rename).await;
    // The log is let go of in any case; what failed first is told.
    let closed = kept.close().await;
    done?;
    if let LogAddress::Sqlite(_) | LogAddress::Postgres(_) = from {
        out.line("Sessions, invitations and the access log stay behind: people sign in anew.")?;
    }
    closed
}

async fn all(
    out: &mut Out,
    (source, store): (&Side, &Store),
    kept: &Kept,
    clinics: &[ClinicId],
    rename: &[Renaming],
) -> Result<(), Failure> {
    // Before anything is copied: of two clinics of one name nobody could tell which is which.
    let _alone = kept.founding().await?;
    let all_there = kept.clinics().await?;
    let (there, new): (Vec<ClinicId>, Vec<ClinicId>) =
        clinics.iter().partition(|clinic| all_there.contains(clinic));
    for clinic in &new {
        kept.has_no_clinic(&store.name(*clinic).await?.unwrap_or_default()).await?;
    }
    let target = kept.side().await?;
    let copies = |clinic: &ClinicId| Copy { source, target: &target, rename, clinic: *clinic };
    signs::free(kept, (source, &target), (clinics, &new), rename).await?;
    let mut arrived = vec![];
    for clinic in &there {
        let name = store.name(*clinic).await?.unwrap_or_default();
        let ends = (store.head(*clinic).await?.position, kept.head(*clinic).await?);
        arrived.push(copies(clinic).arrived(kept, &name, ends).await?);
    }
    out.lines(arrived.concat())?;
    for clinic in &new {
        let name = store.name(*clinic).await?.unwrap_or_default();
        let head = store.head(*clinic).await?.position;
        copies(clinic).made(out, &name, head).await?;
        let behind = store.head(*clinic).await?.position.0.saturating_sub(head.0);
        if behind > 0 {
            out.line(&format!(
                "  {behind} events came to it meanwhile and are not in the copy: stop what serves it first"
            ))?;
        }
    }
    Ok(())
}

/// One clinic on its way.
struct Copy<'c> {
    source: &'c Side,
    target: &'c Side,
    rename: &'c [Renaming],
    clinic: ClinicId,
}

impl Copy<'_> {
    /// Proves a copy that is there already, as far as both sides go, and says so; a clinic moves once, however
    /// often that is asked.
    async fn arrived(
        &self,
        kept: &Kept,
        name: &str,
        (here, there): (Position, Position),
    ) -> Result<Vec<String>, Failure> {
        let bar = Progress::of("comparing");
        let until = here.min(there);
        let ours = digest(&self.source.rows, self.clinic, until, &bar).await?;
        let theirs = digest(&self.target.rows, self.clinic, until, &bar).await?;
        drop(bar);
        let (name, clinic) = (clean(name).into_owned(), self.clinic);
        if ours != theirs {
            return Err(Failure::Usage(format!(
                "{kept} has the clinic {clinic} already, and it is not {name} as it is here: their first {until} \
                 events differ"
            )));
        }
        let mut said = vec![
            format!("{name} ({clinic}) is there already: {until} events"),
            format!("  SHA-256 of all rows, on both sides: {ours}"),
        ];
        if here > there {
            let behind = here.0.saturating_sub(there.0);
            said.push(format!("  {behind} events came to it here since and are not in the copy"));
        }
        if there > here {
            let since = there.0.saturating_sub(here.0);
            said.push(format!("  it has gone on there: {since} events since"));
        }
        Ok(said)
    }

    /// Makes the copy up to and including `head`, and proves it.
    async fn made(&self, out: &mut Out, name: &str, head: Position) -> Result<(), Failure> {
        let bar = Progress::of("copying");
        // Keys and accounts first: they are harmless without their events, and not the other way round.
        let secrets = self.secrets().await?;
        let (keys, lost) = self.rows(head, &bar).await?;
        let here = digest(&self.source.rows, self.clinic, head, &bar).await?;
        let there = digest(&self.target.rows, self.clinic, head, &bar).await?;
        drop(bar);
        let (name, clinic) = (clean(name).into_owned(), self.clinic);
        if here != there {
            return Err(Failure::Broken(format!(
                "{name} ({clinic}) was copied and reads back as something else: SHA-256 {here} here, {there} there; \
                 do not use the copy"
            )));
        }
        out.has_stored(&name);
        let (accounts, passcodes) = secrets;
        out.line(&format!("{name} ({clinic}): {head} events, {keys} keys, {accounts} accounts, {passcodes} passcodes"))?;
        out.line(&format!("  SHA-256 of all rows, on both sides: {here}"))?;
        if lost > 0 {
            out.line(&format!("  {lost} keys are not in the key store that it comes from: what they sealed stays sealed"))?;
        }
        Ok(())
    }

    /// Copies accounts and passcodes, and says how many of each.
    async fn secrets(&self) -> Result<(usize, usize), Failure> {
        let Some(from) = &self.source.secrets else { return Ok((0, 0)) };
        let secrets = from.of_clinic(self.clinic).await?;
        let secrets: Vec<KeptSecret> =
            secrets.into_iter().map(|secret| signs::renamed(secret, self.rename)).collect();
        if let (Some(to), false) = (&self.target.secrets, secrets.is_empty()) {
            to.keep_all(self.clinic, &secrets).await?;
        }
        let account = |secret: &&KeptSecret| matches!(secret, KeptSecret::Account { .. });
        let accounts = secrets.iter().filter(account).count();
        Ok((accounts, secrets.len() - accounts))
    }

    /// Copies the rows and the keys that they need; says how many keys came, and how many nobody has.
    async fn rows(&self, head: Position, bar: &Progress) -> Result<(usize, usize), Failure> {
        let due = self.source.rows.next_due(self.clinic).await?;
        let mut new =
            self.target.rows.begin(self.clinic).await.map_err(|error| self.taken(error))?;
        let (mut seen, mut lost, mut after) = (BTreeSet::new(), 0, Position::START);
        while let Some(page) = page(&self.source.rows, self.clinic, after, head).await? {
            let mut ids = keys_of(&page)?;
            ids.retain(|id| seen.insert(*id));
            lost += self.keys(ids).await?;
            after = page.last().map_or(head, |last| last.row().position);
            new.append(page, due).await.map_err(|error| self.taken(error))?;
            bar.at("copying", after.0, head.0);
        }
        new.finish().await.map_err(|error| self.taken(error))?;
        Ok((seen.len() - lost, lost))
    }

    /// Copies keys, and says how many of them nobody has.
    async fn keys(&self, ids: BTreeSet<KeyId>) -> Result<usize, Failure> {
        let mut found: Vec<(KeyId, Option<VisitKey>)> = vec![];
        let mut lost = 0;
        for id in ids {
            match key(self.source.keys.as_ref(), id).await {
                Ok(key) => found.push((id, key)),
                Err(KeyError::Unknown(_)) => lost += 1,
                Err(KeyError::Failed(error)) => return Err(error.into()),
            }
        }
        if let (Some(to), false) = (&self.target.keys, found.is_empty()) {
            to.keep(found).await?;
        }
        Ok(lost)
    }

    fn taken(&self, error: AppendError) -> Failure {
        match error {
            AppendError::Conflict => {
                Failure::Usage(format!("somebody else makes the clinic {} there", self.clinic))
            }
            error @ (AppendError::InDoubt(_) | AppendError::Failed(_)) => error.into(),
        }
    }
}

async fn key(keys: Option<&Keys>, id: KeyId) -> Result<Option<VisitKey>, KeyError> {
    match keys {
        Some(keys) => keys.key(id).await,
        None => Err(KeyError::Unknown(id)),
    }
}

/// The keys that are needed to open what is in rows.
fn keys_of(rows: &[RawRow]) -> Result<BTreeSet<KeyId>, Failure> {
    let mut ids = BTreeSet::new();
    for row in rows {
        let mut recorded =
            stored::decode(&row.row()).map_err(|error| Failure::Broken(error.to_string()))?;
        ids.extend(sealing::keys_of(&mut recorded.event));
    }
    Ok(ids)
}

/// The next page of rows, none behind `until`.
async fn page(
    rows: &Rows,
    clinic: ClinicId,
    after: Position,
    until: Position,
) -> Result<Option<Vec<RawRow>>, Failure> {
    let left = usize::try_from(until.0.saturating_sub(after.0)).unwrap_or(usize::MAX);
    let page = rows.page(clinic, after, left.min(limits::PAGE)).await?;
    Ok(Some(page).filter(|page| !page.is_empty()))
}

/// What tells a log from every other: SHA-256 over the canonical bytes of its rows up to `until`.
async fn digest(
    rows: &Rows,
    clinic: ClinicId,
    until: Position,
    bar: &Progress,
) -> Result<String, Failure> {
    let (mut digest, mut bytes, mut after) = (Sha256::new(), vec![], Position::START);
    while let Some(page) = page(rows, clinic, after, until).await? {
        for row in &page {
            bytes.clear();
            stored::canonical(&row.row(), &mut bytes);
            digest.update(&bytes);
        }
        after = page.last().map_or(until, |last| last.row().position);
        bar.so_far(after.0);
    }
    let hex = |text: String, byte: u8| text + &format!("{byte:02x}");
    Ok(digest.finalize().into_iter().fold(String::new(), hex))
}
