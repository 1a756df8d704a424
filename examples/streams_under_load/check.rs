//! Each stream against the log, read by the command line when the server has stopped.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::Failed;
use crate::clinic::Clinic;
use crate::figures::percentiles;
use crate::reader::Read;

/// Holds the streams of a clinic's rooms to its log.
pub(crate) fn clinic(
    program: &Path,
    log: &Path,
    clinic: &Clinic,
    read: &[Read],
) -> Result<(), Failed> {
    let log = format!("sqlite:{}", log.display());
    let printed = Command::new(program)
        .args(["log", "--log", &log, "--clinic", &clinic.name, "--format", "json"])
        .output()?;
    let events: Value = serde_json::from_slice(&printed.stdout)?;
    let seen = seen_in(&events)?;
    for reader in read {
        let Read::Room { room, first, visits, .. } = reader else { continue };
        let Some(seen) = seen.get(room) else { continue };
        let expected: Vec<u64> = seen.range(first + 1..).copied().collect();
        if *visits != expected {
            let missing: Vec<_> = expected.iter().filter(|p| !visits.contains(p)).collect();
            return Err(format!("room {room} missed {missing:?} or was told more").into());
        }
    }
    Ok(())
}

/// The positions of visits' events by room: where the visit was right before, and where it is then.
fn seen_in(events: &Value) -> Result<BTreeMap<String, BTreeSet<u64>>, Failed> {
    let mut rooms: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
    let mut place: BTreeMap<String, String> = BTreeMap::new();
    let list = events.as_array().or_else(|| events["events"].as_array()).ok_or("no list")?;
    for event in list {
        let name = event["event_type"].as_str().unwrap_or_default();
        if event["aggregate_type"] != "PatientVisit" {
            continue;
        }
        let visit = event["aggregate_id"].as_str().ok_or("no visit")?.to_owned();
        let position = event["position"].as_u64().ok_or("no position")?;
        let arrives = match name {
            "CheckedIn" => event["payload"][name]["room"].as_str(),
            "Transferred" => event["payload"][name]["to"].as_str(),
            _ => None,
        };
        let left = place.get(&visit).cloned();
        if let Some(room) = arrives {
            place.insert(visit.clone(), room.to_owned());
        }
        for room in left.iter().chain(place.get(&visit)) {
            rooms.entry(room.clone()).or_default().insert(position);
        }
    }
    Ok(rooms)
}

/// Tells what all readers were told.
pub(crate) fn tell(read: &[Read]) {
    let (mut rooms, mut messages, mut all, mut patients, mut pages) = (0, 0, vec![], 0, 0);
    for reader in read {
        match reader {
            Read::Room { took, messages: count, .. } => {
                rooms += 1;
                messages += count;
                all.extend_from_slice(took);
            }
            Read::Patient { shown } => {
                patients += 1;
                pages += shown;
            }
        }
    }
    crate::tell(&format!("{rooms} streams of rooms: {messages} messages, each once and in order"));
    crate::tell(&format!("{patients} streams of patients: {pages} waiting rooms, none twice"));
    crate::tell(&format!("from an event's instant to its readers: {}", percentiles(all)));
}
