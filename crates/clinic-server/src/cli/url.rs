//! The address of a database, which may hold a password: it is shown without it, wherever it is shown.

use std::fmt;

use clap::builder::{StringValueParser, TypedValueParser as _, ValueParser};
use clinic_postgres::Database;

/// What is shown of a password.
const MASK: &str = "***";

/// The address of a database. Neither `Debug` nor `Display` shows its password.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Url(String);

impl Url {
    /// As it was typed. Whether it makes sense is said by whoever opens it: an error of the command line
    /// would repeat what was typed, and with it the password.
    pub(crate) fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// As it was typed, for whoever connects.
    pub(crate) fn exposed(&self) -> &str {
        &self.0
    }

    /// Reads what an option says.
    pub(crate) fn parser() -> ValueParser {
        StringValueParser::new().map(Self).into()
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Nobody knows where the password is in what cannot be read.
        let sound = Database::check_address(&self.0).is_ok();
        let Some((scheme, rest)) = self.0.split_once("://").filter(|_| sound) else {
            return f.write_str(MASK);
        };
        // A password may hold what should have been escaped: everything before the last `@` is a secret.
        let (user, rest) = match rest.rsplit_once('@') {
            Some((who, rest)) => match who.split_once(':') {
                Some((user, _password)) => (format!("{user}:{MASK}@"), rest),
                None => (format!("{who}@"), rest),
            },
            None => (String::new(), rest),
        };
        let (place, asked) = rest.split_once('?').unwrap_or((rest, ""));
        write!(f, "{scheme}://{user}{place}")?;
        for (number, pair) in asked.split('&').filter(|pair| !pair.is_empty()).enumerate() {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = if key.contains("password") { MASK } else { value };
            write!(f, "{}{key}={value}", if number == 0 { '?' } else { '&' })?;
        }
        Ok(())
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_password_is_shown() {
        for (typed, shown) in [
            ("postgres://ann:pw@one,two:5433/clinic", "postgres://ann:***@one,two:5433/clinic"),
            (
                "postgres://ann@host/clinic?sslmode=require",
                "postgres://ann@host/clinic?sslmode=require",
            ),
            (
                "postgres://host/clinic?user=ann&password=pw",
                "postgres://host/clinic?user=ann&password=***",
            ),
            ("postgres://ann:p/w?@x@host/clinic", "postgres://ann:***@host/clinic"),
            ("postgres://host/clinic?user=ann&password=p@w", "***"),
            ("postgres:/ann:pw@host", "***"),
            ("host=db password=pw", "***"),
            ("postgres://host=db password=pw", "***"),
            ("postgres://db password=pw@host", "***"),
            ("postgres://host/clinic password=pw", "***"),
            ("postgres://host/clinic?user=ann&pw=password", "***"),
            ("postgres://ann:pw", "***"),
            ("postgre://ann:pw@host/clinic", "***"),
        ] {
            let url = Url::new(typed);
            assert_eq!((url.to_string(), format!("{url:?}")), (shown.to_owned(), shown.to_owned()));
            assert_eq!(url.exposed(), typed);
        }
    }
}
