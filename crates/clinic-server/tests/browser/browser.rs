//! A browser in processes of its own, with what drives it, and their end.

use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::limits::{DESKTOP, DRIVER_STARTS, GONE, LOADS_MILLIS, LOOK_EVERY, SCRIPT_MILLIS};

/// What starts a browser without a window and lets it ask nothing of the outside.
const FLAGS: [&str; 9] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/// The driver, under a shell that kills it and its browser as soon as nobody holds the other end of its input: then
/// they end also with a test that was killed. The shell lets go of the output, which is then the driver's alone.
const GUARDED: &str = "chromedriver --port=0 & exec >&-; read -r _; kill -KILL 0";
/// What a driver says before the number of its port.
const ON_PORT: &str = "started successfully on port ";

/// Whether pages may run scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scripts {
    /// As usual.
    Run,
    /// They are switched off for all pages, as by somebody who trusts none.
    Off,
}

/// One browser. All its processes end when it is dropped, and then its folder is removed.
#[derive(Debug)]
pub(crate) struct Browser {
    pub(crate) client: Client,
    group: Group,
    _folder: TempDir,
}

impl Browser {
    /// Starts one that has never been anywhere.
    pub(crate) async fn start(scripts: Scripts) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (group, port) = Group::start(folder.path());
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(capabilities(folder.path(), scripts));
        let client = builder.connect(&format!("http://127.0.0.1:{port}")).await;
        let client = client.unwrap_or_else(|error| panic!("no browser: {error}"));
        Self { client, group, _folder: folder }
    }

    /// Ends all its processes at once, as a crash does.
    pub(crate) fn dies(&self) {
        let group = Pid::from_child(&self.group.leader);
        kill_process_group(group, Signal::KILL).expect("it was alive");
    }

    /// The group of all its processes.
    pub(crate) fn group(&self) -> i32 {
        Pid::from_child(&self.group.leader).as_raw_nonzero().get()
    }
}

fn capabilities(folder: &Path, scripts: Scripts) -> Capabilities {
    let own = format!("--user-data-dir={}", folder.join("profile").display());
    let size = format!("--window-size={},{}", DESKTOP.0, DESKTOP.1);
    let words: Vec<String> = FLAGS.map(str::to_owned).into_iter().chain([own, size]).collect();
    // Nothing of the browser's own may stand before a page.
    let mut prefs = json!({
        "credentials_enable_service": false,
        "profile.password_manager_enabled": false,
        "profile.password_manager_leak_detection": false,
        "translate.enabled": false,
    });
    match scripts {
        Scripts::Run => {}
        Scripts::Off => prefs["profile.managed_default_content_settings.javascript"] = json!(2),
    }
    let all = json!({
        "goog:loggingPrefs": { "browser": "ALL" },
        "goog:chromeOptions": { "args": words, "prefs": prefs },
        "timeouts": { "pageLoad": LOADS_MILLIS, "script": SCRIPT_MILLIS },
    });
    match all {
        Value::Object(all) => all,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Capabilities::new()
        }
    }
}

/// The processes of a driver and its browser: a group, which is killed as one.
#[derive(Debug)]
struct Group {
    leader: Child,
    /// While this is open, they live.
    _life: ChildStdin,
    /// Whoever writes to a pipe that nobody holds is killed for it.
    said: BufReader<ChildStdout>,
}

impl Group {
    /// Starts a driver, and says at which port it is. One that finds none on a busy machine is started again.
    fn start(home: &Path) -> (Self, u16) {
        let missing = "chromedriver did not start: `cargo xtask test` installs what is missing";
        (0..DRIVER_STARTS).find_map(|_| Self::started(home)).expect(missing)
    }

    fn started(home: &Path) -> Option<(Self, u16)> {
        let mut shell = Command::new("sh");
        shell.args(["-c", GUARDED]).process_group(0);
        // A browser writes into its user's home whatever folder it is given.
        shell.env("HOME", home).env_remove("XDG_CONFIG_HOME").env_remove("XDG_CACHE_HOME");
        shell.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut leader = shell.spawn().expect("a shell");
        let input = leader.stdin.take().expect("a pipe");
        let said = BufReader::new(leader.stdout.take().expect("a pipe"));
        let mut group = Self { leader, _life: input, said };
        let port = group.said.by_ref().lines().find_map(|line| {
            let line = line.expect("it is UTF-8");
            line.split_once(ON_PORT)?.1.trim_end_matches('.').parse().ok()
        });
        port.map(|port| (group, port))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let group = Pid::from_child(&self.leader);
        let _gone = kill_process_group(group, Signal::KILL);
        let _waited = self.leader.wait();
        // The others are not ours to wait for, and the folder cannot be removed while they write.
        let mut looks = GONE.as_millis() / LOOK_EVERY.as_millis();
        while looks > 0 && test_kill_process_group(group).is_ok() {
            std::thread::sleep(LOOK_EVERY);
            looks -= 1;
        }
    }
}
