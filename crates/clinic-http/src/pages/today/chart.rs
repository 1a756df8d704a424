//! The hours of a day as bars, with the same numbers as a table below.

use std::ops::RangeInclusive;

use maud::{Markup, html};

use super::super::words as w;
use super::{Today, tables};

/// The hours of most clinics: shown even where nothing has happened in them, so that days look alike.
const USUAL: RangeInclusive<u32> = 8..=17;

/// A drawing is so wide and high, in its own units.
const WIDE: u64 = 360;
const HIGH: u64 = 150;
/// Where bars stand, and how high they may be: above them there is room for a number.
const FLOOR: u64 = 128;
const TALLEST: u64 = 104;
/// With more columns than this, numbers below and above would run into each other.
const LABELLED: u64 = 14;

/// A column: its hour, how high it is, and what that is in words.
struct Column {
    hour: u32,
    value: u64,
    shown: Option<String>,
}

pub(super) fn section(today: &Today) -> Markup {
    html! {
        section.card aria-labelledby="by-hour" {
            h2 #by-hour { (w::BY_HOUR) }
            @if today.report.hours.is_empty() { p { (super::no_data()) } } @else {
                div.charts {
                    (chart(w::CHECK_INS_BY_HOUR, "check-ins", &check_ins(today)))
                    (chart(w::MEDIAN_BY_HOUR, "median", &medians(today)))
                }
                (tables::hours(today))
                p.hint { (w::HOURS_HINT) }
            }
        }
    }
}

fn hours(today: &Today) -> RangeInclusive<u32> {
    let hours = &today.report.hours;
    let first = hours.first_key_value().map_or(*USUAL.start(), |(hour, _)| *hour);
    let last = hours.last_key_value().map_or(*USUAL.end(), |(hour, _)| *hour);
    first.min(*USUAL.start())..=last.max(*USUAL.end())
}

fn check_ins(today: &Today) -> Vec<Column> {
    let column = |hour| {
        let count = today.report.hours.get(&hour).map_or(0, |figures| figures.check_ins.len());
        let shown = (count > 0).then(|| count.to_string());
        Column { hour, value: u64::try_from(count).unwrap_or(u64::MAX), shown }
    };
    hours(today).map(column).collect()
}

/// How long half of those waited who came in an hour; where nobody's wait is over there is no bar.
fn medians(today: &Today) -> Vec<Column> {
    let column = |hour| {
        let waits = today.report.hours.get(&hour).and_then(|figures| figures.waiting.known());
        let wait = waits.map(|waits| waits.p50.wait.0);
        Column { hour, value: wait.unwrap_or(0), shown: wait.map(w::short_minutes) }
    };
    hours(today).map(column).collect()
}

fn chart(title: &str, class: &str, columns: &[Column]) -> Markup {
    let most = columns.iter().map(|column| column.value).max().unwrap_or(0).max(1);
    let count = u64::try_from(columns.len()).unwrap_or(1).max(1);
    let each = WIDE / count;
    let told: Vec<String> = columns
        .iter()
        .filter_map(|column| Some(format!("{}: {}", w::hour(column.hour), column.shown.as_ref()?)))
        .collect();
    html! {
        figure.chart {
            figcaption { (title) }
            @if told.is_empty() { p { (super::no_data()) } } @else {
                svg class=(class) viewBox={ "0 0 " (WIDE) " " (HIGH) } role="img" aria-label={ (title) ". " (told.join(", ")) } {
                    line.axis x1="0" y1=(FLOOR) x2=(WIDE) y2=(FLOOR) {}
                    @for (at, column) in (0_u64..).zip(columns) {
                        (bar(column, at * each, each, most, count <= LABELLED || column.hour.is_multiple_of(3)))
                    }
                }
            }
        }
    }
}

fn bar(column: &Column, x: u64, each: u64, most: u64, labelled: bool) -> Markup {
    // Who waited less than a moment has a bar, too, but no hour has one in which nobody waited.
    let high = (column.value.saturating_mul(TALLEST) / most).max(2);
    let middle = x + each / 2;
    html! {
        @if let Some(shown) = &column.shown {
            rect.column x=(x + each / 6) y=(FLOOR - high) width=(each - each / 3) height=(high) rx="2" {}
            text.value x=(middle) y=(FLOOR - high - 5) text-anchor="middle" { (shown) }
        }
        @if labelled {
            text.label x=(middle) y=(HIGH - 6) text-anchor="middle" { (format!("{:02}", column.hour)) }
        }
    }
}
