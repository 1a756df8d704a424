//! Tests that cross crates, a module for each subject.

mod house;
