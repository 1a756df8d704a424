//! Who is signed in, as pages need to know it.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use clinic_domain::ids::{ClinicId, MemberId};

use super::{Pages, layout};
use crate::clinic::{administers, look};
use crate::{Caller, Problem};

/// A member at her desk.
#[derive(Clone, Debug)]
pub(super) struct Signed {
    pub(super) clinic: ClinicId,
    pub(super) member: MemberId,
    pub(super) name: String,
    pub(super) clinic_name: String,
    /// Whether she administers the clinic.
    pub(super) admin: bool,
}

impl Signed {
    pub(super) fn caller(&self) -> Caller {
        Caller::Member(self.clinic, self.member)
    }

    /// Whoever has sent this, if a member has.
    pub(super) async fn find(head: &mut Parts, pages: &Pages) -> Result<Option<Self>, Problem> {
        let caller = Caller::from_request_parts(head, &pages.http).await?;
        let Caller::Member(clinic, member) = caller else { return Ok(None) };
        let found = look(&pages.http, caller, clinic, None, |views| {
            let census = &views.census;
            Some(Self {
                clinic,
                member,
                name: census.clinic().member(member)?.name.to_string(),
                clinic_name: census.clinic().founded()?.name.to_string(),
                admin: administers(census, caller),
            })
        });
        found.await.map(Some)
    }
}

impl FromRequestParts<Pages> for Signed {
    type Rejection = Response;

    /// Whoever is not signed in is led there, and back.
    async fn from_request_parts(head: &mut Parts, pages: &Pages) -> Result<Self, Response> {
        match Self::find(head, pages).await {
            Ok(Some(signed)) => Ok(signed),
            Ok(None) => {
                let mut back = head.uri.path().to_owned();
                if let Some(query) = head.uri.query() {
                    // It stands in a query itself.
                    let asked = serde_urlencoded::to_string([("", query)]).unwrap_or_default();
                    back.push_str("%3F");
                    back.push_str(asked.trim_start_matches('='));
                }
                Err(Redirect::to(&format!("/sign-in?back={back}")).into_response())
            }
            Err(problem) => Err(layout::failed(&problem, "/desk")),
        }
    }
}
