//! What an address asks behind its `?`. What nobody knows would be passed over in silence, and with it perhaps the
//! encryption that it was meant to ask for.

use std::str::FromStr as _;

use sqlx::postgres::PgConnectOptions;

/// The parameters by the names that Postgres has for them, and what each must be.
const KNOWN: [(&str, &str); 13] = [
    ("sslmode", "must be disable, allow, prefer, require, verify-ca or verify-full"),
    ("sslrootcert", "must be the path of a file"),
    ("sslcert", "must be the path of a file"),
    ("sslkey", "must be the path of a file"),
    ("host", "must be a host or the folder of a socket"),
    ("hostaddr", "must be an address of a machine"),
    ("port", "must be a number from 1 to 65535"),
    ("dbname", "must be the name of a database"),
    ("user", "must be the name of a user"),
    ("password", "must be a password"),
    ("application_name", "must be a name"),
    ("options", "must be options of the server"),
    ("statement-cache-capacity", "must be a number"),
];

/// Other names of some of them.
const ALSO: [(&str, &str); 5] = [
    ("ssl-mode", "sslmode"),
    ("ssl-root-cert", "sslrootcert"),
    ("ssl-ca", "sslrootcert"),
    ("ssl-cert", "sslcert"),
    ("ssl-key", "sslkey"),
];

/// Refuses a parameter that is unknown or makes no sense, and says which. A value is not repeated, nor is what
/// may be the rest of a password.
pub(super) fn check(asked: &str) -> Result<(), String> {
    let mut behind_password = false;
    for (number, pair) in (1..).zip(asked.split('&').filter(|pair| !pair.is_empty())) {
        let (key, value) = pair.split_once('=').unwrap_or(("", pair));
        let Some((name, must)) = known(key) else {
            let called = if behind_password || !is_word(key) {
                format!("an unknown parameter, number {number} behind its ?")
            } else {
                format!("the unknown parameter {key}")
            };
            let known: Vec<&str> = KNOWN.iter().map(|(name, _)| *name).collect();
            return Err(format!("has {called}; known are {}", known.join(", ")));
        };
        let zero = name == "port" && value.trim_start_matches('0').is_empty();
        if zero || PgConnectOptions::from_str(&format!("postgres://localhost/?{pair}")).is_err() {
            return Err(format!("has a wrong value of {key}: it {must}"));
        }
        behind_password |= name == "password";
    }
    Ok(())
}

/// The parameter of this name, and what it must be.
fn known(key: &str) -> Option<(&'static str, &'static str)> {
    let name = ALSO.iter().find(|(other, _)| *other == key).map_or(key, |(_, name)| name);
    // An option of the server may be said by itself.
    let name = if name.starts_with("options[") && name.ends_with(']') { "options" } else { name };
    KNOWN.iter().find(|(known, _)| *known == name).copied()
}

/// Whether this may be the name of a parameter.
fn is_word(key: &str) -> bool {
    let in_word = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-');
    !key.is_empty() && key.chars().all(in_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_that_is_unknown_or_makes_no_sense_is_named() {
        for asked in [
            "",
            "sslmode=verify-full&sslrootcert=/etc/ca.pem",
            "ssl-mode=require&host=/run/postgresql&port=5433",
            "options[search_path]=x&application_name=desk",
            "hostaddr=10.0.0.1&dbname=clinic&user=ann&password=a%26b",
        ] {
            assert_eq!(check(asked), Ok(()), "{asked}");
        }
        for (asked, said) in [
            ("sslmod=require", "the unknown parameter sslmod; known are sslmode, sslrootcert"),
            ("sslmode=require&connect_timeout=3", "the unknown parameter connect_timeout"),
            ("sslmode=requird", "a wrong value of sslmode: it must be disable, allow"),
            ("port=99999", "a wrong value of port: it must be a number from 1 to 65535"),
            ("port=0", "a wrong value of port"),
            ("port=", "a wrong value of port"),
            ("hostaddr=db", "a wrong value of hostaddr"),
            ("require", "an unknown parameter, number 1"),
            ("password=a&hunter2=b", "an unknown parameter, number 2"),
            ("pass%77ord=hunter2", "an unknown parameter, number 1"),
        ] {
            let error = check(asked).expect_err("it makes no sense");
            assert!(error.contains(said) && !error.contains("hunter2"), "{asked}: {error}");
        }
    }
}
