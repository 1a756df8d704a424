//! The reference model of `clinic-testkit` beside the clinic: two tellings of the same rules, compared
//! after every event.
//!
//! `CLINIC_LONG=1` plays ten times as many days, `CLINIC_SEED=n` other ones.

mod days;
mod machine;
mod sharp;
