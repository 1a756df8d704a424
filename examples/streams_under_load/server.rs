//! The server: a process of its own, started on a free loopback port and stopped as an operator does.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::{Failed, tell};

/// A running server.
pub(crate) struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    pub(crate) async fn start(program: &Path, log: &Path) -> Result<Self, Failed> {
        let mut child = Command::new(program)
            .args(["serve", "--no-sample", "--listen", "127.0.0.1:0", "--log-level", "error"])
            .arg("--log")
            .arg(format!("sqlite:{}", log.display()))
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let out = child.stdout.take().ok_or("a server without output")?;
        let mut lines = BufReader::new(out).lines();
        let address = loop {
            let line = lines.next_line().await?.ok_or("the server says no address")?;
            let found = line.split_whitespace().find_map(|word| {
                word.strip_prefix("http://")?.trim_end_matches(['/', '.']).parse().ok()
            });
            if let Some(address) = found {
                break address;
            }
        };
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { child, address })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Memory in use, in KiB.
    pub(crate) fn memory(&self) -> Result<u64, Failed> {
        let id = self.child.id().ok_or("the server is gone")?;
        let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let size = line.and_then(|line| line.split_whitespace().next());
        Ok(size.ok_or("no VmRSS")?.parse()?)
    }

    /// Asks it to stop, and waits until it has.
    pub(crate) async fn stop(mut self) -> Result<(), Failed> {
        let id = self.child.id().ok_or("the server is gone")?;
        Command::new("kill").args(["-TERM", &id.to_string()]).status().await?;
        let ended = timeout(Duration::from_secs(10), self.child.wait()).await??;
        if !ended.success() {
            return Err(format!("the server ended with {ended}").into());
        }
        tell("the server has stopped within ten seconds of SIGTERM");
        Ok(())
    }
}
