//! How long a visit did what in which room: a bar for each stay, and the same as a table whose parts sum
//! to the whole.

use clinic_domain::time::Millis;
use clinic_projections::stay::{Parts, Stay};
use maud::{Markup, html};

use super::super::words as w;
use super::Told;

pub(super) fn section(told: &Told) -> Markup {
    html! {
        section.card aria-labelledby="time" {
            h2 #time { (w::WHERE_THE_TIME_WENT) }
            (bars(told))
            (table(told))
        }
    }
}

/// What a part is drawn as: its class, its pattern if it has one, its name, and how long it was.
fn drawn(parts: &Parts) -> [(&'static str, Option<&'static str>, &'static str, Millis); 4] {
    [
        ("waiting", None, w::PART_WAITING, parts.waiting),
        ("on-hold", Some("url(#hatched)"), w::PART_ON_HOLD, parts.on_hold),
        ("offline", None, w::PART_OFFLINE, parts.offline),
        ("in-call", None, w::PART_IN_CALL, parts.in_call),
    ]
}

fn bars(told: &Told) -> Markup {
    let stays = || told.timeline.stays.iter().zip(&told.rooms);
    let whole = |stay: &Stay| stay.parts(told.until()).whole().0;
    let longest = told.timeline.stays.iter().map(whole).max().unwrap_or(0);
    html! {
        div.stays {
            @for (stay, room) in stays() {
                div.stay {
                    p { strong { (room) } " " span.meta { (span_of(told, stay)) } }
                    (bar(room, &stay.parts(told.until()), longest))
                }
            }
            (legend())
        }
    }
}

fn span_of(told: &Told, stay: &Stay) -> Markup {
    html! {
        (told.wall.minute(stay.from)) " – "
        @match stay.until {
            Some(until) => (told.wall.minute(until)),
            None => (w::NOW),
        }
    }
}

/// A stay's parts one after the other; the longest stay fills the line.
fn bar(room: &str, parts: &Parts, longest: u64) -> Markup {
    let mut from = 0_u64;
    let shown = drawn(parts).map(|(class, pattern, name, span)| {
        let begin = from;
        from = from.saturating_add(span.0);
        (class, pattern, name, span, share(begin, longest), share(span.0, longest))
    });
    let told: Vec<String> = drawn(parts)
        .iter()
        .filter(|(.., span)| span.0 > 0)
        .map(|(_, _, name, span)| format!("{name} {span}"))
        .collect();
    html! {
        svg.bar width="100%" height="20" role="img" aria-label=(w::bar_of(room, &told.join(", "))) {
            @for (class, pattern, name, span, x, width) in &shown {
                @if span.0 > 0 {
                    rect class={ "part " (class) } x=(x) y="2" width=(width) height="16" { title { (name) " " (span) } }
                    @if let Some(pattern) = pattern {
                        rect x=(x) y="2" width=(width) height="16" fill=(pattern) {}
                    }
                }
            }
        }
    }
}

/// Some of a whole, as SVG has it.
fn share(some: u64, whole: u64) -> String {
    let of_ten_thousand = some.saturating_mul(10_000).checked_div(whole).unwrap_or(0);
    format!("{}.{:02}%", of_ten_thousand / 100, of_ten_thousand % 100)
}

fn legend() -> Markup {
    html! {
        ul.legend {
            @for (class, pattern, name, _) in drawn(&Parts::default()) {
                li {
                    svg width="20" height="20" aria-hidden="true" {
                        @if pattern.is_some() { (hatching()) }
                        rect class={ "part " (class) } x="2" y="2" width="16" height="16" {}
                        @if let Some(pattern) = pattern {
                            rect x="2" y="2" width="16" height="16" fill=(pattern) {}
                        }
                    }
                    (name)
                }
            }
        }
    }
}

/// Lines that tell one part from another where colours do not.
fn hatching() -> Markup {
    html! {
        defs {
            pattern #hatched patternUnits="userSpaceOnUse" width="6" height="6" patternTransform="rotate(45)" {
                rect.hatch width="2.5" height="6" {}
            }
        }
    }
}

fn table(told: &Told) -> Markup {
    let whole = told.timeline.parts(told.until());
    html! {
        div.scroll tabindex="0" role="group" aria-labelledby="time" {
            table {
                thead {
                    tr {
                        th scope="col" { (w::ROOM) }
                        @for (_, _, name, _) in drawn(&whole) { th.number scope="col" { (name) } }
                        th.number scope="col" { (w::IN_ALL_TOGETHER) }
                    }
                }
                tbody {
                    @for (stay, room) in told.timeline.stays.iter().zip(&told.rooms) {
                        tr {
                            th scope="row" { (room) " " span.meta { (span_of(told, stay)) } }
                            (cells(&stay.parts(told.until())))
                        }
                    }
                }
                tfoot { tr { th scope="row" { (w::IN_ALL_TOGETHER) } (cells(&whole)) } }
            }
        }
    }
}

fn cells(parts: &Parts) -> Markup {
    html! {
        @for (.., span) in drawn(parts) { td.number.zero[span.0 == 0] { (span) } }
        td.number { strong { (parts.whole()) } }
    }
}
