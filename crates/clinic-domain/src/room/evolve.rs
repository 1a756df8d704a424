//! How events make a room. Total: an event that fits no state leaves it as it is.

use std::collections::BTreeSet;

use super::{OpenRoom, Room, RoomEvent, RoomKind, RoomPolicy, Texts};

impl Room {
    pub(super) fn fold(&mut self, event: &RoomEvent) {
        match (self, event) {
            (room @ Self::Unopened, RoomEvent::RoomOpened { .. }) => room.begin(event),
            (room @ Self::Open(_), RoomEvent::RoomArchived) => room.finish(),
            (Self::Open(room), _) => room.fold(event),
            (Self::Unopened | Self::Archived(_), _) => {}
        }
    }

    fn begin(&mut self, event: &RoomEvent) {
        let RoomEvent::RoomOpened { kind, name, slug, external_ref } = event else { return };
        let assigned = match kind {
            RoomKind::Shared => BTreeSet::new(),
            RoomKind::Personal(member) => BTreeSet::from([*member]),
        };
        *self = Self::Open(OpenRoom {
            kind: *kind,
            name: name.clone(),
            slug: slug.clone(),
            retired: vec![],
            assigned,
            texts: Texts::default(),
            texts_version: 0,
            hours: None,
            policy: RoomPolicy::default(),
            checklist: vec![],
            passcode: None,
            suspended: None,
            day_ended_at: None,
            external_ref: external_ref.clone(),
        });
    }

    fn finish(&mut self) {
        if let Self::Open(room) = self {
            *self = Self::Archived(room.clone());
        }
    }
}

impl OpenRoom {
    fn fold(&mut self, event: &RoomEvent) {
        match event {
            RoomEvent::RoomOpened { .. } | RoomEvent::RoomArchived => {} // the whole room's
            RoomEvent::RoomRenamed { name } => self.name = name.clone(),
            RoomEvent::SlugChanged { slug } => {
                self.retired.retain(|retired| retired != slug);
                self.retired.push(std::mem::replace(&mut self.slug, slug.clone()));
            }
            RoomEvent::MemberAssigned { member } => {
                self.assigned.insert(*member);
            }
            RoomEvent::MemberUnassigned { member } => {
                self.assigned.remove(member);
            }
            RoomEvent::TextsChanged { texts, version } => {
                self.texts = texts.clone();
                self.texts_version = *version;
            }
            RoomEvent::HoursChanged { hours } => self.hours.clone_from(hours),
            RoomEvent::PolicyChanged { policy } => self.policy = policy.clone(),
            RoomEvent::ChecklistChanged { labels } => self.checklist.clone_from(labels),
            RoomEvent::PasscodeChanged { passcode } => self.passcode = *passcode,
            RoomEvent::RoomSuspended { message } => self.suspended = Some(message.clone()),
            RoomEvent::SuspensionLifted => self.suspended = None,
            RoomEvent::DayEnded { at, .. } => self.day_ended_at = Some(*at),
        }
    }
}
