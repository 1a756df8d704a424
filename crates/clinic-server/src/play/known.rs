//! What the player knows: the ids behind the handles, and how everybody and everything is called.

use std::collections::BTreeMap;

use clinic_domain::actor::{Actor, TokenHash};
use clinic_domain::clinic::ClinicEvent;
use clinic_domain::command::Person;
use clinic_domain::event::{Event, Recorded};
use clinic_domain::hours::Zone;
use clinic_domain::ids::{
    ClinicId, CommandId, MemberId, PlaceVersion, RoomId, TransferId, VisitId,
};
use clinic_domain::room::RoomEvent;
use clinic_domain::time::Timestamp;
use clinic_domain::transfer::TransferEvent;
use clinic_projections::clocks::Moment;
use clinic_projections::views::Views;
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

use crate::day::{By, Handle, Kind, Line, Named, Shown};
use crate::names::Patient;

/// The place version that a line was decided on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// This one.
    Version(PlaceVersion),
    /// Whatever is true when the line is played.
    Now,
}

/// Ids and names.
#[derive(Debug, Default)]
pub(crate) struct Known {
    ids: BTreeMap<Named, Uuid>,
    homes: BTreeMap<Named, ClinicId>,
    browsers: BTreeMap<Handle, TokenHash>,
    legs: BTreeMap<VisitId, TransferId>,
    names: BTreeMap<Uuid, String>,
}

/// From handles to ids. What has not come into being has an id that nothing has, so that the rules
/// say by themselves that it is not there.
impl Known {
    /// A clinic, if it is to be or is founded.
    pub(crate) fn clinic(&self, handle: &Handle) -> ClinicId {
        ClinicId(self.id(Kind::Clinic, handle))
    }

    /// A member.
    pub(crate) fn member(&self, handle: &Handle) -> MemberId {
        MemberId(self.id(Kind::Member, handle))
    }

    /// A room.
    pub(crate) fn room(&self, handle: &Handle) -> RoomId {
        RoomId(self.id(Kind::Room, handle))
    }

    /// A visit.
    pub(crate) fn visit(&self, handle: &Handle) -> VisitId {
        VisitId(self.id(Kind::Visit, handle))
    }

    /// A leg of a visit: the one with this handle, or its last one.
    pub(crate) fn transfer(&self, visit: VisitId, handle: Option<&Handle>) -> TransferId {
        match handle {
            Some(handle) => TransferId(self.id(Kind::Transfer, handle)),
            None => self.legs.get(&visit).copied().unwrap_or(TransferId(visit.0)),
        }
    }

    /// Somebody whose page may connect.
    pub(crate) fn person(&self, named: &Named) -> Person {
        match named.kind {
            Kind::Visit => Person::Patient(self.visit(&named.handle)),
            Kind::Member | Kind::Clinic | Kind::Room | Kind::Transfer => {
                Person::Member(self.member(&named.handle))
            }
        }
    }

    /// Somebody who asks.
    pub(crate) fn actor(&self, by: &By) -> Actor {
        match by {
            By::Host | By::Nobody => Actor::Host,
            By::Import => Actor::Import,
            By::Member(handle) => Actor::Member(self.member(handle)),
            By::Patient(handle) => {
                let token = self.browsers.get(handle).copied();
                Actor::Patient(token.unwrap_or_else(|| Self::token(handle)))
            }
            By::Policy(name) => Actor::policy(*name),
        }
    }

    /// The token of a browser: in a day file a hash of its handle, for nobody has to guess it.
    pub(crate) fn token(browser: &Handle) -> TokenHash {
        TokenHash(Sha256::digest(browser.as_str()).into())
    }

    /// A place version as a line says it.
    pub(crate) fn seen(views: &Views, visit: VisitId, seen: Option<Seen>) -> Option<PlaceVersion> {
        match seen? {
            Seen::Version(version) => Some(version),
            Seen::Now => {
                let visit = views.census.visit(visit)?;
                Some(visit.last()?.version)
            }
        }
    }

    /// Whether a handle has an id already.
    pub(crate) fn has(&self, named: &Named) -> bool {
        self.ids.contains_key(named)
    }

    /// The clinic in which somebody came into being.
    pub(crate) fn home(&self, named: &Named) -> Option<ClinicId> {
        self.homes.get(named).copied()
    }

    /// The handles that stand for an id.
    pub(crate) fn handles(&self, kind: Kind, id: Uuid) -> impl Iterator<Item = &Handle> {
        let of = move |(named, found): &(&Named, &Uuid)| named.kind == kind && **found == id;
        self.ids.iter().filter(of).map(|(named, _)| &named.handle)
    }

    fn id(&self, kind: Kind, handle: &Handle) -> Uuid {
        let named = Named { kind, handle: handle.clone() };
        self.ids.get(&named).copied().unwrap_or_else(|| {
            let digest = Sha256::digest(format!("{kind}:{handle}"));
            let mut bytes = [0; 16];
            bytes.copy_from_slice(&digest[..16]);
            Builder::from_custom_bytes(bytes).into_uuid()
        })
    }
}

/// Learning.
impl Known {
    /// A handle has come to stand for something.
    pub(super) fn bind(&mut self, named: Named, clinic: ClinicId, id: Uuid) {
        self.homes.insert(named.clone(), clinic);
        self.ids.insert(named, id);
    }

    /// A patient has checked in with this browser.
    pub(super) fn browse(&mut self, visit: Handle, token: TokenHash) {
        self.browsers.insert(visit, token);
    }

    /// A command has a name.
    pub(super) fn call(&mut self, id: CommandId, name: &str) {
        self.names.insert(id.0, name.to_owned());
    }

    /// Something is recorded.
    pub(super) fn learn(&mut self, recorded: &Recorded) {
        let named = match &recorded.event {
            Event::Clinic(clinic, ClinicEvent::ClinicFounded { name, owner, owner_name, .. }) => {
                self.names.insert(clinic.0, name.to_string());
                Some((owner.0, owner_name.to_string()))
            }
            Event::Clinic(
                _,
                ClinicEvent::MemberAdded { member, name, .. }
                | ClinicEvent::MemberRenamed { member, name },
            ) => Some((member.0, name.to_string())),
            Event::Room(
                room,
                RoomEvent::RoomOpened { name, .. } | RoomEvent::RoomRenamed { name },
            ) => Some((room.0, name.to_string())),
            Event::Transfer(leg, TransferEvent::TransferRequested { request }) => {
                self.legs.insert(request.visit, *leg);
                None
            }
            Event::Clinic(..) | Event::Room(..) | Event::Visit(..) | Event::Transfer(..) => None,
        };
        self.names.extend(named);
    }

    /// Somebody has checked in.
    pub(super) fn meet(&mut self, patient: &Patient) {
        let name = patient.name.clear().map(|name| (patient.visit.0, name.to_string()));
        self.names.extend(name);
    }
}

/// How everybody and everything is called.
impl Known {
    /// The name behind an id, if it has one.
    pub(crate) fn name(&self, id: Uuid) -> Option<&str> {
        self.names.get(&id).map(String::as_str)
    }

    /// Who asks, in words.
    pub(super) fn who(&self, line: &Line) -> String {
        match &line.by {
            By::Host => "the host".to_owned(),
            By::Import => "an import".to_owned(),
            By::Nobody => self.whose(line),
            By::Policy(name) => format!("{name} policy"),
            By::Member(handle) => self.called(Kind::Member, handle),
            By::Patient(handle) => {
                let typed = line.shown.iter().find_map(|(field, shown)| match shown {
                    Shown::Text(text) if *field == "name" => Some(text.trim().to_owned()),
                    Shown::Text(_) | Shown::Named(_) => None,
                });
                typed.unwrap_or_else(|| self.called(Kind::Visit, handle))
            }
        }
    }

    /// Whose page it is that connects or closes.
    fn whose(&self, line: &Line) -> String {
        let named = line.shown.iter().find_map(|(_, shown)| match shown {
            Shown::Named(Named { kind: kind @ (Kind::Member | Kind::Visit), handle }) => {
                Some(self.called(*kind, handle))
            }
            Shown::Named(_) | Shown::Text(_) => None,
        });
        named.unwrap_or_default()
    }

    /// What is asked, in words.
    pub(super) fn what(&self, line: &Line) -> String {
        let mut parts = line.phrase.split(['{', '}']);
        let mut said = parts.next().unwrap_or_default().to_owned();
        while let (Some(field), after) = (parts.next(), parts.next()) {
            let shown = line.shown.iter().find(|(name, _)| *name == field).map(|(_, shown)| shown);
            match shown {
                Some(Shown::Text(text)) => said.push_str(text.trim()),
                Some(Shown::Named(Named { kind, handle })) => {
                    said.push_str(&self.called(*kind, handle));
                }
                None => {}
            }
            said.push_str(after.unwrap_or_default());
        }
        said
    }

    /// A sentence of the rules with names for the ids in it, and the clinic's clock for instants.
    pub(crate) fn in_words(&self, said: &str, zone: Option<&Zone>, now: Timestamp) -> String {
        let word = |word: &str| {
            let bare = word.trim_matches(|letter: char| matches!(letter, ',' | ';' | '(' | ')'));
            let called = bare.parse::<Uuid>().ok().and_then(|id| self.name(id)).map(str::to_owned);
            let moment = || Timestamp::parse(bare).map(|at| Moment::read(at, zone, now).shown);
            match called.or_else(moment) {
                Some(shown) => word.replacen(bare, &shown, 1),
                None => word.to_owned(),
            }
        };
        said.split(' ').map(word).collect::<Vec<String>>().join(" ")
    }

    fn called(&self, kind: Kind, handle: &Handle) -> String {
        let name = self.name(self.id(kind, handle));
        name.map_or_else(|| handle.to_string(), str::to_owned)
    }
}
