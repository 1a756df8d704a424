//! The programs from outside that tests start: which are missing, and how Debian's apt gets them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A program, and the Debian package that has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tool {
    program: &'static str,
    /// A Python module without which that program is of no use: Debian has packages of their own for some.
    module: Option<&'static str>,
    package: &'static str,
}

/// The program that makes a cluster stands for the server and all that comes with it.
const POSTGRES: Tool = Tool { program: "initdb", module: None, package: "postgresql" };
const STRACE: Tool = Tool { program: "strace", module: None, package: "strace" };
/// With what makes environments of its own, into which pip installs.
const PYTHON: Tool =
    Tool { program: "python3", module: Some("ensurepip"), package: "python3-venv" };

const CHROMIUM: Tool = Tool { program: "chromium", module: None, package: "chromium" };
const CHROMEDRIVER: Tool =
    Tool { program: "chromedriver", module: None, package: "chromium-driver" };
/// It installs axe-core.
const NPM: Tool = Tool { program: "npm", module: None, package: "npm" };

/// What the tests need besides cargo and a C compiler. All of it is for Linux: elsewhere those tests
/// are not built.
pub(crate) const FOR_TESTS: &[Tool] =
    if cfg!(target_os = "linux") { &[POSTGRES, STRACE, CHROMIUM, CHROMEDRIVER, NPM] } else { &[] };
/// What the tests need that fuzz the program, too.
pub(crate) const FOR_LONG_TESTS: &[Tool] = if cfg!(target_os = "linux") {
    &[POSTGRES, STRACE, CHROMIUM, CHROMEDRIVER, NPM, PYTHON]
} else {
    &[PYTHON]
};
/// What fuzzing alone needs.
pub(crate) const FOR_FUZZING: &[Tool] = &[PYTHON];

/// Where a machine keeps programs that are not on everybody's PATH.
const BESIDE_PATH: [&str; 3] = ["/usr/local/sbin", "/usr/sbin", "/sbin"];
/// Where Debian keeps the programs of each version of Postgres, in a folder `bin` each, on nobody's PATH. The
/// package also starts a server, which the tests leave alone: they start their own.
const POSTGRES_VERSIONS: &str = "/usr/lib/postgresql";

/// Whether what is missing may be installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Install {
    /// Install it.
    Missing,
    /// Only say what is missing.
    Nothing,
}

/// Who installs packages on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Apt {
    /// We do.
    Root,
    /// Root does it for us, as long as no password is asked.
    Sudo,
    /// There is no apt.
    Absent,
}

/// What is to be done before the first step.
#[derive(Debug, PartialEq, Eq)]
enum Plan {
    /// Everything is there.
    Nothing,
    /// This command has to run.
    Run(Vec<String>),
    /// Somebody has to do it by hand.
    Ask(String),
}

/// Makes sure that `tools` are on this machine.
///
/// # Errors
/// What is missing and what to type, if it was not or could not be installed.
pub(crate) fn provide(tools: &[Tool], install: Install) -> Result<(), String> {
    let folders = folders();
    let missing = missing(tools, &folders);
    match plan(&missing, install, apt(&folders)) {
        Plan::Nothing => Ok(()),
        Plan::Ask(what) => Err(what),
        Plan::Run(words) => {
            println!("xtask: missing: {}; installing: {}", programs(&missing), words.join(" "));
            let by_hand = || by_hand(&missing);
            match Command::new(&words[0]).args(&words[1..]).stdin(Stdio::null()).status() {
                Err(error) => Err(format!("{} did not start: {error}. {}", words[0], by_hand())),
                Ok(status) if !status.success() => {
                    Err(format!("{} ended with {status}. {}", words[0], by_hand()))
                }
                Ok(_) if self::missing(&missing, &folders).is_empty() => Ok(()),
                Ok(_) => Err(format!("still missing after that. {}", by_hand())),
            }
        }
    }
}

fn plan(missing: &[Tool], install: Install, apt: Apt) -> Plan {
    let shell = |line| vec!["sh".to_owned(), "-c".to_owned(), line];
    match (missing, install, apt) {
        ([], ..) => Plan::Nothing,
        (_, _, Apt::Absent) => Plan::Ask(format!("install these first: {}", programs(missing))),
        (_, Install::Nothing, Apt::Root | Apt::Sudo) => Plan::Ask(by_hand(missing)),
        (_, Install::Missing, Apt::Root) => Plan::Run(shell(line(missing))),
        (_, Install::Missing, Apt::Sudo) => {
            let root = ["sudo", "-n"].map(str::to_owned);
            Plan::Run(root.into_iter().chain(shell(line(missing))).collect())
        }
    }
}

/// The line that installs what is missing, for root.
fn line(missing: &[Tool]) -> String {
    let packages: Vec<&str> = missing.iter().map(|tool| tool.package).collect();
    format!(
        "apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -yq \
         --no-install-recommends {}",
        packages.join(" ")
    )
}

fn by_hand(missing: &[Tool]) -> String {
    format!("missing: {}; as root: {}", programs(missing), line(missing))
}

fn programs(tools: &[Tool]) -> String {
    tools.iter().map(|tool| tool.program).collect::<Vec<_>>().join(", ")
}

fn missing(tools: &[Tool], folders: &[PathBuf]) -> Vec<Tool> {
    let there = |tool: &Tool| has(folders, tool.program) && imports(tool);
    tools.iter().copied().filter(|tool| !there(tool)).collect()
}

/// Whether the program can import its module, if it needs one.
fn imports(tool: &Tool) -> bool {
    let Some(module) = tool.module else { return true };
    let mut python = Command::new(tool.program);
    python.args(["-c", &format!("import {module}")]).stdin(Stdio::null()).stderr(Stdio::null());
    python.status().is_ok_and(|status| status.success())
}

fn apt(folders: &[PathBuf]) -> Apt {
    if !has(folders, "apt-get") {
        return Apt::Absent;
    }
    let user = Command::new("id").arg("-u").output();
    let root = user.is_ok_and(|user| user.stdout.trim_ascii() == b"0");
    if root { Apt::Root } else { Apt::Sudo }
}

fn has(folders: &[PathBuf], program: &str) -> bool {
    folders.iter().any(|folder| folder.join(program).is_file())
}

fn folders() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let beside = BESIDE_PATH.map(PathBuf::from);
    std::env::split_paths(&path)
        .chain(beside)
        .chain(versions(Path::new(POSTGRES_VERSIONS)))
        .collect()
}

/// The folders of programs of all versions that are there.
fn versions(of: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let versions = std::fs::read_dir(of).into_iter().flatten().filter_map(Result::ok);
    versions.map(|version| version.path().join("bin"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Tool = Tool { program: "trace", module: None, package: "tracer" };
    const TWO: Tool = Tool { program: "serve", module: None, package: "server-17" };

    #[test]
    fn nothing_missing_needs_nothing_not_even_apt() {
        for apt in [Apt::Root, Apt::Sudo, Apt::Absent] {
            assert_eq!(plan(&[], Install::Missing, apt), Plan::Nothing);
            assert_eq!(plan(&[], Install::Nothing, apt), Plan::Nothing);
        }
    }

    #[test]
    fn what_is_missing_is_installed_in_one_line_as_root_or_without_a_password() {
        let line = "apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -yq \
                    --no-install-recommends tracer server-17";
        for (apt, words) in [
            (Apt::Root, &["sh", "-c", line][..]),
            (Apt::Sudo, &["sudo", "-n", "sh", "-c", line][..]),
        ] {
            let words = words.iter().map(|word| (*word).to_owned()).collect();
            assert_eq!(plan(&[ONE, TWO], Install::Missing, apt), Plan::Run(words));
        }
    }

    #[test]
    fn where_nothing_may_be_installed_the_line_is_told() {
        for apt in [Apt::Root, Apt::Sudo] {
            let told = "missing: trace; as root: apt-get update -q && \
                        DEBIAN_FRONTEND=noninteractive apt-get install -yq \
                        --no-install-recommends tracer";
            assert_eq!(plan(&[ONE], Install::Nothing, apt), Plan::Ask(told.into()));
        }
    }

    #[test]
    fn without_apt_the_programs_are_named() {
        for install in [Install::Missing, Install::Nothing] {
            let told = Plan::Ask("install these first: trace, serve".into());
            assert_eq!(plan(&[ONE, TWO], install, Apt::Absent), told);
        }
    }

    #[test]
    fn a_program_is_found_in_any_of_the_folders_and_a_folder_of_its_name_is_none() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let file = Tool { program: "Cargo.toml", module: None, package: "" };
        let folder = Tool { program: "src", module: None, package: "" };
        let folders = [here.join("src"), here.to_owned()];
        assert_eq!(missing(&[file, folder], &folders), [folder]);
        assert_eq!(missing(&[file], &folders[..1]), [file]);
    }

    #[test]
    fn a_program_is_found_in_the_folder_of_any_version() {
        let place = std::env::temp_dir().join(format!("xtask-versions-{}", std::process::id()));
        std::fs::create_dir_all(place.join("15").join("bin")).unwrap();
        std::fs::write(place.join("15").join("bin").join("makes"), "").unwrap();
        let found: Vec<PathBuf> = versions(&place).collect();
        let there = has(&found, "makes") && !has(&found, "breaks");
        std::fs::remove_dir_all(&place).unwrap();
        assert!(there, "{found:?}");
        assert_eq!(versions(&place).count(), 0);
    }

    #[test]
    fn a_program_that_is_there_without_its_module_is_missing() {
        let shell = |module| Tool { program: "false", module, package: "" };
        let folders = folders();
        assert_eq!(missing(&[shell(None)], &folders), []);
        assert_eq!(missing(&[shell(Some("any"))], &folders), [shell(Some("any"))]);
    }
}
