//! Many days: on all cores, told in their order.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;

use super::{Fault, Found, Plan, Ran};

/// What many simulated days came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Days {
    /// How many there were.
    pub days: u64,
    /// Commands that were answered.
    pub commands: usize,
    /// Those of them that were granted, and did something.
    pub granted: usize,
    /// Events in their logs.
    pub events: usize,
    /// How often each fault struck.
    pub faults: BTreeMap<Fault, usize>,
}

impl Days {
    fn add(&mut self, ran: &Ran) {
        self.days += 1;
        self.commands += ran.commands;
        self.granted += ran.granted;
        self.events += ran.events;
        for (fault, times) in &ran.faults {
            *self.faults.entry(*fault).or_default() += times;
        }
    }
}

/// Runs the days of so many seeds, the plan's and those behind it, and tells of each in its turn.
///
/// # Errors
/// What was found on the first day on which a law does not hold.
pub fn run_days(plan: &Plan, days: u64, mut tell: impl FnMut(u64, &Ran)) -> Result<Days, Found> {
    let (next, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    let (report, reports) = mpsc::channel();
    let work = |report: mpsc::Sender<(u64, Result<Ran, Found>)>| {
        loop {
            let day = next.fetch_add(1, Ordering::SeqCst);
            if day >= days || stop.load(Ordering::SeqCst) {
                return;
            }
            let seed = plan.seed.wrapping_add(day);
            let ran = Plan { seed, ..plan.clone() }.run();
            // Whoever found something has stopped listening.
            let _unheard = report.send((day, ran));
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
                tell(plan.seed.wrapping_add(sum.days), &ran);
                sum.add(&ran);
            }
        }
        Ok(sum)
    })
}
