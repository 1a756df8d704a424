//! What the description says of many routes at once, said in one place.

use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{OpenApi, RefOr};
use utoipa_axum::router::OpenApiRouter;

use crate::Http;

const JSON: &str = "application/json";
const PROBLEM: &str = "application/problem+json";

/// These routes, in a group of that name.
pub(crate) fn grouped(group: &str, mut routes: OpenApiRouter<Http>) -> OpenApiRouter<Http> {
    for operation in operations(routes.get_openapi_mut()) {
        operation.tags = Some(vec![group.to_owned()]);
    }
    routes
}

/// Says of these reads that each has a tag, and may be asked whether it has changed.
pub(crate) fn tagged(mut routes: OpenApiRouter<Http>) -> OpenApiRouter<Http> {
    let text = || ObjectBuilder::new().schema_type(Type::String).build();
    for operation in operations(routes.get_openapi_mut()) {
        let held = ParameterBuilder::new()
            .name("If-None-Match")
            .parameter_in(ParameterIn::Header)
            .description(Some("Tags of answers that the asker has."))
            .schema(Some(text()))
            .build();
        operation.parameters.get_or_insert_default().push(RefOr::T(held));
        let tag = HeaderBuilder::new().description(Some("The tag of the answer."));
        let tag = tag.schema(Some(text())).build();
        let same = ResponseBuilder::new().description("Nothing has changed.").build();
        let answers = &mut operation.responses.responses;
        answers.insert("304".to_owned(), RefOr::T(same));
        for status in ["200", "304"] {
            if let Some(RefOr::T(answer)) = answers.get_mut(status) {
                answer.headers.insert("ETag".to_owned(), RefOr::T(tag.clone()));
            }
        }
    }
    routes
}

/// Says of all problems that they are problem documents, and describes what has no words yet.
pub(crate) fn finished(document: &mut OpenApi) {
    for operation in operations(document) {
        for (status, answer) in &mut operation.responses.responses {
            if let RefOr::T(answer) = answer {
                finish(status, answer);
            }
        }
    }
}

fn finish(status: &str, answer: &mut Response) {
    if status == "default" {
        let content = std::mem::take(&mut answer.content);
        let renamed = |kind: String| if kind == JSON { PROBLEM.to_owned() } else { kind };
        answer.content = content.into_iter().map(|(kind, body)| (renamed(kind), body)).collect();
    }
    if answer.description.is_empty() {
        let words = if status == "default" { "What went wrong." } else { "As asked." };
        words.clone_into(&mut answer.description);
    }
}

fn operations(document: &mut OpenApi) -> impl Iterator<Item = &mut Operation> {
    document.paths.paths.values_mut().flat_map(|path| {
        let PathItem { get, put, post, delete, patch, .. } = path;
        [get, put, post, delete, patch].into_iter().flatten()
    })
}
