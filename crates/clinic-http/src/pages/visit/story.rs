//! What happened to a visit, line by line, and the transfers among it by themselves.

use clinic_domain::ids::TransferId;
use clinic_domain::text::Title;
use clinic_domain::time::Timestamp;
use clinic_projections::timeline::Line;
use maud::{Markup, html};

use super::super::words as w;
use super::Told;
use crate::reads::words::clear_if;

pub(super) fn section(told: &Told) -> Markup {
    html! {
        section.card aria-labelledby="story" {
            h2 #story { (w::WHAT_HAPPENED) }
            ol.story { @for (one, room) in told.timeline.lines.iter().zip(rooms(told)) { (line(one, room, told)) } }
        }
    }
}

/// The legs, each with what became of it; nothing where it never moved.
pub(super) fn transfers(told: &Told) -> Markup {
    let mut legs: Vec<TransferId> = vec![];
    for leg in told.timeline.lines.iter().filter_map(|line| line.transfer) {
        if !legs.contains(&leg) {
            legs.push(leg);
        }
    }
    let of = |leg| told.timeline.lines.iter().filter(move |line| line.transfer == Some(leg));
    html! {
        @if !legs.is_empty() {
            section.card aria-labelledby="transfers" {
                h2 #transfers { (w::TRANSFERS) }
                ol.legs {
                    @for leg in legs {
                        li { ol.story { @for one in of(leg) { (line(one, None, told)) } } }
                    }
                }
            }
        }
    }
}

/// The room of each line that is in another than the one before.
fn rooms(told: &Told) -> Vec<Option<&str>> {
    let mut before = None;
    let new = |line: &'_ Line| {
        let moved = line.room != before;
        before = line.room;
        moved
    };
    let moved: Vec<bool> = told.timeline.lines.iter().map(new).collect();
    let named = told.timeline.lines.iter().zip(moved);
    named
        .map(|(line, moved)| line.room_name.as_ref().filter(|_| moved).map(Title::as_str))
        .collect()
}

fn line(line: &Line, room: Option<&str>, told: &Told) -> Markup {
    let who = line.who.to_string();
    // Most sentences say who it was.
    let by = (!line.sentence.contains(&who)).then_some(who.as_str());
    html! {
        li {
            (told.wall.second(line.at, first(told)))
            div {
                p { (w::sentence(&line.sentence)) }
                @if by.is_some() || room.is_some() { p.meta { (w::by_and_where(by, room)) } }
                @if let Some(note) = clear_if(line.note.as_ref()) { blockquote.text { (note) } }
            }
        }
    }
}

/// The day that lines need not name.
fn first(told: &Told) -> Timestamp {
    told.timeline.lines.first().map_or(told.wall.now, |line| line.at)
}
