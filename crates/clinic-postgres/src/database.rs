//! The way to the database: which of its hosts takes writes, over how many connections, with which
//! settings.

use std::fmt;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use clinic_engine::ports::{Clock, Ids, LogError, RandomIds};
use clinic_engine::stored;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection as _, Executor as _, PgConnection, PgPool, Row as _};
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout};
use uuid::Uuid;

use crate::connections::Connected;
use crate::error::{OpenError, told};
use crate::hosts::{Host, Hosts};
use crate::schema::{self, Layout, Tables};
use crate::watch::{self, Agreement};
use crate::{levels, limits, locks};

/// A Postgres database, and this node's connections to it. Clones share them.
#[derive(Clone)]
pub struct Database {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    hosts: Hosts,
    /// The host that took writes when somebody last looked.
    current: AtomicUsize,
    /// Counts how often the way was lost. Connections of an era that is over are not used again.
    era: Arc<AtomicU64>,
    pool: PgPool,
    clock: Arc<dyn Clock>,
    agreement: Agreement,
    node: Uuid,
    layout: Arc<OnceLock<Layout>>,
    /// What all nodes may write.
    level: AtomicU32,
    watch: OnceLock<AbortHandle>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(watch) = self.watch.get() {
            watch.abort();
        }
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").field("hosts", &self.to_string()).finish_non_exhaustive()
    }
}

/// Its hosts; never a password.
impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.inner.hosts, f)
    }
}

impl Database {
    /// Whether an address makes sense. Nobody is asked.
    ///
    /// # Errors
    /// What is wrong with it, without a word of what may be a password.
    pub fn check_address(address: &str) -> Result<(), OpenError> {
        Hosts::parse(address).map(drop)
    }

    /// Connects, and brings the tables to this version's form. `clock` is held against the database's.
    ///
    /// # Errors
    /// If the address makes no sense, nobody answers, or the server is no place for a log.
    pub async fn open(address: &str, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let database = Self::connect_to(address, clock).await?;
        let mut connected = database.find().await?;
        let (_, tables) = schema::migrate(&mut connected.connection, false).await?;
        // They are set once, for this is the only clone there is.
        let _set = database.inner.layout.set(tables.layout);
        database.lost(); // what was connected before knew of no tables
        levels::enter(&mut connected.connection, &database).await?;
        database.look_after(connected).await
    }

    /// Connects to a database that has no log: the keys' own, where they have one. What opens it makes its tables.
    ///
    /// # Errors
    /// As for [`Database::open`].
    pub async fn open_without_log(address: &str, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let database = Self::connect_to(address, clock).await?;
        let connected = database.find().await?;
        database.look_after(connected).await
    }

    /// Compares the clocks, and has the way to the database watched from now on.
    async fn look_after(self, mut connected: Connected) -> Result<Self, OpenError> {
        watch::compare(&mut connected.connection, self.clock(), self.agreement()).await?;
        let watch = tokio::spawn(watch::watch(Arc::downgrade(&self.inner)));
        let _set = self.inner.watch.set(watch.abort_handle());
        Ok(self)
    }

    /// Connects to a database that has a log, and makes and changes nothing in it.
    ///
    /// # Errors
    /// As [`Self::open`]; besides, if there is no log, or one that is to be brought forward first.
    pub async fn open_to_read(address: &str, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let database = Self::connect_to(address, clock).await?;
        let mut connected = database.find().await?;
        let tables = schema::tables(&mut connected.connection).await?;
        let known = schema::known();
        if tables.form > known {
            return Err(OpenError::Newer { found: tables.form, known });
        }
        if tables.form == 0 {
            return Err(OpenError::NoLog(database.to_string()));
        }
        if tables.form < known {
            let why = "its tables are in an old form: bring them forward with `clinic migrate`";
            return Err(OpenError::Unfit(format!("{database}: {why}")));
        }
        let _set = database.inner.layout.set(tables.layout);
        database.lost(); // what was connected before knew of no tables
        database.look_after(connected).await
    }

    /// Brings the tables of a database to this version's form, distributes them where the server can, and says what
    /// they were before and are now. No node needs to stop for a new form; to distribute tables that are
    /// there, all must.
    ///
    /// # Errors
    /// As for [`Database::open`].
    pub async fn migrate(
        address: &str,
        clock: Arc<dyn Clock>,
    ) -> Result<(Tables, Tables), OpenError> {
        let mut connected = Self::connect_to(address, clock).await?.find().await?;
        schema::migrate(&mut connected.connection, true).await
    }

    /// Reaches a database and leaves its tables as they are.
    pub(crate) async fn connect_to(
        address: &str,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        let hosts = Hosts::parse(address)?;
        let era = Arc::new(AtomicU64::new(0));
        let Some((_, first)) = hosts.from(0).next() else {
            return Err(OpenError::Address("the address of the database names no host".to_owned()));
        };
        let layout = Arc::<OnceLock<Layout>>::default();
        let pool = pool(&first.options, &era, &layout);
        let (current, agreement) = (AtomicUsize::new(0), Agreement::default());
        let watch = OnceLock::new();
        let level = AtomicU32::new(stored::LEVEL);
        let node = Ids::mint(&RandomIds, clock.now());
        let inner =
            Inner { hosts, current, era, pool, clock, agreement, node, layout, level, watch };
        let database = Self { inner: Arc::new(inner) };
        database.find().await?;
        Ok(database)
    }

    /// The connections for reading, and for writing what stands beside the log.
    pub(crate) fn pool(&self) -> &PgPool {
        &self.inner.pool
    }

    /// What tells this node's time.
    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.inner.clock
    }

    pub(crate) fn agreement(&self) -> &Agreement {
        &self.inner.agreement
    }

    /// Tells this node from others.
    pub(crate) fn node(&self) -> Uuid {
        self.inner.node
    }

    /// How its tables lie.
    #[must_use]
    pub fn layout(&self) -> Layout {
        self.inner.layout.get().copied().unwrap_or(Layout::Together)
    }

    /// Whether it has a log; the keys' own has none.
    pub(crate) fn has_log(&self) -> bool {
        self.inner.layout.get().is_some()
    }

    pub(crate) fn level(&self) -> &AtomicU32 {
        &self.inner.level
    }

    pub(crate) fn era(&self) -> u64 {
        self.inner.era.load(Ordering::Acquire)
    }

    /// A connection of somebody's own, to the host that takes writes.
    pub(crate) async fn connect(&self) -> Result<Connected, LogError> {
        self.find().await.map_err(|error| LogError::Failed(error.to_string()))
    }

    /// Looks for the host that takes writes, from the one that did last, and connects to it.
    pub(crate) async fn find(&self) -> Result<Connected, OpenError> {
        let Inner { hosts, current, era, pool, .. } = &*self.inner;
        let last = current.load(Ordering::Acquire);
        let (mut said, mut unfit) = (vec![], None);
        for (number, host) in hosts.from(last) {
            // What is lost while this is on its way is not counted as found.
            let mut now = era.load(Ordering::Acquire);
            let layout = self.inner.layout.get().copied();
            let why = match timeout(limits::CONNECT, reach(host, layout)).await {
                Ok(Ok(connection)) => {
                    if number != last {
                        pool.set_connect_options(host.options.clone());
                        current.store(number, Ordering::Release);
                        now = era.fetch_add(1, Ordering::AcqRel) + 1;
                    }
                    return Ok(Connected { era: now, connection });
                }
                Ok(Err(OpenError::Unfit(why))) => {
                    unfit.get_or_insert_with(|| why.clone());
                    why
                }
                Ok(Err(error)) => error.to_string(),
                Err(_) => format!("no answer within {} s", limits::CONNECT.as_secs()),
            };
            said.push(format!("{}: {why}", host.name));
        }
        Err(match unfit {
            Some(why) => OpenError::Unfit(why),
            None => OpenError::Unreachable(said.join("; ")),
        })
    }

    /// The way to the server was lost: what is connected is not used again.
    pub(crate) fn lost(&self) {
        self.inner.era.fetch_add(1, Ordering::AcqRel);
    }

    /// Waits until nobody else founds a clinic here, and keeps others from it until what is returned is
    /// dropped: a name that is free stays free meanwhile.
    ///
    /// # Errors
    /// If the database fails, or somebody else takes long.
    pub async fn founding(&self) -> Result<Founding, LogError> {
        let mut connected = self.connect().await?;
        let lock = sqlx::query("SELECT pg_advisory_lock($1)").bind(locks::FOUNDING);
        let locked = lock.execute(&mut connected.connection).await;
        let busy = "somebody else founds a clinic here just now, or the database fails";
        locked.map_err(|error| told(busy, &error))?;
        Ok(Founding { _connection: connected.connection })
    }

    /// Ends what this node has open. Clones of it are of no more use.
    pub(crate) async fn close(&self) {
        if let Some(watch) = self.inner.watch.get() {
            watch.abort();
        }
        // Who reads just now is waited for, but not for ever.
        let _left_behind = timeout(limits::CLOSE, self.inner.pool.close()).await;
    }
}

/// The right to found a clinic, which one process has at a time.
#[derive(Debug)]
pub struct Founding {
    /// It ends with the connection.
    _connection: PgConnection,
}

/// Connections that are made when they are needed, and not used again once an era is over.
fn pool(
    options: &PgConnectOptions,
    era: &Arc<AtomicU64>,
    layout: &Arc<OnceLock<Layout>>,
) -> PgPool {
    let layout = Arc::clone(layout);
    let over = Arc::new(std::sync::Mutex::new((0, None::<Instant>)));
    let era = Arc::clone(era);
    PgPoolOptions::new()
        .max_connections(limits::READERS)
        .acquire_timeout(limits::CONNECT_WAIT)
        .idle_timeout(limits::IDLE)
        // Whoever finds a connection dead asks once more; to ask first would double each answer's time.
        .test_before_acquire(false)
        .after_connect(move |connection, _| {
            let layout = layout.get().copied();
            Box::pin(async move {
                let settled = settle(connection, layout).await;
                settled.map_err(|error| sqlx::Error::Protocol(error.to_string()))
            })
        })
        .before_acquire(move |_, it| {
            let now = era.load(Ordering::Acquire);
            let mut over = crate::sync::lock(&over);
            if over.0 != now {
                *over = (now, Some(Instant::now()));
            }
            let sound = over.1.is_none_or(|ended| it.age < ended.elapsed());
            Box::pin(async move { Ok(sound) })
        })
        .connect_lazy_with(options.clone())
}

async fn reach(host: &Host, layout: Option<Layout>) -> Result<PgConnection, OpenError> {
    let connected = PgConnection::connect_with(&host.options).await;
    let mut connection = connected.map_err(|error| told("it cannot be reached", &error))?;
    settle(&mut connection, layout).await?;
    Ok(connection)
}

/// Makes the settings on which the log rests, and refuses a server on which it cannot rest.
async fn settle(connection: &mut PgConnection, layout: Option<Layout>) -> Result<(), OpenError> {
    let failed = |error| told("it cannot be set up", &error);
    let ms = |limit: Duration| limit.as_millis();
    let settings = format!(
        "SET default_transaction_isolation = 'read committed';
         SET default_transaction_read_only = off;
         SET statement_timeout = {};
         SET lock_timeout = {};
         SET idle_in_transaction_session_timeout = {};
         SET tcp_keepalives_idle = {keep}; SET tcp_keepalives_interval = {keep}; SET tcp_keepalives_count = 3;
         SET plan_cache_mode = {plans}; SET enable_seqscan = off; SET jit = off;
         SET client_min_messages = error;
         SELECT set_config('synchronous_commit', 'on', false)
             WHERE current_setting('synchronous_commit') <> 'remote_apply'",
        ms(limits::STATEMENT),
        ms(limits::LOCK_WAIT),
        ms(limits::IDLE_IN_TRANSACTION),
        keep = limits::KEEPALIVE.as_secs(),
        // A plan for any parameters names no shard, so a cluster has to plan for those that are given.
        plans = match layout {
            Some(Layout::Together) => "force_generic_plan",
            Some(Layout::Apart) | None => "auto",
        },
    );
    connection.execute(settings.as_str()).await.map_err(failed)?;
    let asked = "SELECT pg_is_in_recovery(), current_setting('fsync')";
    let row = sqlx::query(asked).fetch_one(connection).await.map_err(failed)?;
    if row.try_get(0).map_err(failed)? {
        return Err(LogError::Failed("it is a standby, and takes no writes".to_owned()).into());
    }
    if row.try_get::<&str, _>(1).map_err(failed)? == "off" {
        let why =
            "the server runs with fsync=off and would lose what it acknowledged: set fsync=on";
        return Err(OpenError::Unfit(why.to_owned()));
    }
    Ok(())
}
