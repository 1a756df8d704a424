//! The boards: a room's head, its alerts and its rows.

use clinic_domain::ids::VisitId;
use clinic_domain::visit::Presence;
use clinic_projections::board::{Alert, DoorState, RoomBoard};
use clinic_projections::row::{Doing, Row};
use maud::{Markup, html};

use super::super::live::Part;
use super::super::words as w;
use super::Look;
use super::model::Desk;
use super::row::{named, row};
use crate::limits;

/// All boards, for a page that is made once. Of a long one a script is shown the beginning, so that the page is there
/// at once; the rest comes in slices by the stream.
pub(super) fn boards(desk: &Desk, look: &Look<'_>) -> Markup {
    let rows = |board: &RoomBoard, rows: &[Row]| {
        html! {
            @for one in rows { (row(one, board, desk, look)) }
        }
    };
    html! {
        @if desk.boards.is_empty() { (nothing()) }
        @for board in &desk.boards {
            @let (first, rest) = board.rows.split_at(board.rows.len().min(limits::DESK_ROWS_AT_ONCE));
            (frame(board, &head(board, desk, look), &html! {
                (rows(board, first))
                @if board.rows.is_empty() { (empty(board)) }
            }))
            @if !rest.is_empty() {
                noscript { ol.rows.card { (rows(board, rest)) } }
            }
        }
    }
}

/// The same, part by part.
pub(super) fn parts(desk: &Desk, look: &Look<'_>) -> Vec<Part> {
    let mut parts = vec![];
    if desk.boards.is_empty() {
        parts.push(Part::new("boards", "nothing", nothing()));
    }
    for board in &desk.boards {
        let none = html! {};
        let (top, rows) = (format!("top-{}", board.room), format!("rows-{}", board.room));
        parts.push(Part::new(
            "boards",
            format!("board-{}", board.room),
            frame(board, &none, &none),
        ));
        parts.push(Part::new(top, format!("head-{}", board.room), head(board, desk, look)));
        for one in &board.rows {
            parts.push(Part::new(
                rows.clone(),
                format!("row-{}", one.visit),
                row(one, board, desk, look),
            ));
        }
        if board.rows.is_empty() {
            parts.push(Part::new(rows, format!("empty-{}", board.room), empty(board)));
        }
    }
    parts
}

/// The frame of a board. It stays the same while its head and rows change.
fn frame(board: &RoomBoard, head: &Markup, rows: &Markup) -> Markup {
    let room = board.room;
    html! {
        section.card.board id={ "board-" (room) } aria-labelledby={ "name-" (room) } {
            div id={ "top-" (room) } data-own { (head) }
            ol.rows id={ "rows-" (room) } data-own { (rows) }
        }
    }
}

fn head(board: &RoomBoard, desk: &Desk, look: &Look<'_>) -> Markup {
    let room = board.room;
    let serves = desk.serves.contains(&room);
    let waiting = board.rows.iter().filter(|row| row.rank.is_some()).count();
    html! {
        div.head id={ "head-" (room) } data-waiting=(waiting) {
            div {
                h2 id={ "name-" (room) } { (board.name) }
                p.meta {
                    (door(board, look))
                    " " span.people { (w::online(board.headcount.online, board.headcount.on_another_call)) }
                    " " span { (w::in_queue(board.queue)) }
                    " " a href={ "/today?room=" (room) } aria-label=(w::numbers_of_room(board.name.as_str())) { (w::NUMBERS) }
                }
            }
            @if serves && waiting > 0 && look.may_start() { (call_next(board, look)) }
            @if !board.alerts.is_empty() {
                ul.alerts {
                    @for alert in &board.alerts { li { (told(alert, board)) } }
                }
            }
        }
    }
}

fn call_next(board: &RoomBoard, look: &Look<'_>) -> Markup {
    let (room, pausing) = (board.room, look.call.is_some());
    let (skipped, callable) = passed(board);
    let name = if pausing { w::pausing(w::CALL_NEXT) } else { w::CALL_NEXT.to_owned() };
    let hint = if callable { w::skips(&skipped) } else { w::NOBODY_TO_CALL.to_owned() };
    html! {
        form method="post" action={ "/do/clinics/" (look.clinic) "/rooms/" (room) "/call-next" } data-done=(w::done("call-next")) {
            (look.wish())
            @if pausing { input type="hidden" name="pausing:bool" value="true"; }
            button.primary aria-describedby={ "next-" (room) } disabled[!callable] { (name) }
            span.hint id={ "next-" (room) } { (hint) }
        }
    }
}

/// Whom *call next* passes over, and whether it finds anybody: the first who waits and is there.
fn passed(board: &RoomBoard) -> (Vec<(String, &'static str)>, bool) {
    let why = |row: &Row| match (&row.doing, row.presence) {
        (Doing::OnHold { .. }, _) => Some(w::ON_HOLD_NOW),
        (Doing::Waiting { .. }, Presence::OfflineSince(_)) => Some(w::OFFLINE_NOW),
        (Doing::Waiting { .. }, Presence::Online) | (Doing::InCall { .. }, _) => None,
    };
    let queue: Vec<&Row> = board.rows.iter().filter(|row| row.rank.is_some()).collect();
    let passed: Vec<_> = queue.iter().map_while(|row| Some((named(row), why(row)?))).collect();
    let callable = passed.len() < queue.len();
    (passed, callable)
}

fn door(board: &RoomBoard, look: &Look<'_>) -> Markup {
    html! {
        @match &board.door {
            DoorState::Open { until: Some(until) } => span.pill.good { (w::DOOR_OPEN_UNTIL) " " (look.at(*until)) },
            DoorState::Open { until: None } => span.pill.good { (w::DOOR_OPEN) },
            DoorState::Shut { until: Some(until) } => span.pill.warn { (w::DOOR_SHUT_UNTIL) " " (look.at(*until)) },
            DoorState::Shut { until: None } => span.pill.warn { (w::DOOR_SHUT) },
            DoorState::Suspended { .. } => span.pill.warn { (w::DOOR_SUSPENDED) },
            DoorState::Archived => span.pill { (w::DOOR_ARCHIVED) },
        }
    }
}

/// What deserves attention, with the names that the rows have.
fn told(alert: &Alert, board: &RoomBoard) -> Markup {
    let name = |id: &VisitId| board.rows.iter().find(|row| row.visit == *id).map(named);
    let name = |id: &VisitId| name(id).unwrap_or_else(|| w::SOMEBODY.to_owned());
    let names = |ids: &[VisitId]| ids.iter().map(name).collect::<Vec<_>>().join(", ");
    html! {
        @match alert {
            Alert::ClosingTimePassed { inside, .. } => (w::closing_time(&names(inside))),
            Alert::NobodyServes { inside } => (w::nobody_serves(*inside)),
            Alert::Unattended { waiting } => (w::unattended(&names(waiting))),
            Alert::KeepsReturning { visit, times } => (w::keeps_returning(&name(visit), *times)),
            Alert::CameBack { visit, why } => (w::came_back(&name(visit), *why)),
            Alert::LostMember { visit, why } => (w::lost_member(&name(visit), *why)),
        }
    }
}

fn empty(board: &RoomBoard) -> Markup {
    html! { li.empty id={ "empty-" (board.room) } { (w::NOBODY_WAITS) } }
}

/// She serves nowhere.
fn nothing() -> Markup {
    html! {
        section.card #nothing {
            h2 { (w::NO_ROOMS) }
            p { (w::NO_ROOMS_LEAD) }
        }
    }
}

/// The boards that she may look at besides.
pub(super) fn others(desk: &Desk) -> Markup {
    html! {
        @if !desk.others.is_empty() {
            details.menu.up {
                summary { (w::OTHER_ROOMS) }
                div {
                    @for (room, name) in &desk.others { a href={ "/desk?room=" (room) } { (name) } }
                }
            }
        }
    }
}
