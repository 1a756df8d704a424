//! The tables of a log in Postgres: making them, taking them over, and what their nodes agree on.

use std::sync::Arc;

use clinic_domain::text::Title;
use clinic_engine::ports::SystemClock;
use clinic_postgres::{AdoptError, Adopted, Database, Layout, Levels, NewClinic, Tables};

use crate::cli::{Adopt, LogAddress, PostgresLog};
use crate::failure::Failure;
use crate::open;
use crate::out::{Out, clean};

/// Makes the tables, or brings them forward.
pub(crate) async fn migrate(out: &mut Out, log: &LogAddress) -> Result<(), Failure> {
    let url = &in_postgres(log)?.url;
    let clock = Arc::new(SystemClock::new());
    let migrated = Database::migrate(url.exposed(), clock).await;
    let (before, after) = migrated.map_err(|error| Failure::from(error).at(url))?;
    let was = match before.form {
        0 => "made".to_owned(),
        form if form == after.form => "there already".to_owned(),
        form => format!("brought forward from form {form}"),
    };
    out.line(&format!("The tables in {url} are in form {}: {was}.", after.form))?;
    Ok(out.line(lie(before, after))?)
}

/// How the tables lie.
fn lie(before: Tables, after: Tables) -> &'static str {
    match (before.layout, after.layout) {
        (_, Layout::Together) => "They are in one Postgres.",
        (Layout::Apart, Layout::Apart) => "They are distributed by clinic.",
        (Layout::Together, Layout::Apart) => {
            "They are distributed by clinic from now on: start every node anew."
        }
    }
}

/// Takes over a table of postgres-es.
pub(crate) async fn adopt(
    out: &mut Out,
    asked: &Adopt,
    log: &LogAddress,
    name: Option<&str>,
) -> Result<(), Failure> {
    let url = &in_postgres(log)?.url;
    let Some(name) = name else {
        return Err(Failure::Usage("--clinic says how the clinic is called".to_owned()));
    };
    let name = Title::parse(name).map_err(|why| Failure::Usage(format!("--clinic {why}")))?;
    let (zone, owner_name) = (asked.zone.clone(), asked.owner.clone());
    let new = NewClinic { name: name.clone(), zone, owner_name };
    let clock = Arc::new(SystemClock::new());
    let adopted = Database::adopt(url.exposed(), clock, &new).await;
    let Adopted { clinic, events, founded } = adopted.map_err(|error| match error {
        AdoptError::Open(error) => Failure::from(error).at(url),
        AdoptError::Refused(reasons) => {
            let reasons: Vec<_> = reasons.iter().map(|reason| clean(reason).into_owned()).collect();
            Failure::Usage(AdoptError::Refused(reasons).to_string())
        }
    })?;
    out.has_stored(name.as_str());
    out.line(&format!("{name} ({clinic}) has {events} events, in the table that was there."))?;
    if founded {
        out.line("The table had no founding of a clinic: it is founded by the first of them.")?;
    }
    out.line("Stock writers go on with the table. Look at it with `clinic verify`.")?;
    Ok(())
}

/// Shows what nodes can read, and lets them all write the newest, unless one could not read it.
pub(crate) async fn upgrade(
    out: &mut Out,
    log: &LogAddress,
    finalize: bool,
) -> Result<(), Failure> {
    let database = open::postgres_there(&in_postgres(log)?.url).await?;
    let levels = if finalize { database.finalize().await? } else { database.levels().await? };
    told(out, &levels)?;
    let older: Vec<&str> = levels.older().map(|node| node.node.as_str()).collect();
    let Levels { log, program, .. } = levels;
    if log >= program {
        return Ok(out.line("Nothing is left to agree on.")?);
    }
    if !older.is_empty() {
        let older = older.join(", ");
        let said = format!("these nodes cannot read level {program}: upgrade them first: {older}");
        // Whoever only looks has seen it in the list.
        return if finalize { Err(Failure::Refused(said)) } else { Ok(out.line(&said)?) };
    }
    Ok(out.line(&if finalize {
        format!("All nodes may write level {program} from now on; older versions cannot read it.")
    } else {
        format!(
            "Every node can read level {program}: `clinic upgrade --finalize` lets them write it."
        )
    })?)
}

fn told(out: &mut Out, levels: &Levels) -> std::io::Result<()> {
    out.line(&format!("log      level {}", levels.log))?;
    out.line(&format!("program  level {}, version {}", levels.program, env!("CARGO_PKG_VERSION")))?;
    for node in &levels.nodes {
        let (heard, version) = (node.heard.0 / 1_000, clean(&node.version));
        let level = node.level;
        out.line(&format!(
            "node     level {level}, version {version}, heard of {heard} s ago: {}",
            node.node
        ))?;
    }
    if levels.nodes.is_empty() { out.line("No node is at work.") } else { Ok(()) }
}

fn in_postgres(log: &LogAddress) -> Result<&PostgresLog, Failure> {
    match log {
        LogAddress::Postgres(log) => Ok(log),
        LogAddress::Memory | LogAddress::Sqlite(_) => Err(Failure::Usage(format!(
            "{log}: this is for a log in Postgres; say --log postgres://USER@HOST/DATABASE"
        ))),
    }
}
