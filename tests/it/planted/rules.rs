//! Mistakes in rules.

use clinic_domain::actor::{Actor, PolicyName, Right};
use clinic_domain::command::{Action, CheckInForm, Command};
use clinic_domain::event::Event;
use clinic_domain::ids::MemberId;
use clinic_domain::refusal::Refusal;
use clinic_domain::room::{Room, RoomEvent};
use clinic_domain::state::ClinicState;
use clinic_domain::time::Timestamp;
use clinic_domain::visit::{Place, VisitEvent, VisitRefusal};

use super::eyes::judge;

type Decided = Result<Vec<Event>, Refusal>;

/// What the rules decide, but for events of that name.
fn without(name: &str, state: &ClinicState, command: &Command) -> Decided {
    let mut events = state.decide(command)?;
    events.retain(|event| event.name() != name);
    Ok(events)
}

/// What the rules decide, with each event of a visit put otherwise.
fn otherwise(state: &ClinicState, command: &Command, put: impl Fn(&mut VisitEvent)) -> Decided {
    let mut events = state.decide(command)?;
    for event in &mut events {
        if let Event::Visit(_, event) = event {
            put(event);
        }
    }
    Ok(events)
}

/// What the rules decide of the same command some milliseconds before.
fn earlier(state: &ClinicState, command: &Command, by: i64) -> Decided {
    let before = Timestamp(command.at.0 - by).max(state.now());
    otherwise(state, &Command { at: before, ..command.clone() }, |event| {
        if let VisitEvent::TransferReversed { at, .. } = event {
            *at = command.at;
        }
    })
}

#[test]
fn a_transfer_that_moves_nobody() {
    judge("a transfer that moves nobody", "model: ", |state, command| {
        without("Transferred", state, command)
    });
}

#[test]
fn an_undo_that_restores_the_wrong_place() {
    judge("an undo that restores the wrong place", "goes back", |state, command| {
        otherwise(state, command, |event| {
            if let VisitEvent::TransferReversed { to, from, .. } = event {
                let mut rooms = state.rooms().map(|(id, _)| id);
                *to = rooms.find(|room| room != to && room != from).unwrap_or(*to);
            }
        })
    });
}

#[test]
fn an_accept_window_that_is_a_millisecond_too_long() {
    judge("an accept window that is a millisecond too long", "model", |state, command| {
        let accepts = matches!(command.action, Action::AcceptTransfer(..));
        if accepts { earlier(state, command, 1) } else { state.decide(command) }
    });
}

#[test]
fn an_undo_window_that_never_ends() {
    judge("an undo window that never ends", "model: ", |state, command| {
        let undoes = matches!(command.action, Action::UndoTransfer(..));
        if undoes { earlier(state, command, 3_600_000) } else { state.decide(command) }
    });
}

#[test]
fn a_start_by_whoever_asks() {
    judge("a start by whoever asks", "somebody who may", |state, command| {
        let refused = state.decide(command);
        let (Action::StartCall { visit, .. }, Actor::Member(asker)) =
            (&command.action, &command.actor)
        else {
            return refused;
        };
        let Err(Refusal::Visit(VisitRefusal::NotEntitled { .. })) = refused else { return refused };
        let room = state.visit(*visit).and_then(|visit| visit.open()).map(|visit| visit.room);
        let room = room.and_then(|room| state.room(room)).and_then(Room::open);
        let serving = |id: &&MemberId| state.call_of(**id).is_none() && *id != asker;
        let Some(other) = room.and_then(|room| room.assigned.iter().find(serving)) else {
            return refused;
        };
        let granted = Command { actor: Actor::Member(*other), ..command.clone() };
        otherwise(state, &granted, |event| {
            if let VisitEvent::CallStarted { member, .. } = event {
                *member = *asker;
            }
        })
    });
}

#[test]
fn a_member_in_two_calls() {
    judge("a member in two calls", "begins another", |state, command| {
        let refused = state.decide(command);
        let (Err(Refusal::Visit(VisitRefusal::MemberBusy { .. })), Actor::Member(asker)) =
            (&refused, &command.actor)
        else {
            return refused;
        };
        let others = state.clinic().founded().into_iter().flat_map(|clinic| clinic.members.keys());
        let granted = others.filter(|other| *other != asker).find_map(|other| {
            let command = Command { actor: Actor::Member(*other), ..command.clone() };
            otherwise(state, &command, |event| {
                if let VisitEvent::CallStarted { member, .. } = event {
                    *member = *asker;
                }
            })
            .ok()
        });
        granted.map_or(refused, Ok)
    });
}

#[test]
fn a_presence_edge_that_ends_a_call() {
    judge("a presence edge that ends a call", "model", |state, command| {
        let mut events = state.decide(command)?;
        let offline = events.iter().find_map(|event| match event {
            Event::Visit(id, VisitEvent::PatientWentOffline { .. }) => Some(*id),
            Event::Clinic(..) | Event::Room(..) | Event::Visit(..) | Event::Transfer(..) => None,
        });
        let place = |id| Some(&state.visit(id)?.open()?.place);
        let by = Actor::policy(PolicyName::Presence);
        if let Some(id) = offline
            && let Some(Place::InCall { .. }) = place(id)
        {
            events.push(Event::Visit(id, VisitEvent::CallEnded { by, at: command.at }));
        }
        Ok(events)
    });
}

#[test]
fn a_merge_that_leaves_the_duplicate_open() {
    judge("a merge that leaves the duplicate open", "not closed", |state, command| {
        if matches!(command.action, Action::MergeVisits { .. }) {
            without("VisitClosed", state, command)
        } else {
            state.decide(command)
        }
    });
}

#[test]
fn an_archive_with_people_inside() {
    judge("an archive with people inside", "archived room", |state, command| {
        let decided = state.decide(command);
        let Action::ArchiveRoom(room) = command.action else { return decided };
        let may = state.clinic().standing(&command.actor, None).may(Right::Administer);
        if decided.is_err() && may && state.inside(room).into_iter().next().is_some() {
            return Ok(vec![Event::Room(room, RoomEvent::RoomArchived)]);
        }
        decided
    });
}

#[test]
fn a_disabled_member_who_stays_in_her_call() {
    judge("a disabled member who stays in her call", "nobody is lost", |state, command| {
        if matches!(command.action, Action::DisableMember(_)) {
            without("CallPaused", state, command)
        } else {
            state.decide(command)
        }
    });
}

#[test]
fn a_stale_click_that_counts() {
    judge("a stale click that counts", "model", |state, command| {
        let refused = state.decide(command);
        let Err(Refusal::Visit(VisitRefusal::Stale { .. })) = refused else { return refused };
        let mut command = command.clone();
        if let Action::StartCall { seen, .. }
        | Action::Transfer { seen, .. }
        | Action::CloseVisit { seen, .. } = &mut command.action
        {
            *seen = None;
        }
        state.decide(&command)
    });
}

#[test]
fn a_token_with_two_visits() {
    judge("a token with two visits", "nobody is lost", |state, command| {
        let decided = state.decide(command);
        let Action::CheckIn(form) = &command.action else { return decided };
        if decided.is_ok() || state.visit_of(&form.token).is_none() {
            return decided;
        }
        let mut bytes = form.token.0;
        bytes[31] ^= 1;
        let other = clinic_domain::actor::TokenHash(bytes);
        let form = CheckInForm { token: other, ..(**form).clone() };
        let action = Action::CheckIn(Box::new(form));
        let actor = match &command.actor {
            Actor::Patient(_) => Actor::Patient(other),
            actor @ (Actor::Member(_) | Actor::Policy { .. } | Actor::Import | Actor::Host) => {
                actor.clone()
            }
        };
        let granted = otherwise(state, &Command { actor, action, ..command.clone() }, |event| {
            if let VisitEvent::CheckedIn { token, .. } = event {
                token.0[31] ^= 1;
            }
        });
        granted.or(decided)
    });
}
