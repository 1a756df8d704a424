//! The one writer: a thread that owns the only writing connection. All who wait share one commit and
//! one sync, and nobody is answered before it returned.

pub(crate) mod batch;
mod store;
mod take;
mod thread;

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, mpsc};
use std::thread::JoinHandle;

use clinic_engine::ports::{AppendError, LogError};
use rusqlite::Connection;
use tokio::sync::{OwnedMutexGuard, oneshot};

use self::batch::{Append, Moved, Persist};
pub(crate) use self::thread::WriterThread;
use crate::readers::closed;
use crate::sync::lock;

/// A clinic's head, kept from all other writers.
pub(crate) type Turn = OwnedMutexGuard<()>;

/// Work that the writer does by itself, between two commits.
type Alone = Box<dyn FnOnce(&mut WriterThread<'_>) + Send>;

enum Job {
    Write(Write),
    Alone(Alone),
    Close,
}

/// Something to be committed, and whom to tell.
struct Write {
    work: Work,
    /// Kept until the answer, even if whoever asked has gone away.
    turn: Turn,
    /// The work goes back with the answer: memory is freed best where it was taken.
    answer: oneshot::Sender<(Result<(), AppendError>, Work)>,
}

pub(crate) enum Work {
    Append(Append),
    Persist(Persist),
    Moved(Moved),
}

/// The way to the writer's thread.
pub(crate) struct Writer {
    path: PathBuf,
    jobs: mpsc::Sender<Job>,
    thread: Mutex<Option<JoinHandle<Result<(), LogError>>>>,
    stopped: Stopped,
}

/// Why the writer has stopped for good, if it has.
type Stopped = Arc<OnceLock<LogError>>;

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Writer {
    /// Starts the thread.
    pub(crate) fn start(path: PathBuf, db: Connection) -> Result<Self, LogError> {
        let (jobs, queue) = mpsc::channel();
        let (ready, started) = mpsc::channel();
        let stopped = Stopped::default();
        let (to, stop) = (path.clone(), Arc::clone(&stopped));
        let thread = std::thread::Builder::new()
            .name("clinic-sqlite".to_owned())
            .spawn(move || thread::run(&to, db, stop, &queue, &ready))
            .map_err(|error| LogError::Failed(format!("no thread for the writer: {error}")))?;
        // It answers, or it is gone and its result says why.
        let began = started.recv().is_ok();
        let writer = Self { path, jobs, thread: Mutex::new(Some(thread)), stopped };
        if began { Ok(writer) } else { writer.join().and(Err(closed(&writer.path))) }
    }

    /// Has something committed.
    pub(crate) async fn write(&self, work: Work, turn: Turn) -> Result<(), AppendError> {
        let (answer, answered) = oneshot::channel();
        self.send(Job::Write(Write { work, turn, answer }))?;
        let (verdict, _work) = answered.await.map_err(|_| closed(&self.path))?;
        verdict
    }

    /// Has something done on the writer's thread, between two commits.
    pub(crate) async fn alone<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut WriterThread<'_>) -> T + Send + 'static,
    ) -> Result<T, LogError> {
        let (answer, answered) = oneshot::channel();
        self.submit(move |thread| drop(answer.send(work(thread))))?;
        answered.await.map_err(|_| closed(&self.path))
    }

    /// The same, without waiting for it.
    pub(crate) fn submit(
        &self,
        work: impl FnOnce(&mut WriterThread<'_>) + Send + 'static,
    ) -> Result<(), LogError> {
        self.send(Job::Alone(Box::new(work)))
    }

    /// Why nothing can be settled any more: nobody knows whether a commit reached the disk.
    pub(crate) fn stopped(&self) -> Result<(), LogError> {
        self.stopped.get().map_or(Ok(()), |why| Err(why.clone()))
    }

    /// Finishes what waits, and ends the thread. Blocks until then.
    pub(crate) fn close(&self) -> Result<(), LogError> {
        let _gone = self.jobs.send(Job::Close);
        self.join()
    }

    fn join(&self) -> Result<(), LogError> {
        let Some(thread) = lock(&self.thread).take() else { return Ok(()) };
        match thread.join() {
            Ok(finished) => finished,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }

    fn send(&self, job: Job) -> Result<(), LogError> {
        self.jobs.send(job).map_err(|_| closed(&self.path))
    }
}
