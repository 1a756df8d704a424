//! Rooms: opening, serving, rules of the door, closing time, the end.

mod door;

use std::collections::BTreeMap;

use clinic_domain::actor::{Actor, PolicyName, Right, Standing};
use clinic_domain::hours::{Hours, HoursError, Interval, Zone};
use clinic_domain::ids::{PasscodeId, RoomId};
use clinic_domain::limits;
use clinic_domain::room::{
    ArrivalOrder, Room, RoomAct, RoomCommand, RoomEvent, RoomKind, RoomPolicy, RoomRefusal, Texts,
};
use clinic_domain::text::{Label, LinkTemplate, Slug};
use clinic_domain::time::Millis;
use clinic_testkit::spec::{Given, given, id};

use super::{
    ADA, ADMIN, ANNA, ASSIGNED, BEN, DANA, DR_OMAR, ELSEWHERE, RECEPTION, RITA, at, by, label,
    notice, slug, title,
};

fn opened() -> RoomEvent {
    RoomEvent::RoomOpened {
        kind: RoomKind::Shared,
        name: title("Reception"),
        slug: slug("reception"),
        external_ref: None,
    }
}

/// The act of opening Reception, with evidence that speaks for it.
struct Opening {
    kind: RoomKind,
    holder: Option<RoomId>,
    has: Option<RoomId>,
    active: bool,
    capable: bool,
    rooms: usize,
}

impl Opening {
    fn of(kind: RoomKind) -> Self {
        Self { kind, holder: None, has: None, active: true, capable: true, rooms: 0 }
    }

    fn act(self) -> RoomAct {
        let Self { kind, holder, has, active, capable, rooms } = self;
        let (name, slug, external_ref) = (title("Reception"), slug("reception"), None);
        RoomAct::Open { kind, name, slug, external_ref, holder, has, active, capable, rooms }
    }
}

/// Reception, open, and Rita serving there.
fn reception() -> Given<Room> {
    given([opened(), RoomEvent::MemberAssigned { member: RITA }])
}

fn ask(standing: Standing, act: RoomAct) -> RoomCommand {
    RoomCommand { at: at(10), by: by(ADA), standing, act }
}

fn admin(act: RoomAct) -> RoomCommand {
    ask(ADMIN, act)
}

fn every_day(from: u16, until: u16) -> Hours {
    Hours {
        zone: Zone::parse("Europe/Berlin").expect("this build knows Berlin"),
        week: vec![vec![Interval { from, until }]; 7],
        exceptions: BTreeMap::new(),
    }
}

#[test]
fn an_admin_opens_a_room_under_its_link() {
    given::<Room>([])
        .when(admin(Opening::of(RoomKind::Shared).act()))
        .then([RoomEvent::RoomOpened {
            kind: RoomKind::Shared,
            name: title("Reception"),
            slug: slug("reception"),
            external_ref: None,
        }])
        .then_state(|room| {
            let room = room.open().expect("the room is open");
            assert!(room.assigned.is_empty() && room.hours.is_none() && room.passcode.is_none());
            assert_eq!(room.policy.arrivals, ArrivalOrder::OriginalCheckIn);
            assert_eq!(room.policy.accept_window, None, "off by default");
        });
}

#[test]
fn a_personal_room_is_served_by_its_member_from_the_start() {
    given::<Room>([])
        .when(admin(Opening::of(RoomKind::Personal(DANA)).act()))
        .then([RoomEvent::RoomOpened {
            kind: RoomKind::Personal(DANA),
            name: title("Reception"),
            slug: slug("reception"),
            external_ref: None,
        }])
        .then_state(|room| {
            assert!(room.open().is_some_and(|room| room.assigned.contains(&DANA)));
        });
}

#[test]
fn a_member_has_one_personal_room() {
    let second = Opening { has: Some(DR_OMAR), ..Opening::of(RoomKind::Personal(DANA)) };
    given::<Room>([])
        .when(admin(second.act()))
        .then_refused(RoomRefusal::HasPersonalRoom { room: DR_OMAR });
}

#[test]
fn a_room_that_is_opened_twice_is_opened_once() {
    reception().when(admin(Opening::of(RoomKind::Shared).act())).then_nothing();
}

/// Each row lacks its own piece of evidence and every one below it.
#[test]
fn opening_is_refused_in_the_order_of_the_refusals() {
    let personal = RoomKind::Personal(DANA);
    let (taken, has) = (Some(DR_OMAR), Some(RECEPTION));
    let full = limits::ROOMS;
    let rows = [
        (RoomKind::Shared, false, taken, None, true, full, RoomRefusal::Incapable),
        (
            personal,
            true,
            taken,
            has,
            false,
            full,
            RoomRefusal::SlugTaken { slug: slug("reception"), holder: DR_OMAR },
        ),
        (personal, true, None, has, false, full, RoomRefusal::HasPersonalRoom { room: RECEPTION }),
        (personal, true, None, None, false, full, RoomRefusal::MemberInactive { member: DANA }),
        (
            personal,
            true,
            None,
            None,
            true,
            full,
            RoomRefusal::LimitReached { what: "rooms of the clinic", limit: 1_000 },
        ),
    ];
    for (kind, capable, holder, has, active, rooms, refusal) in rows {
        let opening = || Opening { kind, holder, has, active, capable, rooms };
        given::<Room>([]).when(admin(opening().act())).then_refused(refusal);
        given::<Room>([])
            .when(ask(ASSIGNED, opening().act()))
            .then_refused(RoomRefusal::NotEntitled { right: Right::Administer });
    }
    let last = Opening { rooms: full - 1, ..Opening::of(RoomKind::Shared) };
    given::<Room>([]).when(admin(last.act())).then([opened()]);
}

/// Everything that an admin may ask of a room that exists.
fn acts() -> Vec<RoomAct> {
    vec![
        RoomAct::Rename(title("Front desk")),
        RoomAct::ChangeSlug { slug: slug("front-desk"), holder: None },
        RoomAct::Assign { member: DANA, active: true },
        RoomAct::Unassign { member: RITA, last: false, inside: vec![] },
        RoomAct::SetTexts(Texts { welcome: Some(notice("Hello")), ..Texts::default() }),
        RoomAct::SetHours(Some(every_day(480, 1_080))),
        RoomAct::SetPolicy {
            policy: RoomPolicy { queue_limit: 7, ..RoomPolicy::default() },
            capable: true,
        },
        RoomAct::SetChecklist(vec![label("paperwork")]),
        RoomAct::SetPasscode(Some(PasscodeId(id(5)))),
        RoomAct::Suspend(notice("Back at noon.")),
        RoomAct::LiftSuspension,
    ]
}

#[test]
fn rooms_are_the_business_of_admins() {
    let right = Right::Administer;
    let archive = RoomAct::Archive { inside: vec![], pending: vec![] };
    for act in acts().into_iter().chain([archive]) {
        for standing in [ASSIGNED, ELSEWHERE, Standing::Patient, Standing::Policy, Standing::Nobody]
        {
            reception()
                .when(ask(standing, act.clone()))
                .then_refused(RoomRefusal::NotEntitled { right });
        }
    }
}

#[test]
fn no_such_room_comes_before_not_entitled_and_that_before_archived() {
    for act in acts() {
        given::<Room>([]).when(ask(ELSEWHERE, act.clone())).then_refused(RoomRefusal::NoSuchRoom);
        let archived = || reception().and([RoomEvent::RoomArchived]);
        archived()
            .when(ask(ELSEWHERE, act.clone()))
            .then_refused(RoomRefusal::NotEntitled { right: Right::Administer });
        archived().when(admin(act)).then_refused(RoomRefusal::Archived);
    }
}

#[test]
fn a_room_goes_by_another_name() {
    reception()
        .when(admin(RoomAct::Rename(title("Front desk"))))
        .then([RoomEvent::RoomRenamed { name: title("Front desk") }]);
    reception().when(admin(RoomAct::Rename(title("Reception")))).then_nothing();
}

#[test]
fn a_slug_belongs_to_one_room_for_ever() {
    let change = |to, holder| RoomAct::ChangeSlug { slug: slug(to), holder };
    reception()
        .when(admin(change("front-desk", None)))
        .then([RoomEvent::SlugChanged { slug: slug("front-desk") }])
        .then_state(|room| {
            let room = room.open().expect("the room is open");
            assert_eq!(room.retired, vec![slug("reception")], "it says that the room has moved");
        });
    reception().when(admin(change("reception", Some(RECEPTION)))).then_nothing();
    reception()
        .when(admin(change("dr-omar", Some(DR_OMAR))))
        .then_refused(RoomRefusal::SlugTaken { slug: slug("dr-omar"), holder: DR_OMAR });
}

#[test]
fn a_room_may_take_its_own_retired_slug_back() {
    reception()
        .and([RoomEvent::SlugChanged { slug: slug("front-desk") }])
        .when(admin(RoomAct::ChangeSlug { slug: slug("reception"), holder: Some(RECEPTION) }))
        .then([RoomEvent::SlugChanged { slug: slug("reception") }])
        .then_state(|room| {
            let room = room.open().expect("the room is open");
            assert_eq!(room.retired, vec![slug("front-desk")]);
        });
}

#[test]
fn a_room_retires_no_more_slugs_than_its_limit() {
    let numbered = |n: usize| Slug::parse(&format!("desk-{n}")).expect("a slug");
    let changes = (1..=limits::RETIRED_SLUGS).map(|n| RoomEvent::SlugChanged { slug: numbered(n) });
    reception()
        .and(changes)
        .when(admin(RoomAct::ChangeSlug { slug: slug("one-more"), holder: None }))
        .then_refused(RoomRefusal::LimitReached { what: "retired slugs of a room", limit: 50 });
}

#[test]
fn an_active_member_is_assigned_once() {
    let assign = |member, active| RoomAct::Assign { member, active };
    reception().when(admin(assign(DANA, true))).then([RoomEvent::MemberAssigned { member: DANA }]);
    reception().when(admin(assign(RITA, true))).then_nothing();
    reception()
        .when(admin(assign(DANA, false)))
        .then_refused(RoomRefusal::MemberInactive { member: DANA });
}

#[test]
fn the_last_member_of_a_room_stays_while_visits_are_inside() {
    let unassign = |member, last, inside| RoomAct::Unassign { member, last, inside };
    reception()
        .when(admin(unassign(RITA, true, vec![ANNA, BEN])))
        .then_refused(RoomRefusal::LastMember { inside: vec![ANNA, BEN] });
    for (last, inside) in [(false, vec![ANNA]), (true, vec![])] {
        reception()
            .when(admin(unassign(RITA, last, inside)))
            .then([RoomEvent::MemberUnassigned { member: RITA }]);
    }
    reception().when(admin(unassign(DANA, true, vec![ANNA]))).then_nothing();
}

#[test]
fn texts_are_versioned_so_that_what_was_shown_can_be_shown_again() {
    let welcome = Texts { welcome: Some(notice("Welcome")), ..Texts::default() };
    let texts = Texts { emergency: Some(notice("Call 112.")), ..welcome.clone() };
    reception()
        .and([RoomEvent::TextsChanged { texts: welcome.clone(), version: 1 }])
        .when(admin(RoomAct::SetTexts(texts.clone())))
        .then([RoomEvent::TextsChanged { texts, version: 2 }]);
    reception()
        .and([RoomEvent::TextsChanged { texts: welcome.clone(), version: 1 }])
        .when(admin(RoomAct::SetTexts(welcome)))
        .then_nothing();
}

#[test]
fn hours_that_make_no_sense_are_refused() {
    let hours = every_day(480, 1_080);
    reception()
        .when(admin(RoomAct::SetHours(Some(hours.clone()))))
        .then([RoomEvent::HoursChanged { hours: Some(hours.clone()) }]);
    let set = || reception().and([RoomEvent::HoursChanged { hours: Some(hours.clone()) }]);
    set().when(admin(RoomAct::SetHours(Some(hours.clone())))).then_nothing();
    set().when(admin(RoomAct::SetHours(None))).then([RoomEvent::HoursChanged { hours: None }]);
    reception()
        .when(admin(RoomAct::SetHours(Some(every_day(1_080, 480)))))
        .then_refused(RoomRefusal::Hours(HoursError::Interval { from: 1_080, until: 480 }));
}

#[test]
fn a_policy_keeps_to_its_limits() {
    let policy = RoomPolicy {
        accept_window: Some(Millis::minutes(5)),
        call_link: LinkTemplate::parse("https://meet.example/{call}").ok(),
        ..RoomPolicy::default()
    };
    let set = |policy: &RoomPolicy| RoomAct::SetPolicy { policy: policy.clone(), capable: true };
    reception()
        .when(admin(set(&policy)))
        .then([RoomEvent::PolicyChanged { policy: policy.clone() }]);
    reception()
        .and([RoomEvent::PolicyChanged { policy: policy.clone() }])
        .when(admin(set(&policy)))
        .then_nothing();

    let (day, over) = (limits::WINDOW_MAX, limits::WINDOW_MAX.plus(Millis(1)));
    assert_eq!(day, Millis(86_400_000));
    let day_long = |undo, reopen, accept, no_show| RoomPolicy {
        undo_window: undo,
        reopen_window: reopen,
        accept_window: Some(accept),
        no_show_after: Some(no_show),
        ..RoomPolicy::default()
    };
    let longest = day_long(day, day, day, day);
    reception()
        .when(admin(set(&longest)))
        .then([RoomEvent::PolicyChanged { policy: longest.clone() }]);
    let rows = [
        ("queue limit", 1_000, RoomPolicy { queue_limit: 1_001, ..longest }),
        ("accept window, in ms", day.0, day_long(over, over, over, over)),
        ("undo window, in ms", day.0, day_long(over, over, day, over)),
        ("reopen window, in ms", day.0, day_long(day, over, day, over)),
        ("no-show after, in ms", day.0, day_long(day, day, day, over)),
    ];
    for (what, limit, policy) in rows {
        let refusal = RoomRefusal::LimitReached { what, limit };
        reception().when(admin(set(&policy))).then_refused(refusal);
    }
}

#[test]
fn an_accept_window_needs_the_capability_when_it_is_asked_for_not_when_it_is_kept() {
    let window = |minutes| RoomPolicy {
        accept_window: Some(Millis::minutes(minutes)),
        ..RoomPolicy::default()
    };
    let set = |policy| RoomAct::SetPolicy { policy, capable: false };
    reception().when(admin(set(window(5)))).then_refused(RoomRefusal::Incapable);
    reception()
        .and([RoomEvent::PolicyChanged { policy: window(5) }])
        .when(admin(set(window(4))))
        .then([RoomEvent::PolicyChanged { policy: window(4) }]);
}

#[test]
fn a_checklist_has_at_most_twenty_labels_each_once() {
    let numbered = |n: usize| Label::parse(&format!("label {n}")).expect("a label");
    let labels = |count| (0..count).map(numbered).collect::<Vec<Label>>();
    let twenty = labels(limits::CHECKLIST_LABELS);
    reception()
        .when(admin(RoomAct::SetChecklist(twenty.clone())))
        .then([RoomEvent::ChecklistChanged { labels: twenty }]);
    reception()
        .when(admin(RoomAct::SetChecklist(labels(21))))
        .then_refused(RoomRefusal::LimitReached { what: "labels of a checklist", limit: 20 });
    let twice = [label("payment"), label("rebook"), label("payment")];
    reception()
        .when(admin(RoomAct::SetChecklist(twice.to_vec())))
        .then([RoomEvent::ChecklistChanged { labels: vec![label("payment"), label("rebook")] }]);
    reception().when(admin(RoomAct::SetChecklist(vec![]))).then_nothing();
}

#[test]
fn a_passcode_is_named_in_an_event_and_never_told() {
    let passcode = Some(PasscodeId(id(5)));
    reception()
        .when(admin(RoomAct::SetPasscode(passcode)))
        .then([RoomEvent::PasscodeChanged { passcode }]);
    let set = || reception().and([RoomEvent::PasscodeChanged { passcode }]);
    set().when(admin(RoomAct::SetPasscode(passcode))).then_nothing();
    set()
        .when(admin(RoomAct::SetPasscode(None)))
        .then([RoomEvent::PasscodeChanged { passcode: None }]);
}

#[test]
fn a_door_is_suspended_by_hand_and_opened_again() {
    let message = || notice("Back at noon.");
    reception()
        .when(admin(RoomAct::Suspend(message())))
        .then([RoomEvent::RoomSuspended { message: message() }]);
    let suspended = || reception().and([RoomEvent::RoomSuspended { message: message() }]);
    suspended().when(admin(RoomAct::Suspend(message()))).then_nothing();
    suspended()
        .when(admin(RoomAct::Suspend(notice("Back at one."))))
        .then([RoomEvent::RoomSuspended { message: notice("Back at one.") }]);
    suspended().when(admin(RoomAct::LiftSuspension)).then([RoomEvent::SuspensionLifted]);
    reception().when(admin(RoomAct::LiftSuspension)).then_nothing();
}

#[test]
fn closing_time_lists_who_is_inside_and_sends_nobody_home() {
    let end = |inside| RoomCommand {
        at: at(60),
        by: Actor::policy(PolicyName::ClosingTime),
        standing: Standing::Policy,
        act: RoomAct::EndDay { inside },
    };
    let ended = RoomEvent::DayEnded { inside: vec![ANNA], at: at(60) };
    reception()
        .when(end(vec![ANNA]))
        .then([RoomEvent::DayEnded { inside: vec![ANNA], at: at(60) }]);
    reception().when(end(vec![])).then_nothing();
    reception().and([ended]).when(end(vec![ANNA])).then_nothing();
    reception()
        .when(admin(RoomAct::EndDay { inside: vec![ANNA] }))
        .then_refused(RoomRefusal::NotEntitled { right: Right::Observe });
    given::<Room>([]).when(end(vec![ANNA])).then_refused(RoomRefusal::NoSuchRoom);
    reception()
        .and([RoomEvent::RoomArchived])
        .when(end(vec![ANNA]))
        .then_refused(RoomRefusal::Archived);
}

#[test]
fn a_room_that_holds_visits_or_may_get_some_back_cannot_be_archived() {
    let archive = |inside, pending| RoomAct::Archive { inside, pending };
    for (inside, pending) in [(vec![ANNA], vec![]), (vec![], vec![BEN]), (vec![ANNA], vec![BEN])] {
        reception()
            .when(admin(archive(inside.clone(), pending.clone())))
            .then_refused(RoomRefusal::NotEmpty { inside, pending });
    }
    reception().when(admin(archive(vec![], vec![]))).then([RoomEvent::RoomArchived]).then_state(
        |room| {
            assert!(room.open().is_none());
            assert!(room.last().is_some(), "it keeps what it was for those who read history");
        },
    );
    reception().and([RoomEvent::RoomArchived]).when(admin(archive(vec![], vec![]))).then_nothing();
}
