//! News of a log that others write to: one task of an engine waits for word of it, and looks now and then for
//! what nobody told, for all its clinics at once. Deciders are handed what concerns them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use clinic_domain::ids::{ClinicId, Position};
use tokio::time::{MissedTickBehavior, interval};

use crate::desk::{Desk, Job};
use crate::limits;
use crate::ports::EventLog;
use crate::sync::lock;

/// The desks of an engine, by clinic.
pub(crate) type Desks = Arc<Mutex<BTreeMap<ClinicId, Desk>>>;

/// Follows the log until it is dropped.
pub(crate) async fn follow(log: Arc<dyn EventLog>, desks: Desks) {
    let mut looks = interval(Duration::from_millis(limits::POLL.0));
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            // In this order: who is told much still looks.
            biased;
            _ = looks.tick() => look(log.as_ref(), &desks).await,
            told = log.told() => hand_out(&desks, &news(&desks, told)),
        }
    }
}

/// Asks which clinics have moved. A log that cannot tell now is asked again at the next look.
async fn look(log: &dyn EventLog, desks: &Desks) {
    let known: Vec<(ClinicId, Position)> = {
        let desks = lock(desks);
        let ready = desks.iter().filter(|(_, desk)| desk.is_ready() && !desk.jobs.is_closed());
        ready.map(|(clinic, desk)| (*clinic, *desk.head.borrow())).collect()
    };
    for some in known.chunks(limits::MOVED_AT_ONCE) {
        if let Ok(moved) = log.moved(some).await {
            hand_out(desks, &moved);
        }
    }
}

/// The clinics of which something is told that has not been met under a lock or at a look since.
fn news(desks: &Desks, told: Vec<(ClinicId, Position)>) -> Vec<ClinicId> {
    let desks = lock(desks);
    let known = |clinic| desks.get(&clinic).map(|desk| *desk.head.borrow());
    let news = told.into_iter().filter(|(clinic, to)| known(*clinic).is_some_and(|at| at < *to));
    news.map(|(clinic, _)| clinic).collect()
}

/// Has the deciders of these clinics follow, as far as they are in memory.
fn hand_out(desks: &Desks, moved: &[ClinicId]) {
    let desks = lock(desks);
    for desk in moved.iter().filter_map(|clinic| desks.get(clinic)) {
        // Whose desk is full is told at the next look, if it has not met the news by then.
        let _full = desk.jobs.try_send(Job::Follow(None));
    }
}
