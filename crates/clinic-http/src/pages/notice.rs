//! What a room tells everybody who comes: its greeting, its hours, and what to do in an emergency.

use clinic_domain::hours::{Hours, Interval, Zone};
use clinic_domain::room::Texts;
use clinic_domain::time::Timestamp;
use maud::{Markup, html};

use super::words as w;

/// Greeting and hours.
pub(super) fn notice(texts: &Texts, hours: Option<&Hours>) -> Markup {
    html! {
        @if let Some(welcome) = &texts.welcome { p.lead.text { (welcome) } }
        @if let Some(text) = &texts.office_hours {
            h2 { (w::OFFICE_HOURS) }
            p.text { (text) }
        }
        @if let Some(hours) = hours {
            details.hours {
                summary { (w::OPEN_HOURS) }
                dl.facts {
                    @for (number, day) in hours.week.iter().enumerate() {
                        dt { (w::weekday(number)) }
                        dd { (intervals(day)) }
                    }
                }
            }
        }
    }
}

fn intervals(day: &[Interval]) -> String {
    let minute = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    let told = day.iter().map(|one| format!("{}-{}", minute(one.from), minute(one.until)));
    let told = told.collect::<Vec<_>>().join(", ");
    if told.is_empty() { w::SHUT_DAY.to_owned() } else { told }
}

/// What to do in an emergency: shown whatever the door does.
pub(super) fn emergency(texts: &Texts) -> Markup {
    html! {
        @if let Some(emergency) = &texts.emergency {
            section.card.emergency {
                h2 { (w::EMERGENCY) }
                p.text { (emergency) }
            }
        }
    }
}

/// An instant to come, as people say it: the day where it is not today, and hours and minutes.
pub(super) fn moment(zone: &Zone, at: Timestamp, now: Timestamp) -> (Option<String>, String) {
    let day = |at| zone.day_and_hour(at).map(|(date, _)| date);
    let date = day(at).filter(|date| Some(*date) != day(now)).map(w::date);
    (date, hour_and_minute(zone, at))
}

/// `hh:mm` there.
pub(super) fn hour_and_minute(zone: &Zone, at: Timestamp) -> String {
    let mut clock = zone.clock(at);
    clock.truncate("hh:mm".len());
    clock
}
