//! What concerns the patients of a room: texts, hours, suspension and passcode.

use clinic_domain::hours;
use clinic_domain::limits::TEXT_CHARS;
use clinic_domain::text::Notice;
use maud::{Markup, html};

use super::super::super::words as w;
use super::super::{Forms, button, field, setting};
use super::Shown;
use crate::commands::hours::spelled;
use crate::limits;

pub(super) fn settings(forms: &Forms<'_>, shown: &Shown) -> Markup {
    html! {
        (setting("texts", w::TEXTS, w::TEXTS_LEAD, &texts(&forms.at("texts"), shown)))
        (setting("hours", w::HOURS, w::HOURS_LEAD, &hours(&forms.at("hours"), shown)))
        (setting("suspension", w::SUSPENSION, w::SUSPENSION_LEAD, &suspension(&forms.at("suspension"), shown)))
        (setting("passcode", w::PASSCODE, w::PASSCODE_LEAD, &passcode(&forms.at("passcode"), shown)))
    }
}

fn texts(forms: &Forms<'_>, shown: &Shown) -> Markup {
    let texts = &shown.room.texts;
    let text = |name: &str, rows: u8, now: &Option<Notice>| {
        let now = now.as_ref().map_or("", Notice::as_str);
        html! { textarea name=(name) rows=(rows) maxlength=(TEXT_CHARS) { (now) } }
    };
    shown.form(forms, "set-texts", &html! {
        label { (w::WELCOME) (text("welcome:null", 3, &texts.welcome)) }
        label { (w::OFFICE_HOURS_TEXT) (text("office_hours:null", 3, &texts.office_hours)) }
        (field(w::EMERGENCY_TEXT, w::EMERGENCY_HINT, &text("emergency:null", 3, &texts.emergency)))
        (button("primary", w::SAVE))
    })
}

/// The days of the week as the API calls them.
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

fn hours(forms: &Forms<'_>, shown: &Shown) -> Markup {
    let set = shown.room.hours.as_ref();
    let zone = set.map(|hours| &hours.zone).or(shown.zone.as_ref());
    let day = |day: usize| {
        let open = set.and_then(|hours| hours.week.get(day));
        open.map(|open| spelled(open).join(", ")).unwrap_or_default()
    };
    html! {
        @if set.is_none() { p.state.good { (w::ALWAYS_OPEN) } }
        (shown.form(forms, "set-hours", &html! {
            fieldset.week aria-describedby="week-hint" {
                legend { (w::WEEK) }
                p.hint #week-hint { (w::WEEK_HINT) }
                @for ((number, name), field) in w::DAYS.iter().enumerate().zip(DAYS) {
                    label { span { (name) }
                        input name={ "hours.week." (field) ":list" } value=(day(number)) inputmode="text" spellcheck="false";
                    }
                }
            }
            (field(w::DAYS_THAT_DIFFER, w::DAYS_THAT_DIFFER_HINT, &html! {
                textarea name="hours.exceptions:days" rows="3" spellcheck="false" { (set.map(exceptions).unwrap_or_default()) }
            }))
            (field(w::ZONE, w::ZONE_HINT, &html! {
                input.medium name="hours.zone" value=(zone.map(hours::Zone::as_str).unwrap_or_default()) spellcheck="false" required;
            }))
            (button("primary", w::SET_HOURS))
        }))
        @if set.is_some() {
            (shown.form(forms, "set-hours", &html! {
                input type="hidden" name="hours:null" value="";
                (button("", w::BE_ALWAYS_OPEN))
            }))
        }
    }
}

/// The days that differ, one a line, as they are read.
fn exceptions(hours: &hours::Hours) -> String {
    let lines = hours.exceptions.iter().map(|(date, day)| {
        let open = spelled(day).join(", ");
        format!("{date}: {}", if open.is_empty() { w::DAY_OFF } else { &open })
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn suspension(forms: &Forms<'_>, shown: &Shown) -> Markup {
    html! {
        @if let Some(message) = &shown.room.suspended {
            p.state.warn { (w::SUSPENDED_NOW) }
            blockquote.text { (message) }
            (forms.form(&shown.path("lift-suspension"), &button("primary", w::LIFT)))
        } @else {
            (forms.form(&shown.path("suspend-room"), &html! {
                label { (w::SUSPEND_MESSAGE)
                    textarea name="message" rows="2" maxlength=(TEXT_CHARS) required {}
                }
                (button("", w::SUSPEND))
            }))
        }
    }
}

fn passcode(forms: &Forms<'_>, shown: &Shown) -> Markup {
    let (asked, path) = (shown.room.passcode.is_some(), shown.path("set-passcode"));
    html! {
        @if asked { p.state.good { (w::PASSCODE_ASKED) } } @else { p.state { (w::PASSCODE_NOT_ASKED) } }
        (forms.form(&path, &html! {
            (field(w::NEW_PASSCODE, w::NEW_PASSCODE_HINT, &html! {
                input.medium name="passcode" autocomplete="off" spellcheck="false" maxlength=(limits::PASSCODE_CHARS) required;
            }))
            (button("primary", w::SET_PASSCODE))
        }))
        @if asked {
            (forms.form(&path, &html! {
                input type="hidden" name="passcode:null" value="";
                (button("", w::CLEAR_PASSCODE))
            }))
        }
    }
}
