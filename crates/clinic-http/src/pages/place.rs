//! Which clinic and which room an address means.

use std::collections::BTreeMap;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use clinic_domain::ids::ClinicId;
use clinic_domain::text::Slug;
use uuid::Uuid;

use super::Pages;
use crate::Problem;

/// A room's link: its clinic, and the slug as it was asked for.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) clinic: ClinicId,
    pub(super) slug: Slug,
    /// What stands before the room in its address.
    before: String,
}

impl Place {
    /// The address of this room's check-in, or of what is below it.
    pub(super) fn path(&self, below: &str) -> String {
        let Self { before, slug, .. } = self;
        format!("{before}/r/{slug}{below}")
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
        let (clinic, before) = match named.transpose()? {
            Some(id) => (ClinicId(id), format!("/c/{id}")),
            None => (the_only_one(pages).await?, String::new()),
        };
        Ok(Self { clinic, slug, before })
    }
}

/// The clinic that is meant where none is named: the one that there is.
async fn the_only_one(pages: &Pages) -> Result<ClinicId, Problem> {
    let clinics = pages.http.engine.clinics().await.map_err(Problem::public)?;
    match clinics.as_slice() {
        [clinic] => Ok(*clinic),
        [] | [_, _, ..] => Err(Problem::nothing()),
    }
}
