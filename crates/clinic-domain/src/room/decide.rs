//! The rules of a room.

use std::collections::BTreeSet;

use super::{
    Door, OpenRoom, Room, RoomAct, RoomCommand, RoomEvent, RoomKind, RoomPolicy, RoomRefusal,
    Target, Texts, Warning,
};
use crate::actor::{Right, Standing};
use crate::decider::Decider;
use crate::hours::Hours;
use crate::ids::{MemberId, PasscodeId, RoomId, VisitId};
use crate::limits;
use crate::text::{Label, Notice, Slug};
use crate::time::Timestamp;

type Decision = Result<Vec<RoomEvent>, RoomRefusal>;

impl Decider for Room {
    type Command = RoomCommand;
    type Event = RoomEvent;
    type Refusal = RoomRefusal;

    fn decide(&self, command: RoomCommand) -> Decision {
        let RoomCommand { at, by: _, standing, act } = command;
        let room = || self.for_admin(standing);
        match act {
            RoomAct::Open { .. } => self.open_up(standing, act),
            RoomAct::Rename(name) => {
                Ok(changed(room()?.name != name, RoomEvent::RoomRenamed { name }))
            }
            RoomAct::ChangeSlug { slug, holder } => room()?.change_slug(slug, holder),
            RoomAct::Assign { member, active } => room()?.assign(member, active),
            RoomAct::Unassign { member, last, inside } => room()?.unassign(member, last, inside),
            RoomAct::SetTexts(texts) => Ok(room()?.set_texts(texts)),
            RoomAct::SetHours(hours) => room()?.set_hours(hours),
            RoomAct::SetPolicy { policy, capable } => room()?.set_policy(policy, capable),
            RoomAct::SetChecklist(labels) => room()?.set_checklist(labels),
            RoomAct::SetPasscode(passcode) => Ok(room()?.set_passcode(passcode)),
            RoomAct::Suspend(message) => Ok(room()?.suspend(message)),
            RoomAct::LiftSuspension => {
                Ok(changed(room()?.suspended.is_some(), RoomEvent::SuspensionLifted))
            }
            RoomAct::EndDay { inside } => self.end_day(standing, inside, at),
            RoomAct::Archive { inside, pending } => match room() {
                Err(RoomRefusal::Archived) => Ok(vec![]), // asked twice
                found => found.and_then(|_| archive(inside, pending)),
            },
        }
    }

    fn evolve(&mut self, event: &RoomEvent) {
        self.fold(event);
    }
}

/// What other aggregates ask of a room before they move anyone into it.
impl Room {
    /// Lets a check-in through the door: the version of the texts that it showed.
    ///
    /// # Errors
    /// Why the door stays shut.
    pub fn admit(&self, door: &Door, at: Timestamp) -> Result<u32, RoomRefusal> {
        let room = self.in_use()?;
        if room.kind == RoomKind::Shared && !door.capable && !door.imported {
            return Err(RoomRefusal::Incapable);
        }
        // Of imports as well: a token leads to one open visit.
        if let Some((visit, room)) = door.elsewhere {
            return Err(RoomRefusal::AlreadyInside { visit, room });
        }
        if door.imported {
            return Ok(room.texts_version);
        }
        if let Some(message) = room.suspended.clone() {
            return Err(RoomRefusal::Suspended { message });
        }
        if let Some(hours) = room.hours.as_ref().filter(|hours| !hours.open_at(at)) {
            let reopens_at = hours.opens_after(at);
            let emergency = room.texts.emergency.clone();
            return Err(RoomRefusal::Shut { reopens_at, emergency });
        }
        if room.passcode.is_some() && room.passcode != door.passcode {
            return Err(RoomRefusal::WrongPasscode);
        }
        if let Some(asked) = room.policy.consent.filter(|&asked| door.consent != Some(asked)) {
            return Err(RoomRefusal::ConsentNeeded { asked });
        }
        room.has_space(door.queue)?;
        Ok(room.texts_version)
    }

    /// Answers a transfer: `owner_active` tells whether a personal room's member is active, `online`
    /// whether any member assigned here is online, `windows` whether the clinic has accept windows.
    ///
    /// # Errors
    /// Why the room takes nobody in.
    pub fn receive(
        &self,
        at: Timestamp,
        queue: usize,
        owner_active: bool,
        online: bool,
        windows: bool,
    ) -> Result<Target, RoomRefusal> {
        let room = self.in_use()?;
        if let RoomKind::Personal(member) = room.kind
            && !owner_active
        {
            return Err(RoomRefusal::MemberInactive { member });
        }
        if let Some(message) = room.suspended.clone() {
            return Err(RoomRefusal::Suspended { message });
        }
        room.has_space(queue)?;
        let out_of_hours = (!room.in_hours(at)).then_some(Warning::OutOfHours);
        let nobody_online = (!online).then_some(Warning::NobodyOnline);
        Ok(Target {
            order: room.policy.arrivals,
            accept_window: room.policy.accept_window.filter(|_| windows),
            warnings: out_of_hours.into_iter().chain(nobody_online).collect(),
        })
    }

    /// Answers a transfer that history tells of: the room took the visit in, whatever it would say
    /// today. Nobody is asked for an answer any more, and nobody warned.
    ///
    /// # Errors
    /// That there is no such room in use.
    pub fn receive_history(&self) -> Result<Target, RoomRefusal> {
        let order = self.in_use()?.policy.arrivals;
        Ok(Target { order, accept_window: None, warnings: vec![] })
    }

    fn in_use(&self) -> Result<&OpenRoom, RoomRefusal> {
        match self {
            Self::Unopened => Err(RoomRefusal::NoSuchRoom),
            Self::Archived(_) => Err(RoomRefusal::Archived),
            Self::Open(room) => Ok(room),
        }
    }

    fn for_admin(&self, standing: Standing) -> Result<&OpenRoom, RoomRefusal> {
        self.last().ok_or(RoomRefusal::NoSuchRoom)?;
        require(standing, Right::Administer)?;
        self.in_use()
    }

    fn open_up(&self, standing: Standing, act: RoomAct) -> Decision {
        let RoomAct::Open { kind, name, slug, external_ref, holder, has, active, capable, rooms } =
            act
        else {
            return Ok(vec![]);
        };
        require(standing, Right::Administer)?;
        match self {
            Self::Unopened => {}
            Self::Open(_) | Self::Archived(_) => return Ok(vec![]), // asked twice
        }
        if kind == RoomKind::Shared && !capable {
            return Err(RoomRefusal::Incapable);
        }
        if let Some(holder) = holder {
            return Err(RoomRefusal::SlugTaken { slug, holder });
        }
        if let Some(room) = has {
            return Err(RoomRefusal::HasPersonalRoom { room });
        }
        if let RoomKind::Personal(member) = kind
            && !active
        {
            return Err(RoomRefusal::MemberInactive { member });
        }
        within("rooms of the clinic", rooms.saturating_add(1), limits::ROOMS)?;
        Ok(vec![RoomEvent::RoomOpened { kind, name, slug, external_ref }])
    }

    /// Closing time is a fact only while somebody is inside.
    fn end_day(&self, standing: Standing, inside: Vec<VisitId>, at: Timestamp) -> Decision {
        self.last().ok_or(RoomRefusal::NoSuchRoom)?;
        require(standing, Right::Observe)?;
        let noted = self.in_use()?.day_ended_at.is_some_and(|ended| ended >= at);
        Ok(changed(!noted && !inside.is_empty(), RoomEvent::DayEnded { inside, at }))
    }
}

impl OpenRoom {
    fn has_space(&self, queue: usize) -> Result<(), RoomRefusal> {
        let limit = self.policy.queue_limit;
        let full = u32::try_from(queue).map_or(true, |queue| queue >= limit);
        if full { Err(RoomRefusal::Full { limit }) } else { Ok(()) }
    }

    fn change_slug(&self, slug: Slug, holder: Option<RoomId>) -> Decision {
        if self.slug == slug {
            return Ok(vec![]);
        }
        // A room may take one of its own retired links back.
        if let Some(holder) = holder.filter(|_| !self.retired.contains(&slug)) {
            return Err(RoomRefusal::SlugTaken { slug, holder });
        }
        let retired = self.retired.len().saturating_add(1);
        within("retired slugs of a room", retired, limits::RETIRED_SLUGS)?;
        Ok(vec![RoomEvent::SlugChanged { slug }])
    }

    fn assign(&self, member: MemberId, active: bool) -> Decision {
        if !active {
            return Err(RoomRefusal::MemberInactive { member });
        }
        let new = !self.assigned.contains(&member);
        Ok(changed(new, RoomEvent::MemberAssigned { member }))
    }

    fn unassign(&self, member: MemberId, last: bool, inside: Vec<VisitId>) -> Decision {
        let assigned = self.assigned.contains(&member);
        if assigned && last && !inside.is_empty() {
            return Err(RoomRefusal::LastMember { inside });
        }
        Ok(changed(assigned, RoomEvent::MemberUnassigned { member }))
    }

    fn set_texts(&self, texts: Texts) -> Vec<RoomEvent> {
        let version = self.texts_version.saturating_add(1);
        changed(self.texts != texts, RoomEvent::TextsChanged { texts, version })
    }

    fn set_hours(&self, hours: Option<Hours>) -> Decision {
        if let Some(hours) = &hours {
            hours.check()?;
        }
        Ok(changed(self.hours != hours, RoomEvent::HoursChanged { hours }))
    }

    fn set_policy(&self, policy: RoomPolicy, capable: bool) -> Decision {
        let asks = policy.accept_window.is_some() && self.policy.accept_window.is_none();
        if asks && !capable {
            return Err(RoomRefusal::Incapable);
        }
        within("queue limit", policy.queue_limit, limits::QUEUE_MAX)?;
        let windows = [
            ("accept window, in ms", policy.accept_window),
            ("undo window, in ms", Some(policy.undo_window)),
            ("reopen window, in ms", Some(policy.reopen_window)),
            ("no-show after, in ms", policy.no_show_after),
        ];
        for (what, window) in windows {
            within(what, window.unwrap_or_default().0, limits::WINDOW_MAX.0)?;
        }
        Ok(changed(self.policy != policy, RoomEvent::PolicyChanged { policy }))
    }

    fn set_checklist(&self, labels: Vec<Label>) -> Decision {
        within("labels of a checklist", labels.len(), limits::CHECKLIST_LABELS)?;
        let mut seen = BTreeSet::new();
        let labels: Vec<Label> =
            labels.into_iter().filter(|label| seen.insert(label.clone())).collect();
        Ok(changed(self.checklist != labels, RoomEvent::ChecklistChanged { labels }))
    }

    fn set_passcode(&self, passcode: Option<PasscodeId>) -> Vec<RoomEvent> {
        changed(self.passcode != passcode, RoomEvent::PasscodeChanged { passcode })
    }

    fn suspend(&self, message: Notice) -> Vec<RoomEvent> {
        let new = self.suspended.as_ref() != Some(&message);
        changed(new, RoomEvent::RoomSuspended { message })
    }
}

fn archive(inside: Vec<VisitId>, pending: Vec<VisitId>) -> Decision {
    if inside.is_empty() && pending.is_empty() {
        Ok(vec![RoomEvent::RoomArchived])
    } else {
        Err(RoomRefusal::NotEmpty { inside, pending })
    }
}

fn require(standing: Standing, right: Right) -> Result<(), RoomRefusal> {
    if standing.may(right) { Ok(()) } else { Err(RoomRefusal::NotEntitled { right }) }
}

/// The event, if it changes anything: asked twice, it happened once.
fn changed(does: bool, event: RoomEvent) -> Vec<RoomEvent> {
    if does { vec![event] } else { vec![] }
}

fn within(
    what: &'static str,
    found: impl TryInto<u64>,
    limit: impl TryInto<u64>,
) -> Result<(), RoomRefusal> {
    let limit = limit.try_into().unwrap_or(u64::MAX);
    if found.try_into().unwrap_or(u64::MAX) <= limit {
        Ok(())
    } else {
        Err(RoomRefusal::LimitReached { what, limit })
    }
}
