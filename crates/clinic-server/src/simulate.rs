//! `clinic simulate`: days at random on several nodes over one log that fails, held to every law
//! after every event.

use std::io;
use std::ops::ControlFlow;

use clinic_testkit::sim::{Days, Fault, Plan, Ran, run_days};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::cli::{Cli, Format, Simulate};
use crate::failure::Failure;
use crate::out::Out;
use crate::progress::Progress;
use crate::show::table::{Align, cell, list};
use crate::stopwatch::Stopwatch;

/// Simulates the days that are asked for, and prints what they came to.
pub(crate) fn simulate(
    out: &mut Out,
    asked: &Simulate,
    cli: &Cli,
    width: u16,
) -> Result<(), Failure> {
    if cli.types_a_kept_log() || cli.clinic.is_some() {
        let said = "--log and --clinic are of no use here: a simulation has clinics of its own";
        return Err(Failure::Usage(said.to_owned()));
    }
    if asked.story && asked.format != Format::Table {
        let said = "--story is for people: it goes with --format table";
        return Err(Failure::Usage(said.to_owned()));
    }
    let nodes = usize::try_from(asked.nodes).unwrap_or(usize::MAX);
    let plan = Plan { nodes, faults: asked.faults.0.clone(), ..Plan::new(asked.seed) };
    let (start, progress) = (Stopwatch::start(), Progress::of("simulating"));
    let (mut digest, mut done, mut told) = (Sha256::new(), 0, Ok(()));
    let ran = run_days(&plan, asked.days, |seed, ran| {
        done += 1;
        progress.at("simulating", done, asked.days);
        digest.update(format!("seed {seed}\n{}\n", ran.story.join("\n")));
        if asked.story {
            told = tell(out, seed, ran);
        }
        if told.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    told?;
    let ran = ran.map_err(|found| {
        let faults: Vec<&str> = asked.faults.0.iter().map(|fault| fault.name()).collect();
        let faults = if faults.is_empty() { "none".to_owned() } else { faults.join(",") };
        let again = format!("clinic simulate --seed {} --days 1 --nodes {nodes}", found.seed);
        Failure::Refused(format!("{found}\nAgain: {again} --faults {faults}"))
    })?;
    drop(progress);
    let mut err = Out::stderr();
    // Not among the results: they are the same every time.
    let a_minute = start.rate(ran.days.saturating_mul(60));
    err.line(&format!("{} days a minute", grouped(&a_minute))).and_then(|()| err.flush())?;
    let report = Report::of(asked, &ran, digest);
    match asked.format {
        Format::Json => out.json(&report)?,
        Format::Table => out.lines(report.lines(width))?,
        Format::Csv => out.records(&["fault", "times"], report.rows())?,
    }
    Ok(())
}

fn tell(out: &mut Out, seed: u64, ran: &Ran) -> io::Result<()> {
    out.line(&format!("day of seed {seed}"))?;
    ran.story.iter().try_for_each(|line| out.line(&format!("  {line}")))
}

/// What the days came to.
#[derive(Serialize)]
struct Report {
    seed: u64,
    days: u64,
    nodes: u64,
    /// Commands answered.
    commands: usize,
    /// Those of them that were granted, and did something.
    granted: usize,
    /// Events in the logs.
    events: usize,
    /// Appends that lost a race to another node.
    raced: usize,
    /// Batches of several commands.
    together: usize,
    /// SHA-256 of all days, line by line.
    story: String,
    /// How often each fault struck.
    faults: Vec<Struck>,
}

#[derive(Serialize)]
struct Struck {
    fault: &'static str,
    times: usize,
}

impl Report {
    fn of(asked: &Simulate, ran: &Days, story: Sha256) -> Self {
        let Days { days, ran } = ran;
        let times = |fault| ran.faults.get(&fault).copied().unwrap_or_default();
        let struck = |fault: Fault| Struck { fault: fault.name(), times: times(fault) };
        Self {
            seed: asked.seed,
            days: *days,
            nodes: asked.nodes,
            commands: ran.commands,
            granted: ran.granted,
            events: ran.events,
            raced: ran.raced,
            together: ran.together,
            story: format!("{:x}", story.finalize()),
            faults: asked.faults.0.iter().copied().map(struck).collect(),
        }
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let row = |struck: &Struck| vec![struck.fault.to_owned(), struck.times.to_string()];
        self.faults.iter().map(row).collect()
    }

    fn lines(&self, width: u16) -> Vec<String> {
        let Self { seed, days, nodes, commands, granted, events, raced, together, story, faults } =
            self;
        let last = seed.wrapping_add(days.saturating_sub(1));
        let mut lines = vec![
            format!("Every law held. Seeds {seed} to {last}, days {days}, nodes {nodes}."),
            format!(
                "{} commands answered, {} of them granted; {} events.",
                grouped(commands),
                grouped(granted),
                grouped(events)
            ),
            format!(
                "{} appends lost a race, {} batches had several commands.",
                grouped(raced),
                grouped(together)
            ),
        ];
        if faults.is_empty() {
            lines.push("No faults.".to_owned());
        } else {
            let header = [("fault", Align::Left), ("times", Align::Right)];
            let row = |struck: &Struck| vec![cell(struck.fault), cell(grouped(&struck.times))];
            lines.extend(list(width, &header, faults.iter().map(row)));
        }
        lines.push(format!("Story: sha256:{story}"));
        lines
    }
}

/// `1,234,567`.
fn grouped(number: &dyn ToString) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
