//! Which clinic and which room an address means.
//!
//! Where there is one clinic its addresses do not name it. They go on leading to its rooms when others are
//! founded beside it: to the one clinic that has a room of this name.

use std::collections::BTreeMap;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use clinic_domain::ids::ClinicId;
use clinic_domain::text::Slug;
use uuid::Uuid;

use super::Pages;
use crate::reads::door::behind;
use crate::{Problem, limits};

/// A room's link: its clinic, and the slug as it was asked for.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) clinic: ClinicId,
    pub(super) slug: Slug,
    /// What stands before the room in its address.
    before: String,
    /// The address does not name its clinic, though there are several.
    short: bool,
}

impl Place {
    /// The address of this room's check-in, or of what is below it.
    pub(super) fn path(&self, below: &str) -> String {
        let Self { before, slug, .. } = self;
        format!("{before}/r/{slug}{below}")
    }

    /// To the same with its clinic, for an address that should name it and does not.
    pub(super) fn full(&self, below: &str) -> Option<Response> {
        self.short.then(|| Redirect::to(&self.path(below)).into_response())
    }

    /// The same for another room of the clinic.
    pub(super) fn room(&self, slug: &str) -> String {
        format!("{}/r/{slug}", self.before)
    }
}

impl FromRequestParts<Pages> for Place {
    type Rejection = Problem;

    async fn from_request_parts(head: &mut Parts, pages: &Pages) -> Result<Self, Problem> {
        let params = RawPathParams::from_request_parts(head, pages).await;
        let params = params.map_err(|_no_text| Problem::nothing())?;
        let params: BTreeMap<&str, &str> = params.iter().collect();
        let slug = params.get("slug").and_then(|slug| Slug::parse(slug).ok());
        let slug = slug.ok_or_else(Problem::nothing)?;
        let named =
            params.get("clinic").map(|id| Uuid::try_parse(id).map_err(|_| Problem::nothing()));
        match named.transpose()? {
            Some(id) => {
                Ok(Self { clinic: ClinicId(id), slug, before: format!("/c/{id}"), short: false })
            }
            None => unnamed(pages, slug).await,
        }
    }
}

/// The place that is meant where no clinic is named.
async fn unnamed(pages: &Pages, slug: Slug) -> Result<Place, Problem> {
    let clinics = pages.http.engine.clinics().await.map_err(Problem::public)?;
    if let [clinic] = clinics.as_slice() {
        return Ok(Place { clinic: *clinic, slug, before: String::new(), short: false });
    }
    let clinic = the_only_one(pages, &clinics, &slug).await?.ok_or_else(Problem::nothing)?;
    Ok(Place { clinic, slug, before: format!("/c/{clinic}"), short: true })
}

/// The clinic that has a room by this link, if it is one. That there are several who do, or too many to
/// look through, sounds as if there was none.
async fn the_only_one(
    pages: &Pages,
    clinics: &[ClinicId],
    slug: &Slug,
) -> Result<Option<ClinicId>, Problem> {
    let mut found = None;
    if clinics.len() > limits::CLINICS_LOOKED_THROUGH {
        return Ok(None);
    }
    for clinic in clinics {
        let has =
            pages.http.engine.read(*clinic, None, |views| behind(&views.census, slug).is_some());
        if has.await.map_err(Problem::public)? && found.replace(*clinic).is_some() {
            return Ok(None);
        }
    }
    Ok(found)
}
