//! What the bench measures: visits that check in, are called, put on hold, sent on, sent back and
//! closed, by clients that wait for each answer as people do.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use clinic_domain::actor::{Actor, TokenHash};
use clinic_domain::clinic::Role;
use clinic_domain::command::{Action, CheckInForm};
use clinic_domain::event::Recorded;
use clinic_domain::hours::Zone;
use clinic_domain::ids::{ClinicId, CommandId, MemberId, Position, RoomId, VisitId};
use clinic_domain::room::RoomKind;
use clinic_domain::text::{PersonName, Slug, TextError, Title};
use clinic_domain::visit::CloseReason;
use clinic_engine::ports::EventLog;
use clinic_engine::{Broken, Engine, EngineError, Receipt, Request, replay};
use sha2::{Digest, Sha256};
use tokio::task::JoinSet;

use super::clock::PacedClock;
use crate::cli::Bench;
use crate::failure::Failure;
use crate::limits;
use crate::stopwatch::Stopwatch;

/// Everybody who takes part.
pub(super) struct Crowd {
    clients: Vec<Client>,
    clinics: Vec<ClinicId>,
}

/// One place at the desk and one room: whoever works there serves one visit after another.
#[derive(Clone)]
struct Client {
    engine: Engine,
    clock: Arc<PacedClock>,
    clinic: ClinicId,
    reception: RoomId,
    room: RoomId,
    receptionist: MemberId,
    provider: MemberId,
}

/// What a run came to.
pub(super) struct Ran {
    pub(super) commands: usize,
    /// From the first command to the last answer, in microseconds.
    pub(super) took: u64,
    /// Of each command, in microseconds.
    pub(super) latencies: Vec<u64>,
}

impl Crowd {
    /// Founds the clinics, their rooms and their members, at the nodes that serve them; that is not measured.
    pub(super) async fn found(
        engines: &[Engine],
        load: &Bench,
        clock: Arc<PacedClock>,
    ) -> Result<Self, Failure> {
        let (mut clients, mut clinics) = (vec![], vec![]);
        for n in 0..load.clinics {
            let node = |place: usize| {
                let turn = if load.same_clinics { place / load.clinics } else { n };
                &engines[turn % engines.len()]
            };
            let engine = node(n);
            let clinic = ClinicId(engine.mint());
            let host = Host { engine, clinic };
            host.found(n).await?;
            clinics.push(clinic);
            let reception = host.room("Reception", "reception").await?;
            for place in (n..load.clients).step_by(load.clinics) {
                let receptionist = host.member(&format!("Receptionist {place}"), reception).await?;
                let room = host.room(&format!("Room {place}"), &format!("room-{place}")).await?;
                let provider = host.member(&format!("Provider {place}"), room).await?;
                let (engine, clock) = (node(place).clone(), Arc::clone(&clock));
                let client =
                    Client { engine, clock, clinic, reception, room, receptionist, provider };
                clients.push(client);
            }
        }
        Ok(Self { clients, clinics })
    }

    /// The clinics.
    pub(super) fn ids(&self) -> &[ClinicId] {
        &self.clinics
    }

    /// Has `visits` visits served, by all clients at once.
    pub(super) async fn run(&self, visits: usize, acks: bool) -> Result<Ran, Failure> {
        let left = Arc::new(AtomicUsize::new(visits));
        let start = Stopwatch::start();
        let mut working = JoinSet::new();
        for client in &self.clients {
            let (client, left) = (client.clone(), Arc::clone(&left));
            working.spawn(async move {
                let mut latencies = vec![];
                while take(&left) {
                    client.serve(acks, &mut latencies).await?;
                }
                Ok::<_, Failure>(latencies)
            });
        }
        let mut latencies = vec![];
        while let Some(done) = working.join_next().await {
            let done = done.map_err(|error| Failure::Broken(format!("a client: {error}")))?;
            latencies.extend(done?);
        }
        Ok(Ran { commands: latencies.len(), took: start.micros(), latencies })
    }

    /// Where each clinic's log ends.
    pub(super) async fn heads(&self, log: &Arc<dyn EventLog>) -> Result<Heads, Failure> {
        let mut heads = Vec::with_capacity(self.clinics.len());
        for clinic in &self.clinics {
            let head = log.head(*clinic).await?.position;
            heads.push((*clinic, head));
        }
        Ok(heads)
    }

    /// The events between two moments, clinic by clinic.
    pub(super) async fn events(
        &self,
        log: &Arc<dyn EventLog>,
        from: &Heads,
        until: &Heads,
    ) -> Result<Vec<Recorded>, Failure> {
        let mut events = vec![];
        for ((clinic, after), (_, until)) in from.iter().zip(until) {
            let gather = |events: &mut Vec<_>, recorded: &Recorded| events.push(recorded.clone());
            events = replay(&**log, *clinic, (*after, *until), events, gather).await?;
        }
        Ok(events)
    }
}

/// Where the clinics' logs end.
pub(super) type Heads = Vec<(ClinicId, Position)>;

fn take(left: &AtomicUsize) -> bool {
    left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
}

/// Who sets a clinic up.
struct Host<'e> {
    engine: &'e Engine,
    clinic: ClinicId,
}

impl Host<'_> {
    async fn found(&self, n: usize) -> Result<(), Failure> {
        let found = Action::FoundClinic {
            name: Title::parse(&format!("Bench {n}")).map_err(|error| wrong(&error))?,
            zone: Zone::parse("UTC").ok_or_else(|| Failure::Broken("no UTC".to_owned()))?,
            owner_name: Title::parse("Owner").map_err(|error| wrong(&error))?,
            capabilities: BTreeSet::from(clinic_domain::clinic::Capability::ALL),
            external_ref: None,
        };
        self.asks(found).await.map(|_| ())
    }

    async fn room(&self, name: &str, slug: &str) -> Result<RoomId, Failure> {
        let open = Action::OpenRoom {
            kind: RoomKind::Shared,
            name: Title::parse(name).map_err(|error| wrong(&error))?,
            slug: Slug::parse(slug).map_err(|error| wrong(&error))?,
            external_ref: None,
        };
        self.asks(open).await?.room().ok_or_else(|| Failure::Broken("no room".to_owned()))
    }

    async fn member(&self, name: &str, room: RoomId) -> Result<MemberId, Failure> {
        let name = Title::parse(name).map_err(|error| wrong(&error))?;
        let add = Action::AddMember { name, role: Role::Member, external_ref: None };
        let member = self.asks(add).await?.member();
        let member = member.ok_or_else(|| Failure::Broken("no member".to_owned()))?;
        self.asks(Action::AssignMember(room, member)).await?;
        Ok(member)
    }

    async fn asks(&self, action: Action) -> Result<Receipt, Failure> {
        Ok(self.engine.execute(self.clinic, self.engine.request(Actor::Host, action)).await?)
    }
}

fn wrong(error: &TextError) -> Failure {
    Failure::Broken(format!("the bench's own text {error}"))
}

impl Client {
    /// Serves one visit from check-in to goodbye.
    async fn serve(&self, acks: bool, latencies: &mut Vec<u64>) -> Result<(), Failure> {
        let Self { reception, room, .. } = *self;
        let (desk, provider) = (Actor::Member(self.receptionist), Actor::Member(self.provider));
        let token = TokenHash(Sha256::digest(self.engine.mint().as_bytes()).into());
        let name = PersonName::parse("Bench Patient").map_err(|error| wrong(&error))?;
        let form = CheckInForm::new(reception, token, name);
        let mut ask = async |actor: &Actor, action: Action| {
            let id = CommandId(self.engine.mint());
            self.clock.tick();
            let start = Stopwatch::start();
            let request = Request::new(id, actor.clone(), action);
            let receipt = self.granted(request).await?;
            latencies.push(start.micros());
            if acks {
                told(self.clinic, id, &receipt)?;
            }
            Ok::<_, Failure>(receipt)
        };
        let arrived = ask(&Actor::Patient(token), Action::CheckIn(Box::new(form))).await?;
        let visit = arrived.visit().ok_or_else(|| Failure::Broken("no visit".to_owned()))?;
        ask(&desk, start(visit)).await?;
        ask(&desk, Action::PauseCall { visit, seen: None }).await?;
        ask(&desk, start(visit)).await?;
        ask(&desk, Action::Transfer { visit, to: room, note: None, seen: None }).await?;
        ask(&provider, start(visit)).await?;
        ask(&provider, Action::Transfer { visit, to: reception, note: None, seen: None }).await?;
        ask(&desk, start(visit)).await?;
        let (reason, seen) = (CloseReason::Completed, None);
        ask(&desk, Action::CloseVisit { visit, reason, seen }).await?;
        Ok(())
    }
}

impl Client {
    /// Asks until there is an answer. The bench's clock runs so fast that a minute passes while a disk syncs,
    /// and what has waited for a minute is not decided any more.
    async fn granted(&self, request: Request) -> Result<Receipt, Failure> {
        for _ in 0..limits::BENCH_RETRIES {
            match self.engine.execute(self.clinic, request.clone()).await {
                Err(EngineError::Broken(Broken::TooLate { .. })) => {}
                answer => return Ok(answer?),
            }
        }
        Ok(self.engine.execute(self.clinic, request).await?)
    }
}

fn start(visit: VisitId) -> Action {
    Action::StartCall { visit, pausing: false, seen: None }
}

/// Prints that a command was acknowledged, at once: what is printed must survive what comes next.
fn told(clinic: ClinicId, id: CommandId, receipt: &Receipt) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    let line = format!("{clinic} {id} {} {}\n", receipt.position, receipt.events.len());
    out.write_all(line.as_bytes()).and_then(|()| out.flush()).map_err(Failure::from)
}
