//! The program is killed while visits go on, again and again: what it acknowledged is never lost.

use std::io::Read as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use crate::acks::{Ack, Looking, Untold, acks, address, folder, kept, verified};
use crate::support::program;

/// How often it is killed; ten times as often where `CLINIC_LONG=1`.
const ROUNDS: usize = 30;
/// Rounds on one log, before a fresh one is taken.
const ON_ONE_LOG: usize = 5;
/// Acknowledgements of an average round, at least: a test that kills too early shows nothing.
const ACKS: usize = 20;
/// SIGKILL, which no program can answer.
const KILLED: i32 = 9;

/// Every second round, the log is read as the killed process left it and the next one has to mend it;
/// in the others, this test mends it. In either case, whatever was acknowledged in this round or an
/// earlier one is there, and beside it nothing but what was on its way when a client was killed.
#[test]
fn what_was_acknowledged_outlives_a_kill_at_any_moment() {
    let (seed, rounds) = (seed(), rounds());
    let (folder, mut chance) = (folder("crash"), Chance(seed));
    let (mut told, mut untold) = (vec![], Untold::default());
    let (mut all_told, mut all_untold) = (0, Untold::default());
    for round in 0..rounds {
        if round % ON_ONE_LOG == 0 {
            (told, untold) = (vec![], Untold::default());
        }
        let log = folder.join(format!("{}/clinic.db", round / ON_ONE_LOG));
        let (clients, clinics) = (1 + chance.below(16), 1 + chance.below(4));
        let load = Load { clients: clients.into(), clinics: clinics.into() };
        let delay = Duration::from_millis((20 + chance.below(381)).into());
        println!("seed {seed}, round {round}: {load:?}, killed {delay:?} after its first answer");
        let acks = killed(&log, load, Moment::Serving(delay));
        all_told += acks.len();
        told.extend(acks);
        let looking = if round % 2 == 0 { Looking::Reading } else { Looking::Writing };
        let before = std::mem::replace(&mut untold, kept(&log, &told, looking));
        let (commands, events) = (untold.commands - before.commands, untold.events - before.events);
        assert!(commands <= load.clients, "{commands} commands that nobody had asked for");
        all_untold.commands += commands;
        all_untold.events += events;
        verified(&log);
    }
    let Untold { commands, events } = all_untold;
    println!(
        "seed {seed}: {rounds} rounds, {all_told} commands acknowledged and kept; {events} events of \
         {commands} commands that nobody was told of"
    );
    assert!(all_told >= ACKS * rounds, "only {all_told} commands were acknowledged");
}

/// Every second kill hits a log that is being made, the others one that is being mended.
#[test]
fn a_log_is_whole_after_a_kill_at_any_moment_of_its_opening() {
    let (seed, rounds) = (seed(), rounds());
    let (folder, mut chance) = (folder("crash-opening"), Chance(seed));
    let load = Load { clients: 4, clinics: 2 };
    let mut told = vec![];
    for round in 0..rounds {
        let log = folder.join(format!("{}/clinic.db", round / 2));
        let delay = Duration::from_millis(chance.below(100).into());
        println!("seed {seed}, round {round}: killed {delay:?} after its start");
        if round % 2 == 0 {
            told.clear();
        }
        told.extend(killed(&log, load, Moment::Opening(delay)));
        told.extend(served(&log, load, 4));
        let untold = kept(&log, &told, Looking::Reading);
        assert!(untold.commands <= 2 * load.clients, "{untold:?}");
        verified(&log);
    }
}

/// What the bench does.
#[derive(Clone, Copy, Debug)]
struct Load {
    clients: usize,
    clinics: usize,
}

/// When it is killed.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// So long after its start.
    Opening(Duration),
    /// So long after its first acknowledgement.
    Serving(Duration),
}

fn bench(log: &Path, load: Load, visits: usize) -> Command {
    let Load { clients, clinics } = load;
    let mut bench = program();
    bench.args(["bench", "--acks", "--log", &address(log)]);
    for (option, value) in [("--clients", clients), ("--clinics", clinics), ("--visits", visits)] {
        bench.args([option, &value.to_string()]);
    }
    bench
}

/// Runs a bench to its end.
fn served(log: &Path, load: Load, visits: usize) -> Vec<Ack> {
    let output = bench(log, load, visits).output().expect("the bench starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    acks(&*output.stdout).collect()
}

/// Runs a bench on a log, kills it, and gives what it acknowledged until then.
fn killed(log: &Path, load: Load, moment: Moment) -> Vec<Ack> {
    let mut bench = bench(log, load, 1_000_000)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the bench starts");
    let output = bench.stdout.take().expect("its output is a pipe");
    let (first, told) = mpsc::channel();
    let reader = std::thread::spawn(move || {
        let mut acks = acks(output).peekable();
        if acks.peek().is_some() {
            first.send(()).expect("somebody waits for it");
        }
        let acks = acks.collect::<Vec<_>>();
        drop(first); // the output has ended, and with it the bench
        acks
    });
    let waited = match moment {
        Moment::Opening(delay) => told.recv_timeout(delay),
        Moment::Serving(delay) => match told.recv() {
            Ok(()) => told.recv_timeout(delay),
            Err(gone) => Err(gone.into()),
        },
    };
    let alive = waited != Err(RecvTimeoutError::Disconnected);
    assert!(alive, "the bench ended by itself: {}", last_words(bench));
    bench.kill().expect("it can be killed");
    let ended = bench.wait().expect("it ends");
    assert_eq!(ended.signal(), Some(KILLED), "{ended}: {}", last_words(bench));
    reader.join().expect("its output was read")
}

fn last_words(mut bench: Child) -> String {
    let mut words = String::new();
    let mut err = bench.stderr.take().expect("its errors are a pipe");
    err.read_to_string(&mut words).expect("they are text");
    words
}

fn rounds() -> usize {
    let long = std::env::var_os("CLINIC_LONG").is_some_and(|value| value == "1");
    if long { 10 * ROUNDS } else { ROUNDS }
}

fn seed() -> u64 {
    std::env::var("CLINIC_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1)
}

/// Numbers that look random and are the same for the same seed (`SplitMix64`).
struct Chance(u64);

impl Chance {
    /// A number below `limit`.
    fn below(&mut self, limit: u16) -> u16 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        u16::try_from((mixed ^ (mixed >> 31)) % u64::from(limit))
            .expect("less than a limit of 16 bits")
    }
}
