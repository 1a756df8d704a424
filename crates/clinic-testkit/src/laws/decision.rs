//! What holds of a decision, asked of the states before it and after it.

use clinic_domain::actor::Actor;
use clinic_domain::clinic::ClinicRefusal;
use clinic_domain::command::{Action, Command};
use clinic_domain::event::Event;
use clinic_domain::hours::Zone;
use clinic_domain::ids::CommandId;
use clinic_domain::refusal::Refusal;
use clinic_domain::room::RoomRefusal;
use clinic_domain::state::ClinicState;
use clinic_domain::transfer::TransferRefusal;
use clinic_domain::visit::VisitRefusal;

use super::{Law, Verdict, Violation};

/// What a state says to a command.
type Decision = Result<Vec<Event>, Refusal>;

/// What decides: `&ClinicState::decide`, unless other rules are tried.
pub type Rules<'a> = &'a dyn Fn(&ClinicState, &Command) -> Decision;

/// What an action does when it is asked again, by the same actor, right after it was granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// It is so already: granted, with no events.
    Nothing,
    /// It cannot happen a second time: refused.
    Refused,
    /// It is about nothing that is there already, so it happens once more.
    Adds,
}

/// What an action does when it is asked again. An action that *adds* needs a reason here.
#[must_use]
pub fn repeat_of(action: &Action) -> Repeat {
    match action {
        // Two members may have one name, and two notes one text. The next whom *call next* finds is
        // somebody else: the first is in call by then.
        Action::AddMember { .. } | Action::AddNote(..) | Action::CallNext { pausing: true, .. } => {
            Repeat::Adds
        }
        // There is one clinic, one room at a link; the member is in a call; the visit is there.
        Action::FoundClinic { .. }
        | Action::OpenRoom { .. }
        | Action::CallNext { pausing: false, .. }
        | Action::Transfer { .. } => Repeat::Refused,
        Action::SetZone(_)
        | Action::SetCapabilities(_)
        | Action::RenameMember { .. }
        | Action::ChangeRole { .. }
        | Action::DisableMember(_)
        | Action::EnableMember(_)
        | Action::RemoveMember(_)
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
        | Action::CheckIn(_)
        | Action::StartCall { .. }
        | Action::PauseCall { .. }
        | Action::EndCall { .. }
        | Action::ArchiveRoom(_)
        | Action::TransferAll { .. }
        | Action::UndoTransfer(..)
        | Action::MergeVisits { .. }
        | Action::EndDay(_)
        | Action::AcceptTransfer(..)
        | Action::DeclineTransfer { .. }
        | Action::SetPriority(..)
        | Action::TickChecklist { .. }
        | Action::CarryOver(_)
        | Action::CloseVisit { .. }
        | Action::CloseAll { .. }
        | Action::ReopenVisit(_)
        | Action::NotePresence { .. }
        | Action::HoldLostMember(..)
        | Action::ExpireTransfer(..)
        | Action::CloseNoShow(_) => Repeat::Nothing,
    }
}

/// Asked twice, happened once: the same body under another id, right after it was granted. `state` is
/// the state after the grant, with what the command needs.
///
/// # Errors
/// If it happens a second time, or is refused though it is so already.
pub fn asked_twice(
    rules: Rules<'_>,
    state: &ClinicState,
    command: &Command,
    other: CommandId,
) -> Verdict {
    let again = Command { id: other, ..command.clone() };
    let decided = rules(state, &again);
    let expected = repeat_of(&command.action);
    let as_expected = match (&decided, expected) {
        (Ok(events), Repeat::Nothing) => events.is_empty(),
        (Err(refusal), Repeat::Nothing) => overtaken(refusal),
        (Err(_), Repeat::Refused) | (_, Repeat::Adds) => true,
        (Ok(_), Repeat::Refused) => false,
    };
    if as_expected {
        return Ok(());
    }
    let name = command.action.name();
    let found = format!("{name}, asked again, is {decided:?}; expected: {expected:?}");
    Err(Violation::new(Law::AskedTwice, state.head(), found))
}

/// Whether the grant itself overtook the asker: her screen is out of date by it, or it took the right
/// by which she asked - she disabled herself, or left the call that gave her a say.
fn overtaken(refusal: &Refusal) -> bool {
    match refusal {
        Refusal::Visit(refusal) => {
            matches!(refusal, VisitRefusal::Stale { .. } | VisitRefusal::NotEntitled { .. })
        }
        Refusal::Clinic(refusal) => {
            matches!(refusal, ClinicRefusal::NotEntitled { .. } | ClinicRefusal::OwnersOnly)
        }
        Refusal::Room(RoomRefusal::NotEntitled { .. })
        | Refusal::Transfer(TransferRefusal::NotEntitled { .. }) => true,
        Refusal::CommandReused { .. }
        | Refusal::Unreadable
        | Refusal::Room(_)
        | Refusal::Transfer(_)
        | Refusal::NobodyToCall { .. } => false,
    }
}

/// A retry of a granted command - the same id, actor and body - gets the first answer, however
/// much later within the memory of the id and with whatever fresh ids.
///
/// # Errors
/// If it is decided anew.
pub fn retry(rules: Rules<'_>, state: &ClinicState, command: &Command) -> Verdict {
    match rules(state, command) {
        Ok(events) if events.is_empty() => Ok(()),
        decided => {
            let found = format!("{}, sent again, is {decided:?}", command.action.name());
            Err(Violation::new(Law::Retry, state.head(), found))
        }
    }
}

/// The id of a granted command does not serve another actor, nor another body.
///
/// # Errors
/// If it does.
pub fn reuse(rules: Rules<'_>, state: &ClinicState, command: &Command) -> Verdict {
    let other_actor = match command.actor {
        Actor::Host => Actor::Import,
        Actor::Member(_) | Actor::Patient(_) | Actor::Policy { .. } | Actor::Import => Actor::Host,
    };
    let zone = Zone::parse("Asia/Tokyo");
    let other_body = zone.map_or_else(|| command.action.clone(), Action::SetZone);
    let others = [
        Command { actor: other_actor, ..command.clone() },
        Command { action: other_body, ..command.clone() },
    ];
    for other in others {
        let decided = rules(state, &other);
        if !matches!(decided, Err(Refusal::CommandReused { .. })) {
            let found = format!("the id of {} served for {decided:?}", command.action.name());
            return Err(Violation::new(Law::Reuse, state.head(), found));
        }
    }
    Ok(())
}

/// A state that let closed visits go and loaded what the command needs decides as one that kept all.
///
/// # Errors
/// If they differ.
pub fn loaded(live: &ClinicState, full: &ClinicState, command: &Command) -> Verdict {
    let (live_says, full_says): (Decision, Decision) = (live.decide(command), full.decide(command));
    if live_says == full_says {
        return Ok(());
    }
    let name = command.action.name();
    let found =
        format!("{name} decided from loaded state: {live_says:?}; from full: {full_says:?}");
    Err(Violation::new(Law::Loaded, live.head(), found))
}
