//! One connection, from its first byte to its last.

use std::future::Future;
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use hyper::body::{Body as HttpBody, Bytes, Frame, Incoming, SizeHint};
use hyper::service::Service;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::wire::{Speaks, Wire};
use crate::limits;

/// The other end of a connection, in the extensions of its requests.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub(super) IpAddr);

/// What every connection is served with.
#[derive(Clone)]
pub(super) struct Line {
    pub(super) router: Router,
    pub(super) tls: Option<TlsAcceptor>,
    /// True as soon as the server ends.
    pub(super) ending: watch::Receiver<bool>,
}

impl Line {
    /// Serves a connection until it is over, as far as both sides keep to the limits.
    pub(super) async fn serve(self, tcp: TcpStream, peer: IpAddr) {
        // An answer is written in whole pieces, and each is worth sending at once.
        let _slower_without = tcp.set_nodelay(true);
        let Some(tls) = self.tls.clone() else { return self.listen(tcp, peer).await };
        match timeout(limits::HANDSHAKE, tls.accept(tcp)).await {
            Ok(Ok(stream)) => self.listen(stream, peer).await,
            Ok(Err(why)) => tracing::debug!(target: "clinic::tls", %why, "no handshake"),
            Err(_too_long) => tracing::debug!(target: "clinic::tls", "no handshake in time"),
        }
    }

    async fn listen<S: AsyncRead + AsyncWrite + Send + Unpin + 'static>(self, io: S, peer: IpAddr) {
        let Ok(Ok((wire, speaks))) = timeout(limits::HEAD, Wire::listened(io)).await else {
            return;
        };
        self.answer(wire, speaks, peer).await;
    }

    async fn answer<S: AsyncRead + AsyncWrite + Send + Unpin + 'static>(
        mut self,
        wire: Wire<S>,
        speaks: Speaks,
        peer: IpAddr,
    ) {
        let builder = match speaks {
            Speaks::Http1 => builder().http1_only(),
            Speaks::Http2 => builder().http2_only(),
        };
        let busy = Busy::default();
        let answering = Answering { router: self.router, peer: Peer(peer), busy: busy.clone() };
        let mut served = pin!(builder.serve_connection(TokioIo::new(wire), answering));
        let over = async {
            let ended = self.ending.wait_for(|ending| *ending);
            tokio::select! {
                _ = ended => {}
                () = busy.idle() => {}
            }
        };
        tokio::select! {
            _ = served.as_mut() => return,
            () = over => {}
        }
        served.as_mut().graceful_shutdown();
        let _over = served.await;
    }
}

fn builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits::HEAD)
        .max_buf_size(limits::HEAD_BYTES);
    let head = u32::try_from(limits::HEAD_BYTES).unwrap_or(u32::MAX);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(head)
        .max_concurrent_streams(limits::STREAMS)
        .keep_alive_interval(limits::PING)
        .keep_alive_timeout(limits::PONG);
    builder
}

/// Hands the requests of one connection to the routes.
struct Answering {
    router: Router,
    peer: Peer,
    busy: Busy,
}

impl Service<Request<Incoming>> for Answering {
    type Response = Response<Counted>;
    type Error = std::convert::Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let flight = self.busy.begin();
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(self.peer);
        let answer = TowerToHyperService::new(self.router.clone()).call(request);
        Box::pin(async move { Ok(answer.await?.map(|body| Counted { body, _flight: flight })) })
    }
}

/// How many requests of a connection are in flight, streams that still go on among them.
#[derive(Clone, Default)]
struct Busy {
    now: Arc<AtomicUsize>,
    ever: Arc<AtomicUsize>,
}

impl Busy {
    fn begin(&self) -> Flight {
        self.now.fetch_add(1, Ordering::Relaxed);
        self.ever.fetch_add(1, Ordering::Relaxed);
        Flight(Arc::clone(&self.now))
    }

    /// Waits until nothing was asked and nothing in flight for a while.
    async fn idle(&self) {
        loop {
            let before = self.ever.load(Ordering::Relaxed);
            sleep(limits::IDLE).await;
            let still = before == self.ever.load(Ordering::Relaxed);
            if still && self.now.load(Ordering::Relaxed) == 0 {
                return;
            }
        }
    }
}

/// A request in flight, until this is dropped.
struct Flight(Arc<AtomicUsize>);

impl Drop for Flight {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The body of an answer, whose request is in flight until it is sent.
struct Counted {
    body: Body,
    _flight: Flight,
}

impl HttpBody for Counted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
