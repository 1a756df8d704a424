//! Many days: on all cores, told in their order.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;

use super::{Found, Plan, Ran};

/// What many simulated days came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Days {
    /// How many there were.
    pub days: u64,
    /// What they came to together; nobody tells the story of them all.
    pub ran: Ran,
}

impl Days {
    fn add(&mut self, ran: &Ran) {
        self.days += 1;
        let sum = &mut self.ran;
        sum.commands += ran.commands;
        sum.granted += ran.granted;
        sum.events += ran.events;
        sum.raced += ran.raced;
        sum.together += ran.together;
        for (fault, times) in &ran.faults {
            *sum.faults.entry(*fault).or_default() += times;
        }
    }
}

/// Days that are done and wait for those before them.
const EARLY: usize = 64;

/// Runs the days of so many seeds, the plan's and those behind it, and tells of each in its turn, until
/// whoever is told has heard enough.
///
/// # Errors
/// What was found on the first day on which a law does not hold.
pub fn run_days(
    plan: &Plan,
    days: u64,
    mut tell: impl FnMut(u64, &Ran) -> ControlFlow<()>,
) -> Result<Days, Found> {
    let (next, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    let (report, reports) = mpsc::sync_channel(EARLY);
    let work = |report: mpsc::SyncSender<(u64, Result<Ran, Found>)>| {
        loop {
            let day = next.fetch_add(1, Ordering::SeqCst);
            if day >= days || stop.load(Ordering::SeqCst) {
                return;
            }
            let seed = plan.seed.wrapping_add(day);
            let ran = Plan { seed, ..plan.clone() }.run();
            if report.send((day, ran)).is_err() {
                return; // nobody listens any more
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, NonZero::get) {
            let report = report.clone();
            scope.spawn(|| work(report));
        }
        drop(report);
        let (mut early, mut sum) = (BTreeMap::new(), Days::default());
        for (day, ran) in reports {
            early.insert(day, ran);
            while let Some(ran) = early.remove(&sum.days) {
                let ran = ran.inspect_err(|_| stop.store(true, Ordering::SeqCst))?;
                let more = tell(plan.seed.wrapping_add(sum.days), &ran);
                sum.add(&ran);
                if more.is_break() {
                    stop.store(true, Ordering::SeqCst);
                    return Ok(sum);
                }
            }
        }
        Ok(sum)
    })
}
