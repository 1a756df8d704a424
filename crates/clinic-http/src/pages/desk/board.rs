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

/// All boards, for a page that is made once.
pub(super) fn boards(desk: &Desk, look: &Look<'_>) -> Markup {
    html! {
        @if desk.boards.is_empty() { (nothing()) }
        @for board in &desk.boards {
            (frame(board, look, &html! {
                (head(board, desk, look))
            }, &html! {
                @for one in &board.rows { (row(one, board, desk, look)) }
                @if board.rows.is_empty() { (empty(board)) }
            }))
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
            frame(board, look, &none, &none),
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
fn frame(board: &RoomBoard, _look: &Look<'_>, head: &Markup, rows: &Markup) -> Markup {
    let room = board.room;
    html! {
        section.card.board id={ "board-" (room) } aria-labelledby={ "name-" (room) } {
            div id={ "top-" (room) } data-own { (head) }
            ol.rows id={ "rows-" (room) } data-own data-rows=(board.name) { (rows) }
        }
    }
}

fn head(board: &RoomBoard, desk: &Desk, look: &Look<'_>) -> Markup {
    let room = board.room;
    let serves = desk.serves.contains(&room);
    let waiting = board.rows.iter().filter(|row| row.rank.is_some()).count();
    let skipped = skipped(board);
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
            @if serves && waiting > 0 && look.may_start() {
                form method="post" action={ "/do/clinics/" (look.clinic) "/rooms/" (room) "/call-next" } data-done=(w::done("call-next")) {
                    (look.wish())
                    @if look.call.is_some() { input type="hidden" name="pausing:bool" value="true"; }
                    button.primary aria-describedby=[skipped.as_ref().map(|_| format!("skips-{room}"))] { (w::CALL_NEXT) }
                    @if let Some(names) = &skipped { span.hint id={ "skips-" (room) } { (w::skips(names)) } }
                }
            }
            @if !board.alerts.is_empty() {
                ul.alerts {
                    @for alert in &board.alerts { li { (told(alert, board)) } }
                }
            }
        }
    }
}

/// Whom *call next* passes over: those before the first who waits and is there.
fn skipped(board: &RoomBoard) -> Option<String> {
    let why = |row: &Row| match (&row.doing, row.presence) {
        (Doing::OnHold { .. }, _) => Some(w::ON_HOLD_NOW),
        (Doing::Waiting { .. }, Presence::OfflineSince(_)) => Some(w::OFFLINE_NOW),
        (Doing::Waiting { .. }, Presence::Online) | (Doing::InCall { .. }, _) => None,
    };
    let queue = board.rows.iter().filter(|row| row.rank.is_some());
    let passed = queue.map_while(|row| Some(format!("{} ({})", named(row), why(row)?)));
    let passed: Vec<String> = passed.collect();
    (!passed.is_empty()).then(|| passed.join(", "))
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
