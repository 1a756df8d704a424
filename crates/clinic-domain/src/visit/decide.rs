//! The rules of a visit. Each command has one rule, and each rule names every state it meets.

use super::{
    CheckIn, CloseReason, ClosedVisit, Entry, HoldReason, OpenVisit, PatientVisit, Place, Presence,
    Reversal, VisitAct, VisitCommand, VisitEvent, VisitRefusal,
};
use crate::actor::{Actor, Right, Standing, TokenHash};
use crate::decider::Decider;
use crate::ids::{CallId, MemberId, RoomId, TransferId, VisitId};
use crate::limits;
use crate::personal::Personal;
use crate::room::{RoomRefusal, Target};
use crate::text::{Label, Note};
use crate::time::{Millis, Timestamp};

type Decision = Result<Vec<VisitEvent>, VisitRefusal>;

/// Who asks, when, and from where.
struct Asker {
    at: Timestamp,
    by: Actor,
    standing: Standing,
    seen: Option<crate::ids::PlaceVersion>,
}

impl Decider for PatientVisit {
    type Command = VisitCommand;
    type Event = VisitEvent;
    type Refusal = VisitRefusal;

    fn decide(&self, command: VisitCommand) -> Decision {
        let VisitCommand { at, by, standing, seen, act } = command;
        let asker = Asker { at, by, standing, seen };
        match act {
            VisitAct::CheckIn(check_in) => self.check_in(asker, *check_in),
            VisitAct::Start { call, busy, skipped } => self.start(&asker, call, busy, skipped),
            VisitAct::Pause { capable } => self.pause(asker, capable),
            VisitAct::HoldFor { member, reason } => self.hold_for(asker, member, reason),
            VisitAct::End => self.end(asker),
            VisitAct::Transfer { transfer, to, note, target, undo_window, capable } => {
                let capable = capable.then_some(()).ok_or(VisitRefusal::Incapable);
                self.transfer(asker, transfer, to, note, capable, target, undo_window)
            }
            VisitAct::Reverse { transfer, why, archived } => {
                self.reverse(asker, transfer, why, archived)
            }
            VisitAct::Prioritise(priority) => self.prioritise(asker, priority),
            VisitAct::AddNote(note) => self.add_note(asker, note),
            VisitAct::Tick { label, done, listed } => self.tick(asker, label, done, listed),
            VisitAct::NotePresence { online, last_seen } => {
                self.note_presence(&asker, online, last_seen)
            }
            VisitAct::CarryOver { day_ended_at } => self.carry_over(asker, day_ended_at),
            VisitAct::Close { reason, reopen_window } => self.close(asker, reason, reopen_window),
            VisitAct::Absorb { duplicate, tokens, entry, check_in } => {
                self.absorb(asker, duplicate, tokens, entry, check_in)
            }
            VisitAct::Reopen { other, archived } => self.reopen(asker, other, archived),
        }
    }

    fn evolve(&mut self, event: &VisitEvent) {
        self.fold(event);
    }
}

/// What every rule asks first: does it exist, may you, is it open, is your screen current.
impl PatientVisit {
    fn known(&self) -> Result<&OpenVisit, VisitRefusal> {
        self.last().ok_or(VisitRefusal::NoSuchVisit)
    }

    /// The open visit, for somebody with `right` here.
    fn for_right(&self, asker: &Asker, right: Right) -> Result<&OpenVisit, VisitRefusal> {
        self.current(asker)?;
        require(asker.standing.may(right), right)?;
        self.still_open()
    }

    /// The open visit, for somebody with `right` here or for the member in call with it: who lost
    /// her assignment in mid-call may still end the call in any way (case 7).
    fn for_right_or_call(&self, asker: &Asker, right: Right) -> Result<&OpenVisit, VisitRefusal> {
        let visit = self.current(asker)?;
        let active = matches!(asker.standing, Standing::Member { .. });
        let serves = active && visit.served_by(&asker.by);
        require(asker.standing.may(right) || serves, right)?;
        self.still_open()
    }

    /// Refuses a click that was decided on an older place. A closed visit says so instead.
    fn current(&self, asker: &Asker) -> Result<&OpenVisit, VisitRefusal> {
        let visit = self.known()?;
        match (self.open().is_some(), asker.seen) {
            (true, Some(seen)) if seen != visit.version => {
                Err(VisitRefusal::Stale { seen, now: visit.version })
            }
            (true | false, _) => Ok(visit),
        }
    }

    fn still_open(&self) -> Result<&OpenVisit, VisitRefusal> {
        match self {
            Self::Unknown => Err(VisitRefusal::NoSuchVisit),
            Self::Open(visit) => Ok(visit),
            Self::Closed(ClosedVisit { reason, at, .. }) => {
                Err(VisitRefusal::Closed { reason: reason.label(), at: *at })
            }
        }
    }
}

fn require(granted: bool, right: Right) -> Result<(), VisitRefusal> {
    if granted { Ok(()) } else { Err(VisitRefusal::NotEntitled { right }) }
}

/// A fold costs time for every change of place, so even a scripted ping-pong ends.
fn may_move(visit: &OpenVisit) -> Result<(), VisitRefusal> {
    if visit.version.0 < limits::PLACE_CHANGES {
        return Ok(());
    }
    let limit = u64::from(limits::PLACE_CHANGES);
    Err(VisitRefusal::LimitReached { what: "changes of place of a visit", limit })
}

/// Arriving and serving.
impl PatientVisit {
    fn check_in(&self, asker: Asker, check_in: CheckIn) -> Decision {
        match self {
            Self::Unknown => {}
            Self::Open(_) | Self::Closed(_) => return Ok(vec![]), // asked twice
        }
        let CheckIn { room, token, name, reason, phone, arrival, consent, external_ref, door } =
            check_in;
        let Asker { at, by, .. } = asker;
        let texts = door?;
        Ok(vec![VisitEvent::CheckedIn {
            room,
            token,
            name,
            reason,
            phone,
            arrival,
            consent,
            texts,
            external_ref,
            by,
            at,
        }])
    }

    fn start(
        &self,
        asker: &Asker,
        call: CallId,
        busy: Option<VisitId>,
        skipped: Vec<VisitId>,
    ) -> Decision {
        let serve = Right::Serve;
        let Actor::Member(member) = asker.by else {
            self.known()?;
            return Err(VisitRefusal::NotEntitled { right: serve });
        };
        // Whoever loses the race for a patient learns to whom, not merely that she was late: if she
        // serves where the patient is now.
        if let Some(Place::InCall { member: other, since, .. }) = self.open().map(|v| &v.place)
            && asker.standing.may(serve)
        {
            if *other == member {
                return Ok(vec![]);
            }
            return Err(VisitRefusal::InCall { member: *other, since: *since });
        }
        let visit = self.for_right(asker, serve)?;
        if let Some(busy) = busy {
            return Err(VisitRefusal::MemberBusy { visit: busy });
        }
        may_move(visit)?;
        let at = asker.at;
        Ok(vec![match visit.place {
            Place::Waiting { .. } | Place::InCall { .. } => {
                VisitEvent::CallStarted { call, member, skipped, at }
            }
            Place::OnHold { call, .. } => VisitEvent::CallResumed { call, member, skipped, at },
        }])
    }

    fn pause(&self, asker: Asker, capable: bool) -> Decision {
        let visit = self.for_right_or_call(&asker, Right::Serve)?;
        match visit.place {
            Place::OnHold { .. } => Ok(vec![]),
            Place::Waiting { .. } => Err(VisitRefusal::NotInCall),
            Place::InCall { .. } if !capable => Err(VisitRefusal::Incapable),
            Place::InCall { .. } => {
                let Asker { at, by, .. } = asker;
                Ok(vec![VisitEvent::CallPaused { by, reason: HoldReason::Paused, at }])
            }
        }
    }

    /// A consequence: of a policy's observation, or of an admin's act on the member.
    fn hold_for(&self, asker: Asker, member: MemberId, reason: HoldReason) -> Decision {
        let right = match reason {
            HoldReason::MemberLost => Right::Observe,
            HoldReason::Paused | HoldReason::MemberDisabled => Right::Administer,
        };
        let visit = self.for_right(&asker, right)?;
        match visit.place {
            Place::InCall { member: serving, .. } if serving == member => {
                let Asker { at, by, .. } = asker;
                Ok(vec![VisitEvent::CallPaused { by, reason, at }])
            }
            Place::InCall { .. } | Place::Waiting { .. } | Place::OnHold { .. } => Ok(vec![]),
        }
    }

    fn end(&self, asker: Asker) -> Decision {
        let visit = self.for_right_or_call(&asker, Right::Serve)?;
        match visit.place {
            Place::Waiting { .. } => Ok(vec![]),
            Place::InCall { .. } | Place::OnHold { .. } => {
                Ok(vec![VisitEvent::CallEnded { by: asker.by, at: asker.at }])
            }
        }
    }
}

/// Moving between rooms.
impl PatientVisit {
    #[expect(clippy::too_many_arguments, reason = "the fields of one command, taken apart")]
    fn transfer(
        &self,
        asker: Asker,
        transfer: TransferId,
        to: RoomId,
        note: Option<Personal<Note>>,
        capable: Result<(), VisitRefusal>,
        target: Result<Target, RoomRefusal>,
        undo_window: Millis,
    ) -> Decision {
        let visit = self.for_right_or_call(&asker, Right::Steer)?;
        capable?;
        if visit.room == to {
            return Err(VisitRefusal::SameRoom);
        }
        let Target { order, accept_window, warnings } = target?;
        may_move(visit)?;
        let Asker { at, by, .. } = asker;
        Ok(vec![VisitEvent::Transferred {
            transfer,
            from: visit.room,
            to,
            by,
            note,
            order,
            answer_by: accept_window.map(|window| at.plus(window)),
            undo_until: at.plus(undo_window),
            returns: visit.arrivals.get(&to).copied().unwrap_or(0),
            warnings,
            at,
        }])
    }

    /// Never refused by a full, shut or suspended source: the patient stood there before. An archived
    /// one takes nobody back; none is archived while an answer is pending.
    fn reverse(
        &self,
        asker: Asker,
        transfer: TransferId,
        why: Reversal,
        archived: bool,
    ) -> Decision {
        let leg = self.current(&asker)?.leg.as_ref();
        let Asker { at, standing, .. } = asker;
        let granted = match why {
            Reversal::Declined => standing.may(Right::Steer),
            Reversal::Expired => standing.may(Right::Observe),
            Reversal::Undone => {
                let sender = leg.is_some_and(|leg| leg.by == asker.by);
                standing.may(Right::Steer) || sender && standing != Standing::Nobody
            }
        };
        require(granted, Right::Steer)?;
        let visit = self.still_open()?;
        if archived {
            return Err(RoomRefusal::Archived.into());
        }
        let Some(leg) = leg.filter(|leg| leg.transfer == transfer) else {
            return Err(VisitRefusal::NotLatestLeg);
        };
        if leg.started {
            return Err(VisitRefusal::AlreadyStarted);
        }
        if why == Reversal::Undone && at >= leg.undo_until {
            return Err(VisitRefusal::UndoTooLate { until: leg.undo_until });
        }
        let (from, to) = (visit.room, leg.from);
        Ok(vec![VisitEvent::TransferReversed { transfer, from, to, why, by: asker.by, at }])
    }
}

/// Marks that move nothing.
impl PatientVisit {
    fn prioritise(&self, asker: Asker, priority: super::Priority) -> Decision {
        let visit = self.for_right(&asker, Right::Steer)?;
        if visit.priority == priority {
            return Ok(vec![]);
        }
        Ok(vec![VisitEvent::PriorityChanged { priority, by: asker.by }])
    }

    fn add_note(&self, asker: Asker, note: Personal<Note>) -> Decision {
        let visit = self.for_right(&asker, Right::Serve)?;
        if visit.notes >= limits::NOTES_PER_VISIT {
            let limit = u64::from(limits::NOTES_PER_VISIT);
            return Err(VisitRefusal::LimitReached { what: "notes on a visit", limit });
        }
        Ok(vec![VisitEvent::NoteAdded { note, by: asker.by }])
    }

    fn tick(&self, asker: Asker, label: Label, done: bool, listed: bool) -> Decision {
        let visit = self.for_right(&asker, Right::Serve)?;
        if visit.ticked.contains(&label) == done {
            return Ok(vec![]);
        }
        if done && !listed {
            return Err(VisitRefusal::NotListed);
        }
        Ok(vec![VisitEvent::ChecklistTicked { label, done, by: asker.by }])
    }

    fn note_presence(&self, asker: &Asker, online: bool, last_seen: Timestamp) -> Decision {
        let visit = self.for_right(asker, Right::Observe)?;
        let at = asker.at;
        Ok(match (visit.presence, online) {
            (Presence::Online, true) | (Presence::OfflineSince(_), false) => vec![],
            (Presence::Online, false) => vec![VisitEvent::PatientWentOffline { last_seen, at }],
            (Presence::OfflineSince(_), true) => vec![VisitEvent::PatientCameOnline { at }],
        })
    }

    /// Once for each evening: what was decided before the last closing time does not hold for it.
    fn carry_over(&self, asker: Asker, day_ended_at: Option<Timestamp>) -> Decision {
        let visit = self.for_right(&asker, Right::Steer)?;
        if visit.carried_over_at.is_some_and(|at| day_ended_at.is_none_or(|ended| ended <= at)) {
            return Ok(vec![]);
        }
        Ok(vec![VisitEvent::CarriedOver { by: asker.by, at: asker.at }])
    }
}

/// Closing and opening again.
impl PatientVisit {
    fn close(&self, asker: Asker, reason: CloseReason, reopen_window: Millis) -> Decision {
        let visit = self.known()?;
        // Closing wins over whatever happened in between, so a patient may leave from any place.
        if let CloseReason::Left = reason {
            let host = matches!(asker.standing, Standing::Host | Standing::Import);
            require(host || visit.owned_by(&asker.by), Right::Steer)?;
        } else {
            let no_show = Actor::policy(crate::actor::PolicyName::NoShow);
            if asker.by != no_show || reason != CloseReason::NoShow {
                match self.for_right_or_call(&asker, Right::Steer) {
                    Ok(_) | Err(VisitRefusal::Closed { .. }) => {}
                    Err(refusal) => return Err(refusal),
                }
            }
        }
        if let Self::Closed(closed) = self
            && closed.reason.says(&reason)
        {
            return Ok(vec![]);
        }
        let visit = self.still_open()?;
        let imported = asker.standing == Standing::Import;
        if reason == CloseReason::Completed && visit.calls == 0 && !imported {
            return Err(VisitRefusal::NeverInCall);
        }
        if let CloseReason::Merged { .. } = reason
            && visit.in_call_with().is_some()
        {
            return Err(VisitRefusal::DuplicateInCall);
        }
        let Asker { at, by, .. } = asker;
        let reopen_until = at.plus(reopen_window);
        Ok(vec![VisitEvent::VisitClosed { reason, reopen_until, by, at }])
    }

    fn absorb(
        &self,
        asker: Asker,
        duplicate: VisitId,
        tokens: Vec<TokenHash>,
        entry: Entry,
        check_in: Entry,
    ) -> Decision {
        let visit = self.for_right(&asker, Right::Steer)?;
        if tokens.is_empty() {
            return Ok(vec![]); // asked twice: the duplicate is closed and its tokens lead here
        }
        if tokens.iter().all(|token| visit.tokens.contains(token)) {
            return Err(VisitRefusal::MergeWithItself);
        }
        let earlier = |ours: Entry, theirs: Entry| {
            if theirs.order() < ours.order() { theirs } else { ours }
        };
        Ok(vec![VisitEvent::VisitsMerged {
            duplicate,
            tokens,
            entry: earlier(visit.entry, entry),
            check_in: earlier(visit.check_in, check_in),
            leg_entry: visit.leg.as_ref().map(|leg| earlier(leg.entry, entry)),
            by: asker.by,
        }])
    }

    fn reopen(&self, asker: Asker, other: Option<VisitId>, archived: bool) -> Decision {
        let visit = self.known()?;
        require(asker.standing.may(Right::Steer), Right::Steer)?;
        let closed = match self {
            Self::Unknown => return Err(VisitRefusal::NoSuchVisit),
            Self::Open(_) => return Ok(vec![]),
            Self::Closed(closed) => closed,
        };
        if archived {
            return Err(RoomRefusal::Archived.into());
        }
        if asker.at >= closed.reopen_until {
            return Err(VisitRefusal::ReopenTooLate { until: closed.reopen_until });
        }
        if let Some(visit) = other {
            return Err(VisitRefusal::OtherVisitOpen { visit });
        }
        may_move(visit)?;
        Ok(vec![VisitEvent::VisitReopened { by: asker.by, at: asker.at }])
    }
}
