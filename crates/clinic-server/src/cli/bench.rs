//! What a bench is told on the command line.

use clap::Args;

use super::Format;
use crate::limits;

/// What is measured.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Bench {
    /// How many visits go on at once, each served by a receptionist and a provider of its own
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = up_to(limits::BENCH_CLIENTS))]
    pub(crate) clients: usize,
    /// Over how many clinics they are spread
    #[arg(long, value_name = "M", default_value_t = 16, value_parser = up_to(limits::BENCH_CLINICS))]
    pub(crate) clinics: usize,
    /// How many visits there are in all, nine commands each
    #[arg(long, value_name = "V", default_value_t = 10_000, value_parser = up_to(limits::BENCH_VISITS))]
    pub(crate) visits: usize,
    /// In how many rounds, each with its own floor
    #[arg(long, value_name = "R", default_value_t = 5, value_parser = up_to(limits::BENCH_ROUNDS))]
    pub(crate) rounds: usize,
    /// How many nodes serve the clinics, each over connections of its own; more than one needs Postgres
    #[arg(long, value_name = "K", default_value_t = 1, value_parser = up_to(limits::BENCH_NODES))]
    pub(crate) nodes: usize,
    /// Every node serves every clinic, as nodes behind one address do; without it, each has its own
    #[arg(long)]
    pub(crate) same_clinics: bool,
    /// Measure nothing; print each command as it is acknowledged: clinic, command, last position and
    /// number of its events
    #[arg(long)]
    pub(crate) acks: bool,
    /// How to show it
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

fn up_to(most: usize) -> impl Fn(&str) -> Result<usize, String> + Clone {
    move |text| {
        let number = text.parse().ok().filter(|number| (1..=most).contains(number));
        number.ok_or_else(|| format!("must be a whole number from 1 to {most}"))
    }
}
