//! What went wrong, as RFC 9457 has it. The one place where errors of the engine become answers.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use clinic_domain::clinic::ClinicRefusal;
use clinic_domain::ids::MemberId;
use clinic_domain::refusal::{PublicRefusal, Refusal};
use clinic_domain::room::RoomRefusal;
use clinic_domain::time::Millis;
use clinic_domain::transfer::TransferRefusal;
use clinic_domain::visit::VisitRefusal;
use clinic_engine::{Broken, EngineError};
use serde::Serialize;
use tokio::time::Instant;
use utoipa::ToSchema;

use crate::facts::Facts;
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
    #[schema(nullable = false)]
    field: Option<String>,
    /// After how many seconds to ask again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    retry_after: Option<u64>,
    /// What a refusal rests on, for programs; each kind has its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    facts: Option<Box<Facts>>,
}

impl Problem {
    fn new(kind: &str, status: StatusCode, title: &'static str, detail: String) -> Self {
        let kind = format!("urn:clinic:problem:{kind}");
        let status = status.as_u16();
        Self { kind, title, status, detail, field: None, retry_after: None, facts: None }
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

    /// A body that was not read, for a reason that has this status, or for one that has none of its own.
    pub(crate) fn unread(status: StatusCode, why: String) -> Self {
        match status {
            StatusCode::PAYLOAD_TOO_LARGE => Self::too_large(),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => {
                let detail = "say by Content-Type that the body is application/json".to_owned();
                Self::new("media-type", status, "The body is of another kind", detail)
            }
            _ => Self::unreadable(why),
        }
    }

    /// A body that is longer than any has to be.
    pub(crate) fn too_large() -> Self {
        let detail = format!("a body has at most {} bytes", limits::BODY_BYTES);
        Self::new("too-large", StatusCode::PAYLOAD_TOO_LARGE, "The body is too large", detail)
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
        let detail = "ask again in a moment; a wish with the same Idempotency-Key".to_owned();
        let title = "Not available now";
        Self::new("unavailable", StatusCode::SERVICE_UNAVAILABLE, title, detail).later()
    }

    /// Somebody reads as many streams as she may.
    pub(crate) fn too_many_streams(limit: usize) -> Self {
        let detail = format!("at most {limit} streams may be open at once: close one first");
        let (status, title) = (StatusCode::TOO_MANY_REQUESTS, "Too many streams");
        Self::new("too-many-streams", status, title, detail)
    }

    /// Nobody signs in like that; whether it is the name or the password, nobody is told.
    pub(crate) fn wrong_sign_in() -> Self {
        let detail = "the name or the password is wrong".to_owned();
        Self::new("wrong-sign-in", StatusCode::UNAUTHORIZED, "Not signed in", detail)
    }

    /// What a page shows has been changed since it was opened.
    pub(crate) fn changed_since(detail: &str) -> Self {
        Self::new("changed-since", StatusCode::CONFLICT, "Changed meanwhile", detail.to_owned())
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

    /// The kind in words.
    pub(crate) fn title(&self) -> &'static str {
        self.title
    }

    /// The status of the answer.
    pub(crate) fn status(&self) -> u16 {
        self.status
    }

    /// That status, for an answer of another form.
    pub(crate) fn answer_status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Which field it is about, if it is about one.
    pub(crate) fn field(&self) -> Option<&str> {
        self.field.as_deref()
    }

    /// What is so this time, as the API tells it.
    pub(crate) fn detail(&self) -> &str {
        &self.detail
    }

    /// Which kind it is, behind what all kinds begin with.
    pub(crate) fn kind(&self) -> &str {
        self.kind.rsplit(':').next().unwrap_or_default()
    }

    /// How many visits are inside a room that must be empty, and how many may come back to it.
    pub(crate) fn inside(&self) -> Option<(usize, usize)> {
        self.facts.as_ref().and_then(|facts| facts.inside())
    }

    /// Whether it may be another answer in a moment.
    pub(crate) fn is_for_now(&self) -> bool {
        self.status == StatusCode::SERVICE_UNAVAILABLE.as_u16()
    }

    /// Something is broken. The operator reads in the log what it is; who asks is told to come back.
    pub(crate) fn broken(why: &dyn fmt::Display) -> Self {
        tell(why);
        Self::unavailable()
    }

    /// Her visit is over.
    pub(crate) fn visit_over() -> Self {
        let detail = PublicRefusal::VisitOver.to_string();
        Self::new("visit-over", StatusCode::CONFLICT, "Not possible", detail)
    }

    fn later(self) -> Self {
        Self { retry_after: Some(limits::RETRY_AFTER.as_secs()), ..self }
    }

    /// What a member or the host is told.
    pub(crate) fn full(error: EngineError) -> Self {
        match error {
            EngineError::Refused(refusal) => {
                let (path, detail) = (refusal.path(), refusal.to_string());
                let problem = Self::new(&path, status(&path), "The clinic refused", detail);
                Self { facts: Facts::of(&refusal), ..problem }
            }
            EngineError::Throttled { what, limit, retry_after, .. } => {
                let facts = Facts::of_limit(what, u64::try_from(limit).unwrap_or(u64::MAX));
                let seconds = retry_after.0.div_ceil(1_000);
                let (status, title) = (StatusCode::TOO_MANY_REQUESTS, "Too many requests");
                let problem = Self::new("throttled", status, title, error.to_string());
                Self { retry_after: Some(seconds), facts, ..problem }
            }
            EngineError::NoSuchClinic(_) => Self::nothing(),
            EngineError::NotYet { .. } => {
                let (status, title) = (StatusCode::SERVICE_UNAVAILABLE, "Not there yet");
                Self::new("not-yet", status, title, error.to_string()).later()
            }
            EngineError::Broken(
                broken @ (Broken::ClockJumped { .. }
                | Broken::ClockApart(_)
                | Broken::NotAgreed { .. }
                | Broken::Stopped
                | Broken::Log(_)),
            ) => Self::broken(&broken),
            EngineError::Broken(broken @ Broken::Newer(_)) => {
                tell(&broken);
                let (status, title) = (StatusCode::SERVICE_UNAVAILABLE, "Not served here");
                let detail = "this node no longer serves this clinic, another one may: ask again";
                Self::new("not-served", status, title, detail.to_owned()).later()
            }
            EngineError::Broken(broken @ (Broken::InDoubt(_) | Broken::TooLate { .. })) => {
                tell(&broken);
                let (status, title) = (StatusCode::SERVICE_UNAVAILABLE, "Perhaps recorded");
                let detail =
                    "it is not known whether this was recorded: ask again with the same id";
                Self::new("in-doubt", status, title, detail.to_owned()).later()
            }
        }
    }

    /// What a patient is told: nothing of others, nothing of the members. What is not hers, what is not
    /// there and what she may not do all sound alike.
    pub(crate) fn public(error: EngineError) -> Self {
        match PublicError::of(error) {
            PublicError::Refused(PublicRefusal::NoSuchRoom | PublicRefusal::NotPossible) => {
                Self::nothing()
            }
            PublicError::Refused(public) => Self::told(&public),
            PublicError::Other(problem) => problem,
        }
    }

    /// As [`Problem::public`], of a check-in: there is something to say even to somebody who has no visit,
    /// and a room of no clinic is no room.
    pub(crate) fn at_door(error: EngineError) -> Self {
        if matches!(error, EngineError::NoSuchClinic(_)) {
            return Self::told(&PublicRefusal::NoSuchRoom);
        }
        match PublicError::of(error) {
            PublicError::Refused(public) => Self::told(&public),
            PublicError::Other(problem) => problem,
        }
    }

    /// The member whom a refusal is about.
    pub(crate) fn member(&self) -> Option<MemberId> {
        self.facts.as_ref().and_then(|facts| facts.member())
    }

    /// Calls the member whom it is about by her name: an id tells people nothing.
    pub(crate) fn naming(mut self, member: MemberId, name: String) -> Self {
        self.detail = self.detail.replace(&member.to_string(), &name);
        if let Some(facts) = &mut self.facts {
            facts.name_member(name);
        }
        self
    }

    /// What is told where a layer around the routes gave no more than a status.
    pub(crate) fn bare(status: StatusCode) -> Option<Self> {
        let (kind, title, detail) = match status {
            StatusCode::NOT_FOUND => return Some(Self::nothing()),
            StatusCode::SERVICE_UNAVAILABLE => return Some(Self::unavailable()),
            StatusCode::PAYLOAD_TOO_LARGE => return Some(Self::too_large()),
            StatusCode::FORBIDDEN => {
                ("cross-site", "Asked from elsewhere", "a page from elsewhere may not ask this")
            }
            StatusCode::METHOD_NOT_ALLOWED => {
                ("method", "Not in this way", "this address is asked by other methods")
            }
            StatusCode::INTERNAL_SERVER_ERROR => (
                "broken",
                "Something is broken",
                "it is not your fault; the log of the service tells more",
            ),
            _ => return None,
        };
        Some(Self::new(kind, status, title, detail.to_owned()))
    }

    fn told(public: &PublicRefusal) -> Self {
        let (kind, detail) = (kebab(public.name()), public.to_string());
        let problem = Self::new(&kind, status(public.name()), "Not possible", detail);
        Self { facts: Facts::of_public(public), ..problem }
    }
}

/// An error, as far as it is a patient's business.
enum PublicError {
    /// The clinic said no.
    Refused(PublicRefusal),
    /// Anything else.
    Other(Problem),
}

impl PublicError {
    fn of(error: EngineError) -> Self {
        match error {
            EngineError::Refused(refusal) => Self::Refused(refusal.public()),
            // What is counted, and how, is not hers to know.
            EngineError::Throttled { .. } => Self::Other(Problem {
                detail: "too many tries, wait a moment".to_owned(),
                facts: None,
                ..Problem::full(error)
            }),
            // Nor is where the log ends.
            EngineError::NotYet { .. } => Self::Other(Problem::unavailable()),
            EngineError::NoSuchClinic(_) | EngineError::Broken(_) => {
                Self::Other(Problem::full(error))
            }
        }
    }
}

/// Every kind of refusal, as problems name it, with its status: first what members and hosts are told,
/// then what patients are told.
#[must_use]
pub fn refusals() -> Vec<(String, u16)> {
    let part = |prefix: &'static str, names: &'static [&'static str]| {
        names.iter().map(move |name| format!("{prefix}{name}"))
    };
    let holders = ["Clinic", "Room", "Visit", "Transfer", "Visit.Room"];
    let full = part("", Refusal::NAMES)
        .chain(part("Clinic.", ClinicRefusal::NAMES))
        .chain(part("Room.", RoomRefusal::NAMES))
        .chain(part("Visit.", VisitRefusal::NAMES))
        .chain(part("Visit.Room.", RoomRefusal::NAMES))
        .chain(part("Transfer.", TransferRefusal::NAMES))
        .filter(|path| !holders.contains(&path.as_str()));
    let full = full.map(|path| (path.clone(), status(&path).as_u16()));
    let public = PublicRefusal::NAMES.iter();
    let public = public.map(|name| (kebab(name), status(name).as_u16()));
    full.chain(public).collect()
}

/// Not allowed, not there, or not as things are.
fn status(path: &str) -> StatusCode {
    match path.rsplit('.').next().unwrap_or_default() {
        "NotEntitled" | "OwnersOnly" | "WrongPasscode" => StatusCode::FORBIDDEN,
        name if name.starts_with("NoSuch") || name == "NotFounded" => StatusCode::NOT_FOUND,
        "CommandReused" | "LimitReached" | "Hours" => StatusCode::UNPROCESSABLE_ENTITY,
        _ => StatusCode::CONFLICT,
    }
}

/// `WrongPasscode` as `wrong-passcode`.
fn kebab(name: &str) -> String {
    let mut word = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !word.is_empty() {
            word.push('-');
        }
        word.push(letter.to_ascii_lowercase());
    }
    word
}

/// Tells the operator, once in a while for each reason: in an outage everybody is turned away for the same one.
fn tell(why: &dyn fmt::Display) {
    static TOLD: Mutex<BTreeMap<String, Instant>> = Mutex::new(BTreeMap::new());
    let why = why.to_string();
    let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
    told.retain(|_, at| at.elapsed() < limits::TELL_AGAIN);
    if told.contains_key(&why) {
        tracing::debug!(target: "clinic", why, "nobody can be answered, as before");
        return;
    }
    tracing::error!(target: "clinic", why, "nobody can be answered");
    if told.len() < limits::REASONS_TOLD {
        told.insert(why, Instant::now());
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
        // For pages, which tell it in their own way.
        response.extensions_mut().insert(self);
        response
    }
}
