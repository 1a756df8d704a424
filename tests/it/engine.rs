//! The engine: deciding in batches, on one node and on several, time, the feed, time travel.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod behind;
mod clocks;
mod doors;
mod faults;
pub(crate) mod fixture;
mod newer;
mod nodes;
mod reading;
mod rigged;
mod saved;
mod secrets;
mod seen;
mod sharing;
mod throttle;

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

/// The credentials in memory keep the promises of every store of them.
mod credentials {
    use std::sync::Arc;

    use clinic_engine::ports::MemoryCredentials;

    clinic_testkit::credentials_conformance!(async || (Arc::new(MemoryCredentials::default()), ()));
}

/// The access log in memory keeps the promises of every one.
mod access {
    use std::sync::Arc;

    use clinic_engine::ports::MemoryAccess;

    clinic_testkit::access_conformance!(async || (Arc::new(MemoryAccess::default()), ()));
}

/// What engines of one process tell each other by keeps the promises of every such store.
mod last_seen {
    use std::sync::Arc;

    use clinic_engine::ports::MemorySeen;

    clinic_testkit::seen_conformance!(async || (Arc::new(MemorySeen::default()), ()));
}
