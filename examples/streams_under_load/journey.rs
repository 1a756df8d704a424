//! Patients on their way: check-in, call, pause, resumption, transfer, call, transfer back, goodbye.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::Failed;
use crate::client::Client;
use crate::clinic::{Clinic, MEMBERS};
use crate::figures::Figures;

/// Journeys in one clinic at once, each with two members.
const AT_ONCE: usize = MEMBERS / 2;

/// Starts the journeys of all clinics, so that all together ask `rate` commands a second.
pub(crate) fn all(
    clinics: &[Arc<Clinic>],
    to: SocketAddr,
    rate: u32,
    stopped: &watch::Receiver<bool>,
    figures: &Arc<Figures>,
) -> Vec<JoinHandle<Result<(), Failed>>> {
    let desks = clinics.len() * AT_ONCE;
    let every = Duration::from_secs(1) * u32::try_from(desks).unwrap_or(u32::MAX) / rate;
    let desks = clinics.iter().flat_map(|clinic| (0..AT_ONCE).map(move |n| (clinic, n)));
    let start = |(clinic, n): (&Arc<Clinic>, usize)| {
        let (clinic, stopped) = (Arc::clone(clinic), stopped.clone());
        let figures = Arc::clone(figures);
        tokio::spawn(async move {
            // Desks do not all begin in the same instant.
            let late = every * u32::try_from((clinic.n * AT_ONCE + n) % 97).unwrap_or(0) / 97;
            tokio::time::sleep(late).await;
            let mut desk = Desk::open(&clinic, to, n, every, &figures).await?;
            while !*stopped.borrow() {
                desk.serve().await?;
            }
            Ok(())
        })
    };
    desks.map(start).collect()
}

/// Two members who send patients to each other.
struct Desk<'c> {
    clinic: &'c Clinic,
    to: SocketAddr,
    n: usize,
    reception: Client,
    provider: Client,
    pace: Interval,
    figures: &'c Figures,
    served: u32,
}

impl<'c> Desk<'c> {
    async fn open(
        clinic: &'c Clinic,
        to: SocketAddr,
        n: usize,
        every: Duration,
        figures: &'c Figures,
    ) -> Result<Self, Failed> {
        let source = u32::try_from(clinic.n * 4_096)?;
        let reception = Client::connect(to, source, &*clinic.members[2 * n]).await?;
        let provider = Client::connect(to, source, &*clinic.members[2 * n + 1]).await?;
        let mut pace = interval(every);
        pace.set_missed_tick_behavior(MissedTickBehavior::Burst);
        Ok(Self { clinic, to, n, reception, provider, pace, figures, served: 0 })
    }

    async fn serve(&mut self) -> Result<(), Failed> {
        let rooms = &self.clinic.rooms;
        let (here, there) = (&rooms[self.n % rooms.len()], &rooms[(self.n + 1) % rooms.len()]);
        self.pace.tick().await;
        let begun = now();
        self.served += 1;
        let source = u32::try_from(self.clinic.n * 4_096 + 1_000 + self.n * 512)?;
        let source = source + self.served % 512;
        let (_, visit) = Clinic::check_in(self.to, source, &self.clinic.id, here).await?;
        self.figures.note(now() - begun);
        for (provider, verb, body) in [
            (false, "start-call", json!({})),
            (false, "pause-call", json!({})),
            (false, "start-call", json!({})),
            (false, "transfer", json!({ "to": there, "note": "a cough, two weeks" })),
            (true, "start-call", json!({})),
            (true, "transfer", json!({ "to": here })),
            (false, "start-call", json!({})),
            (false, "close-visit", json!({ "reason": "completed" })),
        ] {
            self.ask(provider, &format!("visits/{visit}/{verb}"), &body).await?;
        }
        Ok(())
    }

    async fn ask(&mut self, provider: bool, path: &str, body: &Value) -> Result<(), Failed> {
        self.pace.tick().await;
        let path = format!("/api/clinics/{}/{path}", self.clinic.id);
        let by = if provider { &mut self.provider } else { &mut self.reception };
        let begun = now();
        by.post(&path, body).await?;
        self.figures.note(now() - begun);
        Ok(())
    }
}

#[expect(clippy::disallowed_methods, reason = "this program measures real time")]
fn now() -> Instant {
    Instant::now()
}
