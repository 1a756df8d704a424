//! What a bench is told on the command line.

use clap::Args;

use super::Format;

/// What is measured.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Bench {
    /// How many visits go on at once, each served by a receptionist and a provider of its own
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = at_least_one)]
    pub(crate) clients: usize,
    /// Over how many clinics they are spread
    #[arg(long, value_name = "M", default_value_t = 16, value_parser = at_least_one)]
    pub(crate) clinics: usize,
    /// How many visits there are in all, nine commands each
    #[arg(long, value_name = "V", default_value_t = 10_000, value_parser = at_least_one)]
    pub(crate) visits: usize,
    /// In how many rounds, each with its own floor
    #[arg(long, value_name = "R", default_value_t = 5, value_parser = at_least_one)]
    pub(crate) rounds: usize,
    /// Measure nothing; print each command as it is acknowledged: clinic, command, last position and
    /// number of its events
    #[arg(long)]
    pub(crate) acks: bool,
    /// How to show it
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

fn at_least_one(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| "must be a whole number of at least 1".to_owned())
}
