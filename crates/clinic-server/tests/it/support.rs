//! Running the program.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// What a run of the program came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// The program, without anything of this environment that could change what it does. Unless a test
/// says otherwise, the log that it reads is the demo's.
pub(crate) fn program() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_clinic"));
    program.env("CLINIC_LOG", "memory:").current_dir(env!("CARGO_MANIFEST_DIR"));
    program
}

/// Runs it with these words.
pub(crate) fn clinic(words: &[&str]) -> Ran {
    clinic_reading(words, b"")
}

/// Runs it with these words and something to read.
pub(crate) fn clinic_reading(words: &[&str], input: &[u8]) -> Ran {
    let mut program = program();
    program.args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = program.spawn().expect("the program starts");
    let mut stdin = child.stdin.take().expect("its input is a pipe");
    let input = input.to_vec();
    // It may stop reading before the end: that is its answer, not an error of this writer.
    let writer = std::thread::spawn(move || stdin.write_all(&input).is_ok());
    let output = child.wait_with_output().expect("it ends");
    writer.join().expect("the writer ends");
    ran(output)
}

pub(crate) fn ran(output: Output) -> Ran {
    Ran {
        code: output.status.code().expect("it ends by itself"),
        out: String::from_utf8(output.stdout).expect("its output is UTF-8"),
        err: String::from_utf8(output.stderr).expect("its errors are UTF-8"),
    }
}

/// Plays a day and shows what `words` ask for.
pub(crate) fn clinic_of_day(words: &[&str], day: &str) -> Ran {
    let words: Vec<&str> = words.iter().copied().chain(["--day", "-"]).collect();
    clinic_reading(&words, day.as_bytes())
}

/// A file of this crate.
pub(crate) fn path(of: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(of)
}

/// What a file of this crate says.
pub(crate) fn read(of: &str) -> String {
    let path = path(of);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A clinic that is founded at nine, with Ada, its owner, and Reception, where Rita serves.
pub(crate) const FOUNDED: &str = r#"
{"at":"2026-03-02T09:00:00+01:00","by":"host","do":"found-clinic","name":"Harbour Clinic","zone":"Europe/Berlin","owner":{"handle":"ada","name":"Ada Okafor"}}
{"by":"member:ada","do":"add-member","handle":"rita","name":"Rita Brandt"}
{"by":"member:ada","do":"open-room","handle":"reception","name":"Reception","slug":"front-desk"}
{"by":"member:ada","do":"assign-member","room":"reception","member":"rita"}
{"do":"connect","member":"rita"}
"#;

/// The founded clinic, and then these lines. Their first one is line 7.
pub(crate) fn day(lines: &str) -> String {
    format!("{}{lines}", FOUNDED.trim_start())
}
