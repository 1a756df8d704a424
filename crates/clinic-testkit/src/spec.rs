//! Rules as sentences: given what happened, when somebody asks, then this happens, or that is refused.
//!
//! [`given`] tells a rule of one aggregate; [`Scene`] tells a rule of a whole clinic. Both are sync,
//! and a failure shows what was expected and what came instead.
//!
//! ```
//! use clinic_domain::actor::{Actor, Right, Standing};
//! use clinic_domain::room::{Room, RoomAct, RoomCommand, RoomEvent, RoomKind, RoomRefusal};
//! use clinic_domain::text::{Notice, Slug, Title};
//! use clinic_domain::time::Timestamp;
//! use clinic_testkit::spec::given;
//!
//! let opened = RoomEvent::RoomOpened {
//!     kind: RoomKind::Shared,
//!     name: Title::parse("Reception")?,
//!     slug: Slug::parse("reception")?,
//!     external_ref: None,
//! };
//! let suspended = RoomEvent::RoomSuspended { message: Notice::parse("Back at noon.")? };
//! let lift = |standing| RoomCommand {
//!     at: Timestamp::default(),
//!     by: Actor::Host,
//!     standing,
//!     act: RoomAct::LiftSuspension,
//! };
//!
//! given::<Room>([opened.clone(), suspended.clone()])
//!     .when(lift(Standing::Host))
//!     .then([RoomEvent::SuspensionLifted])
//!     .then_state(|room| assert!(room.open().is_some_and(|room| room.suspended.is_none())));
//!
//! given::<Room>([opened.clone()]).when(lift(Standing::Host)).then_nothing();
//!
//! given::<Room>([opened, suspended])
//!     .when(lift(Standing::Patient))
//!     .then_refused(RoomRefusal::NotEntitled { right: Right::Administer });
//! # Ok::<(), clinic_domain::text::TextError>(())
//! ```

mod scene;

use std::fmt::Debug;

use clinic_domain::decider::Decider;
use uuid::Uuid;

pub use scene::{Asker, Scene};

/// The `n`-th id of a spec, for fixtures: `MemberId(id(7))`.
#[must_use]
pub const fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

/// An aggregate with a history.
#[derive(Clone, Debug)]
#[must_use = "a spec that asks nothing tells nothing"]
pub struct Given<A> {
    state: A,
}

/// What became of a command, to be compared with what should have.
#[derive(Debug)]
#[must_use = "a spec that expects nothing tells nothing"]
pub struct Then<A: Decider> {
    state: A,
    decided: Result<Vec<A::Event>, A::Refusal>,
}

/// What was expected, and met; the state may be looked at.
#[derive(Clone, Debug)]
pub struct Met<A> {
    state: A,
}

/// An aggregate to which this has happened.
pub fn given<A: Decider>(history: impl IntoIterator<Item = A::Event>) -> Given<A> {
    Given { state: A::default() }.and(history)
}

impl<A: Decider> Given<A> {
    /// And then this has happened.
    pub fn and(mut self, history: impl IntoIterator<Item = A::Event>) -> Self {
        for event in history {
            self.state.evolve(&event);
        }
        self
    }

    /// Somebody asks something of it.
    pub fn when(self, command: A::Command) -> Then<A> {
        let decided = self.state.decide(command);
        Then { state: self.state, decided }
    }
}

impl<A: Decider> Then<A>
where
    A::Event: Debug + PartialEq,
    A::Refusal: Debug + PartialEq,
{
    /// It is granted, and exactly this happens, in this order.
    ///
    /// # Panics
    /// If anything else happens, or it is refused.
    #[track_caller]
    pub fn then(mut self, expected: impl IntoIterator<Item = A::Event>) -> Met<A> {
        let expected: Vec<A::Event> = expected.into_iter().collect();
        match self.decided {
            Ok(events) if events == expected => {
                for event in &events {
                    self.state.evolve(event);
                }
                Met { state: self.state }
            }
            Ok(events) => panic!("expected:\n{}came:\n{}", lines(&expected), lines(&events)),
            Err(refusal) => panic!("expected:\n{}refused:\n  {refusal:?}", lines(&expected)),
        }
    }

    /// It is granted, and nothing happens: it is so already.
    ///
    /// # Panics
    /// If anything happens, or it is refused.
    #[track_caller]
    pub fn then_nothing(self) -> Met<A> {
        self.then([])
    }

    /// It is refused, for this reason; nothing happens.
    ///
    /// # Panics
    /// If it is granted, or refused for another reason.
    #[track_caller]
    pub fn then_refused(self, expected: impl Into<A::Refusal>) -> Met<A> {
        let expected = expected.into();
        match self.decided {
            Err(refusal) if refusal == expected => Met { state: self.state },
            Err(refusal) => panic!("expected refusal:\n  {expected:?}\ncame:\n  {refusal:?}"),
            Ok(events) => panic!("expected refusal:\n  {expected:?}\ngranted:\n{}", lines(&events)),
        }
    }
}

impl<A: Decider> Met<A> {
    /// And the aggregate is like this, now that it has happened.
    #[track_caller]
    pub fn then_state(self, check: impl FnOnce(&A)) {
        check(&self.state);
    }
}

fn lines(items: &[impl Debug]) -> String {
    if items.is_empty() {
        return "  nothing\n".to_owned();
    }
    let lines: Vec<String> = items.iter().map(|item| format!("  {item:?}\n")).collect();
    lines.concat()
}
