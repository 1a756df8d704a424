//! How a room ends: empty. Whoever is inside is named, and moved or closed first, all by one wish.

use clinic_domain::ids::{RoomId, VisitId};
use clinic_domain::limits::NOTE_CHARS;
use clinic_domain::personal::{HoldsPersonal, Origin, Sealable};
use clinic_domain::time::Timestamp;
use clinic_domain::visit::OpenVisit;
use clinic_projections::census::Census;
use clinic_projections::one::OneVisit;
use maud::{Markup, html};

use super::super::super::desk::{REASONS, named};
use super::super::super::words as w;
use super::super::{Forms, button, field, known};
use super::Shown;

/// Who stands in the way of archiving a room, and where they could go.
pub(super) struct Inside {
    visits: Vec<OneVisit>,
    /// Sent on, and not accepted yet: they may come back.
    pending: Vec<OneVisit>,
    /// The rooms to which each of them could be transferred now.
    targets: Vec<(RoomId, String)>,
}

impl HoldsPersonal for Inside {
    fn each_personal(&mut self, look: &mut dyn FnMut(Origin, &mut dyn Sealable)) {
        for visit in self.visits.iter_mut().chain(&mut self.pending) {
            visit.each_personal(look);
        }
    }
}

impl Inside {
    pub(super) fn of(census: &Census, room: RoomId, now: Timestamp) -> Self {
        let open = || census.visits().filter_map(|(id, visit, _)| Some((id, visit.open()?)));
        let inside = open().filter(|(_, visit)| visit.room == room).map(|(id, _)| id);
        let inside: Vec<VisitId> = inside.collect();
        let pending = open().filter(|(id, visit)| is_pending(census, *id, visit, room));
        let shown = |id: VisitId| census.one_visit(id, now);
        Self {
            targets: targets(census, &inside, now),
            pending: pending.filter_map(|(id, _)| shown(id)).collect(),
            visits: inside.into_iter().filter_map(shown).collect(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.visits.is_empty() && self.pending.is_empty()
    }
}

/// Whether a visit was sent on from a room that still awaits the answer.
fn is_pending(census: &Census, id: VisitId, visit: &OpenVisit, room: RoomId) -> bool {
    let from = visit.leg.as_ref().is_some_and(|leg| leg.from == room);
    let leg = census.card(id).and_then(|card| card.came_by.as_ref());
    from && leg.is_some_and(|leg| leg.answer_by.is_some() && leg.outcome.is_none())
}

/// The rooms that would take each of these visits.
fn targets(census: &Census, visits: &[VisitId], now: Timestamp) -> Vec<(RoomId, String)> {
    let of = |visit: &VisitId| {
        let found = census.transfer_targets(*visit, now).into_iter();
        found.map(|target| (target.room, target.name.to_string())).collect::<Vec<_>>()
    };
    let mut all = visits.iter().map(of);
    let Some(mut common) = all.next() else { return vec![] };
    for others in all {
        common.retain(|target| others.contains(target));
    }
    super::by_name(common.into_iter())
}

pub(super) fn body(forms: &Forms<'_>, shown: &Shown) -> Markup {
    let Inside { visits, pending, .. } = &shown.inside;
    html! {
        @if !visits.is_empty() {
            p.state.warn { (w::MOVE_OUT_FIRST) }
            (names(visits))
            (transfer_all(forms, shown))
            (close_all(forms, shown))
        }
        @if !pending.is_empty() {
            p.state.warn { (w::MAY_COME_BACK) }
            (names(pending))
            p.hint { (w::MAY_COME_BACK_HINT) }
        }
        @if shown.inside.is_empty() { p { (w::ARCHIVE_EMPTY) } }
        (forms.form(&shown.path("archive-room"), &html! {
            (known(w::ARCHIVE_KNOWN))
            (button("danger", w::ARCHIVE_ROOM))
        }))
    }
}

fn names(visits: &[OneVisit]) -> Markup {
    html! {
        ul.lines {
            @for visit in visits {
                li { a href={ "/visits/" (visit.row.visit) } { (named(&visit.row)) } }
            }
        }
    }
}

fn transfer_all(forms: &Forms<'_>, shown: &Shown) -> Markup {
    let targets = &shown.inside.targets;
    if targets.is_empty() {
        return html! { p.hint { (w::NO_TARGET_FOR_ALL) } };
    }
    forms.form(
        &shown.path("transfer-all"),
        &html! {
            label { (w::TRANSFER_ALL_TO)
                select name="to" required {
                    @for (id, name) in targets { option value=(id) { (name) } }
                }
            }
            (button("", w::TRANSFER_ALL))
        },
    )
}

fn close_all(forms: &Forms<'_>, shown: &Shown) -> Markup {
    forms.form(
        &shown.path("close-all"),
        &html! {
            label { (w::CLOSE_ALL_WHY)
                select name="reason" {
                    @for (reason, name, _) in REASONS {
                        option value=(reason) selected[reason == "end_of_day"] { (name) }
                    }
                }
            }
            (field(w::REMOVED_WHY, w::REMOVED_WHY_HINT, &html! {
                textarea name="why" rows="2" maxlength=(NOTE_CHARS) {}
            }))
            (button("", w::CLOSE_ALL))
        },
    )
}
