//! A Postgres server of one's own: made in a new folder, reached by a socket in it, gone at the end.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::Problem;

/// Where Debian's packages put each version.
const VERSIONS: &str = "/usr/lib/postgresql";

/// The database's superuser; whoever may enter the folder is trusted.
pub(crate) const USER: &str = "stock";

/// A running server. Dropped, it is stopped and its folder removed.
pub(crate) struct PrivateServer {
    programs: PathBuf,
    folder: PathBuf,
}

impl PrivateServer {
    /// Makes a cluster with the defaults of `initdb`, durability included, and starts it.
    pub(crate) fn start() -> Result<Self, Problem> {
        let programs = programs()?;
        // Made by whoever the server runs as, so that it owns it; nobody else may enter.
        let made = run(as_owner("mktemp", Path::new("/"))?.args(["-d", "--suffix=.stock"]))?;
        let folder = PathBuf::from(String::from_utf8(made.stdout)?.trim_end());
        // From here on, an error drops the server, and so the folder.
        let server = Self { programs, folder };
        let cluster = ["--pgdata=data", "--encoding=UTF8", "--auth=trust"];
        run(server.command("initdb")?.args(cluster).args(["--username", USER]))?;
        let only_here = format!("-c listen_addresses='' -k '{}'", server.folder.display());
        let started = server.pg_ctl(&["--log=log", "--wait", "--options", &only_here, "start"]);
        started.map_err(|error| {
            let log = fs::read_to_string(server.folder.join("log")).unwrap_or_default();
            format!("{error}\n{log}")
        })?;
        Ok(server)
    }

    /// The folder of the socket.
    pub(crate) fn socket(&self) -> &Path {
        &self.folder
    }

    fn pg_ctl(&self, arguments: &[&str]) -> Result<Output, Problem> {
        run(self.command("pg_ctl")?.args(["--silent", "--pgdata=data"]).args(arguments))
    }

    fn command(&self, program: &str) -> Result<Command, Problem> {
        as_owner(self.programs.join(program), &self.folder)
    }
}

impl Drop for PrivateServer {
    fn drop(&mut self) {
        // Nothing is left to be saved, nor anybody to tell: a server that never started stays stopped.
        let _stopped = self.pg_ctl(&["--mode=immediate", "--wait", "stop"]);
        let _removed = fs::remove_dir_all(&self.folder);
    }
}

/// Postgres refuses to run as root, so root runs it as the package's own user.
fn as_owner(program: impl AsRef<std::ffi::OsStr>, folder: &Path) -> Result<Command, Problem> {
    let root = fs::metadata("/proc/self")?.uid() == 0;
    let mut command = if root {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.current_dir(folder);
    Ok(command)
}

fn run(command: &mut Command) -> Result<Output, Problem> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(output);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{command:?}: {}\n{said}", output.status).into())
}

/// The programs of the newest version that is installed.
fn programs() -> Result<PathBuf, Problem> {
    let versions = fs::read_dir(VERSIONS).into_iter().flatten().filter_map(Result::ok);
    let programs = versions.filter_map(|entry| {
        let version: u32 = entry.file_name().to_str()?.parse().ok()?;
        let programs = entry.path().join("bin");
        programs.join("initdb").exists().then_some((version, programs))
    });
    let newest = programs.max().map(|(_, programs)| programs);
    newest.ok_or_else(|| {
        format!("NO POSTGRES under {VERSIONS}: nothing was measured; apt-get install postgresql")
            .into()
    })
}
