//! What the bench prints.

use serde::Serialize;

use super::Reads;
use super::journey::Ran;
use crate::cli::Bench;
use crate::open::Scanned;

/// The figures. Those that a log has none of are absent.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    clients: usize,
    clinics: usize,
    visits: usize,
    /// Commands acknowledged.
    commands: usize,
    /// Acknowledged per second: median of the rounds.
    commands_per_s: u64,
    /// Half of the commands took no longer, in microseconds.
    p50_us: u64,
    /// All but one in a hundred.
    p99_us: u64,
    /// Commands' worth of the same rows, inserted raw: median of the rounds.
    floor_per_s: Option<u64>,
    /// Of each round: commands per second in parts of a thousand of its floor; the median.
    ratio: Option<f64>,
    /// Events per second into all folds, warm: median.
    replay_events_per_s: u64,
    /// The same, the first time in this process.
    replay_first_events_per_s: u64,
    /// Events per second read and touched, nothing made of them: median.
    scan_events_per_s: Option<u64>,
    /// Replay in parts of the scan beside it; the median.
    replay_ratio: Option<f64>,
    /// Microseconds to see a clinic as it was: median.
    as_of_us: u64,
    /// The same, all but one in a hundred.
    as_of_p99_us: u64,
    /// Events in the clinics of this run.
    events: u64,
    /// Bytes of all columns of an event, on average.
    bytes_per_event: Option<u64>,
}

impl Report {
    pub(super) fn of(load: &Bench, ran: &[Ran], floors: &[u64], reads: &Reads) -> Self {
        let rates: Vec<u64> = ran.iter().map(per_s).collect();
        let mut latencies: Vec<u64> = ran.iter().flat_map(|ran| ran.latencies.clone()).collect();
        latencies.sort_unstable();
        let Scanned { events, bytes } = reads.scanned;
        let warm = reads.replays.get(1..).unwrap_or_default();
        let mut as_of = reads.as_of.clone();
        as_of.sort_unstable();
        Self {
            clients: load.clients,
            clinics: load.clinics,
            visits: load.visits,
            commands: ran.iter().map(|ran| ran.commands).sum(),
            commands_per_s: median(&rates).unwrap_or(0),
            p50_us: at_most(&latencies, 50),
            p99_us: at_most(&latencies, 99),
            floor_per_s: median(floors),
            ratio: ratio(&rates, floors),
            replay_events_per_s: median(warm).unwrap_or(0),
            replay_first_events_per_s: reads.replays.first().copied().unwrap_or(0),
            scan_events_per_s: median(&reads.scans),
            replay_ratio: ratio(warm, reads.scans.get(1..).unwrap_or_default()),
            as_of_us: at_most(&as_of, 50),
            as_of_p99_us: at_most(&as_of, 99),
            events: reads.events,
            bytes_per_event: (events > 0).then(|| bytes / events.max(1)),
        }
    }

    /// A line for each figure.
    pub(super) fn lines(&self) -> Vec<String> {
        let (names, values) = self.record();
        let line = |(name, value): (&str, String)| format!("{name:>26}  {value}");
        names.into_iter().zip(values).map(line).collect()
    }

    /// The figures by name.
    pub(super) fn record(&self) -> (Vec<&'static str>, Vec<String>) {
        let maybe = |value: Option<u64>| value.map_or_else(String::new, |value| value.to_string());
        let part = |value: Option<f64>| value.map_or_else(String::new, |part| format!("{part:.2}"));
        [
            ("clients", self.clients.to_string()),
            ("clinics", self.clinics.to_string()),
            ("visits", self.visits.to_string()),
            ("commands", self.commands.to_string()),
            ("commands_per_s", self.commands_per_s.to_string()),
            ("p50_us", self.p50_us.to_string()),
            ("p99_us", self.p99_us.to_string()),
            ("floor_per_s", maybe(self.floor_per_s)),
            ("ratio", part(self.ratio)),
            ("replay_events_per_s", self.replay_events_per_s.to_string()),
            ("replay_first_events_per_s", self.replay_first_events_per_s.to_string()),
            ("scan_events_per_s", maybe(self.scan_events_per_s)),
            ("replay_ratio", part(self.replay_ratio)),
            ("as_of_us", self.as_of_us.to_string()),
            ("as_of_p99_us", self.as_of_p99_us.to_string()),
            ("events", self.events.to_string()),
            ("bytes_per_event", maybe(self.bytes_per_event)),
        ]
        .into_iter()
        .unzip()
    }
}

fn per_s(ran: &Ran) -> u64 {
    let commands = u64::try_from(ran.commands).unwrap_or(u64::MAX);
    commands.saturating_mul(1_000_000) / ran.took.max(1)
}

pub(super) fn median(values: &[u64]) -> Option<u64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied()
}

/// The median of each value's part of the one beside it, to three decimals.
fn ratio(values: &[u64], of: &[u64]) -> Option<f64> {
    let parts = values.iter().zip(of).map(|(value, of)| value.saturating_mul(1_000) / of.max(&1));
    let parts: Vec<u64> = parts.collect();
    Some(f64::from(u32::try_from(median(&parts)?).unwrap_or(u32::MAX)) / 1_000.0)
}

fn at_most(sorted: &[u64], percent: usize) -> u64 {
    let place = sorted.len().saturating_mul(percent).div_ceil(100).saturating_sub(1);
    sorted.get(place).copied().unwrap_or(0)
}
