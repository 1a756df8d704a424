//! A row: one visit on a board, and what may be done with it there.

use clinic_domain::ids::VisitId;
use clinic_domain::text::Title;
use clinic_domain::visit::{HoldReason, Presence, Priority};
use clinic_projections::board::{Alert, RoomBoard};
use clinic_projections::row::{Doing, Level, Row};
use maud::{Markup, html};

use super::super::words as w;
use super::Look;
use super::model::Desk;
use crate::reads::words::{clear, clear_if};

/// The name that a patient goes by.
pub(in crate::pages) fn named(row: &Row) -> String {
    clear(&row.name).unwrap_or_else(|| w::ERASED.to_owned())
}

pub(super) fn row(row: &Row, board: &RoomBoard, desk: &Desk, look: &Look<'_>) -> Markup {
    let level = match row.level {
        Level::Fine => "fine",
        Level::Warn => "warn",
        Level::Late => "late",
    };
    let doing = match &row.doing {
        Doing::Waiting { .. } => "waiting",
        Doing::OnHold { .. } => "on-hold",
        Doing::InCall { .. } => "in-call",
    };
    let serves = desk.serves.contains(&board.room);
    html! {
        li.visit id={ "row-" (row.visit) } data-level=(level) data-doing=(doing) data-arrival=(row.visit) {
            span.rank { @if let Some(rank) = row.rank { (rank) } }
            div.who {
                h3 { (named(row)) @if let Some(phone) = clear_if(row.phone.as_ref()) { " " span.phone { "…" (phone) } } }
                (badges(row, look))
                @if let Some(reason) = clear_if(row.reason.as_ref()) { p.reason { (reason) } }
                p.doing { (state(row, look)) }
                (leg(row, look))
                (notes(row, look))
                (checklist(row, look, serves))
            }
            dl.clocks {
                div { dt { (w::HERE) } dd { (look.clock(row.in_room.since)) } }
                div { dt { (w::IN_ALL) } dd { (look.clock(row.since_check_in.since)) } }
            }
            div.acts { (acts(row, board, look, serves)) }
        }
    }
}

fn badges(row: &Row, look: &Look<'_>) -> Markup {
    html! {
        p.badges {
            @match row.priority {
                Priority::Urgent => span.pill.bad { (w::URGENT) },
                Priority::Soon => span.pill.warn { (w::SOON) },
                Priority::Routine => {}
            }
            @match &row.expected {
                None => span.pill { (w::DROP_IN_BADGE) },
                Some(expected) => span.pill {
                    (w::BOOKED_BADGE)
                    @if let Some(member) = &expected.member { " " (w::WITH) " " (member) }
                    @else if let Some(room) = &expected.room_name { " " (w::FOR) " " (room) }
                    @if let Some(at) = expected.appointment { ", " (look.at(at)) }
                }
            }
            @if let Presence::OfflineSince(since) = row.presence {
                span.pill.warn { (w::OFFLINE) " " (look.clock(since)) }
            }
            @if row.legs > 1 { span.pill { (w::legs(row.legs)) } }
        }
    }
}

/// What it is doing, since when and with whom.
fn state(row: &Row, look: &Look<'_>) -> Markup {
    html! {
        @match &row.doing {
            Doing::Waiting { .. } => {
                span.dot { (w::WAITS) }
                @if let Some(because) = &row.because { span.because { (w::because(&because.to_string())) } }
            }
            Doing::OnHold { by, reason, clock, .. } => {
                span.dot {
                    @match reason {
                        HoldReason::Paused => (w::on_hold_by(&by.to_string())),
                        HoldReason::MemberLost => (w::HELD_LOST),
                        HoldReason::MemberDisabled => (w::HELD_DISABLED),
                    }
                }
                " " (look.clock(clock.since))
            }
            Doing::InCall { with, clock, .. } => {
                span.dot { (w::with(&with.to_string())) } " " (look.clock(clock.since))
            }
        }
    }
}

/// How it came here, or came back.
fn leg(row: &Row, look: &Look<'_>) -> Markup {
    html! {
        @if let Some(leg) = &row.transferred {
            p.leg {
                (w::transferred_by(&leg.by.to_string(), leg.from_name.as_ref().map(Title::as_str)))
                " " (look.at(leg.at))
            }
            @if let Some(note) = clear_if(leg.note.as_ref()) { blockquote { (note) } }
        }
        @if let Some(back) = &row.came_back {
            p.leg { (w::came_back_from(back.why, back.sending.to_name.as_ref().map(Title::as_str))) " " (look.at(back.at)) }
            @if let Some(note) = clear_if(back.note.as_ref()) { blockquote { (note) } }
        }
    }
}

fn notes(row: &Row, look: &Look<'_>) -> Markup {
    html! {
        @if !row.notes.is_empty() {
            ul.notes {
                @for written in &row.notes {
                    li {
                        (clear(&written.note).unwrap_or_else(|| w::ERASED.to_owned()))
                        " " span.by { (written.by) ", " (look.at(written.at)) }
                    }
                }
            }
        }
    }
}

fn checklist(row: &Row, look: &Look<'_>, serves: bool) -> Markup {
    html! {
        @if !row.checklist.is_empty() {
            ul.checklist aria-label=(w::CHECKLIST) {
                @for tick in &row.checklist {
                    li {
                        @if serves && !tick.elsewhere {
                            form method="post" action={ "/do/clinics/" (look.clinic) "/visits/" (row.visit) "/tick-checklist" } {
                                (look.wish())
                                input type="hidden" name="label" value=(tick.label);
                                input type="hidden" name="done:bool" value=(!tick.done);
                                button.tick aria-pressed=(tick.done) { (tick.label) }
                            }
                        } @else {
                            span.tick data-done[tick.done] { (tick.label) }
                        }
                    }
                }
            }
        }
    }
}

/// What may be done: the next step first, what is rarer behind a menu.
fn acts(row: &Row, board: &RoomBoard, look: &Look<'_>, serves: bool) -> Markup {
    let mine = look.call == Some(row.visit);
    let may_start = serves && look.may_start();
    let seen = html! { input type="hidden" name="seen:int" value=(row.version); };
    html! {
        @if let (Some(leg), Some(until)) = (&row.transferred, row.answer_by) {
            @if serves {
                (look.ask(row.visit, "accept-transfer", "primary", w::ACCEPT,
                    &html! { input type="hidden" name="transfer" value=(leg.transfer); }))
                a.button href={ "/desk/visits/" (row.visit) "/decline" } data-dialog { (w::DECLINE) }
                span.until { (w::UNTIL) " " (look.at(until)) }
            }
        }
        @match &row.doing {
            Doing::Waiting { .. } if may_start => (start(row.visit, w::START, look, &seen)),
            Doing::OnHold { .. } if may_start => (start(row.visit, w::RESUME, look, &seen)),
            Doing::InCall { .. } if mine => {
                a.button.primary href={ "/desk/visits/" (row.visit) "/join" } target="_blank" rel="noopener" { (w::JOIN) }
                @if look.may_pause { (look.ask(row.visit, "pause-call", "", w::PAUSE, &seen)) }
            }
            Doing::Waiting { .. } | Doing::OnHold { .. } | Doing::InCall { .. } => {}
        }
        @if look.may_transfer {
            a.button href={ "/desk/visits/" (row.visit) "/transfer" } data-dialog { (w::TRANSFER) }
        }
        (more(row, board, look, serves, mine))
    }
}

fn start(visit: VisitId, name: &str, look: &Look<'_>, seen: &Markup) -> Markup {
    let busy = look.call.is_some();
    let name = if busy { w::pausing(name) } else { name.to_owned() };
    look.ask(
        visit,
        "start-call",
        "primary",
        &name,
        &html! {
            (seen)
            @if busy { input type="hidden" name="pausing:bool" value="true"; }
        },
    )
}

/// What is done now and then.
fn more(row: &Row, board: &RoomBoard, look: &Look<'_>, serves: bool, mine: bool) -> Markup {
    let visit = row.visit;
    let in_call = match row.doing {
        Doing::InCall { .. } => true,
        Doing::Waiting { .. } | Doing::OnHold { .. } => false,
    };
    let left_over = |alert: &Alert| match alert {
        Alert::ClosingTimePassed { inside, .. } => inside.contains(&visit),
        Alert::NobodyServes { .. }
        | Alert::Unattended { .. }
        | Alert::KeepsReturning { .. }
        | Alert::CameBack { .. }
        | Alert::LostMember { .. } => false,
    };
    html! {
        details.menu {
            summary aria-label=(w::more_of(&named(row))) { (w::MORE) }
            div {
                @if mine {
                    (look.ask(visit, "end-call", "quiet", w::END_CALL,
                        &html! { input type="hidden" name="seen:int" value=(row.version); }))
                }
                @for (priority, word, name) in PRIORITIES {
                    @if row.priority != priority {
                        (look.ask(visit, "set-priority", "quiet", name,
                            &html! { input type="hidden" name="priority" value=(word); }))
                    }
                }
                @if serves { a href={ "/desk/visits/" (visit) "/note" } data-dialog { (w::ADD_NOTE) } }
                @if board.alerts.iter().any(left_over) {
                    (look.ask(visit, "carry-over", "quiet", w::CARRY_OVER, &html! {}))
                }
                // A visit in call can only be the one that goes on.
                @if !in_call { a href={ "/desk/visits/" (visit) "/merge" } data-dialog { (w::MERGE) } }
                a href={ "/visits/" (visit) } { (w::HISTORY) }
                a href={ "/desk/visits/" (visit) "/close" } data-dialog { (w::CLOSE) }
            }
        }
    }
}

const PRIORITIES: [(Priority, &str, &str); 3] = [
    (Priority::Urgent, "urgent", w::MAKE_URGENT),
    (Priority::Soon, "soon", w::MAKE_SOON),
    (Priority::Routine, "routine", w::MAKE_ROUTINE),
];
