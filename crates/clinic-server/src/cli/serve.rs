//! The command lines of a server and of what belongs to it.

use clap::{Args, Subcommand};
use clinic_domain::hours::Zone;
use clinic_domain::text::Title;

use super::Format;
use super::import::{name, zone};

/// What is said of a server on the command line; the rest is said in the environment, a file or nowhere.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct ServeFlags {
    #[arg(long, value_name = "ADDRESS", help = LISTEN)]
    pub(crate) listen: Option<String>,
    #[arg(long, value_name = "FILE", help = TLS_CERT)]
    pub(crate) tls_cert: Option<String>,
    #[arg(long, value_name = "FILE", help = TLS_KEY)]
    pub(crate) tls_key: Option<String>,
    #[arg(long, value_name = "ADDRESS,...", help = BEHIND_PROXY)]
    pub(crate) behind_proxy: Option<String>,
    #[arg(long, value_name = "FORMAT", help = LOG_FORMAT)]
    pub(crate) log_format: Option<String>,
    #[arg(long, value_name = "LEVEL", help = LOG_LEVEL)]
    pub(crate) log_level: Option<String>,
    /// Make no sample clinic in an empty log
    #[arg(long)]
    pub(crate) no_sample: bool,
}

const LISTEN: &str = "Address and port to listen on; port 0 takes one that is free \
     [env: CLINIC_LISTEN] [default: 127.0.0.1:8080]";
const TLS_CERT: &str = "The certificate and those that vouch for it, as PEM [env: CLINIC_TLS_CERT]";
const TLS_KEY: &str = "The certificate's key, as PEM [env: CLINIC_TLS_KEY]";
const BEHIND_PROXY: &str = "The proxies in front, by address or network: who asks is then read from \
     their X-Forwarded-For [env: CLINIC_BEHIND_PROXY]";
const LOG_FORMAT: &str =
    "How standard error tells of requests: text or json [env: CLINIC_LOG_FORMAT] [default: text]";
const LOG_LEVEL: &str = "How much of it: error, warn, info, debug, trace or off \
     [env: CLINIC_LOG_LEVEL] [default: info]";

/// A new clinic and its first Owner.
#[derive(Args, Clone, Debug)]
pub(crate) struct Init {
    /// The clinic's name
    #[arg(long, value_name = "NAME", value_parser = name)]
    pub(crate) name: Title,
    /// The IANA time zone of the clinic
    #[arg(long, value_name = "ZONE", default_value = "UTC", value_parser = zone)]
    pub(crate) zone: Zone,
    /// The name of the first Owner
    #[arg(long, value_name = "NAME", value_parser = name)]
    pub(crate) owner: Title,
    /// The name under which the Owner signs in
    #[arg(long, value_name = "NAME")]
    pub(crate) sign_in: String,
    /// Read the Owner's password from standard input; without it, one is made and shown once
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

/// A new password for an account.
#[derive(Args, Clone, Debug)]
pub(crate) struct ResetPassword {
    /// The name under which somebody signs in
    #[arg(value_name = "SIGN-IN-NAME")]
    pub(crate) sign_in: String,
    /// Let this Owner, who has no account, sign in under that name: her name in the clinic, or her id
    #[arg(long, value_name = "OWNER")]
    pub(crate) owner: Option<String>,
    /// Read the new password from standard input; without it, one is made and shown once
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

/// What is done with the settings.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum ConfigTask {
    /// Show every setting, and where it was said
    Show {
        #[command(flatten)]
        flags: ServeFlags,
        /// How to show it
        #[arg(long, value_enum, default_value_t = Format::Table)]
        format: Format,
    },
}
