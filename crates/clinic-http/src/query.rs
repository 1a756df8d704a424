//! What stands behind the question mark.

use axum::extract::{FromRequestParts, Query as AxumQuery};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::Problem;

/// What a query asks for; what cannot be read is told as any other problem.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Query<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(head: &mut Parts, state: &S) -> Result<Self, Problem> {
        let read = AxumQuery::from_request_parts(head, state).await;
        read.map(|AxumQuery(asked)| Self(asked)).map_err(|why| Problem::unreadable(why.body_text()))
    }
}
