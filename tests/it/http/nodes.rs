//! Two nodes on one log: a reader whose node is gone goes on at another.

use std::sync::Arc;

use clinic_engine::ports::ManualClock;

use super::fixture::Served;
use super::streams::Live;
use crate::engine::fixture::{House, NINE};
use crate::postgres::fixture::lent;
use crate::postgres::load::{Beside, Node, Place};

fn house(node: &Node, place: Place) -> House {
    let Place { clinic, rita, dana, reception, office } = place;
    let (engine, clock) = (node.engine.clone(), Arc::new(ManualClock::at(NINE)));
    House { engine, clock, clinic, rita, dana, reception, office }
}

#[tokio::test]
async fn a_stream_goes_on_at_another_node_behind_the_same_cursor() {
    let lent = lent();
    let beside = Beside::default();
    let nodes = [Node::on(&lent.url(), &beside).await, Node::on(&lent.url(), &beside).await];
    let place = Place::found(&nodes[0].engine).await;
    let [one, other] = [0, 1].map(|number| Served::of(house(&nodes[number], place)));
    let who = one.member(place.rita);
    let path = format!("/api/clinics/{{clinic}}/rooms/{}/stream", place.reception);

    let mut desk = Live::of(one.stream(&who, &path, None).await);
    let mut cursor = desk.told().await.id;
    one.house.check_in(1).await;
    cursor.clone_from(&desk.is_told("CheckedIn").await.id);
    drop(desk);
    // What happens while nobody listens, on either node, comes once and in order.
    let second = one.house.check_in(2).await;
    let third = other.house.check_in(3).await;
    let mut desk = Live::of(other.stream(&who, &path, Some(&cursor)).await);
    for visit in [second, third] {
        let said = desk.is_told("CheckedIn").await;
        assert_eq!(said.data["visit"], visit.to_string(), "{said:?}");
    }
    let fourth = one.house.check_in(4).await;
    assert_eq!(desk.is_told("CheckedIn").await.data["visit"], fourth.to_string());
}
