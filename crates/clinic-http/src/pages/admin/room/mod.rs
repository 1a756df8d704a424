//! One room, with all that it runs by: each setting says what it is for and is saved by itself.
//!
//! `door` has what concerns patients, `work` the members and how they work, `archive` the end of a room.

mod archive;
mod door;
mod work;

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use axum::extract::State;
use axum::response::Response;
use clinic_domain::hours::Zone;
use clinic_domain::ids::{MemberId, RoomId};
use clinic_domain::limits;
use clinic_domain::personal::{HoldsPersonal, Origin, Sealable};
use clinic_domain::room::{OpenRoom, Room, RoomKind};
use clinic_domain::time::Timestamp;
use clinic_projections::availability::Availability;
use clinic_projections::board::DoorState;
use clinic_projections::census::Census;
use maud::{Markup, html};
use uuid::Uuid;

use self::archive::Inside;
use super::super::Pages;
use super::super::words as w;
use super::link::{Site, copied, qr};
use super::overview::{by_name, member_name, slug};
use super::{Admin, Forms, Part, button, field, made, setting};
use crate::access::{Noted, note};
use crate::clinic::look;
use crate::{Path, Problem};

/// A room, and what stands around it.
struct Shown {
    id: RoomId,
    now: Timestamp,
    zone: Option<Zone>,
    room: OpenRoom,
    door: DoorState,
    archived: bool,
    /// Whose it is, if it is one member's.
    owner: Option<String>,
    /// Who serves here, by name, and what she can do now.
    serving: Vec<(MemberId, String, Availability)>,
    /// Active members who do not, by name.
    others: Vec<(MemberId, String)>,
    inside: Inside,
}

impl HoldsPersonal for Shown {
    fn each_personal(&mut self, look: &mut dyn FnMut(Origin, &mut dyn Sealable)) {
        self.inside.each_personal(look);
    }
}

impl Shown {
    /// The room as it is now. Whoever is inside is named, so that is noted as a reading of its board.
    async fn read(pages: &Pages, admin: &Admin, id: RoomId) -> Result<Self, Problem> {
        let (http, signed) = (&pages.http, &admin.0);
        let (caller, clinic, now) = (signed.caller(), signed.clinic, http.engine.now());
        let shown =
            look(http, caller, clinic, None, |views| Self::of(&views.census, id, now)).await?;
        let shown = http.engine.open(clinic, shown).await.map_err(Problem::full)?;
        if !shown.inside.is_empty() {
            note(http, caller, clinic, Noted::Board(id)).await?;
        }
        Ok(shown)
    }

    fn of(census: &Census, id: RoomId, now: Timestamp) -> Option<Self> {
        let (room, archived) = match census.room(id)? {
            Room::Open(room) => (room, false),
            Room::Archived(room) => (room, true),
            Room::Unopened => return None,
        };
        let members = &census.clinic().founded()?.members;
        let serves = |id: &MemberId| room.assigned.contains(id);
        let named = |(id, member): (&MemberId, &clinic_domain::clinic::Member)| {
            (*id, member.name.to_string())
        };
        let owner = match room.kind {
            RoomKind::Shared => None,
            RoomKind::Personal(member) => member_name(census, member),
        };
        Some(Self {
            id,
            now,
            zone: census.zone().cloned(),
            door: census.door(id, now)?,
            archived,
            owner,
            serving: by_name(members.iter().filter(|(id, _)| serves(id)).map(named))
                .into_iter()
                .map(|(id, name)| (id, name, census.availability(id)))
                .collect(),
            others: by_name(
                members.iter().filter(|(id, one)| !serves(id) && one.active()).map(named),
            ),
            inside: Inside::of(census, id, now),
            room: room.clone(),
        })
    }

    fn path(&self, wish: &str) -> String {
        format!("rooms/{}/{wish}", self.id)
    }

    /// A form for a setting, which carries what the setting was when it was shown.
    fn form(&self, forms: &Forms<'_>, wish: &str, fields: &Markup) -> Markup {
        forms.form(
            &self.path(wish),
            &html! {
                input type="hidden" name="was" value=[held(&self.room, wish)];
                (fields)
            },
        )
    }
}

/// A digest of the setting that a wish sets anew as a whole; none for wishes that set none.
pub(super) fn held(room: &OpenRoom, wish: &str) -> Option<String> {
    let held = match wish {
        "rename-room" => serde_json::to_string(&room.name),
        "change-slug" => serde_json::to_string(&room.slug),
        "set-texts" => serde_json::to_string(&room.texts),
        "set-hours" => serde_json::to_string(&room.hours),
        "set-policy" => serde_json::to_string(&room.policy),
        "set-checklist" => serde_json::to_string(&room.checklist),
        _ => return None,
    };
    let mut hasher = DefaultHasher::new();
    held.ok()?.hash(&mut hasher);
    Some(format!("{:016x}", hasher.finish()))
}

pub(super) async fn page(
    State(pages): State<Pages>,
    site: Site,
    admin: Admin,
    Path(room): Path<Uuid>,
) -> Response {
    let read = async {
        let shown = Shown::read(&pages, &admin, RoomId(room)).await?;
        let link = site.rooms(&pages, admin.0.clinic).await?;
        Ok::<_, Problem>((shown, link))
    };
    match read.await {
        Ok((shown, link)) => {
            let back = format!("/admin/rooms/{room}");
            let forms = Forms { pages: &pages, admin: &admin, back };
            let body = body(&forms, &shown, &link);
            made(&pages, &admin, Part::Rooms, shown.room.name.as_str(), &body)
        }
        Err(problem) => admin.failed(&problem, "/admin"),
    }
}

fn body(forms: &Forms<'_>, shown: &Shown, link: &str) -> Markup {
    let Shown { id, room, .. } = shown;
    html! {
        div.title {
            p { a href="/admin" { "← " (w::ALL_ROOMS) } }
            h1 { (room.name) }
            p.badges {
                (super::door(&shown.door, shown.zone.as_ref(), shown.now))
                span.pill { @if let Some(owner) = &shown.owner { (w::personal_of(owner)) } @else { (w::SHARED_ROOM) } }
                @if !shown.archived { a href={ "/desk?room=" (id) } { (w::TO_BOARD) } }
            }
        }
        @if shown.archived { p.card { (w::ROOM_IS_ARCHIVED) } }
        @else {
            (contents())
            (setting("name", w::ROOM_NAME, w::NAME_LEAD, &name(&forms.at("name"), shown)))
            (setting("link", w::LINK, w::LINK_LEAD, &link_of(&forms.at("link"), shown, link)))
            (door::settings(forms, shown))
            (work::settings(forms, shown))
            (setting("archive", w::ARCHIVE, w::ARCHIVE_LEAD, &archive::body(&forms.at("archive"), shown)))
        }
    }
}

/// The way to each setting, for a page that is longer than a screen.
fn contents() -> Markup {
    let all = [
        ("link", w::LINK),
        ("texts", w::TEXTS),
        ("hours", w::HOURS),
        ("suspension", w::SUSPENSION),
        ("passcode", w::PASSCODE),
        ("members", w::SERVING),
        ("policy", w::POLICY),
        ("checklist", w::CHECKLIST),
        ("archive", w::ARCHIVE),
    ];
    html! {
        nav.contents aria-label=(w::SECTIONS) {
            @for (id, name) in all { a href={ "#" (id) } { (name) } }
        }
    }
}

fn name(forms: &Forms<'_>, shown: &Shown) -> Markup {
    let fields = html! {
        label { (w::ROOM_NAME)
            input name="name" value=(shown.room.name) maxlength=(limits::TITLE_CHARS) required;
        }
        (button("primary", w::SAVE))
    };
    shown.form(forms, "rename-room", &fields)
}

fn link_of(forms: &Forms<'_>, shown: &Shown, link: &str) -> Markup {
    let room = &shown.room;
    let address = format!("{link}{}", room.slug);
    html! {
        div.handed {
            (qr(&address))
            div {
                div.labelled { span { (w::FULL_LINK) } (copied("room-link", &address, w::COPY)) }
                p { a.button href={ "/admin/rooms/" (shown.id) "/notice" } { (w::PRINT_QR) } }
            }
        }
        (shown.form(forms, "change-slug", &html! {
            (field(w::LINK_END, w::LINK_END_HINT, &slug(room.slug.as_str(), false)))
            p.hint { (w::LINK_KEPT) }
            @if !room.retired.is_empty() {
                p.hint {
                    (w::OLD_LINKS) ": "
                    @for (number, old) in room.retired.iter().enumerate() {
                        @if number > 0 { ", " } (old)
                    }
                }
            }
            (button("primary", w::SAVE))
        }))
    }
}

/// A page to be printed and hung up: where to check in, and the code of its address.
pub(super) async fn notice(
    State(pages): State<Pages>,
    site: Site,
    admin: Admin,
    Path(id): Path<Uuid>,
) -> Response {
    let signed = &admin.0;
    let read = async {
        let room = look(&pages.http, signed.caller(), signed.clinic, None, |views| {
            views.census.room(RoomId(id))?.open().cloned()
        });
        let (room, link) = (room.await?, site.rooms(&pages, signed.clinic).await?);
        Ok::<_, Problem>((format!("{link}{}", room.slug), room))
    };
    match read.await {
        Ok((address, room)) => {
            let title = w::check_in_at(room.name.as_str());
            let body = html! {
                article.card.notice {
                    p.eyebrow { (signed.clinic_name) }
                    h1 { (title) }
                    (qr(&address))
                    p.address { (address) }
                    p { (w::POSTER_LEAD) }
                }
                p.hint.unprinted { (w::POSTER_HINT) }
                p.unprinted { a.button href={ "/admin/rooms/" (id) "#link" } { (w::GO_BACK) } }
            };
            made(&pages, &admin, Part::Rooms, &title, &body)
        }
        Err(problem) => admin.failed(&problem, "/admin"),
    }
}
