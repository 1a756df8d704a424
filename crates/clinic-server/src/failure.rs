//! What can go wrong, in kinds that never mix, and the exit code of each. Nothing else in this crate
//! knows an exit code.

use std::io;
use std::process::ExitCode;

use clinic_engine::EngineError;
use clinic_engine::ports::{AppendError, LogError, NotTaken};
use clinic_sqlite::keys::KeysError;
use clinic_sqlite::{CopyError, FileError, OpenError};

use crate::cli::Url;

/// Why the program did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The clinic said no, or something that was checked does not hold.
    #[error("{0}")]
    Refused(String),
    /// The command line or the input is not as it must be; nothing was recorded.
    #[error("{0}")]
    Usage(String),
    /// The log, the output or the machine failed.
    #[error("{0}")]
    Broken(String),
    /// Nobody reads the output any more. Whoever stopped reading has what was wanted.
    #[error("the reader is gone")]
    ReaderGone,
}

impl Failure {
    /// The same, where clinics were stored before.
    pub(crate) fn although_stored(self, clinics: &[String]) -> Self {
        match self {
            Self::Broken(why) if !clinics.is_empty() => {
                Self::Broken(format!("{why}; but it is stored: {}", clinics.join(", ")))
            }
            other @ (Self::Refused(_) | Self::Usage(_) | Self::Broken(_) | Self::ReaderGone) => {
                other
            }
        }
    }

    /// The same, at the database that it is about.
    pub(crate) fn at(self, url: &Url) -> Self {
        match self {
            Self::Usage(why) => Self::Usage(format!("{url}: {why}")),
            Self::Broken(why) => Self::Broken(format!("{url}: {why}")),
            other @ (Self::Refused(_) | Self::ReaderGone) => other,
        }
    }

    /// The exit code, as `--help` and `docs/command-line.md` promise it.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::ReaderGone => 0,
            Self::Refused(_) => 1,
            Self::Usage(_) => 2,
            Self::Broken(_) => 3,
        })
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        let said = error.to_string();
        match error {
            EngineError::Refused(_) | EngineError::Throttled { .. } => Self::Refused(said),
            EngineError::NoSuchClinic(_) | EngineError::NotYet { .. } => Self::Usage(said),
            EngineError::Broken(_) => Self::Broken(said),
        }
    }
}

impl From<LogError> for Failure {
    fn from(error: LogError) -> Self {
        EngineError::from(error).into()
    }
}

impl From<AppendError> for Failure {
    fn from(error: AppendError) -> Self {
        Self::Broken(error.to_string())
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        let said = error.to_string();
        match error {
            // Somebody has typed the path of something else.
            OpenError::Foreign { .. } => Self::Usage(said),
            OpenError::InUse { .. }
            | OpenError::Newer { .. }
            | OpenError::Shortened { .. }
            | OpenError::Damaged { .. }
            | OpenError::File(_)
            | OpenError::Failed(_) => Self::Broken(said),
        }
    }
}

impl From<clinic_postgres::OpenError> for Failure {
    fn from(error: clinic_postgres::OpenError) -> Self {
        use clinic_postgres::OpenError::{Address, Log, Newer, NoLog, Unfit, Unreachable};
        let said = error.to_string();
        match error {
            Address(_) => Self::Usage(said),
            NoLog(_) => Self::Usage(format!(
                "{said}; `clinic init`, `clinic serve` and `clinic copy` make one"
            )),
            Unreachable(_) => {
                Self::Broken(format!("{said}; see that Postgres runs there and lets this user in"))
            }
            Unfit(_) | Newer { .. } | Log(_) => Self::Broken(said),
        }
    }
}

impl From<clinic_postgres::keys::KeysError> for Failure {
    fn from(error: clinic_postgres::keys::KeysError) -> Self {
        match error {
            clinic_postgres::keys::KeysError::Tables(error) => error.into(),
            other @ (clinic_postgres::keys::KeysError::Failed(_)
            | clinic_postgres::keys::KeysError::WrongOperatorKey { .. }) => {
                Self::Broken(other.to_string())
            }
        }
    }
}

/// What somebody else has in the place of what was to be kept is hers.
impl From<NotTaken> for Failure {
    fn from(error: NotTaken) -> Self {
        let said = error.to_string();
        match error {
            NotTaken::Name(_)
            | NotTaken::Account(_)
            | NotTaken::Clinic(_)
            | NotTaken::Passcode(_) => Self::Usage(said),
            NotTaken::Failed(_) => Self::Broken(said),
        }
    }
}

impl From<CopyError> for Failure {
    fn from(error: CopyError) -> Self {
        let said = error.to_string();
        match error {
            CopyError::Exists(_)
            | CopyError::Open(OpenError::File(FileError::Missing { .. }))
            | CopyError::File(FileError::Missing { .. }) => Self::Usage(said),
            CopyError::Open(error) => error.into(),
            CopyError::Damaged { .. } | CopyError::File(_) | CopyError::Failed(_) => {
                Self::Broken(said)
            }
        }
    }
}

impl From<KeysError> for Failure {
    fn from(error: KeysError) -> Self {
        Self::Broken(error.to_string())
    }
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        Self::Broken(error.to_string())
    }
}

/// What is stored is JSON; if it is not, the log is damaged.
impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::Broken(format!("what is stored cannot be read: {error}"))
    }
}

/// Errors of the output; input has its own words for what cannot be read.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::ReaderGone;
        }
        Self::Broken(format!("the output cannot be written: {error}"))
    }
}
