//! The lock that keeps a second writing process out. It belongs to the open file, so it is gone when
//! the process is, however that ended.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use crate::FileError;
use crate::beside::{self, with_suffix};
use crate::error::OpenError;

/// A log locked against other writers, until this is dropped.
#[derive(Debug)]
pub(crate) struct LogLock {
    _file: File,
}

impl LogLock {
    /// Locks the log at `path`, whether or not it is there yet; its folder is made.
    pub(crate) fn take(path: &Path) -> Result<Self, OpenError> {
        let folder = beside::folder(path);
        if !folder.is_dir() {
            let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
            made.map_err(|error| FileError::failed(folder, &error))?;
            // Or a power cut might take the folder away with all that is synced in it.
            beside::sync_folder(folder)?;
        }
        let lock = with_suffix(path, ".lock");
        let failed = |error| FileError::failed(&lock, &error);
        let mut options = fs::OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let mut file = options.open(&lock).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(OpenError::InUse { path: path.to_owned(), pid: holder(&mut file) });
            }
            Err(TryLockError::Error(error)) => return Err(failed(error).into()),
        }
        // Whoever is refused is told by whom.
        file.set_len(0).map_err(failed)?;
        writeln!(file, "{}", std::process::id()).map_err(failed)?;
        Ok(Self { _file: file })
    }
}

fn holder(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.take(32).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}
