//! Looking for damage of the tables' own kind: whether each clinic's events end where its head says.

use clinic_domain::ids::ClinicId;
use clinic_engine::ports::{EventLog as _, LogError};
use sqlx::Row as _;
use uuid::Uuid;

use crate::error::told;
use crate::limits;
use crate::log::PgLog;

/// What looking came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Clinics that have events or a head.
    pub clinics: u64,
    /// What is wrong, each in a sentence; the first of it.
    pub findings: Vec<String>,
}

/// In one snapshot, for others append meanwhile.
pub(crate) const ENDS: &str = "
    SELECT heads.position, coalesce(max(events.position), 0)
    FROM clinic_heads heads LEFT JOIN events ON events.clinic = heads.clinic
        AND events.clinic = $1 AND events.position >= heads.position
    WHERE heads.clinic = $1 GROUP BY heads.position";

/// The next clinic that has events. It asks all shards, for one that no head names is to be found; an operator asks,
/// once a night.
pub(crate) const NEXT: &str = "SELECT clinic FROM events WHERE clinic > $1 ORDER BY clinic LIMIT 1";

impl PgLog {
    /// Looks whether each clinic ends where its head says, and whether each that has events has a head.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub async fn check(&self) -> Result<Checked, LogError> {
        let failed = |error| told("the heads cannot be read", &error);
        let mut checked = Checked::default();
        for clinic in self.clinics().await? {
            checked.clinics += 1;
            for row in self.rows(|| sqlx::query(ENDS).bind(clinic.0)).await? {
                let (head, last): (i64, i64) =
                    (row.try_get(0).map_err(failed)?, row.try_get(1).map_err(failed)?);
                if head != last {
                    checked.found(format!(
                        "the events of clinic {clinic} end at {last}, its head is at {head}"
                    ));
                }
            }
        }
        let mut after = Uuid::nil();
        while let Some(row) = self.rows(|| sqlx::query(NEXT).bind(after)).await?.first() {
            after = row.try_get(0).map_err(failed)?;
            if self.head(ClinicId(after)).await?.position.0 == 0 {
                checked.clinics += 1;
                checked.found(format!("clinic {after} has events and no head"));
            }
        }
        Ok(checked)
    }
}

impl Checked {
    fn found(&mut self, finding: String) {
        if self.findings.len() < limits::FINDINGS {
            self.findings.push(finding);
        }
    }
}
