//! How ids, places and outcomes are shown in a log line or on a terminal.

use clinic_domain::actor::{Right, TokenHash};
use clinic_domain::event::StreamId;
use clinic_domain::ids::{PlaceVersion, Position};
use clinic_domain::transfer::{Outcome, TransferRefusal};
use clinic_domain::visit::VisitRefusal;

use super::ANNA;

#[test]
fn a_stale_click_says_on_which_place_it_was_decided_and_which_it_is_now() {
    let stale = VisitRefusal::Stale { seen: PlaceVersion(2), now: PlaceVersion(5) };
    assert_eq!(stale.to_string(), "the visit has moved on: decided on place 2, now 5");
}

#[test]
fn a_settled_transfer_says_what_became_of_it() {
    for (outcome, words) in [
        (Outcome::Completed, "already completed"),
        (Outcome::Accepted, "already accepted"),
        (Outcome::Declined, "already declined"),
        (Outcome::Expired, "already expired"),
        (Outcome::Withdrawn, "already withdrawn"),
        (Outcome::Undone, "already undone"),
    ] {
        assert_eq!(TransferRefusal::Settled { outcome }.to_string(), words);
    }
}

#[test]
fn whoever_is_not_entitled_is_told_to_what() {
    for (right, words) in [
        (Right::Serve, "not entitled to serve patients in this room"),
        (Right::Steer, "not entitled to move or close visits in this room"),
        (Right::Administer, "not entitled to administer the clinic"),
        (Right::Own, "not entitled to decide what the clinic may use"),
        (Right::Observe, "not entitled to note presence and time"),
    ] {
        assert_eq!(VisitRefusal::NotEntitled { right }.to_string(), words);
    }
}

#[test]
fn a_position_is_shown_as_its_number_a_stream_by_its_kind_and_a_token_as_its_digits() {
    assert_eq!(Position(42).to_string(), "42");
    assert_eq!(StreamId::Visit(ANNA).to_string(), format!("PatientVisit {ANNA}"));
    let token = format!("TokenHash({})", "a7".repeat(32));
    assert_eq!(format!("{:?}", TokenHash([0xa7; 32])), token);
}
