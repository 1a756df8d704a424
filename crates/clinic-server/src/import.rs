//! Importing the movement history of another system.

use std::fs::File;
use std::io::{self, Read};

use clinic_domain::text::Title;
use clinic_engine::ports::{RandomIds, SystemClock};
use clinic_interop::import::{self, ImportError, ImportSink, News, Nowhere, Options, Ports};

use crate::cli::{Import, LogAddress};
use crate::failure::Failure;
use crate::open;
use crate::out::Out;
use crate::progress::Progress;
use crate::show::import::Told;

/// Imports a file into a new clinic, and tells of each row that was refused and what came of the rest.
pub(crate) async fn import(out: &mut Out, asked: &Import, log: &LogAddress) -> Result<(), Failure> {
    let options = options(asked)?;
    let source = source(asked)?;
    if asked.dry_run {
        return imported(out, asked, source, &options, Box::new(Nowhere)).await;
    }
    let kept = open::to_write(log).await?;
    let done = async {
        let _alone = kept.founding().await?;
        kept.has_no_clinic(options.clinic_name.as_str()).await?;
        imported(out, asked, source, &options, kept.sink()).await
    };
    let done = done.await;
    // The log is let go of in any case; what failed first is told.
    let closed = kept.close().await;
    done.and(closed)
}

async fn imported(
    out: &mut Out,
    asked: &Import,
    source: Box<dyn Read>,
    options: &Options,
    sink: Box<dyn ImportSink>,
) -> Result<(), Failure> {
    let (progress, mut told) = (Progress::of("reading"), Told::of(out, asked.format));
    let ports = Ports { sink, clock: &SystemClock::new(), ids: &RandomIds };
    let mut hear = |news| match news {
        News::Reading { rows, .. } => progress.so_far(rows),
        News::Sorting { rows, of } => progress.at("sorting", rows, of),
        News::Deciding { rows, of } => progress.at("deciding", rows, of),
        News::Writing { rows, of } => progress.at("storing", rows, of),
        News::Refused(refused) => told.refused(&refused),
    };
    let came = import::import(source, options, ports, &mut hear).await;
    drop(progress);
    match came {
        Ok(report) => told.report(options, &report),
        Err(ImportError::Refused(report)) => {
            told.report(options, &report)?;
            Err(Failure::Refused(ImportError::Refused(report).to_string()))
        }
        Err(ImportError::Unreadable(problem)) => {
            Err(Failure::Usage(format!("{}: {problem}", asked.file.display())))
        }
        Err(broken @ ImportError::Broken { .. }) => Err(Failure::Broken(broken.to_string())),
    }
}

fn options(asked: &Import) -> Result<Options, Failure> {
    Ok(Options {
        columns: asked.columns.clone(),
        kinds: asked.events.clone(),
        create_rooms: asked.create_rooms,
        strict: asked.strict,
        dry_run: asked.dry_run,
        clinic_name: name(asked)?,
        zone: asked.zone.clone(),
    })
}

/// The name that is said, or else the file's.
fn name(asked: &Import) -> Result<Title, Failure> {
    if let Some(name) = &asked.name {
        return Ok(name.clone());
    }
    let stem = asked.file.file_stem().unwrap_or_default().to_string_lossy();
    let name = if stem == "-" { "Imported" } else { &*stem };
    Title::parse(name).map_err(|error| {
        Failure::Usage(format!("the file's name, as a clinic's, {error}; say another by --name"))
    })
}

fn source(asked: &Import) -> Result<Box<dyn Read>, Failure> {
    if asked.file.as_os_str() == "-" {
        return Ok(Box::new(io::stdin().lock()));
    }
    let path = asked.file.display();
    let cannot = |why: String| Failure::Usage(format!("{path}: the file cannot be read: {why}"));
    let file = File::open(&asked.file).map_err(|error| cannot(error.to_string()))?;
    match file.metadata() {
        Ok(found) if found.is_dir() => Err(cannot("it is a folder".to_owned())),
        Ok(_) | Err(_) => Ok(Box::new(file)),
    }
}
