//! Which operator's key a key store is wrapped with, and how another takes its place.

use std::path::Path;

use clinic_engine::ports::KeyId;
use clinic_engine::wrapping::{OperatorKey, Print, WRAPPED, Wrapper};
use rusqlite::{Connection, OptionalExtension as _, Transaction};
use uuid::Uuid;

use super::shelf::{FORM, GONE, clear_wal};
use super::{KeysError, Trouble};
use crate::beside::{FileError, immediate};
use crate::{limits, operator_key};

/// Finds the operator's key of a store, and leaves exactly that one behind: for a new store the one
/// that is there or else a new one, and for a store that a rotation left the one that it needs.
pub(super) fn settle(
    db: &mut Connection,
    store: &Path,
    key_file: &Path,
) -> Result<OperatorKey, KeysError> {
    let failed = |error: rusqlite::Error| FileError::failed(store, &error);
    if let Some(print) = print_of(db).map_err(failed)?
        && let Some(present) = operator_key::undisputed(key_file, print)?
    {
        return Ok(present);
    }
    // The write lock: whoever is rotating holds it for as long as both files are needed.
    let tx = immediate(db).map_err(failed)?;
    let print = print_of(&tx).map_err(failed)?;
    let Some(operator) = operator_key::settle(key_file, print)? else {
        let (store, lost) = (store.to_owned(), !key_file.exists());
        let key_file = key_file.to_owned();
        return Err(if lost {
            KeysError::NoOperatorKey { store, key_file }
        } else {
            KeysError::WrongOperatorKey { store, key_file }
        });
    };
    if print.is_none() {
        let insert = "INSERT INTO operator VALUES (1, ?)";
        tx.execute(insert, [operator.print().0]).map_err(failed)?;
        tx.commit().map_err(failed)?;
    }
    Ok(operator)
}

fn print_of(db: &Connection) -> rusqlite::Result<Option<Print>> {
    db.query_row("SELECT print FROM operator", [], |row| row.get(0).map(Print)).optional()
}

/// Whether the store is still wrapped with the operator's key that this process holds.
pub(super) fn same_operator(db: &Connection, print: Print) -> Result<(), Trouble> {
    if print_of(db)? == Some(print) {
        Ok(())
    } else {
        Err("another process has rotated the operator key: start anew".into())
    }
}

/// Makes a new operator's key and wraps every key of the store with it; `progress` is told how many
/// are done, of how many. Returns how many there were.
pub(super) fn rotate(
    store: &Path,
    key_file: &Path,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<u64, KeysError> {
    if !store.exists() {
        return Err(FileError::Missing { path: store.to_owned() }.into());
    }
    let key_file = &operator_key::real(key_file);
    let failed = |why: Trouble| FileError::failed(store, &why);
    let sql = |error: rusqlite::Error| FileError::failed(store, &error);
    let mut db = FORM.open(store)?;
    let present = Wrapper::new(&settle(&mut db, store, key_file)?);

    let tx = immediate(&mut db).map_err(sql)?;
    same_operator(&tx, present.print()).map_err(failed)?;
    let next = operator_key::keep_next(key_file)?;
    let done = rewrap(&tx, &present, &Wrapper::new(&next), progress).map_err(failed)?;
    tx.commit().map_err(sql)?;

    settle(&mut db, store, key_file)?;
    clear_wal(&db, limits::BUSY_WAIT).map_err(failed)?;
    Ok(done)
}

fn rewrap(
    tx: &Transaction<'_>,
    present: &Wrapper,
    next: &Wrapper,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<u64, Trouble> {
    let alive = "FROM keys WHERE wrapped <> ?";
    let all: u64 = tx.query_row(&format!("SELECT count(*) {alive}"), [GONE], |row| row.get(0))?;
    let page = format!("SELECT n, id, wrapped {alive} AND n > ? ORDER BY n LIMIT ?");
    let (mut page, mut last, mut done) = (tx.prepare(&page)?, 0_u64, 0_u64);
    let mut put = tx.prepare("UPDATE keys SET wrapped = ? WHERE n = ?")?;
    loop {
        progress(done, all);
        let rows = page.query_map((GONE, last, limits::KEYS_PER_PAGE), |row| {
            Ok((row.get(0)?, row.get::<_, [u8; 16]>(1)?, row.get::<_, [u8; WRAPPED]>(2)?))
        })?;
        let rows: Vec<(u64, _, _)> = rows.collect::<rusqlite::Result<_>>()?;
        let Some((end, ..)) = rows.last() else { break };
        last = *end;
        for (n, id, wrapped) in rows {
            let id = KeyId(Uuid::from_bytes(id));
            let key = present.unwrap(id, &wrapped);
            let key = key.ok_or_else(|| format!("key {} cannot be unwrapped", id.0))?;
            put.execute((next.wrap(id, &key)?, n))?;
            done += 1;
        }
    }
    tx.execute("UPDATE operator SET print = ?", [next.print().0])?;
    Ok(done)
}
