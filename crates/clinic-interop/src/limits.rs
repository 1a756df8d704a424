//! Every limit of imports, with its reason. The rules' own are in the domain's file of that name.

/// The text of one record, in bytes: a thousand columns of a wide export fit, a file that is no CSV
/// is noticed before it fills the memory.
pub const RECORD_BYTES: usize = 64 * 1024;
/// Columns of a file: the widest exports have hundreds.
pub const COLUMNS: usize = 1_024;
/// The first year of a row. A log's time begins with 1970 in UTC, so no local time of this year lies
/// before it; dates that are meant to be none (0001, 1900) do.
pub const FIRST_YEAR: i32 = 1971;
/// The last one: dates moved to hide persons lie a few centuries ahead, "never" lies beyond.
pub const LAST_YEAR: i32 = 2999;

/// Rows sorted in memory at once: a few megabytes, and at most some thirty.
pub const RUN_ROWS: usize = 20_000;
/// Runs merged at once: so many files are open for each sort and level, far below what a process may
/// open.
pub const RUNS: usize = 32;
/// Events appended at once: a commit is shared by hundreds of rows, and a batch stays small.
pub const BATCH: usize = 1_000;
/// Rows between two words about progress.
pub const PROGRESS_ROWS: u64 = 1_000;

/// Characters of a value of the file that a message repeats: enough to find it.
pub const SHOWN_CHARS: usize = 60;
/// Characters of a header that a message repeats: a screen of column names.
pub const HEADER_CHARS: usize = 600;
