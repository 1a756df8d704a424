//! Where days come from, and how a file becomes lines: bounded, UTF-8, without NUL.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::problem::Problems;
use crate::failure::Failure;
use crate::limits;

/// The demo's day.
pub(crate) const DEMO: &str = include_str!("../demo.jsonl");

/// Reads a file, or standard input for `-`. Returns what to call it, too.
pub(crate) fn read_file(path: &Path) -> Result<(String, Vec<u8>), Failure> {
    let stdin = path.as_os_str() == "-";
    let name = if stdin { "stdin".to_owned() } else { path.display().to_string() };
    let read = if stdin { bounded(io::stdin().lock()) } else { File::open(path).and_then(bounded) };
    let bytes = read.map_err(|error| Failure::Usage(format!("{name}: cannot be read: {error}")))?;
    if bytes.len() > limits::FILE_BYTES {
        let limit = limits::FILE_BYTES;
        let said = format!("{name}: is more than {limit} bytes long, which is the most allowed");
        return Err(Failure::Usage(said));
    }
    Ok((name, bytes))
}

/// All of it, or a byte more than is allowed.
fn bounded(from: impl Read) -> io::Result<Vec<u8>> {
    let most = u64::try_from(limits::FILE_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = vec![];
    from.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The lines that hold commands, by number. Blank lines and comments are passed over.
pub(super) fn lines<'a>(bytes: &'a [u8], problems: &mut Problems) -> Vec<(usize, &'a str)> {
    let bytes = bytes.strip_prefix("\u{FEFF}".as_bytes()).unwrap_or(bytes);
    let mut lines = vec![];
    for (number, line) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
        let (found, limit) = (line.len(), limits::LINE_BYTES);
        if found > limit {
            problems.line(number, format!("is {found} bytes long, at most {limit} are allowed"));
            continue;
        }
        match std::str::from_utf8(line) {
            Err(error) => {
                let column = error.valid_up_to() + 1;
                problems.line(number, format!("is not valid UTF-8 from byte {column} on"));
            }
            Ok(text) if text.contains('\0') => problems.line(number, "holds a NUL character"),
            Ok(text) => match text.trim() {
                "" => {}
                text if text.starts_with('#') => {}
                text => lines.push((number, text)),
            },
        }
    }
    let (found, limit) = (lines.len(), limits::LINES);
    if let Some((number, _)) = lines.get(limit) {
        let said = format!("is too many: {found} lines with commands, at most {limit} are allowed");
        problems.line(*number, said);
        lines.truncate(limit);
    }
    lines
}
