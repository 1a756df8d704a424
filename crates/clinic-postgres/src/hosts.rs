//! The hosts of an address: several, of which one takes writes at a time.

mod parameters;

use std::fmt;
use std::net::Ipv6Addr;
use std::num::NonZeroU16;
use std::str::FromStr as _;

use sqlx::ConnectOptions as _;
use sqlx::postgres::PgConnectOptions;

use crate::error::OpenError;

/// Where a database may be.
pub(crate) struct Hosts(Vec<Host>);

/// One host.
pub(crate) struct Host {
    /// `host:port`, as it was written.
    pub(crate) name: String,
    pub(crate) options: PgConnectOptions,
}

impl Hosts {
    /// Reads `postgres://user:password@host1,host2:5433/database?sslmode=...`.
    pub(crate) fn parse(address: &str) -> Result<Self, OpenError> {
        let wrong = |why: &str| OpenError::Address(format!("the address of the database {why}"));
        let (scheme, rest) = address
            .split_once("://")
            .ok_or_else(|| wrong("must look like postgres://user:password@host/database"))?;
        if !matches!(scheme, "postgres" | "postgresql") {
            return Err(wrong("must begin with postgres:// or postgresql://"));
        }
        // A password may hold what should have been escaped: everything before the last `@` is the user's.
        let (user, rest) = match rest.rsplit_once('@') {
            Some((user, _)) if is_doubtful(user) => {
                return Err(wrong("has an @ in it that may mean two things: write it as %40"));
            }
            Some((user, rest)) => (format!("{}@", escaped(user)), rest),
            None => (String::new(), rest),
        };
        let (hosts, path) = match rest.find(['/', '?']) {
            Some(end) => rest.split_at(end),
            None => (rest, ""),
        };
        let names = || hosts.split(',').map(str::trim);
        for (number, name) in (1..).zip(names()) {
            is_place(name).map_err(|why| wrong(&format!("{why}, at host number {number}")))?;
        }
        is_whole(&user, path).map_err(wrong)?;
        let (_, asked) = path.split_once('?').unwrap_or((path, ""));
        parameters::check(asked).map_err(|why| wrong(&why))?;
        let host = |name: &str| {
            // The text of an error may repeat the address, and with it the password.
            let options = PgConnectOptions::from_str(&format!("{scheme}://{user}{name}{path}"))
                .map_err(|_| wrong("cannot be read"))?;
            // What is asked is no secret, but nobody reads it either, and it takes its time.
            let mut options = options.disable_statement_logging();
            if options.get_application_name().is_none() {
                options = options.application_name("clinic");
            }
            let name = if name.is_empty() { "the local socket" } else { name };
            Ok(Host { name: name.to_owned(), options })
        };
        Ok(Self(names().map(host).collect::<Result<_, OpenError>>()?))
    }

    /// All of them, and their numbers, from the one with this number on.
    pub(crate) fn from(&self, first: usize) -> impl Iterator<Item = (usize, &Host)> {
        let numbered = || self.0.iter().enumerate();
        numbered().skip(first).chain(numbered().take(first))
    }
}

impl fmt::Display for Hosts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.0.iter().map(|host| host.name.as_str()).collect();
        f.write_str(&names.join(", "))
    }
}

/// The user and password of an address with what would end them early written as an address writes it.
fn escaped(user: &str) -> String {
    user.replace('/', "%2F").replace('?', "%3F").replace('#', "%23").replace('@', "%40")
}

/// Whether what stands before the last `@` reads as an address up to its path or to what it asks, too.
fn is_doubtful(user: &str) -> bool {
    let authority = user.split(['/', '?']).next().unwrap_or(user);
    let asks = user.split_once('?').is_some_and(|(_, asked)| asked.contains('='));
    asks || (authority.len() < user.len() && authority.contains('@'))
}

/// Whether this may be `host`, `host:port`, or nothing: the local socket. It is not repeated if it may not: it may
/// be a password.
fn is_place(name: &str) -> Result<(), &'static str> {
    let address = name.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let (host, port) = match address {
        Some((host, "")) => (host, None),
        Some((host, rest)) => (host, Some(rest.strip_prefix(':').unwrap_or(""))),
        None => name.split_once(':').map_or((name, None), |(host, port)| (host, Some(port))),
    };
    let in_name =
        |letter: char| letter.is_alphanumeric() || matches!(letter, '.' | '-' | '_' | '%');
    let known = match address {
        Some(_) => host.parse::<Ipv6Addr>().is_ok(),
        None => host.chars().all(in_name),
    };
    if !known {
        return Err("names a host that is none");
    }
    match port.map(str::parse::<NonZeroU16>) {
        None | Some(Ok(_)) => Ok(()),
        Some(Err(_)) => Err("names a port that is no number from 1 to 65535"),
    }
}

/// Whether nothing stands in an address that would be read as a part of another: blanks and signs that
/// separate, as in `host=db password=secret`, are written by their numbers.
fn is_whole(user: &str, path: &str) -> Result<(), &'static str> {
    let (name, _password) = user.split_once(':').unwrap_or((user, ""));
    let (database, asked) = path.split_once('?').unwrap_or((path, ""));
    let separates = |letter: char| {
        letter.is_whitespace() || letter.is_control() || matches!(letter, '=' | '&' | ';' | '#')
    };
    if name.contains(separates) {
        return Err("has a sign in the name of its user that is to be written with %");
    }
    if database.contains(separates) {
        return Err("has a sign in the name of its database that is to be written with %");
    }
    if asked.contains(|letter: char| letter.is_whitespace() || matches!(letter, ';' | '#')) {
        return Err("has a sign behind its ? that is to be written with %");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As written, host, port, database.
    type Read = (String, String, u16, Option<String>);

    fn read(address: &str) -> Result<Vec<Read>, String> {
        let hosts = Hosts::parse(address).map_err(|error| error.to_string())?;
        let each = |(_, host): (usize, &Host)| {
            let options = &host.options;
            let database = options.get_database().map(str::to_owned);
            (host.name.clone(), options.get_host().to_owned(), options.get_port(), database)
        };
        Ok(hosts.from(0).map(each).collect())
    }

    #[test]
    fn every_host_has_the_rest_of_the_address() {
        let read = read("postgres://ann:a%40b@one,two:5433/clinic?sslmode=require");
        let host = |name: &str, host: &str, port| {
            (name.to_owned(), host.to_owned(), port, Some("clinic".to_owned()))
        };
        assert_eq!(read, Ok(vec![host("one", "one", 5432), host("two:5433", "two", 5433)]));
    }

    #[test]
    fn an_address_that_cannot_be_read_is_not_repeated() {
        for address in ["clinic.db", "mysql://ann:secret@one/x", "postgres://ann:secret@one:port/x"]
        {
            let error = read(address).expect_err("it makes no sense");
            assert!(error.starts_with("the address of the database") && !error.contains("secret"));
        }
    }

    #[test]
    fn a_password_that_was_not_escaped_is_no_name_of_a_host() {
        for user in ["ann:54321/hunter2", "ann:a/b?c#d@e", "ann:1,two:2/x"] {
            let address = format!("postgres://{user}@one,[::1]:5433/clinic");
            let name = |(name, ..): Read| name;
            let names: Result<Vec<String>, String> =
                read(&address).map(|all| all.into_iter().map(name).collect());
            assert_eq!(names, Ok(vec!["one".to_owned(), "[::1]:5433".to_owned()]), "{user}");
        }
        for (address, part) in [
            ("postgres://ann:54321/hunter2@one:port/clinic", "a port that is no number"),
            ("postgres://ann:hunter2", "a port that is no number"),
            ("postgres://ann:hunter2/clinic", "a port that is no number"),
            ("postgres://one,ann:hunter2/clinic", "from 1 to 65535, at host number 2"),
            ("postgres://ann hunter2/clinic", "a host that is none, at host number 1"),
            ("postgres://[::1]hunter2/clinic", "a port that is no number"),
            ("postgres://[hunter2]/clinic", "a host that is none"),
            ("postgres://one:99999/hunter2", "from 1 to 65535, at host number 1"),
            ("postgres://db password=hunter2", "a host that is none"),
            ("postgres://db password=hunter2@one/x", "in the name of its user"),
            ("postgres://db/clinic password=hunter2", "in the name of its database"),
            ("postgres://db/clinic&password=hunter2", "in the name of its database"),
            ("postgres://db/clinic#hunter2", "in the name of its database"),
            ("postgres://db/clinic?sslmode=require;password=hunter2", "behind its ?"),
        ] {
            let error = read(address).expect_err("it makes no sense");
            assert!(error.contains(part) && !error.contains("hunter2"), "{address}: {error}");
        }
        for address in [
            "postgres://ann:hunter2@one/clinic?options=a@b",
            "postgres://ann:a@hunter2/b@one/clinic",
            "postgres://one/clinic?user=ann&password=a@hunter2",
        ] {
            let error = read(address).expect_err("it may mean two things");
            assert!(error.contains("write it as %40") && !error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn looking_starts_at_the_host_that_was_good_last() {
        let hosts = Hosts::parse("postgres://a,b,c/x").expect("it can be read");
        let order: Vec<usize> = hosts.from(1).map(|(number, _)| number).collect();
        assert_eq!(order, [1, 2, 0]);
    }
}
