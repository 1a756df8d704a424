//! What may be asked of the small clinic: who does what, by number, so that any part of a story is one.

use clinic_domain::actor::{Actor, PolicyName};
use clinic_domain::command::{Action, CheckInForm, Person};
use clinic_domain::personal::Personal;
use clinic_domain::text::{Note, PersonName};
use clinic_domain::time::Millis;
use clinic_domain::visit::{CloseReason, Priority};
use clinic_testkit::model::Says;
use proptest::prelude::*;
use proptest::sample::select;

use super::desk::Desk;

/// One thing that is asked.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// So many seconds after the one before.
    seconds: u64,
    who: Who,
    deed: Deed,
}

#[derive(Clone, Copy, Debug)]
enum Who {
    Host,
    Member(usize),
    /// The patient of a visit.
    Patient(usize),
    Policy(PolicyName),
}

/// What is done: to which visit, in which room, about which leg.
#[derive(Clone, Copy, Debug)]
enum Deed {
    CheckIn(usize),
    ComeBack { visit: usize, room: usize },
    Start { visit: usize, pausing: bool },
    Next { room: usize, pausing: bool },
    Pause(usize),
    End(usize),
    Send { visit: usize, to: usize },
    SendAll { from: usize, to: usize },
    Accept(usize),
    Decline(usize),
    Expire(usize),
    Undo(usize),
    Prioritise(usize, Priority),
    Note(usize),
    CarryOver(usize),
    Close(usize, Why),
    CloseAll(usize),
    Reopen(usize),
    Merge { survivor: usize, duplicate: usize },
    Patient { visit: usize, online: bool },
    Member { member: usize, online: bool },
    Lost { visit: usize, member: usize },
    Disable(usize),
    Enable(usize),
    Assign { room: usize, member: usize },
    Unassign { room: usize, member: usize },
    Archive(usize),
}

#[derive(Clone, Copy, Debug)]
enum Why {
    Completed,
    Left,
    NoShow,
    Removed,
    EndOfDay,
}

/// The latest visits and legs are those that steps are about.
const LATEST: usize = 5;

/// How long people wait between two steps: to the second at which windows end, and past it.
const SECONDS: [u64; 8] = [0, 0, 1, 20, 60, 120, 300, 1_800];

/// The next step: mostly one that the model grants.
pub(super) fn steps(desk: &Desk) -> BoxedStrategy<Step> {
    let kinds: Vec<Vec<Step>> = kinds(desk).into_iter().filter(|kind| !kind.is_empty()).collect();
    let granted = |step: &Step| {
        let command = desk.command(step);
        command.is_some_and(|command| desk.model.says(&command) == Some(Says::Granted))
    };
    let likely =
        kinds.iter().map(|kind| kind.iter().filter(|step| granted(step)).cloned().collect());
    let likely: Vec<Vec<Step>> = likely.filter(|kind: &Vec<Step>| !kind.is_empty()).collect();
    let one_of = |kinds| select::<Vec<Step>>(kinds).prop_flat_map(select);
    (prop_oneof![3 => one_of(likely), 1 => one_of(kinds)], select(SECONDS.to_vec()))
        .prop_map(|(step, seconds)| Step { seconds, ..step })
        .boxed()
}

/// Everything that can be asked, by kind.
fn kinds(desk: &Desk) -> Vec<Vec<Step>> {
    let rooms = 0..desk.rooms.len();
    let visits = desk.visits.len().saturating_sub(LATEST)..desk.visits.len();
    let legs = desk.legs.len().saturating_sub(LATEST)..desk.legs.len();
    let members = 0..desk.members.len();
    let each = |range: &std::ops::Range<usize>, deed: fn(usize) -> Deed| -> Vec<Deed> {
        range.clone().map(deed).collect()
    };
    let pairs = |one: &std::ops::Range<usize>,
                 other: &std::ops::Range<usize>,
                 deed: fn(usize, usize) -> Deed| {
        let pairs = one.clone().flat_map(|a| other.clone().map(move |b| (a, b)));
        pairs.map(|(a, b)| deed(a, b)).collect::<Vec<Deed>>()
    };
    let flag = 0..2;
    let deeds = vec![
        each(&rooms, Deed::CheckIn),
        pairs(&visits, &rooms, |visit, room| Deed::ComeBack { visit, room }),
        pairs(&visits, &flag, |visit, n| Deed::Start { visit, pausing: n == 1 }),
        pairs(&rooms, &flag, |room, n| Deed::Next { room, pausing: n == 1 }),
        each(&visits, Deed::Pause),
        each(&visits, Deed::End),
        pairs(&visits, &rooms, |visit, to| Deed::Send { visit, to }),
        pairs(&rooms, &rooms, |from, to| Deed::SendAll { from, to }),
        each(&legs, Deed::Accept),
        each(&legs, Deed::Decline),
        each(&legs, Deed::Expire),
        each(&legs, Deed::Undo),
        each(&visits, |visit| Deed::Prioritise(visit, Priority::Urgent)),
        each(&visits, |visit| Deed::Prioritise(visit, Priority::Soon)),
        each(&visits, Deed::Note),
        each(&visits, Deed::CarryOver),
        each(&visits, |visit| Deed::Close(visit, Why::Completed)),
        each(&visits, |visit| Deed::Close(visit, Why::Left)),
        each(&visits, |visit| Deed::Close(visit, Why::NoShow)),
        each(&visits, |visit| Deed::Close(visit, Why::Removed)),
        each(&visits, |visit| Deed::Close(visit, Why::EndOfDay)),
        each(&rooms, Deed::CloseAll),
        each(&visits, Deed::Reopen),
        pairs(&visits, &visits, |survivor, duplicate| Deed::Merge { survivor, duplicate }),
        pairs(&visits, &flag, |visit, n| Deed::Patient { visit, online: n == 1 }),
        pairs(&members, &flag, |member, n| Deed::Member { member, online: n == 1 }),
        pairs(&visits, &members, |visit, member| Deed::Lost { visit, member }),
        each(&members, Deed::Disable),
        each(&members, Deed::Enable),
        pairs(&rooms, &members, |room, member| Deed::Assign { room, member }),
        pairs(&rooms, &members, |room, member| Deed::Unassign { room, member }),
        each(&(2..3), Deed::Archive),
    ];
    let by =
        |deed: Deed| deed.askers(desk).into_iter().map(move |who| Step { seconds: 0, who, deed });
    deeds.into_iter().map(|kind| kind.into_iter().flat_map(by).collect()).collect()
}

impl Deed {
    /// Who might ask for it.
    fn askers(self, desk: &Desk) -> Vec<Who> {
        let policy = |name| vec![Who::Policy(name)];
        match self {
            Self::CheckIn(_) | Self::ComeBack { .. } => vec![Who::Host],
            Self::Close(visit, Why::Left) => vec![Who::Patient(visit), Who::Member(0)],
            Self::Expire(_) => policy(PolicyName::AcceptWindow),
            Self::Patient { .. } | Self::Member { .. } => policy(PolicyName::Presence),
            Self::Lost { .. } => policy(PolicyName::MemberLost),
            Self::Disable(_) | Self::Enable(_) | Self::Assign { .. } | Self::Unassign { .. } => {
                vec![Who::Member(0), Who::Member(1), Who::Host]
            }
            Self::Start { .. }
            | Self::Next { .. }
            | Self::Pause(_)
            | Self::End(_)
            | Self::Send { .. }
            | Self::SendAll { .. }
            | Self::Accept(_)
            | Self::Decline(_)
            | Self::Undo(_)
            | Self::Prioritise(..)
            | Self::Note(_)
            | Self::CarryOver(_)
            | Self::Close(..)
            | Self::CloseAll(_)
            | Self::Reopen(_)
            | Self::Merge { .. }
            | Self::Archive(_) => (0..desk.members.len()).map(Who::Member).collect(),
        }
    }

    /// As an action, if what it is about is there.
    fn action(self, desk: &Desk) -> Option<Action> {
        let visit = |n: usize| desk.visits.get(n).map(|(visit, _)| *visit);
        let room = |n: usize| desk.rooms.get(n).copied();
        let member = |n: usize| desk.members.get(n).copied();
        let leg = |n: usize| desk.legs.get(n).copied();
        let (seen, note) = (None, None);
        let last_seen = desk.now;
        Some(match self {
            Self::CheckIn(n) => check_in(desk, n, desk.token())?,
            Self::ComeBack { visit, room } => check_in(desk, room, desk.visits.get(visit)?.1)?,
            Self::Start { visit: n, pausing } => {
                Action::StartCall { visit: visit(n)?, pausing, seen }
            }
            Self::Next { room: n, pausing } => Action::CallNext { room: room(n)?, pausing },
            Self::Pause(n) => Action::PauseCall { visit: visit(n)?, seen },
            Self::End(n) => Action::EndCall { visit: visit(n)?, seen },
            Self::Send { visit: n, to } => {
                Action::Transfer { visit: visit(n)?, to: room(to)?, note, seen }
            }
            Self::SendAll { from, to } => Action::TransferAll { from: room(from)?, to: room(to)? },
            Self::Accept(n) => leg(n).map(|(visit, leg)| Action::AcceptTransfer(visit, leg))?,
            Self::Decline(n) => {
                let (visit, transfer) = leg(n)?;
                Action::DeclineTransfer { visit, transfer, note }
            }
            Self::Expire(n) => leg(n).map(|(visit, leg)| Action::ExpireTransfer(visit, leg))?,
            Self::Undo(n) => leg(n).map(|(visit, leg)| Action::UndoTransfer(visit, leg))?,
            Self::Prioritise(n, priority) => Action::SetPriority(visit(n)?, priority),
            Self::Note(n) => Action::AddNote(visit(n)?, why()),
            Self::CarryOver(n) => Action::CarryOver(visit(n)?),
            Self::Close(n, why) => {
                Action::CloseVisit { visit: visit(n)?, reason: why.reason(), seen }
            }
            Self::CloseAll(n) => {
                Action::CloseAll { room: room(n)?, only: None, reason: CloseReason::EndOfDay }
            }
            Self::Reopen(n) => Action::ReopenVisit(visit(n)?),
            Self::Merge { survivor, duplicate } => {
                let (survivor, duplicate) = (visit(survivor)?, visit(duplicate)?);
                Action::MergeVisits { survivor, duplicate, seen }
            }
            Self::Patient { visit: n, online } => {
                Action::NotePresence { who: Person::Patient(visit(n)?), online, last_seen }
            }
            Self::Member { member: n, online } => {
                Action::NotePresence { who: Person::Member(member(n)?), online, last_seen }
            }
            Self::Lost { visit: v, member: m } => Action::HoldLostMember(visit(v)?, member(m)?),
            Self::Disable(n) => Action::DisableMember(member(n)?),
            Self::Enable(n) => Action::EnableMember(member(n)?),
            Self::Assign { room: r, member: m } => Action::AssignMember(room(r)?, member(m)?),
            Self::Unassign { room: r, member: m } => Action::UnassignMember(room(r)?, member(m)?),
            Self::Archive(n) => Action::ArchiveRoom(room(n)?),
        })
    }
}

impl Step {
    pub(super) fn after(&self) -> Millis {
        Millis::seconds(self.seconds)
    }

    /// Who wants what, if they are there.
    pub(super) fn wish(&self, desk: &Desk) -> Option<(Actor, Action)> {
        let actor = match self.who {
            Who::Host => Actor::Host,
            Who::Member(n) => Actor::Member(*desk.members.get(n)?),
            Who::Patient(n) => Actor::Patient(desk.visits.get(n)?.1),
            Who::Policy(name) => Actor::policy(name),
        };
        Some((actor, self.deed.action(desk)?))
    }
}

impl Why {
    fn reason(self) -> CloseReason {
        match self {
            Self::Completed => CloseReason::Completed,
            Self::Left => CloseReason::Left,
            Self::NoShow => CloseReason::NoShow,
            Self::Removed => CloseReason::Removed { why: why() },
            Self::EndOfDay => CloseReason::EndOfDay,
        }
    }
}

fn check_in(desk: &Desk, room: usize, token: clinic_domain::actor::TokenHash) -> Option<Action> {
    let name = PersonName::parse("Ann Smith").expect("it is a name");
    let form = CheckInForm::new(*desk.rooms.get(room)?, token, name);
    Some(Action::CheckIn(Box::new(form)))
}

fn why() -> Personal<Note> {
    Personal::Clear(Note::parse("a few words").expect("it is a note"))
}
