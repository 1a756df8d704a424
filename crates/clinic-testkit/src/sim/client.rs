//! A client: somebody who asks one node after another, under one id, until one knows.

use std::sync::Arc;
use std::time::Duration;

use clinic_domain::command::Command;
use clinic_domain::refusal::Refusal;
use clinic_domain::time::Timestamp;
use clinic_engine::{Broken, EngineError, Receipt, Request};

use super::nodes::{Node, Nodes};
use crate::world::Answer;

/// How often a command is asked before the simulation is stuck.
const ATTEMPTS: usize = 200;

/// How long a client waits before it asks another node. The first one goes on with it.
const PATIENCE: Duration = Duration::from_secs(2);

/// What a client was told at last.
pub(super) struct Told {
    pub(super) said: Said,
    /// What time it was to the node that said so.
    pub(super) shown: Vec<Timestamp>,
    /// Where it asked, and what came of it.
    pub(super) asked: Vec<String>,
}

impl Told {
    /// The answer, as a world gives it. Where there is no clinic, nothing happens.
    pub(super) fn answer(&self) -> Answer {
        match &self.said {
            Said::Granted(receipt) => {
                Ok(receipt.events.iter().map(|event| (**event).clone()).collect())
            }
            Said::Refused(refusal) => Err(refusal.clone()),
            Said::Nowhere => Ok(vec![]),
        }
    }
}

/// The answer.
pub(super) enum Said {
    Granted(Receipt),
    Refused(Refusal),
    /// There is no such clinic.
    Nowhere,
}

/// Asks until a node knows.
pub(super) async fn ask(nodes: Arc<Nodes>, command: Command) -> Result<Told, String> {
    let mut asked = vec![];
    for _ in 0..ATTEMPTS {
        let node = nodes.any();
        let said = match at(&nodes, &node, &command).await {
            Ok(said) => said,
            Err(why) => {
                asked.push(format!("node {}: {why}", node.number));
                continue;
            }
        };
        asked.push(format!("node {}", node.number));
        return Ok(Told { said, shown: node.shown(), asked });
    }
    let last = asked.last().map_or("nothing", String::as_str);
    let name = command.action.name();
    Err(format!("stuck: {name} is not answered after {ATTEMPTS} times, last {last}"))
}

/// Asks one node; why not, if it does not know.
async fn at(nodes: &Nodes, node: &Node, command: &Command) -> Result<Said, String> {
    let (actor, action) = (command.actor.clone(), command.action.clone());
    let request = Request::new(command.id, actor, action);
    let answer = tokio::select! {
        biased;
        why = node.gone() => return Err(why.to_owned()),
        answer = tokio::time::timeout(PATIENCE, node.engine.execute(nodes.clinic, request)) => answer,
    };
    match answer {
        Err(_) => Err("takes too long".to_owned()),
        Ok(Ok(receipt)) => Ok(Said::Granted(receipt)),
        Ok(Err(EngineError::Refused(refusal))) => Ok(Said::Refused(refusal)),
        Ok(Err(EngineError::NoSuchClinic(_))) => Ok(Said::Nowhere),
        Ok(Err(error)) => {
            let jumped = matches!(error, EngineError::Broken(Broken::ClockJumped { .. }));
            if jumped && nodes.dice.pick(4) == 0 {
                nodes.corrects_clock(node);
            }
            Err(error.to_string())
        }
    }
}
