//! A person's connection: one at a time, over HTTP/1.1, from an address of her own.

use std::net::{Ipv4Addr, SocketAddr};

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{CONTENT_TYPE, COOKIE, HOST, SET_COOKIE};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpSocket;
use uuid::Uuid;

use crate::{Failed, random};

/// A connection, and the cookie of whoever uses it.
pub(crate) struct Client {
    sender: SendRequest<Full<Bytes>>,
    cookie: String,
}

impl Client {
    /// Connects from loopback address number `n`: 127.1.0.0 and on.
    pub(crate) async fn connect(
        to: SocketAddr,
        n: u32,
        cookie: impl Into<String>,
    ) -> Result<Self, Failed> {
        let socket = TcpSocket::new_v4()?;
        let from = Ipv4Addr::from(u32::from(Ipv4Addr::new(127, 1, 0, 1)) + n);
        socket.bind((from, 0).into())?;
        let stream = socket.connect(to).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self { sender, cookie: cookie.into() })
    }

    /// Asks, and must be answered with success.
    pub(crate) async fn post(&mut self, path: &str, body: &Value) -> Result<Value, Failed> {
        let request = Request::post(path)
            .header(HOST, "127.0.0.1")
            .header(COOKIE, &self.cookie)
            .header(CONTENT_TYPE, "application/json")
            .header("idempotency-key", Uuid::from_bytes(random()?).to_string())
            .body(Full::from(body.to_string()))?;
        let answer = self.send(request).await?;
        let status = answer.status();
        if let Some(cookie) = answer.headers().get(SET_COOKIE) {
            let cookie = cookie.to_str()?;
            cookie.split(';').next().unwrap_or_default().clone_into(&mut self.cookie);
        }
        let bytes = answer.into_body().collect().await?.to_bytes();
        if !status.is_success() {
            let said = String::from_utf8_lossy(&bytes);
            return Err(format!("{path} of {body}: {status}: {said}").into());
        }
        Ok(serde_json::from_slice(&bytes)?)
    }

    /// The cookie of whoever has signed in.
    pub(crate) fn cookie(&self) -> &str {
        &self.cookie
    }

    /// Opens a stream, and keeps the connection for it.
    pub(crate) async fn stream(mut self, path: &str) -> Result<Incoming, Failed> {
        let request = Request::get(path)
            .header(HOST, "127.0.0.1")
            .header(COOKIE, &self.cookie)
            .body(Full::default())?;
        let answer = self.send(request).await?;
        if !answer.status().is_success() {
            return Err(format!("{path}: {}", answer.status()).into());
        }
        Ok(answer.into_body())
    }

    async fn send(&mut self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, Failed> {
        self.sender.ready().await?;
        Ok(self.sender.send_request(request).await?)
    }
}
