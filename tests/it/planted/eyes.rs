//! The eyes without an engine: every law, and the reference model, beside a day that is played.

use clinic_domain::command::Command;
use clinic_domain::event::{Event, Recorded};
use clinic_domain::refusal::Refusal;
use clinic_domain::state::ClinicState;
use clinic_projections::views::Views;
use clinic_testkit::day::Day;
use clinic_testkit::laws::{Ledger, Watch};
use clinic_testkit::model::Model;
use clinic_testkit::sim::Plan;
use clinic_testkit::world::World;

use super::hunt;

/// Rules that decide in the place of the clinic's.
pub(super) type Rules = fn(&ClinicState, &Command) -> Result<Vec<Event>, Refusal>;

/// What a fold is given in the place of an event.
pub(super) type Given = fn(&Recorded) -> Vec<Recorded>;

/// Hunts for a mistake in the rules, with the laws and with the model.
pub(super) fn judge(fault: &str, eye: &str, rules: Rules) {
    hunt(fault, eye, |seed| {
        let day = Plan::new(seed).day();
        let seen = [by_the_laws(&day, rules).err(), by_the_model(&day, rules).err()];
        let seen: Vec<String> = seen.into_iter().flatten().collect();
        if seen.is_empty() { Ok(()) } else { Err(seen.join("; ")) }
    });
}

/// Plays a day by these rules, under every law.
fn by_the_laws(day: &Day, rules: Rules) -> Result<(), String> {
    let mut watch: Option<Watch> = None;
    let played = day.play(|world, command, _| {
        watch.get_or_insert_with(|| Watch::new(world)).ask_by(world, command, &rules)
    });
    let held = played.and_then(|world| watch.map_or(Ok(()), |watch| watch.finish(&world)));
    held.map_err(|law| format!("law: {law}"))
}

/// Plays a day by these rules, beside the model.
fn by_the_model(day: &Day, rules: Rules) -> Result<(), String> {
    let mut model = Model::default();
    let played = day.play(|world, command, _| {
        follow(&mut model, world)?;
        let says = model.says(command);
        let answer = world.submit_by(command, rules);
        if let Some(says) = says {
            model.expected(says, &answer).map_err(|found| format!("model: {found}"))?;
        }
        follow(&mut model, world)?;
        Ok::<_, String>(answer)
    });
    played.map(|_| ())
}

fn follow(model: &mut Model, world: &World) -> Result<(), String> {
    let seen = usize::try_from(model.position().0).expect("a log fits in memory");
    let new = world.log().iter().skip(seen);
    new.into_iter()
        .try_for_each(|recorded| model.follow(recorded).map_err(|found| format!("model: {found}")))
}

/// Hunts for a mistake in the fold of the clinic's state.
pub(super) fn fold_state(fault: &str, eye: &str, given: Given) {
    hunt(fault, eye, |seed| {
        let world = Plan::new(seed).day().run();
        let mut state = ClinicState::new(world.state().id());
        let (mut ledger, mut model) = (Ledger::default(), Model::default());
        for recorded in world.log() {
            for event in given(recorded) {
                state.evolve(&event);
            }
            let booked = ledger.enter(recorded).and_then(|()| ledger.agrees(&state));
            booked.map_err(|law| format!("law: {law}"))?;
            let told = model.follow(recorded).and_then(|()| model.agrees(&state));
            told.map_err(|found| format!("model: {found}"))?;
        }
        Ok(())
    });
}

/// Hunts for a mistake in the folds that boards are read from.
pub(super) fn fold_views(fault: &str, eye: &str, given: Given) {
    hunt(fault, eye, |seed| {
        let world = Plan::new(seed).day().run();
        let (mut views, mut model) = (Views::default(), Model::default());
        for recorded in world.log() {
            for event in given(recorded) {
                views.apply(&event);
            }
            model.follow(recorded).map_err(|found| format!("model: {found}"))?;
            let compared = model.compare(&views.census, recorded.occurred_at);
            compared.map_err(|found| format!("model: {found}"))?;
        }
        Ok(())
    });
}
