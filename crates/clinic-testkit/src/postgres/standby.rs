//! A synchronous standby: what the primary acknowledges is there, too.

use std::thread;
use std::time::Duration;

use super::owner::run;
use super::server::{Server, USER};

/// How often it is asked whether the standby has caught up.
const ASKED: Duration = Duration::from_millis(50);
/// How many times, before something must be wrong: half a minute.
const ASKS: usize = 600;

impl Server {
    /// Makes a standby of this server, and has every commit here wait for it from now on.
    ///
    /// # Errors
    /// What Postgres said.
    pub fn standby(&self) -> Result<Self, String> {
        let standby = Self::empty(&self.password)?;
        let (host, port) = (self.folder.display().to_string(), self.port.to_string());
        let from = ["--host", &host, "--port", &port, "--username", USER];
        // A slot keeps the log until the standby has it, however long it was away.
        let slot = format!("standby_{}", standby.port);
        let how = ["--pgdata=data", "--write-recovery-conf", "--checkpoint=fast", "--no-sync"];
        let mut backup = standby.command("pg_basebackup")?;
        run(backup.args(from).args(how).args(["--create-slot", "--slot", &slot]))?;
        standby.up()?;
        // Only now, lest the standby inherit it and wait for one of its own after it is promoted.
        self.settings(&[("synchronous_standby_names", "*")])?;
        self.await_standby()?;
        Ok(standby)
    }

    /// Makes a standby the primary. What it stood by for must be dead.
    ///
    /// # Errors
    /// If it is no standby.
    pub fn promote(&self) -> Result<(), String> {
        self.pg_ctl(&["--wait", "promote"]).map(drop)
    }

    fn await_standby(&self) -> Result<(), String> {
        for _ask in 0..ASKS {
            let synced = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'";
            if self.sql("postgres", synced)? == "1" {
                return Ok(());
            }
            thread::sleep(ASKED);
        }
        Err(format!("the standby does not follow:\n{}", self.log()))
    }
}
