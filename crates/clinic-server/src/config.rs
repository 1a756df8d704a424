//! The settings of the program, and where each was said: by a flag, else in the environment, else in one
//! file, else nowhere.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use crate::cli::{LogAddress, ServeFlags, Url, log};
use crate::failure::Failure;
use crate::limits;
use crate::serve::logs::{LogFormat, LogLevel};
use crate::serve::proxies::Proxies;
use crate::serve::settings::{Listen, Settings, TlsFiles};

/// The file that is read if nobody names one, where it is there.
const USUAL_FILE: &str = "clinic.toml";
/// What is shown of a secret.
const MASKED: &str = "(set, not shown)";

/// Where a setting was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// On the command line, by this option.
    Flag(String),
    /// In the environment, by this variable.
    Env(String),
    /// In the file, on this line.
    File(PathBuf, usize),
    /// Nowhere.
    Default,
}

impl Origin {
    /// In a word, for those who ask where a setting comes from.
    pub(crate) fn word(&self) -> String {
        match self {
            Self::Flag(_) => "flag".to_owned(),
            Self::Env(name) => format!("env {name}"),
            Self::File(path, line) => format!("file {}:{line}", path.display()),
            Self::Default => "default".to_owned(),
        }
    }

    /// The same in a sentence about a value that is wrong.
    fn blame(&self, key: &str) -> String {
        match self {
            Self::Flag(name) | Self::Env(name) => format!("of {name}"),
            Self::File(path, line) => format!("of {key} in {}:{line}", path.display()),
            Self::Default => format!("of {key}"),
        }
    }
}

/// A value as somebody wrote it.
struct Said {
    text: String,
    origin: Origin,
}

/// Where the log and what opens it are, and who says so.
pub(crate) struct Places {
    /// The log, with its keys.
    pub(crate) log: (LogAddress, Origin),
    /// The operator key, if somebody says where.
    pub(crate) operator_key: Option<(PathBuf, Origin)>,
    /// The database of the keys, if somebody says which.
    pub(crate) keys: Option<(Url, Origin)>,
}

/// A setting, for those who ask what is set.
#[derive(Debug)]
pub(crate) struct Shown {
    /// Its key in the file.
    pub(crate) key: &'static str,
    /// Its value, unless it is a secret.
    pub(crate) value: String,
    /// Where it was said.
    pub(crate) origin: String,
}

/// What a file may say, as it is written there.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    listen: Option<Spanned<String>>,
    log: Option<Spanned<String>>,
    operator_key: Option<Spanned<String>>,
    keys: Option<Spanned<String>>,
    tls_cert: Option<Spanned<String>>,
    tls_key: Option<Spanned<String>>,
    behind_proxy: Option<Spanned<Vec<String>>>,
    log_format: Option<Spanned<String>>,
    log_level: Option<Spanned<String>>,
    metrics_token: Option<Spanned<String>>,
    sample: Option<Spanned<bool>>,
}

/// The file, if there is one.
#[derive(Debug, Default)]
pub(crate) struct Config {
    path: PathBuf,
    text: String,
    written: Written,
}

impl Config {
    /// Reads the file that is typed, or else named by the environment, or else the usual one if it is
    /// there.
    pub(crate) fn load(typed: Option<&Path>) -> Result<Self, Failure> {
        let named = typed.map(Path::to_owned).or_else(|| env("CLINIC_CONFIG").map(PathBuf::from));
        let path = named.clone().unwrap_or_else(|| PathBuf::from(USUAL_FILE));
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(why) if named.is_none() && why.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Err(why) => {
                let path = path.display();
                return Err(Failure::Usage(format!("{path}: the file cannot be read: {why}")));
            }
        };
        if text.len() > limits::CONFIG_BYTES {
            let (path, most) = (path.display(), limits::CONFIG_BYTES);
            return Err(Failure::Usage(format!("{path}: longer than {most} bytes")));
        }
        match toml::from_str(&text) {
            Ok(written) => Ok(Self { path, text, written }),
            // Not the line itself: it may hold a secret.
            Err(wrong) => {
                let line = line(&text, wrong.span().map_or(0, |span| span.start));
                let said = format!("{}:{line}: {}", path.display(), wrong.message());
                Err(Failure::Usage(said))
            }
        }
    }

    /// What is said of a setting, by whoever goes first.
    fn said(
        &self,
        key: &'static str,
        flag: Option<&str>,
        written: Option<(String, usize)>,
    ) -> Option<Said> {
        if let Some(text) = flag {
            let name = format!("--{}", key.replace('_', "-"));
            return Some(Said { text: text.to_owned(), origin: Origin::Flag(name) });
        }
        let name = format!("CLINIC_{}", key.to_uppercase());
        if let Some(text) = env(&name) {
            return Some(Said { text, origin: Origin::Env(name) });
        }
        let (text, at) = written?;
        Some(Said { text, origin: Origin::File(self.path.clone(), line(&self.text, at)) })
    }

    /// Where the log is; `typed` is what the command line says.
    pub(crate) fn log(&self, typed: Option<&LogAddress>) -> Result<(LogAddress, Origin), Failure> {
        if let Some(typed) = typed {
            return Ok((typed.clone(), Origin::Flag("--log".to_owned())));
        }
        let said = self.said("log", None, at(self.written.log.as_ref()));
        let (text, origin) = said.map_or_else(
            || (log::DEFAULT.to_owned(), Origin::Default),
            |said| (said.text, said.origin),
        );
        // It is not repeated: there may be a password in it.
        let wrong = |why| Failure::Usage(format!("the value {} {why}", origin.blame("log")));
        Ok((text.parse().map_err(wrong)?, origin))
    }

    /// Where the operator key is, if it does not lie beside the log.
    pub(crate) fn operator_key(&self, typed: Option<&Path>) -> Option<(PathBuf, Origin)> {
        let typed = typed.filter(|typed| !typed.as_os_str().is_empty());
        if let Some(typed) = typed {
            return Some((typed.to_owned(), Origin::Flag("--operator-key".to_owned())));
        }
        let said = self.said("operator_key", None, at(self.written.operator_key.as_ref()))?;
        Some((PathBuf::from(said.text), said.origin))
    }

    /// Where the keys of patients are, if a log in Postgres has them elsewhere.
    pub(crate) fn keys(&self, typed: Option<&Url>) -> Option<(Url, Origin)> {
        if let Some(typed) = typed {
            return Some((typed.clone(), Origin::Flag("--keys".to_owned())));
        }
        let said = self.said("keys", None, at(self.written.keys.as_ref()))?;
        Some((Url::new(&said.text), said.origin))
    }

    /// All that a server is told, and the same as it is shown; `places` is where the log is, with its keys.
    pub(crate) fn settings(
        &self,
        flags: &ServeFlags,
        places: Places,
    ) -> Result<(Settings, Vec<Shown>), Failure> {
        let file = &self.written;
        let mut shown = Sheet::default();
        let said = self.said("listen", flags.listen.as_deref(), at(file.listen.as_ref()));
        let listen: Listen = shown.read("listen", said, limits::LISTEN, str::parse)?;
        shown.add_places(&places);
        let said = self.said("tls_cert", flags.tls_cert.as_deref(), at(file.tls_cert.as_ref()));
        let cert: Option<PathBuf> = shown.read_if("tls_cert", said);
        let said = self.said("tls_key", flags.tls_key.as_deref(), at(file.tls_key.as_ref()));
        let key: Option<PathBuf> = shown.read_if("tls_key", said);
        let written = file.behind_proxy.as_ref();
        let written = written.map(|list| (list.get_ref().join(","), list.span().start));
        let said = self.said("behind_proxy", flags.behind_proxy.as_deref(), written);
        let proxies: Proxies = shown.read("behind_proxy", said, "", str::parse)?;
        let said =
            self.said("log_format", flags.log_format.as_deref(), at(file.log_format.as_ref()));
        let log_format: LogFormat = shown.read("log_format", said, "text", str::parse)?;
        let said = self.said("log_level", flags.log_level.as_deref(), at(file.log_level.as_ref()));
        let log_level: LogLevel = shown.read("log_level", said, "info", str::parse)?;
        // A secret has no option: everybody on the machine can read the command lines of others.
        let said = self.said("metrics_token", None, at(file.metrics_token.as_ref()));
        let metrics_token = shown.secret("metrics_token", said)?;
        let written = file.sample.as_ref().map(|one| (one.get_ref().to_string(), one.span().start));
        let said = self.said("sample", flags.no_sample.then_some("false"), written);
        let sample = shown.read("sample", said, "true", yes_or_no)?;
        let tls = TlsFiles::of(cert, key)?;
        let settings = Settings {
            listen,
            log: places.log.0,
            tls,
            proxies,
            log_format,
            log_level,
            metrics_token,
            sample,
        };
        Ok((settings, shown.lines))
    }
}

/// The settings as they are read, one after the other.
#[derive(Default)]
struct Sheet {
    lines: Vec<Shown>,
}

impl Sheet {
    fn add(&mut self, key: &'static str, value: String, origin: &Origin) {
        self.lines.push(Shown { key, value, origin: origin.word() });
    }

    fn add_places(&mut self, Places { log: (log, origin), operator_key, keys }: &Places) {
        self.add("log", log.to_string(), origin);
        let usual = match log {
            LogAddress::Memory | LogAddress::Sqlite(_) => "(beside the log)",
            LogAddress::Postgres(_) => "",
        };
        match operator_key {
            Some((file, origin)) => self.add("operator_key", file.display().to_string(), origin),
            None => self.add("operator_key", usual.to_owned(), &Origin::Default),
        }
        match keys {
            Some((url, origin)) => self.add("keys", url.to_string(), origin),
            None => self.add("keys", "(with the log)".to_owned(), &Origin::Default),
        }
    }

    /// A setting that always has a value.
    fn read<T>(
        &mut self,
        key: &'static str,
        said: Option<Said>,
        default: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<T, Failure> {
        let text = said.as_ref().map_or(default, |said| &said.text).to_owned();
        let (value, origin) = read(key, said, default, parse)?;
        self.add(key, text, &origin);
        Ok(value)
    }

    /// The path of a file that need not be.
    fn read_if(&mut self, key: &'static str, said: Option<Said>) -> Option<PathBuf> {
        let (text, origin) =
            said.map_or((String::new(), Origin::Default), |said| (said.text, said.origin));
        self.add(key, text.clone(), &origin);
        (!text.is_empty()).then(|| PathBuf::from(text))
    }

    /// A secret that need not be, and is not shown.
    fn secret(&mut self, key: &'static str, said: Option<Said>) -> Result<Option<String>, Failure> {
        let Some(Said { text, origin }) = said else {
            self.add(key, String::new(), &Origin::Default);
            return Ok(None);
        };
        let least = limits::METRICS_TOKEN_CHARS;
        if text.chars().count() < least {
            let whose = origin.blame(key);
            return Err(Failure::Usage(format!(
                "invalid value {whose}: must have {least} characters or more"
            )));
        }
        self.add(key, MASKED.to_owned(), &origin);
        Ok(Some(text))
    }
}

fn read<T>(
    key: &str,
    said: Option<Said>,
    default: &str,
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Result<(T, Origin), Failure> {
    let (text, origin) =
        said.map_or_else(|| (default.to_owned(), Origin::Default), |said| (said.text, said.origin));
    match parse(&text) {
        Ok(value) => Ok((value, origin)),
        Err(why) => {
            let whose = origin.blame(key);
            Err(Failure::Usage(format!("invalid value '{text}' {whose}: {why}")))
        }
    }
}

fn yes_or_no(text: &str) -> Result<bool, String> {
    text.parse().map_err(|_| "must be true or false".to_owned())
}

/// A value of the file, and the byte at which it begins.
fn at(value: Option<&Spanned<String>>) -> Option<(String, usize)> {
    value.map(|value| (value.get_ref().clone(), value.span().start))
}

/// The line that a byte is on, counted from one.
fn line(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

/// A variable that says something.
fn env(name: &str) -> Option<String> {
    let said = std::env::var_os(name).filter(|said| !said.is_empty());
    said.map(|said| said.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<Written, toml::de::Error> {
        toml::from_str(text)
    }

    #[test]
    fn a_value_is_known_by_the_line_it_is_on() {
        let text = "# ours\nlisten = \"127.0.0.1:1\"\n\nlog_level = \"warn\"\n";
        let written = of(text).expect("it is read");
        let level = written.log_level.expect("it is there");
        assert_eq!(line(text, level.span().start), 4);
        assert_eq!(line(text, 0), 1);
    }

    #[test]
    fn a_key_that_is_unknown_is_named() {
        let wrong = of("listen = \"127.0.0.1:1\"\nlisten_on = 3\n").expect_err("it is wrong");
        assert!(wrong.message().contains("`listen_on`"), "{wrong}");
    }
}
