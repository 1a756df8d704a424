//! Deciding a command: its steps, each judged by its aggregate, all from the same state.

use super::{Answered, ClinicState, Step};
use crate::command::{Action, Command, Person};
use crate::decider::Decider;
use crate::event::{Event, StreamId};
use crate::ids::{CommandId, RoomId, TransferId, VisitId};
use crate::refusal::Refusal;
use crate::room::Room;
use crate::transfer::Transfer;
use crate::visit::PatientVisit;

impl ClinicState {
    /// The events that grant `command`, in the order to record them; none when it is already so,
    /// or when the command is a retry.
    ///
    /// The clinic's time is the command's: the caller sees to it that it does not run backwards.
    ///
    /// # Errors
    /// The first refusal; then nothing happens.
    pub fn decide(&self, command: &Command) -> Result<Vec<Event>, Refusal> {
        if let Some(answered) = self.answered(command.id) {
            let id = command.id;
            let retry = answered.is_retry(command);
            return if retry { Ok(vec![]) } else { Err(Refusal::CommandReused { id }) };
        }
        let mut events = vec![];
        let mut followers = vec![];
        for step in self.steps(command)? {
            match step {
                Step::Clinic(id, step) => {
                    let decided = self.clinic.state.decide(step)?;
                    events.extend(decided.into_iter().map(|event| Event::Clinic(id, event)));
                }
                Step::Room(id, step) => {
                    let decided = self.room(id).unwrap_or(&Room::Unopened).decide(step)?;
                    events.extend(decided.into_iter().map(|event| Event::Room(id, event)));
                }
                Step::Visit(id, step) => {
                    let decided = self.visit(id).unwrap_or(&PatientVisit::Unknown).decide(*step)?;
                    events.extend(decided.into_iter().map(|event| Event::Visit(id, event)));
                }
                Step::Transfer(id, step) => {
                    let transfer = self.transfer(id).unwrap_or(&Transfer::Unrequested);
                    let decided = transfer.decide(step)?;
                    followers.extend(decided.into_iter().map(|event| Event::Transfer(id, event)));
                }
            }
        }
        // What places a visit comes first; the transfer's own stream follows.
        events.append(&mut followers);
        Ok(events)
    }

    /// What is remembered of a command that was granted under this id.
    #[must_use]
    pub fn answered(&self, id: CommandId) -> Option<Answered> {
        self.answered.get(id)
    }

    /// The streams that `command` names and that this state does not hold. Load them
    /// ([`ClinicState::load`]) before deciding; one without events is nobody's.
    #[must_use]
    pub fn needs(&self, command: &Command) -> Vec<StreamId> {
        let (visits, transfer) = named(&command.action);
        let visits = visits.into_iter().filter(|id| self.visit(*id).is_none());
        let transfer = transfer.filter(|id| self.transfer(*id).is_none());
        visits.map(StreamId::Visit).chain(transfer.map(StreamId::Transfer)).collect()
    }

    /// The number of the last event of a stream; 0 for one that has none, or is not held.
    #[must_use]
    pub fn sequence(&self, stream: StreamId) -> u64 {
        match stream {
            StreamId::Clinic(_) => self.clinic.sequence,
            StreamId::Room(id) => self.rooms.get(&id).map_or(0, |slot| slot.sequence),
            StreamId::Visit(id) => self.visits.get(&id).map_or(0, |slot| slot.sequence),
            StreamId::Transfer(id) => self.transfers.get(&id).map_or(0, |slot| slot.sequence),
        }
    }

    pub(super) fn in_use(&self, room: RoomId) -> &Room {
        self.room(room).unwrap_or(&Room::Unopened)
    }
}

/// The visits and the transfer that an action names.
fn named(action: &Action) -> (Vec<VisitId>, Option<TransferId>) {
    match action {
        Action::StartCall { visit, .. }
        | Action::PauseCall { visit, .. }
        | Action::EndCall { visit, .. }
        | Action::Transfer { visit, .. }
        | Action::SetPriority(visit, _)
        | Action::AddNote(visit, _)
        | Action::TickChecklist { visit, .. }
        | Action::CarryOver(visit)
        | Action::ReopenVisit(visit)
        | Action::HoldLostMember(visit, _)
        | Action::CloseNoShow(visit) => (vec![*visit], None),
        Action::AcceptTransfer(visit, transfer)
        | Action::DeclineTransfer { visit, transfer, .. }
        | Action::UndoTransfer(visit, transfer)
        | Action::ExpireTransfer(visit, transfer) => (vec![*visit], Some(*transfer)),
        Action::CloseVisit { visit, reason, .. } => {
            ([*visit].into_iter().chain(reason.survivor()).collect(), None)
        }
        Action::CloseAll { only, reason, .. } => {
            let only = only.iter().flatten().copied();
            (only.chain(reason.survivor()).collect(), None)
        }
        Action::MergeVisits { survivor, duplicate, .. } => (vec![*survivor, *duplicate], None),
        Action::NotePresence { who, .. } => match who {
            Person::Patient(visit) => (vec![*visit], None),
            Person::Member(_) => (vec![], None),
        },
        Action::FoundClinic { .. }
        | Action::SetZone(_)
        | Action::SetCapabilities(_)
        | Action::AddMember { .. }
        | Action::RenameMember { .. }
        | Action::ChangeRole { .. }
        | Action::DisableMember(_)
        | Action::EnableMember(_)
        | Action::RemoveMember(_)
        | Action::OpenRoom { .. }
        | Action::RenameRoom(..)
        | Action::ChangeSlug(..)
        | Action::AssignMember(..)
        | Action::UnassignMember(..)
        | Action::SetTexts(..)
        | Action::SetHours(..)
        | Action::SetPolicy(..)
        | Action::SetChecklist(..)
        | Action::SetPasscode(..)
        | Action::SuspendRoom(..)
        | Action::LiftSuspension(_)
        | Action::ArchiveRoom(_)
        | Action::CheckIn(_)
        | Action::CallNext { .. }
        | Action::TransferAll { .. }
        | Action::EndDay(_) => (vec![], None),
    }
}
