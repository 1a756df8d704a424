//! What takes more than a click: pages of their own, which a script shows in a dialog.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use clinic_domain::hours::Zone;
use clinic_domain::ids::{RoomId, TransferId, VisitId};
use clinic_domain::personal::{HoldsPersonal, Origin, Sealable};
use clinic_domain::room::Warning;
use clinic_domain::time::Timestamp;
use clinic_engine::ports::Join;
use clinic_projections::board::RoomBoard;
use clinic_projections::one::OneVisit;
use clinic_projections::picker::TransferTarget;
use clinic_projections::row::Row;
use maud::{Markup, html};
use uuid::Uuid;

use super::super::Pages;
use super::super::layout::{self, Page, Reader, Tab, key, minutes};
use super::super::notice::hour_and_minute;
use super::super::signed::Signed;
use super::super::words as w;
use super::row::named;
use crate::access::{Noted, note};
use crate::clinic::{look, sees_board, sees_visit};
use crate::reads::words::clear_if;
use crate::{Path, Problem};

/// A visit that is about to be acted on, and what stands around it.
struct About {
    now: Timestamp,
    zone: Option<Zone>,
    visit: OneVisit,
    targets: Vec<TransferTarget>,
    /// The boards that she sees, for those it may be merged with.
    boards: Vec<RoomBoard>,
    /// The transfer that may be declined.
    leg: Option<TransferId>,
}

impl HoldsPersonal for About {
    fn each_personal(&mut self, look: &mut dyn FnMut(Origin, &mut dyn Sealable)) {
        self.visit.each_personal(look);
        for board in &mut self.boards {
            board.each_personal(look);
        }
    }
}

/// Who is read besides the visit itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Around {
    /// Nobody.
    Nobody,
    /// Everybody on the boards that she sees.
    Everybody,
}

impl About {
    async fn read(
        pages: &Pages,
        signed: &Signed,
        visit: VisitId,
        around: Around,
    ) -> Result<Self, Problem> {
        let (http, clinic, caller) = (&pages.http, signed.clinic, signed.caller());
        let now = http.engine.now();
        let about = look(http, caller, clinic, None, |views| {
            let census = &views.census;
            let open = census.visit(visit)?.open()?;
            let leg = open.leg.as_ref().map(|leg| leg.transfer);
            let seen = sees_visit(census, caller, open).then(|| census.one_visit(visit, now));
            let visit = seen.flatten()?;
            let targets = census.transfer_targets(visit.row.visit, now);
            let shown =
                |id: &RoomId| around == Around::Everybody && sees_board(census, caller, *id);
            let rooms = census.rooms().map(|(id, _)| id).filter(shown);
            let boards = rooms.filter_map(|id| census.board(id, now)).collect();
            Some(Self { now, zone: census.zone().cloned(), targets, boards, leg, visit })
        });
        let about = http.engine.open(clinic, about.await?).await.map_err(Problem::full)?;
        note(http, caller, clinic, Noted::Visit(visit)).await?;
        for board in &about.boards {
            note(http, caller, clinic, Noted::Board(board.room)).await?;
        }
        Ok(about)
    }
}

/// A form about a visit, on a page of its own.
struct Asked<'a> {
    title: String,
    wish: &'a str,
    fields: Markup,
    /// What its button says; none: the fields have buttons of their own.
    button: Option<&'a str>,
    lead: Option<&'a str>,
}

async fn shown<'a>(
    pages: &Pages,
    signed: &Signed,
    visit: Uuid,
    around: Around,
    asked: impl FnOnce(&About, &str) -> Asked<'a>,
) -> Response {
    let about = match About::read(pages, signed, VisitId(visit), around).await {
        Ok(about) => about,
        Err(problem) => return layout::failed(&problem, "/desk"),
    };
    let Asked { title, wish, fields, button, lead } = asked(&about, &named(&about.visit.row));
    let body = html! {
        section.card.narrow.asked {
            h1 { (title) }
            @if let Some(lead) = lead { p.hint { (lead) } }
            form method="post" action={ "/do/clinics/" (signed.clinic) "/visits/" (visit) "/" (wish) } data-done=(w::done(wish)) {
                input type="hidden" name="back" value="/desk";
                (key(Some(pages.http.engine.mint())))
                (fields)
                div.row {
                    @if let Some(button) = button { button.primary { (button) } }
                    a.button.quiet href="/desk" data-dismiss { (w::CANCEL) }
                }
            }
        }
    };
    let reader = Reader::Member(signed, Tab::Desk);
    Page { title: &title, reader, live: None, now: about.now, body }.made().into_response()
}

fn seen(about: &About) -> Markup {
    html! { input type="hidden" name="seen:int" value=(about.visit.row.version); }
}

pub(super) async fn transfer(
    State(pages): State<Pages>,
    signed: Signed,
    Path(visit): Path<Uuid>,
) -> Response {
    shown(&pages, &signed, visit, Around::Nobody, |about, name| Asked {
        title: w::transfer_of(name),
        wish: "transfer",
        button: (!about.targets.is_empty()).then_some(w::TRANSFER),
        lead: about.targets.is_empty().then_some(w::NO_TARGETS),
        fields: html! {
            (seen(about))
            @if !about.targets.is_empty() {
                fieldset.targets {
                    legend { (w::WHERE_TO) }
                    @for (number, target) in about.targets.iter().enumerate() {
                        (target_choice(target, number == 0))
                    }
                }
                label { (w::NOTE_FOR_THEM) span.hint { (w::OPTIONAL) }
                    textarea name="note" rows="2" maxlength="2000" {}
                }
            }
        },
    })
    .await
}

fn target_choice(target: &TransferTarget, first: bool) -> Markup {
    html! {
        label.choice.target {
            input type="radio" name="to" value=(target.room) checked[first] required;
            span {
                strong { (target.name) } @if target.expected { " " span.pill.good { (w::EXPECTED) } }
                br;
                span.hint {
                    (w::online(target.headcount.online, target.headcount.on_another_call))
                    ", " (w::in_queue(target.queue))
                    @if let Some(window) = target.accept_window { ", " (w::accepts_within(&minutes(window))) }
                }
                @for warning in &target.warnings {
                    br;
                    span.warning {
                        @match warning {
                            Warning::OutOfHours => (w::OUT_OF_HOURS),
                            Warning::NobodyOnline => (w::NOBODY_ONLINE),
                        }
                    }
                }
            }
        }
    }
}

/// Why a member may close a visit; that she leaves is for the patient to say.
pub(in crate::pages) const REASONS: [(&str, &str, &str); 4] = [
    ("completed", w::CLOSE_COMPLETED, w::CLOSE_COMPLETED_HINT),
    ("no_show", w::CLOSE_NO_SHOW, w::CLOSE_NO_SHOW_HINT),
    ("end_of_day", w::CLOSE_END_OF_DAY, w::CLOSE_END_OF_DAY_HINT),
    ("removed", w::CLOSE_REMOVED, w::CLOSE_REMOVED_HINT),
];

pub(super) async fn close(
    State(pages): State<Pages>,
    signed: Signed,
    Path(visit): Path<Uuid>,
) -> Response {
    shown(&pages, &signed, visit, Around::Nobody, |about, name| {
        let called = about.visit.row.calls > 0;
        let first = if called { "completed" } else { "no_show" };
        let offered = REASONS.iter().filter(|(reason, ..)| called || *reason != "completed");
        Asked {
            title: w::close_of(name),
            wish: "close-visit",
            button: Some(w::CLOSE),
            lead: Some(w::CLOSE_LEAD),
            fields: html! {
                (seen(about))
                fieldset {
                    legend { (w::WHY) }
                    @for (reason, name, hint) in offered {
                        label.choice {
                            input type="radio" name="reason" value=(reason) checked[*reason == first];
                            span { (name) br; span.hint { (hint) } }
                        }
                    }
                }
                label { (w::REMOVED_WHY) span.hint { (w::REMOVED_WHY_HINT) }
                    textarea name="why" rows="2" maxlength="2000" {}
                }
            },
        }
    })
    .await
}

pub(super) async fn merge(
    State(pages): State<Pages>,
    signed: Signed,
    Path(visit): Path<Uuid>,
) -> Response {
    shown(&pages, &signed, visit, Around::Everybody, |about, name| {
        let rows = about.boards.iter().flat_map(|board| board.rows.iter().map(move |row| (board, row)));
        let others: Vec<_> = rows.filter(|(_, row)| row.visit.0 != visit).collect();
        Asked {
            title: w::merge_of(name),
            wish: "merge-visits",
            button: (!others.is_empty()).then_some(w::MERGE),
            lead: Some(if others.is_empty() { w::NOBODY_TO_MERGE } else { w::MERGE_LEAD }),
            fields: html! {
                (seen(about))
                fieldset {
                    legend { (w::GOES_ON) }
                    @for (board, other) in &others {
                        label.choice {
                            input type="radio" name="survivor" value=(other.visit) required;
                            span { (named(other)) br; span.hint { (told_apart(board, other, about)) } }
                        }
                    }
                }
            },
        }
    })
    .await
}

/// What tells people of one name apart.
fn told_apart(board: &RoomBoard, row: &Row, about: &About) -> String {
    let at = row.since_check_in.since;
    let at = about.zone.as_ref().map_or_else(|| at.to_string(), |zone| hour_and_minute(zone, at));
    let phone = clear_if(row.phone.as_ref()).map(|phone| format!(", …{phone}"));
    format!("{}, {}{}", board.name, w::checked_in_at(&at), phone.unwrap_or_default())
}

pub(super) async fn note_on(
    State(pages): State<Pages>,
    signed: Signed,
    Path(visit): Path<Uuid>,
) -> Response {
    shown(&pages, &signed, visit, Around::Nobody, |_, name| Asked {
        title: w::note_of(name),
        wish: "add-note",
        button: Some(w::ADD_NOTE),
        lead: Some(w::NOTE_LEAD),
        fields: html! {
            label { (w::NOTE) textarea name="note:text" rows="4" maxlength="2000" required {} }
        },
    })
    .await
}

pub(super) async fn decline(
    State(pages): State<Pages>,
    signed: Signed,
    Path(visit): Path<Uuid>,
) -> Response {
    shown(&pages, &signed, visit, Around::Nobody, |about, name| Asked {
        title: w::decline_of(name),
        wish: "decline-transfer",
        button: Some(w::DECLINE),
        lead: Some(w::DECLINE_LEAD),
        fields: html! {
            @if let Some(leg) = about.leg { input type="hidden" name="transfer" value=(leg); }
            label { (w::NOTE_FOR_SENDER) span.hint { (w::OPTIONAL) }
                textarea name="note" rows="2" maxlength="2000" {}
            }
        },
    })
    .await
}

/// Leads to where the call meets, or says that the room names no place.
pub(super) async fn join(
    State(pages): State<Pages>,
    signed: Signed,
    Path(visit): Path<Uuid>,
) -> Response {
    let (http, visit) = (&pages.http, VisitId(visit));
    let met = async {
        let hers = look(http, signed.caller(), signed.clinic, None, |views| {
            (views.census.call_of(signed.member) == Some(visit)).then_some(())
        });
        hers.await?;
        let join = http.engine.join(signed.clinic, visit).await.map_err(Problem::full)?;
        note(http, signed.caller(), signed.clinic, Noted::Join(visit)).await?;
        Ok(join)
    };
    match met.await {
        Ok(Some(Join::Link(link))) => Redirect::to(&link).into_response(),
        Ok(Some(Join::Unarranged) | None) => {
            let body = html! {
                section.card.narrow { h1 { (w::NO_LINK) } p { (w::NO_LINK_LEAD) } p { a.button href="/desk" { (w::GO_BACK) } } }
            };
            let reader = Reader::Member(&signed, Tab::Desk);
            Page { title: w::NO_LINK, reader, live: None, now: http.engine.now(), body }
                .made()
                .into_response()
        }
        Err(problem) => layout::failed(&problem, "/desk"),
    }
}
