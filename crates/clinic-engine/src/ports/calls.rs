//! Where the two of a call meet.

use std::fmt;

use async_trait::async_trait;
use clinic_domain::ids::CallId;
use clinic_domain::room::OpenRoom;

use super::LogError;

/// How to join a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Join {
    /// By this address.
    Link(String),
    /// The room says nothing of where its calls meet; the members arrange it themselves.
    Unarranged,
}

/// Says where calls meet.
#[async_trait]
pub trait CallProvider: Send + Sync + fmt::Debug {
    /// How to join `call` in `room`.
    ///
    /// # Errors
    /// If the provider fails.
    async fn join(&self, call: CallId, room: &OpenRoom) -> Result<Join, LogError>;
}

/// Calls meet at the room's own link template, `{call}` standing for the call's id.
#[derive(Clone, Copy, Debug, Default)]
pub struct LinkCalls;

#[async_trait]
impl CallProvider for LinkCalls {
    async fn join(&self, call: CallId, room: &OpenRoom) -> Result<Join, LogError> {
        let template = room.policy.call_link.as_ref();
        Ok(template.map_or(Join::Unarranged, |template| {
            Join::Link(template.as_str().replace("{call}", &call.to_string()))
        }))
    }
}
