//! No event and no refusal without a spec: this reads the specs themselves.

use clinic_domain::clinic::{ClinicEvent, ClinicRefusal};
use clinic_domain::room::{RoomEvent, RoomRefusal};
use clinic_domain::transfer::{TransferEvent, TransferRefusal};
use clinic_domain::visit::{VisitEvent, VisitRefusal};

const CLINIC: &[&str] = &[include_str!("clinic.rs")];
const ROOM: &[&str] = &[include_str!("room.rs"), include_str!("room/door.rs")];
const VISIT: &[&str] = &[
    include_str!("visit.rs"),
    include_str!("visit/closing.rs"),
    include_str!("visit/moving.rs"),
    include_str!("visit/order.rs"),
];
const TRANSFER: &[&str] = &[include_str!("transfer.rs")];

/// Refusals that only a whole clinic can give, with the file that tells them.
const ELSEWHERE: &[(&str, &str)] =
    &[("TransferRefusal::OtherVisit", include_str!("../cases/transfers.rs"))];

#[test]
fn every_event_is_the_outcome_of_a_spec() {
    let mut missing = vec![];
    missing.extend(untold("ClinicEvent", ClinicEvent::NAMES, CLINIC, &["then("]));
    missing.extend(untold("RoomEvent", RoomEvent::NAMES, ROOM, &["then("]));
    missing.extend(untold("VisitEvent", VisitEvent::NAMES, VISIT, &["then("]));
    missing.extend(untold("TransferEvent", TransferEvent::NAMES, TRANSFER, &["then("]));
    assert!(missing.is_empty(), "no spec has as its outcome: {missing:?}");
}

#[test]
fn every_refusal_is_the_outcome_of_a_spec() {
    // A door answers by itself, without a command: what it says is compared.
    let said = &["then_refused(", "assert_eq!("];
    let mut missing = vec![];
    missing.extend(untold("ClinicRefusal", ClinicRefusal::NAMES, CLINIC, said));
    missing.extend(untold("RoomRefusal", RoomRefusal::NAMES, ROOM, said));
    missing.extend(untold("VisitRefusal", VisitRefusal::NAMES, VISIT, said));
    missing.extend(untold("TransferRefusal", TransferRefusal::NAMES, TRANSFER, said));
    missing.retain(|name| {
        let file = ELSEWHERE.iter().find(|(told, _)| told == name).map(|(_, file)| file);
        !file.is_some_and(|file| outcomes(file, &["refuses("]).iter().any(|text| tells(text, name)))
    });
    assert!(missing.is_empty(), "no spec is refused with: {missing:?}");
}

/// The variants that no outcome in `files` names.
fn untold(kind: &str, names: &[&str], files: &[&str], said: &[&str]) -> Vec<String> {
    let told: Vec<&str> = files.iter().flat_map(|file| outcomes(file, said)).collect();
    let full = names.iter().map(|name| format!("{kind}::{name}"));
    full.filter(|name| !told.iter().any(|text| tells(text, name))).collect()
}

/// Whether `text` names `name`, and not merely something that begins like it.
fn tells(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let next = text[at + name.len()..].chars().next();
        !next.is_some_and(|next| next.is_alphanumeric() || next == '_')
    })
}

/// What stands between the parentheses of each call of one of `said`.
fn outcomes<'a>(file: &'a str, said: &[&str]) -> Vec<&'a str> {
    let starts =
        said.iter().flat_map(|said| file.match_indices(said).map(|(at, _)| at + said.len()));
    starts.map(|start| balanced(&file[start..])).collect()
}

/// `text` up to the parenthesis that closes what was open before it.
fn balanced(text: &str) -> &str {
    let mut depth = 1_usize;
    for (at, letter) in text.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &text[..at];
        }
    }
    text
}
