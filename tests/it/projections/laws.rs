//! Laws of the folds, on random days: live is rebuilt, batches and repetitions change nothing, the
//! census says what the rules say, the picker offers exactly what is granted, the parts sum exactly.

use std::collections::BTreeSet;

use clinic_domain::actor::{Actor, PolicyName};
use clinic_domain::command::{Action, Command, Person};
use clinic_domain::ids::{CommandId, Fresh, MemberId, RoomId, VisitId};
use clinic_domain::room::ArrivalOrder;
use clinic_domain::time::Millis;
use clinic_domain::transfer::TransferEvent;
use clinic_domain::visit::{CloseReason, PatientVisit, Priority, VisitEvent};
use clinic_projections::report::Scope;
use clinic_projections::stay::Parts;
use clinic_projections::timeline::Timeline;
use clinic_projections::views::Views;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::fixture::{Day, PRESENCE, by, note, notice, title};
use super::waits::reconciles;

/// A wish: what, of which visit, by or towards whom, and how many seconds later.
type Wish = (u8, u8, u8, u16);

fn wishes() -> impl Strategy<Value = Vec<Wish>> {
    prop::collection::vec((0..32_u8, any::<u8>(), any::<u8>(), 0..900_u16), 1..120)
}

/// A day on which every wish that the rules grant comes true.
fn lived(wishes: &[Wish], mut check: impl FnMut(&Day)) -> Day {
    let mut day = Day::new();
    day.policy(day.dr_dana, |policy| policy.accept_window = Some(Millis::minutes(5)));
    day.policy(day.dr_omar, |policy| {
        policy.arrivals = ArrivalOrder::BackOfQueue;
        policy.queue_limit = 3;
        policy.reopen_window = Millis::ZERO;
    });
    day.act(by(day.ada), Action::AssignMember(day.reception, day.omar));
    let mut visits: Vec<VisitId> = vec![];
    for wish in wishes {
        day.now = day.now.plus(Millis::seconds(u64::from(wish.3)));
        wished(&mut day, &mut visits, *wish);
        check(&day);
    }
    day
}

fn pick<T: Copy>(of: &[T], n: u8) -> Option<T> {
    let n = usize::from(n).checked_rem(of.len())?;
    of.get(n).copied()
}

/// Grants a wish, if the rules do.
fn wished(day: &mut Day, visits: &mut Vec<VisitId>, (what, which, whom, _): Wish) {
    let room = pick(&[day.reception, day.dr_dana, day.dr_omar], whom).expect("a room");
    let member = pick(&[day.rita, day.dana, day.omar, day.ada], whom).expect("a member");
    if what < 5 || visits.is_empty() {
        let name = format!("Patient {}", visits.len());
        let token = Day::token(&name);
        let name = clinic_domain::text::PersonName::parse(&name).expect("a name");
        let form = clinic_domain::command::CheckInForm::new(room, token, name);
        let visit = VisitId(day.next_id());
        if day.ask(Actor::Patient(token), Action::CheckIn(Box::new(form))).is_ok() {
            visits.push(visit);
        }
        return;
    }
    let visit = pick(visits, which).expect("a visit");
    let other = pick(visits, whom).expect("a visit");
    let last = day.state.visit(visit).and_then(PatientVisit::last).cloned();
    let leg = last.as_ref().and_then(|last| last.leg.as_ref()).map(|leg| leg.transfer);
    let patient = last.as_ref().and_then(|last| last.tokens.first()).map(|t| Actor::Patient(*t));
    let (seen, pausing, last_seen) = (None, which % 2 == 0, day.now);
    let asked = match what {
        5..=8 => Some((by(member), Action::StartCall { visit, pausing, seen })),
        9 => Some((by(member), Action::CallNext { room, pausing })),
        10 | 11 => Some((by(member), Action::PauseCall { visit, seen })),
        12 => Some((by(member), Action::EndCall { visit, seen })),
        13..=16 => Some((Actor::Host, Action::Transfer { visit, to: room, note: None, seen })),
        17 => leg.map(|leg| (Actor::Host, Action::AcceptTransfer(visit, leg))),
        18 => leg.map(|transfer| {
            let note = Some(note("no").into());
            (Actor::Host, Action::DeclineTransfer { visit, transfer, note })
        }),
        19 => leg.map(|leg| (Actor::Host, Action::UndoTransfer(visit, leg))),
        20 => leg.map(|leg| {
            (Actor::policy(PolicyName::AcceptWindow), Action::ExpireTransfer(visit, leg))
        }),
        21 => Some((Actor::Host, Action::SetPriority(visit, Priority::Urgent))),
        22 | 23 => {
            let who = Person::Patient(visit);
            Some((PRESENCE, Action::NotePresence { who, online: pausing, last_seen }))
        }
        24 => {
            let who = Person::Member(member);
            Some((PRESENCE, Action::NotePresence { who, online: pausing, last_seen }))
        }
        25 => patient.map(|patient| {
            (patient, Action::CloseVisit { visit, reason: CloseReason::Left, seen })
        }),
        26 => {
            Some((by(member), Action::CloseVisit { visit, reason: CloseReason::Completed, seen }))
        }
        27 => Some((Actor::Host, Action::ReopenVisit(visit))),
        28 => Some((
            Actor::Host,
            Action::MergeVisits { survivor: visit, duplicate: other, seen: None },
        )),
        29 => Some((by(member), Action::AddNote(visit, note("a note").into()))),
        30 => Some((by(day.ada), whims(day, member, room, which))),
        _ => Some((Actor::Host, Action::TransferAll { from: room, to: day.reception })),
    };
    if let Some((actor, action)) = asked {
        let _ = day.ask(actor, action);
    }
}

/// What admins do.
fn whims(day: &Day, member: MemberId, room: RoomId, which: u8) -> Action {
    match which % 8 {
        0 => Action::DisableMember(member),
        1 => Action::EnableMember(member),
        2 => Action::RenameMember { member, name: title(&format!("Name {which}")) },
        3 => Action::SuspendRoom(room, notice("back soon")),
        4 => Action::LiftSuspension(room),
        5 => Action::RenameRoom(room, title(&format!("Room {which}"))),
        6 => Action::SetZone(clinic_domain::hours::Zone::parse("Asia/Kathmandu").expect("a zone")),
        _ => Action::AssignMember(day.reception, member),
    }
}

/// Whether a transfer would be granted to somebody entitled.
fn granted(day: &Day, visit: VisitId, to: RoomId) -> bool {
    let fresh = Fresh(day.next_id());
    let action = Action::Transfer { visit, to, note: None, seen: None };
    let id = CommandId(fresh.0);
    day.state.decide(&Command { id, actor: Actor::Host, at: day.now, fresh, action }).is_ok()
}

/// The census says what the rules say.
fn agrees(day: &Day) {
    let census = &day.views.census;
    let rooms: Vec<RoomId> = day.state.rooms().map(|(id, _)| id).collect();
    assert_eq!(census.rooms().collect::<Vec<_>>(), day.state.rooms().collect::<Vec<_>>());
    assert_eq!(census.clinic(), day.state.clinic());
    for room in &rooms {
        let queue: Vec<VisitId> = day.state.queue(*room).collect();
        assert_eq!(census.queue(*room).collect::<Vec<_>>(), queue);
        assert_eq!(day.ranks(*room), queue, "the board shows the order of the rules");
        let mut inside: Vec<VisitId> = day.board(*room).rows.iter().map(|row| row.visit).collect();
        let mut known = day.state.inside(*room);
        inside.sort();
        known.sort();
        assert_eq!(inside, known);
    }
    let held: Vec<_> = census.visits().map(|(id, visit, _)| (id, visit)).collect();
    assert_eq!(held, day.state.visits().collect::<Vec<_>>(), "and keeps the visits of the rules");
    let open = held.into_iter().filter(|(_, visit)| visit.open().is_some());
    for (visit, _) in open {
        assert_eq!(
            census.visit(visit),
            day.state.visit(visit),
            "and keeps the visits of the rules"
        );
        assert!(census.waiting_room(visit, day.now).is_some());
        let targets = census.transfer_targets(visit, day.now);
        for (room, _) in day.state.rooms() {
            let offered = targets.iter().any(|target| target.room == room);
            assert_eq!(offered, granted(day, visit, room), "{room} for {visit}");
        }
    }
    assert!(day.views.ledger.holds(), "{}", day.views.ledger.verdict().breaches[0]);
}

/// Every instant of every visit counts exactly once, whoever counts.
fn sums(day: &Day, later: Millis) {
    let now = day.now.plus(later);
    let report = day.views.waits.report(Scope::default(), now);
    reconciles(&report);
    let mut whole = Parts::default();
    for fact in &report.total.check_ins {
        let timeline = Timeline::of(fact.visit, &day.views.directory, &day.log);
        for stay in &timeline.stays {
            assert_eq!(stay.parts(now).whole(), stay.until.unwrap_or(now).since(stay.from));
        }
        whole = whole.plus(&timeline.parts(now));
    }
    assert_eq!(report.total.parts, whole, "the report counts what the timelines count");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..Default::default() })]

    #[test]
    fn the_census_says_what_the_rules_say_after_every_command(wishes in wishes()) {
        lived(&wishes, agrees);
    }

    #[test]
    fn every_instant_counts_exactly_once(wishes in wishes(), later in 0..200_000_000_u64) {
        sums(&lived(&wishes, |_| ()), Millis(later));
    }

    #[test]
    fn any_split_any_repetition_and_any_rebuild_gives_what_was_live(
        wishes in wishes(),
        cuts in prop::collection::vec((0..9_usize, any::<bool>()), 1..60),
    ) {
        let day = lived(&wishes, |_| ());
        prop_assert_eq!(&Views::rebuilt(&day.log), &day.views);
        let mut split = Views::default();
        let mut rest = &day.log[..];
        for (len, again) in cuts.into_iter().cycle() {
            let (batch, tail) = rest.split_at(len.min(rest.len()).max(1));
            let repeated = if again { [batch, &day.log[..3]].concat() } else { vec![] };
            for recorded in batch.iter().chain(&repeated) {
                split.apply(recorded);
            }
            rest = tail;
            if rest.is_empty() {
                break;
            }
        }
        prop_assert_eq!(&split, &day.views);
    }

    #[test]
    fn the_folds_are_total_on_any_order_of_any_events(
        wishes in wishes(),
        order in prop::collection::vec(any::<u16>(), 1..200),
    ) {
        let day = lived(&wishes, |_| ());
        let mut views = Views::default();
        for (position, n) in (1..).zip(order) {
            let n = usize::from(n) % day.log.len();
            let mut recorded = day.log[n].clone();
            recorded.position = clinic_domain::ids::Position(position);
            views.apply(&recorded);
        }
        for room in [day.reception, day.dr_dana, day.dr_omar] {
            if views.census.room(room).is_some_and(|room| room.last().is_some()) {
                prop_assert!(views.census.board(room, day.now).is_some());
            }
        }
        reconciles(&views.waits.report(Scope::default(), day.now));
        prop_assert!(views.ledger.verdict().to_string().contains("check-ins"));
    }
}

#[test]
fn what_is_random_here_covers_every_kind_of_fact() {
    let mut runner = TestRunner::deterministic();
    let mut names: BTreeSet<&str> = BTreeSet::new();
    for _ in 0..200 {
        let wishes = wishes().new_tree(&mut runner).expect("wishes").current();
        let day = lived(&wishes, |_| ());
        names.extend(day.log.iter().map(|recorded| recorded.event.name()));
    }
    let marks = ["ChecklistTicked", "CarriedOver"]; // told by name elsewhere
    let missing: Vec<_> = VisitEvent::NAMES
        .iter()
        .chain(TransferEvent::NAMES)
        .filter(|name| !names.contains(*name) && !marks.contains(name))
        .collect();
    assert!(missing.is_empty(), "{missing:?} never happen");
}
