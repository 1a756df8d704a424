//! The durable default log: what it promises as a log, and what it does when the world is bad.

mod atomic;
mod backup;
mod conformance {
    use super::scratch::fresh;

    clinic_testkit::log_conformance!(fresh);
}
mod crowd;
mod damage;
mod doubt;
mod head;
mod repository;
mod scratch;
mod world;
