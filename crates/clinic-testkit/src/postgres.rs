//! A Postgres server of a test's own: made in a new folder by Debian's binaries, gone at the end.
//!
//! It never uses a server that runs already. Where the binaries are missing, it says how to get them. Root runs
//! them as the package's own user, for Postgres refuses to run as root.

use std::fs;
use std::io::Read as _;
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Where Debian's packages put each version.
const VERSIONS: &str = "/usr/lib/postgresql";
/// The superuser of the cluster.
const USER: &str = "clinic";

/// A running server. Dropped, it is stopped and its folder removed.
#[derive(Debug)]
pub struct Server {
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
    password: String,
}

impl Server {
    /// Makes a cluster with the defaults of `initdb`, durability included, and starts it.
    ///
    /// # Errors
    /// If the binaries are missing, with the line that installs them; or if they fail.
    pub fn start() -> Result<Self, String> {
        let programs = programs()?;
        // Made by whoever the server runs as, so that it owns it; nobody else may enter.
        let made = run(as_owner("mktemp", Path::new("/"))?.args(["-d", "--suffix=.clinic-pg"]))?;
        let folder = PathBuf::from(String::from_utf8_lossy(&made.stdout).trim_end());
        let (port, password) = (free_port()?, password()?);
        // From here on, an error drops the server, and so the folder.
        let server = Self { programs, folder, port, password };
        let keep = "umask 077; printf %s \"$0\" > password";
        run(as_owner("sh", &server.folder)?.args(["-c", keep, &server.password]))?;
        let cluster = ["--pgdata=data", "--encoding=UTF8", "--locale=C", "--pwfile=password"];
        let access = ["--auth-local=trust", "--auth-host=scram-sha-256", "--username", USER];
        run(server.command("initdb")?.args(cluster).args(access))?;
        server.up()?;
        Ok(server)
    }

    /// Starts the server of a cluster that is there.
    ///
    /// # Errors
    /// What the server said.
    pub fn up(&self) -> Result<(), String> {
        let options = format!(
            "-c listen_addresses=127.0.0.1 -c port={} -k '{}'",
            self.port,
            self.folder.display()
        );
        let started = self.pg_ctl(&["--log=log", "--wait", "--options", &options, "start"]);
        let log = || fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        started.map(drop).map_err(|error| format!("{error}\n{}", log()))
    }

    /// Where a database of this server is reached, over TCP on the loopback interface.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        let Self { port, password, .. } = self;
        format!("postgres://{USER}:{password}@127.0.0.1:{port}/{database}")
    }

    /// Runs SQL as the superuser and answers what `psql` prints: rows by line, columns by `|`.
    ///
    /// # Errors
    /// What `psql` said.
    pub fn sql(&self, database: &str, sql: &str) -> Result<String, String> {
        let socket = self.folder.display().to_string();
        let port = self.port.to_string();
        let to = ["--host", &socket, "--port", &port, "--username", USER, "--dbname", database];
        let quiet = ["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"];
        let mut psql = self.command("psql")?;
        let said = run(psql.args(to).args(quiet).args(["-v", "ON_ERROR_STOP=1", "-c", sql]))?;
        Ok(String::from_utf8_lossy(&said.stdout).trim_end().to_owned())
    }

    /// Makes a new database.
    ///
    /// # Errors
    /// What `psql` said.
    pub fn create_database(&self, name: &str) -> Result<String, String> {
        self.sql("postgres", &format!("CREATE DATABASE {name}"))?;
        Ok(self.url(name))
    }

    fn pg_ctl(&self, arguments: &[&str]) -> Result<Output, String> {
        run(self.command("pg_ctl")?.args(["--silent", "--pgdata=data"]).args(arguments))
    }

    fn command(&self, program: &str) -> Result<Command, String> {
        as_owner(self.programs.join(program), &self.folder)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Nothing is left to be saved, nor anybody to tell: a server that never started stays stopped.
        let _stopped = self.pg_ctl(&["--mode=immediate", "--wait", "stop"]);
        let _removed = fs::remove_dir_all(&self.folder);
    }
}

/// A port that nobody listens on just now.
fn free_port() -> Result<u16, String> {
    let port = TcpListener::bind(("127.0.0.1", 0)).and_then(|free| free.local_addr());
    port.map(|address| address.port()).map_err(|error| format!("no free port: {error}"))
}

/// A password that nobody on this machine can guess.
fn password() -> Result<String, String> {
    let mut bytes = [0; 16];
    let read = fs::File::open("/dev/urandom").and_then(|mut random| random.read_exact(&mut bytes));
    read.map_err(|error| format!("no randomness: {error}"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// A command as whoever may run a server, in a folder.
fn as_owner(program: impl AsRef<std::ffi::OsStr>, folder: &Path) -> Result<Command, String> {
    let me = fs::metadata("/proc/self").map_err(|error| format!("who am I? {error}"))?;
    let mut command = if me.uid() == 0 {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.current_dir(folder);
    Ok(command)
}

fn run(command: &mut Command) -> Result<Output, String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(output);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{command:?}: {}\n{said}", output.status))
}

/// The programs of the newest version that is installed.
fn programs() -> Result<PathBuf, String> {
    let versions = fs::read_dir(VERSIONS).into_iter().flatten().filter_map(Result::ok);
    let programs = versions.filter_map(|entry| {
        let version: u32 = entry.file_name().to_str()?.parse().ok()?;
        let programs = entry.path().join("bin");
        programs.join("initdb").exists().then_some((version, programs))
    });
    let newest = programs.max().map(|(_, programs)| programs);
    newest.ok_or_else(|| {
        format!(
            "no Postgres under {VERSIONS}: apt-get install -y --no-install-recommends postgresql"
        )
    })
}
