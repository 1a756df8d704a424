//! Doors, passcodes and the other ports.

use std::sync::Arc;

use clinic_domain::actor::Actor;
use clinic_domain::command::Action;
use clinic_domain::ids::CommandId;
use clinic_domain::refusal::Refusal;
use clinic_domain::room::RoomRefusal;
use clinic_domain::text::LinkTemplate;
use clinic_domain::time::Millis;
use clinic_engine::limits;
use clinic_engine::ports::{
    CountedIds, Credentials, Join, KeyStore, MemoryCredentials, MemoryKeys,
};
use clinic_engine::{Engine, EngineError, MemoryLog, Ports, Receipt};

use super::fixture::{House, form, start};

async fn knock(
    house: &House,
    n: u8,
    passcode: Option<&str>,
    source: &str,
) -> Result<Receipt, EngineError> {
    let id = CommandId(house.engine.mint());
    let form = form(house.reception, n);
    house.engine.check_in(house.clinic, id, form, passcode, Some(source)).await
}

async fn set_passcode(house: &House, passcode: Option<&str>) -> Result<Receipt, EngineError> {
    let id = CommandId(house.engine.mint());
    house.engine.set_passcode(house.clinic, id, Actor::Host, house.reception, passcode).await
}

#[tokio::test]
async fn case_32_a_flood_from_one_source_is_stopped_and_others_come_in() {
    let house = House::new().await;
    for n in 0..u8::try_from(limits::CHECK_INS_PER_SOURCE).unwrap() {
        knock(&house, n, None, "one").await.unwrap();
    }
    let Err(EngineError::Throttled { retry_after, .. }) = knock(&house, 99, None, "one").await
    else {
        panic!("the flood went on");
    };
    assert_eq!(retry_after, limits::DOOR_WINDOW);
    knock(&house, 100, None, "two").await.unwrap();
    house.clock.advance(limits::DOOR_WINDOW);
    knock(&house, 99, None, "one").await.unwrap();
}

#[tokio::test]
async fn case_32_guessing_a_passcode_ends_after_a_few_tries() {
    let house = House::new().await;
    set_passcode(&house, Some("kiwi")).await.unwrap();
    for n in 0..u8::try_from(limits::WRONG_PASSCODES).unwrap() {
        let wrong = knock(&house, n, Some("lemon"), "guesser").await;
        let refusal =
            Refusal::from(clinic_domain::visit::VisitRefusal::Room(RoomRefusal::WrongPasscode));
        assert_eq!(wrong, Err(EngineError::Refused(refusal)));
    }
    let stopped = knock(&house, 9, Some("kiwi"), "guesser").await;
    assert!(matches!(stopped, Err(EngineError::Throttled { .. })), "{stopped:?}");
    knock(&house, 10, Some("kiwi"), "patient").await.unwrap();
}

#[tokio::test]
async fn case_31_a_changed_passcode_concerns_new_check_ins_only() {
    let house = House::new().await;
    let set = |passcode| set_passcode(&house, passcode);
    set(Some("kiwi")).await.unwrap();
    let waiting = knock(&house, 1, Some("kiwi"), "a").await.unwrap().visit().unwrap();
    set(Some("plum")).await.unwrap();
    assert!(knock(&house, 2, Some("kiwi"), "b").await.is_err());
    knock(&house, 3, Some("plum"), "c").await.unwrap();
    house.as_rita(start(waiting)).await.unwrap();
    set(None).await.unwrap();
    knock(&house, 4, None, "d").await.unwrap();
}

#[tokio::test]
async fn no_passcode_and_no_name_is_ever_in_debug_output() {
    let house = House::new().await;
    let set = set_passcode(&house, Some("kiwi"));
    let told = [
        format!("{:?}", set.await.unwrap()),
        format!("{:?}", knock(&house, 1, Some("kiwi"), "a").await),
        format!("{:?}", knock(&house, 2, Some("wrong-guess"), "a").await),
        format!("{:?}", house.engine),
    ];
    let told = told.concat();
    for secret in ["kiwi", "wrong-guess", "Maria", "Okoye"] {
        assert!(!told.contains(secret), "{secret} in {told}");
    }
}

#[tokio::test]
async fn a_call_meets_where_the_room_says() {
    let house = House::new().await;
    let visit = house.check_in(1).await;
    assert_eq!(house.engine.join(house.clinic, visit).await.unwrap(), None);
    house.as_rita(start(visit)).await.unwrap();
    let join = house.engine.join(house.clinic, visit).await.unwrap();
    assert_eq!(join, Some(Join::Unarranged));
    let link = LinkTemplate::parse("https://meet.example/{call}").unwrap();
    house.policy(house.reception, |policy| policy.call_link = Some(link)).await;
    let Some(Join::Link(link)) = house.engine.join(house.clinic, visit).await.unwrap() else {
        panic!("no link");
    };
    assert!(link.starts_with("https://meet.example/0"), "{link}");
}

#[tokio::test]
async fn a_destroyed_key_never_comes_back() {
    let keys = MemoryKeys::default();
    let (id, key) = keys.fresh().await.unwrap();
    assert_eq!(keys.key(id).await.unwrap(), Some(key));
    keys.destroy(id).await.unwrap();
    assert_eq!(keys.key(id).await.unwrap(), None);
    let other = MemoryKeys::default();
    let error = other.key(id).await.unwrap_err().to_string();
    assert!(error.contains("is this the key store that belongs to the log?"), "{error}");
}

#[tokio::test]
async fn a_token_that_waits_elsewhere_is_offered_the_visit_it_has() {
    let house = House::new().await;
    let visit = house.check_in(1).await;
    let id = CommandId(house.engine.mint());
    let form = form(house.office, 1);
    let refused = house.engine.check_in(house.clinic, id, form, None, Some("a")).await;
    let room = house.reception;
    let inside = RoomRefusal::AlreadyInside { visit, room };
    let refusal = Refusal::Visit(clinic_domain::visit::VisitRefusal::Room(inside));
    assert_eq!(refused, Err(EngineError::Refused(refusal)));
    house.clock.advance(Millis::seconds(1));
    house.host(Action::LiftSuspension(house.office)).await;
}

#[tokio::test]
async fn a_retry_of_a_check_in_knocks_at_no_door() {
    let house = House::new().await;
    let id = CommandId(house.engine.mint());
    let retry =
        || house.engine.check_in(house.clinic, id, form(house.reception, 200), None, Some("one"));
    let first = retry().await.unwrap();
    for n in 1..u8::try_from(limits::CHECK_INS_PER_SOURCE).unwrap() {
        knock(&house, n, None, "one").await.unwrap();
    }
    assert_eq!(retry().await, Ok(first));
}

#[tokio::test]
async fn a_passcode_that_another_node_has_just_set_opens_the_door() {
    let log = Arc::new(MemoryLog::shared());
    let house = House::on(Arc::clone(&log) as Arc<_>).await;
    let credentials: Arc<dyn Credentials> = Arc::new(MemoryCredentials::default());
    let node = |n: u64| {
        Engine::new(Ports {
            log: Arc::clone(&log) as Arc<_>,
            clock: Arc::clone(&house.clock) as Arc<_>,
            ids: Arc::new(CountedIds::starting_at(n << 32)),
            credentials: Arc::clone(&credentials),
            ..Ports::in_memory()
        })
    };
    let (here, there) = (node(5), node(6));
    here.read(house.clinic, None, |_| ()).await.unwrap();
    let id = CommandId(there.mint());
    let set = there.set_passcode(house.clinic, id, Actor::Host, house.reception, Some("kiwi"));
    set.await.unwrap();
    let (id, form) = (CommandId(here.mint()), form(house.reception, 9));
    here.check_in(house.clinic, id, form, Some("kiwi"), Some("x")).await.unwrap();
}

#[tokio::test]
async fn a_retry_of_a_passcode_gets_the_first_answer_and_sets_nothing_anew() {
    let house = House::new().await;
    let id = CommandId(house.engine.mint());
    let set = |actor, passcode| {
        house.engine.set_passcode(house.clinic, id, actor, house.reception, passcode)
    };
    let first = set(Actor::Host, Some("kiwi")).await.unwrap();
    let head = house.head().await;
    assert_eq!(set(Actor::Host, Some("kiwi")).await, Ok(first));
    assert_eq!(house.head().await, head);
    let reused = Err(EngineError::Refused(Refusal::CommandReused { id }));
    assert_eq!(set(Actor::Host, Some("plum")).await, reused, "another passcode");
    assert_eq!(set(Actor::Host, None).await, reused, "none");
    assert_eq!(set(Actor::Member(house.rita), Some("kiwi")).await, reused, "somebody else");
    assert!(knock(&house, 1, Some("plum"), "a").await.is_err());
    knock(&house, 1, Some("kiwi"), "a").await.unwrap();
}
