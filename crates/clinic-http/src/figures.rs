//! What is counted of commands, for whoever has installed a recorder of metrics. Nobody is named.

use clinic_engine::{EngineError, Receipt};
use metrics::{counter, describe_counter};

/// Commands that were answered, by outcome.
const COMMANDS: &str = "clinic_commands_total";

/// Tells a recorder what is counted here.
pub fn describe() {
    describe_counter!(
        COMMANDS,
        "Commands by outcome: granted, refused, throttled, absent, broken."
    );
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
