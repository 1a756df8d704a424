//! The line between browsers and the server. It can be cut, as when a cable is pulled, and it can fall silent, as
//! when somebody walks into a lift: then nobody is told anything.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What becomes of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// They arrive.
    Open,
    /// They wait, and nobody is told.
    Silent,
    /// Every connection is reset, and new ones are refused.
    Cut,
}

/// A line to a server. It is gone when this is dropped.
#[derive(Debug)]
pub(crate) struct Line {
    /// Where browsers find it.
    pub(crate) address: SocketAddr,
    state: watch::Sender<State>,
}

impl Line {
    /// A line that leads to `server`.
    pub(crate) async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let address = listener.local_addr().expect("it has one");
        let (state, seen) = watch::channel(State::Open);
        tokio::spawn(listen(listener, address, server, seen));
        Self { address, state }
    }

    /// Resets all connections and refuses new ones.
    pub(crate) fn is_cut(&self) {
        self.state.send_replace(State::Cut);
    }

    /// Lets everything wait.
    pub(crate) fn falls_silent(&self) {
        self.state.send_replace(State::Silent);
    }

    /// Mends it.
    pub(crate) fn comes_back(&self) {
        self.state.send_replace(State::Open);
    }
}

/// Takes connections in for as long as the line is there.
async fn listen(
    listener: TcpListener,
    address: SocketAddr,
    server: SocketAddr,
    mut state: watch::Receiver<State>,
) {
    let mut listener = Some(listener);
    loop {
        // Only a port at which nobody listens refuses.
        let cut = *state.borrow_and_update() == State::Cut;
        if cut {
            listener = None;
        } else if listener.is_none() {
            listener = Some(TcpListener::bind(address).await.expect("the port is still ours"));
        }
        let accepted = async {
            match &listener {
                Some(listener) => listener.accept().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            taken = accepted => match taken {
                Ok((near, _)) => drop(tokio::spawn(carry(near, server, state.clone()))),
                Err(error) => panic!("the line takes nobody in: {error}"),
            },
            changed = state.changed() => if changed.is_err() {
                return;
            },
        }
    }
}

/// Carries what two ends say until one of them is done or the line is cut.
async fn carry(mut near: TcpStream, server: SocketAddr, mut state: watch::Receiver<State>) {
    if state.wait_for(|state| *state != State::Silent).await.is_err() {
        return;
    }
    let Ok(mut far) = TcpStream::connect(server).await else {
        let _reset = near.set_zero_linger();
        return;
    };
    {
        let copying = copy_bidirectional(&mut near, &mut far);
        tokio::pin!(copying);
        loop {
            let now = *state.borrow_and_update();
            match now {
                State::Open => tokio::select! {
                    _ended = &mut copying => return,
                    changed = state.changed() => if changed.is_err() { return },
                },
                State::Silent => {
                    if state.changed().await.is_err() {
                        return;
                    }
                }
                State::Cut => break,
            }
        }
    }
    let _reset = (near.set_zero_linger(), far.set_zero_linger());
}
