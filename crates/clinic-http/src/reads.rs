//! A route for each read model. What is personal is opened for whoever may read it, at the edge.

mod board;

use utoipa_axum::router::OpenApiRouter;

use crate::Http;

pub(crate) fn routes() -> OpenApiRouter<Http> {
    board::routes()
}
