//! What is counted of commands, sign-ins and streams, for whoever has installed a recorder of metrics. Nobody is
//! named.

use clinic_engine::{EngineError, Receipt};
use metrics::{counter, describe_counter, describe_gauge, gauge};

use crate::Caller;

/// Commands that were answered, by outcome.
const COMMANDS: &str = "clinic_commands_total";
/// Sign-ins that were tried, by outcome.
const SIGN_INS: &str = "clinic_sign_ins_total";
/// Streams that are open, by who reads.
const STREAMS: &str = "clinic_streams";
/// Readers of streams that were let go because they did not read.
const SLOW: &str = "clinic_slow_readers_total";

/// Tells a recorder what is counted here.
pub fn describe() {
    let outcomes = "Commands by outcome: granted, refused, throttled, absent, broken.";
    describe_counter!(COMMANDS, outcomes);
    describe_counter!(SIGN_INS, "Sign-ins by outcome: granted, refused, throttled, broken.");
    describe_gauge!(STREAMS, "Streams that are open, by reader: patient, member, host.");
    describe_counter!(SLOW, "Readers of streams that were let go because they did not read.");
}

/// Counts what came of a command.
pub(crate) fn command(done: &Result<Receipt, EngineError>) {
    let outcome = match done {
        Ok(_) => "granted",
        Err(EngineError::Refused(_)) => "refused",
        Err(EngineError::Throttled { .. }) => "throttled",
        Err(EngineError::NoSuchClinic(_)) => "absent",
        Err(EngineError::NotYet { .. } | EngineError::Broken(_)) => "broken",
    };
    counter!(COMMANDS, "outcome" => outcome).increment(1);
}

/// Counts what came of a sign-in.
pub(crate) fn sign_in(outcome: &'static str) {
    counter!(SIGN_INS, "outcome" => outcome).increment(1);
}

/// Counts a stream that is opened, by 1, or closed, by -1.
pub(crate) fn stream(reader: Caller, by: f64) {
    let reader = match reader {
        Caller::Patient(_) => "patient",
        Caller::Member(..) => "member",
        Caller::Host => "host",
        Caller::Nobody => "nobody",
    };
    gauge!(STREAMS, "reader" => reader).increment(by);
}

/// Counts a reader who was let go.
pub(crate) fn slow_reader() {
    counter!(SLOW).increment(1);
}
