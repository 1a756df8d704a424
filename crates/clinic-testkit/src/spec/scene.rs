//! A small clinic on a Monday morning, for rules that only a whole clinic can tell.

use std::collections::BTreeSet;

use clinic_domain::actor::{Actor, PolicyName};
use clinic_domain::clinic::{Capability, ClinicEvent, Role};
use clinic_domain::command::{Action, CheckInForm, Person};
use clinic_domain::event::{Event, Recorded};
use clinic_domain::hours::Zone;
use clinic_domain::ids::{MemberId, PlaceVersion, RoomId, VisitId};
use clinic_domain::refusal::Refusal;
use clinic_domain::room::{OpenRoom, Room, RoomEvent, RoomKind, RoomPolicy};
use clinic_domain::state::ClinicState;
use clinic_domain::text::{PersonName, Slug, Title};
use clinic_domain::time::{Millis, Timestamp};
use clinic_domain::visit::{OpenVisit, PatientVisit};

use crate::world::{Answer, World};

/// A clinic in Berlin on Monday, 2 March 2026, at nine: Ada owns it, Rita serves at Reception, Dana and
/// Omar each in a room of their own. Everybody is online, nobody waits, every id is the same each time.
///
/// ```
/// use clinic_domain::command::Action;
/// use clinic_domain::visit::VisitRefusal;
/// use clinic_testkit::spec::Scene;
///
/// let mut scene = Scene::new();
/// let anna = scene.arrive(scene.reception, "Anna");
/// scene.at("09:05");
/// scene.grant(scene.rita, Action::StartCall { visit: anna, pausing: false, seen: None });
/// let refusal = scene.refuse(scene.dana, Action::EndCall { visit: anna, seen: None });
/// assert_eq!(refusal.path(), "Visit.NotEntitled");
/// ```
#[derive(Clone, Debug)]
pub struct Scene {
    /// The clinic, its log and its clock.
    pub world: World,
    /// The Owner.
    pub ada: MemberId,
    /// A member, assigned to Reception.
    pub rita: MemberId,
    /// A member, assigned to her own room.
    pub dana: MemberId,
    /// A member, assigned to his own room.
    pub omar: MemberId,
    /// A shared room.
    pub reception: RoomId,
    /// Dana's room.
    pub dr_dana: RoomId,
    /// Omar's room.
    pub dr_omar: RoomId,
}

/// Somebody who may ask something of a clinic.
pub trait Asker {
    /// As whom.
    fn actor(self) -> Actor;
}

impl Asker for Actor {
    fn actor(self) -> Actor {
        self
    }
}

impl Asker for MemberId {
    fn actor(self) -> Actor {
        Actor::Member(self)
    }
}

impl Asker for PolicyName {
    fn actor(self) -> Actor {
        Actor::policy(self)
    }
}

impl Default for Scene {
    fn default() -> Self {
        Self::new()
    }
}

/// Setting it.
impl Scene {
    /// The clinic at nine, with every capability.
    ///
    /// # Panics
    /// If the rules refuse what every clinic needs.
    #[must_use]
    pub fn new() -> Self {
        let mut world = World::new(0);
        let founded = grant(&mut world, Actor::Host, found());
        let [Event::Clinic(_, ClinicEvent::ClinicFounded { owner: ada, .. })] = founded[..] else {
            panic!("the clinic was founded by {founded:?}");
        };
        let [rita, dana, omar] = ["Rita", "Dana", "Omar"].map(|name| {
            let action =
                Action::AddMember { name: title(name), role: Role::Member, external_ref: None };
            let added = grant(&mut world, ada, action);
            let [Event::Clinic(_, ClinicEvent::MemberAdded { member, .. })] = added[..] else {
                panic!("a member was added by {added:?}");
            };
            member
        });
        let rooms = [
            ("Reception", "reception", RoomKind::Shared),
            ("Dr. Dana", "dr-dana", RoomKind::Personal(dana)),
            ("Dr. Omar", "dr-omar", RoomKind::Personal(omar)),
        ];
        let [reception, dr_dana, dr_omar] =
            rooms.map(|(name, slug, kind)| open_room(&mut world, ada, name, slug, kind));
        grant(&mut world, ada, Action::AssignMember(reception, rita));
        let mut scene = Self { world, ada, rita, dana, omar, reception, dr_dana, dr_omar };
        for member in [ada, rita, dana, omar] {
            scene.connect(Person::Member(member), true);
        }
        scene
    }

    /// Opens a shared room that nobody is assigned to yet.
    ///
    /// # Panics
    /// If that is refused.
    #[track_caller]
    pub fn open_room(&mut self, name: &str, slug: &str) -> RoomId {
        open_room(&mut self.world, self.ada, name, slug, RoomKind::Shared)
    }

    /// Changes a room's policy, as the Owner.
    ///
    /// # Panics
    /// If that is refused.
    #[track_caller]
    pub fn set_policy(&mut self, room: RoomId, change: impl FnOnce(&mut RoomPolicy)) {
        let mut policy = self.room(room).policy.clone();
        change(&mut policy);
        self.grant(self.ada, Action::SetPolicy(room, Box::new(policy)));
    }

    /// Has a room accept or decline arrivals, within so many minutes.
    ///
    /// # Panics
    /// If that is refused.
    #[track_caller]
    pub fn ask_for_answers(&mut self, room: RoomId, minutes: u64) {
        self.set_policy(room, |policy| policy.accept_window = Some(Millis::minutes(minutes)));
    }

    /// The form that a patient with a new token fills in.
    ///
    /// # Panics
    /// If it is no name.
    #[track_caller]
    pub fn newcomer(&mut self, room: RoomId, name: &str) -> CheckInForm {
        let name = PersonName::parse(name).expect("it is a name");
        CheckInForm::new(room, self.world.token(), name)
    }

    /// Has a patient check in, with a token of her own.
    ///
    /// # Panics
    /// If the door stays shut.
    #[track_caller]
    pub fn arrive(&mut self, room: RoomId, name: &str) -> VisitId {
        self.world.arrive(room, name)
    }

    /// Notes that somebody's page is connected, or that it no longer is.
    ///
    /// # Panics
    /// If that is refused.
    #[track_caller]
    pub fn connect(&mut self, who: Person, online: bool) {
        let last_seen = self.now();
        self.grant(PolicyName::Presence, Action::NotePresence { who, online, last_seen });
    }
}

/// Asking.
impl Scene {
    /// Asks, and records what is granted.
    ///
    /// # Errors
    /// The clinic's refusal; then nothing has changed.
    pub fn ask(&mut self, who: impl Asker, action: Action) -> Answer {
        self.world.ask(who.actor(), action)
    }

    /// Asks, and is granted: this is what happened.
    ///
    /// # Panics
    /// If it is refused.
    #[track_caller]
    pub fn grant(&mut self, who: impl Asker, action: Action) -> Vec<Event> {
        grant(&mut self.world, who, action)
    }

    /// Asks, and is refused, for this reason.
    ///
    /// # Panics
    /// If it is granted, or if anything was recorded.
    #[track_caller]
    pub fn refuse(&mut self, who: impl Asker, action: Action) -> Refusal {
        let (name, before) = (action.name(), self.state().head());
        match self.ask(who, action) {
            Ok(recorded) => panic!("{name} was granted: {:?}", events(&recorded)),
            Err(refusal) => {
                assert_eq!(self.state().head(), before, "{name} was refused and recorded");
                refusal
            }
        }
    }
}

/// Expecting.
impl Scene {
    /// Asks, and is granted: this happens, by name, and nothing else.
    ///
    /// # Panics
    /// If anything else happens, or it is refused.
    #[track_caller]
    pub fn grants(&mut self, who: impl Asker, action: Action, expected: &[&str]) {
        let happened = self.grant(who, action);
        let names: Vec<&str> = happened.iter().map(Event::name).collect();
        assert_eq!(names, expected, "came: {happened:?}");
    }

    /// Asks, and is refused, for exactly this reason; nothing is recorded.
    ///
    /// # Panics
    /// If it is granted, or refused for another reason.
    #[track_caller]
    pub fn refuses(&mut self, who: impl Asker, action: Action, expected: impl Into<Refusal>) {
        assert_eq!(self.refuse(who, action), expected.into());
    }
}

/// Time.
impl Scene {
    /// Goes on to this time in the clinic's zone, within the next 24 hours; what falls due is done. A
    /// day on which the clocks change is for [`Scene::advance`].
    ///
    /// # Panics
    /// If it is no time, written `hh:mm` or `hh:mm:ss`.
    #[track_caller]
    pub fn at(&mut self, clock: &str) -> Vec<Event> {
        let zone = self.state().clinic().founded().map(|clinic| clinic.zone.clone());
        let zone = zone.expect("a scene's clinic is founded");
        let (from, until) = (seconds(&zone.clock(self.now())), seconds(clock));
        let span = (until + 86_400 - from) % 86_400;
        let past = u64::try_from(self.now().0.rem_euclid(1_000)).unwrap_or(0);
        self.advance(Millis((span * 1_000).saturating_sub(past)))
    }

    /// Lets time pass; what falls due is done, each at its instant. Answers what happened.
    pub fn advance(&mut self, span: Millis) -> Vec<Event> {
        let done = self.world.advance(span).into_iter().filter_map(|(_, answer)| answer.ok());
        done.flatten().map(|recorded| recorded.event).collect()
    }

    /// Lets time pass, and nothing else: whatever falls due stays undone.
    pub fn pass(&mut self, span: Millis) {
        self.world.pass(span);
    }

    /// Has everything done that is due now. Answers what happened.
    pub fn run_dues(&mut self) -> Vec<Event> {
        self.advance(Millis::ZERO)
    }

    /// What time it is.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.world.now()
    }
}

/// Looking.
impl Scene {
    /// The clinic as it is.
    #[must_use]
    pub fn state(&self) -> &ClinicState {
        self.world.state()
    }

    /// An open visit.
    ///
    /// # Panics
    /// If it is not open.
    #[must_use]
    #[track_caller]
    pub fn visit(&self, visit: VisitId) -> &OpenVisit {
        let known = self.state().visit(visit);
        known.and_then(PatientVisit::open).expect("the visit is open")
    }

    /// A room in use.
    ///
    /// # Panics
    /// If it is not in use.
    #[must_use]
    #[track_caller]
    pub fn room(&self, room: RoomId) -> &OpenRoom {
        self.state().room(room).and_then(Room::open).expect("the room is in use")
    }

    /// The place version that a screen shows now.
    ///
    /// # Panics
    /// If the visit is not open.
    #[must_use]
    #[track_caller]
    pub fn seen(&self, visit: VisitId) -> Option<PlaceVersion> {
        Some(self.visit(visit).version)
    }

    /// The patient of a visit, by her first token.
    ///
    /// # Panics
    /// If nobody has checked in under this id.
    #[must_use]
    #[track_caller]
    pub fn patient(&self, visit: VisitId) -> Actor {
        let known = self.state().visit(visit).and_then(PatientVisit::last);
        let token = known.and_then(|visit| visit.tokens.first());
        Actor::Patient(*token.expect("a visit has a token"))
    }

    /// Those with a rank in a room, first to be served first.
    #[must_use]
    pub fn queue(&self, room: RoomId) -> Vec<VisitId> {
        self.state().queue(room).collect()
    }
}

fn found() -> Action {
    Action::FoundClinic {
        name: title("Clinic at the Park"),
        zone: Zone::parse("Europe/Berlin").expect("this build knows Berlin"),
        owner_name: title("Ada"),
        capabilities: BTreeSet::from(Capability::ALL),
        external_ref: None,
    }
}

#[track_caller]
fn open_room(world: &mut World, by: MemberId, name: &str, slug: &str, kind: RoomKind) -> RoomId {
    let slug = Slug::parse(slug).expect("a slug of a scene is a slug");
    let action = Action::OpenRoom { kind, name: title(name), slug, external_ref: None };
    let opened = grant(world, by, action);
    let [Event::Room(room, RoomEvent::RoomOpened { .. })] = opened[..] else {
        panic!("a room was opened by {opened:?}");
    };
    room
}

#[track_caller]
fn grant(world: &mut World, who: impl Asker, action: Action) -> Vec<Event> {
    let name = action.name();
    match world.ask(who.actor(), action) {
        Ok(recorded) => events(&recorded),
        Err(refusal) => panic!("{name} was refused: {} - {refusal}", refusal.path()),
    }
}

fn events(recorded: &[Recorded]) -> Vec<Event> {
    recorded.iter().map(|recorded| recorded.event.clone()).collect()
}

fn title(text: &str) -> Title {
    Title::parse(text).expect("a name of a scene is a name")
}

/// The seconds of the day that `hh:mm` or `hh:mm:ss` shows.
#[track_caller]
fn seconds(clock: &str) -> u64 {
    let parts = clock.split(':').map(|part| part.parse::<u64>().expect("a number"));
    let [hours, minutes, seconds] = {
        let mut all = [0; 3];
        all.iter_mut().zip(parts).for_each(|(place, part)| *place = part);
        all
    };
    hours * 3_600 + minutes * 60 + seconds
}
