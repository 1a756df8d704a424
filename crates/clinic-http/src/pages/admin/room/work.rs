//! Who serves in a room, and by which rules its members work.

use clinic_domain::limits::{CHECKLIST_LABELS, LABEL_CHARS, LINK_BYTES, QUEUE_MAX};
use clinic_domain::room::{ArrivalOrder, RoomPolicy};
use clinic_domain::text::Label;
use clinic_domain::time::Millis;
use clinic_projections::availability::Availability;
use maud::{Markup, html};

use super::super::super::ask::in_minutes;
use super::super::super::words as w;
use super::super::{Forms, button, field, known, setting};
use super::Shown;

pub(super) fn settings(forms: &Forms<'_>, shown: &Shown) -> Markup {
    html! {
        (setting("members", w::SERVING, w::SERVING_LEAD, &members(&forms.at("members"), shown)))
        (setting("policy", w::POLICY, w::POLICY_LEAD, &policy(&forms.at("policy"), shown)))
        (setting("checklist", w::CHECKLIST, w::CHECKLIST_LEAD, &checklist(&forms.at("checklist"), shown)))
    }
}

fn members(forms: &Forms<'_>, shown: &Shown) -> Markup {
    html! {
        @if shown.serving.is_empty() { p.state.warn { (w::SERVED_BY_NOBODY) } }
        ul.lines {
            @for (id, name, availability) in &shown.serving {
                li {
                    a href={ "/admin/members/" (id) } { (name) }
                    (forms.form(&shown.path("unassign-member"), &html! {
                        input type="hidden" name="member" value=(id);
                        (unassign_known(name, *availability))
                        button.quiet aria-label=(w::unassign(name)) { (w::UNASSIGN) }
                    }))
                }
            }
        }
        @if shown.others.is_empty() { p.hint { (w::EVERYBODY_SERVES) } }
        @else {
            (forms.form(&shown.path("assign-member"), &html! {
                label { (w::ASSIGN_WHOM)
                    select name="member" required {
                        option value="" {}
                        @for (id, name) in &shown.others { option value=(id) { (name) } }
                    }
                }
                (button("primary", w::ASSIGN))
            }))
        }
    }
}

/// Whoever takes a board away from somebody who works at it says that she knows.
fn unassign_known(name: &str, availability: Availability) -> Markup {
    match availability {
        Availability::Online => known(&w::unassign_online(name)),
        Availability::OnAnotherCall => known(&w::unassign_in_call(name)),
        Availability::Away => html! {},
    }
}

/// All of the policy: what is not sent would not be kept.
fn policy(forms: &Forms<'_>, shown: &Shown) -> Markup {
    let policy = &shown.room.policy;
    shown.form(forms, "set-policy", &html! {
        div.pairs {
            (field(w::QUEUE_LIMIT, &w::at_most(QUEUE_MAX), &html! {
                input type="number" name="queue_limit:int" value=(policy.queue_limit) min="0" max=(QUEUE_MAX) required;
            }))
            (arrivals(policy.arrivals))
            (optional("accept_window_ms", w::ACCEPT_WINDOW, w::ACCEPT_WINDOW_HINT, policy.accept_window))
            (span("undo_window_ms", w::UNDO_WINDOW, w::WINDOW_HINT, policy.undo_window))
            (span("reopen_window_ms", w::REOPEN_WINDOW, w::WINDOW_HINT, policy.reopen_window))
            (optional("no_show_after_ms", w::NO_SHOW_AFTER, w::NO_SHOW_AFTER_HINT, policy.no_show_after))
            (span("wait_warn_ms", w::WAIT_WARN, w::WAIT_WARN_HINT, policy.wait_warn))
            (span("wait_late_ms", w::WAIT_LATE, w::WAIT_LATE_HINT, policy.wait_late))
            (field(w::RETURN_ALERT, w::RETURN_ALERT_HINT, &html! {
                input type="number" name="return_alert:int" value=(policy.return_alert) min="0" max=(u32::MAX) required;
            }))
            (field(w::CONSENT_VERSION, w::CONSENT_VERSION_HINT, &html! {
                input type="number" name="consent:int-null" value=[policy.consent] min="0" max=(u32::MAX);
            }))
        }
        (call_link(policy))
        (button("primary", w::SAVE))
    })
}

fn arrivals(now: ArrivalOrder) -> Markup {
    html! {
        label { (w::ARRIVALS)
            select name="arrivals" {
                option value="original_check_in" selected[now == ArrivalOrder::OriginalCheckIn] { (w::BY_CHECK_IN) }
                option value="back_of_queue" selected[now == ArrivalOrder::BackOfQueue] { (w::AT_THE_BACK) }
            }
        }
    }
}

fn call_link(policy: &RoomPolicy) -> Markup {
    let now = policy.call_link.as_ref().map(ToString::to_string).unwrap_or_default();
    field(
        w::CALL_LINK,
        w::CALL_LINK_HINT,
        &html! {
            input name="call_link:null" value=(now) maxlength=(LINK_BYTES) inputmode="url" spellcheck="false" placeholder="https://meet.example/{call}";
        },
    )
}

/// Minutes, perhaps with seconds, as the form is read.
const MINUTES: &str = "[0-9]{1,9}(:[0-5][0-9])?";

fn span(name: &str, label: &str, hint: &str, now: Millis) -> Markup {
    field(
        label,
        hint,
        &html! {
            input name={ (name) ":min" } value=(in_minutes(now)) pattern=(MINUTES) inputmode="numeric" title=(hint) required;
        },
    )
}

fn optional(name: &str, label: &str, hint: &str, now: Option<Millis>) -> Markup {
    field(
        label,
        hint,
        &html! {
            input name={ (name) ":min-null" } value=(now.map(in_minutes).unwrap_or_default()) pattern=(MINUTES) inputmode="numeric" title=(hint);
        },
    )
}

fn checklist(forms: &Forms<'_>, shown: &Shown) -> Markup {
    let labels: Vec<&str> = shown.room.checklist.iter().map(Label::as_str).collect();
    shown.form(
        forms,
        "set-checklist",
        &html! {
            (field(w::LABELS, &w::lines_hint(CHECKLIST_LABELS, LABEL_CHARS), &html! {
                textarea name="labels:lines" rows="4" { (labels.join("\n")) }
            }))
            (button("primary", w::SAVE))
        },
    )
}
