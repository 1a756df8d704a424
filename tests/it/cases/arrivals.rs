//! Cases of who arrives: namesakes, duplicates, hostile names.

use clinic_domain::command::Action;
use clinic_domain::event::Event;
use clinic_domain::personal::Personal;
use clinic_domain::text::{PersonName, PhoneTail, Reason};
use clinic_domain::time::Millis;
use clinic_domain::visit::{CloseReason, PatientVisit, VisitEvent, VisitRefusal};
use clinic_testkit::spec::Scene;

use super::{check_in, close, leave, patient, pause, seeing, send, start};

#[test]
fn case_13_two_people_of_one_name_are_two_visits_told_apart_by_time_and_phone() {
    let mut scene = Scene::new();
    let arrive = |scene: &mut Scene, phone: &str| {
        let mut form = scene.newcomer(scene.reception, "Anna Meyer");
        form.phone = PhoneTail::parse(phone).ok().map(Personal::Clear);
        let events = scene.grant(patient(&form), check_in(&form));
        let Event::Visit(visit, VisitEvent::CheckedIn { phone, at, .. }) = events[0].clone() else {
            panic!("{events:?}");
        };
        (visit, phone, at)
    };
    let (one, first_phone, first_at) = arrive(&mut scene, "4711");
    scene.advance(Millis::minutes(1));
    let (two, second_phone, second_at) = arrive(&mut scene, "0815");
    assert_eq!(scene.queue(scene.reception), [one, two]);
    assert!(first_at < second_at && first_phone != second_phone);
    assert_ne!(scene.patient(one), scene.patient(two));
}

#[test]
fn case_14_a_duplicate_is_merged_by_a_member_and_both_tokens_lead_to_the_survivor() {
    let mut scene = Scene::new();
    let early = scene.arrive(scene.reception, "Anna");
    scene.advance(Millis::minutes(10));
    let ben = scene.arrive(scene.reception, "Ben");
    let late = scene.arrive(scene.reception, "Anna");
    let (first, second) = (scene.visit(early).tokens[0], scene.visit(late).tokens[0]);
    let entry = scene.visit(early).entry;

    let merge = Action::MergeVisits { survivor: late, duplicate: early, seen: None };
    scene.grants(scene.rita, merge.clone(), &["VisitClosed", "VisitsMerged"]);
    assert_eq!(scene.state().visit_of(&first), Some(late));
    assert_eq!(scene.state().visit_of(&second), Some(late));
    assert_eq!(scene.visit(late).entry, entry, "the earlier one");
    assert_eq!(scene.visit(late).check_in, entry, "since check-in as well");
    assert_eq!(scene.queue(scene.reception), [late, ben]);
    // It closed as merged, so nobody counts it among those who left without being seen.
    let Some(PatientVisit::Closed(closed)) = scene.state().visit(early) else {
        panic!("the duplicate is closed");
    };
    assert_eq!(closed.reason, CloseReason::Merged { into: late });
    scene.grants(scene.rita, merge, &[]);

    // The other page shows the survivor, and its holder may leave.
    scene.grant(clinic_domain::actor::Actor::Patient(first), leave(late));
}

#[test]
fn case_14_what_cannot_be_merged() {
    let mut scene = Scene::new();
    let anna = scene.arrive(scene.reception, "Anna");
    let twin = scene.arrive(scene.reception, "Anna");
    let gone = scene.arrive(scene.reception, "Anna");
    let merge = |survivor, duplicate| Action::MergeVisits { survivor, duplicate, seen: None };
    scene.refuses(scene.rita, merge(anna, anna), VisitRefusal::MergeWithItself);
    let at = scene.now();
    scene.grant(scene.rita, close(gone, CloseReason::NoShow));
    let closed = VisitRefusal::Closed { reason: "no show", at };
    scene.refuses(scene.rita, merge(anna, gone), closed.clone());
    scene.refuses(scene.rita, merge(gone, anna), closed);
    scene.grant(scene.rita, start(anna));
    scene.refuses(scene.rita, merge(twin, anna), VisitRefusal::DuplicateInCall);
    // In call, it is the survivor; and whoever does not serve both visits merges neither.
    let path = scene.refuse(scene.dana, merge(anna, twin)).path();
    assert_eq!(path, "Visit.NotEntitled");
    scene.grant(scene.rita, merge(anna, twin));
    // It was merged into one visit, not into any that is named later.
    let ben = scene.arrive(scene.reception, "Ben");
    let merged = VisitRefusal::Closed { reason: "merged", at };
    scene.refuses(scene.rita, merge(ben, twin), merged);
    // A merged visit stays closed while its survivor is open.
    let open = VisitRefusal::OtherVisitOpen { visit: anna };
    scene.refuses(scene.rita, Action::ReopenVisit(twin), open);
}

#[test]
fn case_14_closing_for_a_merge_is_a_merge_however_it_is_asked() {
    let mut scene = Scene::new();
    let anna = scene.arrive(scene.reception, "Anna");
    let twin = scene.arrive(scene.reception, "Anna");
    let third = scene.arrive(scene.reception, "Anna");
    let into = CloseReason::Merged { into: anna };
    let both = ["VisitClosed", "VisitsMerged"];
    scene.grants(scene.rita, close(twin, into.clone()), &both);
    let (room, reason) = (scene.reception, into);
    let all = Action::CloseAll { room, only: None, reason: reason.clone() };
    let what = "visits that one command merges into another";
    scene.refuses(scene.rita, all, VisitRefusal::LimitReached { what, limit: 1 });
    let one = Action::CloseAll { room, only: Some(vec![third]), reason };
    scene.grants(scene.rita, one, &both);
    assert_eq!(scene.visit(anna).tokens.len(), 3);
}

#[test]
fn case_14_a_merge_that_was_decided_on_an_older_place_of_the_duplicate_is_stale() {
    let mut scene = Scene::new();
    let anna = scene.arrive(scene.reception, "Anna");
    let twin = scene.arrive(scene.reception, "Anna");
    let seen = scene.visit(twin).version;
    scene.grant(scene.rita, start(twin));
    scene.grant(scene.rita, pause(twin));
    let stale = VisitRefusal::Stale { seen, now: scene.visit(twin).version };
    let into = CloseReason::Merged { into: anna };
    let merge = Action::MergeVisits { survivor: anna, duplicate: twin, seen: None };
    for click in [close(twin, into), merge.clone()] {
        scene.refuses(scene.rita, seeing(Some(seen), click), stale.clone());
    }
    let now = Some(scene.visit(twin).version);
    scene.grants(scene.rita, seeing(now, merge), &["VisitClosed", "VisitsMerged"]);
}

#[test]
fn case_14_a_merge_into_a_visit_that_was_sent_on_keeps_the_earlier_entry_after_an_undo() {
    let mut scene = Scene::new();
    let early = scene.arrive(scene.reception, "Anna");
    scene.advance(Millis::minutes(1));
    let ben = scene.arrive(scene.reception, "Ben");
    let late = scene.arrive(scene.reception, "Anna");
    let entry = scene.visit(early).entry;
    scene.grant(scene.rita, send(late, scene.dr_dana));
    let transfer = super::leg(&scene, late);
    let merge = Action::MergeVisits { survivor: late, duplicate: early, seen: None };
    scene.grant(scene.ada, merge);
    scene.grant(scene.rita, Action::UndoTransfer(late, transfer));
    assert_eq!(scene.visit(late).entry, entry);
    assert_eq!(scene.queue(scene.reception), [late, ben]);
}

#[test]
fn case_14_a_duplicate_on_its_way_is_merged_out_of_its_transfer() {
    let mut scene = Scene::new();
    scene.ask_for_answers(scene.dr_dana, 5);
    let anna = scene.arrive(scene.reception, "Anna");
    let twin = scene.arrive(scene.reception, "Anna");
    scene.grant(scene.rita, start(anna));
    scene.grant(scene.rita, pause(anna));
    scene.grant(scene.rita, send(twin, scene.dr_dana));
    let merge = Action::MergeVisits { survivor: anna, duplicate: twin, seen: None };
    let expected = ["VisitClosed", "VisitsMerged", "TransferWithdrawn"];
    scene.grants(scene.ada, merge, &expected);
    assert_eq!(scene.queue(scene.dr_dana), []);
}

#[test]
fn case_33_hostile_text_is_bounded_and_normalised_and_kept_as_typed() {
    for text in ["\0", "\u{202e}annA", "\u{200b}\u{feff}", "An\u{7}na", &"x".repeat(101)] {
        assert!(PersonName::parse(text).is_err(), "{text:?}");
    }
    for text in
        ["=HYPERLINK(\"x\")", "+1", "-1", "@a", "<img onerror=x>", "\u{1f468}\u{200d}\u{1f469}"]
    {
        let mut scene = Scene::new();
        let mut form = scene.newcomer(scene.reception, text);
        form.reason = Reason::parse(&format!("{text}\r\nsecond line")).ok().map(Personal::Clear);
        let events = scene.grant(patient(&form), check_in(&form));
        let Event::Visit(_, event) = &events[0] else { panic!("{events:?}") };
        // What is stored is what was typed; every sink escapes for itself.
        let json = serde_json::to_string(event).expect("it is written");
        let read: VisitEvent = serde_json::from_str(&json).expect("it is read");
        assert_eq!(&read, event);
        let VisitEvent::CheckedIn { name, reason, .. } = read else { panic!("{json}") };
        assert_eq!(name.clear().map(PersonName::as_str), Some(text));
        let lines = format!("{text}\nsecond line");
        let reason = reason.as_ref().and_then(Personal::clear);
        assert_eq!(reason.map(Reason::as_str), Some(lines.as_str()));
        assert!(!format!("{events:?}").contains(text), "no log line can be forged");
    }
}

#[test]
fn case_33_a_refusal_and_its_public_form_never_tell_what_was_typed() {
    let mut scene = Scene::new();
    scene.set_policy(scene.reception, |policy| policy.queue_limit = 0);
    let form = scene.newcomer(scene.reception, "Zarathustra");
    let refusal = scene.refuse(patient(&form), check_in(&form));
    let shown = format!("{refusal} {refusal:?} {0} {0:?}", refusal.public());
    assert!(!shown.contains("Zarathustra"), "{shown}");
}
