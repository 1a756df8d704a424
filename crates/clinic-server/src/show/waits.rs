//! The report of waits, by room, by hour, by day and by member.

use chrono::NaiveDate;
use clinic_domain::ids::RoomId;
use clinic_domain::time::Millis;
use clinic_projections::directory::Directory;
use clinic_projections::report::{Figures, Percentiles, Report};

use super::table::Align::{Left, Right};
use super::table::{cell, list};
use super::words::{figure, in_order, percent, seconds};

/// For people: by room, by hour, and how members spent their time.
pub(crate) fn drawn(report: &Report, directory: &Directory, width: u16) -> Vec<String> {
    let mut rooms = rooms(report, directory);
    rooms.push(("in all".to_owned(), &report.total));
    let hour = |(hour, figures)| (format!("{hour:02}:00-{hour:02}:59"), figures);
    let hours: Vec<(String, &Figures)> = report.hours.iter().map(hour).collect();
    let mut lines = waited("How long people waited, by room", &rooms, width);
    lines.extend(spent("What the visits did, by room", &rooms, width));
    lines.extend(waited("How long people waited, by the hour in which they came", &hours, width));
    if report.days.len() > 1 {
        let day = |(day, figures): (&NaiveDate, _)| (day.to_string(), figures);
        let days: Vec<(String, &Figures)> = report.days.iter().map(day).collect();
        lines.extend(waited("How long people waited, by the day on which they came", &days, width));
    }
    lines.extend(members(report, directory, width));
    lines.push(match report.open.len() {
        0 => "Nobody is waiting now.".to_owned(),
        1 => "1 visit is still open; its present stay is in no percentile yet.".to_owned(),
        open => {
            format!("{open} visits are still open; their present stays are in no percentile yet.")
        }
    });
    lines
}

fn waited(title: &str, rows: &[(String, &Figures)], width: u16) -> Vec<String> {
    let header = [
        ("", Left),
        ("check-ins", Right),
        ("stays", Right),
        ("half", Right),
        ("9 of 10", Right),
        ("99 of 100", Right),
        ("left unseen", Right),
    ];
    let rows = rows.iter().map(|(title, figures)| {
        let waited = |which: fn(&Percentiles) -> Millis| {
            cell(figure(&figures.waiting, |percentiles| which(percentiles).to_string()))
        };
        let left = figure(&figures.left_unseen, |share| {
            format!("{} of {}", share.some.len(), share.of.len())
        });
        vec![
            cell(title),
            cell(figures.check_ins.len()),
            cell(figures.waiting.known().map_or(0, |waiting| waiting.of.len())),
            waited(|all| all.p50.wait),
            waited(|all| all.p90.wait),
            waited(|all| all.p99.wait),
            cell(left),
        ]
    });
    std::iter::once(title.to_owned()).chain(list(width, &header, rows)).collect()
}

fn spent(title: &str, rows: &[(String, &Figures)], width: u16) -> Vec<String> {
    let header = [
        ("", Left),
        ("waiting", Right),
        ("on hold", Right),
        ("offline", Right),
        ("in call", Right),
        ("in all", Right),
    ];
    let rows = rows.iter().map(|(title, figures)| {
        let parts = &figures.parts;
        let spans = [parts.waiting, parts.on_hold, parts.offline, parts.in_call, parts.whole()];
        std::iter::once(cell(title)).chain(spans.map(cell)).collect()
    });
    std::iter::once(title.to_owned()).chain(list(width, &header, rows)).collect()
}

fn members(report: &Report, directory: &Directory, width: u16) -> Vec<String> {
    if report.members.is_empty() {
        return vec![];
    }
    let header = [("", Left), ("online", Right), ("in call", Right), ("in call of online", Right)];
    let mut members: Vec<_> = report
        .members
        .iter()
        .map(|(id, used)| {
            let named = directory.member_at(*id, report.position);
            (named.map_or_else(|| id.to_string(), |named| named.name.to_string()), used)
        })
        .collect();
    members.sort_by_cached_key(|(name, _)| in_order(name));
    let rows = members.into_iter().map(|(name, used)| {
        let share = figure(&used.per_mille, |per_mille| percent(*per_mille));
        vec![cell(name), cell(used.online), cell(used.in_call), cell(share)]
    });
    let title = "How members spent their time".to_owned();
    std::iter::once(title).chain(list(width, &header, rows)).collect()
}

/// The rooms, by name.
fn rooms<'r>(report: &'r Report, directory: &Directory) -> Vec<(String, &'r Figures)> {
    let named = |(id, figures): (&RoomId, &'r Figures)| {
        let named = directory.room_at(*id, report.position);
        (named.map_or_else(|| id.to_string(), |named| named.name.to_string()), figures)
    };
    let mut rooms: Vec<_> = report.rooms.iter().map(named).collect();
    rooms.sort_by_cached_key(|(name, _)| in_order(name));
    rooms
}

/// The columns of the report's CSV.
pub(crate) const COLUMNS: [&str; 16] = [
    "of",
    "key",
    "check_ins",
    "stays",
    "p50_s",
    "p90_s",
    "p99_s",
    "waiting_s",
    "on_hold_s",
    "offline_s",
    "in_call_s",
    "closed",
    "left_unseen",
    "moved_in",
    "abandoned",
    "reversed",
];

/// The report for a spreadsheet: what there is no data for stays empty.
pub(crate) fn records(report: &Report, directory: &Directory) -> Vec<Vec<String>> {
    let rooms = rooms(report, directory).into_iter().map(|(name, all)| ("room", name, all));
    let days = report.days.iter().map(|(day, all)| ("day", day.to_string(), all));
    let hours = report.hours.iter().map(|(hour, all)| ("hour", hour.to_string(), all));
    let total = [("total", String::new(), &report.total)];
    rooms.chain(days).chain(hours).chain(total).map(|(of, key, all)| record(of, key, all)).collect()
}

fn record(of: &str, key: String, figures: &Figures) -> Vec<String> {
    let waiting = figures.waiting.known();
    let known = |text: Option<String>| text.unwrap_or_default();
    let parts = &figures.parts;
    let (left, abandoned) = (figures.left_unseen.known(), figures.abandoned.known());
    vec![
        of.to_owned(),
        key,
        figures.check_ins.len().to_string(),
        waiting.map_or(0, |all| all.of.len()).to_string(),
        known(waiting.map(|all| seconds(all.p50.wait))),
        known(waiting.map(|all| seconds(all.p90.wait))),
        known(waiting.map(|all| seconds(all.p99.wait))),
        seconds(parts.waiting),
        seconds(parts.on_hold),
        seconds(parts.offline),
        seconds(parts.in_call),
        figures.closed.values().map(Vec::len).sum::<usize>().to_string(),
        known(left.map(|share| share.some.len().to_string())),
        known(abandoned.map(|share| share.of.len().to_string())),
        known(abandoned.map(|share| share.some.len().to_string())),
        figures.reversed.len().to_string(),
    ]
}
