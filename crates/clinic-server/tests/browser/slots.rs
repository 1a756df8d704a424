//! How many tests run at once. Tests of one binary are threads of a process or processes of their own, as whoever
//! runs them likes: a lock on a file is seen by both, and is gone with whoever held it.

use std::fs::{self, File};
use std::path::Path;

use crate::limits::SLOTS;

/// A test's right to run, until it is dropped.
#[derive(Debug)]
pub(crate) struct Slot {
    _held: Vec<File>,
}

/// Waits until few enough others run.
pub(crate) fn one() -> Slot {
    let _turn = turn();
    let mut slots: Vec<File> = (0..SLOTS).map(|number| file(&format!("slot-{number}"))).collect();
    let free = slots.iter().position(|slot| slot.try_lock().is_ok());
    let slot = slots.swap_remove(free.unwrap_or(0));
    if free.is_none() {
        slot.lock().expect("it can be waited for");
    }
    Slot { _held: vec![slot] }
}

/// Waits until nobody else runs: for what is measured.
pub(crate) fn all() -> Slot {
    let _turn = turn();
    let slots: Vec<File> = (0..SLOTS).map(|number| file(&format!("slot-{number}"))).collect();
    for slot in &slots {
        slot.lock().expect("it can be waited for");
    }
    Slot { _held: slots }
}

/// Who waits, waits in line: so nobody who wants all the slots is passed over for ever.
fn turn() -> File {
    let turn = file("turn");
    turn.lock().expect("it can be waited for");
    turn
}

fn file(name: &str) -> File {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("browser");
    fs::create_dir_all(&folder).expect("a folder");
    let file = File::options().create(true).append(true).open(folder.join(name));
    file.expect("a file to lock")
}
