//! The ids in a path.

use axum::extract::{FromRequestParts, Path as AxumPath};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::Problem;

/// What a path names. What is no id at all names nothing, as an id does that nobody has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Path<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(head: &mut Parts, state: &S) -> Result<Self, Problem> {
        let read = AxumPath::from_request_parts(head, state).await;
        read.map(|AxumPath(ids)| Self(ids)).map_err(|_not_an_id| Problem::nothing())
    }
}
