//! The description as it is committed: a change of the wire is seen in a diff before a client sees it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::Value;

use super::routes::document;

fn golden(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden").join(file)
}

/// What the golden file holds; it is written anew if that is asked for, for the wire may grow.
fn held(file: &str, now: &str) -> String {
    let path = golden(file);
    if std::env::var_os("CLINIC_BLESS").is_some_and(|set| !set.is_empty()) {
        std::fs::write(&path, now).expect("the golden file is written");
    }
    std::fs::read_to_string(&path).unwrap_or_default()
}

/// Each operation with its path and its verb.
fn operations(document: &Value) -> Vec<(String, &Value)> {
    let paths = document["paths"].as_object().expect("paths");
    let all = paths.iter().flat_map(|(path, verbs)| {
        let verbs = verbs.as_object().expect("verbs");
        verbs.iter().map(move |(verb, operation)| (format!("{verb} {path}"), operation))
    });
    all.collect()
}

#[test]
fn the_description_is_as_committed() {
    let now = format!("{:#}\n", document());
    let same = held("openapi.json", &now) == now;
    assert!(same, "the wire has changed: look at it, then CLINIC_BLESS=1, then look at the diff");
}

#[test]
fn every_kind_of_refusal_has_its_status() {
    let mut now = String::new();
    for (kind, status) in clinic_http::refusals() {
        writeln!(now, "{status} {kind}").expect("a string takes it");
    }
    let committed = held("refusals.txt", &now);
    assert_eq!(committed, now, "place the new refusal: CLINIC_BLESS=1, then look at the diff");
}

#[test]
fn every_operation_is_called_differently_and_stands_in_one_group() {
    let document = document();
    let mut names = BTreeSet::new();
    for (at, operation) in operations(&document) {
        let name = operation["operationId"].as_str().expect("a name");
        assert!(names.insert(name.to_owned()), "{at}: {name} is another's");
        assert_eq!(operation["tags"].as_array().map(Vec::len), Some(1), "{at}");
    }
}

#[test]
fn every_problem_is_described_as_a_problem_document() {
    let document = document();
    for (at, operation) in operations(&document) {
        let answers = operation["responses"].as_object().expect("answers");
        for (status, answer) in answers {
            assert!(answer["description"].as_str().is_some_and(|text| !text.is_empty()), "{at}");
            let kinds: Vec<&String> =
                answer["content"].as_object().into_iter().flat_map(|kinds| kinds.keys()).collect();
            if status == "default" {
                assert_eq!(kinds, ["application/problem+json"], "{at}");
            }
        }
        let anybody = ["get /healthz"].contains(&at.as_str());
        assert!(anybody || answers.contains_key("default"), "{at} says nothing of problems");
    }
}

#[test]
fn every_id_in_a_path_is_a_uuid() {
    let document = document();
    for (at, operation) in operations(&document) {
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            if parameter["in"] == "path" && parameter["name"] != "slug" {
                assert_eq!(parameter["schema"]["format"], "uuid", "{at}: {}", parameter["name"]);
            }
        }
    }
}

/// What is never negative is read as an unsigned number, and a signed format has half of those.
#[test]
fn every_number_that_is_never_negative_is_told_as_large_as_it_is_read() {
    let document = document();
    let schemas = document["components"]["schemas"].as_object().expect("schemas");
    let fields = schemas.values().filter_map(|schema| schema["properties"].as_object());
    let mut numbers: Vec<(&str, &Value)> =
        fields.flatten().map(|(name, described)| (name.as_str(), described)).collect();
    for (_, operation) in operations(&document) {
        for asked in operation["parameters"].as_array().into_iter().flatten() {
            numbers.push((asked["name"].as_str().expect("a name"), &asked["schema"]));
        }
    }
    let mut found = 0;
    for (name, described) in numbers {
        let format = described["format"].as_str().unwrap_or_default();
        if described["minimum"].is_u64() && format.contains("int") {
            found += 1;
            assert!(format.starts_with("uint"), "{name}: {described}");
            assert!(described["maximum"].is_u64(), "{name}: {described}");
        }
    }
    assert!(found > 40, "only {found} were found");
}

/// No text of the rules may be empty: whoever fills in a form by the description is told so.
#[test]
fn every_text_with_a_longest_length_has_a_shortest() {
    let document = document();
    let schemas = document["components"]["schemas"].as_object().expect("schemas");
    let mut found = 0;
    for (schema, described) in schemas {
        for (field, text) in described["properties"].as_object().into_iter().flatten() {
            // A password that is typed is right or wrong, whatever it is.
            if text["maxLength"].is_u64() && text["format"] != "password" {
                found += 1;
                assert!(text["minLength"].is_u64(), "{schema}.{field} may be empty");
            }
        }
    }
    assert!(found > 20, "only {found} were found");
}

/// Asked with no cookie, and with a patient's, an operation says 401 where the description asks for another.
#[test]
fn the_cookies_that_are_asked_for_are_those_that_the_rights_want() {
    // Whether these want a session is not seen in the table: its members have none that could end.
    let by_session = ["POST /api/change-password", "POST /api/sign-out-everywhere"];
    // It has an answer of its own for whoever is not let in.
    let sign_in = "POST /api/sign-in";
    let rights = std::fs::read_to_string(golden("rights.txt")).expect("a table");
    let rows: BTreeMap<&str, Vec<&str>> = rights
        .lines()
        .filter_map(|line| line.split_once(": "))
        .map(|(route, row)| (route, row.split(' ').collect()))
        .collect();
    for (at, operation) in operations(&document()) {
        let asked = operation["security"].as_array().unwrap_or_else(|| panic!("{at} says nothing"));
        let asked: BTreeSet<&str> = asked
            .iter()
            .flat_map(|one| one.as_object().expect("schemes").keys())
            .map(String::as_str)
            .collect();
        let (verb, path) = at.split_once(' ').expect("a verb");
        let route = format!("{} {path}", verb.to_uppercase());
        let row = &rows[route.as_str()];
        let wanted: &[&str] = match row[..] {
            _ if route == sign_in => &[],
            _ if by_session.contains(&route.as_str()) => &["session"],
            ["401", "401", ..] => &["session"],
            ["401", _, .., "401"] => &["visit"],
            ["401", ..] => &["session", "visit"],
            _ => &[],
        };
        assert_eq!(asked, wanted.iter().copied().collect(), "{route}");
    }
}

#[test]
fn every_stream_says_where_it_goes_on() {
    let document = document();
    let mut streams = 0;
    for (at, operation) in operations(&document) {
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let header =
            parameters.filter(|one| one["name"] == "Last-Event-ID" && one["in"] == "header");
        let streamed = operation["responses"]["200"]["content"].get("text/event-stream").is_some();
        assert_eq!(header.count(), usize::from(streamed), "{at}");
        streams += usize::from(streamed);
    }
    assert_eq!(streams, 3);
}

#[test]
fn every_schema_that_is_spoken_of_is_there_and_none_is_there_for_nothing() {
    let document = document();
    let text = document.to_string();
    let schemas = document["components"]["schemas"].as_object().expect("schemas");
    let there: BTreeSet<&str> = schemas.keys().map(String::as_str).collect();
    let start = "#/components/schemas/";
    let spoken: BTreeSet<&str> =
        text.split(start).skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(spoken, there);
}

/// A field of an answer is there and may be null, or is left out and is never null.
#[test]
fn what_may_be_left_out_is_never_null() {
    for (path, source) in sources() {
        let mut lines = source.lines();
        while let Some(line) = lines.next() {
            if line.contains("skip_serializing_if") {
                let next = lines.next().unwrap_or_default().trim();
                assert_eq!(next, "#[schema(nullable = false)]", "{}", path.display());
            }
        }
    }
    let document = document();
    let row = &document["components"]["schemas"]["Row"];
    let (fields, always) = (row["properties"].as_object(), row["required"].as_array());
    assert_eq!(fields.map(serde_json::Map::len), always.map(Vec::len), "{row}");
}

/// Two types of one name would be one schema, and one of them would be described wrongly.
#[test]
fn no_two_types_of_the_wire_have_one_name() {
    let mut found: BTreeMap<String, PathBuf> = BTreeMap::new();
    for (path, source) in sources() {
        for name in described(&source) {
            if let Some(other) = found.insert(name.clone(), path.clone()) {
                panic!("{name} is in {} and in {}", other.display(), path.display());
            }
        }
    }
    assert!(found.len() > 80, "only {} types of the wire were found", found.len());
}

/// Every source of the edge.
fn sources() -> Vec<(PathBuf, String)> {
    let mut folders =
        vec![PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../crates/clinic-http/src")];
    let mut sources = vec![];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let source = std::fs::read_to_string(&path).expect("a source");
                sources.push((path, source));
            }
        }
    }
    sources
}

/// The types of a source that are described: those that derive it, and the words.
fn described(source: &str) -> Vec<String> {
    let mut names = vec![];
    let mut deriving = false;
    for line in source.lines().map(str::trim) {
        let mut words = line.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
        let type_follows = words.by_ref().find(|word| ["struct", "enum"].contains(word));
        if line.starts_with("#[derive(") {
            deriving = line.contains("ToSchema");
        } else if !line.starts_with("#[") && !line.starts_with("//") && type_follows.is_some() {
            let name = words.next().filter(|name| deriving && !name.is_empty());
            names.extend(name.map(str::to_owned));
            deriving = false;
        } else if let Some((word, _)) = line
            .split_once(" for clinic_")
            .filter(|_| line.ends_with('{') && !line.starts_with("impl"))
        {
            names.push(word.to_owned());
        }
    }
    names
}
