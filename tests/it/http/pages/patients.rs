//! What patients open: the door and its check-in, and the waiting room.

mod check_in;
mod clinics;
mod door;
mod waiting_room;

use super::html::Opened;

/// Whether somebody can check in here.
fn takes(page: &Opened) -> bool {
    page.forms().iter().any(|form| form.button == "Check in")
}
