//! What a file says by itself, read in the simplest way: no quotes, one kind of time, everything in
//! memory. The import is held to it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use clinic_domain::time::Timestamp;

/// Which column is which, for the oracle alone.
pub(super) struct Shape {
    pub(super) visit: &'static str,
    pub(super) from: &'static str,
    pub(super) to: &'static str,
    pub(super) at: &'static str,
    /// How long the visit was in the room, in hours with up to two decimals.
    pub(super) hours: &'static str,
}

/// A visit in one room: rows that follow each other in one room are one stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stay {
    pub(super) room: String,
    pub(super) from: Timestamp,
    pub(super) until: Option<Timestamp>,
    /// What the file's own column says, in milliseconds, and of how many rows.
    pub(super) told: i64,
    pub(super) rows: i64,
}

/// A file, understood.
pub(super) struct Oracle {
    pub(super) text: String,
    /// The stays of each visit, in order.
    pub(super) visits: BTreeMap<String, Vec<Stay>>,
    /// The lines that move a visit to the room it is in.
    pub(super) unmoved: Vec<u64>,
    pub(super) rows: u64,
    /// All instants at which something happens.
    pub(super) instants: Vec<Timestamp>,
}

impl Oracle {
    pub(super) fn read(path: &Path, shape: &Shape) -> Self {
        let text = fs::read_to_string(path).unwrap();
        let mut lines = text.lines();
        let header: Vec<&str> = lines.next().unwrap().split(',').collect();
        let place = |name| header.iter().position(|column| *column == name).unwrap();
        let [visit, from, to, at, hours] =
            [shape.visit, shape.from, shape.to, shape.at, shape.hours].map(place);
        let mut rows = vec![];
        for (number, line) in (2_u64..).zip(lines) {
            let fields: Vec<&str> = line.split(',').collect();
            let at = Timestamp::parse(&fields[at].replacen(' ', "T", 1)).unwrap();
            rows.push((at, number, fields));
        }
        rows.sort();
        let mut visits: BTreeMap<String, Vec<Stay>> = BTreeMap::new();
        let mut unmoved = vec![];
        for (at, line, fields) in &rows {
            let stays = visits.entry(fields[visit].to_owned()).or_default();
            let told = thousandths_of_hours(fields[hours]);
            if let Some(stay) = stays.last_mut() {
                assert_eq!(stay.room, fields[from], "line {line}");
                if fields[from] == fields[to] {
                    unmoved.push(*line);
                    stay.told += told;
                    stay.rows += 1;
                    continue;
                }
                stay.until = Some(*at);
            }
            if !fields[to].is_empty() {
                let room = fields[to].to_owned();
                stays.push(Stay { room, from: *at, until: None, told, rows: 1 });
            }
        }
        unmoved.sort_unstable();
        let mut instants: Vec<Timestamp> = rows.iter().map(|(at, ..)| *at).collect();
        instants.dedup();
        let count = u64::try_from(rows.len()).unwrap();
        Self { visits, unmoved, rows: count, instants, text }
    }

    /// Who is in which room right after everything that happens at `instant`.
    pub(super) fn inside(&self, instant: Timestamp) -> BTreeMap<&str, BTreeSet<&str>> {
        let mut inside: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (visit, stays) in &self.visits {
            let there = |stay: &&Stay| {
                stay.from <= instant && stay.until.is_none_or(|until| until > instant)
            };
            if let Some(stay) = stays.iter().find(there) {
                inside.entry(&stay.room).or_default().insert(visit);
            }
        }
        inside
    }
}

/// `39.18` hours are 141,048,000 milliseconds.
fn thousandths_of_hours(hours: &str) -> i64 {
    let (whole, decimals) = hours.split_once('.').unwrap_or((hours, ""));
    let hundredths = format!("{whole}{decimals:0<2}");
    hundredths.parse::<i64>().map_or(0, |hundredths| hundredths * 36_000)
}
