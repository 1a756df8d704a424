//! The names of members and rooms, as they are and as they were at any position.

use std::collections::BTreeMap;

use clinic_domain::actor::Actor;
use clinic_domain::clinic::ClinicEvent;
use clinic_domain::event::{Event, Recorded};
use clinic_domain::hours::Zone;
use clinic_domain::ids::{MemberId, Position, RoomId};
use clinic_domain::room::RoomEvent;
use clinic_domain::text::Title;
use serde::{Deserialize, Serialize};

use crate::checkpoint::Checkpoint;
use crate::who::Who;

/// Everybody's and every room's names. It grows by what admins do, not by what patients do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directory {
    checkpoint: Checkpoint,
    zone: Option<Zone>,
    members: BTreeMap<MemberId, History>,
    rooms: BTreeMap<RoomId, History>,
}

/// The names of one member or room, each from its position on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct History {
    names: BTreeMap<Position, Title>,
    /// Since when the member is removed or the room archived.
    gone: Option<Position>,
}

/// A name, and whether its holder is still there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Named {
    /// The name held at the position asked for.
    pub name: Title,
    /// Whether the member has been removed, or the room archived, by now.
    pub gone: bool,
}

impl History {
    /// The name at `position`; before the first one, the first one.
    fn at(&self, position: Position) -> Option<Named> {
        let held = self.names.range(..=position).next_back();
        let (_, name) = held.or_else(|| self.names.first_key_value())?;
        Some(Named { name: name.clone(), gone: self.gone.is_some() })
    }
}

impl Directory {
    /// Folds an event in, unless its position has been applied already.
    pub fn apply(&mut self, recorded: &Recorded) {
        if !self.checkpoint.takes(recorded) {
            return;
        }
        let position = recorded.position;
        match &recorded.event {
            Event::Clinic(_, event) => self.clinic_event(position, event),
            Event::Room(id, event) => self.room_event(position, *id, event),
            Event::Visit(..) | Event::Transfer(..) => {}
        }
    }

    /// How far the fold has come.
    #[must_use]
    pub fn checkpoint(&self) -> Checkpoint {
        self.checkpoint
    }
}

impl Directory {
    /// The clinic's zone now.
    #[must_use]
    pub fn zone(&self) -> Option<&Zone> {
        self.zone.as_ref()
    }

    /// A member's name at `position`, marked if she has been removed by now.
    #[must_use]
    pub fn member_at(&self, id: MemberId, position: Position) -> Option<Named> {
        self.members.get(&id)?.at(position)
    }

    /// A room's name at `position`, marked if it has been archived by now.
    #[must_use]
    pub fn room_at(&self, id: RoomId, position: Position) -> Option<Named> {
        self.rooms.get(&id)?.at(position)
    }

    /// An actor by the name held at `position`, marked if she has been removed by now.
    #[must_use]
    pub fn who_at(&self, actor: &Actor, position: Position) -> Who {
        match actor {
            Actor::Member(id) => {
                let named = self.member_at(*id, position);
                let removed = named.as_ref().is_some_and(|named| named.gone);
                Who::Member { id: *id, name: named.map(|named| named.name), removed }
            }
            Actor::Patient(_) => Who::Patient,
            Actor::Policy { name, version } => Who::Policy { name: *name, version: *version },
            Actor::Import => Who::Import,
            Actor::Host => Who::Host,
        }
    }

    fn clinic_event(&mut self, position: Position, event: &ClinicEvent) {
        match event {
            ClinicEvent::ClinicFounded { zone, owner, owner_name, .. } => {
                self.zone = Some(zone.clone());
                self.member(*owner).names.insert(position, owner_name.clone());
            }
            ClinicEvent::ZoneChanged { zone } => self.zone = Some(zone.clone()),
            ClinicEvent::MemberAdded { member, name, .. }
            | ClinicEvent::MemberRenamed { member, name } => {
                self.member(*member).names.insert(position, name.clone());
            }
            ClinicEvent::MemberRemoved { member } => self.member(*member).gone = Some(position),
            ClinicEvent::CapabilitiesChanged { .. }
            | ClinicEvent::RoleChanged { .. }
            | ClinicEvent::MemberDisabled { .. }
            | ClinicEvent::MemberEnabled { .. }
            | ClinicEvent::MemberCameOnline { .. }
            | ClinicEvent::MemberWentOffline { .. } => {}
        }
    }

    fn room_event(&mut self, position: Position, id: RoomId, event: &RoomEvent) {
        match event {
            RoomEvent::RoomOpened { name, .. } | RoomEvent::RoomRenamed { name } => {
                self.rooms.entry(id).or_default().names.insert(position, name.clone());
            }
            RoomEvent::RoomArchived => self.rooms.entry(id).or_default().gone = Some(position),
            RoomEvent::SlugChanged { .. }
            | RoomEvent::MemberAssigned { .. }
            | RoomEvent::MemberUnassigned { .. }
            | RoomEvent::TextsChanged { .. }
            | RoomEvent::HoursChanged { .. }
            | RoomEvent::PolicyChanged { .. }
            | RoomEvent::ChecklistChanged { .. }
            | RoomEvent::PasscodeChanged { .. }
            | RoomEvent::RoomSuspended { .. }
            | RoomEvent::SuspensionLifted
            | RoomEvent::DayEnded { .. } => {}
        }
    }

    fn member(&mut self, id: MemberId) -> &mut History {
        self.members.entry(id).or_default()
    }
}
