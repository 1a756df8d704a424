//! A connection as bytes: what has been read ahead of it, and how long the other end may take nothing.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use crate::limits;

/// What every HTTP/2 connection begins with (RFC 9113, 3.4), and no HTTP/1 request does.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A connection whose first bytes were looked at.
#[derive(Debug)]
pub(super) struct Wire<S> {
    io: S,
    /// What has been read and is still to be handed on.
    ahead: Vec<u8>,
    given: usize,
    /// Runs while the other end takes nothing.
    stuck: Option<Pin<Box<Sleep>>>,
    patience: Duration,
}

/// How the other end speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Speaks {
    /// HTTP/1, or nothing that is known.
    Http1,
    /// HTTP/2.
    Http2,
}

impl<S: AsyncRead + Unpin> Wire<S> {
    /// Reads as much as it takes to know how the other end speaks.
    pub(super) async fn listened(mut io: S) -> io::Result<(Self, Speaks)> {
        let (mut ahead, mut read) = (vec![0; PREFACE.len()], 0);
        let speaks = loop {
            let room = ahead.get_mut(read..).unwrap_or_default();
            let more = io.read(room).await?;
            read += more;
            let heard = ahead.get(..read).unwrap_or_default();
            if more == 0 || !PREFACE.starts_with(heard) {
                break Speaks::Http1;
            }
            if read == PREFACE.len() {
                break Speaks::Http2;
            }
        };
        ahead.truncate(read);
        Ok((Self { io, ahead, given: 0, stuck: None, patience: limits::STUCK }, speaks))
    }
}

impl<S> Wire<S> {
    /// What came of an attempt to send, unless nothing has come of any for too long.
    fn unless_stuck<T>(
        &mut self,
        sent: Poll<io::Result<T>>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<T>> {
        if sent.is_ready() {
            self.stuck = None;
            return sent;
        }
        let patience = self.patience;
        let stuck = self.stuck.get_or_insert_with(|| Box::pin(sleep(patience)));
        ready!(stuck.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Wire<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let left = self.ahead.get(self.given..).unwrap_or_default();
        if left.is_empty() {
            return Pin::new(&mut self.io).poll_read(context, into);
        }
        let now = left.len().min(into.remaining());
        into.put_slice(left.get(..now).unwrap_or_default());
        self.given += now;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Wire<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let sent = Pin::new(&mut self.io).poll_write(context, bytes);
        self.unless_stuck(sent, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let sent = Pin::new(&mut self.io).poll_write_vectored(context, pieces);
        self.unless_stuck(sent, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let sent = Pin::new(&mut self.io).poll_flush(context);
        self.unless_stuck(sent, context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let sent = Pin::new(&mut self.io).poll_shutdown(context);
        self.unless_stuck(sent, context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncWriteExt as _, duplex};

    use super::*;

    async fn heard(sent: &[u8]) -> (Vec<u8>, Speaks) {
        let (mut client, server) = duplex(256);
        client.write_all(sent).await.expect("it is sent");
        drop(client);
        let (mut wire, speaks) = Wire::listened(server).await.expect("it is heard");
        let mut all = vec![];
        wire.read_to_end(&mut all).await.expect("it is read");
        (all, speaks)
    }

    #[tokio::test]
    async fn what_was_looked_at_is_handed_on() {
        let begun = [PREFACE, b"and more"].concat();
        assert_eq!(heard(&begun).await, (begun, Speaks::Http2));
        for other in [&b"GET / HTTP/1.1\r\n\r\n"[..], b"PRIVATE", b"PRI", b"", b"\xff\x00"] {
            assert_eq!(heard(other).await, (other.to_vec(), Speaks::Http1));
        }
    }

    #[tokio::test]
    async fn who_takes_nothing_is_waited_for_so_long_and_no_longer() {
        let (mut client, server) = duplex(16);
        client.write_all(b"GET").await.expect("it is sent");
        let (wire, _) = Wire::listened(server).await.expect("it is heard");
        let mut wire = Wire { patience: Duration::from_millis(20), ..wire };
        wire.write_all(&[0; 16]).await.expect("there is room");
        let stuck = wire.write_all(&[0; 16]).await.expect_err("there is none");
        assert_eq!(stuck.kind(), io::ErrorKind::TimedOut);
        let mut taken = [0; 16];
        client.read_exact(&mut taken).await.expect("it is taken");
        wire.write_all(&[0; 16]).await.expect("there is room again");
    }
}
