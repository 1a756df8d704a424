//! What is counted of commands and sign-ins, for whoever has installed a recorder of metrics. Nobody is
//! named.

use clinic_engine::{EngineError, Receipt};
use metrics::{counter, describe_counter};

/// Commands that were answered, by outcome.
const COMMANDS: &str = "clinic_commands_total";
/// Sign-ins that were tried, by outcome.
const SIGN_INS: &str = "clinic_sign_ins_total";

/// Tells a recorder what is counted here.
pub fn describe() {
    let outcomes = "Commands by outcome: granted, refused, throttled, absent, broken.";
    describe_counter!(COMMANDS, outcomes);
    describe_counter!(SIGN_INS, "Sign-ins by outcome: granted, refused, throttled, broken.");
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
