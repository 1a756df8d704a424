//! Every answer in these tests is held against what the description says of it: no field that is not
//! described, none left out that is always there, nothing of another kind.

use std::sync::OnceLock;

use axum::http::Method;
use serde_json::Value;

use super::routes::document;

/// Holds an answer against the description.
pub(super) fn holds(method: &Method, path: &str, status: u16, body: &Value) -> Result<(), String> {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    let document = DOCUMENT.get_or_init(document);
    let verb = method.as_str().to_ascii_lowercase();
    let Some(operation) = operation(document, &verb, path) else { return Ok(()) };
    let answers = &operation["responses"];
    let described = answers.get(status.to_string()).unwrap_or(&answers["default"]);
    let content = described["content"].as_object().and_then(|kinds| kinds.values().next());
    match content {
        None if body.is_null() => Ok(()),
        None => Err(format!("{status} has no body in the description: {body}")),
        Some(content) => fits(document, &content["schema"], body, ""),
    }
}

fn operation<'d>(document: &'d Value, verb: &str, path: &str) -> Option<&'d Value> {
    let asked: Vec<&str> = path.split('?').next()?.split('/').collect();
    let paths = document["paths"].as_object()?.iter();
    let meant = |template: &str| {
        let parts: Vec<&str> = template.split('/').collect();
        let same = |(part, typed): (&&str, &&str)| part.starts_with('{') || part == typed;
        parts.len() == asked.len() && parts.iter().zip(&asked).all(same)
    };
    let fixed = |template: &str| template.split('/').filter(|part| !part.starts_with('{')).count();
    let found = paths.filter(|(template, _)| meant(template));
    let (_, verbs) = found.max_by_key(|(template, _)| fixed(template))?;
    verbs.get(verb)
}

/// Whether `value` is what `schema` says; `at` is where it stands.
fn fits(document: &Value, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    if let Some(name) = schema["$ref"].as_str() {
        let pointed = document.pointer(name.trim_start_matches('#')).ok_or("a dead end")?;
        return fits(document, pointed, value, at);
    }
    if let Some(parts) = schema["allOf"].as_array() {
        return fits(document, &joined(document, parts), value, at);
    }
    if let Some(ways) = schema["oneOf"].as_array() {
        let tries: Vec<_> = ways.iter().map(|way| fits(document, way, value, at)).collect();
        let fitting = tries.iter().filter(|tried| tried.is_ok()).count();
        let why = || format!("{at}: {fitting} of {} ways fit {value}: {tries:?}", ways.len());
        return if fitting == 1 { Ok(()) } else { Err(why()) };
    }
    let listed = schema["type"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let kinds: Vec<&str> = schema["type"].as_str().into_iter().chain(listed).collect();
    let kind = kind(value);
    if !kinds.contains(&kind) {
        return Err(format!("{at}: {value} is {kind}, not {kinds:?}"));
    }
    match value {
        Value::String(text) => text_fits(schema, text, at),
        Value::Array(all) => {
            let each = |(n, one)| fits(document, &schema["items"], one, &format!("{at}/{n}"));
            all.iter().enumerate().try_for_each(each)
        }
        Value::Object(_) => object_fits(document, schema, value, at),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

/// Objects of which one is flattened into the other, as one.
fn joined(document: &Value, parts: &[Value]) -> Value {
    let (mut properties, mut required) = (serde_json::Map::new(), vec![]);
    for part in parts {
        let name = part["$ref"].as_str().map(|name| name.trim_start_matches('#'));
        let part = name.and_then(|name| document.pointer(name)).unwrap_or(part);
        properties.extend(
            part["properties"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(name, one)| (name.clone(), one.clone())),
        );
        required.extend(part["required"].as_array().into_iter().flatten().cloned());
    }
    serde_json::json!({ "type": "object", "properties": properties, "required": required })
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn text_fits(schema: &Value, text: &str, at: &str) -> Result<(), String> {
    let listed = schema["enum"].as_array();
    if listed.is_some_and(|words| words.iter().all(|word| word != text)) {
        return Err(format!("{at}: {text:?} is no word of {}", schema["enum"]));
    }
    let right = match schema["format"].as_str() {
        Some("uuid") => uuid::Uuid::try_parse(text).is_ok(),
        Some("date-time") => clinic_domain::time::Timestamp::parse(text).is_some(),
        Some("date") => text.len() == 10 && text.split('-').count() == 3,
        Some(other) => return Err(format!("{at}: {other} is no format that is known here")),
        None => true,
    };
    if right { Ok(()) } else { Err(format!("{at}: {text:?} is no {}", schema["format"])) }
}

fn object_fits(document: &Value, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    let required = schema["required"].as_array().into_iter().flatten();
    for name in required.filter_map(Value::as_str) {
        if value.get(name).is_none() {
            return Err(format!("{at}: {name} is left out"));
        }
    }
    let more = &schema["additionalProperties"];
    for (name, one) in value.as_object().into_iter().flatten() {
        let at = format!("{at}/{name}");
        match schema["properties"].get(name) {
            Some(property) => fits(document, property, one, &at)?,
            None if more.is_object() => fits(document, more, one, &at)?,
            None => return Err(format!("{at} is not described")),
        }
    }
    Ok(())
}

#[test]
fn an_answer_that_is_not_as_described_is_found() {
    let document = serde_json::json!({});
    let schema = serde_json::json!({
        "type": "object",
        "required": ["id", "name"],
        "properties": {
            "id": { "type": "string", "format": "uuid" },
            "name": { "type": ["string", "null"] },
            "word": { "oneOf": [{ "type": "string", "enum": ["one"] }, { "type": "null" }] },
        },
    });
    let id = uuid::Uuid::nil();
    let right = serde_json::json!({ "id": id, "name": null, "word": "one" });
    assert_eq!(fits(&document, &schema, &right, ""), Ok(()));
    for wrong in [
        serde_json::json!({ "id": id }),
        serde_json::json!({ "id": "me", "name": null }),
        serde_json::json!({ "id": id, "name": 1 }),
        serde_json::json!({ "id": id, "name": null, "word": "two" }),
        serde_json::json!({ "id": id, "name": null, "more": 1 }),
        serde_json::json!([]),
    ] {
        assert!(fits(&document, &schema, &wrong, "").is_err(), "{wrong}");
    }
}
