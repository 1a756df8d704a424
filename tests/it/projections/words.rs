//! How what people see is said in a word, on a terminal.

use clinic_domain::ids::RoomId;
use clinic_projections::availability::Availability;
use clinic_projections::ending::Ending;
use clinic_projections::sent::Whereabouts;
use uuid::Uuid;

use super::fixture::{at, title};

#[test]
fn where_somebody_is_and_how_a_visit_ended_is_said_in_a_word() {
    let (room, name) = (RoomId(Uuid::nil()), Some(title("Dr. Dana")));
    for (whereabouts, words) in [
        (Whereabouts::Waiting { room, name: name.clone() }, "waiting in Dr. Dana"),
        (Whereabouts::InCall { room, name: None }, "in call in a room"),
        (Whereabouts::OnHold { room, name }, "on hold in Dr. Dana"),
        (
            Whereabouts::Closed { reason: Ending::EndOfDay, at: at("18:00:00") },
            "closed: end of day",
        ),
    ] {
        assert_eq!(whereabouts.to_string(), words);
    }
    for (availability, word) in [
        (Availability::Online, "online"),
        (Availability::OnAnotherCall, "on another call"),
        (Availability::Away, "away"),
    ] {
        assert_eq!(availability.to_string(), word);
    }
}
