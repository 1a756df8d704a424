//! Following what happened to visits: each event is judged, compared with what it must say, and noted.

use clinic_domain::actor::Actor;
use clinic_domain::event::{Event, Recorded};
use clinic_domain::ids::{MemberId, PlaceVersion, TransferId, VisitId};
use clinic_domain::transfer::Outcome;
use clinic_domain::visit::{
    CloseReason, HoldReason, Place, Presence, Priority, Reversal, VisitEvent,
};

use super::rules::Rule;
use super::{Closed, Difference, Entry, Model, Remembered, Visit};

type Followed = Result<(), Difference>;

impl Model {
    /// Takes in what happened next.
    ///
    /// # Errors
    /// What may not be, or is said otherwise than it follows from what happened before. The model is
    /// then of no further use.
    pub fn follow(&mut self, recorded: &Recorded) -> Followed {
        let Recorded { position, event, occurred_at: at, cause, .. } = recorded;
        if self.command != Some(cause.command_id) {
            self.settled()?;
            self.command = Some(cause.command_id);
            let (id, at, digest) = (cause.command_id, *at, cause.digest);
            self.answered.push(Remembered { id, at, digest });
        }
        let in_order = *position == self.position.next() && *at >= self.now;
        (self.position, self.now) = (*position, *at);
        if !in_order {
            return Err(self.differs("it does not follow the event before"));
        }
        if event.at().is_some_and(|said| said != *at) {
            return Err(self.differs(format!("{} says another instant than {at}", event.name())));
        }
        match event {
            Event::Clinic(_, event) => self.follow_clinic(event, recorded),
            Event::Room(id, event) => self.follow_room(*id, event, recorded),
            Event::Visit(id, event) => self.follow_visit(*id, event, recorded),
            Event::Transfer(id, event) => self.follow_transfer(*id, event, recorded),
        }
    }

    /// Whether the last command has told all of what it began.
    ///
    /// # Errors
    /// What is missing.
    pub fn settled(&self) -> Followed {
        for (id, leg) in &self.legs {
            if !leg.requested || leg.told != leg.outcome {
                let (told, outcome) = (leg.told, leg.outcome);
                let what = format!("transfer {id} says {told:?} became of it, it was {outcome:?}");
                return Err(self.differs(what));
            }
        }
        for (id, visit) in &self.visits {
            if let Some(member) = visit.in_call_with()
                && visit.closed.is_none()
                && !self.is_active(member)
                && !self.history
            {
                return Err(self.differs(format!("{id} is in call with {member}, who may not act")));
            }
            if let Some(Closed { reason: CloseReason::Merged { into }, .. }) = &visit.closed
                && !self.visits.get(into).is_some_and(|survivor| survivor.merged.contains(id))
                && !self.history
            {
                return Err(
                    self.differs(format!("{id} was merged into {into}, which has not got it"))
                );
            }
        }
        Ok(())
    }

    /// What is judged of an event: that its rule grants it, and that it says what the model expects.
    pub(super) fn judge<T: PartialEq + std::fmt::Debug>(
        &self,
        name: &str,
        recorded: &Recorded,
        rule: Rule,
        (said, ours): (&T, &T),
    ) -> Followed {
        if recorded.cause.actor == Actor::Import {
            return Ok(());
        }
        let by = &recorded.cause.actor;
        match rule {
            Ok(true) if said == ours => Ok(()),
            Ok(true) => {
                Err(self.differs(format!("{name} says\n{said:?}\nand should say\n{ours:?}")))
            }
            Ok(false) => Err(self.differs(format!("{name} by {by:?}, though it is so already"))),
            Err(why) => Err(self.differs(format!("{name} by {by:?}, though {why}"))),
        }
    }

    fn follow_visit(&mut self, id: VisitId, event: &VisitEvent, recorded: &Recorded) -> Followed {
        if let VisitEvent::CheckedIn { .. } = event {
            return self.checked_in(id, event, recorded);
        }
        let by = &recorded.cause.actor;
        let at = recorded.occurred_at;
        let rule = match event {
            VisitEvent::CheckedIn { .. } => Ok(true),
            VisitEvent::CallStarted { .. } | VisitEvent::CallResumed { .. } => {
                self.may_start(by, id, false)
            }
            VisitEvent::CallPaused { reason, .. } => match reason {
                HoldReason::Paused => self.may_pause(by, id),
                HoldReason::MemberDisabled => self.may_hold_disabled(by, id),
                HoldReason::MemberLost => {
                    let member = self.open(id).and_then(Visit::in_call_with);
                    let lost = |member: MemberId| self.may_hold_lost(by, id, member, at);
                    member.map_or(Err("it is in no call"), lost)
                }
            },
            VisitEvent::CallEnded { .. } => self.may_end(by, id),
            VisitEvent::Transferred { to, .. } => self.may_transfer(by, id, *to),
            VisitEvent::TransferReversed { transfer, why, .. } => match why {
                Reversal::Declined => self.may_answer(by, id, *transfer, Outcome::Declined, at),
                Reversal::Expired => self.may_expire(by, id, *transfer, at),
                Reversal::Undone => self.may_undo(by, id, *transfer, at),
            },
            VisitEvent::PriorityChanged { priority, .. } => self.may_prioritise(by, id, *priority),
            VisitEvent::NoteAdded { .. } => self.may_note(by, id),
            VisitEvent::ChecklistTicked { label, done, .. } => self.may_tick(by, id, label, *done),
            VisitEvent::PatientWentOffline { .. } => self.may_note_patient(by, id, false),
            VisitEvent::PatientCameOnline { .. } => self.may_note_patient(by, id, true),
            VisitEvent::CarriedOver { .. } => self.may_carry_over(by, id),
            VisitEvent::VisitsMerged { duplicate, .. } => self.may_absorb(by, id, *duplicate),
            VisitEvent::VisitClosed { reason, .. } => match reason {
                CloseReason::Merged { into } => self.may_merge(by, *into, id),
                CloseReason::Completed
                | CloseReason::Left
                | CloseReason::NoShow
                | CloseReason::Removed { .. }
                | CloseReason::EndOfDay => self.may_close(by, id, reason),
            },
            VisitEvent::VisitReopened { .. } => self.may_reopen(by, id, at),
        };
        let ours = self.expects(id, event, by, at).unwrap_or_else(|| event.clone());
        self.judge(event.name(), recorded, rule, (event, &ours))?;
        if !self.visits.contains_key(&id) {
            return Err(self.differs(format!("{} of a visit that nobody knows", event.name())));
        }
        self.note(id, event, (at, recorded.position));
        Ok(())
    }

    /// The survivor takes a duplicate that the same command has closed in its favour.
    fn may_absorb(&self, by: &Actor, survivor: VisitId, duplicate: VisitId) -> Rule {
        self.may_merge(by, survivor, duplicate)?; // closed already, and nothing else has changed
        let merged = self.known(survivor)?.merged.contains(&duplicate);
        let closed = self.known(duplicate)?.closed.as_ref();
        let closed = closed.is_some_and(|closed| closed.reason.survivor() == Some(survivor));
        if closed { Ok(!merged) } else { Err("the duplicate is not closed in favour of it") }
    }

    fn checked_in(&mut self, id: VisitId, event: &VisitEvent, recorded: &Recorded) -> Followed {
        let VisitEvent::CheckedIn { room, token, consent, texts, by, at, .. } = event else {
            return Ok(());
        };
        let shown = self.rooms.get(room).map_or(0, |room| room.texts);
        let rule = self.may_check_in(*room, *token, *consent, *at);
        self.judge("CheckedIn", recorded, rule, (&(texts, by), &(&shown, &recorded.cause.actor)))?;
        let entry = (*at, recorded.position);
        let visit = Visit {
            tokens: vec![*token],
            door: (*room, *texts),
            room: *room,
            place: Place::Waiting { since: *at },
            version: PlaceVersion(1),
            moved_by: recorded.cause.command_id,
            arrived_at: *at,
            check_in: entry,
            entry,
            priority: Priority::Routine,
            presence: Presence::Online,
            latest: None,
            path: vec![],
            came_back: None,
            arrivals: vec![*room],
            legs: 0,
            calls: 0,
            notes: 0,
            ticked: vec![],
            carried_over_at: None,
            merged: vec![],
            closed: None,
        };
        match self.visits.insert(id, visit) {
            None => Ok(()),
            Some(_) => Err(self.differs(format!("{id} checks in a second time"))),
        }
    }
}

/// What an event changes.
impl Model {
    pub(super) fn note(&mut self, id: VisitId, event: &VisitEvent, now: Entry) {
        let at = now.0;
        match event {
            VisitEvent::CheckedIn { .. } => {}
            VisitEvent::CallStarted { call, member, .. }
            | VisitEvent::CallResumed { call, member, .. } => {
                let begins = matches!(event, VisitEvent::CallStarted { .. });
                self.call_started(id, begins);
                self.moves(id, Place::InCall { call: *call, member: *member, since: at });
            }
            VisitEvent::CallPaused { by, reason, .. } => {
                if let Some(Place::InCall { call, .. }) = self.open(id).map(|v| v.place.clone()) {
                    let (by, reason) = (by.clone(), *reason);
                    self.moves(id, Place::OnHold { call, by, reason, since: at });
                }
            }
            VisitEvent::CallEnded { .. } => self.moves(id, Place::Waiting { since: at }),
            VisitEvent::Transferred { .. } => self.transferred(id, event, now),
            VisitEvent::TransferReversed { transfer, why, .. } => {
                self.reversed(id, *transfer, *why, now);
            }
            VisitEvent::PriorityChanged { priority, .. } => {
                self.with(id, |visit| visit.priority = *priority);
            }
            VisitEvent::NoteAdded { .. } => self.with(id, |visit| visit.notes += 1),
            VisitEvent::ChecklistTicked { label, done, .. } => self.with(id, |visit| {
                visit.ticked.retain(|ticked| ticked != label);
                visit.ticked.extend(done.then(|| label.clone()));
            }),
            VisitEvent::PatientWentOffline { .. } => {
                self.with(id, |visit| visit.presence = Presence::OfflineSince(at));
            }
            VisitEvent::PatientCameOnline { .. } => {
                self.with(id, |visit| visit.presence = Presence::Online);
            }
            VisitEvent::CarriedOver { .. } => {
                self.with(id, |visit| visit.carried_over_at = Some(at));
            }
            VisitEvent::VisitsMerged { duplicate, .. } => self.absorbs(id, *duplicate),
            VisitEvent::VisitClosed { reason, reopen_until, .. } => {
                self.closed(id, Closed { reason: reason.clone(), at, until: *reopen_until });
            }
            VisitEvent::VisitReopened { .. } => self.reopened(id, now),
        }
    }

    fn with(&mut self, id: VisitId, change: impl FnOnce(&mut Visit)) {
        if let Some(visit) = self.visits.get_mut(&id) {
            change(visit);
        }
    }

    fn moves(&mut self, id: VisitId, place: Place) {
        let command = self.command;
        self.with(id, |visit| {
            visit.place = place;
            visit.version = visit.version.next();
            visit.moved_by = command.unwrap_or(visit.moved_by);
        });
    }

    /// An answer that is still awaited is settled by what happens to the visit.
    fn settle(&mut self, id: VisitId, outcome: Outcome) {
        let latest = self.visits.get(&id).and_then(|visit| visit.latest);
        let leg = latest.and_then(|leg| self.legs.get_mut(&leg));
        if let Some(leg) = leg.filter(|leg| leg.outcome.is_none()) {
            leg.outcome = Some(outcome);
        }
    }

    /// Starting the call accepts without a word, and nobody can undo any more.
    fn call_started(&mut self, id: VisitId, begins: bool) {
        self.settle(id, Outcome::Accepted);
        self.with(id, |visit| visit.calls += u32::from(begins));
        let latest = self.visits.get(&id).and_then(|visit| visit.latest);
        if let Some(leg) = latest.and_then(|leg| self.legs.get_mut(&leg)) {
            leg.started = true;
        }
    }

    /// Moving on accepts without a word, too.
    fn transferred(&mut self, id: VisitId, event: &VisitEvent, now: Entry) {
        let VisitEvent::Transferred { transfer, to, by, order, answer_by, .. } = event else {
            return;
        };
        self.settle(id, Outcome::Accepted);
        let Some(mut leg) = self.leg_begun(id, *to, by, now.0) else { return };
        // An import is followed as it tells.
        (leg.order, leg.answer_by) = (*order, *answer_by);
        leg.outcome = answer_by.is_none().then_some(Outcome::Completed);
        self.with(id, |visit| {
            visit.entry = leg.new_entry(visit.check_in, now);
            visit.room = *to;
            visit.arrived_at = now.0;
            visit.arrivals.push(*to);
            visit.legs += 1;
            visit.latest = Some(*transfer);
            visit.path.push(*transfer);
            visit.came_back = None;
        });
        self.legs.insert(*transfer, leg);
        self.moves(id, Place::Waiting { since: now.0 });
    }

    /// Back in the source, at the old entry; the leg before is no longer the latest.
    fn reversed(&mut self, id: VisitId, transfer: TransferId, why: Reversal, now: Entry) {
        let Some(leg) = self.legs.get_mut(&transfer) else { return };
        leg.outcome = Some(match why {
            Reversal::Declined => Outcome::Declined,
            Reversal::Expired => Outcome::Expired,
            Reversal::Undone => Outcome::Undone,
        });
        let (entry, from) = (leg.entry, leg.from);
        self.with(id, |visit| {
            visit.entry = entry;
            visit.room = from;
            visit.arrived_at = now.0;
            visit.latest = None;
            visit.path.pop();
            visit.came_back = Some((transfer, why));
        });
        self.moves(id, Place::Waiting { since: now.0 });
    }

    fn absorbs(&mut self, id: VisitId, duplicate: VisitId) {
        let Some(theirs) = self.visits.get(&duplicate).cloned() else { return };
        let latest = self.visits.get(&id).and_then(|visit| visit.latest);
        if let Some(leg) = latest.and_then(|leg| self.legs.get_mut(&leg)) {
            leg.entry = leg.entry.min(theirs.entry);
        }
        self.with(id, |visit| {
            visit.tokens.extend(theirs.tokens);
            visit.entry = visit.entry.min(theirs.entry);
            visit.check_in = visit.check_in.min(theirs.check_in);
            visit.merged.push(duplicate);
        });
    }

    fn closed(&mut self, id: VisitId, closed: Closed) {
        self.settle(id, Outcome::Withdrawn);
        self.with(id, |visit| visit.closed = Some(closed));
    }

    /// Place and entry are restored, but for a call, which ended with the visit. Closing and reopening
    /// are two changes of place.
    fn reopened(&mut self, id: VisitId, now: Entry) {
        let Some(visit) = self.visits.get_mut(&id) else { return };
        visit.closed = None;
        visit.version = visit.version.next();
        let place = match &visit.place {
            Place::OnHold { .. } => visit.place.clone(),
            Place::Waiting { .. } | Place::InCall { .. } => Place::Waiting { since: now.0 },
        };
        self.moves(id, place);
    }
}
