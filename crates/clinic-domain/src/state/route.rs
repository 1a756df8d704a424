//! From what is asked of the clinic to what is asked of its aggregates, with the evidence that each
//! needs, all taken from one state. A host that runs the aggregates by itself takes the same steps.

use super::ClinicState;
use super::evidence::{Asked, Nth};
use crate::clinic::{Capability, ClinicAct, ClinicCommand, ClinicRefusal};
use crate::command::{Action, Command};
use crate::ids::{ClinicId, MemberId, RoomId, TransferId, VisitId};
use crate::refusal::Refusal;
use crate::room::{RoomAct, RoomCommand, RoomPolicy};
use crate::transfer::{TransferAct, TransferCommand};
use crate::visit::{CloseReason, VisitAct, VisitCommand};

/// A command to one aggregate, with its evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// To the clinic.
    Clinic(ClinicId, ClinicCommand),
    /// To a room.
    Room(RoomId, RoomCommand),
    /// To a visit.
    Visit(VisitId, Box<VisitCommand>),
    /// To a transfer.
    Transfer(TransferId, TransferCommand),
}

pub(super) type Steps = Result<Vec<Step>, Refusal>;

impl ClinicState {
    /// What `command` asks of each aggregate. All steps are granted or none is.
    ///
    /// # Errors
    /// A refusal that is no aggregate's own, such as *nobody to call*.
    #[expect(clippy::too_many_lines, reason = "a switchboard: one action, one entry")]
    pub fn steps(&self, command: &Command) -> Steps {
        if !command.readable() {
            return Err(Refusal::Unreadable);
        }
        let found = matches!(command.action, Action::FoundClinic { .. });
        if !found && self.clinic().founded().is_none() {
            return Err(ClinicRefusal::NotFounded.into());
        }
        self.clinic().listens_to(&command.actor)?;
        let asked = Asked { state: self, command };
        match &command.action {
            Action::FoundClinic { name, zone, owner_name, capabilities, external_ref } => {
                one(asked.clinic(ClinicAct::Found {
                    name: name.clone(),
                    zone: zone.clone(),
                    owner: MemberId(command.fresh.nth(0)),
                    owner_name: owner_name.clone(),
                    capabilities: capabilities.clone(),
                    external_ref: external_ref.clone(),
                }))
            }
            Action::SetZone(zone) => one(asked.clinic(ClinicAct::SetZone(zone.clone()))),
            Action::SetCapabilities(capabilities) => {
                one(asked.clinic(ClinicAct::SetCapabilities(capabilities.clone())))
            }
            Action::AddMember { name, role, external_ref } => {
                let member = MemberId(command.fresh.nth(0));
                let (name, role, external_ref) = (name.clone(), *role, external_ref.clone());
                one(asked.clinic(ClinicAct::Add { member, name, role, external_ref }))
            }
            Action::RenameMember { member, name } => {
                one(asked.clinic(ClinicAct::Rename { member: *member, name: name.clone() }))
            }
            Action::ChangeRole { member, role } => {
                one(asked.clinic(ClinicAct::ChangeRole { member: *member, role: *role }))
            }
            Action::DisableMember(member) => {
                Ok(asked.member_goes(*member, ClinicAct::Disable(*member)))
            }
            Action::EnableMember(member) => one(asked.clinic(ClinicAct::Enable(*member))),
            Action::RemoveMember(member) => {
                Ok(asked.member_goes(*member, ClinicAct::Remove(*member)))
            }

            Action::OpenRoom { kind, name, slug, external_ref } => {
                one(asked.open_room(*kind, name, slug, external_ref.as_ref()))
            }
            Action::RenameRoom(room, name) => one(asked.room(*room, RoomAct::Rename(name.clone()))),
            Action::ChangeSlug(room, slug) => {
                let (slug, holder) = (slug.clone(), self.room_at(slug));
                one(asked.room(*room, RoomAct::ChangeSlug { slug, holder }))
            }
            Action::AssignMember(room, member) => {
                let (member, active) = (*member, asked.active(*member));
                one(asked.room(*room, RoomAct::Assign { member, active }))
            }
            Action::UnassignMember(room, member) => {
                let (member, last) = (*member, asked.last(*room, *member));
                let inside = self.inside(*room);
                one(asked.room(*room, RoomAct::Unassign { member, last, inside }))
            }
            Action::SetTexts(room, texts) => {
                one(asked.room(*room, RoomAct::SetTexts(texts.clone())))
            }
            Action::SetHours(room, hours) => {
                one(asked.room(*room, RoomAct::SetHours(hours.clone())))
            }
            Action::SetPolicy(room, policy) => {
                let capable = asked.may_use(Capability::AcceptWindow);
                let policy = RoomPolicy::clone(policy);
                one(asked.room(*room, RoomAct::SetPolicy { policy, capable }))
            }
            Action::SetChecklist(room, labels) => {
                one(asked.room(*room, RoomAct::SetChecklist(labels.clone())))
            }
            Action::SetPasscode(room, passcode) => {
                one(asked.room(*room, RoomAct::SetPasscode(*passcode)))
            }
            Action::SuspendRoom(room, message) => {
                one(asked.room(*room, RoomAct::Suspend(message.clone())))
            }
            Action::LiftSuspension(room) => one(asked.room(*room, RoomAct::LiftSuspension)),
            Action::ArchiveRoom(room) => {
                let (inside, pending) = (self.inside(*room), asked.may_return(*room));
                one(asked.room(*room, RoomAct::Archive { inside, pending }))
            }
            Action::EndDay(room) => Ok(asked.end_day(*room)),

            Action::CheckIn(form) => Ok(asked.check_in(form)),
            Action::StartCall { visit, pausing, seen } => {
                Ok(asked.start(*visit, *pausing, *seen, vec![]))
            }
            Action::CallNext { room, pausing } => asked.call_next(*room, *pausing),
            Action::PauseCall { visit, seen } => {
                let capable = asked.may_use(Capability::Pause);
                one(asked.visit(*visit, *seen, VisitAct::Pause { capable }))
            }
            Action::EndCall { visit, seen } => one(asked.visit(*visit, *seen, VisitAct::End)),
            Action::HoldLostMember(visit, member) => Ok(asked.hold_lost(*visit, *member)),

            Action::Transfer { visit, to, note, seen } => {
                Ok(asked.transfer(*visit, *to, note.as_ref(), *seen, Nth(0)))
            }
            Action::TransferAll { from, to } => asked.transfer_all(*from, *to),
            Action::AcceptTransfer(visit, transfer) => {
                asked.answer(*visit, *transfer, TransferAct::Accept)
            }
            Action::DeclineTransfer { visit, transfer, note } => {
                let note = note.clone();
                asked.answer(*visit, *transfer, TransferAct::Decline { note })
            }
            Action::ExpireTransfer(visit, transfer) => {
                asked.answer(*visit, *transfer, TransferAct::Expire)
            }
            Action::UndoTransfer(visit, transfer) => asked.undo(*visit, *transfer),

            Action::SetPriority(visit, priority) => {
                one(asked.visit(*visit, None, VisitAct::Prioritise(*priority)))
            }
            Action::AddNote(visit, note) => {
                one(asked.visit(*visit, None, VisitAct::AddNote(note.clone())))
            }
            Action::TickChecklist { visit, label, done } => {
                let (label, done, listed) = (label.clone(), *done, asked.lists(*visit, label));
                one(asked.visit(*visit, None, VisitAct::Tick { label, done, listed }))
            }
            Action::CarryOver(visit) => one(asked.carry_over(*visit)),
            Action::NotePresence { who, online, last_seen } => {
                one(asked.presence(*who, *online, *last_seen))
            }

            Action::CloseVisit { visit, reason: CloseReason::Merged { into }, seen } => {
                Ok(asked.merge(*into, *visit, *seen))
            }
            Action::CloseVisit { visit, reason, seen } => Ok(asked.close(*visit, reason, *seen)),
            Action::CloseNoShow(visit) => Ok(asked.close_no_show(*visit)),
            Action::CloseAll { room, only, reason } => {
                asked.close_all(*room, only.as_deref(), reason)
            }
            Action::ReopenVisit(visit) => one(asked.reopen(*visit)),
            Action::MergeVisits { survivor, duplicate, seen } => {
                Ok(asked.merge(*survivor, *duplicate, *seen))
            }
        }
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the entries of the switchboard are all alike")]
fn one(step: Step) -> Steps {
    Ok(vec![step])
}
