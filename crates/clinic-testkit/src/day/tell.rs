//! A day in the clinic's words.

use clinic_domain::actor::Actor;
use clinic_domain::clinic::Clinic;
use clinic_domain::command::{Action, Command, Person};
use clinic_domain::event::Event;
use clinic_domain::hours::Zone;
use clinic_domain::ids::{MemberId, RoomId, TransferId, VisitId};
use clinic_domain::room::{Room, RoomPolicy};
use clinic_domain::time::Millis;
use clinic_domain::visit::VisitEvent;

use crate::world::{Answer, World};

/// `08:05:10  Ada: StartCall patient 3 in Reception`.
pub(crate) fn asked(world: &World, command: &Command) -> String {
    let zone = world.state().clinic().founded().map(|clinic| clinic.zone.clone());
    let zone = zone.or_else(|| Zone::parse("UTC"));
    let clock = zone.map_or_else(|| command.at.to_string(), |zone| zone.date_and_clock(command.at));
    let teller = Teller { world };
    let object = teller.object(&command.action);
    format!("{clock}  {}: {}{object}", teller.actor(&command.actor), command.action.name())
}

/// `CallPaused, CallStarted (position 12)`, or why not.
pub(crate) fn answered(answer: &Answer) -> String {
    match answer.as_deref() {
        Ok([]) => "granted, it is so already".to_owned(),
        Ok(recorded @ [.., last]) => {
            let names: Vec<_> = recorded.iter().map(|recorded| recorded.event.name()).collect();
            format!("{} (position {})", names.join(", "), last.position)
        }
        Err(refusal) => format!("refused, {}: {refusal}", refusal.path()),
    }
}

struct Teller<'a> {
    world: &'a World,
}

impl Teller<'_> {
    fn actor(&self, actor: &Actor) -> String {
        match actor {
            Actor::Member(id) => self.member(*id),
            Actor::Patient(token) => {
                let checked_in = self.check_ins().position(|(_, other)| other == *token);
                checked_in.map_or_else(|| "a patient".to_owned(), |n| format!("patient {}", n + 1))
            }
            Actor::Policy { name, .. } => format!("policy {name}"),
            Actor::Import => "an import".to_owned(),
            Actor::Host => "the host".to_owned(),
        }
    }

    fn check_ins(&self) -> impl Iterator<Item = (VisitId, clinic_domain::actor::TokenHash)> {
        self.world.log().iter().filter_map(|recorded| match &recorded.event {
            Event::Visit(id, VisitEvent::CheckedIn { token, .. }) => Some((*id, *token)),
            Event::Clinic(..) | Event::Room(..) | Event::Visit(..) | Event::Transfer(..) => None,
        })
    }

    fn member(&self, id: MemberId) -> String {
        let member = match self.world.state().clinic() {
            Clinic::Unfounded => None,
            Clinic::Founded(clinic) => clinic.members.get(&id),
        };
        member.map_or_else(|| "a stranger".to_owned(), |member| member.name.to_string())
    }

    fn room(&self, id: RoomId) -> String {
        let room = self.world.state().room(id).and_then(Room::last);
        room.map_or_else(|| "no room".to_owned(), |room| room.name.to_string())
    }

    /// The number of a visit's check-in, and where it is.
    fn visit(&self, id: VisitId) -> String {
        let Some(n) = self.check_ins().position(|(visit, _)| visit == id) else {
            return "nobody".to_owned();
        };
        let visit = self.world.state().visit(id);
        let at = match visit.and_then(|visit| visit.open()) {
            Some(open) => format!("in {}", self.room(open.room)),
            None => "closed".to_owned(),
        };
        format!("patient {} {at}", n + 1)
    }

    fn transfer(&self, id: TransferId) -> String {
        let request = self.world.state().transfer(id).and_then(|transfer| transfer.request());
        request.map_or_else(
            || "no transfer".to_owned(),
            |request| format!("{} to {}", self.room(request.from), self.room(request.to)),
        )
    }

    fn person(&self, who: Person) -> String {
        match who {
            Person::Patient(visit) => self.visit(visit),
            Person::Member(member) => self.member(member),
        }
    }

    /// What an action is about.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the rest are about one visit")]
    fn object(&self, action: &Action) -> String {
        match action {
            Action::FoundClinic { .. } | Action::SetZone(_) => String::new(),
            Action::SetCapabilities(capabilities) => format!(" {capabilities:?}"),
            Action::AddMember { name, role, .. } => format!(" {name}, {role:?}"),
            Action::RenameMember { member, .. }
            | Action::DisableMember(member)
            | Action::EnableMember(member)
            | Action::RemoveMember(member) => format!(" {}", self.member(*member)),
            Action::ChangeRole { member, role } => format!(" {} to {role:?}", self.member(*member)),
            Action::OpenRoom { kind, name, slug, .. } => format!(" {name} at {slug}, {kind:?}"),
            Action::AssignMember(room, member) | Action::UnassignMember(room, member) => {
                format!(" {} in {}", self.member(*member), self.room(*room))
            }
            Action::ChangeSlug(room, slug) => format!(" {} to {slug}", self.room(*room)),
            Action::SetPolicy(room, policy) => {
                format!(" {} to {}", self.room(*room), unusual(policy))
            }
            Action::SetHours(room, hours) => {
                let hours = if hours.is_some() { "some" } else { "none" };
                format!(" {} to {hours}", self.room(*room))
            }
            Action::RenameRoom(room, _)
            | Action::SetTexts(room, _)
            | Action::SetChecklist(room, _)
            | Action::SetPasscode(room, _)
            | Action::SuspendRoom(room, _)
            | Action::LiftSuspension(room)
            | Action::ArchiveRoom(room)
            | Action::CallNext { room, .. }
            | Action::EndDay(room) => format!(" {}", self.room(*room)),
            Action::CheckIn(form) => format!(" at {}", self.room(form.room)),
            Action::CloseAll { room, only, reason } => {
                let chosen = only.as_ref().map_or("all".to_owned(), |only| only.len().to_string());
                format!(" {chosen} of {}, {}", self.room(*room), reason.label())
            }
            Action::TransferAll { from, to } => {
                format!(" from {} to {}", self.room(*from), self.room(*to))
            }
            _ => self.about_visit(action),
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the rest are told by their caller")]
    fn about_visit(&self, action: &Action) -> String {
        match action {
            Action::Transfer { visit, to, .. } => {
                format!(" {} to {}", self.visit(*visit), self.room(*to))
            }
            Action::AcceptTransfer(visit, transfer)
            | Action::DeclineTransfer { visit, transfer, .. }
            | Action::UndoTransfer(visit, transfer)
            | Action::ExpireTransfer(visit, transfer) => {
                format!(" {}, {}", self.visit(*visit), self.transfer(*transfer))
            }
            Action::StartCall { visit, pausing, .. } => {
                format!(" {}{}", self.visit(*visit), if *pausing { ", pausing" } else { "" })
            }
            Action::SetPriority(visit, priority) => format!(" {} {priority:?}", self.visit(*visit)),
            Action::CloseVisit { visit, reason, .. } => {
                format!(" {}, {}", self.visit(*visit), reason.label())
            }
            Action::TickChecklist { visit, label, done } => {
                format!(" {} {label} {done}", self.visit(*visit))
            }
            Action::PauseCall { visit, .. }
            | Action::EndCall { visit, .. }
            | Action::AddNote(visit, _)
            | Action::CarryOver(visit)
            | Action::ReopenVisit(visit)
            | Action::CloseNoShow(visit) => format!(" {}", self.visit(*visit)),
            Action::HoldLostMember(visit, member) => {
                format!(" {}, {}", self.visit(*visit), self.member(*member))
            }
            Action::MergeVisits { survivor, duplicate, .. } => {
                format!(" {} into {}", self.visit(*duplicate), self.visit(*survivor))
            }
            Action::NotePresence { who, online, .. } => {
                format!(" {} {}", self.person(*who), if *online { "online" } else { "offline" })
            }
            _ => String::new(),
        }
    }
}

/// What is not as it usually is.
fn unusual(policy: &RoomPolicy) -> String {
    let usual = RoomPolicy::default();
    let within = |window: Option<Millis>| window.map_or("no time".to_owned(), |w| w.to_string());
    let differs = [
        (policy.queue_limit != usual.queue_limit, format!("queue of {}", policy.queue_limit)),
        (policy.arrivals != usual.arrivals, format!("{:?}", policy.arrivals)),
        (
            policy.accept_window != usual.accept_window,
            format!("accept within {}", within(policy.accept_window)),
        ),
        (policy.undo_window != usual.undo_window, format!("undo within {}", policy.undo_window)),
        (
            policy.reopen_window != usual.reopen_window,
            format!("reopen within {}", policy.reopen_window),
        ),
        (policy.wait_warn != usual.wait_warn, format!("warn after {}", policy.wait_warn)),
        (policy.wait_late != usual.wait_late, format!("late after {}", policy.wait_late)),
        (policy.return_alert != usual.return_alert, format!("alert at {}", policy.return_alert)),
        (policy.consent != usual.consent, "consent".to_owned()),
        (policy.call_link != usual.call_link, "a link for calls".to_owned()),
        (
            policy.no_show_after != usual.no_show_after,
            format!("no show after {}", within(policy.no_show_after)),
        ),
    ];
    let differs: Vec<_> = differs.into_iter().filter(|(differs, _)| *differs).collect();
    let words: Vec<_> = differs.into_iter().map(|(_, words)| words).collect();
    if words.is_empty() { "the usual".to_owned() } else { words.join(", ") }
}
