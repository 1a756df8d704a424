//! Days on several engine nodes over one log that fails: nothing acknowledged is lost, nothing happens
//! twice, every node shows the same.

use std::ops::ControlFlow;
use std::sync::Arc;

use clinic_engine::Ports;
use clinic_engine::ports::MemorySeen;
use clinic_testkit::sim::{Fault, Plan, Plug, Ran, run_days};

#[test]
fn days_under_every_fault_keep_every_law() {
    let days = if std::env::var_os("CLINIC_LONG").is_some() { 10_000 } else { 500 };
    let ran = run_days(&Plan::new(0), days, |_, _| ControlFlow::Continue(()))
        .unwrap_or_else(|found| panic!("{found}"));
    println!("{ran:?}");
    assert_eq!(ran.days, days);
    let ran = ran.ran;
    // Nodes race, and decide several commands at once, or the days prove little.
    assert!(ran.raced > 500 && ran.together > 500, "{} races, {} batches", ran.raced, ran.together);
    for fault in Fault::ALL {
        let times = ran.faults.get(&fault).copied().unwrap_or_default();
        assert!(times >= 500, "{fault}: {times} in {days} days");
    }
}

/// Days on which the simulator found something, and what.
const FOUND: [(u64, &str); 1] =
    [(1, "a node that lay still for two days ran a command again, whose id was forgotten by then")];

#[test]
fn days_that_broke_a_law_once_break_none_now() {
    for (seed, what) in FOUND {
        Plan::new(seed).run().unwrap_or_else(|found| panic!("again {what}? {found}"));
    }
}

/// Nodes tell each other whom they hear: all of them may note that somebody is gone, and it happens once.
#[test]
fn days_on_nodes_that_hear_each_other_keep_every_law() {
    let (mut gone, mut back) = (0, 0);
    for seed in 0..100 {
        let seen = Arc::new(MemorySeen::default());
        let plug = move |ports| Ports { seen: Arc::<MemorySeen>::clone(&seen), ..ports };
        let plan = Plan { ports: Plug(Arc::new(plug)), ..Plan::new(seed) };
        let ran = plan.run().unwrap_or_else(|found| panic!("{found}"));
        let told = |what: &str| ran.story.iter().filter(|line| line.contains(what)).count();
        gone += told("policy presence: PatientWentOffline");
        back += told("policy presence: PatientCameOnline");
    }
    assert!(gone > 50 && back > 0, "{gone} went and {back} came: the days prove little");
}

#[test]
fn one_seed_is_one_story() {
    let twice: [Ran; 2] =
        [7, 7].map(|seed| Plan::new(seed).run().unwrap_or_else(|found| panic!("{found}")));
    assert_eq!(twice[0], twice[1]);
}

#[test]
fn without_faults_every_command_is_answered_by_the_first_node_asked() {
    let plan = Plan { faults: vec![], ..Plan::new(1) };
    let ran = plan.run().unwrap_or_else(|found| panic!("{found}"));
    assert!(ran.faults.is_empty());
    let again = |line: &&String| line.contains(", node");
    assert_eq!(ran.story.iter().find(again), None);
}
