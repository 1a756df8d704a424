//! A JSON object as it stands in a line: its fields in order, and what stands in it twice.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// The fields of an object.
#[derive(Debug, Default)]
pub(super) struct Object {
    /// Each with its first value.
    pub(super) fields: Vec<(String, Value)>,
    /// Where a name stands again, from the outside in: `owner.handle`.
    pub(super) twice: Vec<String>,
}

/// Reads a line; what is wrong is told by column.
pub(super) fn parse(line: &str) -> Result<Object, String> {
    let node: Node = serde_json::from_str(line).map_err(|error| {
        let said = error.to_string();
        let what = said.split(" at line ").next().unwrap_or_default();
        format!("not a JSON object: {what} at column {}", error.column())
    })?;
    let Node::Object(fields) = node else {
        return Err("must be a JSON object: fields in braces".to_owned());
    };
    let mut object = Object::default();
    for (name, node) in fields {
        if object.fields.iter().any(|(other, _)| *other == name) {
            object.twice.push(name);
        } else {
            let value = node.value(&name, &mut object.twice);
            object.fields.push((name, value));
        }
    }
    Ok(object)
}

/// Any JSON, with every field of its objects.
enum Node {
    Leaf(Value),
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
}

impl Node {
    /// As a value that has each field once; notes which ones it had more often.
    fn value(self, path: &str, twice: &mut Vec<String>) -> Value {
        match self {
            Self::Leaf(value) => value,
            Self::List(entries) => {
                let entry = |(n, entry): (usize, Self)| entry.value(&format!("{path}.{n}"), twice);
                Value::Array((1..).zip(entries).map(entry).collect())
            }
            Self::Object(fields) => {
                let mut once = Map::new();
                for (name, node) in fields {
                    let path = format!("{path}.{name}");
                    if once.contains_key(&name) {
                        twice.push(path);
                    } else {
                        once.insert(name, node.value(&path, twice));
                    }
                }
                Value::Object(once)
            }
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Nodes)
    }
}

struct Nodes;

impl<'de> Visitor<'de> for Nodes {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Node, E> {
        Ok(Node::Leaf(Value::Null))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Leaf(value.into()))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Leaf(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Leaf(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Leaf(value.into()))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Leaf(value.into()))
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut entries: S) -> Result<Node, S::Error> {
        let mut list = vec![];
        while let Some(entry) = entries.next_element()? {
            list.push(entry);
        }
        Ok(Node::List(list))
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Node, M::Error> {
        let mut fields = vec![];
        while let Some(field) = map.next_entry()? {
            fields.push(field);
        }
        Ok(Node::Object(fields))
    }
}
