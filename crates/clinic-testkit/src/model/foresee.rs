//! What will happen if a command is granted: its events, as the model expects them.
//!
//! Somebody's choices make the outline of an event; what it must say is filled in as for an event that
//! is followed. Events of visits come first, and what the streams of their legs tell of them after.

use clinic_domain::actor::Actor;
use clinic_domain::clinic::ClinicEvent;
use clinic_domain::command::{Action, CheckInForm, Command, Person};
use clinic_domain::event::{Cause, Event, Recorded};
use clinic_domain::ids::{CallId, MemberId, RoomId, TransferId, VisitId};
use clinic_domain::personal::Personal;
use clinic_domain::room::{ArrivalOrder, RoomEvent};
use clinic_domain::text::Note;
use clinic_domain::time::Timestamp;
use clinic_domain::transfer::{Outcome, TransferEvent};
use clinic_domain::visit::{CloseReason, Entry, HoldReason, Reversal, VisitEvent};

use super::{Difference, Model, Says, legs};

/// The events of one command, as they are written: each changes a copy of the model.
struct Script<'a> {
    model: Model,
    command: &'a Command,
    events: Vec<Event>,
    /// What the streams of legs tell, after all else.
    legs: Vec<Event>,
}

impl Model {
    /// The events that grant a command; none where nothing happens. `None` of a command that the model
    /// does not judge.
    #[must_use]
    pub fn foresees(&self, command: &Command) -> Option<Vec<Event>> {
        match self.says(command)? {
            Says::Granted => {}
            Says::Already | Says::Refused(_) => return Some(vec![]),
        }
        let mut model = self.clone();
        model.command = Some(command.id);
        model.now = command.at;
        let mut script = Script { model, command, events: vec![], legs: vec![] };
        let told =
            script.calls() || script.moves() || script.closes() || script.marks() || script.house();
        script.events.append(&mut script.legs);
        told.then_some(script.events)
    }
}

impl Model {
    /// Lets a command happen as it is foreseen, where no clinic is: what the model says of it, and the
    /// events.
    ///
    /// # Errors
    /// The model contradicts itself.
    pub fn play(&mut self, command: &Command) -> Result<Option<(Says, Vec<Event>)>, Difference> {
        let (Some(says), Some(events), Some(clinic)) =
            (self.says(command), self.foresees(command), self.clinic)
        else {
            return Ok(None);
        };
        for event in &events {
            let cause = Cause {
                actor: command.actor.clone(),
                command_id: command.id,
                digest: command.digest(),
                correlation_id: command.id.0,
                causation_id: None,
                clamped: None,
            };
            self.follow(&Recorded {
                clinic,
                position: self.position.next(),
                sequence: 0, // the model counts no streams
                event: event.clone(),
                occurred_at: command.at,
                recorded_at: command.at,
                cause,
            })?;
        }
        self.settled()?;
        Ok(Some((says, events)))
    }
}

impl Script<'_> {
    fn by(&self) -> Actor {
        self.command.actor.clone()
    }

    fn at(&self) -> Timestamp {
        self.command.at
    }

    /// Writes an event of a visit, and what becomes of its latest leg by it.
    fn happens(&mut self, id: VisitId, outline: &VisitEvent) {
        let latest = self.model.visits.get(&id).and_then(|visit| visit.latest);
        let before = latest.and_then(|leg| self.model.legs.get(&leg)?.outcome);
        let event = self.model.expects(id, outline, &self.command.actor, self.command.at);
        let Some(event) = event else { return };
        self.model.position = self.model.position.next();
        let now = (self.command.at, self.model.position);
        self.model.note(id, &event, now);
        let after = latest.and_then(|leg| Some((leg, self.model.legs.get(&leg)?.outcome?)));
        if let Some((leg, outcome)) = after.filter(|(_, outcome)| Some(*outcome) != before) {
            self.becomes(leg, outcome);
        }
        if let VisitEvent::Transferred { transfer, .. } = &event
            && let Some(leg) = self.model.legs.get(transfer)
        {
            let (request, completed) = (legs::requested(leg), leg.outcome.is_some());
            let requested = TransferEvent::TransferRequested { request };
            self.legs.push(Event::Transfer(*transfer, requested));
            if completed {
                self.becomes(*transfer, Outcome::Completed);
            }
        }
        self.events.push(Event::Visit(id, event));
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "no other action brings words of its own")]
    fn becomes(&mut self, leg: TransferId, outcome: Outcome) {
        let by = self.by();
        let note = match &self.command.action {
            Action::DeclineTransfer { note, .. } => note.clone(),
            _ => None,
        };
        let event = match outcome {
            Outcome::Completed => TransferEvent::TransferCompleted {},
            Outcome::Accepted => TransferEvent::TransferAccepted { by },
            Outcome::Declined => TransferEvent::TransferDeclined { by, note },
            Outcome::Expired => TransferEvent::TransferExpired { by },
            Outcome::Withdrawn => TransferEvent::TransferWithdrawn { by },
            Outcome::Undone => TransferEvent::TransferUndone { by },
        };
        self.legs.push(Event::Transfer(leg, event));
    }
}

/// Calls.
impl Script<'_> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the other actions are below")]
    fn calls(&mut self) -> bool {
        let (by, at) = (self.by(), self.at());
        match &self.command.action {
            Action::StartCall { visit, .. } => self.starts(*visit, vec![]),
            Action::CallNext { room, .. } => {
                let Ok(visit) = self.model.next_to_call(&by, *room) else { return false };
                let queue = self.model.queue(*room).into_iter().map(|(id, _)| id);
                let passed = queue.take_while(|id| *id != visit).collect();
                self.starts(visit, passed);
            }
            Action::PauseCall { visit, .. } => {
                self.happens(
                    *visit,
                    &VisitEvent::CallPaused { by, reason: HoldReason::Paused, at },
                );
            }
            Action::HoldLostMember(visit, _) => {
                let reason = HoldReason::MemberLost;
                self.happens(*visit, &VisitEvent::CallPaused { by, reason, at });
            }
            Action::EndCall { visit, .. } => {
                self.happens(*visit, &VisitEvent::CallEnded { by, at });
            }
            _ => return false,
        }
        true
    }

    /// The member's other call, if she is in one, is paused first.
    fn starts(&mut self, id: VisitId, skipped: Vec<VisitId>) {
        let Actor::Member(member) = self.by() else { return };
        let at = self.at();
        if let Some(other) = self.model.call_of(member) {
            let (by, reason) = (self.by(), HoldReason::Paused);
            self.happens(other, &VisitEvent::CallPaused { by, reason, at });
        }
        let call = CallId(self.command.fresh.nth(0));
        self.happens(id, &VisitEvent::CallStarted { call, member, skipped, at });
    }
}

/// Transfers.
impl Script<'_> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the other actions are below")]
    fn moves(&mut self) -> bool {
        match &self.command.action {
            Action::Transfer { visit, to, note, .. } => self.sends(*visit, *to, note.clone(), 0),
            Action::TransferAll { from, to } => {
                for (nth, visit) in (0..).zip(self.everybody(*from)) {
                    self.sends(visit, *to, None, nth);
                }
            }
            Action::AcceptTransfer(_, transfer) => self.becomes(*transfer, Outcome::Accepted),
            Action::DeclineTransfer { visit, transfer, .. } => {
                self.goes_back(*visit, *transfer, Reversal::Declined);
            }
            Action::ExpireTransfer(visit, leg) => self.goes_back(*visit, *leg, Reversal::Expired),
            Action::UndoTransfer(visit, leg) => self.goes_back(*visit, *leg, Reversal::Undone),
            _ => return false,
        }
        true
    }

    /// The queue in order, then those in call, by id.
    fn everybody(&self, room: RoomId) -> Vec<VisitId> {
        let queue = self.model.queue(room).into_iter().map(|(id, _)| id);
        let calls = self.model.inside(room).filter(|(_, visit)| visit.in_call_with().is_some());
        queue.chain(calls.map(|(id, _)| id)).collect()
    }

    fn sends(&mut self, id: VisitId, to: RoomId, note: Option<Personal<Note>>, nth: u64) {
        let outline = VisitEvent::Transferred {
            transfer: TransferId(self.command.fresh.nth(nth)),
            from: to,
            to,
            by: self.by(),
            note,
            order: ArrivalOrder::OriginalCheckIn,
            answer_by: None,
            undo_until: self.at(),
            returns: 0,
            warnings: vec![],
            at: self.at(),
        };
        self.happens(id, &outline);
    }

    fn goes_back(&mut self, id: VisitId, transfer: TransferId, why: Reversal) {
        let Some(room) = self.model.source_of(transfer) else { return };
        let (by, at) = (self.by(), self.at());
        let back = VisitEvent::TransferReversed { transfer, from: room, to: room, why, by, at };
        self.happens(id, &back);
    }
}

/// Closing, reopening and merging.
impl Script<'_> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the other actions are above and below")]
    fn closes(&mut self) -> bool {
        let (by, at) = (self.by(), self.at());
        match &self.command.action {
            Action::CloseVisit { visit, reason, .. } => self.close(*visit, reason),
            Action::CloseNoShow(visit) => self.close(*visit, &CloseReason::NoShow),
            Action::CloseAll { room, only, reason } => {
                let chosen =
                    |visit: &VisitId| only.as_ref().is_none_or(|only| only.contains(visit));
                for visit in self.everybody(*room).into_iter().filter(chosen) {
                    self.close(visit, reason);
                }
            }
            Action::MergeVisits { survivor, duplicate, .. } => {
                self.close(*duplicate, &CloseReason::Merged { into: *survivor });
            }
            Action::ReopenVisit(visit) => {
                self.happens(*visit, &VisitEvent::VisitReopened { by, at });
            }
            _ => return false,
        }
        true
    }

    fn close(&mut self, id: VisitId, reason: &CloseReason) {
        let (by, at) = (self.by(), self.at());
        let closed = VisitEvent::VisitClosed { reason: reason.clone(), reopen_until: at, by, at };
        self.happens(id, &closed);
        if let Some(survivor) = reason.survivor() {
            let none = Entry { at, position: None };
            let merged = VisitEvent::VisitsMerged {
                duplicate: id,
                tokens: vec![],
                entry: none,
                check_in: none,
                leg_entry: None,
                by: self.by(),
            };
            self.happens(survivor, &merged);
        }
    }
}

/// Arriving, and marks that move nobody.
impl Script<'_> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the other actions are above")]
    fn marks(&mut self) -> bool {
        let (by, at) = (self.by(), self.at());
        match &self.command.action {
            Action::CheckIn(form) => self.comes_in(form),
            Action::SetPriority(visit, priority) => {
                self.happens(*visit, &VisitEvent::PriorityChanged { priority: *priority, by });
            }
            Action::AddNote(visit, note) => {
                self.happens(*visit, &VisitEvent::NoteAdded { note: note.clone(), by });
            }
            Action::TickChecklist { visit, label, done } => {
                let (label, done) = (label.clone(), *done);
                self.happens(*visit, &VisitEvent::ChecklistTicked { label, done, by });
            }
            Action::CarryOver(visit) => self.happens(*visit, &VisitEvent::CarriedOver { by, at }),
            Action::NotePresence { who: Person::Patient(visit), online, last_seen } => {
                let event = if *online {
                    VisitEvent::PatientCameOnline { at }
                } else {
                    VisitEvent::PatientWentOffline { last_seen: *last_seen, at }
                };
                self.happens(*visit, &event);
            }
            _ => return false,
        }
        true
    }

    fn comes_in(&mut self, form: &CheckInForm) {
        let CheckInForm {
            room, token, name, reason, phone, arrival, consent, external_ref, ..
        } = form.clone();
        let checked_in = VisitEvent::CheckedIn {
            room,
            token,
            name,
            reason,
            phone,
            arrival,
            consent,
            texts: self.model.rooms.get(&room).map_or(0, |room| room.texts),
            external_ref,
            by: self.by(),
            at: self.at(),
        };
        self.events.push(Event::Visit(VisitId(self.command.fresh.nth(0)), checked_in));
    }
}

/// Members and rooms.
impl Script<'_> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the other actions are above or not judged")]
    fn house(&mut self) -> bool {
        let at = self.at();
        match &self.command.action {
            Action::AddMember { name, role, external_ref } => {
                let member = MemberId(self.command.fresh.nth(0));
                let (name, role, external_ref) = (name.clone(), *role, external_ref.clone());
                self.clinic(ClinicEvent::MemberAdded { member, name, role, external_ref, at });
            }
            Action::ChangeRole { member, role } => {
                self.clinic(ClinicEvent::RoleChanged { member: *member, role: *role });
            }
            Action::DisableMember(member) => {
                self.clinic(ClinicEvent::MemberDisabled { member: *member });
                self.holds_call_of(*member);
            }
            Action::EnableMember(member) => {
                self.clinic(ClinicEvent::MemberEnabled { member: *member });
            }
            Action::RemoveMember(member) => {
                self.clinic(ClinicEvent::MemberRemoved { member: *member });
                self.holds_call_of(*member);
            }
            Action::SetCapabilities(capabilities) => {
                let capabilities = capabilities.clone();
                self.clinic(ClinicEvent::CapabilitiesChanged { capabilities });
            }
            Action::NotePresence { who: Person::Member(member), online, last_seen } => {
                let (member, last_seen) = (*member, *last_seen);
                self.clinic(if *online {
                    ClinicEvent::MemberCameOnline { member, at }
                } else {
                    ClinicEvent::MemberWentOffline { member, last_seen, at }
                });
            }
            Action::AssignMember(room, member) => {
                self.room(*room, RoomEvent::MemberAssigned { member: *member });
            }
            Action::UnassignMember(room, member) => {
                self.room(*room, RoomEvent::MemberUnassigned { member: *member });
            }
            Action::SetPasscode(room, passcode) => {
                self.room(*room, RoomEvent::PasscodeChanged { passcode: *passcode });
            }
            Action::LiftSuspension(room) => self.room(*room, RoomEvent::SuspensionLifted),
            Action::ArchiveRoom(room) => self.room(*room, RoomEvent::RoomArchived),
            Action::EndDay(room) => {
                let inside = self.everybody(*room);
                self.room(*room, RoomEvent::DayEnded { inside, at });
            }
            _ => return false,
        }
        true
    }

    fn clinic(&mut self, event: ClinicEvent) {
        let clinic = self.model.clinic;
        self.events.extend(clinic.map(|clinic| Event::Clinic(clinic, event)));
    }

    fn room(&mut self, room: RoomId, event: RoomEvent) {
        self.events.push(Event::Room(room, event));
    }

    fn holds_call_of(&mut self, member: MemberId) {
        if let Some(visit) = self.model.call_of(member) {
            let (by, at, reason) = (self.by(), self.at(), HoldReason::MemberDisabled);
            self.happens(visit, &VisitEvent::CallPaused { by, reason, at });
        }
    }
}
