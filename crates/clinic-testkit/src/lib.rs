//! The test kit: for this workspace, and for products that embed the core.
//!
//! - [`spec`] tells a rule as a sentence: given what happened, when somebody asks, then this.
//! - [`world`] is a whole clinic without an engine: sync, in virtual time, with ids from a seed.
//! - [`day`] makes whole days at random, which shrink to days worth reading.
//! - [`any`] makes events and commands that follow from nothing, for what must hold all the same.
//! - [`laws`] says what holds on every day, and names the law, the place and the finding where not.
//! - [`model`] tells the rules of visits and boards a second time, plainly, to compare with.
//! - [`sim`] plays a day on several engine nodes over one log that fails.
//! - [`conformance`] is the suite that every implementation of `EventLog` passes.
//! - `postgres` starts servers for tests, kills them and cuts the way to them (on Linux).
//!
//! A clinic, and the laws of its log:
//!
//! ```
//! use clinic_domain::actor::Actor;
//! use clinic_domain::clinic::Role;
//! use clinic_domain::command::Action;
//! use clinic_domain::time::Millis;
//! use clinic_testkit::laws;
//! use clinic_testkit::world::World;
//!
//! let mut world = World::new(1);
//! world.found();
//! let ada = world.join("Ada", Role::Member);
//! let reception = world.open("Reception", &[ada]);
//! let visit = world.arrive(reception, "Ann Smith");
//!
//! world.advance(Millis::minutes(4));
//! let call = Action::StartCall { visit, pausing: false, seen: None };
//! world.ask(Actor::Member(ada), call)?;
//!
//! assert_eq!(world.state().call_of(ada), Some(visit));
//! laws::hold(world.state().id(), world.log())?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Days at random, held to every law; what fails is shown as short as it can be made:
//!
//! ```
//! use clinic_testkit::day::days;
//! use clinic_testkit::laws::Watch;
//! use proptest::prelude::*;
//!
//! proptest!(ProptestConfig::with_cases(4), |(day in days(1..40))| {
//!     let held = Watch::day(&day);
//!     prop_assert!(held.is_ok(), "{:?}\n{}", held.err(), day.story());
//! });
//! ```

pub mod any;
pub mod conformance;
pub mod day;
pub mod laws;
pub mod model;
#[cfg(target_os = "linux")]
pub mod postgres;
pub mod sim;
pub mod spec;
pub mod world;

mod words;
