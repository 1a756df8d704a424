//! What one patient sees, and what she never does.

use clinic_domain::command::Action;
use clinic_domain::room::Texts;
use clinic_domain::text::LinkTemplate;
use clinic_domain::time::Millis;
use clinic_domain::visit::{CloseReason, PatientVisit};
use clinic_projections::row::Doing;
use clinic_projections::waiting_room::{Shown, Spot, WaitingRoom};

use super::fixture::{Day, by, notice};

#[track_caller]
fn sees(day: &Day, visit: clinic_domain::ids::VisitId) -> WaitingRoom {
    day.views.census.waiting_room(visit, day.now).expect("an open visit")
}

#[test]
fn a_patient_sees_her_own_number_from_the_order_of_the_board() {
    let mut day = Day::new();
    let anna = day.check_in("Anna");
    let ben = day.at("09:01:00").check_in("Ben");
    let room = sees(&day, ben);
    assert_eq!(room.to_string(), "You are number 2 in the queue.");
    assert_eq!((room.rank, room.headcount.to_string()), (Some(2), "1 online".to_owned()));
    day.at("09:05:00");
    day.start(day.rita, anna);
    assert_eq!(sees(&day, ben).to_string(), "You are next.");
    assert_eq!(sees(&day, ben).headcount.to_string(), "1 on another call");
}

#[test]
fn a_patient_reads_the_texts_in_force_and_keeps_the_version_of_her_check_in() {
    let mut day = Day::new();
    let texts = Texts { welcome: Some(notice("Welcome")), ..Texts::default() };
    day.act(by(day.ada), Action::SetTexts(day.reception, texts));
    let anna = day.check_in("Anna");
    let texts = Texts { emergency: Some(notice("Call 112")), ..Texts::default() };
    day.act(by(day.ada), Action::SetTexts(day.reception, texts.clone()));
    let room = sees(&day, anna);
    assert_eq!((room.texts, room.texts_version), (texts, 2));
    assert_eq!(room.shown, Shown { room: day.reception, version: 1 });
}

#[test]
fn a_patient_in_call_gets_the_calls_id_and_no_link_that_only_the_call_provider_knows() {
    let mut day = Day::new();
    let link = LinkTemplate::parse("https://meet.example/{call}?lobby=0").expect("a link");
    day.policy(day.reception, |policy| policy.call_link = Some(link));
    let anna = day.check_in("Anna");
    day.start(day.rita, anna);
    let Doing::InCall { call, .. } = day.row(anna).doing else { panic!("in call") };
    let room = sees(&day, anna);
    assert_eq!((room.rank, room.to_string()), (None, "You are in a call.".to_owned()));
    assert_eq!(room.spot, Spot::InCall { call });
    let sent = serde_json::to_string(&room).expect("JSON");
    assert!(!sent.contains("meet.example"), "{sent}");
    day.pause(day.rita, anna);
    assert_eq!(sees(&day, anna).to_string(), "Your call is paused and will go on. Please stay.");
}

#[test]
fn a_patient_is_told_that_she_was_moved_and_her_first_clock_runs_on() {
    let mut day = Day::new();
    let anna = day.check_in("Anna");
    day.at("09:10:00");
    day.send(day.rita, anna, day.dr_dana);
    let room = {
        day.at("09:12:00");
        sees(&day, anna)
    };
    assert_eq!(room.to_string(), "You have been moved to Dr. Dana. You are next.");
    assert_eq!(room.since_check_in.elapsed, Millis::minutes(12));
    assert_eq!(room.in_room.elapsed, Millis::minutes(2));
}

#[test]
fn a_patient_never_receives_positions_notes_or_anybody_else() {
    let mut day = Day::new();
    let anna = day.check_in("Anna");
    day.check_in("Zoraya");
    let words = super::fixture::note("difficult").into();
    day.act(by(day.rita), Action::AddNote(anna, words));
    day.send_with(day.rita, anna, day.dr_dana, Some("very difficult"));
    let sent = serde_json::to_string(&sees(&day, anna)).expect("JSON");
    for kept in ["difficult", "Zoraya", "Anna", "Rita", "Dana\"", "position", "by", "note"] {
        let room_name = kept == "Dana\"";
        assert_eq!(sent.matches(kept).count(), usize::from(room_name), "{kept} in {sent}");
    }
}

#[test]
fn a_visit_that_is_over_has_no_waiting_room() {
    let mut day = Day::new();
    let anna = day.check_in("Anna");
    day.leaves("Anna", anna);
    assert_eq!(day.views.census.waiting_room(anna, day.now), None);
    assert_eq!(day.views.census.visit_of(&Day::token("Anna")), None);
}

#[test]
fn after_a_merge_both_tokens_lead_to_the_survivor() {
    let mut day = Day::new();
    let anna = day.check_in("Anna");
    let again = day.at("09:05:00").check_in("Anna again");
    let merge = Action::MergeVisits { survivor: again, duplicate: anna, seen: None };
    day.at("09:06:00");
    day.act(by(day.rita), merge);
    for name in ["Anna", "Anna again"] {
        assert_eq!(day.views.census.visit_of(&Day::token(name)), Some(again));
    }
    assert_eq!(sees(&day, again).since_check_in.elapsed, Millis::minutes(6));
    assert_eq!(day.row(again).merged, [anna]);
    let last = day.timeline(anna).lines.pop().expect("a closing");
    assert_eq!(last.sentence, "Rita closed it as a duplicate");
    let Some(PatientVisit::Closed(closed)) = day.state.visit(anna) else { panic!("closed") };
    assert_eq!(closed.reason, CloseReason::Merged { into: again });
}
