//! The promises of whatever nodes tell each other of whom they hear by.

use std::sync::Arc;

use clinic_domain::command::Person;
use clinic_domain::ids::{ClinicId, MemberId, VisitId};
use clinic_domain::time::Timestamp;
use clinic_engine::ports::{LastSeen, Life, NodeId, Seen, Told};
use uuid::Uuid;

/// Makes a test of every promise. `$make` is an async closure that gives an empty one, and whatever has to
/// live as long:
///
/// ```
/// mod my_last_seen {
///     use clinic_engine::ports::MemorySeen as MySeen;
///
///     clinic_testkit::seen_conformance!(async || (std::sync::Arc::new(MySeen::default()), ()));
/// }
/// ```
#[macro_export]
macro_rules! seen_conformance {
    ($make:expr) => {
        $crate::seen_conformance!(@each $make,
            what_one_node_tells_the_others_are_told,
            a_later_sign_takes_the_place_of_an_earlier,
            a_beat_without_signs_says_that_the_node_is_alive,
            clinics_that_nobody_asks_for_are_not_told,
            what_is_old_is_forgotten_and_open_streams_are_not,
        );
    };
    (@each $make:expr, $($promise:ident,)*) => {$(
        #[tokio::test]
        async fn $promise() {
            let make = $make;
            let (seen, _kept) = make().await;
            $crate::conformance::seen::$promise(seen).await;
        }
    )*};
}

type Store = Arc<dyn LastSeen>;

const HERE: ClinicId = ClinicId(Uuid::from_u128(1));
const THERE: ClinicId = ClinicId(Uuid::from_u128(2));
const ONE: NodeId = NodeId(Uuid::from_u128(11));
const TWO: NodeId = NodeId(Uuid::from_u128(12));
const PATIENT: Person = Person::Patient(VisitId(Uuid::from_u128(21)));
const MEMBER: Person = Person::Member(MemberId(Uuid::from_u128(21)));

fn seen(clinic: ClinicId, who: Person, life: Life) -> Seen {
    Seen { clinic, who, connection: Uuid::from_u128(31), life }
}

async fn beat(store: &Store, node: NodeId, at: i64, seen: &[Seen]) {
    store.beat(node, Timestamp(at), seen.to_vec()).await.expect("a store that works");
}

async fn others(store: &Store, node: NodeId, clinics: &[ClinicId]) -> Vec<Told> {
    let mut told = store.others(node, clinics).await.expect("a store that works");
    told.sort_by_key(|told| (told.node, told.seen.clinic, told.seen.who));
    told
}

fn told(node: NodeId, alive: i64, seen: Seen) -> Told {
    Told { node, alive: Timestamp(alive), seen }
}

/// As it was told, of members and of patients, and nothing that was told by whoever asks.
///
/// # Panics
/// If the promise is not kept.
pub async fn what_one_node_tells_the_others_are_told(store: Store) {
    assert!(store.shared());
    let patient = seen(HERE, PATIENT, Life::Open(Timestamp(5)));
    let member = seen(HERE, MEMBER, Life::Heard(Timestamp(6)));
    beat(&store, ONE, 7, &[patient, member]).await;
    assert_eq!(others(&store, TWO, &[HERE]).await, [told(ONE, 7, patient), told(ONE, 7, member)]);
    assert_eq!(others(&store, ONE, &[HERE]).await, []);
}

/// The same connection at the same node is one; at another node it is another.
///
/// # Panics
/// If the promise is not kept.
pub async fn a_later_sign_takes_the_place_of_an_earlier(store: Store) {
    let open = seen(HERE, PATIENT, Life::Open(Timestamp(5)));
    let closed = seen(HERE, PATIENT, Life::Heard(Timestamp(6)));
    beat(&store, ONE, 5, &[open]).await;
    beat(&store, TWO, 6, &[open]).await;
    beat(&store, ONE, 7, &[closed]).await;
    let third = NodeId(Uuid::from_u128(13));
    let both = [told(ONE, 7, closed), told(TWO, 6, open)];
    assert_eq!(others(&store, third, &[HERE]).await, both);
}

/// Whoever holds streams open need not say so each time.
///
/// # Panics
/// If the promise is not kept.
pub async fn a_beat_without_signs_says_that_the_node_is_alive(store: Store) {
    let open = seen(HERE, PATIENT, Life::Open(Timestamp(5)));
    beat(&store, ONE, 5, &[open]).await;
    beat(&store, ONE, 9, &[]).await;
    assert_eq!(others(&store, TWO, &[HERE]).await, [told(ONE, 9, open)]);
}

/// Clinics do not mix.
///
/// # Panics
/// If the promise is not kept.
pub async fn clinics_that_nobody_asks_for_are_not_told(store: Store) {
    let here = seen(HERE, PATIENT, Life::Open(Timestamp(5)));
    let there = seen(THERE, MEMBER, Life::Open(Timestamp(5)));
    beat(&store, ONE, 5, &[here, there]).await;
    assert_eq!(others(&store, TWO, &[THERE]).await, [told(ONE, 5, there)]);
    assert_eq!(others(&store, TWO, &[]).await, []);
    assert_eq!(others(&store, TWO, &[HERE, THERE]).await.len(), 2);
}

/// What is old is a heartbeat from long ago, or a node that is gone; a stream may be open for a day.
///
/// # Panics
/// If the promise is not kept.
pub async fn what_is_old_is_forgotten_and_open_streams_are_not(store: Store) {
    let open = seen(HERE, PATIENT, Life::Open(Timestamp(5)));
    let old = seen(HERE, MEMBER, Life::Heard(Timestamp(5)));
    let late = seen(THERE, MEMBER, Life::Heard(Timestamp(100)));
    beat(&store, ONE, 100, &[open, old, late]).await;
    beat(&store, TWO, 5, &[seen(THERE, PATIENT, Life::Open(Timestamp(5)))]).await;
    store.forget(Timestamp(50)).await.expect("a store that works");
    let third = NodeId(Uuid::from_u128(13));
    let left = [told(ONE, 100, open), told(ONE, 100, late)];
    assert_eq!(others(&store, third, &[HERE, THERE]).await, left);
}
