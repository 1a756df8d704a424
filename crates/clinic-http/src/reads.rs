//! A route for each read model. What is personal is opened for whoever may read it, at the edge.

mod board;
mod waiting_room;

pub(crate) use board::Row;
use utoipa_axum::router::OpenApiRouter;
pub(crate) use waiting_room::Seen;

use crate::Http;

pub(crate) fn routes() -> OpenApiRouter<Http> {
    board::routes().merge(waiting_room::routes())
}
