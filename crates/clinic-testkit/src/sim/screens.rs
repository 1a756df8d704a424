//! Live readers: each follows the log through some node, folds what it is given, and has to show what
//! the log makes. Its wire redelivers and reorders; a gap makes it read anew from where it stands.

use std::sync::Arc;
use std::time::Duration;

use clinic_domain::event::Recorded;
use clinic_domain::ids::Position;
use clinic_engine::Feed;
use clinic_projections::views::Views;

use super::faults::Fault;
use super::nodes::{Node, Nodes};

/// How long a reader waits for what has been committed. News is late by less than a second, and may
/// be late more than once.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often it turns to another node before the simulation is stuck.
const TURNS: usize = 100;

/// A live reader.
#[derive(Default)]
pub(super) struct Screen {
    wire: Option<(Arc<Node>, Feed)>,
    views: Views,
    /// The last event that was shown.
    at: Position,
}

impl Screen {
    /// Reads until it shows all of `log`, and compares.
    pub(super) async fn catch_up(
        &mut self,
        nodes: &Nodes,
        log: &[Recorded],
        views: &Views,
    ) -> Result<(), String> {
        let head = log.last().map_or(Position::START, |last| last.position);
        let mut turns = 0;
        while self.at < head {
            if turns > TURNS {
                return Err(format!("shown: no node gives a live reader more than {}", self.at));
            }
            turns += 1;
            let Some((node, feed)) = &mut self.wire else {
                self.wire = self.subscribe(nodes).await?;
                continue;
            };
            let behind = feed.position();
            let next = tokio::select! {
                biased;
                _why = node.gone() => None,
                next = tokio::time::timeout(PATIENCE, feed.next()) => Some(next),
            };
            let mut given = match next {
                None | Some(Ok(Err(_))) => {
                    self.wire = None; // it died, or cannot read
                    continue;
                }
                Some(Err(_)) => {
                    let node = node.number;
                    return Err(format!(
                        "shown: node {node} gives a live reader nothing behind {behind}"
                    ));
                }
                Some(Ok(Ok(event))) => vec![event],
            };
            if given[0].position != behind.next() {
                let (node, got) = (node.number, given[0].position);
                return Err(format!(
                    "shown: node {node} gives a live reader {got} behind {behind}"
                ));
            }
            if given[0].position < head && nodes.dice.strikes(Fault::Reordering, 25) {
                let next = tokio::time::timeout(PATIENCE, feed.next()).await;
                given.splice(0..0, next.ok().and_then(Result::ok));
            }
            for event in given {
                self.show(&event, log)?;
            }
            turns = 0;
        }
        if self.views == *views {
            return Ok(());
        }
        Err(format!("shown: a live reader at {head} does not show what the log makes"))
    }

    async fn subscribe(&self, nodes: &Nodes) -> Result<Option<(Arc<Node>, Feed)>, String> {
        let node = nodes.any();
        let again = self.at > Position::START && nodes.dice.strikes(Fault::Redelivery, 3);
        let back = if again { 1 + nodes.dice.pick(20) } else { 0 };
        let after = Position(self.at.0.saturating_sub(back));
        let feed = tokio::select! {
            biased;
            _why = node.gone() => return Ok(None),
            feed = node.engine.subscribe(nodes.clinic, after) => feed.ok(),
        };
        Ok(feed.map(|feed| (node, feed)))
    }

    /// What was shown before changes nothing; what leaves a gap is not shown.
    fn show(&mut self, event: &Recorded, log: &[Recorded]) -> Result<(), String> {
        if event.position > self.at.next() {
            self.wire = None;
            return Ok(());
        }
        let place = usize::try_from(event.position.0).unwrap_or_default().wrapping_sub(1);
        if log.get(place) != Some(event) {
            return Err(format!(
                "shown: a live reader is given another {} than the log's",
                event.position
            ));
        }
        self.views.apply(event);
        self.at = self.at.max(event.position);
        Ok(())
    }

    /// Turns away from its node.
    pub(super) fn reconnect(&mut self) {
        self.wire = None;
    }
}
