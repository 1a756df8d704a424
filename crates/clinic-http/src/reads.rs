//! A route for each read model. What is personal is opened for whoever may read it, at the edge.

pub(crate) mod board;
pub(crate) mod door;
mod join;
mod log;
mod members;
mod rooms;
pub(crate) mod row;
mod sent;
pub(crate) mod timeline;
mod visits;
pub(crate) mod waiting_room;
pub(crate) mod waits;
pub(crate) mod words;

use axum::middleware::from_fn;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;

pub(crate) use row::Row;
pub(crate) use waiting_room::Seen;

use crate::description::{grouped, tagged};
use crate::{Http, shown};

pub(crate) fn routes() -> OpenApiRouter<Http> {
    let routes = OpenApiRouter::new()
        .merge(grouped("clinic", members::routes()))
        .merge(grouped("rooms", rooms::routes()))
        .merge(grouped("rooms", board::routes()))
        .merge(grouped("visits", visits::routes()))
        .merge(grouped("visits", timeline::routes()))
        .merge(grouped("visits", join::routes()))
        .merge(grouped("visits", sent::routes()))
        .merge(grouped("reports", waits::routes()))
        .merge(grouped("reports", log::routes()))
        .merge(grouped("patients", door::routes()))
        .merge(grouped("patients", waiting_room::routes()));
    tagged(routes).layer(from_fn(shown::conditional))
}

/// How fresh a read has to be.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fresh {
    /// Show at least this position: that of a receipt, to read what one has written.
    at_least: Option<u64>,
}

impl Fresh {
    /// The position that is asked for.
    pub(crate) fn position(&self) -> Option<clinic_domain::ids::Position> {
        self.at_least.map(clinic_domain::ids::Position)
    }
}
