//! What may be asked of the small clinic: who does what, by number, so that any part of a story is one.

use std::fmt;
use std::ops::Range;

use clinic_domain::actor::{Actor, PolicyName, TokenHash};
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
#[derive(Clone)]
pub(super) struct Step {
    /// So many seconds after the one before.
    seconds: u64,
    who: Who,
    deed: Deed,
}

/// A line of a story.
impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seconds, who, deed } = self;
        write!(f, "{seconds} s later, {who:?}: {deed:?}")
    }
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
    NoShow(usize),
    EndDay(usize),
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
const LATEST: usize = 6;

/// How long people wait between two steps: to the second at which windows end, and past it.
const SECONDS: [u64; 8] = [0, 0, 1, 20, 60, 120, 300, 1_800];

/// The next step: mostly one that the model grants, and often one about the visit of the last, so that
/// something comes of it.
pub(super) fn steps(desk: &Desk) -> BoxedStrategy<Step> {
    let all = chosen(kinds(desk), |_| true);
    let likely = chosen(all.clone(), |step| {
        let command = desk.command(step);
        command.is_some_and(|command| desk.model.says(&command) == Some(Says::Granted))
    });
    let same =
        chosen(likely.clone(), |step| step.visit(desk).is_some_and(|v| desk.last == Some(v)));
    let same = if same.is_empty() { likely.clone() } else { same };
    let one_of = |kinds| select::<Vec<Step>>(kinds).prop_flat_map(select);
    let step = prop_oneof![2 => one_of(likely), 1 => one_of(same), 1 => one_of(all)];
    let step = (step, select(SECONDS.to_vec()));
    step.prop_map(|(step, seconds)| Step { seconds, ..step }).boxed()
}

/// The steps that are to be chosen from, without the kinds of which there is none.
fn chosen(kinds: Vec<Vec<Step>>, fits: impl Fn(&Step) -> bool) -> Vec<Vec<Step>> {
    let kinds = kinds.into_iter().map(|kind| kind.into_iter().filter(&fits).collect());
    kinds.filter(|kind: &Vec<Step>| !kind.is_empty()).collect()
}

/// Everything that can be asked, by kind.
fn kinds(desk: &Desk) -> Vec<Vec<Step>> {
    let rooms = 0..desk.rooms.len();
    let visits = desk.visits.len().saturating_sub(LATEST)..desk.visits.len();
    let legs = desk.legs.len().saturating_sub(LATEST)..desk.legs.len();
    let members = 0..desk.members.len();
    let each = |range: &Range<usize>, deed: fn(usize) -> Deed| -> Vec<Deed> {
        range.clone().map(deed).collect()
    };
    let pairs = |one: &Range<usize>, other: &Range<usize>, deed: fn(usize, usize) -> Deed| {
        let pairs = one.clone().flat_map(|a| other.clone().map(move |b| (a, b)));
        pairs.map(|(a, b)| deed(a, b)).collect::<Vec<Deed>>()
    };
    let flag = 0..2;
    let deeds = vec![
        each(&(0..1), Deed::CheckIn),
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
        each(&visits, Deed::Note),
        each(&visits, Deed::CarryOver),
        pairs(&visits, &(0..Why::ALL.len()), |visit, n| Deed::Close(visit, Why::ALL[n])),
        each(&rooms, Deed::CloseAll),
        each(&visits, Deed::Reopen),
        pairs(&visits, &visits, |survivor, duplicate| Deed::Merge { survivor, duplicate }),
        pairs(&visits, &flag, |visit, n| Deed::Patient { visit, online: n == 1 }),
        pairs(&visits, &(0..1), |visit, _| Deed::Patient { visit, online: false }),
        pairs(&members, &flag, |member, n| Deed::Member { member, online: n == 1 }),
        pairs(&visits, &members, |visit, member| Deed::Lost { visit, member }),
        each(&visits, Deed::NoShow),
        each(&rooms, Deed::EndDay),
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
            Self::NoShow(_) => policy(PolicyName::NoShow),
            Self::EndDay(_) => policy(PolicyName::ClosingTime),
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
            Self::NoShow(n) => Action::CloseNoShow(visit(n)?),
            Self::EndDay(n) => Action::EndDay(room(n)?),
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

    /// Which visit it is about; a day that ends is about everybody's.
    pub(super) fn visit(&self, desk: &Desk) -> Option<usize> {
        let leg = |n: usize| {
            let (visit, _) = desk.legs.get(n)?;
            desk.visits.iter().position(|(id, _)| id == visit)
        };
        match self.deed {
            Deed::Start { visit, .. }
            | Deed::Pause(visit)
            | Deed::End(visit)
            | Deed::Send { visit, .. }
            | Deed::Prioritise(visit, _)
            | Deed::Note(visit)
            | Deed::CarryOver(visit)
            | Deed::Close(visit, _)
            | Deed::Reopen(visit)
            | Deed::Merge { survivor: visit, .. }
            | Deed::Patient { visit, .. }
            | Deed::Lost { visit, .. }
            | Deed::NoShow(visit)
            | Deed::ComeBack { visit, .. } => Some(visit),
            Deed::Accept(n) | Deed::Decline(n) | Deed::Expire(n) | Deed::Undo(n) => leg(n),
            Deed::EndDay(_) => desk.last,
            Deed::CheckIn(_)
            | Deed::Next { .. }
            | Deed::SendAll { .. }
            | Deed::CloseAll(_)
            | Deed::Member { .. }
            | Deed::Disable(_)
            | Deed::Enable(_)
            | Deed::Assign { .. }
            | Deed::Unassign { .. }
            | Deed::Archive(_) => None,
        }
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
    const ALL: [Self; 5] =
        [Self::Completed, Self::Left, Self::NoShow, Self::Removed, Self::EndOfDay];

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

fn check_in(desk: &Desk, room: usize, token: TokenHash) -> Option<Action> {
    let name = PersonName::parse("Ann Smith").expect("it is a name");
    let form = CheckInForm::new(*desk.rooms.get(room)?, token, name);
    Some(Action::CheckIn(Box::new(form)))
}

fn why() -> Personal<Note> {
    Personal::Clear(Note::parse("a few words").expect("it is a note"))
}
