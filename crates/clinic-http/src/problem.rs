//! What went wrong, as RFC 9457 has it. The one place where errors of the engine become answers.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use clinic_domain::refusal::{PublicRefusal, Refusal};
use clinic_domain::time::Millis;
use clinic_engine::{Broken, EngineError};
use serde::Serialize;
use utoipa::ToSchema;

use crate::limits;

/// A problem document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problem {
    /// Which kind of problem, for programs; it never changes its meaning.
    #[serde(rename = "type")]
    #[schema(example = "urn:clinic:problem:Visit.Stale")]
    kind: String,
    /// The kind in words.
    title: &'static str,
    /// The status of the answer.
    status: u16,
    /// What is so this time, for people.
    detail: String,
    /// Which field of the request it is about, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    /// After how many seconds to ask again.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
}

impl Problem {
    fn new(kind: &str, status: StatusCode, title: &'static str, detail: String) -> Self {
        let kind = format!("urn:clinic:problem:{kind}");
        Self { kind, title, status: status.as_u16(), detail, field: None, retry_after: None }
    }

    /// A request that is not as it must be.
    pub(crate) fn bad(field: &str, why: impl Into<String>) -> Self {
        let (status, title) = (StatusCode::UNPROCESSABLE_ENTITY, "A field is not as it must be");
        Self { field: Some(field.to_owned()), ..Self::new("bad-field", status, title, why.into()) }
    }

    /// A request that cannot be read at all.
    pub(crate) fn unreadable(why: String) -> Self {
        Self::new("unreadable", StatusCode::BAD_REQUEST, "The request cannot be read", why)
    }

    /// A body that does not say how long it is, where it must.
    #[must_use]
    pub fn unmeasured() -> Self {
        let detail = "say the length of the body by Content-Length".to_owned();
        Self::new("unmeasured", StatusCode::LENGTH_REQUIRED, "The length is missing", detail)
    }

    /// Nobody that is known here, where somebody must be.
    pub(crate) fn sign_in() -> Self {
        let detail = "sign in first".to_owned();
        Self::new("sign-in", StatusCode::UNAUTHORIZED, "Nobody is signed in", detail)
    }

    /// Nobody who has opened a check-in link, where a patient must be.
    pub(crate) fn no_token() -> Self {
        let detail = "open the check-in link first".to_owned();
        Self::new("no-token", StatusCode::UNAUTHORIZED, "No visit here", detail)
    }

    /// There is nothing, or nothing that the asker may know of: both sound alike.
    #[must_use]
    pub fn nothing() -> Self {
        let detail = "there is nothing here for you".to_owned();
        Self::new("nothing-here", StatusCode::NOT_FOUND, "Nothing here", detail)
    }

    /// What would answer is not there now.
    pub(crate) fn unavailable() -> Self {
        let detail = "ask again with the same id".to_owned();
        let title = "Not available now";
        Self::new("unavailable", StatusCode::SERVICE_UNAVAILABLE, title, detail).later()
    }

    /// Nobody signs in like that; whether it is the name or the password, nobody is told.
    pub(crate) fn wrong_sign_in() -> Self {
        let detail = "the name or the password is wrong".to_owned();
        Self::new("wrong-sign-in", StatusCode::UNAUTHORIZED, "Not signed in", detail)
    }

    /// Too many wrong sign-ins, by name or by source: which of them is not told.
    pub(crate) fn too_many_tries(retry_after: Millis) -> Self {
        let detail = "too many wrong tries, wait a while".to_owned();
        let (status, title) = (StatusCode::TOO_MANY_REQUESTS, "Too many requests");
        let seconds = retry_after.0.div_ceil(1_000);
        Self { retry_after: Some(seconds), ..Self::new("throttled", status, title, detail) }
    }

    /// No such invitation, or none any more: both sound alike.
    pub(crate) fn no_invitation() -> Self {
        let detail = "this invitation is not good, ask for a new one".to_owned();
        Self::new("no-invitation", StatusCode::NOT_FOUND, "No such invitation", detail)
    }

    /// Somebody else signs in by this name.
    pub(crate) fn name_taken() -> Self {
        let detail = "somebody else has this sign-in name, choose another".to_owned();
        Self::new("name-taken", StatusCode::CONFLICT, "The name is taken", detail)
    }

    /// Whoever asks may not invite this member.
    pub(crate) fn may_not_invite() -> Self {
        let detail = "Owners and Admins invite members, and only Owners invite an Owner".to_owned();
        Self::new("may-not-invite", StatusCode::FORBIDDEN, "Not yours to do", detail)
    }

    /// A member who is disabled is not invited.
    pub(crate) fn not_active() -> Self {
        let detail = "the member is disabled, enable her first".to_owned();
        Self::new("not-active", StatusCode::CONFLICT, "The member may not act", detail)
    }

    fn later(self) -> Self {
        Self { retry_after: Some(limits::RETRY_AFTER.as_secs()), ..self }
    }

    /// What a member or the host is told.
    pub(crate) fn full(error: EngineError) -> Self {
        match error {
            EngineError::Refused(refusal) => {
                let detail = refusal.to_string();
                Self::new(&refusal.path(), status(&refusal), "The clinic refused", detail)
            }
            EngineError::Throttled { retry_after, .. } => {
                let seconds = retry_after.0.div_ceil(1_000);
                let (status, title) = (StatusCode::TOO_MANY_REQUESTS, "Too many requests");
                let problem = Self::new("throttled", status, title, error.to_string());
                Self { retry_after: Some(seconds), ..problem }
            }
            EngineError::NoSuchClinic(_) => Self::nothing(),
            EngineError::NotYet { .. } => {
                let (status, title) = (StatusCode::SERVICE_UNAVAILABLE, "Not there yet");
                Self::new("not-yet", status, title, error.to_string()).later()
            }
            EngineError::Broken(Broken::ClockJumped { .. } | Broken::Stopped | Broken::Log(_)) => {
                Self::unavailable()
            }
            EngineError::Broken(Broken::InDoubt(_) | Broken::TooLate { .. }) => {
                let (status, title) = (StatusCode::SERVICE_UNAVAILABLE, "Perhaps recorded");
                let detail =
                    "it is not known whether this was recorded: ask again with the same id";
                Self::new("in-doubt", status, title, detail.to_owned()).later()
            }
        }
    }

    /// What a patient is told: nothing of others, nothing of the members.
    pub(crate) fn public(error: EngineError) -> Self {
        if matches!(error, EngineError::Throttled { .. }) {
            // What is counted, and how, is not hers to know.
            return Self {
                detail: "too many tries, wait a moment".to_owned(),
                ..Self::full(error)
            };
        }
        let EngineError::Refused(refusal) = &error else { return Self::full(error) };
        let public = refusal.public();
        let status = match public {
            PublicRefusal::NoSuchRoom => StatusCode::NOT_FOUND,
            PublicRefusal::WrongPasscode => StatusCode::FORBIDDEN,
            PublicRefusal::Suspended { .. }
            | PublicRefusal::Shut { .. }
            | PublicRefusal::Full
            | PublicRefusal::ConsentNeeded { .. }
            | PublicRefusal::AlreadyInside { .. }
            | PublicRefusal::VisitOver
            | PublicRefusal::NotPossible
            | PublicRefusal::TryAgain => StatusCode::CONFLICT,
        };
        let kind = match public {
            PublicRefusal::NoSuchRoom => "no-such-room",
            PublicRefusal::Suspended { .. } => "suspended",
            PublicRefusal::Shut { .. } => "shut",
            PublicRefusal::Full => "full",
            PublicRefusal::WrongPasscode => "wrong-passcode",
            PublicRefusal::ConsentNeeded { .. } => "consent-needed",
            PublicRefusal::AlreadyInside { .. } => "already-inside",
            PublicRefusal::VisitOver => "visit-over",
            PublicRefusal::NotPossible => "not-possible",
            PublicRefusal::TryAgain => "try-again",
        };
        Self::new(kind, status, "Not possible", public.to_string())
    }
}

/// Not allowed, not there, or not as things are.
fn status(refusal: &Refusal) -> StatusCode {
    let path = refusal.path();
    match path.rsplit('.').next().unwrap_or_default() {
        "NotEntitled" | "OwnersOnly" | "WrongPasscode" => StatusCode::FORBIDDEN,
        name if name.starts_with("NoSuch") || name == "NotFounded" => StatusCode::NOT_FOUND,
        "CommandReused" | "LimitReached" | "Hours" => StatusCode::UNPROCESSABLE_ENTITY,
        _ => StatusCode::CONFLICT,
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let kind = (header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        let mut response = (status, [kind], body).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
