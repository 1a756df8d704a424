//! What the model says of a command: which rules it asks, in which order.

use std::fmt;

use clinic_domain::actor::{Actor, PolicyName};
use clinic_domain::command::{Action, CheckInForm, Command, Person};
use clinic_domain::ids::{PlaceVersion, RoomId, VisitId};
use clinic_domain::limits;
use clinic_domain::personal::{Form, Personal};
use clinic_domain::time::Timestamp;
use clinic_domain::transfer::Outcome;
use clinic_domain::visit::CloseReason;

use super::rules::Rule;
use super::{Model, Remembered};

/// What the model says of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    /// It is granted, and something happens.
    Granted,
    /// It is so already, or it was asked before: nothing happens.
    Already,
    /// It is refused.
    Refused(&'static str),
}

impl fmt::Display for Says {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Granted => f.write_str("granted"),
            Self::Already => f.write_str("it is so already"),
            Self::Refused(why) => write!(f, "refused, for {why}"),
        }
    }
}

impl From<Rule> for Says {
    fn from(rule: Rule) -> Self {
        match rule {
            Ok(true) => Self::Granted,
            Ok(false) => Self::Already,
            Err(why) => Self::Refused(why),
        }
    }
}

impl Model {
    /// What the answer to a command will be; none where the model does not judge.
    #[must_use]
    pub fn says(&self, command: &Command) -> Option<Says> {
        if let Some(before) = self.remembered(command) {
            let same = before.digest == command.digest();
            return Some(if same { Says::Already } else { Says::Refused("the id was used") });
        }
        if command.actor == Actor::Import {
            return None;
        }
        if !readable(&command.action) {
            return Some(Says::Refused("a text cannot be read"));
        }
        let founds = matches!(command.action, Action::FoundClinic { .. });
        if !founds && self.clinic.is_none() {
            return Some(Says::Refused("there is no clinic"));
        }
        if self.history {
            return Some(Says::Refused("the clinic is history"));
        }
        let (by, at) = (&command.actor, command.at);
        self.about_visit(by, &command.action, at)
            .or_else(|| self.about_many(by, &command.action))
            .or_else(|| self.about_house(by, &command.action, at))
            .map(Says::from)
    }

    /// The same id within 24 hours, and the last 100,000 commands (section 9).
    fn remembered(&self, command: &Command) -> Option<&Remembered> {
        let recent = self.answered.iter().rev().take(limits::ANSWERED_MAX);
        let mut recent =
            recent.take_while(|before| self.now.since(before.at) <= limits::ANSWERED_FOR);
        recent.find(|before| before.id == command.id)
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the other actions are elsewhere")]
    fn about_visit(&self, by: &Actor, action: &Action, at: Timestamp) -> Option<Rule> {
        Some(match action {
            Action::CheckIn(form) => self.may_come_in(form, at),
            Action::StartCall { visit, pausing, seen } => self.starts(by, *visit, *pausing, *seen),
            Action::CallNext { room, pausing } => {
                self.next_to_call(by, *room).and_then(|visit| self.may_start(by, visit, *pausing))
            }
            Action::PauseCall { visit, seen } => {
                self.on_screen(*visit, *seen).and_then(|_| self.may_pause(by, *visit))
            }
            Action::EndCall { visit, seen } => {
                self.on_screen(*visit, *seen).and_then(|_| self.may_end(by, *visit))
            }
            Action::Transfer { visit, to, seen, .. } => {
                self.on_screen(*visit, *seen).and_then(|_| self.may_transfer(by, *visit, *to))
            }
            Action::AcceptTransfer(visit, leg) => {
                self.may_answer(by, *visit, *leg, Outcome::Accepted, at)
            }
            Action::DeclineTransfer { visit, transfer, .. } => {
                self.may_answer(by, *visit, *transfer, Outcome::Declined, at)
            }
            Action::ExpireTransfer(visit, leg) => self.may_expire(by, *visit, *leg, at),
            Action::UndoTransfer(visit, leg) => self.may_undo(by, *visit, *leg, at),
            Action::SetPriority(visit, priority) => self.may_prioritise(by, *visit, *priority),
            Action::AddNote(visit, _) => self.may_note(by, *visit),
            Action::TickChecklist { visit, label, done } => self.may_tick(by, *visit, label, *done),
            Action::CarryOver(visit) => self.may_carry_over(by, *visit),
            Action::CloseVisit { visit, reason, seen } => self.closes(by, *visit, reason, *seen),
            Action::ReopenVisit(visit) => self.may_reopen(by, *visit, at),
            Action::MergeVisits { survivor, duplicate, seen } => self
                .on_screen(*duplicate, *seen)
                .and_then(|_| self.may_merge(by, *survivor, *duplicate)),
            Action::NotePresence { who: Person::Patient(visit), online, .. } => {
                self.may_note_patient(by, *visit, *online)
            }
            Action::HoldLostMember(visit, member) => self.may_hold_lost(by, *visit, *member, at),
            Action::CloseNoShow(visit) => {
                let early = Self::is_policy(by) && self.open(*visit).is_some();
                if early && !self.is_no_show(*visit, at) {
                    return Some(Ok(false));
                }
                self.may_close(by, *visit, &CloseReason::NoShow)
            }
            _ => return None,
        })
    }

    /// One command for everybody in a room: each is granted, or none is.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the other actions are elsewhere")]
    fn about_many(&self, by: &Actor, action: &Action) -> Option<Rule> {
        Some(match action {
            Action::TransferAll { from, to } => self.transfers_all(by, *from, *to),
            Action::CloseAll { room, only, reason } => {
                self.closes_all(by, *room, only.as_deref(), reason)
            }
            _ => return None,
        })
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the other acts are not judged")]
    fn about_house(&self, by: &Actor, action: &Action, at: Timestamp) -> Option<Rule> {
        Some(match action {
            Action::NotePresence { who: Person::Member(member), online, .. } => {
                self.may_note_member(by, *member, *online)
            }
            Action::AssignMember(room, member) => self.may_assign(by, *room, *member),
            Action::UnassignMember(room, member) => self.may_unassign(by, *room, *member),
            Action::AddMember { role, .. } => self.may_add(by, *role),
            Action::ChangeRole { member, role } => self.may_change_role(by, *member, *role),
            Action::DisableMember(member) => self.may_disable(by, *member),
            Action::EnableMember(member) => self.may_enable(by, *member),
            Action::RemoveMember(member) => self.may_remove(by, *member),
            Action::SetCapabilities(capabilities) => self.may_set(by, capabilities),
            Action::SetPasscode(room, passcode) => self.may_lock(by, *room, *passcode),
            Action::ArchiveRoom(room) => self.may_archive(by, *room),
            Action::LiftSuspension(room) => self.may_lift(by, *room),
            Action::EndDay(room) => self.may_end_day(by, *room, at),
            _ => return None,
        })
    }

    fn may_come_in(&self, form: &CheckInForm, at: Timestamp) -> Rule {
        let granted = self.may_check_in(form.room, form.token, form.consent, at)?;
        let asked = self.rooms.get(&form.room).and_then(|room| room.passcode);
        if granted && asked.is_some() && asked != form.passcode.0 {
            return Err("the passcode is wrong");
        }
        Ok(granted)
    }

    /// Who has the patient already is not told that her screen is old.
    fn starts(
        &self,
        by: &Actor,
        visit: VisitId,
        pausing: bool,
        seen: Option<PlaceVersion>,
    ) -> Rule {
        let starts = self.may_start(by, visit, pausing)?;
        if starts { self.on_screen(visit, seen) } else { Ok(false) }
    }

    /// A patient leaves from wherever she is.
    fn closes(
        &self,
        by: &Actor,
        visit: VisitId,
        reason: &CloseReason,
        seen: Option<PlaceVersion>,
    ) -> Rule {
        let policy = *by == Actor::policy(PolicyName::NoShow) && *reason == CloseReason::NoShow;
        if *reason != CloseReason::Left && !policy {
            self.on_screen(visit, seen)?;
        }
        match reason.survivor() {
            Some(survivor) => self.may_merge(by, survivor, visit),
            None => self.may_close(by, visit, reason),
        }
    }

    fn transfers_all(&self, by: &Actor, from: RoomId, to: RoomId) -> Rule {
        self.steers_room(by, from)?;
        let mut moved = 0;
        for (visit, _) in self.inside(from) {
            self.may_transfer(by, visit, to)?;
            self.takes_in(to, moved)?;
            moved += 1;
        }
        Ok(moved > 0)
    }

    fn closes_all(
        &self,
        by: &Actor,
        room: RoomId,
        only: Option<&[VisitId]>,
        reason: &CloseReason,
    ) -> Rule {
        self.steers_room(by, room)?;
        let chosen = |visit: &VisitId| only.is_none_or(|only| only.contains(visit));
        let inside = self.inside(room).map(|(visit, _)| visit);
        let visits: Vec<VisitId> = inside.filter(chosen).collect();
        if reason.survivor().is_some() && visits.len() > limits::MERGED_AT_ONCE {
            return Err("one command merges one duplicate");
        }
        let mut closed = false;
        for visit in visits {
            closed |= self.closes(by, visit, reason, None)?;
        }
        Ok(closed)
    }

    fn steers_room(&self, by: &Actor, room: RoomId) -> Rule {
        let known = self.rooms.contains_key(&room);
        if known && self.steers(by, room) { Ok(true) } else { Err("not entitled in that room") }
    }
}

/// A command brings its texts to be read; sealing comes later.
fn readable(action: &Action) -> bool {
    let clear = |form: Option<Form>| form.is_none_or(|form| form == Form::Clear);
    if let Action::CheckIn(form) = action {
        let (reason, phone) = (form.reason.as_ref(), form.phone.as_ref());
        return clear(Some(form.name.form()))
            && clear(reason.map(Personal::form))
            && clear(phone.map(Personal::form));
    }
    if let Action::AddNote(_, note)
    | Action::Transfer { note: Some(note), .. }
    | Action::DeclineTransfer { note: Some(note), .. }
    | Action::CloseVisit { reason: CloseReason::Removed { why: note }, .. }
    | Action::CloseAll { reason: CloseReason::Removed { why: note }, .. } = action
    {
        return clear(Some(note.form()));
    }
    true
}
