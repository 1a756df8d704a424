//! Who may do what, told once more: what each action needs, and who has it.

use clinic_domain::actor::{Actor, PolicyName};
use clinic_domain::clinic::Role;
use clinic_domain::command::{Action, Command};
use clinic_domain::ids::{MemberId, RoomId, TransferId, VisitId};
use clinic_domain::room::Room;
use clinic_domain::state::ClinicState;
use clinic_domain::transfer::{Request, Transfer};
use clinic_domain::visit::{CloseReason, OpenVisit, PatientVisit};

use super::{Law, Verdict, Violation};

/// What it takes to do something.
enum Need {
    /// The link of a room.
    Link,
    /// To be the product.
    Product,
    /// To administer the clinic.
    Administer,
    /// To be a policy.
    Observe,
    /// To be assigned to a room.
    Serve(RoomId),
    /// To be assigned where a visit is.
    ServeVisit(VisitId),
    /// That, or to be in call with the visit.
    ServeOrCall(VisitId),
    /// To be assigned to a room, or to administer.
    Steer(RoomId),
    /// The same, where a visit is.
    SteerVisit(VisitId),
    /// That, or to be in call with the visit.
    SteerOrCall(VisitId),
    /// That of one visit, and to steer where another is.
    SteerBoth(VisitId, VisitId),
    /// To steer the target of a transfer.
    Answer(TransferId),
    /// To steer its source, or to have sent it.
    TakeBack(TransferId),
    /// To be the visit's patient.
    Patient(VisitId),
    /// To steer or to be in call with a visit, or to be the policy for it.
    NoShow(VisitId),
}

/// A command that recorded something was asked by somebody who may. `before` is the state that it was
/// decided on.
///
/// # Errors
/// Who did what.
pub fn rights(before: &ClinicState, command: &Command) -> Verdict {
    if before.is_history() && command.actor != Actor::Import {
        let found = format!("{} in history, by {:?}", command.action.name(), command.actor);
        return Err(Violation::new(Law::Rights, before.head(), found));
    }
    let need = need(&command.action);
    let asked = Asked { state: before };
    let may = match &command.actor {
        Actor::Import => true,
        Actor::Host => !matches!(
            need,
            Need::Observe | Need::Serve(_) | Need::ServeVisit(_) | Need::ServeOrCall(_)
        ),
        Actor::Policy { name: PolicyName::NoShow, .. } => {
            matches!(need, Need::Link | Need::Observe | Need::NoShow(_))
        }
        Actor::Policy { .. } => matches!(need, Need::Link | Need::Observe),
        Actor::Patient(token) => match need {
            Need::Link => true,
            Need::Patient(id) => asked.visit(id).is_some_and(|visit| visit.tokens.contains(token)),
            Need::Product
            | Need::Administer
            | Need::Observe
            | Need::Serve(_)
            | Need::ServeVisit(_)
            | Need::ServeOrCall(_)
            | Need::Steer(_)
            | Need::SteerVisit(_)
            | Need::SteerOrCall(_)
            | Need::SteerBoth(..)
            | Need::Answer(_)
            | Need::TakeBack(_)
            | Need::NoShow(_) => false,
        },
        Actor::Member(id) => asked.may_member(*id, &need),
    };
    if may {
        return Ok(());
    }
    let found = format!("{} by {:?}", command.action.name(), command.actor);
    Err(Violation::new(Law::Rights, before.head(), found))
}

fn need(action: &Action) -> Need {
    match action {
        Action::CheckIn(_) => Need::Link,
        Action::FoundClinic { .. } | Action::SetCapabilities(_) => Need::Product,
        Action::SetZone(_)
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
        | Action::ArchiveRoom(_) => Need::Administer,
        Action::NotePresence { .. }
        | Action::HoldLostMember(..)
        | Action::ExpireTransfer(..)
        | Action::EndDay(_) => Need::Observe,
        Action::CallNext { room, .. } => Need::Serve(*room),
        Action::StartCall { visit, .. }
        | Action::AddNote(visit, _)
        | Action::TickChecklist { visit, .. } => Need::ServeVisit(*visit),
        Action::PauseCall { visit, .. } | Action::EndCall { visit, .. } => {
            Need::ServeOrCall(*visit)
        }
        Action::TransferAll { from: room, .. } | Action::CloseAll { room, .. } => {
            Need::Steer(*room)
        }
        Action::SetPriority(visit, _) | Action::CarryOver(visit) | Action::ReopenVisit(visit) => {
            Need::SteerVisit(*visit)
        }
        Action::Transfer { visit, .. } => Need::SteerOrCall(*visit),
        Action::AcceptTransfer(_, transfer) | Action::DeclineTransfer { transfer, .. } => {
            Need::Answer(*transfer)
        }
        Action::UndoTransfer(_, transfer) => Need::TakeBack(*transfer),
        Action::CloseNoShow(visit) => Need::NoShow(*visit),
        Action::CloseVisit { visit, reason, .. } => match reason {
            CloseReason::Left => Need::Patient(*visit),
            CloseReason::NoShow => Need::NoShow(*visit),
            CloseReason::Merged { into } => Need::SteerBoth(*visit, *into),
            CloseReason::Completed | CloseReason::Removed { .. } | CloseReason::EndOfDay => {
                Need::SteerOrCall(*visit)
            }
        },
        Action::MergeVisits { survivor, duplicate, .. } => Need::SteerBoth(*duplicate, *survivor),
    }
}

struct Asked<'a> {
    state: &'a ClinicState,
}

impl Asked<'_> {
    fn visit(&self, id: VisitId) -> Option<&OpenVisit> {
        self.state.visit(id).and_then(PatientVisit::last)
    }

    fn request(&self, id: TransferId) -> Option<&Request> {
        self.state.transfer(id).and_then(Transfer::request)
    }

    fn may_member(&self, id: MemberId, need: &Need) -> bool {
        let member = self.state.clinic().member(id).filter(|member| member.active());
        let Some(member) = member else {
            return matches!(need, Need::Link); // the door is open to whoever has the link
        };
        let admin = member.role != Role::Member;
        let serves = |room: RoomId| {
            let room = self.state.room(room).and_then(Room::last);
            room.is_some_and(|room| room.assigned.contains(&id))
        };
        let steers = |room| admin || serves(room);
        let visit_in = |visit, fits: &dyn Fn(RoomId) -> bool| {
            self.visit(visit).is_some_and(|visit| fits(visit.room))
        };
        let in_call = |visit| self.state.call_of(id) == Some(visit);
        match *need {
            Need::Link => true,
            Need::Product | Need::Observe | Need::Patient(_) => false,
            Need::Administer => admin,
            Need::Serve(room) => serves(room),
            Need::ServeVisit(visit) => visit_in(visit, &serves),
            Need::ServeOrCall(visit) => visit_in(visit, &serves) || in_call(visit),
            Need::Steer(room) => steers(room),
            Need::SteerVisit(visit) => visit_in(visit, &steers),
            Need::SteerOrCall(visit) | Need::NoShow(visit) => {
                visit_in(visit, &steers) || in_call(visit)
            }
            Need::SteerBoth(one, other) => {
                (visit_in(one, &steers) || in_call(one)) && visit_in(other, &steers)
            }
            Need::Answer(transfer) => self.request(transfer).is_some_and(|leg| steers(leg.to)),
            Need::TakeBack(transfer) => self
                .request(transfer)
                .is_some_and(|leg| steers(leg.from) || leg.by == Actor::Member(id)),
        }
    }
}
