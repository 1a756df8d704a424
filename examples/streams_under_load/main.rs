//! Many open streams while people work:
//! `cargo run --release --example streams_under_load -- --server target/release/clinic`.
//!
//! It founds clinics on an empty log, starts the server on a loopback port, opens streams of rooms and of
//! patients who wait, and plays journeys from check-in to goodbye at a given rate. At its end it stops
//! the server and holds every stream to the log: each visit's event that its room has seen, once and in
//! order, and nothing else. Last it opens as many idle streams as it is asked for. Every patient comes
//! from a loopback address of its own, for the door counts sources.

mod check;
mod client;
mod clinic;
mod figures;
mod journey;
mod reader;
mod server;

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use tokio::sync::watch;

use clinic::Clinic;
use figures::Figures;
use server::Server;

type Failed = Box<dyn Error + Send + Sync>;

/// Open many streams, work beside them, and hold each to the log.
#[derive(Parser)]
struct Asked {
    /// The program `clinic`
    #[arg(long)]
    server: PathBuf,
    /// Streams, half of rooms and half of patients
    #[arg(long, default_value_t = 2_000)]
    streams: usize,
    /// Commands a second, all journeys together
    #[arg(long, default_value_t = 200)]
    rate: u32,
    /// How long people work, in seconds
    #[arg(long, default_value_t = 30)]
    seconds: u64,
    /// Clinics
    #[arg(long, default_value_t = 20)]
    clinics: usize,
    /// Idle streams to open afterwards, over HTTP/2 and many to a connection
    #[arg(long, default_value_t = 0)]
    idle: usize,
}

#[tokio::main]
async fn main() -> Result<(), Failed> {
    let asked = Asked::parse();
    let each = asked.streams / asked.clinics / 2;
    let folder = tempfile::tempdir()?;
    let log = folder.path().join("clinic.db");
    for n in 0..asked.clinics {
        Clinic::init(&asked.server, &log, n)?;
    }
    let server = Server::start(&asked.server, &log).await?;
    let mut clinics = vec![];
    for n in 0..asked.clinics {
        clinics.push(Arc::new(Clinic::furnish(server.address(), n, each).await?));
    }
    let before = server.memory()?;
    tell(&format!("{} MiB before any stream is open", before / 1_024));
    let (stop, stopped) = watch::channel(false);
    let mut readers = vec![];
    for clinic in &clinics {
        readers.extend(clinic.open_streams(server.address(), each, &stopped).await?);
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    let open = readers.len();
    let idle = server.memory()?;
    let each = idle.saturating_sub(before) / open as u64;
    tell(&format!("{open} streams open; {each} KiB for each"));

    let figures = Arc::new(Figures::default());
    let journeys = journey::all(&clinics, server.address(), asked.rate, &stopped, &figures);
    tokio::time::sleep(Duration::from_secs(asked.seconds)).await;
    stop.send_replace(true);
    for journey in journeys {
        journey.await??;
    }
    figures.tell(Duration::from_secs(asked.seconds));
    tell(&format!("memory under load: {} MiB", server.memory()? / 1_024));
    tokio::time::sleep(Duration::from_secs(2)).await;
    server.stop().await?;
    let mut read = vec![];
    for reader in readers {
        read.push(reader.await??);
    }
    for clinic in &clinics {
        check::clinic(&asked.server, &log, clinic, &read)?;
    }
    check::tell(&read);

    if asked.idle > 0 {
        let server = Server::start(&asked.server, &log).await?;
        reader::idle(&server, &clinics, asked.idle).await?;
        server.stop().await?;
    }
    Ok(())
}

/// Bytes that nobody can guess.
fn random<const N: usize>() -> Result<[u8; N], Failed> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

#[expect(clippy::print_stdout, reason = "this program is there to print")]
fn tell(line: &str) {
    println!("{line}");
}
