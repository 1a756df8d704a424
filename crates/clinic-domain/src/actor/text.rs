//! An actor in one line of text: how a log names who caused a fact.
//!
//! `member:<uuid>`, `patient:<64 hex digits>`, `policy:<name>:<version>`, `import` or `host`.

use std::fmt;
use std::str::FromStr;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use super::{Actor, PolicyName};
use crate::ids::MemberId;

const FORM: &str =
    "member:<uuid>, patient:<64 hex digits>, policy:<name>:<version>, import or host";

/// Why a text names no actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be {FORM}")]
pub struct NotAnActor;

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Member(id) => write!(f, "member:{id}"),
            Self::Patient(token) => write!(f, "patient:{token}"),
            Self::Policy { name, version } => write!(f, "policy:{name}:{version}"),
            Self::Import => f.write_str("import"),
            Self::Host => f.write_str("host"),
        }
    }
}

impl FromStr for Actor {
    type Err = NotAnActor;

    fn from_str(text: &str) -> Result<Self, NotAnActor> {
        parse(text).ok_or(NotAnActor)
    }
}

fn parse(text: &str) -> Option<Actor> {
    match text.split_once(':') {
        None if text == "import" => Some(Actor::Import),
        None if text == "host" => Some(Actor::Host),
        Some(("member", id)) => Some(Actor::Member(MemberId(Uuid::try_parse(id).ok()?))),
        Some(("patient", token)) => token.parse().ok().map(Actor::Patient),
        Some(("policy", rule)) => {
            let (name, version) = rule.split_once(':')?;
            let name = PolicyName::ALL.into_iter().find(|policy| policy.as_str() == name)?;
            Some(Actor::Policy { name, version: version.parse().ok()? })
        }
        None | Some(_) => None,
    }
}

impl Serialize for Actor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Actor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Text)
    }
}

/// Reads an actor where its text stands, without a copy of it.
struct Text;

impl Visitor<'_> for Text {
    type Value = Actor;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(FORM)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Actor, E> {
        text.parse().map_err(E::custom)
    }
}
