//! Numbers by hour, by room, by how visits ended and by member.

use clinic_domain::ids::RoomId;
use clinic_projections::report::{Figure, Figures, Share};
use clinic_projections::stay::Parts;
use maud::{Markup, html};

use super::super::words as w;
use super::asked::{Asked, Of, What};
use super::{Today, counted, no_data, percentile};

/// How long people waited in each hour, and of these hours together.
pub(super) fn hours(today: &Today) -> Markup {
    html! {
        div.scroll tabindex="0" role="group" aria-labelledby="by-hour" {
            table {
                (waits_head(w::HOUR))
                tbody {
                    @for (hour, figures) in &today.report.hours {
                        tr {
                            th scope="row" { (w::hour(*hour)) }
                            (waits(figures, |what| today.asked(what).of_hour(*hour)))
                        }
                    }
                }
                tfoot {
                    tr { th scope="row" { (w::IN_ALL_TOGETHER) } (waits(&today.report.total, |what| today.asked(what))) }
                }
            }
        }
    }
}

/// How long people waited in each room, and what visits did there; nothing where it is about one room.
pub(super) fn rooms(today: &Today) -> Markup {
    let mut rooms: Vec<(RoomId, String)> =
        today.report.rooms.keys().map(|id| (*id, today.names.room(*id))).collect();
    rooms.sort_by(|a, b| (&a.1, a.0).cmp(&(&b.1, b.0)));
    let none = Figures::default();
    let of = |id: RoomId| today.report.rooms.get(&id).unwrap_or(&none);
    let one = today.room.is_some();
    html! {
        section.card aria-labelledby="by-room" {
            h2 #by-room { @if one { (w::WHAT_VISITS_DID) } @else { (w::BY_ROOM) } }
            @if !one {
                div.scroll tabindex="0" role="group" aria-labelledby="by-room" {
                    table {
                        (waits_head(w::ROOM))
                        tbody {
                            @for (id, name) in &rooms {
                                tr { (room_name(today, *id, name)) (waits(of(*id), |what| today.asked(what).of_room(*id))) }
                            }
                        }
                        tfoot { tr { th scope="row" { (w::IN_ALL_TOGETHER) } (waits(&today.report.total, |what| today.asked(what))) } }
                    }
                }
                h3 #spent { (w::WHAT_VISITS_DID) }
            }
            div.scroll tabindex="0" role="group" aria-labelledby=(if one { "by-room" } else { "spent" }) {
                table {
                    (spent_head())
                    tbody {
                        @for (id, name) in &rooms {
                            tr { (room_name(today, *id, name)) (spent(of(*id), today.asked(What::Visits).of_room(*id))) }
                        }
                    }
                    @if !one {
                        tfoot { tr { th scope="row" { (w::IN_ALL_TOGETHER) } (spent(&today.report.total, today.asked(What::Visits))) } }
                    }
                }
            }
            p.hint { (w::PARTS_HINT) }
        }
    }
}

fn room_name(today: &Today, room: RoomId, name: &str) -> Markup {
    html! {
        th scope="row" {
            @if today.room.is_some() { (name) }
            @else { a href=(Of::on(Some(today.day), Some(room)).address()) { (name) } }
        }
    }
}

fn waits_head(first: &str) -> Markup {
    html! {
        thead {
            tr {
                th scope="col" { (first) }
                @for name in [w::CHECK_INS, w::WAITS_COUNTED, w::HALF, w::NINE_OF_TEN, w::NINETY_NINE] {
                    th.number scope="col" { (name) }
                }
            }
        }
    }
}

fn waits(figures: &Figures, asked: impl Fn(What) -> Asked) -> Markup {
    let over = figures.waiting.known().map_or(0, |waits| waits.of.len());
    html! {
        td.number { (counted(asked(What::CheckIns), figures.check_ins.len())) }
        td.number { (counted(asked(What::Waits), over)) }
        td.number { (percentile(asked(What::Waits), figures, |waits| waits.p50)) }
        td.number { (percentile(asked(What::Waits), figures, |waits| waits.p90)) }
        td.number { (percentile(asked(What::Waits), figures, |waits| waits.p99)) }
    }
}

fn spent_head() -> Markup {
    html! {
        thead {
            tr {
                th scope="col" { (w::ROOM) }
                @for name in [w::VISITS, w::PART_WAITING, w::PART_ON_HOLD, w::PART_OFFLINE, w::PART_IN_CALL, w::IN_ALL_TOGETHER] {
                    th.number scope="col" { (name) }
                }
            }
        }
    }
}

fn spent(figures: &Figures, asked: Asked) -> Markup {
    let Parts { waiting, on_hold, offline, in_call } = figures.parts;
    html! {
        td.number { (counted(asked, figures.visits.len())) }
        @for span in [waiting, on_hold, offline, in_call] { td.number.zero[span.0 == 0] { (span) } }
        td.number { strong { (figures.parts.whole()) } }
    }
}

/// How visits ended, and who went without being seen.
pub(super) fn endings(today: &Today) -> Markup {
    let total = &today.report.total;
    let closed: usize = total.closed.values().map(Vec::len).sum();
    html! {
        section.card aria-labelledby="endings" {
            h2 #endings { (w::HOW_VISITS_ENDED) }
            dl.tiles {
                (shared(w::LEFT_UNSEEN, &total.left_unseen, today, [What::LeftUnseen, What::People]))
                (shared(w::ABANDONED, &total.abandoned, today, [What::Abandoned, What::MovedIn]))
            }
            @if total.closed.is_empty() {
                p { (w::CLOSED_BY_REASON) ": " (no_data()) }
            } @else {
                table.short {
                    thead { tr { th scope="col" { (w::CLOSED_BY_REASON) } th.number scope="col" { (w::VISITS) } } }
                    tbody {
                        @for (reason, facts) in &total.closed {
                            tr {
                                th scope="row" { (w::ending(*reason)) }
                                td.number { (counted(today.asked((*reason).into()), facts.len())) }
                            }
                        }
                    }
                    tfoot { tr { th scope="row" { (w::IN_ALL_TOGETHER) } td.number { strong { (closed) } } } }
                }
            }
            @if !total.reversed.is_empty() {
                p.hint { (counted(today.asked(What::Reversed), total.reversed.len())) " " (w::REVERSED_HINT) }
            }
            @if !total.no_data.is_empty() {
                p.hint { (counted(today.asked(What::Imported), total.no_data.len())) " " (w::IMPORTED_HINT) }
            }
        }
    }
}

/// Some of all, with both numbers and their share.
fn shared(name: &str, share: &Figure<Share>, today: &Today, [some, of]: [What; 2]) -> Markup {
    html! {
        div {
            dt { (name) }
            @match share {
                Figure::NoData => dd { (no_data()) },
                Figure::Known(share) => dd {
                    (counted(today.asked(some), share.some.len()))
                    span.hint {
                        (w::OUT_OF) " " (counted(today.asked(of), share.of.len()))
                        ", " (w::percent(share.per_mille()))
                    }
                },
            }
        }
    }
}

/// How members spent their time: of the whole clinic, for it is that of all rooms.
pub(super) fn members(today: &Today) -> Markup {
    let mut members: Vec<_> = today
        .report
        .members
        .iter()
        .map(|(id, used)| (today.names.member(*id), *id, used))
        .collect();
    members.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
    html! {
        @if today.room.is_none() {
            section.card aria-labelledby="members" {
                h2 #members { (w::HOW_MEMBERS_SPENT_TIME) }
                @if members.is_empty() { p { (no_data()) } } @else {
                    div.scroll tabindex="0" role="group" aria-labelledby="members" {
                        table {
                            thead {
                                tr {
                                    th scope="col" { (w::MEMBER) }
                                    @for name in [w::VISITS_IN_CALL, w::TIME_ONLINE, w::TIME_IN_CALL, w::UTILISATION] {
                                        th.number scope="col" { (name) }
                                    }
                                }
                            }
                            tbody {
                                @for (name, id, used) in &members {
                                    tr {
                                        th scope="row" { (name) }
                                        td.number { (counted(today.asked(What::Member).of_member(*id), used.visits.len())) }
                                        td.number { (used.online) }
                                        td.number { (used.in_call) }
                                        td.number {
                                            @match used.per_mille {
                                                Figure::NoData => (no_data()),
                                                Figure::Known(share) => (w::percent(share)),
                                            }
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
                p.hint { (w::UTILISATION_HINT) }
            }
        }
    }
}
