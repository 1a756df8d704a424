//! Forms become wishes: what a form says is turned into the JSON that the route of the API expects, and
//! asked there, with the cookies and from the source that it came with. So a page can do nothing that the
//! API would not grant, and errors name the same fields.
//!
//! The path below `/do` is the API's. A field's name says how its value is written: `reason` is a text, left out
//! where nothing was typed, and `note:text` one that is sent in any case, so that the API can say what is missing;
//! `seen:int`, `pausing:bool`, `labels:lines` (one a line), `mon:list` (with commas between), `exceptions:days` (a
//! date and its list on each line), `undo_window_ms:min` (typed in minutes, as `5` or `1:30`), and with
//! `null` behind it (`welcome:null`, `accept_window_ms:min-null`) nothing typed is null. Dots nest.
//! `key` is the id of the wish, `back` the page that is shown then, `was` a digest of the setting that the page has shown.

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use clinic_domain::hours::Zone;
use clinic_domain::ids::ClinicId;
use clinic_domain::time::Millis;
use serde_json::{Map, Value};
use tower::ServiceExt as _;
use uuid::Uuid;

use super::layout::{Reader, Tab};
use super::signed::Signed;
use super::words as w;
use super::{Pages, admin, layout};
use crate::{Path, Problem, Source, limits};

/// What was typed into a form, in its order.
#[derive(Debug, Default)]
pub(super) struct Typed(Vec<(String, String)>);

impl Typed {
    /// Reads the body of a request.
    pub(super) async fn of(body: Body) -> Result<Self, Problem> {
        let read = to_bytes(body, limits::BODY_BYTES).await;
        Self::read(&read.map_err(|_| Problem::too_large())?)
    }

    /// Reads what a form has sent.
    fn read(body: &[u8]) -> Result<Self, Problem> {
        let read = serde_urlencoded::from_bytes(body);
        read.map(Self).map_err(|why| Problem::unreadable(why.to_string()))
    }

    /// The first value of a field, if something was typed.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let mut found = self.0.iter().filter(|(field, _)| field == name);
        found.next().map(|(_, value)| value.as_str()).filter(|value| !value.trim().is_empty())
    }

    /// The page that is shown then: one of ours.
    pub(super) fn back(&self) -> &str {
        // Browsers read a backslash as a slash and leave out what cannot be seen.
        let plain = |path: &str| path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        let ours = |path: &&str| path.starts_with('/') && !path.starts_with("//") && plain(path);
        self.get("back").filter(ours).unwrap_or("/desk")
    }

    /// The body that the API expects.
    fn json(&self) -> Result<Value, Problem> {
        let mut body = Map::new();
        for (name, value) in &self.0 {
            let (name, kind) = name.split_once(':').unwrap_or((name, ""));
            if name == "key" || name == "back" || name == "was" {
                continue;
            }
            if let Some(value) = written(name, kind, value)? {
                put(&mut body, name, value);
            }
        }
        Ok(Value::Object(body))
    }
}

/// A value as its field wants it; none where nothing was typed and nothing need be said.
fn written(name: &str, kind: &str, value: &str) -> Result<Option<Value>, Problem> {
    let typed = value.trim();
    let number =
        |typed: &str| typed.parse::<u64>().map_err(|_| Problem::bad(name, w::WHOLE_NUMBER));
    if typed.is_empty() && kind.ends_with("null") {
        return Ok(Some(Value::Null));
    }
    Ok(match kind.trim_end_matches("null").trim_end_matches('-') {
        "lines" => Some(typed.lines().map(str::trim).filter(|line| !line.is_empty()).collect()),
        "list" => Some(list(typed)),
        "days" => Some(days(typed)),
        "text" => Some(value.into()),
        _ if typed.is_empty() => None,
        "int" => Some(number(typed)?.into()),
        "bool" => Some((typed == "true").into()),
        "min" => Some(minutes(name, typed)?.into()),
        _ => Some(value.into()),
    })
}

/// What stands between commas.
fn list(typed: &str) -> Value {
    typed.split(',').map(str::trim).filter(|one| !one.is_empty()).collect()
}

/// Days, one a line: a date, and behind a space or a colon its intervals; without any it is a day off.
fn days(typed: &str) -> Value {
    let lines = typed.lines().map(str::trim).filter(|line| !line.is_empty());
    let day = |line: &str| {
        let (date, rest) = line.split_once([' ', ':', '\t']).unwrap_or((line, ""));
        let rest = rest.trim_start_matches([' ', ':', '\t']);
        let rest = if rest.eq_ignore_ascii_case(w::DAY_OFF) { "" } else { rest };
        (date.to_owned(), list(rest))
    };
    Value::Object(lines.map(day).collect())
}

/// Reads `5` or `1:30`, minutes and perhaps seconds, as milliseconds.
fn minutes(name: &str, typed: &str) -> Result<u64, Problem> {
    let (whole, seconds) = typed.split_once(':').unwrap_or((typed, "00"));
    let seconds = (seconds.len() == 2).then(|| seconds.parse::<u64>().ok()).flatten();
    let read = whole.parse::<u64>().ok().zip(seconds.filter(|seconds| *seconds < 60));
    let wrong = || Problem::bad(name, w::MINUTES_AS);
    let (whole, seconds) = read.ok_or_else(wrong)?;
    Ok(whole.saturating_mul(60).saturating_add(seconds).saturating_mul(1_000))
}

/// A span as [`minutes`] reads it; what is left of a second counts as one.
pub(super) fn in_minutes(span: Millis) -> String {
    let seconds = span.0.div_ceil(1_000);
    let (whole, seconds) = (seconds / 60, seconds % 60);
    if seconds == 0 { whole.to_string() } else { format!("{whole}:{seconds:02}") }
}

/// Puts a value where the dots of its name lead.
fn put(body: &mut Map<String, Value>, name: &str, value: Value) {
    let Some((first, rest)) = name.split_once('.') else {
        body.insert(name.to_owned(), value);
        return;
    };
    let inner = body.entry(first).or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(inner) = inner {
        put(inner, rest, value);
    }
}

impl Pages {
    /// Asks the API, as whoever sent this head.
    pub(super) async fn ask(
        &self,
        head: &Parts,
        path: &str,
        key: Option<&str>,
        body: &Value,
    ) -> Result<Response, Problem> {
        let fresh = self.http.engine.mint().to_string();
        let key = HeaderValue::try_from(key.unwrap_or(&fresh));
        let key = key.map_err(|_| Problem::bad("key", "must be a UUID"))?;
        let uri: Uri = format!("/api/{path}").parse().map_err(|_| Problem::nothing())?;
        let mut asked = Request::new(Body::from(body.to_string()));
        *asked.method_mut() = Method::POST;
        *asked.uri_mut() = uri;
        // Nothing else: what the router notes of this request is not for the next one.
        if let Some(source) = head.extensions.get::<Source>() {
            asked.extensions_mut().insert(source.clone());
        }
        let headers = asked.headers_mut();
        headers.clone_from(&head.headers);
        headers.remove(CONTENT_LENGTH);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert("idempotency-key", key);
        let answered = self.api.clone().oneshot(asked).await;
        Ok(answered.unwrap_or_else(|never| match never {}))
    }
}

/// A form that asks for something. A script is given the API's own answer; without one the answer leads to
/// the page that the form names, or says what was refused.
pub(super) async fn form(
    State(pages): State<Pages>,
    Path(path): Path<String>,
    request: Request,
) -> Response {
    let (mut head, body) = request.into_parts();
    let scripted = head.headers.get(ACCEPT).is_some_and(|kind| kind == "application/json");
    let (answer, back) = match Typed::of(body).await {
        Ok(typed) => (answer(&pages, &head, &path, &typed).await, typed.back().to_owned()),
        Err(problem) => (Err(problem), "/desk".to_owned()),
    };
    let answer = answer.unwrap_or_else(Problem::into_response);
    if answer.status().is_success() {
        return if scripted { answer } else { led(answer, &back) };
    }
    let problem = told(&answer);
    let sentence = sentence(&pages, &path, &problem).await;
    if scripted {
        return saying(answer, &problem, &sentence);
    }
    let signed = Signed::find(&mut head, &pages).await.ok().flatten();
    let reader = signed.as_ref().map_or(Reader::Anybody, |one| Reader::Member(one, Tab::Account));
    layout::went_wrong(reader, &problem, &sentence, Some(&back))
}

async fn answer(
    pages: &Pages,
    head: &Parts,
    path: &str,
    typed: &Typed,
) -> Result<Response, Problem> {
    if let Some(was) = typed.get("was") {
        admin::is_as_shown(pages, head, path, was).await?;
    }
    pages.ask(head, path, typed.get("key"), &typed.json()?).await
}

/// A problem in a sentence, by the clock of the clinic that was asked.
async fn sentence(pages: &Pages, path: &str, problem: &Problem) -> String {
    let zone = if problem.tells_a_time() { zone(pages, path).await } else { None };
    match zone {
        Some(zone) => problem.sentence_in(&zone, pages.http.engine.now()),
        None => problem.sentence(),
    }
}

async fn zone(pages: &Pages, path: &str) -> Option<Zone> {
    let clinic = path.strip_prefix("clinics/")?.split('/').next()?;
    let clinic = ClinicId(Uuid::try_parse(clinic).ok()?);
    let read = pages.http.engine.read(clinic, None, |views| views.census.zone().cloned());
    read.await.ok().flatten()
}

/// The API's answer, and the sentence in which a page says it.
fn saying(answer: Response, problem: &Problem, sentence: &str) -> Response {
    let mut body = serde_json::to_value(problem).unwrap_or_default();
    if let Value::Object(told) = &mut body {
        told.insert("sentence".to_owned(), sentence.into());
    }
    let (mut head, _) = answer.into_parts();
    head.headers.remove(CONTENT_LENGTH);
    head.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    Response::from_parts(head, Body::from(body.to_string()))
}

/// Leads to a page where a wish was granted, with the cookies that came of it.
pub(super) fn led(response: Response, back: &str) -> Response {
    match problem(response) {
        Ok(response) => {
            let (mut head, _) = response.into_parts();
            head.status = StatusCode::SEE_OTHER;
            head.headers.remove(CONTENT_TYPE);
            head.headers.remove(CONTENT_LENGTH);
            if let Ok(back) = HeaderValue::try_from(back) {
                head.headers.insert(LOCATION, back);
            }
            Response::from_parts(head, Body::empty())
        }
        Err(problem) => layout::failed(&problem, back),
    }
}

/// The problem that an answer tells, if it tells one.
pub(super) fn problem(response: Response) -> Result<Response, Problem> {
    if response.status().is_success() { Ok(response) } else { Err(told(&response)) }
}

/// The problem of an answer that is none of success.
fn told(response: &Response) -> Problem {
    let told = response.extensions().get::<Problem>().cloned();
    told.or_else(|| Problem::bare(response.status())).unwrap_or_else(Problem::unavailable)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn body(form: &str) -> Result<Value, Problem> {
        Typed::read(form.as_bytes()).expect("a form").json()
    }

    #[test]
    fn each_kind_of_field_is_written_as_the_api_wants_it() {
        let cases = [
            ("reason=&note=hi&key=1&back=/x", json!({ "note": "hi" })),
            ("welcome:null=&emergency:null=112", json!({ "welcome": null, "emergency": "112" })),
            ("seen:int=4&consent:int-null=", json!({ "seen": 4, "consent": null })),
            ("done:bool=true&pausing:bool=no", json!({ "done": true, "pausing": false })),
            ("labels:lines=a%0D%0A%0D%0A+b+", json!({ "labels": ["a", "b"] })),
            ("labels:lines=", json!({ "labels": [] })),
            ("note:text=&why:text=+late", json!({ "note": "", "why": " late" })),
            (
                "h.w.mon:list=08:00-12:00,+13:00-18:00&h.w.tue:list=",
                json!({ "h": { "w": { "mon": ["08:00-12:00", "13:00-18:00"], "tue": [] } } }),
            ),
            (
                "x:days=2026-12-24:+08:00-12:00%0D%0A2026-12-25+Closed%0D%0A2026-12-26",
                json!({ "x": { "2026-12-24": ["08:00-12:00"], "2026-12-25": [], "2026-12-26": [] } }),
            ),
            (
                "booked.room=r&booked.at.day=1",
                json!({ "booked": { "room": "r", "at": { "day": "1" } } }),
            ),
            ("x:days=", json!({ "x": {} })),
            ("a:min=5&b:min=1:30&c:min-null=", json!({ "a": 300_000, "b": 90_000, "c": null })),
        ];
        for (form, expected) in cases {
            assert_eq!(body(form), Ok(expected), "{form}");
        }
    }

    #[test]
    fn what_is_no_number_names_its_field() {
        for form in [
            "n:int=many",
            "n:min=1.5",
            "n:min=1:5",
            "n:min=1:60",
            "n:min=:30",
            "n:min=-1",
            "n:int=99999999999999999999",
        ] {
            assert!(
                body(form).is_err_and(|problem| problem.sentence().contains("ust be")),
                "{form}"
            );
        }
    }

    #[test]
    fn spans_are_shown_as_they_are_read() {
        for (span, shown) in
            [(0, "0"), (300_000, "5"), (90_000, "1:30"), (61_000, "1:01"), (500, "0:01")]
        {
            assert_eq!(in_minutes(Millis(span)), shown);
        }
    }

    #[test]
    fn a_form_leads_to_pages_of_ours_only() {
        let back = |form: &str| Typed::read(form.as_bytes()).expect("a form").back().to_owned();
        assert_eq!(back("back=/r/reception/waiting"), "/r/reception/waiting");
        for elsewhere in [
            "https://example.org/",
            "//example.org",
            "/%09/example.org",
            "/%5Cexample.org",
            "/%0A/example.org",
            "desk",
            "",
        ] {
            assert_eq!(back(&format!("back={elsewhere}")), "/desk", "{elsewhere}");
        }
    }
}
