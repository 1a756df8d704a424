//! A way to a server that can be cut, as a network is.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// What is carried at a time.
const PIECE: usize = 16 * 1024;

/// Carries bytes between clients on its own port and a server on another, all on the loopback interface.
/// Dropped, it closes all.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    way: Arc<Way>,
}

#[derive(Debug, Default)]
struct Way {
    state: Mutex<State>,
    changed: Condvar,
}

/// What is open; whether anything gets through.
#[derive(Debug, Default)]
struct State {
    flow: Flow,
    /// Both ends of each connection, by its number.
    ends: BTreeMap<u64, Vec<TcpStream>>,
    last: u64,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Flow {
    /// All is carried.
    #[default]
    Open,
    /// Connections stay and new ones seem to come up, but nothing arrives until it is mended, in neither
    /// direction: not even that somebody has hung up.
    Cut,
    /// Nobody listens any more.
    Ended,
}

impl Proxy {
    /// A way to `port`.
    ///
    /// # Errors
    /// If no port is free.
    pub fn to(port: u16) -> Result<Self, String> {
        let here = super::owner::free_port()?;
        let listener = TcpListener::bind(("127.0.0.1", here));
        let listener = listener.map_err(|error| format!("port {here}: {error}"))?;
        let way = Arc::new(Way::default());
        let accepting = Arc::clone(&way);
        thread::spawn(move || accepting.accept(&listener, port));
        Ok(Self { port: here, way })
    }

    /// The port to connect to.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// From now on nothing arrives, and nobody is told. What is sent meanwhile arrives when it is mended, as
    /// TCP sends again what was lost.
    pub fn cut(&self) {
        self.way.turn(Flow::Cut);
    }

    /// All is carried again.
    pub fn mend(&self) {
        self.way.turn(Flow::Open);
    }

    /// Closes every connection. New ones come up, or hang while it is cut.
    pub fn reset(&self) {
        let ends = std::mem::take(&mut self.way.state().ends);
        for end in ends.values().flatten() {
            // It may be closed already.
            let _closed = end.shutdown(Shutdown::Both);
        }
        self.way.changed.notify_all();
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.way.turn(Flow::Ended);
        self.reset();
        // Whoever accepts looks up once more, and goes.
        let _woken = TcpStream::connect(("127.0.0.1", self.port));
    }
}

impl Way {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn turn(&self, flow: Flow) {
        self.state().flow = flow;
        self.changed.notify_all();
    }

    fn accept(self: &Arc<Self>, listener: &TcpListener, port: u16) {
        for client in listener.incoming() {
            if self.state().flow == Flow::Ended {
                return;
            }
            let Ok(client) = client else { continue };
            let way = Arc::clone(self);
            thread::spawn(move || way.serve(&client, port));
        }
    }

    fn serve(self: &Arc<Self>, client: &TcpStream, port: u16) {
        let number = {
            let mut state = self.state();
            state.last += 1;
            state.last
        };
        // What fails on the way is a connection lost, which both ends notice.
        let _lost = self.connect(number, client, port);
        self.close(number);
    }

    /// Carries for one client until it or the server hangs up.
    fn connect(self: &Arc<Self>, number: u64, client: &TcpStream, port: u16) -> io::Result<()> {
        self.state().ends.insert(number, vec![client.try_clone()?]);
        // A connection that is asked for during a cut reaches nobody before it is mended.
        if !self.passes(number) {
            return Ok(());
        }
        let server = TcpStream::connect(("127.0.0.1", port))?;
        let mine = server.try_clone()?;
        self.state()
            .ends
            .get_mut(&number)
            .map(|ends| ends.push(mine))
            .ok_or(ErrorKind::NotConnected)?;
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        let (way, from, to) = (Arc::clone(self), server.try_clone()?, client.try_clone()?);
        let back = thread::spawn(move || way.carry(number, &from, &to));
        self.carry(number, client, &server);
        back.join().map_err(|_| ErrorKind::Other.into())
    }

    /// One direction of one connection.
    fn carry(&self, number: u64, mut from: &TcpStream, mut to: &TcpStream) {
        let mut piece = vec![0; PIECE];
        loop {
            let read = from.read(&mut piece).unwrap_or(0);
            if !self.passes(number) {
                return;
            }
            let sent = piece.get(..read).is_some_and(|piece| to.write_all(piece).is_ok());
            if read == 0 || !sent {
                // One end has hung up, so the other may.
                let _closed = (to.shutdown(Shutdown::Both), from.shutdown(Shutdown::Both));
                return;
            }
        }
    }

    /// Waits while the way is cut, and says whether the connection is still there then.
    fn passes(&self, number: u64) -> bool {
        let state = self.changed.wait_while(self.state(), |state| {
            state.flow == Flow::Cut && state.ends.contains_key(&number)
        });
        let state = state.unwrap_or_else(PoisonError::into_inner);
        state.flow != Flow::Ended && state.ends.contains_key(&number)
    }

    fn close(&self, number: u64) {
        for end in self.state().ends.remove(&number).into_iter().flatten() {
            let _closed = end.shutdown(Shutdown::Both);
        }
    }
}
