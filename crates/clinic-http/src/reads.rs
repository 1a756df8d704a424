//! A route for each read model. What is personal is opened for whoever may read it, at the edge.

mod board;
mod waiting_room;

use utoipa_axum::router::OpenApiRouter;

use crate::Http;

pub(crate) fn routes() -> OpenApiRouter<Http> {
    board::routes().merge(waiting_room::routes())
}
