//! Who is where, as a clinic's state and a census keep it.

use clinic_domain::ids::VisitId;
use clinic_domain::occupancy::Occupancy;
use clinic_domain::visit::OpenVisit;
use clinic_testkit::spec::Scene;

use super::ANNA;
use crate::cases::start;

/// Anna as she waits and in call; as if she were in another room, or somebody else.
fn visits() -> [OpenVisit; 4] {
    let mut scene = Scene::new();
    let anna = scene.arrive(scene.reception, "Anna");
    let waiting = scene.visit(anna).clone();
    scene.grant(scene.rita, start(anna));
    let in_call = scene.visit(anna).clone();
    let elsewhere = OpenVisit { room: scene.dr_dana, ..waiting.clone() };
    let other = scene.arrive(scene.reception, "Ben");
    let somebody = OpenVisit { tokens: scene.visit(other).tokens.clone(), ..waiting.clone() };
    [waiting, in_call, elsewhere, somebody]
}

fn holding(id: VisitId, visit: &OpenVisit) -> Occupancy {
    let mut occupancy = Occupancy::default();
    occupancy.enter(id, visit);
    occupancy
}

#[test]
fn two_occupancies_are_alike_if_everybody_is_in_the_same_place() {
    let visits = visits();
    for (one, visit) in visits.iter().enumerate() {
        for (other, than) in visits.iter().enumerate() {
            let alike = holding(ANNA, visit) == holding(ANNA, than);
            assert_eq!(alike, one == other, "{visit:?}\n{than:?}");
        }
    }
}

#[test]
fn a_room_that_everybody_has_left_is_no_difference() {
    let [waiting, ..] = visits();
    let mut occupancy = holding(ANNA, &waiting);
    assert_ne!(occupancy, Occupancy::default());
    occupancy.leave(ANNA, &waiting);
    assert_eq!(occupancy, Occupancy::default());
}
