//! What makes a page live: one stream that carries the parts that have changed, as the server renders them.
//!
//! A page names its [`Part`]s; whenever something happens in its clinic they are rendered anew, and those
//! that differ from what this browser has are sent. The first message has all of them, so whoever comes back
//! after whatever it was is shown the present, and nothing has to be remembered for her. Rights are judged at
//! each rendering.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use async_trait::async_trait;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::sse::{Event as Sent, Sse};
use axum::response::{IntoResponse, Response};
use clinic_domain::command::Person;
use clinic_domain::ids::ClinicId;
use clinic_engine::Feed;
use futures_util::FutureExt as _;
use maud::Markup;
use serde::Serialize;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::streams::Connected;
use crate::{Caller, Http, Problem, limits};

/// A part of a page: an element with an id of its own, in an element that holds such parts in order.
#[derive(Debug)]
pub(super) struct Part {
    within: String,
    id: String,
    html: String,
}

impl Part {
    pub(super) fn new(within: impl Into<String>, id: impl Into<String>, html: Markup) -> Self {
        Self { within: within.into(), id: id.into(), html: html.into_string() }
    }
}

/// A page that is live.
#[async_trait]
pub(super) trait Live: Send + Sync + 'static {
    /// Its parts as they are now, for as long as its reader may see them.
    async fn parts(&self, http: &Http) -> Result<Vec<Part>, Over>;
}

/// Why there are no parts any more.
#[derive(Debug)]
pub(super) enum Over {
    /// The page is to connect again, at once: it is about something else now.
    Again,
    /// They cannot be shown.
    Refused(Problem),
}

impl From<Problem> for Over {
    fn from(problem: Problem) -> Self {
        Self::Refused(problem)
    }
}

/// What has changed, in the order in which it is to be put.
#[derive(Debug, Default, Serialize)]
struct Change {
    put: Vec<Put>,
    gone: Vec<String>,
}

/// A part, and where it goes; without its contents where it only moves.
#[derive(Debug, Serialize)]
struct Put {
    id: String,
    within: String,
    /// Behind which part of its element; none: it is the first.
    after: Option<String>,
    html: Option<String>,
}

/// What a browser has of one part.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Had {
    within: String,
    after: Option<String>,
    digest: u64,
}

/// What a browser has of a page.
#[derive(Debug, Default)]
struct Shown(BTreeMap<String, Had>);

impl Shown {
    /// What a browser must be told to have these parts, and none besides.
    fn changed_to(&mut self, parts: Vec<Part>) -> Change {
        let (mut change, mut now) = (Change::default(), BTreeMap::new());
        let mut last: BTreeMap<String, String> = BTreeMap::new();
        for Part { within, id, html } in parts {
            let after = last.insert(within.clone(), id.clone());
            let had = Had { within, after, digest: digest(&html) };
            let before = self.0.get(&id);
            if before != Some(&had) {
                let same = before.is_some_and(|before| before.digest == had.digest);
                let Had { within, after, .. } = had.clone();
                change.put.push(Put {
                    id: id.clone(),
                    within,
                    after,
                    html: (!same).then_some(html),
                });
            }
            now.insert(id, had);
        }
        let gone = self.0.keys().filter(|id| !now.contains_key(*id));
        change.gone = gone.cloned().collect();
        self.0 = now;
        change
    }
}

fn digest(html: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    html.hash(&mut hasher);
    hasher.finish()
}

/// Opens the stream of a page for a person, who is online as long as it is read.
pub(super) async fn stream(
    http: Http,
    head: Parts,
    caller: Caller,
    clinic: ClinicId,
    person: Person,
    page: impl Live,
) -> Result<Response, Problem> {
    let place = http.streams.seats.take(clinic, caller)?;
    let connected = Connected::note(&http.engine, clinic, person).await?;
    let from = http.engine.read(clinic, None, |views| views.checkpoint().position).await;
    let feed = http.engine.subscribe(clinic, from.map_err(Problem::public)?).await;
    let feed = feed.map_err(Problem::public)?;
    let stopping = http.streams.stopping();
    let reader = Reader { http, head, caller, feed, stopping, page, shown: Shown::default() };
    let (told, messages) = mpsc::channel(1);
    tokio::spawn(async move {
        reader.tell(told).await;
        drop((place, connected));
    });
    let messages = futures_util::stream::unfold(messages, |mut messages| async move {
        let message = messages.recv().await?;
        Some((Ok::<Sent, Infallible>(message), messages))
    });
    let mut response = Sse::new(messages).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(response)
}

/// One open stream.
struct Reader<L> {
    http: Http,
    /// What the request came with: who it is is asked again and again.
    head: Parts,
    caller: Caller,
    feed: Feed,
    stopping: watch::Receiver<bool>,
    page: L,
    shown: Shown,
}

impl<L: Live> Reader<L> {
    /// Tells the browser what changes until it goes, takes nothing for too long, or has to end.
    async fn tell(mut self, browser: mpsc::Sender<Sent>) {
        let mut first = Some(Sent::default().retry(limits::PAGE_RETRY));
        let mut beat = Instant::now();
        loop {
            let sent = match self.page.parts(&self.http).await {
                Ok(parts) => self.changed(parts, &mut beat),
                Err(over) => Some(Err(over.told())),
            };
            let ended = matches!(&sent, Some(Err(_)));
            let sent = sent.map(|sent| sent.unwrap_or_else(|end| end));
            for sent in first.take().into_iter().chain(sent) {
                if browser.send_timeout(sent, limits::STREAM_STUCK).await.is_err() {
                    return;
                }
            }
            if ended {
                return;
            }
            let next = tokio::select! {
                () = browser.closed() => return,
                next = self.wait(beat) => next,
            };
            if let Err(end) = next {
                let _gone = browser.send_timeout(end, limits::STREAM_STUCK).await;
                return;
            }
        }
    }

    /// The message for what has changed; now and then one that says that the stream is alive.
    fn changed(&mut self, parts: Vec<Part>, beat: &mut Instant) -> Option<Result<Sent, Sent>> {
        let change = self.shown.changed_to(parts);
        let silent = change.put.is_empty() && change.gone.is_empty();
        if silent && beat.elapsed() < limits::PAGE_BEAT {
            return None;
        }
        *beat = Instant::now();
        let (name, data) = if silent {
            ("beat", self.http.engine.now().to_string())
        } else {
            ("change", serde_json::to_string(&change).unwrap_or_default())
        };
        Some(Ok(Sent::default().event(name).data(data)))
    }

    /// Waits until the page may be another: something has happened, or enough time has gone by. Meanwhile it
    /// looks whether it is still the same who reads.
    async fn wait(&mut self, beat: Instant) -> Result<(), Sent> {
        let now = Instant::now();
        // Some breath between two renderings: what happens in it goes out together.
        let soonest = now.checked_add(limits::PAGE_BREATH).unwrap_or(now);
        let latest = beat.checked_add(limits::PAGE_BEAT).unwrap_or(now).max(soonest);
        let mut check = now.checked_add(limits::STREAM_CHECK).unwrap_or(now);
        loop {
            let next = tokio::select! {
                biased;
                _ = self.stopping.wait_for(|stopping| *stopping) => return Err(end("closing")),
                next = timeout_at(check.min(latest), self.feed.next()) => next,
            };
            match next {
                Ok(Err(_)) => return Err(end("unavailable")),
                Err(_) if check < latest => {
                    self.is_the_same().await?;
                    check = Instant::now().checked_add(limits::STREAM_CHECK).unwrap_or(latest);
                }
                Ok(Ok(_)) | Err(_) => break,
            }
        }
        self.is_the_same().await?;
        sleep_until(soonest).await;
        // What has happened since is in the next rendering, too.
        while let Some(Ok(_)) = self.feed.next().now_or_never() {}
        Ok(())
    }

    async fn is_the_same(&self) -> Result<(), Sent> {
        // Her token is all there is to a patient, and it does not run out.
        if matches!(self.caller, Caller::Patient(_)) {
            return Ok(());
        }
        match self.http.authenticator.still(&self.head, self.caller).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(end("no-right")),
            Err(_) => Err(end("unavailable")),
        }
    }
}

impl Over {
    fn told(&self) -> Sent {
        end(match self {
            Self::Again => "again",
            Self::Refused(problem) if problem.is_for_now() => "unavailable",
            Self::Refused(_) => "no-right",
        })
    }
}

/// The last message, with why there is no other.
fn end(why: &str) -> Sent {
    Sent::default().event("end").data(format!("{{\"why\":\"{why}\"}}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(id: &str, html: &str) -> Part {
        Part { within: "list".into(), id: id.into(), html: html.into() }
    }

    /// What was put, as `id(html)` behind what, and what is gone.
    fn told(change: &Change) -> String {
        let put = change.put.iter().map(|put| {
            let html = put.html.as_deref().unwrap_or("moves");
            format!("{}({html})>{}", put.id, put.after.as_deref().unwrap_or("-"))
        });
        let gone = change.gone.iter().map(|id| format!("-{id}"));
        put.chain(gone).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn only_what_changes_is_told_and_what_moves_is_not_sent_again() {
        let mut shown = Shown::default();
        let steps = [
            (vec![part("a", "1"), part("b", "2"), part("c", "3")], "a(1)>- b(2)>a c(3)>b"),
            (vec![part("a", "1"), part("b", "2"), part("c", "3")], ""),
            (vec![part("a", "1"), part("b", "9"), part("c", "3")], "b(9)>a"),
            (vec![part("b", "9"), part("c", "3")], "b(moves)>- -a"),
            (vec![part("c", "3"), part("b", "9")], "c(moves)>- b(moves)>c"),
            (vec![], "-b -c"),
        ];
        for (parts, expected) in steps {
            assert_eq!(told(&shown.changed_to(parts)), expected);
        }
    }
}
