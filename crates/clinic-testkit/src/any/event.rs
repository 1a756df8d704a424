//! Any event. Which one is one roll over all of them, so that none is left out.

use clinic_domain::clinic::ClinicEvent;
use clinic_domain::event::Event;
use clinic_domain::ids::{ClinicId, MemberId};
use clinic_domain::room::{RoomEvent, Warning};
use clinic_domain::transfer::{Request, TransferEvent};
use clinic_domain::visit::{HoldReason, Reversal, VisitEvent};
use uuid::Uuid;

use super::dice::{Dice, Pool};
use crate::words;

impl Dice {
    pub(crate) fn event(&mut self, pool: &Pool) -> Event {
        let visit = self.pick(&pool.visits);
        match self.roll(8) {
            0 => Event::Clinic(ClinicId(Uuid::nil()), self.clinic_event(pool)),
            1 | 2 => Event::Room(self.pick(&pool.rooms), self.room_event(pool)),
            3 | 4 => Event::Visit(visit, self.placing_event(pool)),
            5 | 6 => Event::Visit(visit, self.marking_event(pool)),
            _ => Event::Transfer(self.pick(&pool.transfers), self.transfer_event(pool)),
        }
    }

    fn clinic_event(&mut self, pool: &Pool) -> ClinicEvent {
        let member = self.pick(&pool.members);
        match self.roll(ClinicEvent::NAMES.len()) {
            0 => {
                let imported = self.roll(4) == 0;
                self.founded(member, imported)
            }
            1 => ClinicEvent::ZoneChanged { zone: self.zone() },
            2 => ClinicEvent::CapabilitiesChanged { capabilities: self.capabilities() },
            3 => ClinicEvent::MemberAdded {
                member,
                name: self.title(),
                role: self.role(),
                external_ref: None,
                at: self.instant(),
            },
            4 => ClinicEvent::MemberRenamed { member, name: self.title() },
            5 => ClinicEvent::RoleChanged { member, role: self.role() },
            6 => ClinicEvent::MemberDisabled { member },
            7 => ClinicEvent::MemberEnabled { member },
            8 => ClinicEvent::MemberRemoved { member },
            9 => ClinicEvent::MemberCameOnline { member, at: self.instant() },
            _ => ClinicEvent::MemberWentOffline {
                member,
                last_seen: self.instant(),
                at: self.instant(),
            },
        }
    }

    pub(super) fn founded(&mut self, owner: MemberId, imported: bool) -> ClinicEvent {
        ClinicEvent::ClinicFounded {
            name: self.title(),
            zone: self.zone(),
            owner,
            owner_name: self.title(),
            capabilities: self.capabilities(),
            external_ref: None,
            imported,
            at: self.instant(),
        }
    }

    fn room_event(&mut self, pool: &Pool) -> RoomEvent {
        match self.roll(RoomEvent::NAMES.len()) {
            0 => RoomEvent::RoomOpened {
                kind: self.kind(pool),
                name: self.title(),
                slug: self.pick(&pool.slugs),
                external_ref: None,
            },
            1 => RoomEvent::RoomRenamed { name: self.title() },
            2 => RoomEvent::SlugChanged { slug: self.pick(&pool.slugs) },
            3 => RoomEvent::MemberAssigned { member: self.pick(&pool.members) },
            4 => RoomEvent::MemberUnassigned { member: self.pick(&pool.members) },
            5 => RoomEvent::TextsChanged { texts: self.texts(), version: self.count() },
            6 => RoomEvent::HoursChanged { hours: self.option(Self::hours) },
            7 => RoomEvent::PolicyChanged { policy: self.policy() },
            8 => RoomEvent::ChecklistChanged { labels: self.labels() },
            9 => RoomEvent::PasscodeChanged { passcode: self.passcode() },
            10 => RoomEvent::RoomSuspended { message: self.notice() },
            11 => RoomEvent::SuspensionLifted,
            12 => RoomEvent::DayEnded { inside: self.visits(pool), at: self.instant() },
            _ => RoomEvent::RoomArchived,
        }
    }

    /// Those that begin, move and end a visit.
    fn placing_event(&mut self, pool: &Pool) -> VisitEvent {
        let (by, at) = (self.actor(pool), self.instant());
        let (call, member) = (self.pick(&pool.calls), self.pick(&pool.members));
        let transfer = self.pick(&pool.transfers);
        let (from, to) = (self.pick(&pool.rooms), self.pick(&pool.rooms));
        match self.roll(10) {
            0 | 1 => VisitEvent::CheckedIn {
                room: to,
                token: self.pick(&pool.tokens),
                name: words::person("Ann").into(),
                reason: None,
                phone: None,
                arrival: self.arrival(pool),
                consent: self.option(Self::count),
                texts: self.count(),
                external_ref: None,
                by,
                at,
            },
            2 => VisitEvent::CallStarted { call, member, skipped: self.visits(pool), at },
            3 => VisitEvent::CallResumed { call, member, skipped: self.visits(pool), at },
            4 => {
                let reasons =
                    [HoldReason::Paused, HoldReason::MemberLost, HoldReason::MemberDisabled];
                VisitEvent::CallPaused { by, reason: self.pick(&reasons), at }
            }
            5 => VisitEvent::CallEnded { by, at },
            6 => VisitEvent::Transferred {
                transfer,
                from,
                to,
                by,
                note: self.option(Self::note),
                order: self.order(),
                answer_by: self.option(Self::instant),
                undo_until: self.instant(),
                returns: self.count(),
                warnings: vec![Warning::OutOfHours],
                at,
            },
            7 => {
                let whys = [Reversal::Declined, Reversal::Expired, Reversal::Undone];
                VisitEvent::TransferReversed { transfer, from, to, why: self.pick(&whys), by, at }
            }
            8 => {
                let (reason, reopen_until) = (self.reason(pool), self.instant());
                VisitEvent::VisitClosed { reason, reopen_until, by, at }
            }
            _ => VisitEvent::VisitReopened { by, at },
        }
    }

    fn marking_event(&mut self, pool: &Pool) -> VisitEvent {
        let (by, at) = (self.actor(pool), self.instant());
        match self.roll(7) {
            0 => VisitEvent::PriorityChanged { priority: self.priority(), by },
            1 => VisitEvent::NoteAdded { note: self.note(), by },
            2 => VisitEvent::ChecklistTicked { label: self.label(), done: self.flag(), by },
            3 => VisitEvent::PatientWentOffline { last_seen: self.instant(), at },
            4 => VisitEvent::PatientCameOnline { at },
            5 => VisitEvent::CarriedOver { by, at },
            _ => VisitEvent::VisitsMerged {
                duplicate: self.pick(&pool.visits),
                tokens: (0..self.roll(3)).map(|_| self.pick(&pool.tokens)).collect(),
                entry: self.entry(),
                check_in: self.entry(),
                leg_entry: self.option(Self::entry),
                by,
            },
        }
    }

    fn transfer_event(&mut self, pool: &Pool) -> TransferEvent {
        let by = self.actor(pool);
        match self.roll(TransferEvent::NAMES.len()) {
            0 => TransferEvent::TransferRequested {
                request: Request {
                    visit: self.pick(&pool.visits),
                    from: self.pick(&pool.rooms),
                    to: self.pick(&pool.rooms),
                    by,
                    answer_by: self.option(Self::instant),
                    undo_until: self.instant(),
                },
            },
            1 => TransferEvent::TransferCompleted {},
            2 => TransferEvent::TransferAccepted { by },
            3 => TransferEvent::TransferDeclined { by, note: self.option(Self::note) },
            4 => TransferEvent::TransferExpired { by },
            5 => TransferEvent::TransferWithdrawn { by },
            _ => TransferEvent::TransferUndone { by },
        }
    }
}
