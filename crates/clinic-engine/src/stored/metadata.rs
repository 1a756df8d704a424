//! The metadata column: the cause of an event, as a map of strings.
//!
//! A stock `cqrs-es` writer may leave out any of it; what is missing reads as the host's doing, under
//! an id of the event's own.

use clinic_domain::actor::Actor;
use clinic_domain::event::Cause;
use clinic_domain::ids::CommandId;
use clinic_domain::time::Millis;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use uuid::Uuid;

use super::{Row, Unreadable, unreadable};
use crate::ports::LogError;

/// The keys, in the order in which they are written. Keys of other writers are left as they are.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct Metadata<'m> {
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    actor: Option<Cow<'m, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    command_id: Option<Uuid>,
    /// Sixteen hex digits.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    digest: Option<Cow<'m, str>>,
    /// Left out where it is the command's own id.
    #[serde(skip_serializing_if = "Option::is_none")]
    correlation_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    causation_id: Option<Uuid>,
    /// Milliseconds.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    clamped: Option<Cow<'m, str>>,
}

pub(super) fn write(cause: &Cause) -> Result<String, LogError> {
    let own = cause.correlation_id == cause.command_id.0;
    let metadata = Metadata {
        actor: Some(cause.actor.to_string().into()),
        command_id: Some(cause.command_id.0),
        digest: Some(format!("{:016x}", cause.digest).into()),
        correlation_id: (!own).then_some(cause.correlation_id),
        causation_id: cause.causation_id,
        clamped: cause.clamped.map(|by| by.0.to_string().into()),
    };
    serde_json::to_string(&metadata)
        .map_err(|error| LogError::Failed(format!("a cause is no JSON: {error}")))
}

pub(super) fn read(row: &Row<'_>) -> Result<Cause, Unreadable> {
    plain(row.metadata).map_or_else(|| read_any(row), Ok)
}

/// The form in which [`write`] leaves the cause of most commands, in a third of the time that JSON
/// takes. Whatever differs from it in one character is for the JSON reader.
fn plain(metadata: &str) -> Option<Cause> {
    let (actor, rest) = metadata.strip_prefix(r#"{"actor":""#)?.split_once('"')?;
    let (command_id, rest) = rest.strip_prefix(r#","command_id":""#)?.split_once('"')?;
    let digest = rest.strip_prefix(r#","digest":""#)?.strip_suffix(r#""}"#)?;
    let command_id = Uuid::try_parse(command_id).ok()?;
    Some(Cause {
        actor: actor.parse().ok()?,
        command_id: CommandId(command_id),
        digest: u64::from_str_radix(digest, 16).ok()?,
        correlation_id: command_id,
        causation_id: None,
        clamped: None,
    })
}

fn read_any(row: &Row<'_>) -> Result<Cause, Unreadable> {
    let metadata: Metadata<'_> =
        serde_json::from_str(row.metadata).map_err(|error| unreadable("metadata", &error))?;
    let wrong = |key: &str| {
        let problem = format!("has an unreadable \"{key}\"");
        Unreadable::Column { column: "metadata", problem }
    };
    let actor = metadata.actor.map_or(Ok(Actor::Host), |text| text.parse());
    let digest = metadata.digest.map_or(Ok(0), |hex| u64::from_str_radix(&hex, 16));
    let clamped = metadata.clamped.map(|text| text.parse().map(Millis)).transpose();
    let command_id = metadata.command_id.unwrap_or_else(|| own_id(row));
    Ok(Cause {
        actor: actor.map_err(|_| wrong("actor"))?,
        command_id: CommandId(command_id),
        digest: digest.map_err(|_| wrong("digest"))?,
        correlation_id: metadata.correlation_id.unwrap_or(command_id),
        causation_id: metadata.causation_id,
        clamped: clamped.map_err(|_| wrong("clamped"))?,
    })
}

/// An event that names no command is its own: the same id each time it is read.
fn own_id(row: &Row<'_>) -> Uuid {
    let digest = Sha256::new()
        .chain_update(row.aggregate_id.as_bytes())
        .chain_update(row.sequence.to_be_bytes())
        .finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}
