//! What a simulation is told on the command line.

use std::collections::BTreeSet;

use clap::Args;
use clinic_testkit::sim::Fault;

use super::Format;
use crate::limits;

/// Which days are simulated.
#[derive(Args, Clone, Debug)]
pub(crate) struct Simulate {
    /// The seed of the first day; the next day has the next one
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// How many days
    #[arg(long, value_name = "D", default_value_t = 100,
        value_parser = clap::value_parser!(u64).range(1..=limits::SIMULATED_DAYS))]
    pub(crate) days: u64,
    /// What may go wrong: names with commas between them, all or none
    #[arg(long, value_name = "LIST", default_value = "all", value_parser = faults)]
    pub(crate) faults: Faults,
    /// How many nodes work on the one log
    #[arg(long, value_name = "K", default_value_t = 3,
        value_parser = clap::value_parser!(u64).range(1..=limits::SIMULATED_NODES))]
    pub(crate) nodes: u64,
    /// Tell each day, line by line
    #[arg(long)]
    pub(crate) story: bool,
    /// How to show it
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

/// Faults, as they are typed. A type of its own, for clap takes a list for an option given often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Faults(pub(crate) Vec<Fault>);

fn faults(text: &str) -> Result<Faults, String> {
    match text {
        "all" => return Ok(Faults(Fault::ALL.to_vec())),
        "none" => return Ok(Faults(vec![])),
        "" => return Err("name some, or say all or none".to_owned()),
        _ => {}
    }
    let named = |name: &str| {
        let name = name.trim();
        Fault::named(name).ok_or_else(|| {
            let known: Vec<&str> = Fault::ALL.into_iter().map(Fault::name).collect();
            format!("no fault is called {name:?}; there are {}, all and none", known.join(", "))
        })
    };
    let asked = text.split(',').map(named).collect::<Result<BTreeSet<_>, _>>()?;
    Ok(Faults(Fault::ALL.into_iter().filter(|fault| asked.contains(fault)).collect()))
}
