//! One import into a memory log, and what came of it.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;

use clinic_domain::event::{Event, Recorded};
use clinic_domain::hours::Zone;
use clinic_domain::ids::{ClinicId, Position, VisitId};
use clinic_domain::text::Title;
use clinic_domain::time::Timestamp;
use clinic_domain::visit::VisitEvent;
use clinic_engine::MemoryLog;
use clinic_engine::ports::{CountedIds, EventLog, ManualClock};
use clinic_interop::import::{
    ImportError, ImportSink, LogSink, News, Options, Ports, Reference, Refused, Report, import,
};

/// When the import is recorded.
pub(super) const NOW: Timestamp = Timestamp(1_956_528_000_000);

/// The columns of short files that tests write.
pub(super) const HEADER: &str = "visit,patient,event,from,to,at\n";

pub(super) fn options() -> Options {
    Options {
        columns: "visit=visit,patient=patient,event=event,from=from,to=to,at=at".parse().unwrap(),
        kinds: "in=check-in,move=transfer,out=complete,left=left,late=no-show,night=end-of-day,note=ignore"
            .parse()
            .unwrap(),
        create_rooms: true,
        strict: false,
        dry_run: false,
        clinic_name: Title::parse("Harbour, before").unwrap(),
        zone: Zone::parse("Europe/Berlin").unwrap(),
    }
}

/// What was heard of an import, what came of it, and what the log has.
#[derive(Debug)]
pub(super) struct Imported {
    pub(super) came: Result<Report, ImportError>,
    pub(super) refused: Vec<Refused>,
    pub(super) news: Vec<News>,
    pub(super) log: Arc<MemoryLog>,
}

/// Imports into a new memory log.
pub(super) async fn imported(source: impl Read, options: &Options) -> Imported {
    let log = Arc::new(MemoryLog::new());
    let sink = LogSink::new(Arc::clone(&log) as Arc<dyn EventLog>);
    let (came, news) = import_into(source, options, Box::new(sink)).await;
    let refused = news.iter().filter_map(|news| match news {
        News::Refused(refused) => Some(refused.clone()),
        News::Reading { .. }
        | News::Sorting { .. }
        | News::Deciding { .. }
        | News::Writing { .. } => None,
    });
    Imported { came, refused: refused.collect(), news, log }
}

pub(super) async fn import_into(
    source: impl Read,
    options: &Options,
    sink: Box<dyn ImportSink>,
) -> (Result<Report, ImportError>, Vec<News>) {
    let (clock, ids) = (ManualClock::at(NOW), CountedIds::default());
    let ports = Ports { sink, clock: &clock, ids: &ids };
    let mut news = vec![];
    let came = import(source, options, ports, &mut |heard| news.push(heard)).await;
    (came, news)
}

/// Imports a short file; its rows follow [`HEADER`].
pub(super) async fn rows(rows: &str) -> Imported {
    imported(format!("{HEADER}{rows}").as_bytes(), &options()).await
}

impl Imported {
    #[track_caller]
    pub(super) fn report(&self) -> Report {
        *self.came.as_ref().unwrap()
    }

    #[track_caller]
    pub(super) fn error(&self) -> String {
        self.came.as_ref().unwrap_err().to_string()
    }

    #[track_caller]
    pub(super) fn clinic(&self) -> ClinicId {
        self.report().clinic.unwrap()
    }

    /// Line and reason of the rows that were refused.
    pub(super) fn listed(&self) -> Vec<(u64, &str)> {
        self.refused.iter().map(|refused| (refused.line, refused.reason.as_str())).collect()
    }

    pub(super) async fn events(&self) -> Vec<Recorded> {
        self.log.read(self.clinic(), Position::START, usize::MAX).await.unwrap()
    }

    pub(super) async fn stored_nothing(&self) -> bool {
        self.log.clinics().await.unwrap().is_empty()
    }
}

/// The visits of a log by the id that they have in the file.
pub(super) fn visits(events: &[Recorded]) -> BTreeMap<String, VisitId> {
    let checked_in = events.iter().filter_map(|recorded| match &recorded.event {
        Event::Visit(id, VisitEvent::CheckedIn { external_ref: Some(external_ref), .. }) => {
            Some((Reference::parse(external_ref)?.visit, *id))
        }
        Event::Clinic(..) | Event::Room(..) | Event::Visit(..) | Event::Transfer(..) => None,
    });
    checked_in.collect()
}
