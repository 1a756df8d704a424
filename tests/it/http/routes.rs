//! The description against the rules: a route for each wish, with the limits of the rules.

use std::collections::{BTreeMap, BTreeSet};

use clinic_domain::command::Action;
use clinic_domain::limits;
use serde_json::Value;

/// What policies do by themselves, and nobody asks over HTTP.
const BY_POLICIES: [&str; 5] =
    ["NotePresence", "HoldLostMember", "ExpireTransfer", "EndDay", "CloseNoShow"];

/// The description, as it is served.
pub(super) fn document() -> Value {
    serde_json::to_value(clinic_http::openapi()).expect("a document")
}

/// The paths that take commands: signing in and the like are none.
pub(super) fn posts() -> Vec<String> {
    let document = document();
    let paths = document["paths"].as_object().expect("paths");
    let posts = paths.iter().filter(|(_, path)| path.get("post").is_some());
    let commands = posts.filter(|(_, path)| path["post"]["tags"] != serde_json::json!(["people"]));
    commands.map(|(at, _)| at.clone()).collect()
}

fn kebab(name: &str) -> String {
    let mut word = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !word.is_empty() {
            word.push('-');
        }
        word.push(letter.to_ascii_lowercase());
    }
    word
}

#[test]
fn every_wish_of_a_person_or_the_host_has_a_route_and_no_other_has() {
    let asked = Action::NAMES.iter().filter(|name| !BY_POLICIES.contains(name));
    let wanted: BTreeSet<String> = asked.map(|name| kebab(name)).collect();
    let verb = |path: &String| match path.as_str() {
        "/api/clinics" => "found-clinic".to_owned(),
        // A patient's own way to close her visit.
        other if other.ends_with("/leave") => "close-visit".to_owned(),
        other => other.rsplit('/').next().expect("a last part").to_owned(),
    };
    let posts = posts();
    let found: BTreeSet<String> = posts.iter().map(verb).collect();
    assert_eq!(found, wanted);
    assert_eq!(posts.len(), wanted.len() + 1, "one route each, and one for her who leaves");
}

#[test]
fn every_route_asks_for_an_id_of_the_wish_and_says_what_it_does() {
    let document = document();
    for path in posts() {
        let post = &document["paths"][&path]["post"];
        let summary = post["summary"].as_str().unwrap_or_default();
        assert!(summary.ends_with('.') && !summary.contains('\n'), "{path}: {summary:?}");
        let parameters = post["parameters"].as_array().expect("parameters");
        let asked = parameters.iter().any(|one| one["name"] == "Idempotency-Key");
        assert!(asked, "{path}");
    }
}

#[test]
fn the_description_has_the_limits_of_the_rules() {
    let document = document();
    let mut found = BTreeMap::new();
    for (schema, described) in document["components"]["schemas"].as_object().expect("schemas") {
        let properties = described["properties"].as_object();
        for (name, property) in properties.into_iter().flatten() {
            let limit = property["maxLength"].as_u64().or_else(|| property["maxItems"].as_u64());
            // The largest number of its size is no rule's.
            let sizes = [u64::from(u32::MAX), u64::MAX];
            let most = property["maximum"].as_u64().filter(|most| !sizes.contains(most));
            let limit = limit.or(most);
            if let Some(limit) = limit {
                found.insert(format!("{schema}.{name}"), usize::try_from(limit).expect("small"));
            }
        }
    }
    let (title, host) = (limits::TITLE_CHARS, limits::EXTERNAL_REF_BYTES);
    let (note, notice) = (limits::NOTE_CHARS, limits::TEXT_CHARS);
    let passcode = clinic_http::limits::PASSCODE_CHARS;
    let window = usize::try_from(limits::WINDOW_MAX.0).expect("a day");
    let password = clinic_engine::limits::PASSWORD_CHARS_MAX;
    let wanted = [
        ("AcceptInvitation.name", title),
        ("AcceptInvitation.password", password),
        ("AddMember.external_ref", host),
        ("AddMember.name", title),
        ("AddNote.note", note),
        ("ChangeSlug.slug", limits::SLUG_BYTES),
        ("ChangePassword.new", password),
        ("ChangePassword.old", password),
        ("CheckIn.name", limits::NAME_CHARS),
        ("CheckIn.passcode", passcode),
        ("CheckIn.reason", limits::REASON_CHARS),
        ("CloseAll.why", note),
        ("CloseVisit.why", note),
        ("DeclineTransfer.note", note),
        ("FoundClinic.external_ref", host),
        ("FoundClinic.name", title),
        ("FoundClinic.owner_name", title),
        ("OpenRoom.external_ref", host),
        ("OpenRoom.name", title),
        ("OpenRoom.slug", limits::SLUG_BYTES),
        ("RenameMember.name", title),
        ("RenameRoom.name", title),
        ("SetChecklist.labels", limits::CHECKLIST_LABELS),
        ("SetPasscode.passcode", passcode),
        ("SetPolicy.accept_window_ms", window),
        ("SetPolicy.call_link", limits::LINK_BYTES),
        ("SetPolicy.no_show_after_ms", window),
        ("SetPolicy.queue_limit", usize::try_from(limits::QUEUE_MAX).expect("small")),
        ("SetPolicy.reopen_window_ms", window),
        ("SetPolicy.undo_window_ms", window),
        ("SetTexts.emergency", notice),
        ("SetTexts.office_hours", notice),
        ("SetTexts.welcome", notice),
        ("SignIn.name", title),
        ("SignIn.password", password),
        ("SuspendRoom.message", notice),
        ("TickChecklist.label", limits::LABEL_CHARS),
        ("Transfer.note", note),
    ];
    let wanted = wanted.map(|(field, limit)| (field.to_owned(), limit));
    assert_eq!(found, BTreeMap::from(wanted));
}
