//! What a refusal tells a patient: never anything of others.

use clinic_domain::actor::Actor;
use clinic_domain::command::{Action, Command};
use clinic_domain::ids::{MemberId, VisitId};
use clinic_domain::personal::Sealable as _;
use clinic_domain::refusal::{PublicRefusal, Refusal};
use clinic_domain::state::ClinicState;
use clinic_projections::census::Census;
use clinic_projections::waiting_room::{Spot, WaitingRoom};
use uuid::Uuid;

use super::{Law, Verdict, Violation};

/// The public form of a patient's refusal names no member and no visit, no room but her own, and says
/// of another's visit what it says of one that there never was.
///
/// # Errors
/// What it tells.
pub fn privacy(state: &ClinicState, command: &Command, refusal: &Refusal) -> Verdict {
    let Actor::Patient(token) = &command.actor else { return Ok(()) };
    let public = refusal.public();
    let fail = |found: String| Err(Violation::new(Law::Privacy, state.head(), found));
    let told = format!("{public} {public:?}");
    let words = told.split(|letter: char| !letter.is_ascii_hexdigit() && letter != '-');
    let somebodys = |id: &Uuid| {
        state.clinic().member(MemberId(*id)).is_some() || state.visit(VisitId(*id)).is_some()
    };
    if let Some(id) = words.filter_map(|word| Uuid::try_parse(word).ok()).find(somebodys) {
        return fail(format!("{told}, which names {id}"));
    }
    if let PublicRefusal::AlreadyInside { room } = public {
        let Action::CheckIn(form) = &command.action else {
            return fail(format!("{told}, to somebody who does not check in"));
        };
        let own = state.visit_of(&form.token).and_then(|visit| state.visit(visit)?.open());
        if own.is_none_or(|visit| visit.room != room) {
            return fail(format!("{told}, where she is not"));
        }
    }
    let hers = |visit: VisitId| {
        let visit = state.visit(visit).and_then(|visit| visit.last());
        visit.is_none_or(|visit| visit.tokens.contains(token))
    };
    if let Some(visit) = about(&command.action).filter(|visit| !hers(*visit)) {
        match public {
            PublicRefusal::NotPossible | PublicRefusal::TryAgain => {}
            PublicRefusal::NoSuchRoom
            | PublicRefusal::Suspended { .. }
            | PublicRefusal::Shut { .. }
            | PublicRefusal::Full
            | PublicRefusal::WrongPasscode
            | PublicRefusal::ConsentNeeded { .. }
            | PublicRefusal::AlreadyInside { .. }
            | PublicRefusal::VisitOver => return fail(format!("{told}, about {visit} of another")),
        }
    }
    Ok(())
}

/// What the patient of `visit` is shown names no visit but hers, no member, no transfer and no other
/// patient: no id stands in it but those of her visit, her call and the rooms of her way.
///
/// # Errors
/// What it names.
pub fn discreet(census: &Census, visit: VisitId, shown: &WaitingRoom) -> Verdict {
    let fail = |found: String| Err(Violation::new(Law::Privacy, census.position(), found));
    let call = match shown.spot {
        Spot::InCall { call } => Some(call.0),
        Spot::Waiting | Spot::OnHold => None,
    };
    let own = [Some(visit.0), Some(shown.room.0), Some(shown.shown.room.0), call];
    let Ok(told) = serde_json::to_string(shown) else {
        return fail(format!("what {visit} is shown cannot be written"));
    };
    let words = told.split(|letter: char| !letter.is_ascii_hexdigit() && letter != '-');
    let mut ids = words.filter_map(|word| Uuid::try_parse(word).ok());
    if let Some(id) = ids.find(|id| !own.contains(&Some(*id))) {
        return fail(format!("the patient of {visit} is shown {id}: {told}"));
    }
    let others = census.visits().filter(|(id, ..)| *id != visit);
    for name in others.filter_map(|(_, _, card)| card.name.sealed()) {
        if told.contains(name) {
            return fail(format!("the patient of {visit} is shown another's name: {told}"));
        }
    }
    Ok(())
}

/// The visit that an action is about, if it is about one.
#[expect(clippy::wildcard_enum_match_arm, reason = "the rest are about no single visit")]
fn about(action: &Action) -> Option<VisitId> {
    match action {
        Action::StartCall { visit, .. }
        | Action::PauseCall { visit, .. }
        | Action::EndCall { visit, .. }
        | Action::Transfer { visit, .. }
        | Action::AcceptTransfer(visit, _)
        | Action::DeclineTransfer { visit, .. }
        | Action::UndoTransfer(visit, _)
        | Action::ExpireTransfer(visit, _)
        | Action::SetPriority(visit, _)
        | Action::AddNote(visit, _)
        | Action::TickChecklist { visit, .. }
        | Action::CarryOver(visit)
        | Action::CloseVisit { visit, .. }
        | Action::ReopenVisit(visit)
        | Action::HoldLostMember(visit, _)
        | Action::CloseNoShow(visit) => Some(*visit),
        _ => None,
    }
}
