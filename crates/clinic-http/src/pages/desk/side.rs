//! Beside the boards: the call that its member is in, what she has sent, what has closed.

use clinic_domain::ids::VisitId;
use clinic_domain::text::Title;
use clinic_domain::transfer::Outcome;
use clinic_projections::one::OneVisit;
use clinic_projections::sent::Whereabouts;
use maud::{Markup, html};

use super::super::live::Part;
use super::super::words as w;
use super::Look;
use super::model::{Desk, SentLine};
use super::row::named;
use crate::reads::words::clear;

/// All of it, for a page that is made once.
pub(super) fn side(desk: &Desk, look: &Look<'_>) -> Markup {
    html! { (now(desk, look)) (sent(desk, look)) (closed(desk, look)) }
}

/// The same, part by part.
pub(super) fn parts(desk: &Desk, look: &Look<'_>) -> Vec<Part> {
    vec![
        Part::new("side", "now", now(desk, look)),
        Part::new("side", "sent", sent(desk, look)),
        Part::new("side", "closed", closed(desk, look)),
    ]
}

/// Her call.
fn now(desk: &Desk, look: &Look<'_>) -> Markup {
    html! {
        section.card.now #now data-call[desk.call.is_some()] {
            h2 { (w::YOUR_CALL) }
            @match &desk.call {
                None => p.hint { (w::NO_CALL) },
                Some(call) => (in_call(call, look)),
            }
        }
    }
}

fn in_call(call: &OneVisit, look: &Look<'_>) -> Markup {
    let (row, visit) = (&call.row, call.row.visit);
    let seen = html! { input type="hidden" name="seen:int" value=(row.version); };
    let room = call.room_name.as_ref().map(ToString::to_string).unwrap_or_default();
    html! {
        p.who { strong { (named(row)) } " " span.hint { (w::in_room(&room)) } }
        div.row {
            a.button.primary href={ "/desk/visits/" (visit) "/join" } target="_blank" rel="noopener" { (w::JOIN) }
            @if look.may_pause { (look.ask(visit, "pause-call", "", w::PAUSE, &seen)) }
            @if look.may_transfer { a.button href={ "/desk/visits/" (visit) "/transfer" } data-dialog { (w::TRANSFER) } }
            (look.ask(visit, "close-visit", "", w::COMPLETE, &html! {
                (seen)
                input type="hidden" name="reason" value="completed";
            }))
            (look.ask(visit, "end-call", "quiet", w::END_CALL, &seen))
        }
    }
}

/// What she has sent, and where it is now.
fn sent(desk: &Desk, look: &Look<'_>) -> Markup {
    html! {
        section.card.sent #sent {
            h2 { (w::SENT) }
            @if desk.sent.is_empty() { p.hint { (w::NOTHING_SENT) } }
            ul.plain {
                @for line in &desk.sent { li { (sent_line(line, look)) } }
            }
        }
    }
}

fn sent_line(line: &SentLine, look: &Look<'_>) -> Markup {
    let name = clear(&line.sent.name).unwrap_or_else(|| w::ERASED.to_owned());
    let transfer = line.sent.transfer;
    html! {
        p { strong { (name) } " " (w::sent_to(&line.to_name)) " " (look.at(line.sent.at)) }
        p.hint {
            @match &line.sent.now {
                Some(Whereabouts::Waiting { name, .. }) => (w::now_waiting(name.as_ref().map(Title::as_str))),
                Some(Whereabouts::InCall { name, .. }) => (w::now_in_call(name.as_ref().map(Title::as_str))),
                Some(Whereabouts::OnHold { name, .. }) => (w::now_on_hold(name.as_ref().map(Title::as_str))),
                Some(Whereabouts::Closed { reason, .. }) => (w::now_closed(*reason)),
                None => {}
            }
            @match line.sent.outcome {
                None => { " " (w::AWAITS_ANSWER) }
                Some(Outcome::Accepted) => { " " (w::ACCEPTED) }
                Some(Outcome::Declined) => { " " (w::DECLINED) }
                Some(Outcome::Expired) => { " " (w::EXPIRED) }
                Some(Outcome::Undone) => { " " (w::UNDONE) }
                Some(Outcome::Completed | Outcome::Withdrawn) => {}
            }
        }
        @if let Some(by) = &line.by { p.hint { (w::sent_by(by)) } }
        @if line.undo_until.is_some() {
            (look.ask(line.sent.visit, "undo-transfer", "quiet", w::UNDO, &html! {
                input type="hidden" name="transfer" value=(transfer);
            }))
        }
    }
}

/// What has closed lately, and may be reopened.
fn closed(desk: &Desk, look: &Look<'_>) -> Markup {
    html! {
        section.card.closed #closed {
            h2 { (w::CLOSED_LATELY) }
            @if desk.closed.is_empty() { p.hint { (w::NOTHING_CLOSED) } }
            ul.plain {
                @for (id, visit) in &desk.closed { li { (closed_line(*id, visit, look)) } }
            }
        }
    }
}

fn closed_line(id: VisitId, visit: &OneVisit, look: &Look<'_>) -> Markup {
    html! {
        p {
            a href={ "/visits/" (id) } { (named(&visit.row)) }
            @if let Some(over) = &visit.over { " " (w::closed_as(over.reason)) " " (look.at(over.at)) }
        }
        (look.ask(id, "reopen-visit", "quiet", w::REOPEN, &html! {}))
    }
}
