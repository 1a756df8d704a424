//! One of each event, in the form in which it is stored: JSON that reads back as the same event.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use clinic_domain::actor::{Actor, PolicyName};
use clinic_domain::clinic::{Capability, ClinicEvent, Role};
use clinic_domain::hours::{Hours, Interval, Zone};
use clinic_domain::ids::{CallId, PasscodeId, Position, VisitId};
use clinic_domain::personal::Personal;
use clinic_domain::room::{ArrivalOrder, RoomEvent, RoomKind, RoomPolicy, Texts, Warning};
use clinic_domain::text::{
    ExternalRef, Label, LinkTemplate, Notice, PersonName, PhoneTail, Reason,
};
use clinic_domain::time::Millis;
use clinic_domain::transfer::{Request, TransferEvent};
use clinic_domain::visit::{
    Arrival, CloseReason, Entry, HoldReason, Priority, Reversal, ToldBy, VisitEvent,
};
use clinic_testkit::spec::id;
use cqrs_es::DomainEvent;
use serde_json::Value;

use super::{
    ADA, ANNA, CALL, DR_DANA, LEG, RECEPTION, RITA, TOKEN, at, founded, joined, note, request,
    slug, title,
};

fn notice(text: &str) -> Notice {
    Notice::parse(text).expect("a notice of a test is a notice")
}

fn external_ref() -> Option<ExternalRef> {
    ExternalRef::parse("ehr-77").ok()
}

pub(crate) fn clinic_events() -> Vec<ClinicEvent> {
    let zone = Zone::parse("America/New_York").expect("this build knows the zone");
    vec![
        founded(),
        ClinicEvent::ZoneChanged { zone },
        ClinicEvent::CapabilitiesChanged { capabilities: BTreeSet::from([Capability::Pause]) },
        joined(),
        ClinicEvent::MemberRenamed { member: RITA, name: title("Rita Meyer") },
        ClinicEvent::RoleChanged { member: RITA, role: Role::Admin },
        ClinicEvent::MemberDisabled { member: RITA },
        ClinicEvent::MemberEnabled { member: RITA },
        ClinicEvent::MemberRemoved { member: RITA },
        ClinicEvent::MemberCameOnline { member: RITA, at: at(1) },
        ClinicEvent::MemberWentOffline { member: RITA, last_seen: at(1), at: at(2) },
    ]
}

pub(crate) fn room_events() -> Vec<RoomEvent> {
    let day = vec![Interval { from: 540, until: 1_020 }];
    let hours = Hours {
        zone: Zone::parse("Europe/Berlin").expect("this build knows Berlin"),
        week: vec![day.clone(); 7],
        exceptions: BTreeMap::from([("2026-12-24".parse().expect("a date"), vec![])]),
    };
    let policy = RoomPolicy {
        arrivals: ArrivalOrder::BackOfQueue,
        accept_window: Some(Millis::minutes(5)),
        consent: Some(3),
        call_link: LinkTemplate::parse("https://meet.example/{call}").ok(),
        no_show_after: Some(Millis::minutes(60)),
        ..RoomPolicy::default()
    };
    let texts = Texts {
        welcome: Some(notice("Welcome\nand be patient")),
        office_hours: None,
        emergency: Some(notice("Call 112.")),
    };
    let label = Label::parse("payment").expect("a label");
    vec![
        RoomEvent::RoomOpened {
            kind: RoomKind::Personal(RITA),
            name: title("Dr. Rita \u{201e}\u{c5}sa\u{201c}"),
            slug: slug("dr-rita"),
            external_ref: external_ref(),
        },
        RoomEvent::RoomRenamed { name: title("Front desk") },
        RoomEvent::SlugChanged { slug: slug("front-desk") },
        RoomEvent::MemberAssigned { member: RITA },
        RoomEvent::MemberUnassigned { member: RITA },
        RoomEvent::TextsChanged { texts, version: 2 },
        RoomEvent::HoursChanged { hours: Some(hours) },
        RoomEvent::HoursChanged { hours: None },
        RoomEvent::PolicyChanged { policy },
        RoomEvent::ChecklistChanged { labels: vec![label] },
        RoomEvent::PasscodeChanged { passcode: Some(PasscodeId(id(5))) },
        RoomEvent::RoomSuspended { message: notice("Back at noon.") },
        RoomEvent::SuspensionLifted,
        RoomEvent::DayEnded { inside: vec![ANNA], at: at(480) },
        RoomEvent::RoomArchived,
    ]
}

fn arriving() -> VisitEvent {
    VisitEvent::CheckedIn {
        room: RECEPTION,
        token: TOKEN,
        name: Personal::Clear(PersonName::parse("Anna \u{c5}sa").expect("a name")),
        reason: Reason::parse("a rash,\nsince \"Monday\"").ok().map(Personal::Clear),
        phone: PhoneTail::parse("0815").ok().map(Personal::Clear),
        arrival: Arrival::Booked {
            member: Some(RITA),
            room: Some(DR_DANA),
            appointment: Some(at(30)),
            told_by: ToldBy::Patient,
        },
        consent: Some(3),
        texts: 4,
        external_ref: external_ref(),
        by: Actor::Patient(TOKEN),
        at: at(0),
    }
}

pub(crate) fn visit_events() -> Vec<VisitEvent> {
    let by = || Actor::Member(RITA);
    let lost = Actor::policy(PolicyName::MemberLost);
    let entry = Entry { at: at(0), position: Some(Position(7)) };
    let closed =
        |reason| VisitEvent::VisitClosed { reason, reopen_until: at(33), by: by(), at: at(3) };
    let mut events = vec![
        arriving(),
        VisitEvent::CallStarted { call: CALL, member: RITA, skipped: vec![ANNA], at: at(1) },
        VisitEvent::CallResumed { call: CallId(id(9)), member: ADA, skipped: vec![], at: at(1) },
        VisitEvent::CallPaused { by: lost, reason: HoldReason::MemberLost, at: at(2) },
        VisitEvent::CallEnded { by: by(), at: at(2) },
        VisitEvent::Transferred {
            transfer: LEG,
            from: RECEPTION,
            to: DR_DANA,
            by: by(),
            note: Some(note("fasting")),
            order: ArrivalOrder::OriginalCheckIn,
            answer_by: Some(at(5)),
            undo_until: at(7),
            returns: 2,
            warnings: vec![Warning::OutOfHours, Warning::NobodyOnline],
            at: at(2),
        },
        VisitEvent::PriorityChanged { priority: Priority::Urgent, by: by() },
        VisitEvent::NoteAdded { note: note("allergic"), by: by() },
        VisitEvent::ChecklistTicked {
            label: Label::parse("payment").expect("a label"),
            done: true,
            by: by(),
        },
        VisitEvent::PatientWentOffline { last_seen: at(1), at: at(2) },
        VisitEvent::PatientCameOnline { at: at(3) },
        VisitEvent::CarriedOver { by: by(), at: at(3) },
        VisitEvent::VisitsMerged {
            duplicate: VisitId(id(22)),
            tokens: vec![TOKEN],
            entry,
            check_in: Entry { position: None, ..entry },
            leg_entry: Some(entry),
            by: by(),
        },
        VisitEvent::VisitReopened { by: Actor::Host, at: at(4) },
    ];
    events.extend([Reversal::Declined, Reversal::Expired, Reversal::Undone].map(|why| {
        let (from, to) = (DR_DANA, RECEPTION);
        VisitEvent::TransferReversed { transfer: LEG, from, to, why, by: Actor::Import, at: at(3) }
    }));
    events.extend([
        closed(CloseReason::Completed),
        closed(CloseReason::Left),
        closed(CloseReason::NoShow),
        closed(CloseReason::Removed { why: note("abusive") }),
        closed(CloseReason::Removed { why: Personal::Sealed("c2VhbGVk".to_owned()) }),
        closed(CloseReason::Removed { why: Personal::Erased }),
        closed(CloseReason::EndOfDay),
        closed(CloseReason::Merged { into: ANNA }),
    ]);
    events
}

pub(crate) fn transfer_events() -> Vec<TransferEvent> {
    let by = || Actor::Member(RITA);
    vec![
        TransferEvent::TransferRequested { request: request() },
        TransferEvent::TransferRequested { request: Request { answer_by: None, ..request() } },
        TransferEvent::TransferCompleted {},
        TransferEvent::TransferAccepted { by: by() },
        TransferEvent::TransferDeclined { by: by(), note: Some(note("not today")) },
        TransferEvent::TransferExpired { by: Actor::policy(PolicyName::AcceptWindow) },
        TransferEvent::TransferWithdrawn { by: Actor::Patient(TOKEN) },
        TransferEvent::TransferUndone { by: by() },
    ]
}

/// There is one of each, each reads back as it was, and its name is the tag of its JSON.
#[track_caller]
fn read_back<E: DomainEvent + Debug>(events: &[E], names: &[&str]) {
    let told: BTreeSet<String> = events.iter().map(DomainEvent::event_type).collect();
    let expected: BTreeSet<String> = names.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(told, expected, "left: the events of this test; right: the events there are");
    for event in events {
        let json = serde_json::to_string(event).expect("it is written");
        let read: E = serde_json::from_str(&json).expect("it is read");
        assert_eq!(&read, event, "{json}");
        // Postgres and others give it back as a value, whose keys may be in another order.
        let value: Value = serde_json::from_str(&json).expect("it is a value");
        let read: E = serde_json::from_value(value.clone()).expect("it is read from a value");
        assert_eq!(&read, event, "{json}");
        let tag = match &value {
            Value::String(tag) => tag.clone(),
            Value::Object(fields) => fields.keys().next().cloned().unwrap_or_default(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => panic!("{value}"),
        };
        assert_eq!(tag, event.event_type());
        assert_eq!(event.event_version(), "1");
    }
}

#[test]
fn every_event_of_a_clinic_reads_back_as_it_was() {
    read_back(&clinic_events(), ClinicEvent::NAMES);
}

#[test]
fn every_event_of_a_room_reads_back_as_it_was() {
    read_back(&room_events(), RoomEvent::NAMES);
}

#[test]
fn every_event_of_a_visit_reads_back_as_it_was() {
    read_back(&visit_events(), VisitEvent::NAMES);
}

#[test]
fn every_event_of_a_transfer_reads_back_as_it_was() {
    read_back(&transfer_events(), TransferEvent::NAMES);
}

#[test]
fn a_stored_name_is_a_name_of_one_aggregate_only() {
    let all = [ClinicEvent::NAMES, RoomEvent::NAMES, VisitEvent::NAMES, TransferEvent::NAMES];
    let names: Vec<&&str> = all.into_iter().flatten().collect();
    let once: BTreeSet<&&str> = names.iter().copied().collect();
    assert_eq!(names.len(), once.len());
}

#[test]
fn a_name_that_was_sealed_or_erased_since_reads_as_such() {
    let mut value = serde_json::to_value(arriving()).expect("it is written");
    let name = value.pointer_mut("/CheckedIn/name").expect("it has a name");
    assert_eq!(*name, serde_json::json!({ "clear": "Anna \u{c5}sa" }));
    *name = serde_json::json!("erased");
    let read: VisitEvent = serde_json::from_value(value).expect("it is read");
    let VisitEvent::CheckedIn { name, .. } = read else { panic!("it was a check-in") };
    assert_eq!(name, Personal::Erased);
}
