//! What the log proves of what clients were told, and of what nodes show.

use std::collections::BTreeMap;

use clinic_domain::command::Command;
use clinic_domain::event::Recorded;
use clinic_domain::ids::{CommandId, Fresh, Position};
use clinic_domain::limits;
use clinic_domain::refusal::Refusal;
use clinic_domain::time::Timestamp;
use clinic_engine::{EngineError, Receipt};
use clinic_projections::views::Views;

use super::client::{Said, Told};
use super::nodes::{Node, Nodes};
use crate::day::answered;
use crate::laws::{self, Ledger};
use crate::model::Model;
use crate::world::World;

/// How often a node is asked what it shows, before it cannot be reached.
const ATTEMPTS: usize = 100;

/// What is known so far.
#[derive(Default)]
pub(super) struct Witness {
    ledger: Ledger,
    model: Model,
    views: Views,
    ran: BTreeMap<CommandId, Vec<Run>>,
    /// When each command was asked last.
    asked: BTreeMap<CommandId, Timestamp>,
    /// What is claimed, and not proven yet.
    claims: Vec<Claim>,
}

/// Where the events of a command are, and when the first of them was.
struct Run {
    since: Timestamp,
    positions: Vec<Position>,
}

/// What a client was told, and the log has to prove.
struct Claim {
    command: Command,
    shown: Vec<Timestamp>,
    said: Promise,
}

enum Promise {
    /// These events are in the log, and are all of the command's.
    Events(Receipt),
    /// Some state refused it with these words, or found it to be so already.
    Nothing(Result<(), Refusal>),
    /// There was no such clinic.
    Nowhere,
}

impl Witness {
    pub(super) fn views(&self) -> &Views {
        &self.views
    }

    /// Notes that somebody asks for a command.
    pub(super) fn asks(&mut self, command: &Command, at: Timestamp) {
        self.asked.insert(command.id, at);
    }

    /// Takes down what a client was told.
    pub(super) fn claim(&mut self, command: &Command, told: &Told) {
        let said = match &told.said {
            Said::Granted(receipt) if receipt.events.is_empty() => Promise::Nothing(Ok(())),
            Said::Granted(receipt) => Promise::Events(receipt.clone()),
            Said::Refused(refusal) => Promise::Nothing(Err(refusal.clone())),
            Said::Nowhere => Promise::Nowhere,
        };
        self.claims.push(Claim { command: command.clone(), shown: told.shown.clone(), said });
    }

    /// Takes the next event of the log, under every eye.
    pub(super) fn enter(&mut self, world: &mut World, recorded: Recorded) -> Result<(), String> {
        self.prove(world);
        self.once(&recorded)?;
        let law = |broken: laws::Violation| format!("law: {broken}");
        self.ledger.enter(&recorded).map_err(law)?;
        self.views.apply(&recorded);
        let told = self.model.follow(&recorded);
        let told = told.and_then(|()| self.model.compare(&self.views.census, recorded.occurred_at));
        told.map_err(|found| format!("model: {found}"))?;
        world.follow(recorded);
        self.model.agrees(world.state()).map_err(|found| format!("model: {found}"))?;
        self.ledger.agrees(world.state()).map_err(law)?;
        let census = &self.views.census;
        for (visit, ..) in census.visits() {
            if let Some(shown) = census.waiting_room(visit, world.now()) {
                laws::discreet(census, visit, &shown).map_err(law)?;
            }
        }
        Ok(())
    }

    /// A command runs once: its events stand together. An id is remembered for a day; whoever asks
    /// under it after that may have it run again, and nobody else.
    fn once(&mut self, recorded: &Recorded) -> Result<(), String> {
        let Recorded { position, occurred_at, .. } = *recorded;
        let id = recorded.cause.command_id;
        let runs = self.ran.entry(id).or_default();
        if let Some(last) = runs.last_mut() {
            if last.positions.last().is_some_and(|last| last.next() == position) {
                last.positions.push(position);
                return Ok(());
            }
            let asked = self.asked.get(&id).copied().unwrap_or(occurred_at);
            if asked.since(last.since) <= limits::ANSWERED_FOR {
                let (name, ran) = (recorded.event.name(), &last.positions);
                return Err(format!(
                    "twice: a command ran at {ran:?}, and again: {name} at {position}"
                ));
            }
        }
        runs.push(Run { since: occurred_at, positions: vec![position] });
        Ok(())
    }

    /// Strikes off the claims that the present state proves.
    fn prove(&mut self, world: &mut World) {
        self.claims.retain(|claim| match &claim.said {
            Promise::Events(_) => true,
            Promise::Nowhere => world.head() != Position::START,
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
        for claim in std::mem::take(&mut self.claims) {
            let name = claim.command.action.name();
            match claim.said {
                Promise::Events(receipt) => self.kept(world, claim.command.id, name, &receipt)?,
                Promise::Nothing(said) => {
                    let said = said.map(|()| vec![]);
                    let said = answered(&said);
                    return Err(format!("answer: {name}: \"{said}\", which no state says"));
                }
                Promise::Nowhere => {
                    return Err(format!("answer: {name}: no such clinic, and there is one"));
                }
            }
        }
        Ok(())
    }

    /// What was acknowledged is in the log, and is the whole of a run.
    fn kept(
        &self,
        world: &World,
        id: CommandId,
        name: &str,
        receipt: &Receipt,
    ) -> Result<(), String> {
        let stored = |event: &Recorded| {
            let n = usize::try_from(event.position.0).unwrap_or_default();
            world.log().get(n.wrapping_sub(1)) == Some(event)
        };
        if !receipt.events.iter().all(|event| stored(event)) {
            return Err(format!("lost: {name} was acknowledged, and is not in the log"));
        }
        let told: Vec<_> = receipt.events.iter().map(|event| event.position).collect();
        let runs = self.ran.get(&id).map_or(&[][..], Vec::as_slice);
        let whole = runs.iter().any(|run| run.positions == told);
        if !whole || told.last() != Some(&receipt.position) {
            let found = runs.iter().map(|run| &run.positions).collect::<Vec<_>>();
            return Err(format!("answer: {name} was told {told:?}, and ran at {found:?}"));
        }
        Ok(())
    }

    /// The laws of the whole log.
    pub(super) fn finish(&self, world: &World) -> Result<(), String> {
        self.ledger.settled().map_err(|broken| format!("law: {broken}"))?;
        self.model.settled().map_err(|found| format!("model: {found}"))?;
        laws::hold(world.state().id(), world.log()).map_err(|broken| format!("law: {broken}"))
    }

    /// Whether a node shows what the log makes; not yet, if it has gone further.
    pub(super) async fn shown(
        &self,
        nodes: &Nodes,
        node: &Node,
        world: &World,
    ) -> Result<bool, String> {
        let head = world.head();
        let mut why = String::new();
        for _ in 0..ATTEMPTS {
            let read = tokio::select! {
                biased;
                _why = node.gone() => return Ok(true), // it shows nothing
                read = node.engine.read(nodes.clinic, Some(head), Views::clone) => read,
            };
            match read {
                Ok(views) if views == self.views => return Ok(true),
                Ok(views) if views.checkpoint().position > head => return Ok(false),
                Ok(_) => return Err(format!("shown: node {} does not show the log", node.number)),
                Err(EngineError::NoSuchClinic(_)) if world.log().is_empty() => return Ok(true),
                Err(error) => why = error.to_string(),
            }
        }
        Err(format!("shown: node {} shows nothing: {why}", node.number))
    }
}
