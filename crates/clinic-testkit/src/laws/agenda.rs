//! What a state knows to come, against what a look at everybody finds.

use clinic_domain::clinic::Member;
use clinic_domain::state::ClinicState;
use clinic_domain::time::Timestamp;
use clinic_domain::visit::{PatientVisit, Presence};

use super::{Law, Verdict, Violation};

/// The next thing that falls due, what has fallen due by some instant, and whether anybody is
/// connected: kept in order beside the state, and the same as found by looking at everybody.
///
/// # Errors
/// What differs.
pub fn agenda(state: &ClinicState) -> Verdict {
    let fail = |found: String| Err(Violation::new(Law::Agenda, state.head(), found));
    let dues = state.dues();
    let (first, next) = (dues.first().map(|due| due.at), state.next_due());
    if first != next {
        return fail(format!("next is {next:?}, and {first:?} when looked for"));
    }
    // Halfway through what is to come, and all of it.
    let half = dues.get(dues.len() / 2).map(|due| due.at);
    for until in half.into_iter().chain([Timestamp(i64::MAX)]) {
        let fallen: Vec<_> = dues.iter().filter(|due| due.at <= until).cloned().collect();
        if state.dues_until(until) != fallen {
            return fail(format!("other work has fallen due by {until}"));
        }
    }
    let founded = state.clinic().founded().filter(|_| !state.is_history());
    let member = founded.is_some_and(|clinic| clinic.members.values().any(Member::online));
    let here =
        |visit: &PatientVisit| visit.open().is_some_and(|open| open.presence == Presence::Online);
    let patient = !state.is_history() && state.visits().any(|(_, visit)| here(visit));
    if state.anybody_online() != (member || patient) {
        return fail(format!("somebody is connected: {}", member || patient));
    }
    Ok(())
}
