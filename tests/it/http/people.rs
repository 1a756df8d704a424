//! Accounts, sessions, invitations and tokens, as browsers see them.

mod access;
pub(super) mod browser;
mod invitations;
mod passwords;
mod patients;
mod sessions;
mod sign_in;
