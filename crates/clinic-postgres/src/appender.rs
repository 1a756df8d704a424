//! Group commit: whoever waits shares the next statement.

use std::collections::BTreeSet;
use std::sync::Arc;

use clinic_domain::ids::ClinicId;
use clinic_engine::ports::AppendError;
use sqlx::{Connection as _, PgConnection};
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::append::{Ready, append_alone, append_many, new_heads};
use crate::connections::{Connections, Held};
use crate::database::Database;
use crate::error::{outcome, silent, stopped};
use crate::limits;
use crate::schema::Layout;

/// Takes batches, and appends them together.
pub(crate) struct Appender {
    pub(crate) queue: mpsc::Sender<Asked>,
    /// Ended with the appender.
    _workers: JoinSet<()>,
}

/// A batch, and who waits for it.
pub(crate) struct Asked {
    pub(crate) batch: Ready,
    reply: oneshot::Sender<Result<(), AppendError>>,
}

impl Asked {
    pub(crate) fn new(batch: Ready) -> (Self, oneshot::Receiver<Result<(), AppendError>>) {
        let (reply, answer) = oneshot::channel();
        (Self { batch, reply }, answer)
    }
}

type Queue = Arc<Mutex<mpsc::Receiver<Asked>>>;

impl Appender {
    /// Starts it.
    pub(crate) fn start(database: &Database) -> Self {
        let (queue, asked) = mpsc::channel(limits::APPENDS_WAITING);
        let asked: Queue = Arc::new(Mutex::new(asked));
        let (in_flight, group) = match database.layout() {
            Layout::Together => (limits::APPENDS, limits::GROUP),
            Layout::Apart => (limits::APPENDS_APART, 1),
        };
        let connections = Connections::new(database.clone(), in_flight);
        let mut workers = JoinSet::new();
        for _ in 0..in_flight {
            let worker = Worker {
                queue: Arc::clone(&asked),
                connections: Arc::clone(&connections),
                database: database.clone(),
                group,
            };
            workers.spawn(worker.run());
        }
        Self { queue, _workers: workers }
    }

    /// Appends a batch, and returns when that is certain, or cannot be told.
    pub(crate) async fn append(&self, batch: Ready) -> Result<(), AppendError> {
        let (asked, answer) = Asked::new(batch);
        self.queue.send(asked).await.map_err(|_| stopped())?;
        answer.await.unwrap_or_else(|_| Err(stopped().into()))
    }
}

struct Worker {
    queue: Queue,
    connections: Arc<Connections>,
    database: Database,
    /// How many batches share an append.
    group: usize,
}

impl Worker {
    /// Appends what waits, for as long as somebody may ask.
    async fn run(self) {
        loop {
            let mut group = vec![];
            {
                let mut queue = self.queue.lock().await;
                let Some(first) = queue.recv().await else { return };
                let mut events = first.batch.events();
                group.push(first);
                while group.len() < self.group && events < limits::GROUP_EVENTS {
                    let Ok(next) = queue.try_recv() else { break };
                    events += next.batch.events();
                    group.push(next);
                }
            }
            self.append_group(group).await;
        }
    }

    /// One statement for all. If the server refuses it, each batch is tried alone, for an error of all of them is
    /// nobody's answer.
    async fn append_group(&self, group: Vec<Asked>) {
        let held = match self.connections.take().await {
            Ok(held) => held,
            Err(error) => return answer_all(group, &AppendError::Failed(error)),
        };
        let era = held.connected.era;
        let (group, late): (Vec<_>, Vec<_>) =
            group.into_iter().partition(|asked| asked.batch.era == era);
        // Under the lock they are found to be decided on what is still there, or not.
        answer_all(late, &AppendError::Conflict);
        if group.is_empty() {
            return held.give_back();
        }
        let held = match self.try_group(held, &group).await {
            Ok((held, answers)) => {
                held.give_back();
                for (asked, answer) in group.into_iter().zip(answers) {
                    answer_one(asked, answer);
                }
                return;
            }
            Err((Some(held), AppendError::Failed(_))) if group.len() > 1 => held,
            Err((_, error)) => return answer_all(group, &error),
        };
        let mut held = Some(held);
        for asked in group {
            // A connection that broke on the way is replaced.
            let own = match held.take() {
                Some(held) => Ok(held),
                None => self.connections.take().await,
            };
            let alone = match own {
                Ok(own) => self.try_group(own, std::slice::from_ref(&asked)).await,
                Err(error) => Err((None, AppendError::Failed(error))),
            };
            let answer = match alone {
                Ok((back, mut answers)) => {
                    held = Some(back);
                    answers.pop().unwrap_or(Err(AppendError::Conflict))
                }
                Err((back, error)) => {
                    held = back;
                    Err(error)
                }
            };
            answer_one(asked, answer);
        }
        if let Some(held) = held {
            held.give_back();
        }
    }

    /// Tries the statement once, and answers for each batch whether its head has moved. An error comes with the
    /// connection if that is sound.
    async fn try_group(
        &self,
        mut held: Held,
        group: &[Asked],
    ) -> Result<(Held, Vec<Result<(), AppendError>>), (Option<Held>, AppendError)> {
        let batches: Vec<&Ready> = group.iter().map(|asked| &asked.batch).collect();
        let db = &mut held.connected.connection;
        let asked = async {
            match self.database.layout() {
                Layout::Together => append_many(db, &batches).await,
                Layout::Apart => append_apart(db, &batches).await,
            }
        };
        match timeout(limits::ANSWER, asked).await {
            Ok(Ok(moved)) => {
                let answer = |batch: &&Ready| {
                    moved.contains(&batch.clinic).then_some(()).ok_or(AppendError::Conflict)
                };
                let answers = batches.iter().map(answer).collect();
                Ok((held, answers))
            }
            Ok(Err(error)) => Err(match outcome(&error) {
                failed @ AppendError::Failed(_) => (Some(held), failed),
                lost @ (AppendError::InDoubt(_) | AppendError::Conflict) => {
                    self.database.lost();
                    (None, lost)
                }
            }),
            Err(_) => {
                self.database.lost();
                Err((None, silent()))
            }
        }
    }
}

/// Appends batches one by one, each in a transaction of its own clinic, and says which were.
async fn append_apart(
    db: &mut PgConnection,
    batches: &[&Ready],
) -> Result<BTreeSet<ClinicId>, sqlx::Error> {
    let mut moved = BTreeSet::new();
    for batch in batches {
        new_heads(db, &[batch]).await?;
        let mut tx = db.begin().await?;
        if append_alone(&mut tx, batch).await? {
            tx.commit().await?;
            moved.insert(batch.clinic);
        } else {
            tx.rollback().await?;
        }
    }
    Ok(moved)
}

pub(crate) fn answer_one(asked: Asked, answer: Result<(), AppendError>) {
    // Whoever has gone away needs no answer.
    let _gone = asked.reply.send(answer);
}

pub(crate) fn answer_all(group: Vec<Asked>, error: &AppendError) {
    for asked in group {
        answer_one(asked, Err(error.clone()));
    }
}
