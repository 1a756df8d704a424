//! What all tests of one run share: a cluster to copy, and one server with a fresh database for each of them.
//!
//! Tests of one run may be threads of one process or processes of their own. So what they share is named in a
//! folder of theirs, and who uses it holds a lock on a file there; the kernel lets go of the lock when the
//! process ends, however it does. A watcher waits until nobody holds it, and cleans up.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::owner::{as_owner, free_port, me, new_folder, programs, run, script, secret};
use super::server::{Server, USER, end, end_unused, port_of, quiet};

/// What the shared server has otherwise than `initdb` says: small, and room for the pools of many nodes.
/// Nothing that touches durability is among it. A test that ends blocks its thread while its database is dropped;
/// a connection that its runtime has half made then holds the server up until its sign-in is given up.
const SETTINGS: &str =
    "shared_buffers = 64MB\nmax_connections = 200\nauthentication_timeout = 5s\n";

/// The run that this process belongs to.
#[derive(Debug)]
pub(super) struct Run {
    /// Where the run's folder is named.
    place: PathBuf,
    /// Has `template` (a cluster that was never started) and, once asked for, `shared` (a server's folder).
    folder: PathBuf,
    password: String,
    /// Locked for as long as this process lives.
    _using: File,
}

impl Run {
    /// Joins the run of this machine's user and these binaries, or begins it.
    pub(super) fn join() -> Result<&'static Self, String> {
        static RUN: OnceLock<Result<Run, String>> = OnceLock::new();
        RUN.get_or_init(Self::begin).as_ref().map_err(Clone::clone)
    }

    pub(super) fn password(&self) -> &str {
        &self.password
    }

    /// Puts a cluster into a server's folder. Making one takes a second, copying one a tenth of it.
    pub(super) fn copy_template(&self, folder: &Path) -> Result<(), String> {
        let template = self.folder.join("template");
        run(as_owner("cp", folder)?.arg("-a").arg(template).arg("data")).map(drop)
    }

    fn begin() -> Result<Self, String> {
        let place = place()?;
        let _turn = turn(&place)?;
        let using = open(&place.join("using"))?;
        // Waits while a watcher cleans up after another run.
        using.lock_shared().map_err(|error| format!("no lock: {error}"))?;
        let name = place.join("folder");
        if let Ok(folder) = fs::read_to_string(&name).map(PathBuf::from)
            && let Ok(password) = fs::read_to_string(folder.join("password"))
            && folder.join("template").is_dir()
        {
            return Ok(Self { place, folder, password, _using: using });
        }
        let (folder, password) = (new_folder()?, secret()?);
        let made = make_template(&folder, &password).and_then(|()| watch(&place, &folder));
        if let Err(error) = made {
            run(&mut script(&end("."), &folder)?)?;
            return Err(error);
        }
        let named = fs::write(&name, folder.as_os_str().as_encoded_bytes());
        named.map_err(|error| format!("{}: {error}", name.display()))?;
        Ok(Self { place, folder, password, _using: using })
    }

    /// The shared server, which runs or did when it was last seen.
    fn server(&self) -> Option<Server> {
        let folder = self.folder.join("shared");
        let port = port_of(&folder)?;
        Some(Server::at(folder, port, &self.password))
    }

    /// The shared server; started, if it is not running.
    fn started(&self) -> Result<Server, String> {
        let _turn = turn(&self.place)?;
        if let Some(server) = self.server() {
            // Somebody else was first, or it has crashed.
            if server.sql("postgres", "SELECT 1").is_err() {
                server.up()?;
            }
            return Ok(server);
        }
        let folder = self.folder.join("shared");
        run(&mut script("rm -rf shared && mkdir shared", &self.folder)?)?;
        self.copy_template(&folder)?;
        let set = "printf %s \"$0\" >> data/postgresql.conf";
        run(script(set, &folder)?.arg(SETTINGS))?;
        let server = Server::at(folder, free_port()?, &self.password);
        server.up()?;
        Ok(server)
    }
}

/// A database of a test's own, on the server of the run. Dropped, it is gone.
#[derive(Debug)]
pub struct Lent {
    server: Server,
    database: String,
}

impl Server {
    /// A fresh database on the one server that all tests of a run share.
    ///
    /// # Errors
    /// If the binaries are missing, with the line that installs them; or if they fail.
    pub fn shared() -> Result<Lent, String> {
        let run = Run::join()?;
        let database = format!("test_{}", secret()?);
        if let Some(server) = run.server()
            && server.create_database(&database).is_ok()
        {
            return Ok(Lent { server, database });
        }
        let server = run.started()?;
        server.create_database(&database)?;
        Ok(Lent { server, database })
    }
}

impl Lent {
    /// Where the database is reached, over TCP on the loopback interface.
    #[must_use]
    pub fn url(&self) -> String {
        self.server.url(&self.database)
    }

    /// The same by way of another port, such as that of a [`super::Proxy`].
    #[must_use]
    pub fn url_at(&self, port: u16) -> String {
        self.server.url_at(port, &self.database)
    }

    /// The port of its server.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.server.port()
    }

    /// Runs SQL in it as the superuser and answers what `psql` prints: rows by line, columns by `|`.
    ///
    /// # Errors
    /// What `psql` said.
    pub fn sql(&self, sql: &str) -> Result<String, String> {
        self.server.sql(&self.database, sql)
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let drop = format!("DROP DATABASE {} WITH (FORCE)", self.database);
        // What is not dropped goes with the server.
        let _dropped = self.server.sql("postgres", &drop);
    }
}

/// A folder that only this user may enter, the same for all binaries of a build.
fn place() -> Result<PathBuf, String> {
    let program = std::env::current_exe().map_err(|error| format!("where am I? {error}"))?;
    let mut hasher = DefaultHasher::new();
    program.parent().hash(&mut hasher);
    let me = me()?;
    let place = std::env::temp_dir().join(format!("clinic-pg-{me}-{:016x}", hasher.finish()));
    // An error is that it is there already, or comes up again below.
    let _made = DirBuilder::new().mode(0o700).create(&place);
    let told = fs::symlink_metadata(&place);
    let told = told.map_err(|error| format!("{}: {error}", place.display()))?;
    if told.is_dir() && told.uid() == me && told.mode().trailing_zeros() >= 6 {
        return Ok(place);
    }
    Err(format!("{} is somebody else's, or open to others: remove it", place.display()))
}

/// Waits for one's turn to begin something; it is over when the file is dropped.
fn turn(place: &Path) -> Result<File, String> {
    let turn = open(&place.join("turn"))?;
    turn.lock().map_err(|error| format!("no lock: {error}"))?;
    Ok(turn)
}

fn open(path: &Path) -> Result<File, String> {
    let opened = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path);
    opened.map_err(|error| format!("{}: {error}", path.display()))
}

fn make_template(folder: &Path, password: &str) -> Result<(), String> {
    run(script("umask 077; printf %s \"$0\" > password", folder)?.arg(password))?;
    // Nothing was acknowledged yet, so nothing has to be on the disk; servers made of it keep `fsync`.
    let cluster = ["--pgdata=template", "--no-sync", "--encoding=UTF8", "--locale=C"];
    let access = ["--auth-local=trust", "--auth-host=scram-sha-256", "--username", USER];
    let mut initdb = as_owner(programs()?.join("initdb"), folder)?;
    run(initdb.args(cluster).arg("--pwfile=password").args(access)).map(drop)
}

/// Starts what cleans up once nobody uses the run any more.
fn watch(place: &Path, folder: &Path) -> Result<(), String> {
    // Opened anew, so that the watcher's lock is its own and not this process's.
    let using = open(&place.join("using"))?;
    let mut watcher = script(&end_unused("shared"), folder)?;
    let started = quiet(&mut watcher)?.stdin(using).spawn();
    // It outlives this process, which therefore does not wait for it.
    started.map(drop).map_err(|error| format!("no watcher: {error}"))
}
