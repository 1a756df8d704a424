//! Looking into a clinic: only as somebody who is something there.

use clinic_domain::actor::Right;
use clinic_domain::clinic::Member;
use clinic_domain::ids::{ClinicId, MemberId, Position, RoomId};
use clinic_domain::room::Room;
use clinic_domain::visit::OpenVisit;
use clinic_engine::EngineError;
use clinic_projections::census::Census;
use clinic_projections::views::Views;

use crate::{Caller, Http, Problem};

/// Looks at a clinic for a member or the host, at a position or later. To members of others, and where there
/// is no such clinic, there is nothing. A patient is told to sign in, whichever clinic it is: the browser of a
/// member whose session is over may have a visit, too.
pub(crate) async fn look<R>(
    http: &Http,
    caller: Caller,
    clinic: ClinicId,
    at_least: Option<Position>,
    look: impl FnOnce(&Views) -> Option<R>,
) -> Result<R, Problem> {
    let member = match caller {
        Caller::Nobody | Caller::Patient(_) => return Err(Problem::sign_in()),
        Caller::Member(of, _) if of != clinic => return Err(Problem::nothing()),
        Caller::Member(_, member) => Some(member),
        Caller::Host => None,
    };
    let seen = http.engine.read(clinic, at_least, |views| {
        let here = |member| active(&views.census, member);
        if member.is_some_and(|member| !here(member)) { None } else { look(views) }
    });
    seen.await.map_err(Problem::full)?.ok_or_else(Problem::nothing)
}

fn active(census: &Census, member: MemberId) -> bool {
    census.clinic().member(member).is_some_and(Member::active)
}

/// Whether a member sees a room's board: she serves there, or administers the clinic.
pub(crate) fn sees_board(census: &Census, caller: Caller, room: RoomId) -> bool {
    let Caller::Member(clinic, _) = caller else { return caller == Caller::Host };
    let Some(room) = census.room(room).and_then(Room::last) else { return false };
    let Some(actor) = caller.actor(clinic) else { return false };
    census.clinic().standing(&actor, Some(&room.assigned)).may(Right::Steer)
}

/// Whether somebody administers the clinic.
pub(crate) fn administers(census: &Census, caller: Caller) -> bool {
    let Caller::Member(clinic, _) = caller else { return caller == Caller::Host };
    let actor = caller.actor(clinic);
    actor.is_some_and(|actor| census.clinic().standing(&actor, None).may(Right::Administer))
}

/// Whether somebody may see a visit and move it: where she sees the board, and where she is in call with
/// it, for who lost her assignment in mid-call may still end that call.
pub(crate) fn sees_visit(census: &Census, caller: Caller, visit: &OpenVisit) -> bool {
    let in_call = caller.member().is_some_and(|member| visit.in_call_with() == Some(member));
    in_call || sees_board(census, caller, visit.room)
}

/// Why a wish was not granted; to members with the name of the member whom it is about.
pub(crate) async fn refused(
    http: &Http,
    caller: Caller,
    clinic: ClinicId,
    error: EngineError,
) -> Problem {
    let problem = problem(caller, error);
    let Some(member) = problem.member() else { return problem };
    let name = http.engine.read(clinic, None, |views| {
        views.census.clinic().member(member).map(|member| member.name.to_string())
    });
    match name.await {
        Ok(Some(name)) => problem.naming(member, name),
        Ok(None) | Err(_) => problem,
    }
}

/// What went wrong, in the words that this caller may have.
pub(crate) fn problem(caller: Caller, error: EngineError) -> Problem {
    match caller {
        Caller::Nobody | Caller::Patient(_) => Problem::public(error),
        Caller::Member(..) | Caller::Host => Problem::full(error),
    }
}
