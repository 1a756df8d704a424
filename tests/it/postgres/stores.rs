//! What stands beside the shared log: credentials, keys, the access log and saved states, each for many nodes.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod access;
mod credentials;
mod keys;
mod states;

use clinic_domain::ids::ClinicId;
use uuid::Uuid;

const CLINIC: ClinicId = ClinicId(Uuid::from_u128(1));
const OTHER: ClinicId = ClinicId(Uuid::from_u128(2));
