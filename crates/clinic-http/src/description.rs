//! What the description says of many routes at once, said in one place.

use utoipa::Number;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
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

/// Says of all problems that they are problem documents, describes what has no words yet, and tells how large
/// numbers are.
pub(crate) fn finished(document: &mut OpenApi) {
    let schemas = document.components.iter_mut().flat_map(|all| all.schemas.values_mut());
    for described in schemas.flat_map(properties) {
        unsigned(described);
    }
    for operation in operations(document) {
        for asked in operation.parameters.iter_mut().flatten() {
            if let RefOr::T(Parameter { schema: Some(described), .. }) = asked {
                unsigned(described);
            }
        }
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

fn properties(schema: &mut RefOr<Schema>) -> impl Iterator<Item = &mut RefOr<Schema>> {
    let object = if let RefOr::T(Schema::Object(object)) = schema { Some(object) } else { None };
    object.into_iter().flat_map(|object| object.properties.values_mut())
}

/// A number that is never negative is called by the signed format of its size. It is read as an unsigned one,
/// of which the signed one has half.
fn unsigned(described: &mut RefOr<Schema>) {
    let RefOr::T(Schema::Object(number)) = described else { return };
    let is = |known| number.format == Some(SchemaFormat::KnownFormat(known));
    let (format, most) = if is(KnownFormat::Int32) {
        ("uint32", Number::from(u32::MAX))
    } else if is(KnownFormat::Int64) {
        ("uint64", Number::from(u64::MAX))
    } else {
        return;
    };
    if number.minimum.is_some() {
        number.format = Some(SchemaFormat::Custom(format.to_owned()));
        number.maximum.get_or_insert(most);
    }
}

fn operations(document: &mut OpenApi) -> impl Iterator<Item = &mut Operation> {
    document.paths.paths.values_mut().flat_map(|path| {
        let PathItem { get, put, post, delete, patch, .. } = path;
        [get, put, post, delete, patch].into_iter().flatten()
    })
}
