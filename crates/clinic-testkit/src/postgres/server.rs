//! One server: started, asked, set otherwise, held, killed, and gone at the end.

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use super::owner::{as_owner, free_port, new_folder, programs, run, script};
use super::run::Run;

/// The superuser of each cluster.
pub(super) const USER: &str = "clinic";

/// Shell: the processes of the server in this folder, the first of them first. Those it has started call it
/// their parent; they are no process group, for each leads one of its own. And how what a dead one leaves
/// outside its files is let go.
const FAMILY: &str = r#"
first=$(sed -n 1p data/postmaster.pid 2>/dev/null)
family() {
    [ -n "$first" ] || return
    echo "$first"
    for stat in /proc/[0-9]*/stat; do
        if read -r process _ _ parent _ < "$stat" && [ "$parent" = "$first" ]; then echo "$process"; fi
    done 2>/dev/null
}
forget() {
    [ -e data/postmaster.pid ] || return
    ipcrm -m "$(sed -n '7s/.* //p' data/postmaster.pid)"
    rm -f data/postmaster.pid .s.PGSQL.*
}
"#;
/// Shell: sends signal `$0` to all of them.
const SIGNAL: &str = r#"kill -s "$0" $(family)"#;
/// Shell: kills all of them at once and waits until they are gone. The first is held before, so that it neither
/// starts nor tells another meanwhile. One that is dead but that nobody has asked about is gone; Postgres would
/// take it for alive and not start, so its locks are removed.
const KILL: &str = r#"
set -e
lives() { read -r _ _ state _ < "/proc/$1/stat" && [ "$state" != Z ]; } 2>/dev/null
lives "$first"
kill -s STOP "$first"
all=$(family)
kill -s KILL $all
for process in $all; do
    while lives "$process"; do sleep 0.01; done
done
forget
"#;
/// Shell: stops the server in this folder, even one that is held or has crashed.
const END: &str = r#"
[ -n "$first" ] && kill -s CONT $(family) 2>/dev/null
"$PROGRAMS/pg_ctl" --silent --pgdata=data --mode=immediate --wait stop
forget
"#;
/// Shell: makes the server in this folder a key and a certificate.
const CERTIFICATE: &str = "
set -e
umask 077
cat > tls.conf << 'END'
[req]
distinguished_name = name
x509_extensions = for
prompt = no
[name]
CN = a server of tests
[for]
basicConstraints = critical, CA:FALSE
subjectAltName = IP:127.0.0.1
END
openssl req -x509 -config tls.conf -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
    -keyout data/server.key -out data/server.crt
";
/// How a watcher is kept from what ends its owner.
const DEAF: &str = "trap '' HUP INT TERM";

/// How a server is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// Nobody new comes in; those inside are waited for.
    Smart,
    /// Those inside are sent away; all is written down.
    Fast,
    /// At once, to recover at the next start.
    Immediate,
}

/// A server. Dropped, it is stopped and its folder removed; if the process is killed, too.
#[derive(Debug)]
pub struct Server {
    pub(super) folder: PathBuf,
    pub(super) port: u16,
    pub(super) password: String,
    /// Ends the server when its input ends. The shared server is watched over by the run.
    watcher: Option<Child>,
}

impl Server {
    /// Makes a cluster with the defaults of `initdb`, durability included, and starts it.
    ///
    /// # Errors
    /// If the binaries are missing, with the line that installs them; or if they fail.
    pub fn start() -> Result<Self, String> {
        let run = Run::join()?;
        let server = Self::empty(run.password())?;
        run.copy_template(&server.folder)?;
        server.up()?;
        Ok(server)
    }

    /// A folder without a cluster, and whoever watches over it: from here on, an error leaves nothing behind.
    pub(super) fn empty(password: &str) -> Result<Self, String> {
        let folder = new_folder()?;
        let mut watcher = script(&format!("{DEAF}; cat > /dev/null; {}", end(".")), &folder)?;
        let watcher = quiet(&mut watcher)?.stdin(Stdio::piped()).spawn();
        let watcher = watcher.map_err(|error| format!("no watcher: {error}"))?;
        let (port, password) = (free_port()?, password.to_owned());
        Ok(Self { folder, port, password, watcher: Some(watcher) })
    }

    /// A server that somebody else watches over.
    pub(super) fn at(folder: PathBuf, port: u16, password: &str) -> Self {
        Self { folder, port, password: password.to_owned(), watcher: None }
    }

    /// Starts the server of a cluster that is there.
    ///
    /// # Errors
    /// What the server said.
    pub fn up(&self) -> Result<(), String> {
        // Shared memory in files goes with the folder, also after a kill.
        let options = format!(
            "-c listen_addresses=127.0.0.1 -c port={} -c dynamic_shared_memory_type=mmap -k '{}'",
            self.port,
            self.folder.display()
        );
        let started = self.pg_ctl(&["--log=log", "--wait", "--options", &options, "start"]);
        started.map(drop).map_err(|error| format!("{error}\n{}", self.log()))
    }

    /// Stops it. [`Server::up`] starts it again, at the same address.
    ///
    /// # Errors
    /// What was said.
    pub fn stop(&self, how: Stop) -> Result<(), String> {
        let mode = match how {
            Stop::Smart => "--mode=smart",
            Stop::Fast => "--mode=fast",
            Stop::Immediate => "--mode=immediate",
        };
        self.pg_ctl(&[mode, "--wait", "stop"]).map(drop)
    }

    /// Kills all its processes at once, as a power cut would. [`Server::up`] recovers.
    ///
    /// # Errors
    /// If it was not running.
    pub fn kill(&self) -> Result<(), String> {
        run(&mut script(&format!("{FAMILY}{KILL}"), &self.folder)?).map(drop)
    }

    /// Holds all its processes where they are: connections stay, and nobody answers.
    ///
    /// # Errors
    /// If it was not running.
    pub fn pause(&self) -> Result<(), String> {
        self.signal("STOP")
    }

    /// Lets the processes go on.
    ///
    /// # Errors
    /// If it was not running.
    pub fn resume(&self) -> Result<(), String> {
        self.signal("CONT")
    }

    /// Changes settings as from now, for every session that does not set its own.
    ///
    /// # Errors
    /// What `psql` said.
    pub fn settings(&self, settings: &[(&str, &str)]) -> Result<(), String> {
        for (name, value) in settings {
            self.sql("postgres", &format!("ALTER SYSTEM SET {name} = '{value}'"))?;
        }
        self.sql("postgres", "SELECT pg_reload_conf()").map(drop)
    }

    /// Has it speak TLS from now on to whoever asks for that, by a certificate for `127.0.0.1` that it has signed
    /// itself. Says where the certificate is.
    ///
    /// # Errors
    /// If no certificate can be made: `openssl` comes with the packages of Postgres.
    pub fn encrypt(&self) -> Result<PathBuf, String> {
        run(&mut script(CERTIFICATE, &self.folder)?)?;
        self.settings(&[("ssl", "on")])?;
        Ok(self.folder.join("data/server.crt"))
    }

    /// Where a database of this server is reached, over TCP on the loopback interface.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        self.url_at(self.port, database)
    }

    /// The same by way of another port, such as that of a [`super::Proxy`].
    #[must_use]
    pub fn url_at(&self, port: u16, database: &str) -> String {
        format!("postgres://{USER}:{}@127.0.0.1:{port}/{database}", self.password)
    }

    /// The port it listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What it has written in its log.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
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

    pub(super) fn pg_ctl(&self, arguments: &[&str]) -> Result<Output, String> {
        run(self.command("pg_ctl")?.args(["--silent", "--pgdata=data"]).args(arguments))
    }

    pub(super) fn command(&self, program: &str) -> Result<Command, String> {
        as_owner(programs()?.join(program), &self.folder)
    }

    fn signal(&self, signal: &str) -> Result<(), String> {
        run(script(&format!("{FAMILY}{SIGNAL}"), &self.folder)?.arg(signal)).map(drop)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let Some(watcher) = &mut self.watcher else { return };
        drop(watcher.stdin.take());
        // Nobody is left to be told.
        let _ended = watcher.wait();
    }
}

/// Shell: stops the server in `folder`, if there is one, and removes the folder where the shell stands.
pub(super) fn end(folder: &str) -> String {
    format!("here=$PWD; if cd {folder}; then {FAMILY}{END}fi; rm -rf \"$here\"")
}

/// Shell for a watcher over what many processes share: its input is a file that each of them has locked.
pub(super) fn end_unused(folder: &str) -> String {
    // Tests of one run do not follow on each other's heels: a while without any of them is no end.
    let wait = "while :; do flock 0; flock -u 0; sleep 3; flock -n 0 && break; done";
    format!("{DEAF}; {wait}; {}", end(folder))
}

/// A process that outlives whoever starts it: away from the keyboard, and nobody's output.
pub(super) fn quiet(command: &mut Command) -> Result<&mut Command, String> {
    command.env("PROGRAMS", programs()?);
    Ok(command.process_group(0).stdout(Stdio::null()).stderr(Stdio::null()))
}

/// The port of the server in `folder`, if it has been started.
pub(super) fn port_of(folder: &Path) -> Option<u16> {
    let told = fs::read_to_string(folder.join("data/postmaster.pid")).ok()?;
    told.lines().nth(3)?.trim().parse().ok()
}
