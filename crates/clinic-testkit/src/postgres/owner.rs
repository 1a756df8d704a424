//! Who runs the programs of Postgres, and where they are.

use std::ffi::OsStr;
use std::fs;
use std::io::Read as _;
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Where Debian's packages put each version.
const VERSIONS: &str = "/usr/lib/postgresql";
/// Ports are taken below those that Linux gives to clients: a client that tries again and again to reach a
/// server that is down would in the end get its port, and meet itself.
const PORTS: std::ops::Range<u16> = 10_000..32_000;
/// How many ports are tried: somebody listens on a few of them, on no machine on most.
const TRIES: usize = 100;

/// The id of whoever runs the tests.
pub(super) fn me() -> Result<u32, String> {
    let me = fs::metadata("/proc/self").map_err(|error| format!("who am I? {error}"))?;
    Ok(me.uid())
}

/// A command as whoever may run a server, in a folder.
pub(super) fn as_owner(program: impl AsRef<OsStr>, folder: &Path) -> Result<Command, String> {
    let mut command = if me()? == 0 {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.current_dir(folder);
    Ok(command)
}

/// A shell script as whoever may run a server, in a folder.
pub(super) fn script(text: &str, folder: &Path) -> Result<Command, String> {
    let mut command = as_owner("sh", folder)?;
    command.args(["-c", text]);
    Ok(command)
}

/// Runs a command to its end. What it said is told when it failed.
pub(super) fn run(command: &mut Command) -> Result<Output, String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(output);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{command:?}: {}\n{said}", output.status))
}

/// A new folder of whoever runs the server. Nobody else may enter.
pub(super) fn new_folder() -> Result<PathBuf, String> {
    programs()?;
    let made = run(as_owner("mktemp", Path::new("/"))?.args(["-d", "--suffix=.clinic-pg"]))?;
    Ok(PathBuf::from(String::from_utf8_lossy(&made.stdout).trim_end()))
}

/// The programs of the newest version that is installed.
pub(super) fn programs() -> Result<PathBuf, String> {
    let versions = fs::read_dir(VERSIONS).into_iter().flatten().filter_map(Result::ok);
    let programs = versions.filter_map(|entry| {
        let version: u32 = entry.file_name().to_str()?.parse().ok()?;
        let programs = entry.path().join("bin");
        programs.join("initdb").exists().then_some((version, programs))
    });
    let newest = programs.max().map(|(_, programs)| programs);
    newest.ok_or_else(|| {
        format!(
            "no Postgres under {VERSIONS}; as root: apt-get update -q && \
             apt-get install -yq --no-install-recommends postgresql"
        )
    })
}

/// A port that nobody listens on just now.
pub(super) fn free_port() -> Result<u16, String> {
    for _try in 0..TRIES {
        let [high, low] = random()?;
        let port = PORTS.start + u16::from_be_bytes([high, low]) % (PORTS.end - PORTS.start);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    Err(format!("no free port among {TRIES} of {PORTS:?}"))
}

/// A word that nobody on this machine can guess.
pub(super) fn secret() -> Result<String, String> {
    Ok(format!("{:032x}", u128::from_be_bytes(random()?)))
}

fn random<const N: usize>() -> Result<[u8; N], String> {
    let mut bytes = [0; N];
    let read = fs::File::open("/dev/urandom").and_then(|mut random| random.read_exact(&mut bytes));
    read.map_err(|error| format!("no randomness: {error}"))?;
    Ok(bytes)
}
