//! What is said of a table that is taken over.

use clap::Args;
use clinic_domain::hours::Zone;
use clinic_domain::text::Title;

use super::import::{name, zone};

/// What the table itself does not say.
#[derive(Args, Clone, Debug)]
pub(crate) struct Adopt {
    /// The IANA time zone of the clinic, if the table has no founding of it
    #[arg(long, value_name = "ZONE", default_value = "UTC", value_parser = zone)]
    pub(crate) zone: Zone,
    /// The name of its first Owner, if the table has no founding of it
    #[arg(long, value_name = "NAME", default_value = "Owner", value_parser = name)]
    pub(crate) owner: Title,
}
