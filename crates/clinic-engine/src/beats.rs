//! What a node tells other nodes of whom it hears, and is told by them: one task of an engine, for all clinics.

use std::sync::Arc;
use std::time::Duration;

use clinic_domain::ids::ClinicId;
use clinic_domain::time::Timestamp;
use tokio::time::{MissedTickBehavior, interval};

use crate::engine::Node;
use crate::limits;
use crate::news::Desks;
use crate::ports::NodeId;
use crate::sync::lock;

/// Tells and asks until it is dropped.
pub(crate) async fn exchange(node: Arc<Node>, desks: Desks) {
    let clock = Arc::clone(&node.ports.clock);
    let id = NodeId(node.ports.ids.mint(clock.now()));
    let (every, tidy) = [limits::SEEN_EVERY, limits::SEEN_TIDY].map(turns).into();
    let mut soon = interval(Duration::from_millis(limits::SEEN_SOON.0));
    soon.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for turn in 0_u64.. {
        soon.tick().await;
        let now = clock.now();
        if turn.is_multiple_of(tidy) {
            node.signs.tell_all();
            let before = Timestamp(now.0.saturating_sub_unsigned(limits::SEEN_KEPT.0));
            let _next_time = node.ports.seen.forget(before).await;
        }
        if turn.is_multiple_of(every) || node.signs.urgent() {
            tell(&node, id, now).await;
        }
        if turn.is_multiple_of(every) {
            ask(&node, id, now, &desks).await;
        }
    }
}

/// A span in turns of the task.
fn turns(span: clinic_domain::time::Millis) -> u64 {
    span.0 / limits::SEEN_SOON.0
}

async fn tell(node: &Node, id: NodeId, now: Timestamp) {
    let untold = node.signs.take_untold();
    if node.ports.seen.beat(id, now, untold.clone()).await.is_err() {
        node.signs.put_back(untold);
    }
}

/// Asks what others have heard. If they cannot be asked, nobody counts as gone in the meantime.
async fn ask(node: &Node, id: NodeId, now: Timestamp, desks: &Desks) {
    let clinics: Vec<ClinicId> = {
        let desks = lock(desks);
        desks.iter().filter(|(_, desk)| !desk.jobs.is_closed()).map(|(clinic, _)| *clinic).collect()
    };
    if let Ok(told) = node.ports.seen.others(id, &clinics).await {
        node.signs.hear(&clinics, now, told);
    }
}
