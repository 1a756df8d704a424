//! `clinic serve`: the composition of a server.
//!
//! [`settings`] says what it is told, [`listen`] lets connections in and counts them, [`connection`] speaks
//! HTTP on one of them over a [`wire`], with [`tls`] or without. [`observe`] looks at each request, by
//! [`proxies`] knows who sends it, tells of it in the [`logs`] and counts it in the [`figures`]. What
//! answers is `clinic_http`, and a few [`pages`].

mod connection;
mod figures;
mod listen;
pub(crate) mod logs;
mod observe;
mod pages;
pub(crate) mod proxies;
mod sample;
pub(crate) mod settings;
mod tls;
mod wire;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::STRICT_TRANSPORT_SECURITY;
use axum::response::Response;
use clinic_engine::ports::AccessLog;
use clinic_engine::{Engine, Ports};
use clinic_http::{Accounts, Cookies, Http};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::time::timeout;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::cli::LogAddress;
use crate::failure::Failure;
use crate::limits;
use crate::open::Opened;
use crate::out::Out;
use connection::Line;
use figures::Figures;
use listen::Listener;
use sample::{Made, Person};
pub(crate) use settings::Settings;

/// Serves until it is told to end.
pub(crate) async fn serve(out: &mut Out, settings: Settings) -> Result<(), Failure> {
    settings.check()?;
    logs::begin(settings.log_format, settings.log_level.clone())?;
    let mut ends = Ends::listen()?;
    let tls = settings.tls.as_ref().map(tls::acceptor).transpose()?;
    // Before the log is made: an address that is taken leaves nothing behind.
    let listener = listen::bind(settings.listen).await?;
    let log = Opened::at(&settings.log).await?;
    let served = over(out, &settings, listener, tls, &log, &mut ends).await;
    // The log is let go of in any case; what failed first is told.
    let closed = match timeout(limits::CLOSE, log.close()).await {
        Ok(closed) => closed,
        Err(_too_long) => Err(Failure::Broken("the log did not close in time".to_owned())),
    };
    served.and(closed)
}

/// Serves over a log.
async fn over(
    out: &mut Out,
    settings: &Settings,
    listener: TcpListener,
    tls: Option<tokio_rustls::TlsAcceptor>,
    log: &Opened,
    ends: &mut Ends,
) -> Result<(), Failure> {
    let ports = log.ports().await?;
    let engine = Engine::new(ports.clone());
    let figures = Figures::begin(settings.metrics_token.clone())?;
    let address = listener.local_addr().map_err(|why| Failure::Broken(why.to_string()))?;
    let made = if settings.sample {
        let _alone = log.founding().await?;
        sample::unless_there_is_one(&engine, &ports).await?
    } else {
        None
    };
    greet(out, settings, address, made.as_ref())?;
    let http = http(&engine, &ports, settings, log.access().await?);
    let keeping = tokio::spawn(figures.clone().keep());
    let mut time = tokio::spawn({
        let engine = engine.clone();
        async move { engine.run().await }
    });
    let (end, ending) = watch::channel(false);
    let router = routes(http.clone(), figures, engine, settings);
    let line = Line { router, tls, ending: ending.clone() };
    let (places, proxies) = (listen::places(), settings.proxies.clone());
    let listener = Listener { tcp: listener, places, proxies, line };
    let listening = tokio::spawn(listener.keep(ending));
    tracing::info!(target: "clinic", places, "serving");
    let told = tokio::select! {
        () = ends.next() => Ok(()),
        // What is due would never be done again, and nobody would notice.
        _ = &mut time => Err(Failure::Broken("the timekeeper has stopped".to_owned())),
    };
    tracing::info!(target: "clinic", "ending");
    end.send_replace(true);
    http.end_streams();
    let left = tokio::select! {
        left = listening => left.unwrap_or_default(),
        () = ends.next() => {
            tracing::warn!(target: "clinic", "told twice to end: not waiting for requests in flight");
            0
        }
    };
    if left > 0 {
        tracing::warn!(target: "clinic", left, "connections were cut off");
    }
    time.abort();
    keeping.abort();
    told
}

/// Who may ask what: members and patients, by accounts and cookies of our own.
fn http(engine: &Engine, ports: &Ports, settings: &Settings, access: Arc<dyn AccessLog>) -> Http {
    let cookies = Cookies { secure: settings.secure() };
    let accounts = Accounts::new(engine.clone(), Arc::clone(&ports.credentials), cookies);
    Http::new(engine.clone(), Arc::new(accounts.clone())).accounts(accounts).access(access).pages()
}

/// All that is answered, and how.
fn routes(http: Http, figures: Figures, engine: Engine, settings: &Settings) -> Router {
    let own = clinic_http::guard(pages::routes().merge(figures.routes()));
    let all = clinic_http::router(http).merge(own);
    // Whoever has come by TLS once comes by it again.
    let always = settings.secure().then_some(HeaderValue::from_static("max-age=31536000"));
    let always = move |_: &Response| always.clone();
    let always = SetResponseHeaderLayer::if_not_present(STRICT_TRANSPORT_SECURITY, always);
    observe::observed(all.layer(always), engine, settings.proxies.clone())
}

/// Says where it is and how to end it.
fn greet(
    out: &mut Out,
    settings: &Settings,
    address: SocketAddr,
    made: Option<&Made>,
) -> Result<(), Failure> {
    let scheme = if settings.tls.is_some() { "https" } else { "http" };
    out.line(&format!("The clinic is at {scheme}://{address}/"))?;
    let kept = match &settings.log {
        LogAddress::Memory => "in memory: all is gone when it ends".to_owned(),
        LogAddress::Sqlite(files) => format!("in {}, with files beside it", files.log.display()),
        LogAddress::Postgres(log) => format!("in {}, for this node and others", log.url),
    };
    out.line(&format!("Its log is {kept}."))?;
    if let Some(Made { people, link }) = made {
        out.gap()?;
        out.line("A sample clinic was made. These passwords are shown only now:")?;
        for Person { name, sign_in, does, password } in people {
            out.line(&format!("  {sign_in:<10} {password}  {name}, {does}"))?;
        }
        out.line(&format!("Members sign in at      {scheme}://{address}/sign-in"))?;
        out.line(&format!("Patients check in at    {scheme}://{address}{link}"))?;
        out.gap()?;
    }
    out.line("Press Ctrl-C to end it.")?;
    Ok(out.flush()?)
}

/// What tells a server to end: an interrupt or a termination.
struct Ends {
    interrupt: Signal,
    terminate: Signal,
}

impl Ends {
    fn listen() -> Result<Self, Failure> {
        let broken = |why| Failure::Broken(format!("no signals: {why}"));
        let interrupt = signal(SignalKind::interrupt()).map_err(broken)?;
        let terminate = signal(SignalKind::terminate()).map_err(broken)?;
        Ok(Self { interrupt, terminate })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
