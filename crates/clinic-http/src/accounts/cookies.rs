//! The two cookies: what they are called, how they are read, and how they are set.

use axum::http::{HeaderMap, HeaderValue, header};
use clinic_engine::secrets::Secret;

use crate::limits;

/// How cookies are set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cookies {
    /// Whether browsers reach us over TLS only. Then cookies are sent over nothing else, and bear a name
    /// that browsers hold to that. Without TLS, which is for one's own machine, they cannot be.
    pub secure: bool,
}

/// What a cookie holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cookie {
    /// The session of a member.
    Session,
    /// The visit of a patient.
    Visit,
}

impl Cookies {
    fn name(self, cookie: Cookie) -> &'static str {
        match (cookie, self.secure) {
            (Cookie::Session, true) => "__Host-clinic-session",
            (Cookie::Session, false) => "clinic-session",
            (Cookie::Visit, true) => "__Host-clinic-visit",
            (Cookie::Visit, false) => "clinic-visit",
        }
    }

    /// The token in a request's cookie. Two cookies of one name are none: one of them was planted, and
    /// nobody can say which.
    pub(super) fn read(self, cookie: Cookie, headers: &HeaderMap) -> Option<Secret> {
        let name = self.name(cookie);
        let lines = headers.get_all(header::COOKIE).iter();
        // A line that is no text may hide anything, so nothing in it counts.
        let lines = lines.filter_map(|line| line.to_str().ok());
        let pairs = lines.flat_map(|line| line.split(';')).filter_map(|one| one.split_once('='));
        let mut found = pairs.filter(|(found, _)| found.trim() == name);
        let (_, value) = found.next()?;
        if found.next().is_some() { None } else { Secret::read(value.trim()) }
    }

    /// Sets a cookie.
    pub(super) fn set(self, cookie: Cookie, secret: &Secret) -> HeaderValue {
        let lasts = match cookie {
            Cookie::Session => limits::SESSION,
            Cookie::Visit => limits::VISIT_COOKIE,
        };
        self.line(cookie, &secret.text(), lasts.0 / 1_000)
    }

    /// Takes a cookie away.
    pub(super) fn clear(self, cookie: Cookie) -> HeaderValue {
        self.line(cookie, "", 0)
    }

    /// No script reads it, and no other site's form sends it: `Lax`, and not `Strict`, so that a link in
    /// a mail leads a patient to her visit and a member to her desk.
    fn line(self, cookie: Cookie, value: &str, seconds: u64) -> HeaderValue {
        let (name, secure) = (self.name(cookie), if self.secure { "; Secure" } else { "" });
        let line =
            format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
        // Base64url and our own names hold nothing that a header may not; a line that did is not sent.
        let mut line = HeaderValue::try_from(line).unwrap_or(HeaderValue::from_static(""));
        line.set_sensitive(true);
        line
    }
}
