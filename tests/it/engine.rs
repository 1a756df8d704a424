//! The engine: deciding in batches, on one node and on several, time, the feed, time travel.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod clocks;
mod doors;
mod faults;
pub(crate) mod fixture;
mod nodes;
mod reading;
mod saved;

mod memory_log {
    use std::sync::Arc;

    use clinic_engine::MemoryLog;

    clinic_testkit::log_conformance!(|| Arc::new(MemoryLog::new()));
}

mod shared_memory_log {
    use std::sync::Arc;

    use clinic_engine::MemoryLog;

    clinic_testkit::log_conformance!(|| Arc::new(MemoryLog::shared()));
}
