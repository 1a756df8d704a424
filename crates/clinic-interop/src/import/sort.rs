//! Sorting what is larger than the memory: sorted runs in temporary files, merged.
//!
//! A run is a file of JSON lines without a name, so nothing of it outlives the process. Whenever as
//! many runs of one level have gathered as may be merged at once, they become one run of the next
//! level: each item is rewritten once a level, and the open files stay few.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Seek, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::limits;

type Order<T> = fn(&T, &T) -> Ordering;

/// Takes items in any order.
pub(super) struct Sort<T> {
    order: Order<T>,
    /// The beginning of a run.
    held: Vec<T>,
    levels: Vec<Vec<File>>,
}

/// Gives them back in order, as often as it is asked.
pub(super) struct Sorted<T> {
    order: Order<T>,
    runs: Vec<File>,
}

impl<T: Serialize + DeserializeOwned> Sort<T> {
    /// Sorts by an order in which no two items are equal.
    pub(super) fn by(order: Order<T>) -> Self {
        Self { order, held: vec![], levels: vec![] }
    }

    pub(super) fn push(&mut self, item: T) -> io::Result<()> {
        self.held.push(item);
        if self.held.len() < limits::RUN_ROWS { Ok(()) } else { self.spill() }
    }

    pub(super) fn sorted(mut self) -> io::Result<Sorted<T>> {
        self.spill()?;
        Ok(Sorted { order: self.order, runs: self.levels.into_iter().flatten().collect() })
    }

    fn spill(&mut self) -> io::Result<()> {
        self.held.sort_unstable_by(self.order);
        let run = written(self.held.drain(..).map(Ok))?;
        self.put(run, 0)
    }

    fn put(&mut self, run: File, level: usize) -> io::Result<()> {
        if self.levels.len() <= level {
            self.levels.push(vec![]);
        }
        self.levels[level].push(run);
        if self.levels[level].len() < limits::RUNS {
            return Ok(());
        }
        let runs = std::mem::take(&mut self.levels[level]);
        let merged = written(Sorted { order: self.order, runs }.items()?)?;
        self.put(merged, level + 1)
    }
}

fn written<T: Serialize>(items: impl Iterator<Item = io::Result<T>>) -> io::Result<File> {
    let mut run = BufWriter::new(tempfile::tempfile()?);
    for item in items {
        serde_json::to_writer(&mut run, &item?)?;
        run.write_all(b"\n")?;
    }
    run.into_inner().map_err(io::IntoInnerError::into_error)
}

impl<T: DeserializeOwned> Sorted<T> {
    /// All items, from the first.
    pub(super) fn items(&mut self) -> io::Result<Merge<'_, T>> {
        let mut merge = Merge { runs: vec![], next: BinaryHeap::new(), line: vec![] };
        for (run, file) in self.runs.iter_mut().enumerate() {
            file.rewind()?;
            merge.runs.push(BufReader::new(&*file));
            merge.advance(run, self.order)?;
        }
        Ok(merge)
    }
}

/// The items of several runs, the first one first.
pub(super) struct Merge<'r, T> {
    runs: Vec<BufReader<&'r File>>,
    next: BinaryHeap<First<T>>,
    line: Vec<u8>,
}

/// The first item of a run that has not been given.
struct First<T> {
    item: T,
    run: usize,
    order: Order<T>,
}

impl<T: DeserializeOwned> Merge<'_, T> {
    fn advance(&mut self, run: usize, order: Order<T>) -> io::Result<()> {
        self.line.clear();
        if self.runs[run].read_until(b'\n', &mut self.line)? > 0 {
            let item = serde_json::from_slice(&self.line)?;
            self.next.push(First { item, run, order });
        }
        Ok(())
    }
}

impl<T: DeserializeOwned> Iterator for Merge<'_, T> {
    type Item = io::Result<T>;

    fn next(&mut self) -> Option<io::Result<T>> {
        let First { item, run, order } = self.next.pop()?;
        Some(self.advance(run, order).map(|()| item))
    }
}

// A heap gives its greatest, so the order is turned around.

impl<T> Ord for First<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.order)(&other.item, &self.item)
    }
}

impl<T> PartialOrd for First<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> PartialEq for First<T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<T> Eq for First<T> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_does_not_fit_is_sorted_in_runs_and_the_runs_stay_few() {
        let rows = u32::try_from(limits::RUN_ROWS * (limits::RUNS + 2) + 7).unwrap();
        let mut sort = Sort::by(u32::cmp);
        for n in 0..rows {
            // Odd, so it reaches every number below 2^32 once.
            sort.push(n.wrapping_mul(0x9e37_79b1)).unwrap();
            assert!(sort.held.len() < limits::RUN_ROWS);
            assert!(sort.levels.iter().all(|runs| runs.len() < limits::RUNS));
        }
        let mut sorted = sort.sorted().unwrap();
        assert_eq!(sorted.runs.len(), 1 + 3);
        let mut expected: Vec<u32> = (0..rows).map(|n| n.wrapping_mul(0x9e37_79b1)).collect();
        expected.sort_unstable();
        for _ in 0..2 {
            let items: io::Result<Vec<u32>> = sorted.items().unwrap().collect();
            assert!(items.unwrap() == expected, "the same, as often as it is asked");
        }
    }
}
