//! The file that the keys of visits are kept in, wrapped.
//!
//! A key stays in its place from its first day to its last: rows are added at the end and changed
//! only by bytes of the same number, so SQLite never moves one and never leaves an old copy of it in
//! a page. The number of its row is the beginning of its id, so there is no index to search; but for a key
//! that another store made, whose row is found by its id.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clinic_engine::ports::{KeyError, KeyId, LogError, VisitKey};
use clinic_engine::wrapping::{WRAPPED, Wrapper};
use rusqlite::{Connection, OptionalExtension as _, Row};
use uuid::Builder;

use super::operator::{same_operator, settle};
use super::{KeysError, Trouble};
use crate::beside::{Form, immediate};
use crate::limits;

pub(super) const FORM: Form = Form {
    what: "key store",
    application_id: 0x636c_6b79, // "clky"
    steps: &[
        "
        -- Whose operator's key the keys are wrapped with: one row.
        CREATE TABLE operator (one INTEGER PRIMARY KEY CHECK (one = 1), print BLOB NOT NULL) STRICT;
        -- A key that has been destroyed is all zeros.
        CREATE TABLE keys (
            n INTEGER PRIMARY KEY, id BLOB NOT NULL, wrapped BLOB NOT NULL
        ) STRICT;
        -- When that was, by the clock of the machine. Nothing rests on it.
        CREATE TABLE destroyed (n INTEGER PRIMARY KEY, at TEXT NOT NULL) STRICT;
        ",
        "
        -- Keys that another store made: their ids do not say where they are here. No key is in this
        -- table, for its rows move.
        CREATE TABLE elsewhere (id BLOB NOT NULL PRIMARY KEY, n INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        ",
    ],
    settings: "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;",
};

pub(super) const GONE: [u8; WRAPPED] = [0; WRAPPED];
const INSERT: &str = "INSERT INTO keys (n, id, wrapped) VALUES (?, ?, ?)";
const DESTROYED: &str = "INSERT OR IGNORE INTO destroyed VALUES (?, strftime('%FT%TZ', 'now'))";

/// A key store, open.
pub(super) struct Shelf {
    db: Connection,
    path: PathBuf,
    wrapper: Wrapper,
}

impl Shelf {
    /// Opens or makes a key store. A new one takes the operator's key that is in `key_file`, or
    /// makes that as well; one that has keys takes the operator's key that it knows and no other.
    pub(super) fn open(store: &Path, key_file: &Path) -> Result<Self, KeysError> {
        let mut db = FORM.open(store)?;
        let wrapper = Wrapper::new(&settle(&mut db, store, key_file)?);
        Ok(Self { db, path: store.to_owned(), wrapper })
    }

    /// Makes keys, on the disk when this returns.
    pub(super) fn make(&mut self, count: usize) -> Result<Vec<(KeyId, VisitKey)>, LogError> {
        let made = self.try_make(count);
        made.map_err(|why| self.failed("no keys can be made", &why))
    }

    fn try_make(&mut self, count: usize) -> Result<Vec<(KeyId, VisitKey)>, Trouble> {
        let tx = immediate(&mut self.db)?;
        same_operator(&tx, self.wrapper.print())?;
        let last = last_row(&tx)?;
        let mut insert = tx.prepare_cached(INSERT)?;
        let mut made = Vec::with_capacity(count);
        for n in (last + 1..).take(count) {
            let (id, key) = (new_id(n)?, VisitKey::random()?);
            let wrapped = self.wrapper.wrap(id, &key)?;
            insert.execute((n, id.0.as_bytes(), wrapped))?;
            made.push((id, key));
        }
        drop(insert);
        tx.commit()?;
        Ok(made)
    }

    /// A key; `None` if it has been destroyed.
    pub(super) fn key(&self, id: KeyId) -> Result<Option<VisitKey>, KeyError> {
        match self.wrapped(id) {
            Ok(None) => Err(KeyError::Unknown(id)),
            Ok(Some(GONE)) => Ok(None),
            Ok(Some(wrapped)) => self.wrapper.unwrap(id, &wrapped).map(Some).ok_or_else(|| {
                // Either this row was changed by hand, or all of them by a rotation elsewhere.
                let why = same_operator(&self.db, self.wrapper.print()).err();
                let why = why.unwrap_or_else(|| "it was changed in the store".into());
                self.failed(&format!("key {} cannot be unwrapped", id.0), &why).into()
            }),
            Err(error) => Err(self.failed("keys cannot be read", &error.into()).into()),
        }
    }

    fn wrapped(&self, id: KeyId) -> rusqlite::Result<Option<[u8; WRAPPED]>> {
        Ok(find(&self.db, id)?.map(|(_, wrapped)| wrapped))
    }

    /// Keeps keys of another store as they are, those that it has destroyed too. What is here already stays.
    pub(super) fn keep(&mut self, keys: &[(KeyId, Option<VisitKey>)]) -> Result<(), LogError> {
        let kept = self.try_keep(keys);
        kept.map_err(|why| self.failed("the keys of another store cannot be kept", &why))
    }

    fn try_keep(&mut self, keys: &[(KeyId, Option<VisitKey>)]) -> Result<(), Trouble> {
        let tx = immediate(&mut self.db)?;
        same_operator(&tx, self.wrapper.print())?;
        let mut last = last_row(&tx)?;
        for (id, key) in keys {
            if let Some((_, here)) = find(&tx, *id)? {
                // What was destroyed here stays destroyed, whatever another store still has.
                let same = |key: &VisitKey| self.wrapper.holds(*id, &here, key);
                if here != GONE && !key.as_ref().is_some_and(same) {
                    return Err(format!("{} is another key here", id.0).into());
                }
                continue;
            }
            last += 1;
            let wrapped = key.as_ref().map_or(Ok(GONE), |key| self.wrapper.wrap(*id, key))?;
            tx.prepare_cached(INSERT)?.execute((last, id.0.as_bytes(), wrapped))?;
            let elsewhere = "INSERT INTO elsewhere (id, n) VALUES (?, ?)";
            tx.prepare_cached(elsewhere)?.execute((id.0.as_bytes(), last))?;
            if key.is_none() {
                tx.prepare_cached(DESTROYED)?.execute([last])?;
            }
        }
        Ok(tx.commit()?)
    }

    /// Destroys a key and leaves no copy of it in this store's files.
    pub(super) fn destroy(&mut self, id: KeyId) -> Result<(), KeyError> {
        match self.try_destroy(id) {
            Ok(true) => Ok(()),
            Ok(false) => Err(KeyError::Unknown(id)),
            Err(why) => Err(self.failed("a key may not be destroyed yet: try again", &why).into()),
        }
    }

    fn try_destroy(&mut self, id: KeyId) -> Result<bool, Trouble> {
        let tx = immediate(&mut self.db)?;
        let known = find(&tx, id)?;
        if let Some((n, _)) = known {
            tx.execute("UPDATE keys SET wrapped = ? WHERE n = ?", (GONE, n))?;
            tx.execute(DESTROYED, [n])?;
        }
        tx.commit()?;
        clear_wal(&self.db, limits::WAL_WAIT)?;
        Ok(known.is_some())
    }

    fn failed(&self, what: &str, why: &Trouble) -> LogError {
        LogError::Failed(format!("{}: {what}: {why}", self.path.display()))
    }
}

/// Moves what is in the write-ahead log to its place and empties it, and waits so long for those
/// who read.
pub(super) fn clear_wal(db: &Connection, wait: Duration) -> Result<(), Trouble> {
    db.busy_timeout(wait)?;
    let busy = db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, bool>(0));
    db.busy_timeout(limits::BUSY_WAIT)?;
    if busy? {
        return Err("somebody reads the key store, so its write-ahead log has old copies".into());
    }
    Ok(())
}

/// Random bytes.
pub(super) fn random<const N: usize>() -> Result<[u8; N], Trouble> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| format!("no randomness: {error}"))?;
    Ok(bytes)
}

/// The number of a key's row, and behind it chance: a store that is put back from a backup makes
/// other ids than those that were lost.
fn new_id(n: u64) -> Result<KeyId, Trouble> {
    let mut bytes: [u8; 16] = random()?;
    bytes[..6].copy_from_slice(&n.to_be_bytes()[2..]);
    Ok(KeyId(Builder::from_custom_bytes(bytes).into_uuid()))
}

fn last_row(db: &Connection) -> rusqlite::Result<u64> {
    db.query_row("SELECT coalesce(max(n), 0) FROM keys", [], |row| row.get(0))
}

/// The row of a key, and what is in it.
fn find(db: &Connection, id: KeyId) -> rusqlite::Result<Option<(u64, [u8; WRAPPED])>> {
    let own = "SELECT n, wrapped FROM keys WHERE n = ? AND id = ?";
    let row = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let found = db.prepare_cached(own)?.query_row((row_of(id), id.0.as_bytes()), row);
    if let Some(found) = found.optional()? {
        return Ok(Some(found));
    }
    let other = "SELECT n, wrapped FROM elsewhere JOIN keys USING (n) WHERE elsewhere.id = ?";
    db.prepare_cached(other)?.query_row((id.0.as_bytes(),), row).optional()
}

fn row_of(KeyId(id): KeyId) -> u64 {
    id.as_bytes()[..6].iter().fold(0, |n, byte| n << 8 | u64::from(*byte))
}
