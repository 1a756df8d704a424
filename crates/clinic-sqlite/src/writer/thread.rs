//! The writer's thread: it takes whatever waits into one transaction, commits, and answers.

use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError};
use std::time::{Duration, Instant};

use clinic_engine::ports::{AppendError, LogError};
use rusqlite::Connection;

use super::store::{CommitError, Refused, Store};
use super::{Job, Stopped, Work, Write};
use crate::beside::with_suffix;
use crate::error::told;
use crate::head_file::Reach;
use crate::limits;

/// What the thread works with.
pub(crate) struct WriterThread<'db> {
    pub(crate) path: &'db Path,
    pub(crate) store: Store<'db>,
    stopped: Stopped,
    /// How many shared the last commit: as many are likely to come again.
    regulars: usize,
    /// Pages written since the last checkpoint, estimated.
    pages: usize,
    /// Since when the head file is behind the log.
    behind: Option<Instant>,
}

/// Runs until everybody who could send a job is gone, or somebody says close.
pub(super) fn run(
    path: &Path,
    db: Connection,
    stopped: Stopped,
    jobs: &Receiver<Job>,
    ready: &Sender<()>,
) -> Result<(), LogError> {
    let finished = {
        let store = Store::new(&db).map_err(|fault| fault.told(path))?;
        let mut thread = WriterThread { path, store, stopped, regulars: 1, pages: 0, behind: None };
        // A log that was not closed is finished now, before anything is added.
        thread.finish()?;
        let _gone = ready.send(());
        thread.serve(jobs);
        thread.finish().map_err(|error| {
            let why = error.why();
            LogError::Failed(format!(
                "everything is stored, but the log could not be tidied up: {why}"
            ))
        })
    };
    let closed = db.close().map_err(|(_, error)| told(path, &error));
    finished.and(closed)
}

/// Gives the next write of a group, when so many have been taken; `None` ends the group.
type Rest<'r> = &'r mut dyn FnMut(usize) -> Option<Write>;

impl WriterThread<'_> {
    fn serve(&mut self, jobs: &Receiver<Job>) {
        let mut next = self.next(jobs);
        while let Some(job) = next.take() {
            match job {
                Job::Write(first) => next = self.write(first, jobs),
                Job::Alone(work) => work(self),
                Job::Close => return,
            }
            self.tend();
            next = next.or_else(|| self.next(jobs));
        }
    }

    /// The next job. While none comes, the head file catches up.
    fn next(&mut self, jobs: &Receiver<Job>) -> Option<Job> {
        if let Some(job) = look(jobs, limits::SPIN) {
            return Some(job);
        }
        loop {
            let Some(behind) = self.behind else { return jobs.recv().ok() };
            let left = limits::HEAD_FILE_EVERY.saturating_sub(behind.elapsed());
            match jobs.recv_timeout(left) {
                Ok(job) => return Some(job),
                Err(RecvTimeoutError::Timeout) => self.tend(),
                Err(RecvTimeoutError::Disconnected) => return None,
            }
        }
    }

    /// Commits a write together with whatever else waits, or comes at once. Gives back a job of
    /// another kind that ended the group.
    fn write(&mut self, first: Write, jobs: &Receiver<Job>) -> Option<Job> {
        let (began, regulars) = (now(), self.regulars);
        let mut other = None;
        self.commit(first, &mut |taken| {
            let job = match jobs.try_recv() {
                Ok(job) => job,
                Err(TryRecvError::Empty) if taken < regulars => {
                    look(jobs, limits::GATHER.saturating_sub(began.elapsed()))?
                }
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => return None,
            };
            match job {
                Job::Write(write) => Some(write),
                Job::Alone(_) | Job::Close => {
                    other = Some(job);
                    None
                }
            }
        });
        other
    }

    /// Commits a group and answers each of it. An error of one is nobody else's: the group is undone
    /// then, and each is tried alone.
    fn commit(&mut self, first: Write, rest: Rest<'_>) {
        if let Err(error) = self.begin() {
            return first.answer(Err(error.into()));
        }
        let mut group = vec![];
        match self.take_all(first, rest, &mut group) {
            Ok(()) => {
                self.regulars = group.len();
                for (write, verdict) in group {
                    write.answer(verdict);
                }
            }
            Err(CommitError::RolledBack(_)) if group.len() > 1 => {
                for (write, _) in group {
                    self.commit(write, &mut |_| None);
                }
            }
            Err(error) => {
                let failed = self.failed(error);
                for (write, _) in group {
                    // A refusal, too, may rest on an event that is in doubt.
                    write.answer(Err(failed.clone()));
                }
            }
        }
    }

    /// Takes a group into the open transaction and commits it. Each verdict holds if that succeeds.
    fn take_all(
        &mut self,
        first: Write,
        rest: Rest<'_>,
        group: &mut Vec<(Write, Verdict)>,
    ) -> Result<(), CommitError> {
        let mut events = 0;
        let mut next = Some(first);
        while let Some(write) = next {
            match self.store.take(&write.work) {
                Ok(brought) => {
                    events += brought;
                    group.push((write, Ok(())));
                }
                Err(Refused::Untouched(error)) => group.push((write, Err(error))),
                Err(Refused::Halfway(fault)) => {
                    self.store.roll_back();
                    group.push((write, Ok(())));
                    return Err(CommitError::RolledBack(fault));
                }
            }
            next = if group.len() < limits::GROUP { rest(group.len()) } else { None };
        }
        self.commit_open(events)
    }

    /// Takes one piece of work into the open transaction, or rolls all of it back.
    pub(crate) fn take_one(&mut self, work: &Work) -> Result<usize, AppendError> {
        self.store.take(work).map_err(|refused| {
            self.store.roll_back();
            match refused {
                Refused::Untouched(error) => error,
                Refused::Halfway(fault) => fault.told(self.path).into(),
            }
        })
    }

    /// Begins a transaction, unless the writer has stopped.
    pub(crate) fn begin(&mut self) -> Result<(), LogError> {
        if let Some(why) = self.stopped.get() {
            return Err(why.clone());
        }
        self.store.begin().map_err(|fault| fault.told(self.path))
    }

    /// Commits the open transaction, which holds so many new events.
    pub(crate) fn commit_open(&mut self, events: usize) -> Result<(), CommitError> {
        self.store.commit()?;
        if events > 0 {
            // Each event changes about one page of its own; the rest is shared by the commit.
            self.pages += events + 3;
            self.behind.get_or_insert_with(now);
        }
        Ok(())
    }

    /// What whoever waits for a commit is told. After one in doubt the writer stops for good: it is
    /// not known what is on the disk, so nothing may follow it.
    pub(crate) fn failed(&self, error: CommitError) -> AppendError {
        let fault = match error {
            CommitError::RolledBack(fault) => return fault.told(self.path).into(),
            CommitError::InDoubt(fault) => fault,
        };
        let why = LogError::Failed(format!(
            "{}; nobody can say whether the last events are stored, so this log takes no more. \
             Start again when the disk is well: what is on it is read anew then",
            fault.told(self.path).why()
        ));
        AppendError::InDoubt(self.stopped.get_or_init(|| why).why().to_owned())
    }

    /// What is done between two commits, when it is time.
    pub(crate) fn tend(&mut self) {
        if self.pages >= limits::CHECKPOINT_PAGES {
            self.pages = 0;
            // What fails is tried again with the next: the write-ahead log holds it all meanwhile.
            let _later = self.checkpoint(false);
        }
        if self.behind.is_some_and(|behind| behind.elapsed() >= limits::HEAD_FILE_EVERY) {
            let _later = self.write_head_file();
            self.behind = self.behind.map(|_| now());
        }
    }

    /// Copies the write-ahead log into the main file; `wholly`: and empties it, waiting for readers.
    pub(crate) fn checkpoint(&self, wholly: bool) -> Result<(), LogError> {
        let wal = std::fs::metadata(with_suffix(self.path, "-wal")).map_or(0, |wal| wal.len());
        let checkpoint = || {
            if !wholly && wal < limits::WAL_BYTES {
                return self.store.pragma("wal_checkpoint(PASSIVE)");
            }
            self.store.db.busy_timeout(limits::WAL_WAIT)?;
            let emptied = self.store.pragma("wal_checkpoint(TRUNCATE)");
            self.store.db.busy_timeout(limits::BUSY_WAIT)?;
            emptied
        };
        checkpoint().map(|_| ()).map_err(|error| told(self.path, &error))
    }

    /// Writes down how far the log reaches.
    fn write_head_file(&mut self) -> Result<(), LogError> {
        let reach = Reach::of(self.store.db).map_err(|fault| fault.told(self.path))?;
        reach.write(self.path)?;
        self.behind = None;
        Ok(())
    }

    fn finish(&mut self) -> Result<(), LogError> {
        self.checkpoint(true)?;
        self.write_head_file()
    }
}

/// What becomes of a write if its group is committed.
type Verdict = Result<(), AppendError>;

impl Write {
    fn answer(self, verdict: Verdict) {
        // Whoever waits for the head finds it free, and whoever has gone away needs no answer.
        drop(self.turn);
        let _gone = self.answer.send((verdict, self.work));
    }
}

/// A job that comes within a moment, awaited without giving up the core.
fn look(jobs: &Receiver<Job>, moment: Duration) -> Option<Job> {
    let began = now();
    loop {
        if let Ok(job) = jobs.try_recv() {
            return Some(job);
        }
        if began.elapsed() >= moment {
            return None;
        }
        std::hint::spin_loop();
    }
}

#[expect(clippy::disallowed_methods, reason = "how long something takes is no part of any event")]
fn now() -> Instant {
    Instant::now()
}
