//! The workspace as it stands: packages from cargo, files from the disk.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::code::{code, words};

/// A package of the workspace, as cargo sees it.
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) manifest: String,
    pub(crate) dependencies: Vec<Dependency>,
}

pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) dev: bool,
    pub(crate) optional: bool,
}

/// A file of Rust, its comments and texts blanked out.
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) code: String,
}

impl Source {
    pub(crate) fn at(&self, offset: usize) -> String {
        format!("{}:{}", self.path, self.code[..offset].matches('\n').count() + 1)
    }

    pub(crate) fn lines_with(&self, word: &str) -> Vec<String> {
        words(&self.code, word).map(|at| format!("{}: {word}", self.at(at))).collect()
    }
}

/// Asks cargo. `--no-deps` keeps to manifests, so nothing has to be downloaded.
pub(crate) fn packages() -> Vec<Package> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline", "--no-deps"])
        .current_dir(root())
        .output()
        .expect("cargo starts");
    let problem = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo metadata failed: {problem}");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo writes JSON");
    list(&metadata["packages"]).map(package).collect()
}

fn package(value: &Value) -> Package {
    let dependencies = list(&value["dependencies"]).map(|used| Dependency {
        name: text(&used["name"]),
        dev: used["kind"] == "dev",
        optional: used["optional"] == true,
    });
    Package {
        name: text(&value["name"]),
        manifest: shown(Path::new(&text(&value["manifest_path"]))),
        dependencies: dependencies.collect(),
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().expect("cargo gives a list here").iter()
}

fn text(value: &Value) -> String {
    value.as_str().expect("cargo gives a text here").to_owned()
}

pub(crate) fn all_sources() -> Vec<Source> {
    ["benches", "crates", "examples", "tests", "xtask"].into_iter().flat_map(sources).collect()
}

pub(crate) fn sources(under: &str) -> Vec<Source> {
    let mut sources = Vec::new();
    let mut folders = vec![root().join(under)];
    while let Some(folder) = folders.pop() {
        for path in entries(&folder) {
            if path.is_dir() && file_name(&path) != "target" {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                sources.push(Source { path: shown(&path), code: code(&read(&path)) });
            }
        }
    }
    assert!(!sources.is_empty(), "{under} holds no Rust: a test that reads it would see nothing");
    sources
}

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ stands in the workspace")
}

pub(crate) fn entries(folder: &Path) -> Vec<PathBuf> {
    let found = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", shown(folder)));
    let mut paths: Vec<PathBuf> = found.map(|entry| entry.expect("is readable").path()).collect();
    paths.sort();
    paths
}

pub(crate) fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", shown(path)))
}

pub(crate) fn file_name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

/// A path as a reader knows it: from the root of the workspace.
pub(crate) fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}
