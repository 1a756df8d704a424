//! Locks that are no rows: whoever changes what belongs together holds one until its transaction ends.
//!
//! They are numbers to Postgres, in a space for each purpose. Two things that share a number by chance
//! wait for each other once in a while, and nothing else.

use uuid::Uuid;

/// The tables: of many nodes that start at once one changes them: "clog".
pub(crate) const MIGRATING: i64 = 0x636c_6f67;
/// The names of clinics and of those who sign in: one process founds at a time: "cfnd".
pub(crate) const FOUNDING: i64 = 0x6366_6e64;
/// What a member signs in with, row by row in several tables: "clme".
pub(crate) const MEMBER: i32 = 0x636c_6d65;
/// The numbering of a clinic's part of the access log: "clac".
pub(crate) const ACCESS: i32 = 0x636c_6163;
/// The key store: who makes its tables, opens it or rotates its operator key: "clky".
pub(crate) const KEYS: i64 = 0x636c_6b79;

/// The number of something in its space.
pub(crate) fn number(ids: &[Uuid]) -> i32 {
    let parts = ids.iter().flat_map(|id| {
        let whole = id.as_u128();
        [0, 32, 64, 96].map(|shift| u32::try_from(whole >> shift & 0xffff_ffff).unwrap_or(0))
    });
    parts.fold(0, |sum: u32, part| sum.rotate_left(1) ^ part).cast_signed()
}
