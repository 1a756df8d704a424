//! A state that was saved and loaded is the state that it was, and goes on as if it had never been
//! away.

use std::convert::Infallible;

use clinic_domain::command::Command;
use clinic_domain::state::ClinicState;
use clinic_testkit::day::Origin;
use clinic_testkit::laws::agenda;
use clinic_testkit::world::World;

use super::{next, rounds, runner};

/// Days on which states are saved.
const DAYS: usize = 40;
/// So many commands go by from one saving to the next.
const COMMANDS: usize = 12;

/// As a store does it.
pub(crate) fn saved_and_loaded(state: &ClinicState) -> ClinicState {
    let saved = serde_json::to_string(state).expect("a state is JSON");
    serde_json::from_str(&saved).unwrap_or_else(|error| panic!("{error} in {saved}"))
}

/// The state of a node that was started from a saved state some commands ago.
#[derive(Default)]
struct Restarted {
    state: Option<ClinicState>,
    read: usize,
    commands: usize,
}

impl Restarted {
    /// Folds in what is new, and compares.
    fn catch_up(&mut self, world: &World) {
        if let Some(state) = &mut self.state {
            world.log().iter().skip(self.read).for_each(|recorded| state.evolve(recorded));
            assert!(state == world.state(), "folding on from a loaded state made another one");
        }
        self.read = world.log().len();
    }

    fn ask(&mut self, world: &mut World, command: &Command) {
        self.catch_up(world);
        if self.commands.is_multiple_of(COMMANDS) {
            let loaded = saved_and_loaded(world.state());
            assert!(&loaded == world.state(), "what is loaded is not what was saved");
            agenda(&loaded).unwrap_or_else(|violation| panic!("{violation}"));
            self.state = Some(loaded);
        }
        self.commands += 1;
        let Some(state) = &mut self.state else { return };
        for stream in state.needs(command) {
            state.load(stream, &world.stream(stream));
        }
        world.load(command);
        assert_eq!(state.decide(command), world.state().decide(command));
    }
}

#[test]
fn a_state_that_was_saved_and_loaded_goes_on_as_if_it_had_never_been_away() {
    let mut runner = runner(9);
    let (mut commands, mut history) = (0, 0);
    for _ in 0..DAYS * rounds() {
        let mut restarted = Restarted::default();
        let day = next(&mut runner);
        let played = day.play(|world, command, _: Origin| {
            restarted.ask(world, command);
            Ok::<_, Infallible>(world.submit(command))
        });
        let Ok(world) = played;
        restarted.catch_up(&world);
        commands += restarted.commands;
        history += usize::from(world.state().is_history());
    }
    assert!(commands > 100 * DAYS && history > 0, "{commands} commands, {history} histories");
}
