//! Who and what a day has seen so far, so that a move can point at it with a number.

use std::collections::VecDeque;

use clinic_domain::actor::TokenHash;
use clinic_domain::command::Command;
use clinic_domain::event::{Event, Recorded};
use clinic_domain::ids::{TransferId, VisitId};
use clinic_domain::transfer::TransferEvent;
use clinic_domain::visit::VisitEvent;

/// Granted commands that a move can repeat.
const SENT: usize = 40;

/// Everybody and everything that is pointed at and that the live state may have let go.
#[derive(Clone, Debug, Default)]
pub(super) struct Cast {
    /// Visits in order of check-in.
    pub(super) visits: Vec<VisitId>,
    /// Their tokens.
    pub(super) tokens: Vec<TokenHash>,
    /// Transfers in order, with their visits.
    pub(super) transfers: Vec<(TransferId, VisitId)>,
    /// The latest commands that were granted.
    pub(super) sent: VecDeque<Command>,
    /// How much of the log has been read.
    read: usize,
}

impl Cast {
    /// Takes in what is new in the log.
    pub(super) fn read(&mut self, log: &[Recorded]) {
        for recorded in log.iter().skip(self.read) {
            match &recorded.event {
                Event::Visit(id, VisitEvent::CheckedIn { token, .. }) => {
                    self.visits.push(*id);
                    self.tokens.push(*token);
                }
                Event::Transfer(id, TransferEvent::TransferRequested { request }) => {
                    self.transfers.push((*id, request.visit));
                }
                Event::Clinic(..) | Event::Room(..) | Event::Visit(..) | Event::Transfer(..) => {}
            }
        }
        self.read = log.len();
    }

    pub(super) fn sent(&mut self, command: &Command) {
        if self.sent.len() == SENT {
            self.sent.pop_front();
        }
        self.sent.push_back(command.clone());
    }
}
