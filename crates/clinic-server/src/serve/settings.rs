//! What a server is told, once it is known to make sense.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use super::logs::{LogFormat, LogLevel};
use super::proxies::Proxies;
use crate::cli::LogAddress;
use crate::failure::Failure;
use crate::limits;

/// The settings of a server.
pub(crate) struct Settings {
    /// Where it listens.
    pub(crate) listen: Listen,
    /// Where the log is.
    pub(crate) log: LogAddress,
    /// What it proves itself with; without it, it speaks in the clear.
    pub(crate) tls: Option<TlsFiles>,
    /// Who stands in front of it.
    pub(crate) proxies: Proxies,
    /// How it tells of requests.
    pub(crate) log_format: LogFormat,
    /// How much it tells.
    pub(crate) log_level: LogLevel,
    /// With which somebody from elsewhere may read the metrics.
    pub(crate) metrics_token: Option<String>,
    /// Whether an empty log gets a sample clinic.
    pub(crate) sample: bool,
}

impl Settings {
    /// Whether those who ask come by TLS. A proxy in front is there to speak it; without either, this is
    /// somebody's own machine.
    pub(super) fn secure(&self) -> bool {
        self.tls.is_some() || !self.proxies.none()
    }

    /// Refuses what would send passwords and the words of patients in the clear over a network.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        let Listen(address) = self.listen;
        if address.ip().to_canonical().is_loopback() || self.tls.is_some() || !self.proxies.none() {
            return Ok(());
        }
        Err(Failure::Usage(format!(
            "{address} can be reached from other machines, and passwords must not travel in the clear: \
             give --tls-cert FILE and --tls-key FILE, or, where a proxy in front speaks TLS, name it with \
             --behind-proxy ADDRESS. For this machine alone, listen on 127.0.0.1"
        )))
    }
}

/// An address and a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Listen(pub(crate) SocketAddr);

impl FromStr for Listen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = |_| format!("must be an address and a port, such as {}", limits::LISTEN);
        text.parse().map(Self).map_err(wrong)
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A certificate and its key.
#[derive(Clone, Debug)]
pub(crate) struct TlsFiles {
    /// The certificate, and those that vouch for it.
    pub(crate) cert: PathBuf,
    /// The key.
    pub(crate) key: PathBuf,
}

impl TlsFiles {
    /// Both of them or neither.
    pub(crate) fn of(cert: Option<PathBuf>, key: Option<PathBuf>) -> Result<Option<Self>, Failure> {
        match (cert, key) {
            (Some(cert), Some(key)) => Ok(Some(Self { cert, key })),
            (None, None) => Ok(None),
            (Some(_), None) => Err(Failure::Usage(
                "a certificate without its key: give --tls-key FILE, too".to_owned(),
            )),
            (None, Some(_)) => Err(Failure::Usage(
                "a key without its certificate: give --tls-cert FILE, too".to_owned(),
            )),
        }
    }
}
