//! Where the server listens: who is let in, how many, and how it ends.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use metrics::gauge;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{sleep, timeout};

use super::connection::Line;
use super::figures::CONNECTIONS;
use super::proxies::{Proxies, origin};
use super::settings::Listen;
use crate::failure::Failure;
use crate::limits;

/// Listens at an address.
pub(super) async fn bind(Listen(address): Listen) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|why| cannot(address, &why))
}

/// Why not, and what to do.
fn cannot(address: SocketAddr, why: &io::Error) -> Failure {
    let is = |kind| why.kind() == kind;
    if is(io::ErrorKind::AddrInUse) {
        let next = SocketAddr::new(address.ip(), address.port().saturating_add(1));
        return Failure::Usage(format!(
            "{address} is taken: somebody else listens there. Choose another port with --listen, such as \
             `clinic serve --listen {next}`, or 0 for one that is free"
        ));
    }
    if is(io::ErrorKind::AddrNotAvailable) {
        let said = format!("{address} is no address of this machine; choose one with --listen");
        return Failure::Usage(said);
    }
    if is(io::ErrorKind::PermissionDenied) {
        let said =
            format!("no right to listen at {address}; choose a port above 1023 with --listen");
        return Failure::Usage(said);
    }
    Failure::Broken(format!("cannot listen at {address}: {why}"))
}

/// Takes all open files that the machine gives, and says how many connections they are enough for.
pub(super) fn places() -> usize {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    // Asked for more than is given, it stays as it is.
    let _kept = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    let files = getrlimit(Resource::Nofile).current.or(current).unwrap_or(u64::MAX);
    // A process with very few open files serves at least somebody.
    let places = files.saturating_sub(limits::FILES_RESERVED).clamp(16, limits::CONNECTIONS);
    usize::try_from(places).unwrap_or(usize::MAX)
}

/// How many connections there are from each place of origin.
#[derive(Clone, Default)]
struct Origins(Arc<Mutex<HashMap<IpAddr, usize>>>);

impl Origins {
    /// Counts one more, unless there are too many.
    fn enter(&self, address: IpAddr) -> Option<Entered> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(address).or_default();
        if *count >= limits::CONNECTIONS_OF_ORIGIN {
            return None;
        }
        *count += 1;
        Some(Entered { origins: self.clone(), address })
    }
}

/// A connection that is counted, until this is dropped.
struct Entered {
    origins: Origins,
    address: IpAddr,
}

impl Drop for Entered {
    fn drop(&mut self) {
        let mut counts = self.origins.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.address);
            }
        }
    }
}

/// Listens for connections, and has so many places for them.
pub(super) struct Listener {
    pub(super) tcp: TcpListener,
    pub(super) places: usize,
    pub(super) proxies: Proxies,
    pub(super) line: Line,
}

impl Listener {
    /// Lets connections in until the server ends, and then waits for those inside, a while. Says how
    /// many were still there.
    pub(super) async fn keep(self, mut ending: watch::Receiver<bool>) -> usize {
        let places = Arc::new(Semaphore::new(self.places));
        let all = self.places;
        tokio::select! {
            _ = ending.wait_for(|ending| *ending) => {}
            () = self.open(&places) => {}
        }
        let all_free = places.acquire_many(u32::try_from(all).unwrap_or(u32::MAX));
        match timeout(limits::DRAIN, all_free).await {
            Ok(_) => 0,
            Err(_too_long) => all.saturating_sub(places.available_permits()),
        }
    }

    async fn open(self, places: &Arc<Semaphore>) {
        let origins = Origins::default();
        loop {
            // When all places are taken, whoever comes waits in the backlog.
            let Ok(place) = Arc::clone(places).acquire_owned().await else { return };
            match self.tcp.accept().await {
                Ok((tcp, from)) => {
                    let peer = from.ip().to_canonical();
                    if self.line.tls.is_none() && !self.proxies.admit_in_the_clear(peer) {
                        tracing::debug!(target: "clinic", "a connection past the proxies was refused");
                        continue;
                    }
                    // Many people come through a proxy; and whoever is on this machine has other ways.
                    let many = peer.is_loopback() || self.proxies.named(peer);
                    let entered =
                        if many { Some(None) } else { origins.enter(origin(peer)).map(Some) };
                    let Some(entered) = entered else { continue };
                    let inside = Inside::new(place, entered);
                    let line = self.line.clone();
                    tokio::spawn(async move {
                        line.serve(tcp, peer).await;
                        drop(inside);
                    });
                }
                Err(why) => {
                    tracing::debug!(target: "clinic", %why, "a connection could not be taken");
                    if lasts(&why) {
                        sleep(limits::ACCEPT_REST).await;
                    }
                }
            }
        }
    }
}

/// What a connection takes up, until this is dropped.
struct Inside {
    _place: OwnedSemaphorePermit,
    _entered: Option<Entered>,
}

impl Inside {
    fn new(place: OwnedSemaphorePermit, entered: Option<Entered>) -> Self {
        gauge!(CONNECTIONS).increment(1);
        Self { _place: place, _entered: entered }
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        gauge!(CONNECTIONS).decrement(1);
    }
}

/// Whether the next connection would fare the same.
fn lasts(why: &io::Error) -> bool {
    !matches!(
        why.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_origin_has_so_many_connections_and_no_more() {
        let (origins, one, other) = (Origins::default(), [192, 0, 2, 1], [192, 0, 2, 2]);
        let enter = |address: [u8; 4]| origins.enter(address.into());
        let mut inside: Vec<_> =
            (0..limits::CONNECTIONS_OF_ORIGIN).map(|_| enter(one).expect("a place")).collect();
        assert!(enter(one).is_none());
        assert!(enter(other).is_some());
        drop(inside.pop());
        assert!(enter(one).is_some());
        inside.clear();
        assert!(origins.0.lock().expect("it is whole").is_empty(), "whoever has gone is forgotten");
    }
}
