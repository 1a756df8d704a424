//! What the description says of many routes at once, said in one place.

use utoipa::Number;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityRequirement, SecurityScheme};
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

/// Who asks a member's operation has the one cookie, who asks a patient's the other.
const SESSION: &str = "session";
const VISIT: &str = "visit";

/// What is asked by whoever comes, by the names of operations.
const OPEN: [&str; 7] =
    ["accept_invitation", "door", "healthz", "not_you", "readyz", "sign_in", "sign_out"];
/// What only patients ask.
const OF_PATIENTS: [&str; 6] =
    ["check_in", "join_as_patient", "leave", "my_visit", "visit_stream", "waiting_room"];
/// What members and patients ask.
const OF_BOTH: [&str; 1] = ["close_visit"];

/// Says of each operation with which cookie it is asked, where it is our own accounts that set them.
pub(crate) fn cookied(document: &mut OpenApi) {
    let of = |name, words| {
        SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(name, words)))
    };
    let schemes = document.components.get_or_insert_default();
    schemes.add_security_scheme(
        SESSION,
        of(
            "__Host-clinic-session",
            "Set by a sign-in. A server without TLS, for one's own machine, calls it clinic-session.",
        ),
    );
    schemes.add_security_scheme(
        VISIT,
        of(
            "__Host-clinic-visit",
            "Set by the door of a room. A server without TLS, for one's own machine, calls it clinic-visit.",
        ),
    );
    for operation in operations(document) {
        let name = operation.operation_id.as_deref().unwrap_or_default();
        let with: &[&str] = if OPEN.contains(&name) {
            &[]
        } else if OF_PATIENTS.contains(&name) {
            &[VISIT]
        } else if OF_BOTH.contains(&name) {
            &[SESSION, VISIT]
        } else {
            &[SESSION]
        };
        let no_scopes = [""; 0];
        let asked = with.iter().map(|one| SecurityRequirement::new(*one, no_scopes));
        operation.security = Some(asked.collect());
    }
}

/// What a browser sends by itself when it opens a stream again.
fn last_event_id() -> Parameter {
    ParameterBuilder::new()
        .name("Last-Event-ID")
        .parameter_in(ParameterIn::Header)
        .description(Some(
            "The id of the last message that was read: the stream goes on behind it.",
        ))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String).build()))
        .build()
}

/// Says of all problems that they are problem documents, describes what has no words yet, tells how large
/// numbers are, what streams go on behind, and says of every field of an answer that may be null that it is always there: what may be
/// missing is never null.
pub(crate) fn finished(document: &mut OpenApi) {
    let schemas = document.components.iter_mut().flat_map(|parts| parts.schemas.values_mut());
    for schema in schemas {
        always_there(schema);
        properties(schema).for_each(unsigned);
    }
    for operation in operations(document) {
        if operation.tags.iter().flatten().any(|group| group == "streams") {
            operation.parameters.get_or_insert_default().push(RefOr::T(last_event_id()));
        }
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

/// Only what is asked refuses fields that it does not know, and it says itself what it needs.
fn always_there(schema: &mut RefOr<Schema>) {
    if let RefOr::T(Schema::OneOf(one)) = schema {
        one.items.iter_mut().for_each(always_there);
    } else if let RefOr::T(Schema::Object(object)) = schema
        && object.additional_properties.is_none()
    {
        let null = object.properties.iter().filter(|(_, property)| may_be_null(property));
        let null: Vec<String> = null.map(|(name, _)| name.clone()).collect();
        let known = &mut object.required;
        let new: Vec<String> = null.into_iter().filter(|name| !known.contains(name)).collect();
        known.extend(new);
    }
}

fn may_be_null(schema: &RefOr<Schema>) -> bool {
    let null = |kind: &SchemaType| match kind {
        SchemaType::Type(kind) => *kind == Type::Null,
        SchemaType::Array(kinds) => kinds.contains(&Type::Null),
        SchemaType::AnyValue => false,
    };
    if let RefOr::T(Schema::OneOf(one)) = schema {
        return one.items.iter().any(may_be_null);
    }
    match schema {
        RefOr::T(Schema::Object(object)) => null(&object.schema_type),
        RefOr::T(Schema::Array(list)) => null(&list.schema_type),
        RefOr::T(_) | RefOr::Ref(_) => false,
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
