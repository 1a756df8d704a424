//! The operator's key in its file, which its operator keeps away from everything that it opens. Which store
//! it belongs to is of no matter here: stores of every kind have theirs in such a file.
//!
//! A rotation has three steps, and a crash may come between any two: the next key is written beside the
//! present one; the store has all keys wrapped anew, at once; the next key's file takes the present one's
//! name. The store says at every moment which of the two it needs, so whoever opens it next finishes or
//! undoes what was begun.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use clinic_engine::wrapping::{OperatorKey, Print};
use zeroize::Zeroizing;

use crate::beside::{self, FileError};
use crate::limits;

const WHAT: &str = "operator key";

/// Where the operator's key is, unless its operator says otherwise: `clinic.operator.key` beside
/// `clinic.db`.
#[must_use]
pub fn path_beside(log: &Path) -> PathBuf {
    beside::beside(log, "operator.key")
}

/// The file that a link leads to: the next key must not land in the folder of the link.
#[must_use]
pub fn real(key_file: &Path) -> PathBuf {
    key_file.canonicalize().unwrap_or_else(|_| key_file.to_owned())
}

/// Reads a key from its file.
///
/// # Errors
/// If the file is not there, is readable by others than its owner, or holds no such key.
pub fn load(path: &Path) -> Result<OperatorKey, FileError> {
    let malformed = |why: String| FileError::Foreign { path: path.to_owned(), what: WHAT, why };
    let file = File::open(path).map_err(|error| FileError::io(path, &error))?;
    beside::only_its_owners(path, &file)?;
    // As large as it can get, so that no copy is left behind by a text that grew.
    let mut text = Zeroizing::new(Vec::with_capacity(limits::OPERATOR_KEY_FILE + 1));
    let mut file = file.take(limits::OPERATOR_KEY_FILE as u64 + 1);
    file.read_to_end(&mut text).map_err(|error| FileError::io(path, &error))?;
    if text.len() > limits::OPERATOR_KEY_FILE {
        return Err(malformed("it is too long".to_owned()));
    }
    OperatorKey::read(&text).map_err(|why| malformed(why.to_string()))
}

/// Keeps a key in a new file, on the disk when this returns, readable by its owner only.
///
/// # Errors
/// If the file cannot be written.
pub fn keep(path: &Path, key: &OperatorKey) -> Result<(), FileError> {
    beside::write_private(path, &key.text())
}

/// Makes the next operator's key and keeps it beside the present one, until the store has taken it.
///
/// # Errors
/// If the file cannot be written.
pub fn keep_next(key_file: &Path) -> Result<OperatorKey, FileError> {
    let next = OperatorKey::random().map_err(|error| FileError::failed(key_file, &error))?;
    keep(&next_to(key_file), &next)?;
    Ok(next)
}

/// The operator's key with this print, and leaves exactly that one behind: `None` if it is not there. A new
/// store, which has no print yet, takes the one that is there or else a new one. Nobody may be rotating.
///
/// # Errors
/// If a file is exposed or damaged, or cannot be written.
pub fn settle(key_file: &Path, print: Option<Print>) -> Result<Option<OperatorKey>, FileError> {
    let Some(print) = print else { return load_or_make(key_file).map(Some) };
    let next_file = next_to(key_file);
    let fits = |file: &Path| there(file).map(|key| key.filter(|key| key.print() == print));
    if let Some(present) = fits(key_file)? {
        beside::remove(&next_file)?;
        return Ok(Some(present));
    }
    let next = fits(&next_file)?;
    if next.is_some() {
        beside::rename(&next_file, key_file)?;
    }
    Ok(next)
}

/// The operator's key with this print, if no rotation is under way or was broken off.
pub(crate) fn undisputed(key_file: &Path, print: Print) -> Result<Option<OperatorKey>, FileError> {
    if next_to(key_file).exists() {
        return Ok(None);
    }
    there(key_file).map(|key| key.filter(|key| key.print() == print))
}

/// Where the next operator's key waits for its turn.
fn next_to(key_file: &Path) -> PathBuf {
    beside::with_suffix(key_file, ".next")
}

fn there(key_file: &Path) -> Result<Option<OperatorKey>, FileError> {
    match load(key_file) {
        Ok(key) => Ok(Some(key)),
        Err(FileError::Missing { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

fn load_or_make(key_file: &Path) -> Result<OperatorKey, FileError> {
    if let Some(key) = there(key_file)? {
        return Ok(key);
    }
    let key = OperatorKey::random().map_err(|error| FileError::failed(key_file, &error))?;
    keep(key_file, &key)?;
    Ok(key)
}
