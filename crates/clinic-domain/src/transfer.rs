//! A transfer: the story of one leg, from the moment a visit was sent to what became of it.
//!
//! The visit's own `Transferred` has moved the patient already; this stream follows and places
//! nobody. A transfer to a room that asks for no answer is completed at once. Where an answer is
//! asked for, the first outcome stands: the target accepts (or simply starts the call), declines, or
//! lets the window pass; or the patient leaves and it is withdrawn. Within its undo window the
//! sender may take a leg back, answered or not.

use serde::{Deserialize, Serialize};

use crate::actor::{Actor, Right, Standing};
use crate::decider::{Decider, names};
use crate::ids::{RoomId, VisitId};
use crate::personal::{Origin, Personal, Sealable};
use crate::text::Note;
use crate::time::Timestamp;

/// One leg of a visit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Transfer {
    /// Nobody has requested a transfer under this id.
    #[default]
    Unrequested,
    /// The target has not answered yet.
    Pending(Request),
    /// It is known what became of it.
    Settled {
        /// What was requested.
        request: Request,
        /// What became of it.
        outcome: Outcome,
    },
}

/// What was requested.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Whose leg.
    pub visit: VisitId,
    /// The source room.
    pub from: RoomId,
    /// The target room.
    pub to: RoomId,
    /// Who sent it.
    pub by: Actor,
    /// Until when the target may answer, excluded; none: no answer is asked for.
    pub answer_by: Option<Timestamp>,
    /// Until when it may be undone, excluded.
    pub undo_until: Timestamp,
}

/// What became of a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// No answer was asked for.
    Completed,
    /// The target took the patient.
    Accepted,
    /// The target said no.
    Declined,
    /// The target said nothing in time.
    Expired,
    /// The visit closed first.
    Withdrawn,
    /// The sender took it back.
    Undone,
}

impl Outcome {
    /// The outcome in a word.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::Expired => "expired",
            Self::Withdrawn => "withdrawn",
            Self::Undone => "undone",
        }
    }
}

impl Transfer {
    /// What was requested, whatever became of it.
    #[must_use]
    pub fn request(&self) -> Option<&Request> {
        match self {
            Self::Unrequested => None,
            Self::Pending(request) | Self::Settled { request, .. } => Some(request),
        }
    }

    /// The request, while the target has not answered.
    #[must_use]
    pub fn pending(&self) -> Option<&Request> {
        match self {
            Self::Pending(request) => Some(request),
            Self::Unrequested | Self::Settled { .. } => None,
        }
    }
}

/// A command to one transfer, with the evidence that its rules need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferCommand {
    /// The instant of the decision.
    pub at: Timestamp,
    /// Who asks.
    pub by: Actor,
    /// Evidence: what the asker is to the target room.
    pub standing: Standing,
    /// What is asked.
    pub act: TransferAct,
}

/// What may be asked of a transfer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransferAct {
    /// Follow a visit that was transferred.
    Request(Request),
    /// Take the patient.
    Accept,
    /// Send the patient back.
    Decline {
        /// Why, for the sender.
        note: Option<Personal<Note>>,
    },
    /// Note that the window is over.
    Expire,
    /// Note that the target has gone on with the patient, which accepts without a word.
    Proceed,
    /// Note that the visit has closed.
    Withdraw,
    /// Note that the sender has taken it back.
    Undo,
}

impl TransferAct {
    /// Shows each personal datum of what is asked of a transfer of `visit` with the place at which it will be
    /// recorded, so that whoever stores events without the engine can seal it before it is decided.
    pub fn each_personal(
        &mut self,
        visit: VisitId,
        look: &mut dyn FnMut(Origin, &mut dyn Sealable),
    ) {
        let there = Origin { visit, event: "TransferDeclined", field: "" };
        match self {
            Self::Decline { note } => there.show("note", note.as_mut(), look),
            Self::Request(_)
            | Self::Accept
            | Self::Expire
            | Self::Proceed
            | Self::Withdraw
            | Self::Undo => {}
        }
    }
}

/// What happened to a transfer. These names and fields are the stored form: add, never change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TransferEvent {
    /// A visit was sent.
    TransferRequested {
        /// Whose leg, from where, to where, by whom, with which windows.
        request: Request,
    },
    /// No answer is asked for: the visit has arrived.
    TransferCompleted {},
    /// The target took the patient.
    TransferAccepted {
        /// Who.
        by: Actor,
    },
    /// The target sent the patient back.
    TransferDeclined {
        /// Who.
        by: Actor,
        /// Why, for members.
        note: Option<Personal<Note>>,
    },
    /// The window passed without an answer.
    TransferExpired {
        /// Which policy noted it.
        by: Actor,
    },
    /// The visit closed before there was an answer.
    TransferWithdrawn {
        /// Who closed it.
        by: Actor,
    },
    /// The sender took it back.
    TransferUndone {
        /// Who.
        by: Actor,
    },
}

names!(TransferEvent {
    TransferRequested,
    TransferCompleted,
    TransferAccepted,
    TransferDeclined,
    TransferExpired,
    TransferWithdrawn,
    TransferUndone,
});

impl TransferEvent {
    /// Shows each personal datum of this event of a transfer of `visit` with its origin.
    pub fn each_personal(
        &mut self,
        visit: VisitId,
        look: &mut dyn FnMut(Origin, &mut dyn Sealable),
    ) {
        let here = Origin { visit, event: self.name(), field: "" };
        match self {
            Self::TransferDeclined { note, .. } => here.show("note", note.as_mut(), look),
            Self::TransferRequested { .. }
            | Self::TransferCompleted {}
            | Self::TransferAccepted { .. }
            | Self::TransferExpired { .. }
            | Self::TransferWithdrawn { .. }
            | Self::TransferUndone { .. } => {}
        }
    }
}

/// Why a transfer said no, in order of precedence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransferRefusal {
    /// The id is nobody's.
    #[error("no such transfer")]
    NoSuchTransfer,
    /// The transfer belongs to another visit than the command says.
    #[error("the transfer is another visit's")]
    OtherVisit,
    /// The asker may not.
    #[error("not entitled to {right}")]
    NotEntitled {
        /// What it would have taken.
        right: Right,
    },
    /// The first outcome stands.
    #[error("already {}", .outcome.label())]
    Settled {
        /// Which it was.
        outcome: Outcome,
    },
    /// The window is over, though nobody has noted it yet.
    #[error("could be answered until {until}")]
    WindowOver {
        /// Its end, excluded.
        until: Timestamp,
    },
    /// The window is not over yet.
    #[error("may be answered until {until}")]
    NotDue {
        /// Its end, excluded.
        until: Timestamp,
    },
}

names!(TransferRefusal { NoSuchTransfer, OtherVisit, NotEntitled, Settled, WindowOver, NotDue });

type Decision = Result<Vec<TransferEvent>, TransferRefusal>;

impl Decider for Transfer {
    type Command = TransferCommand;
    type Event = TransferEvent;
    type Refusal = TransferRefusal;

    fn decide(&self, command: TransferCommand) -> Decision {
        let TransferCommand { at, by, standing, act } = command;
        match act {
            TransferAct::Request(request) => Ok(self.follow(request)),
            TransferAct::Accept => {
                self.require(standing, Right::Steer)?;
                self.answer(at, Outcome::Accepted, TransferEvent::TransferAccepted { by })
            }
            TransferAct::Decline { note } => {
                self.require(standing, Right::Steer)?;
                self.answer(at, Outcome::Declined, TransferEvent::TransferDeclined { by, note })
            }
            TransferAct::Expire => {
                self.require(standing, Right::Observe)?;
                self.expire(at, by)
            }
            TransferAct::Proceed => Ok(self.end(TransferEvent::TransferAccepted { by })),
            TransferAct::Withdraw => Ok(self.end(TransferEvent::TransferWithdrawn { by })),
            TransferAct::Undo => self.undo(by),
        }
    }

    fn evolve(&mut self, event: &TransferEvent) {
        let outcome = match event {
            TransferEvent::TransferRequested { request } => {
                if let Self::Unrequested = self {
                    *self = Self::Pending(request.clone());
                }
                return;
            }
            TransferEvent::TransferCompleted {} => Outcome::Completed,
            TransferEvent::TransferAccepted { .. } => Outcome::Accepted,
            TransferEvent::TransferDeclined { .. } => Outcome::Declined,
            TransferEvent::TransferExpired { .. } => Outcome::Expired,
            TransferEvent::TransferWithdrawn { .. } => Outcome::Withdrawn,
            TransferEvent::TransferUndone { .. } => Outcome::Undone,
        };
        if let Some(request) = self.request().cloned() {
            *self = Self::Settled { request, outcome };
        }
    }
}

impl Transfer {
    /// What every answer asks first: does it exist, may you.
    fn require(&self, standing: Standing, right: Right) -> Result<(), TransferRefusal> {
        self.request().ok_or(TransferRefusal::NoSuchTransfer)?;
        if standing.may(right) { Ok(()) } else { Err(TransferRefusal::NotEntitled { right }) }
    }

    fn follow(&self, request: Request) -> Vec<TransferEvent> {
        match self {
            Self::Pending(_) | Self::Settled { .. } => vec![], // asked twice
            Self::Unrequested => {
                let completed = request.answer_by.is_none();
                let requested = TransferEvent::TransferRequested { request };
                let completed = completed.then_some(TransferEvent::TransferCompleted {});
                std::iter::once(requested).chain(completed).collect()
            }
        }
    }

    /// An answer of the target, which counts until the window ends.
    fn answer(&self, at: Timestamp, wanted: Outcome, event: TransferEvent) -> Decision {
        match self {
            Self::Unrequested => Err(TransferRefusal::NoSuchTransfer),
            Self::Settled { outcome, .. } if *outcome == wanted => Ok(vec![]),
            Self::Settled { outcome, .. } => Err(TransferRefusal::Settled { outcome: *outcome }),
            Self::Pending(Request { answer_by: Some(until), .. }) if at >= *until => {
                Err(TransferRefusal::WindowOver { until: *until })
            }
            Self::Pending(_) => Ok(vec![event]),
        }
    }

    fn expire(&self, at: Timestamp, by: Actor) -> Decision {
        match self {
            Self::Unrequested => Err(TransferRefusal::NoSuchTransfer),
            Self::Settled { outcome: Outcome::Expired, .. } => Ok(vec![]),
            Self::Settled { outcome, .. } => Err(TransferRefusal::Settled { outcome: *outcome }),
            Self::Pending(Request { answer_by: Some(until), .. }) if at < *until => {
                Err(TransferRefusal::NotDue { until: *until })
            }
            Self::Pending(_) => Ok(vec![TransferEvent::TransferExpired { by }]),
        }
    }

    /// A consequence of what happened to the visit: it ends what is pending and nothing else.
    fn end(&self, event: TransferEvent) -> Vec<TransferEvent> {
        match self {
            Self::Unrequested | Self::Settled { .. } => vec![],
            Self::Pending(_) => vec![event],
        }
    }

    fn undo(&self, by: Actor) -> Decision {
        match self {
            Self::Unrequested => Err(TransferRefusal::NoSuchTransfer),
            Self::Pending(_)
            | Self::Settled { outcome: Outcome::Completed | Outcome::Accepted, .. } => {
                Ok(vec![TransferEvent::TransferUndone { by }])
            }
            Self::Settled { outcome: Outcome::Undone, .. } => Ok(vec![]),
            Self::Settled {
                outcome: outcome @ (Outcome::Declined | Outcome::Expired | Outcome::Withdrawn),
                ..
            } => Err(TransferRefusal::Settled { outcome: *outcome }),
        }
    }
}
