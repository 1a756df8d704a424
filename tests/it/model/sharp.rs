//! The model can differ: each log here is wrong in one fact, or each fold, and the model says in which.

use clinic_domain::actor::Actor;
use clinic_domain::clinic::{ClinicEvent, Role};
use clinic_domain::command::Action;
use clinic_domain::event::{Event, Recorded};
use clinic_domain::ids::{MemberId, Position, VisitId};
use clinic_domain::room::{ArrivalOrder, RoomPolicy};
use clinic_domain::time::{Millis, Timestamp};
use clinic_domain::transfer::TransferEvent;
use clinic_domain::visit::{CloseReason, Priority, VisitEvent};
use clinic_projections::census::Census;
use clinic_testkit::model::{Difference, Model, Says};
use clinic_testkit::world::{Answer, World};

/// Ann is sent to the laboratory, comes back and is called; Bea is urgent and Cleo her duplicate; Dan
/// is sent, accepted, completed and opened again.
fn morning() -> World {
    let mut world = World::new(1);
    world.found();
    let rita = world.join("Rita", Role::Member);
    let reception = world.open("Reception", &[rita]);
    let lab = world.open("Laboratory", &[rita]);
    let policy = RoomPolicy {
        arrivals: ArrivalOrder::BackOfQueue,
        accept_window: Some(Millis::minutes(5)),
        ..RoomPolicy::default()
    };
    world.ask(Actor::Host, Action::SetPolicy(lab, Box::new(policy))).expect("the host may");
    let [ann, bea, cleo, dan] = ["Ann", "Bea", "Cleo", "Dan"].map(|name| {
        world.pass(Millis::minutes(1));
        world.arrive(reception, name)
    });
    let ask = |world: &mut World, action| {
        world.pass(Millis::seconds(10));
        world.ask(Actor::Member(rita), action).expect("the morning goes as planned")
    };
    let (note, seen) = (None, None);
    let transfer = |visit| Action::Transfer { visit, to: lab, note: note.clone(), seen };
    let sent = ask(&mut world, transfer(ann));
    ask(&mut world, Action::UndoTransfer(ann, leg(&sent)));
    ask(&mut world, Action::SetPriority(bea, Priority::Urgent));
    ask(&mut world, Action::StartCall { visit: ann, pausing: false, seen });
    ask(&mut world, Action::PauseCall { visit: ann, seen });
    ask(&mut world, Action::MergeVisits { survivor: bea, duplicate: cleo, seen });
    let sent = ask(&mut world, transfer(dan));
    ask(&mut world, Action::AcceptTransfer(dan, leg(&sent)));
    ask(&mut world, Action::StartCall { visit: dan, pausing: false, seen });
    ask(&mut world, Action::CloseVisit { visit: dan, reason: CloseReason::Completed, seen });
    ask(&mut world, Action::ReopenVisit(dan));
    world
}

fn leg(sent: &[Recorded]) -> clinic_domain::ids::TransferId {
    let leg = sent.iter().find_map(|recorded| match recorded.event {
        Event::Transfer(id, _) => Some(id),
        Event::Clinic(..) | Event::Room(..) | Event::Visit(..) => None,
    });
    leg.expect("a transfer was requested")
}

fn follow(log: &[Recorded]) -> Result<Model, Difference> {
    let mut model = Model::default();
    log.iter().try_for_each(|recorded| model.follow(recorded))?;
    model.settled()?;
    Ok(model)
}

#[test]
fn a_morning_as_it_was_is_followed() {
    follow(morning().log()).unwrap_or_else(|differs| panic!("{differs}"));
}

/// What the model says of a log that was tampered with.
#[track_caller]
fn differs(tamper: impl FnOnce(&mut Vec<Recorded>)) -> String {
    let mut log = morning().log().to_vec();
    tamper(&mut log);
    follow(&log).expect_err("somebody tampered with this log, and the model followed").to_string()
}

/// Changes the `nth` event of some name.
fn change(
    nth: usize,
    name: &str,
    change: impl FnOnce(&mut Recorded),
) -> impl FnOnce(&mut Vec<Recorded>) {
    move |log| {
        let mut named = log.iter_mut().filter(|recorded| recorded.event.name() == name);
        let recorded = named.nth(nth).unwrap_or_else(|| panic!("the morning has no {name}"));
        change(recorded);
    }
}

fn visit(recorded: &mut Recorded) -> &mut VisitEvent {
    match &mut recorded.event {
        Event::Visit(_, event) => event,
        other @ (Event::Clinic(..) | Event::Room(..) | Event::Transfer(..)) => {
            panic!("{} is no event of a visit", other.name())
        }
    }
}

#[track_caller]
fn says(found: &str, words: &[&str]) {
    let missing: Vec<_> = words.iter().filter(|word| !found.contains(**word)).collect();
    assert!(missing.is_empty(), "{missing:?} is missing in: {found}");
}

#[test]
fn a_fact_that_does_not_follow_is_seen() {
    let back = differs(change(0, "Transferred", |recorded| {
        if let VisitEvent::Transferred { order, .. } = visit(recorded) {
            *order = ArrivalOrder::OriginalCheckIn;
        }
    }));
    says(&back, &["Transferred says", "OriginalCheckIn", "should say", "BackOfQueue"]);

    let window = differs(change(1, "Transferred", |recorded| {
        if let VisitEvent::Transferred { answer_by, .. } = visit(recorded) {
            *answer_by = None;
        }
    }));
    says(&window, &["answer_by: None", "answer_by: Some"]);

    let returns = differs(change(0, "Transferred", |recorded| {
        if let VisitEvent::Transferred { returns, .. } = visit(recorded) {
            *returns = 1;
        }
    }));
    says(&returns, &["returns: 1", "returns: 0"]);

    let source = differs(change(0, "TransferReversed", |recorded| {
        if let VisitEvent::TransferReversed { from, to, .. } = visit(recorded) {
            std::mem::swap(from, to);
        }
    }));
    says(&source, &["TransferReversed says"]);

    let entry = differs(change(0, "VisitsMerged", |recorded| {
        if let VisitEvent::VisitsMerged { entry, .. } = visit(recorded) {
            entry.at = Timestamp(entry.at.0 + 60_000);
        }
    }));
    says(&entry, &["VisitsMerged says"]);

    let reopen = differs(change(1, "VisitClosed", |recorded| {
        if let VisitEvent::VisitClosed { reopen_until, .. } = visit(recorded) {
            *reopen_until = reopen_until.plus(Millis(1));
        }
    }));
    says(&reopen, &["VisitClosed says"]);

    let window = differs(change(0, "TransferRequested", |recorded| {
        if let Event::Transfer(_, TransferEvent::TransferRequested { request }) =
            &mut recorded.event
        {
            request.undo_until = request.undo_until.plus(Millis(1));
        }
    }));
    says(&window, &["TransferRequested says"]);
}

#[test]
fn what_may_not_be_is_seen() {
    let stranger = MemberId(uuid::Uuid::from_u128(9));
    let twice = differs(|log| {
        let place = log.iter().rposition(|r| r.event.name() == "PriorityChanged");
        let place = place.expect("there is one");
        let mut again = log[place].clone();
        again.position = Position(again.position.0 + 1);
        log.iter_mut().skip(place + 1).for_each(|recorded| recorded.position.0 += 1);
        log.insert(place + 1, again);
    });
    says(&twice, &["PriorityChanged", "though it is so already"]);

    let nobody = differs(change(0, "CallStarted", |recorded| {
        recorded.cause.actor = Actor::Member(stranger);
    }));
    says(&nobody, &["CallStarted", "only who is assigned may start"]);

    let late = differs(|log| {
        let place = log.iter().position(|r| r.event.name() == "TransferReversed");
        let hour = Millis::minutes(60);
        for recorded in log.iter_mut().skip(place.expect("there is one")) {
            recorded.occurred_at = recorded.occurred_at.plus(hour);
            if let Event::Visit(_, VisitEvent::TransferReversed { at, .. }) = &mut recorded.event {
                *at = at.plus(hour);
            }
        }
    });
    says(&late, &["TransferReversed", "it is too late to undo"]);

    let full = differs(change(2, "CheckedIn", |recorded| {
        if let VisitEvent::CheckedIn { room, .. } = visit(recorded) {
            *room = clinic_domain::ids::RoomId(uuid::Uuid::from_u128(9));
        }
    }));
    says(&full, &["CheckedIn", "there is no such room"]);
}

#[test]
fn what_is_left_out_is_missed() {
    let leave_out = |name: &'static str| {
        move |log: &mut Vec<Recorded>| {
            let place = log.iter().position(|recorded| recorded.event.name() == name);
            let gone = log.remove(place.expect("there is one"));
            let later = log.iter_mut().filter(|recorded| recorded.position > gone.position);
            later.for_each(|recorded| recorded.position.0 -= 1);
        }
    };
    says(&differs(leave_out("TransferUndone")), &["it was Some(Undone)"]);
    says(&differs(leave_out("TransferAccepted")), &["says None became of it"]);
    says(&differs(leave_out("VisitsMerged")), &["was merged into"]);
    says(&differs(leave_out("MemberAssigned")), &["Transferred", "not entitled to transfer"]);
    says(&differs(leave_out("CallPaused")), &["the member is in another call"]);
}

/// The census of a log in which one event happened otherwise; the model followed it as it was.
fn board_of_another(nth: usize, name: &str, other: impl FnOnce(&mut Recorded)) -> String {
    let world = morning();
    let model = follow(world.log()).unwrap_or_else(|differs| panic!("{differs}"));
    let mut log = world.log().to_vec();
    change(nth, name, other)(&mut log);
    let mut census = Census::default();
    for recorded in &log {
        census.apply(recorded);
    }
    let compared = model.compare(&census, world.now());
    compared.expect_err("the census was told otherwise, and the model agrees").to_string()
}

#[test]
fn a_board_that_shows_something_else_is_seen() {
    let found = board_of_another(0, "PriorityChanged", |recorded| {
        if let VisitEvent::PriorityChanged { priority, .. } = visit(recorded) {
            *priority = Priority::Soon;
        }
    });
    says(&found, &["the board of", "Soon", "Urgent"]);

    let found = board_of_another(0, "CallPaused", |recorded| {
        if let VisitEvent::CallPaused { at, .. } = visit(recorded) {
            *at = at.plus(Millis(1));
        }
    });
    says(&found, &["the board of"]);

    let found = board_of_another(1, "MemberCameOnline", |recorded| {
        if let Event::Clinic(_, event) = &mut recorded.event {
            let (member, at) = (event.member().expect("it is about her"), recorded.occurred_at);
            *event = ClinicEvent::MemberWentOffline { member, last_seen: at, at };
        }
    });
    says(&found, &["found online: 0", "expected online: 1"]);
}

#[test]
fn an_answer_that_was_not_foretold_is_seen() {
    let mut world = morning();
    let model = follow(world.log()).unwrap_or_else(|differs| panic!("{differs}"));
    let nobody = VisitId(uuid::Uuid::from_u128(9));
    let command = world.command(Actor::Host, Action::SetPriority(nobody, Priority::Soon));
    let says = model.says(&command).expect("the model judges it");
    assert_eq!(says, Says::Refused("there is no such visit"));
    let answer: Answer = Ok(vec![]);
    let found = model.expected(says, &answer).expect_err("it was granted after all").to_string();
    assert!(found.contains("it is so already"), "{found}");
    model.expected(says, &world.submit(&command)).unwrap_or_else(|differs| panic!("{differs}"));
}
