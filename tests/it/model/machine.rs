//! A small clinic as a state machine: the model makes up what is asked next from its own state, and
//! goes on by itself; the clinic has to give the same answers, events and boards.

mod desk;
mod step;

use clinic_domain::ids::RoomId;
use clinic_projections::census::Census;
use clinic_testkit::model::Model;
use clinic_testkit::world::World;
use proptest::prelude::*;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};

use self::desk::{Desk, opened};
use self::step::Step;
use crate::laws::{config, rounds};

prop_state_machine! {
    #![proptest_config(config(96 * u32::try_from(rounds()).unwrap_or(1)))]

    #[test]
    fn a_small_clinic_does_what_the_model_does(sequential 1..60 => Clinic);
}

/// The model's part.
struct Reference;

impl ReferenceStateMachine for Reference {
    type State = Desk;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<Desk> {
        Just(Desk::opened()).boxed()
    }

    fn transitions(desk: &Desk) -> BoxedStrategy<Step> {
        step::steps(desk)
    }

    fn preconditions(desk: &Desk, step: &Step) -> bool {
        desk.command(step).is_some()
    }

    fn apply(mut desk: Desk, step: &Step) -> Desk {
        desk.play(step);
        desk
    }
}

/// The clinic's part, with a second model that follows what happened.
struct Clinic {
    world: World,
    census: Census,
    follower: Model,
}

impl StateMachineTest for Clinic {
    type SystemUnderTest = Self;
    type Reference = Reference;

    fn init_test(_: &Desk) -> Self {
        let (world, _) = opened();
        let mut clinic = Self { world, census: Census::default(), follower: Model::default() };
        clinic.catch_up();
        clinic
    }

    fn apply(mut clinic: Self, desk: &Desk, _: Step) -> Self {
        let asked = desk.asked.as_ref().expect("a step has been played");
        let answer = clinic.world.submit(&asked.command);
        let what = || format!("{:?} by {:?}", asked.command.action, asked.command.actor);
        let fits = desk.model.expected(asked.says, &answer);
        fits.unwrap_or_else(|differs| panic!("{}: {differs}", what()));
        let recorded = answer.unwrap_or_default();
        let fits = desk.model.happened(&asked.events, &recorded);
        fits.unwrap_or_else(|differs| panic!("{}: {differs}", what()));
        clinic.catch_up();
        clinic
    }

    fn check_invariants(clinic: &Self, desk: &Desk) {
        let models = [&desk.model, &clinic.follower];
        for model in models {
            let boards = model.compare(&clinic.census, desk.now);
            boards.unwrap_or_else(|differs| panic!("{differs}"));
            let state = model.agrees(clinic.world.state());
            state.unwrap_or_else(|differs| panic!("{differs}"));
        }
        let boards = |room: &RoomId| models.map(|model| model.board(*room, desk.now));
        assert!(desk.rooms.iter().map(boards).all(|[one, other]| one == other));
    }
}

impl Clinic {
    fn catch_up(&mut self) {
        let seen = usize::try_from(self.follower.position().0).expect("a log fits in memory");
        for recorded in &self.world.log()[seen..] {
            self.follower.follow(recorded).unwrap_or_else(|differs| panic!("{differs}"));
            self.census.apply(recorded);
        }
    }
}
