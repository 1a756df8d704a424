//! States of folds, saved so that not every reader has to start at the first event.

use std::fmt;

use async_trait::async_trait;
use clinic_domain::ids::{ClinicId, Position};

use super::LogError;

/// Which fold a state is of, and which version of it. A state of another version is no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FoldId {
    /// The fold's name.
    pub name: &'static str,
    /// Its version: raised when the meaning or the form of its states changes.
    pub version: u32,
}

/// A state as it was after an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedState {
    /// The position of the last event folded in.
    pub position: Position,
    /// The state, as its fold writes it.
    pub state: Vec<u8>,
}

/// Keeps saved states. A cache and never the truth: whatever is here may be dropped at will, and a
/// reader who finds nothing folds the log.
#[async_trait]
pub trait SavedStates: Send + Sync + fmt::Debug {
    /// Whether it keeps anything: nobody takes the trouble of writing states down for nothing.
    fn keeps(&self) -> bool {
        true
    }

    /// The state of a fold that is latest at `until` or before.
    ///
    /// # Errors
    /// If the store fails.
    async fn latest(
        &self,
        clinic: ClinicId,
        fold: FoldId,
        until: Position,
    ) -> Result<Option<SavedState>, LogError>;

    /// Saves the state of a fold.
    ///
    /// # Errors
    /// If the store fails.
    async fn save(&self, clinic: ClinicId, fold: FoldId, saved: SavedState)
    -> Result<(), LogError>;

    /// Drops the states of a fold before a position: only its latest is of use.
    ///
    /// # Errors
    /// If the store fails.
    async fn drop_before(
        &self,
        clinic: ClinicId,
        fold: FoldId,
        position: Position,
    ) -> Result<(), LogError>;
}

/// Saves nothing: for logs that are folded from the start in no time.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoStates;

#[async_trait]
impl SavedStates for NoStates {
    fn keeps(&self) -> bool {
        false
    }

    async fn latest(
        &self,
        _: ClinicId,
        _: FoldId,
        _: Position,
    ) -> Result<Option<SavedState>, LogError> {
        Ok(None)
    }

    async fn save(&self, _: ClinicId, _: FoldId, _: SavedState) -> Result<(), LogError> {
        Ok(())
    }

    async fn drop_before(&self, _: ClinicId, _: FoldId, _: Position) -> Result<(), LogError> {
        Ok(())
    }
}
