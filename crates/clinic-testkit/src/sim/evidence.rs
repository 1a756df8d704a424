//! What the log proves of what clients were told, and of what nodes show.

use std::collections::BTreeMap;

use clinic_domain::command::Command;
use clinic_domain::event::Recorded;
use clinic_domain::ids::{CommandId, Fresh, Position, VisitId};
use clinic_domain::limits;
use clinic_domain::personal::Sealable as _;
use clinic_domain::refusal::Refusal;
use clinic_domain::time::Timestamp;
use clinic_engine::EngineError;
use clinic_projections::views::Views;

use super::client::{Said, Told};
use super::nodes::{Node, Nodes};
use crate::laws::{self, Ledger};
use crate::model::Model;
use crate::world::World;

/// How often a node is asked what it shows, before it cannot be reached.
const ATTEMPTS: usize = 100;

/// What is known so far.
#[derive(Default)]
pub(super) struct Evidence {
    ledger: Ledger,
    model: Model,
    views: Views,
    /// Where the events of each command are, and when the first of them was.
    ran: BTreeMap<CommandId, (Timestamp, Vec<Position>)>,
    /// When each command was asked last.
    asked: BTreeMap<CommandId, Timestamp>,
    /// What is claimed, and not proven yet.
    claims: Vec<Claim>,
}

/// What a client was told, and the log has to prove.
struct Claim {
    command: Command,
    shown: Vec<Timestamp>,
    said: Promise,
}

enum Promise {
    /// These events are in the log.
    Events(Vec<Recorded>),
    /// Some state refused it with these words, or found it to be so already.
    Nothing(Result<(), Refusal>),
}

impl Evidence {
    pub(super) fn views(&self) -> &Views {
        &self.views
    }

    /// Takes down what a client was told.
    pub(super) fn claim(&mut self, command: &Command, told: &Told) {
        let said = match &told.said {
            Said::Granted(receipt) if receipt.events.is_empty() => Promise::Nothing(Ok(())),
            Said::Granted(receipt) => {
                Promise::Events(receipt.events.iter().map(|event| (**event).clone()).collect())
            }
            Said::Refused(refusal) => Promise::Nothing(Err(refusal.clone())),
            // Who asks for what nobody has founded is told so by every node.
            Said::Nowhere => return,
        };
        self.claims.push(Claim { command: command.clone(), shown: told.shown.clone(), said });
    }

    /// Takes the next event of the log.
    pub(super) fn enter(&mut self, world: &mut World, recorded: Recorded) -> Result<(), String> {
        self.prove(world);
        self.once(&recorded)?;
        self.ledger.enter(&recorded).map_err(|broken| broken.to_string())?;
        self.views.apply(&recorded);
        let told = self.model.follow(&recorded);
        let told = told.and_then(|()| self.model.compare(&self.views.census, recorded.occurred_at));
        told.map_err(|found| format!("model: {found}"))?;
        world.follow(recorded);
        self.model.agrees(world.state()).map_err(|found| format!("model: {found}"))?;
        self.ledger.agrees(world.state()).map_err(|broken| broken.to_string())
    }

    /// Notes that somebody asks for a command.
    pub(super) fn asks(&mut self, command: &Command, at: Timestamp) {
        self.asked.insert(command.id, at);
    }

    /// A command runs once: its events stand together. An id is remembered for a day; whoever asks
    /// under it after that may have it run again, and nobody else.
    fn once(&mut self, recorded: &Recorded) -> Result<(), String> {
        let (id, position) = (recorded.cause.command_id, recorded.position);
        let at = recorded.occurred_at;
        let (since, ran) = self.ran.entry(id).or_insert((at, vec![]));
        match ran.last() {
            Some(last) if last.next() != position => {
                let asked = self.asked.get(&id).copied().unwrap_or(at);
                if asked.since(*since) <= limits::ANSWERED_FOR {
                    let name = recorded.event.name();
                    return Err(format!("{id:?} ran at {ran:?}, and again: {name} at {position}"));
                }
                (*since, *ran) = (at, vec![position]);
            }
            Some(_) | None => ran.push(position),
        }
        Ok(())
    }

    /// Strikes off the claims that the present state proves.
    fn prove(&mut self, world: &mut World) {
        self.claims.retain(|claim| match &claim.said {
            Promise::Events(_) => true,
            Promise::Nothing(promised) => !claim.shown.iter().any(|shown| {
                let at = (*shown).max(world.state().now());
                let command = Command { at, fresh: Fresh(world.mint()), ..claim.command.clone() };
                world.load(&command);
                let ran = world.state().answered(command.id);
                if ran.is_some_and(|ran| ran.is_retry(&command)) {
                    return false; // it did happen, and is answered by what happened
                }
                match (world.state().decide(&command), promised) {
                    (Ok(events), Ok(())) => events.is_empty(),
                    (Err(refusal), Err(promised)) => refusal == *promised,
                    (Ok(_), Err(_)) | (Err(_), Ok(())) => false,
                }
            }),
        });
    }

    /// Everything that was told by now is proven by now.
    pub(super) fn settle(&mut self, world: &mut World) -> Result<(), String> {
        self.prove(world);
        for claim in self.claims.drain(..) {
            let (id, name) = (claim.command.id, claim.command.action.name());
            match claim.said {
                Promise::Events(events) => {
                    let place = |event: &Recorded| {
                        let n = usize::try_from(event.position.0).unwrap_or_default();
                        world.log().get(n.wrapping_sub(1)) == Some(event)
                    };
                    let own = events.iter().all(|event| event.cause.command_id == id);
                    if !own || !events.iter().all(place) {
                        return Err(format!("{name} was acknowledged, and is not in the log"));
                    }
                    let positions: Vec<_> = events.iter().map(|event| event.position).collect();
                    let ran = self.ran.get(&id).map(|(_, ran)| ran);
                    if ran.is_some_and(|ran| ran.last() == positions.last() && *ran != positions) {
                        let found = format!("told {positions:?}, is at {ran:?}");
                        return Err(format!("{name} was acknowledged in part: {found}"));
                    }
                }
                Promise::Nothing(said) => {
                    let state = world.state();
                    let now = state.decide(&claim.command).map(|events| events.len());
                    return Err(format!(
                        "{name} was answered {said:?}, which no state says; now it is {now:?}"
                    ));
                }
            }
        }
        Ok(())
    }

    /// The laws of the whole log.
    pub(super) fn finish(&self, world: &World) -> Result<(), String> {
        self.ledger.settled().map_err(|broken| broken.to_string())?;
        self.model.settled().map_err(|found| found.to_string())?;
        laws::hold(world.state().id(), world.log()).map_err(|broken| broken.to_string())
    }

    /// A node shows what the log makes, and a patient of hers only.
    pub(super) async fn shown(
        &self,
        nodes: &Nodes,
        node: &Node,
        world: &World,
    ) -> Result<(), String> {
        let head = world.head();
        let mut why = String::new();
        for _ in 0..ATTEMPTS {
            let read = tokio::select! {
                biased;
                _why = node.gone() => return Ok(()), // it shows nothing
                read = node.engine.read(nodes.clinic, Some(head), Views::clone) => read,
            };
            match read {
                Ok(views) if views == self.views => return private(&views, world),
                Ok(views) if views.checkpoint().position > head => return Ok(()),
                Ok(_) => return Err(format!("node {} does not show the log", node.number)),
                Err(EngineError::NoSuchClinic(_)) if world.log().is_empty() => return Ok(()),
                Err(error) => why = error.to_string(),
            }
        }
        Err(format!("node {} shows nothing: {why}", node.number))
    }
}

/// Nothing that a patient sees names another visit, or holds what another patient said.
fn private(views: &Views, world: &World) -> Result<(), String> {
    let census = &views.census;
    let open = world.state().visits().filter(|(_, visit)| visit.open().is_some());
    let open: Vec<VisitId> = open.map(|(id, _)| id).collect();
    for visit in &open {
        let seen = census.waiting_room(*visit, world.now());
        let seen = serde_json::to_string(&seen).map_err(|error| error.to_string())?;
        for other in open.iter().filter(|other| *other != visit) {
            let name = census.card(*other).and_then(|card| card.name.sealed());
            let tells = |what: &str| seen.contains(what);
            if tells(&other.to_string()) || name.is_some_and(tells) {
                return Err(format!("the patient of {visit} sees something of {other}: {seen}"));
            }
        }
    }
    Ok(())
}
