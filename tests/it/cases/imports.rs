//! History of another system: what an import may tell, and what nobody may do to it afterwards.

use clinic_domain::actor::{Actor, PolicyName, TokenHash};
use clinic_domain::clinic::{Capability, ClinicEvent, ClinicRefusal, Role};
use clinic_domain::command::{Action, CheckInForm, Command, Person};
use clinic_domain::event::{Event, Recorded};
use clinic_domain::hours::{Hours, Zone};
use clinic_domain::ids::{PasscodeId, RoomId, VisitId};
use clinic_domain::personal::Personal;
use clinic_domain::refusal::Refusal;
use clinic_domain::room::{RoomEvent, RoomKind, RoomPolicy, RoomRefusal};
use clinic_domain::text::{PersonName, Slug, Title};
use clinic_domain::time::Millis;
use clinic_domain::transfer::{Outcome, Transfer};
use clinic_domain::visit::{CloseReason, Place, VisitEvent, VisitRefusal};
use clinic_testkit::laws;
use clinic_testkit::spec::{Scene, id};
use clinic_testkit::world::World;

use super::{check_in, close, complete, end, leave, notice, pause, send, start};

fn title(text: &str) -> Title {
    Title::parse(text).expect("a title of a case is a title")
}

fn found() -> Action {
    Action::FoundClinic {
        name: title("Wards of 2019"),
        zone: Zone::parse("UTC").expect("this build knows UTC"),
        owner_name: title("Registry"),
        capabilities: [Capability::SharedRooms].into(),
        external_ref: None,
    }
}

fn open(slug: &str) -> Action {
    let slug = Slug::parse(slug).expect("a slug of a case is a slug");
    let (kind, name) = (RoomKind::Shared, title("Ward"));
    Action::OpenRoom { kind, name, slug, external_ref: None }
}

/// A clinic that an import founded, with two wards.
struct History {
    world: World,
    ward: RoomId,
    lab: RoomId,
}

impl History {
    fn told() -> Self {
        let mut world = World::new(7);
        world.ask(Actor::Import, found()).expect("an import may found a clinic");
        let mut opened = |slug| {
            let recorded = world.ask(Actor::Import, open(slug)).expect("an import opens rooms");
            let Event::Room(room, RoomEvent::RoomOpened { .. }) = recorded[0].event else {
                panic!("a room was opened by {:?}", recorded[0].event);
            };
            room
        };
        let (ward, lab) = (opened("ward"), opened("lab"));
        Self { world, ward, lab }
    }

    #[track_caller]
    fn tells(&mut self, action: Action) -> Vec<Recorded> {
        let name = action.name();
        let told = self.world.ask(Actor::Import, action);
        told.unwrap_or_else(|refusal| panic!("{name} was refused: {refusal}"))
    }

    #[track_caller]
    fn refuses(&mut self, action: Action, expected: impl Into<Refusal>) {
        assert_eq!(self.world.ask(Actor::Import, action), Err(expected.into()));
    }

    /// Somebody whose name nobody wrote down.
    fn somebody(&mut self) -> CheckInForm {
        let name = PersonName::parse("somebody").expect("a name");
        let form = CheckInForm::new(self.ward, self.world.token(), name);
        CheckInForm { name: Personal::Erased, ..form }
    }

    fn admits(&mut self) -> VisitId {
        let form = self.somebody();
        let recorded = self.tells(check_in(&form));
        let Event::Visit(visit, VisitEvent::CheckedIn { name, .. }) = &recorded[0].event else {
            panic!("somebody arrived by {:?}", recorded[0].event);
        };
        assert_eq!(name, &Personal::Erased);
        *visit
    }
}

#[test]
fn a_clinic_that_an_import_founds_says_so_and_one_of_the_host_does_not() {
    let history = History::told();
    let founded = &history.world.log()[0].event;
    assert!(matches!(founded, Event::Clinic(_, ClinicEvent::ClinicFounded { imported: true, .. })));
    assert!(history.world.state().is_history());
    assert!(!Scene::new().state().is_history());
    assert!(!World::new(1).state().is_history(), "nobody has founded it");
}

#[test]
fn history_is_told_from_admission_to_discharge_and_nothing_is_left_to_do() {
    let mut history = History::told();
    let (ward, lab) = (history.ward, history.lab);
    let visit = history.admits();
    history.world.pass(Millis::minutes(90));
    history.tells(send(visit, lab));
    let sent = history.world.state().visit(visit).and_then(|visit| visit.open()?.leg.clone());
    let leg = history.world.state().transfer(sent.expect("a leg").transfer);
    let completed = Transfer::Settled {
        request: leg.and_then(Transfer::request).expect("it was requested").clone(),
        outcome: Outcome::Completed,
    };
    assert_eq!(leg, Some(&completed));
    history.world.pass(Millis::minutes(60 * 24 * 40));
    history.tells(send(visit, ward));
    history.tells(complete(visit));
    assert!(history.world.state().inside(ward).is_empty());
    assert_eq!(history.world.state().dues(), []);
    laws::hold(history.world.state().id(), history.world.log()).expect("the laws hold");
}

#[test]
fn whoever_lives_today_is_refused_by_history_whatever_is_asked() {
    let mut history = History::told();
    let (ward, lab) = (history.ward, history.lab);
    let visit = history.admits();
    let owner = *history
        .world
        .state()
        .clinic()
        .founded()
        .expect("founded")
        .members
        .keys()
        .next()
        .expect("an owner");
    let token = TokenHash([9; 32]);
    let name = PersonName::parse("Anna").expect("a name");
    let wishes = [
        found(),
        open("other"),
        Action::SetZone(Zone::parse("UTC").expect("this build knows UTC")),
        Action::SetCapabilities(Capability::ALL.into()),
        Action::AddMember { name: title("Rita"), role: Role::Member, external_ref: None },
        Action::CheckIn(Box::new(CheckInForm::new(ward, token, name))),
        start(visit),
        send(visit, lab),
        leave(visit),
        complete(visit),
        Action::CallNext { room: ward, pausing: false },
        Action::ArchiveRoom(lab),
        Action::EndDay(ward),
        Action::NotePresence {
            who: Person::Patient(visit),
            online: false,
            last_seen: history.world.now(),
        },
        Action::CloseNoShow(visit),
        send(VisitId(id(4_711)), RoomId(id(4_712))),
    ];
    let policies = PolicyName::ALL.map(Actor::policy);
    let actors = [Actor::Host, Actor::Member(owner), Actor::Patient(token)];
    let before = history.world.state().clone();
    for actor in actors.into_iter().chain(policies) {
        for wish in &wishes {
            let refused = history.world.ask(actor.clone(), wish.clone());
            assert_eq!(refused, Err(ClinicRefusal::History.into()), "{actor} {}", wish.name());
        }
    }
    assert_eq!(history.world.state(), &before);
}

#[test]
fn before_a_clinic_is_founded_it_is_no_history_and_a_second_founding_changes_nothing() {
    let mut world = World::new(7);
    let unfounded = Err(ClinicRefusal::NotFounded.into());
    assert_eq!(world.ask(Actor::Host, open("ward")), unfounded);
    assert_eq!(world.ask(Actor::Import, open("ward")), unfounded);
    let mut history = History::told();
    history.refuses(found(), ClinicRefusal::AlreadyFounded);
}

#[test]
fn an_import_is_not_asked_what_a_room_asks_of_the_living() {
    let mut scene = Scene::new();
    let (ada, reception, omars) = (scene.ada, scene.reception, scene.dr_omar);
    let zone = Zone::parse("UTC").expect("this build knows UTC");
    let never = Hours { zone, week: vec![vec![]; 7], exceptions: std::iter::empty().collect() };
    for room in [reception, omars] {
        let policy = RoomPolicy {
            queue_limit: 0,
            consent: Some(3),
            accept_window: Some(Millis::minutes(5)),
            ..RoomPolicy::default()
        };
        scene.grant(ada, Action::SetPolicy(room, Box::new(policy)));
        scene.grant(ada, Action::SetHours(room, Some(never.clone())));
        scene.grant(ada, Action::SetPasscode(room, Some(PasscodeId(id(5)))));
        scene.grant(ada, Action::SuspendRoom(room, notice("Ill.")));
    }
    scene.grant(ada, Action::DisableMember(scene.omar));
    scene.grant(Actor::Host, Action::SetCapabilities([].into()));

    let form = scene.newcomer(reception, "Anna");
    scene.grants(Actor::Import, check_in(&form), &["CheckedIn"]);
    let anna = scene.state().visit_of(&form.token).expect("she is inside");
    let sent = scene.grant(Actor::Import, send(anna, omars));
    let [Event::Visit(_, VisitEvent::Transferred { answer_by, warnings, .. }), ..] = &sent[..]
    else {
        panic!("she was sent by {sent:?}");
    };
    assert_eq!((answer_by, warnings), (&None, &vec![]), "nobody answers, and nobody is warned");
    let told = scene.world.log().last().map(|recorded| recorded.event.name());
    assert_eq!(told, Some("TransferCompleted"));
    scene.grant(Actor::Import, open("another"));
}

#[test]
fn an_import_closes_a_visit_from_any_place() {
    let mut scene = Scene::new();
    let (anna, ben, cleo) = (
        scene.arrive(scene.reception, "Anna"),
        scene.arrive(scene.reception, "Ben"),
        scene.arrive(scene.reception, "Cleo"),
    );
    scene.grant(scene.rita, start(anna));
    scene.grant(scene.rita, pause(anna));
    scene.grant(scene.rita, start(ben));
    for (visit, reason) in
        [(anna, CloseReason::Completed), (ben, CloseReason::Left), (cleo, CloseReason::Completed)]
    {
        scene.grants(Actor::Import, close(visit, reason), &["VisitClosed"]);
    }
}

#[test]
fn an_import_pauses_and_ends_a_call_of_a_clinic_that_may_not_pause() {
    let mut scene = Scene::new();
    let anna = scene.arrive(scene.reception, "Anna");
    scene.grant(scene.rita, start(anna));
    scene.grant(Actor::Host, Action::SetCapabilities([].into()));
    scene.refuses(scene.rita, pause(anna), VisitRefusal::Incapable);
    scene.grants(Actor::Import, pause(anna), &["CallPaused"]);
    scene.grants(Actor::Import, end(anna), &["CallEnded"]);
    assert!(matches!(scene.visit(anna).place, Place::Waiting { .. }));
}

#[test]
fn what_history_cannot_have_been_is_refused_to_an_import_as_well() {
    let mut history = History::told();
    let (ward, lab) = (history.ward, history.lab);
    let nowhere = RoomId(id(4_711));
    let visit = history.admits();
    history.refuses(send(visit, ward), VisitRefusal::SameRoom);
    let no_room = || VisitRefusal::Room(RoomRefusal::NoSuchRoom);
    history.refuses(send(visit, nowhere), no_room());
    let form = CheckInForm { room: nowhere, ..history.somebody() };
    history.refuses(check_in(&form), no_room());
    history.refuses(send(VisitId(id(4_712)), lab), VisitRefusal::NoSuchVisit);
    let slug = Slug::parse("ward").expect("a slug");
    history.refuses(open("ward"), RoomRefusal::SlugTaken { slug, holder: ward });
    history.tells(complete(visit));
    let at = history.world.now();
    let closed = || VisitRefusal::Closed { reason: "completed", at };
    history.refuses(send(visit, lab), closed());
    history.refuses(leave(visit), closed());
    history.tells(Action::ArchiveRoom(lab));
    let other = history.admits();
    history.refuses(send(other, lab), VisitRefusal::Room(RoomRefusal::Archived));
}

#[test]
fn history_reopens_a_visit_within_the_rooms_window() {
    let mut history = History::told();
    let visit = history.admits();
    history.tells(complete(visit));
    history.world.pass(Millis::minutes(29));
    assert_eq!(history.tells(Action::ReopenVisit(visit)).len(), 1);
    history.tells(complete(visit));
    let until = history.world.now().plus(Millis::minutes(30));
    history.world.pass(Millis::minutes(30));
    history.refuses(Action::ReopenVisit(visit), VisitRefusal::ReopenTooLate { until });
}

#[test]
fn only_history_comes_without_what_was_erased_and_nobody_brings_what_is_sealed() {
    let mut scene = Scene::new();
    let (rita, reception) = (scene.rita, scene.reception);
    let anna = scene.arrive(reception, "Anna");
    let form = scene.newcomer(reception, "Ben");
    let sealed = || Personal::Sealed("c2VhbGVk".to_owned());
    let check_ins = |forms: [CheckInForm; 3]| forms.map(|form| check_in(&form));
    let others = |why: Personal<_>| {
        let note = Some(why.clone());
        let reason = CloseReason::Removed { why: why.clone() };
        [
            Action::AddNote(anna, why),
            Action::Transfer { visit: anna, to: scene.dr_dana, note, seen: None },
            close(anna, reason.clone()),
            Action::CloseAll { room: reception, only: None, reason },
        ]
    };
    let erased = check_ins([
        CheckInForm { name: Personal::Erased, ..form.clone() },
        CheckInForm { reason: Some(Personal::Erased), ..form.clone() },
        CheckInForm { phone: Some(Personal::Erased), ..form.clone() },
    ]);
    let unreadable = check_ins([
        CheckInForm { name: sealed(), ..form.clone() },
        CheckInForm { reason: Some(Personal::Sealed(String::new())), ..form.clone() },
        CheckInForm { phone: Some(Personal::Sealed(String::new())), ..form.clone() },
    ]);
    let (erased_texts, sealed_texts) =
        (others(Personal::Erased), others(Personal::Sealed("c2VhbGVk".to_owned())));
    for action in erased.into_iter().chain(erased_texts) {
        scene.refuses(rita, action.clone(), Refusal::Unreadable);
        let command =
            Command { actor: Actor::Import, ..scene.world.command(Actor::Import, action) };
        assert!(scene.state().decide(&command).is_ok(), "{}", command.action.name());
    }
    for action in unreadable.into_iter().chain(sealed_texts) {
        scene.refuses(rita, action.clone(), Refusal::Unreadable);
        scene.refuses(Actor::Import, action, Refusal::Unreadable);
    }
    assert!(scene.visit(anna).leg.is_none(), "nothing has happened");
}
