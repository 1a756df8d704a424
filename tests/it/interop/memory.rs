//! Memory does not grow with the file. The machine's own figure for a process is taken of a process
//! that does nothing else: this test binary, started again for one test.

use std::fmt::Write;
use std::io::{self, Read};
use std::process::Command;

use clinic_interop::import::{Nowhere, Options};

use super::fixture::{HEADER, import_into, options};

const ROWS: &str = "CLINIC_IMPORT_ROWS";
/// More than one run of rows, so that whatever a run takes is taken by both.
const SOME: u64 = 25_000;
/// What the larger file may take more, in KiB: a buffer for each of its runs, and what the machine's
/// allocator leaves between them.
const MORE: u64 = 8 * 1024;

/// Rows made on the way: visits of four rows, a hundred of them inside at any time, out of order in
/// the file by a few hundred lines.
struct Made {
    rows: u64,
    next: u64,
    text: Vec<u8>,
    read: usize,
}

impl Made {
    fn line(&mut self) {
        let (group, row) = (self.next / 400, self.next % 400);
        // The rows of a hundred visits, each visit's together, each a quarter of a group apart.
        let (visit, step) = (group * 100 + row / 4, row % 4);
        let second = group * 4_000 + step * 1_000 + row / 4 * 10;
        let (day, second) = (second / 86_400, second % 86_400);
        let (year, month, day) = (1971 + day / 336, 1 + day / 28 % 12, 1 + day % 28);
        let (event, from, to) = [
            ("in", "", "Hall"),
            ("move", "Hall", "Lab"),
            ("move", "Lab", "Ward"),
            ("out", "Ward", ""),
        ][usize::try_from(step).unwrap()];
        let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
        self.text.clear();
        self.read = 0;
        let mut line = String::new();
        writeln!(
            line,
            "v{visit},p{visit},{event},{from},{to},{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"
        )
        .unwrap();
        self.text.extend_from_slice(line.as_bytes());
        self.next += 1;
    }
}

impl Read for Made {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.read == self.text.len() && self.next < self.rows {
            self.line();
        }
        let read = (&self.text[self.read..]).read(buffer)?;
        self.read += read;
        Ok(read)
    }
}

/// Only with a number of rows in its environment: imports so many and prints the most memory that
/// this process ever held.
#[tokio::test]
async fn imports_as_many_rows_as_it_is_told_and_prints_its_memory() {
    let Some(rows) = std::env::var(ROWS).ok().and_then(|rows| rows.parse().ok()) else { return };
    let made = Made { rows, next: 0, text: HEADER.as_bytes().to_vec(), read: 0 };
    let dry = Options { dry_run: true, ..options() };
    let (came, _) = import_into(made, &dry, Box::new(Nowhere)).await;
    let report = came.unwrap();
    assert_eq!((report.rows, report.granted, report.refused), (rows, rows, 0));
    assert_eq!(report.visits, rows / 4);
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    println!("PEAK {}", peak.trim().trim_end_matches(" kB"));
}

fn peak(rows: u64) -> u64 {
    let test = "interop::memory::imports_as_many_rows_as_it_is_told_and_prints_its_memory";
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(ROWS, rows.to_string())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let peak = said.lines().find_map(|line| line.split_once("PEAK ")).unwrap().1;
    peak.parse().unwrap()
}

#[test]
fn memory_does_not_grow_with_the_file() {
    let many = if std::env::var_os("CLINIC_LONG").is_some() { 1_000_000 } else { 75_000 };
    let (some, more) = (peak(SOME), peak(many));
    println!("{SOME} rows: {some} KiB; {many} rows: {more} KiB");
    assert!(more < some + MORE, "{SOME} rows take {some} KiB, {many} rows {more} KiB");
}
