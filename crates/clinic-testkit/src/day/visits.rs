//! Deeds at the door and in calls, and the marks that move nobody.

use clinic_domain::actor::{Actor, PolicyName, Right, TokenHash};
use clinic_domain::command::{Action, CheckInForm, Person, Vouched};
use clinic_domain::ids::{MemberId, RoomId, VisitId};
use clinic_domain::personal::Personal;
use clinic_domain::room::{OpenRoom, Room};
use clinic_domain::text::{Note, PhoneTail};
use clinic_domain::visit::{Arrival, OpenVisit, Place, Presence, Priority, ToldBy};

use super::stage::{STRANGER, Stage, pick};
use super::{Aim, Deed};
use crate::words;

const PATIENTS: [&str; 6] =
    ["Ann Smith", "José Núñez", "Ann Smith", "Lê Thị Hoa", "O'Neil", "=1+1"];

impl Stage<'_> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the other deeds are elsewhere")]
    pub(super) fn about_visit(&self, deed: Deed, token: TokenHash) -> Option<(Actor, Action)> {
        Some(match deed {
            Deed::CheckIn => self.check_in(token),
            Deed::StartCall => self.start(),
            Deed::CallNext => self.call_next(),
            Deed::PauseCall | Deed::EndCall => self.leave_call(deed),
            Deed::SetPriority => {
                let priority = [Priority::Routine, Priority::Soon, Priority::Urgent];
                let priority = priority[usize::from(self.manner(3))];
                let fits = |_, visit: &OpenVisit| visit.priority != priority;
                let visit = self.visit(self.step.what, fits);
                self.steering(visit, Action::SetPriority(visit, priority))
            }
            Deed::AddNote | Deed::WriteALot => {
                let served = |_, visit: &OpenVisit| !self.serving(visit.room).is_empty();
                let visit = self.visit(self.step.what, served);
                (self.server(visit), Action::AddNote(visit, self.note()))
            }
            Deed::Tick => self.tick(),
            Deed::CarryOver => {
                let visit = self.visit(self.step.what, |_, visit| visit.carried_over_at.is_none());
                self.steering(visit, Action::CarryOver(visit))
            }
            Deed::PatientPresence => self.patient_presence(),
            Deed::MemberPresence => self.member_presence(),
            Deed::HoldLostMember => self.hold_lost_member(),
            _ => return None,
        })
    }

    /// Somebody who may serve the visit where it is.
    pub(super) fn server(&self, visit: VisitId) -> Actor {
        self.entitled(Right::Serve, self.room_of(visit))
    }

    /// Somebody who may steer the visit where it is, and the action.
    pub(super) fn steering(&self, visit: VisitId, action: Action) -> (Actor, Action) {
        (self.entitled(Right::Steer, self.room_of(visit)), action)
    }

    /// Up to the limit; sealed and erased ones too, which nobody may bring.
    pub(super) fn note(&self) -> Personal<Note> {
        match self.manner(16) {
            0 => Personal::Sealed("c2VhbGVk".to_owned()),
            1 => Personal::Erased,
            2 => words::note(&"n".repeat(clinic_domain::limits::NOTE_CHARS)).into(),
            n => words::note(&"Wait and see. ".repeat(usize::from(n))).into(),
        }
    }
}

/// At the door.
impl Stage<'_> {
    fn check_in(&self, token: TokenHash) -> (Actor, Action) {
        let welcome = |id: RoomId, room: &OpenRoom| {
            let queue = self.state().queue(id).count();
            let space = u32::try_from(queue).is_ok_and(|queue| queue < room.policy.queue_limit);
            room.suspended.is_none() && space && room.in_hours(self.world.now())
        };
        let room = self.room(self.step.what, welcome);
        let token = match self.manner(16) {
            0 | 1 => self.known_token(self.step.other).unwrap_or(token),
            _ => token,
        };
        let name = PATIENTS[usize::from(self.step.other) % PATIENTS.len()];
        let form = self.fill_in(CheckInForm::new(room, token, words::person(name)));
        let by = match self.step.by {
            Aim::Likely if self.state().is_history() => Actor::Import,
            Aim::Likely => Actor::Patient(token),
            Aim::Any => self.anybody(),
        };
        (by, Action::CheckIn(Box::new(form)))
    }

    /// With what the door asks for, mostly.
    fn fill_in(&self, form: CheckInForm) -> CheckInForm {
        let asked = self.state().room(form.room).and_then(Room::open);
        let (passcode, consent) = match self.nuance(8) {
            0 => (None, None),
            _ => (asked.and_then(|room| room.passcode), asked.and_then(|room| room.policy.consent)),
        };
        let n = self.step.other;
        let booked = Arrival::Booked {
            member: Some(self.member(n, |_, member| member.active())),
            room: Some(form.room),
            appointment: Some(self.world.now()),
            told_by: if n.is_multiple_of(2) { ToldBy::Patient } else { ToldBy::Host },
        };
        CheckInForm {
            reason: n.is_multiple_of(3).then(|| words::reason("A cough\nsince Monday").into()),
            phone: PhoneTail::parse("4711").ok().filter(|_| n.is_multiple_of(4)).map(Into::into),
            arrival: if n % 4 == 1 { booked } else { Arrival::DropIn },
            passcode: Vouched(passcode),
            consent,
            ..form
        }
    }
}

/// In calls.
impl Stage<'_> {
    fn start(&self) -> (Actor, Action) {
        let startable = |_, visit: &OpenVisit| {
            visit.in_call_with().is_none() && !self.free(visit.room).is_empty()
        };
        let racing = |_, visit: &OpenVisit| visit.in_call_with().is_some();
        // Now and then two members press the button for one visit.
        let visit = match self.manner(16) {
            0 => self.visit(self.step.what, racing),
            _ => self.visit(self.step.what, startable),
        };
        let free = self.room_of(visit).map(|room| self.free(room)).unwrap_or_default();
        let free = pick(self.step.who, &free).filter(|_| self.manner(16) > 1);
        let by = match (self.step.by, free) {
            (Aim::Likely, Some(member)) => Actor::Member(member),
            (Aim::Likely | Aim::Any, _) => self.server(visit),
        };
        let pausing = self.manner(4) == 2;
        (by, Action::StartCall { visit, pausing, seen: self.seen(visit) })
    }

    fn call_next(&self) -> (Actor, Action) {
        let callable = |visit: VisitId| {
            let visit = self.state().visit(visit).and_then(|visit| visit.open());
            visit.is_some_and(|visit| {
                visit.presence == Presence::Online && matches!(visit.place, Place::Waiting { .. })
            })
        };
        let ready =
            |id, _: &OpenRoom| !self.free(id).is_empty() && self.state().queue(id).any(callable);
        let room = match self.manner(6) {
            0 => self.any_room(),
            _ => self.room(self.step.what, ready),
        };
        let by = match (self.step.by, pick(self.step.who, &self.free(room))) {
            (Aim::Likely, Some(member)) => Actor::Member(member),
            (Aim::Likely | Aim::Any, _) => self.entitled(Right::Serve, Some(room)),
        };
        (by, Action::CallNext { room, pausing: self.manner(5) == 0 })
    }

    /// Mostly by the member in the call.
    fn leave_call(&self, deed: Deed) -> (Actor, Action) {
        let in_call = |_, visit: &OpenVisit| visit.in_call_with().is_some();
        let place = |_, visit: &OpenVisit| {
            in_call(VisitId(STRANGER), visit) || matches!(visit.place, Place::OnHold { .. })
        };
        let any_open = self.manner(10) == 0;
        let visit = if any_open {
            self.visit(self.step.what, |_, _| true)
        } else if deed == Deed::EndCall {
            self.visit(self.step.what, place)
        } else {
            self.visit(self.step.what, in_call)
        };
        let serving = self.state().visit(visit).and_then(|visit| visit.open()?.in_call_with());
        let by = match (self.step.by, serving) {
            (Aim::Likely, Some(member)) if self.nuance(4) > 0 => Actor::Member(member),
            (Aim::Likely | Aim::Any, _) => self.server(visit),
        };
        let seen = self.seen(visit);
        let action = if deed == Deed::EndCall {
            Action::EndCall { visit, seen }
        } else {
            Action::PauseCall { visit, seen }
        };
        (by, action)
    }
}

/// Marks and observations.
impl Stage<'_> {
    fn tick(&self) -> (Actor, Action) {
        let list = |room| {
            let room = self.state().room(room).and_then(Room::open);
            room.map(|room| room.checklist.clone()).unwrap_or_default()
        };
        let fits = |_, visit: &OpenVisit| {
            !list(visit.room).is_empty() && !self.serving(visit.room).is_empty()
        };
        let visit = self.visit(self.step.what, fits);
        let labels = self.room_of(visit).map(list).unwrap_or_default();
        let label = pick(self.step.other, &labels).filter(|_| self.manner(8) > 0);
        let label = label.unwrap_or_else(|| words::label("escort"));
        (self.server(visit), Action::TickChecklist { visit, label, done: self.nuance(4) > 0 })
    }

    fn patient_presence(&self) -> (Actor, Action) {
        let online = self.manner(2) == 0;
        let fits = |_, visit: &OpenVisit| (visit.presence == Presence::Online) != online;
        let who = Person::Patient(self.visit(self.step.what, fits));
        (self.entitled(Right::Observe, None), self.presence(who, online))
    }

    /// Members come online more often than they go.
    fn member_presence(&self) -> (Actor, Action) {
        let online = self.manner(3) > 0;
        let member = self.member(self.step.what, |_, member| {
            (member.presence == Presence::Online) != online && member.active()
        });
        (self.entitled(Right::Observe, None), self.presence(Person::Member(member), online))
    }

    fn presence(&self, who: Person, online: bool) -> Action {
        Action::NotePresence { who, online, last_seen: self.world.now() }
    }

    fn hold_lost_member(&self) -> (Actor, Action) {
        let lost = |_, visit: &OpenVisit| {
            let member = visit.in_call_with().and_then(|id| self.state().clinic().member(id));
            member.is_some_and(|member| !member.online())
        };
        let visit = self.visit(self.step.what, lost);
        let serving = self.state().visit(visit).and_then(|visit| visit.open()?.in_call_with());
        let member = serving.unwrap_or(MemberId(STRANGER));
        (self.policy(PolicyName::MemberLost), Action::HoldLostMember(visit, member))
    }

    pub(super) fn policy(&self, name: PolicyName) -> Actor {
        match self.step.by {
            Aim::Likely => Actor::policy(name),
            Aim::Any => self.anybody(),
        }
    }
}
