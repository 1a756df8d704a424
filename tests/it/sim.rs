//! Days on several engine nodes over one log that fails: nothing acknowledged is lost, nothing happens
//! twice, every node shows the same.

use std::collections::BTreeMap;

use clinic_testkit::sim::{Fault, Plan, Ran};

fn plan(seed: u64) -> Plan {
    Plan { seed, nodes: 3, faults: Fault::ALL.to_vec() }
}

#[test]
fn days_under_every_fault_keep_every_law() {
    let days = if std::env::var_os("CLINIC_LONG").is_some() { 2_000 } else { 200 };
    let mut struck: BTreeMap<Fault, usize> = BTreeMap::new();
    let (mut commands, mut events) = (0, 0);
    for seed in 0..days {
        let ran = plan(seed).run().unwrap_or_else(|found| panic!("{found}"));
        commands += ran.commands;
        events += ran.events;
        for (fault, times) in ran.faults {
            *struck.entry(fault).or_default() += times;
        }
    }
    println!("{days} days, {commands} commands, {events} events, {struck:?}");
    for fault in Fault::ALL {
        assert!(struck.get(&fault).is_some_and(|times| *times > 50), "{fault:?}: {struck:?}");
    }
}

#[test]
fn one_seed_is_one_story() {
    let twice: [Ran; 2] = [7, 7].map(|seed| plan(seed).run().unwrap_or_else(|f| panic!("{f}")));
    assert_eq!(twice[0], twice[1]);
}
