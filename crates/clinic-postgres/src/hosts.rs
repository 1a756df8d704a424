//! The hosts of an address: several, of which one takes writes at a time.

use std::fmt;
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
        let (authority, path) = match rest.find(['/', '?']) {
            Some(end) => rest.split_at(end),
            None => (rest, ""),
        };
        let (user, hosts) = match authority.rsplit_once('@') {
            Some((user, hosts)) => (format!("{user}@"), hosts),
            None => (String::new(), authority),
        };
        let host = |name: &str| {
            // The text of an error may repeat the address, and with it the password.
            let options = PgConnectOptions::from_str(&format!("{scheme}://{user}{name}{path}"))
                .map_err(|_| wrong("cannot be read"))?;
            // What is asked is no secret, but nobody reads it either, and it takes its time.
            let options = options.application_name("clinic").disable_statement_logging();
            let name = if name.is_empty() { "the local socket" } else { name };
            Ok(Host { name: name.to_owned(), options })
        };
        Ok(Self(hosts.split(',').map(str::trim).map(host).collect::<Result<_, OpenError>>()?))
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
    fn looking_starts_at_the_host_that_was_good_last() {
        let hosts = Hosts::parse("postgres://a,b,c/x").expect("it can be read");
        let order: Vec<usize> = hosts.from(1).map(|(number, _)| number).collect();
        assert_eq!(order, [1, 2, 0]);
    }
}
