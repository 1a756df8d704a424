//! The same seed, the same bytes: of the log, of the state and of the boards.

use std::fmt::Write;

use clinic_domain::event::{Event, Recorded};
use clinic_projections::views::Views;
use clinic_testkit::world::World;

use super::{next, runner};

/// Days compared byte by byte.
const DAYS: usize = 12;

#[test]
fn one_seed_makes_the_same_log_state_and_boards_byte_for_byte() {
    let told = |seed| {
        let mut runner = runner(seed);
        (0..DAYS).map(|_| bytes(&next(&mut runner).run())).collect::<Vec<String>>()
    };
    let (once, again, other) = (told(3), told(3), told(4));
    for (n, (once, again)) in once.iter().zip(&again).enumerate() {
        assert!(once == again, "day {n} of seed 3 was told in two ways");
    }
    assert!(once != other, "two seeds made the same days: then this test sees nothing");
    assert!(once.iter().map(String::len).sum::<usize>() > 100_000, "hardly anything happened");
}

/// Everything there is to compare: each event as it is stored, each envelope, the state, and the
/// board of each room.
fn bytes(world: &World) -> String {
    let mut text = String::new();
    for recorded in world.log() {
        writeln!(text, "{} {recorded:?}", stored(recorded)).expect("a text can be written to");
    }
    write!(text, "{:?}", world.state()).expect("a text can be written to");
    let views = Views::rebuilt(world.log());
    for (room, _) in world.state().rooms() {
        let board = views.census.board(room, world.state().now()).expect("the room has a board");
        text.push_str(&serde_json::to_string(&board).expect("a board is JSON"));
    }
    text
}

/// The payload and the metadata, as JSON.
fn stored(recorded: &Recorded) -> String {
    let payload = match &recorded.event {
        Event::Clinic(_, event) => serde_json::to_string(event),
        Event::Room(_, event) => serde_json::to_string(event),
        Event::Visit(_, event) => serde_json::to_string(event),
        Event::Transfer(_, event) => serde_json::to_string(event),
    };
    let cause = serde_json::to_string(&recorded.cause);
    format!("{} {}", payload.expect("an event is JSON"), cause.expect("a cause is JSON"))
}

/// Patients have names in the kit's days, and `Debug` is what ends in a log file or a panic.
#[test]
fn no_debug_tells_the_name_or_the_words_of_a_patient() {
    let mut runner = runner(6);
    let (mut told, mut kept) = (String::new(), String::new());
    for _ in 0..4 {
        let world = next(&mut runner).run();
        write!(told, "{:?} {:?}", world.log(), world.state()).expect("a text can be written to");
        world.log().iter().for_each(|recorded| kept.push_str(&stored(recorded)));
    }
    for secret in ["Núñez", "Thị", "A cough", "Wait and see"] {
        assert!(kept.contains(secret), "{secret} occurs in no event: this test sees nothing");
        assert!(!told.contains(secret), "{secret} was told by a Debug");
    }
}
