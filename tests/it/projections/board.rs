//! The board, the picker, and the sender's list.

use clinic_domain::actor::{Actor, PolicyName};
use clinic_domain::command::Action;
use clinic_domain::hours::{Hours, Interval, Zone};
use clinic_domain::room::{ArrivalOrder, Warning};
use clinic_domain::time::Millis;
use clinic_domain::transfer::Outcome;
use clinic_domain::visit::{Arrival, CloseReason, HoldReason, Presence, Priority, Reversal};
use clinic_projections::availability::Availability;
use clinic_projections::board::{Alert, DoorState};
use clinic_projections::ending::Ending;
use clinic_projections::row::{Doing, Level};
use clinic_projections::sent::Whereabouts;

use super::fixture::{Day, at, by, label, note, title};

#[test]
fn case_01_a_patient_who_closes_the_browser_as_she_is_sent_shows_offline_in_the_target() {
    let mut day = Day::new();
    let anna = day.check_in("Anna");
    day.at("09:01:00").online(anna, false);
    day.send(day.rita, anna, day.dr_dana);
    let row = day.row(anna);
    assert_eq!(row.presence, Presence::OfflineSince(at("09:01:00")));
    assert_eq!(day.ranks(day.dr_dana), [anna]);
    assert!(day.board(day.reception).rows.is_empty());
}

#[test]
fn the_order_explains_itself() {
    let mut day = Day::new();
    day.policy(day.dr_omar, |policy| policy.arrivals = ArrivalOrder::BackOfQueue);
    let anna = day.at("09:02:10").check_in("Anna");
    let ben = day.at("09:03:00").check_in("Ben");
    let cleo = day.at("09:04:00").check_in("Cleo");
    assert_eq!(day.because(anna), "checked in 09:02:10");
    day.act(by(day.rita), Action::SetPriority(cleo, Priority::Urgent));
    assert_eq!(day.because(cleo), "urgent; checked in 09:04:00");
    assert_eq!(day.ranks(day.reception), [cleo, anna, ben]);

    day.at("09:20:00");
    day.send(day.rita, anna, day.dr_dana);
    assert_eq!(day.because(anna), "keeps its check-in of 09:02:10");
    day.send(day.rita, ben, day.dr_omar);
    assert_eq!(day.because(ben), "back of the queue since 09:20:00");
}

#[test]
fn a_merged_visit_says_that_its_entry_is_the_earlier_of_two() {
    let mut day = Day::new();
    day.policy(day.dr_omar, |policy| policy.arrivals = ArrivalOrder::BackOfQueue);
    let (survivor, duplicate) = (day.check_in("Anna"), day.check_in("Anna again"));
    day.at("09:05:00");
    day.send(day.rita, duplicate, day.dr_omar);
    day.at("09:10:00");
    day.send(day.rita, survivor, day.dr_omar);
    day.act(by(day.omar), Action::MergeVisits { survivor, duplicate, seen: None });
    assert_eq!(day.because(survivor), "merged, in the queue since 09:05:00");
}

#[test]
fn a_visit_whose_duplicate_checked_in_earlier_keeps_its_own_place_if_that_is_the_better_one() {
    let mut day = Day::new();
    day.policy(day.reception, |policy| policy.arrivals = ArrivalOrder::BackOfQueue);
    let duplicate = day.check_in_as("Anna again", day.dr_omar, Arrival::DropIn);
    let survivor = day.at("09:05:00").check_in("Anna");
    day.at("09:10:00");
    day.send(day.omar, duplicate, day.reception);
    day.act(by(day.rita), Action::MergeVisits { survivor, duplicate, seen: None });
    assert_eq!(day.because(survivor), "merged, in the queue since 09:05:00");
}

#[test]
fn a_moment_of_another_day_shows_its_date() {
    let mut day = Day::new();
    let anna = day.at("23:50:00").check_in("Anna");
    day.on("2026-03-03", "00:10:00");
    assert_eq!(day.because(anna), "checked in 2026-03-02 23:50");
}

#[test]
fn a_call_has_no_rank_and_stands_below_the_queue() {
    let mut day = Day::new();
    let anna = day.check_in("Anna");
    let ben = day.at("09:01:00").check_in("Ben");
    day.at("09:05:00");
    day.start(day.rita, anna);
    day.at("09:07:30");
    let board = day.board(day.reception);
    let shown: Vec<_> = board.rows.iter().map(|row| (row.rank, row.visit)).collect();
    assert_eq!(shown, [(Some(1), ben), (None, anna)]);
    assert_eq!(board.queue, 1);
    assert_eq!(board.rows[1].because, None);
    assert_eq!(board.rows[1].doing.to_string(), "in call with Rita (02:30)");
    assert_eq!(board.members[0].availability, Availability::OnAnotherCall);
    assert_eq!(board.headcount.to_string(), "1 on another call");
}

#[test]
fn two_clocks_run_one_since_the_check_in_and_one_in_the_room() {
    let mut day = Day::new();
    let anna = day.check_in("Anna");
    day.at("09:10:00");
    day.send(day.rita, anna, day.dr_dana);
    day.at("09:12:00");
    day.send(day.dana, anna, day.reception);
    let row = day.at("09:15:00").row(anna);
    assert_eq!(
        (row.since_check_in.since, row.since_check_in.elapsed),
        (at("09:00:00"), Millis::minutes(15))
    );
    assert_eq!((row.in_room.since, row.in_room.elapsed), (at("09:12:00"), Millis::minutes(3)));
}

#[test]
fn a_wait_deserves_a_look_and_then_is_too_long_but_a_call_is_neither() {
    let mut day = Day::new();
    let anna = day.check_in("Anna");
    assert_eq!(day.at("09:10:00").row(anna).level, Level::Fine);
    assert_eq!(day.at("09:10:01").row(anna).level, Level::Warn);
    assert_eq!(day.at("09:30:00").row(anna).level, Level::Warn);
    assert_eq!(day.at("09:30:01").row(anna).level, Level::Late);
    day.start(day.rita, anna);
    assert_eq!(day.at("10:30:00").row(anna).level, Level::Fine);
    day.pause(day.rita, anna);
    assert_eq!(day.at("10:31:00").row(anna).level, Level::Fine);
}

#[test]
fn case_04_each_return_counts_and_the_third_alerts() {
    let mut day = Day::new();
    let anna = day.check_in("Anna");
    for round in 1..=3 {
        day.send(day.rita, anna, day.dr_dana);
        day.send(day.dana, anna, day.reception);
        let alerts = day.board(day.reception).alerts;
        let expected = Alert::KeepsReturning { visit: anna, times: round };
        assert_eq!(alerts.contains(&expected), round == 3, "round {round}: {alerts:?}");
    }
    let row = day.at("09:30:00").row(anna);
    assert_eq!((row.legs, row.since_check_in.elapsed), (6, Millis::minutes(30)));
}

#[test]
fn case_04_who_has_never_been_in_a_room_does_not_keep_returning_whatever_the_room_asks_for() {
    let mut day = Day::new();
    day.policy(day.dr_dana, |policy| policy.return_alert = 0);
    let anna = day.check_in("Anna");
    day.send(day.rita, anna, day.dr_dana);
    assert_eq!(day.board(day.dr_dana).alerts, []);
    day.send(day.dana, anna, day.reception);
    day.send(day.rita, anna, day.dr_dana);
    let returning = Alert::KeepsReturning { visit: anna, times: 1 };
    assert_eq!(day.board(day.dr_dana).alerts, [returning]);
}

#[test]
fn a_room_that_nobody_serves_alerts_while_somebody_is_inside() {
    let mut day = Day::new();
    let anna = day.check_in("Anna");
    day.act(by(day.ada), Action::DisableMember(day.rita));
    assert_eq!(day.board(day.reception).alerts, [Alert::NobodyServes { inside: 1 }]);
    day.send(day.ada, anna, day.dr_dana);
    assert_eq!(day.board(day.reception).alerts, []);
}

#[test]
fn case_09_a_removed_member_is_shown_by_the_name_held_then() {
    let mut day = Day::new();
    let anna = day.check_in("Anna");
    day.send_with(day.rita, anna, day.dr_dana, Some("needs an interpreter"));
    let (member, name) = (day.rita, title("Margarita"));
    day.act(by(day.ada), Action::RenameMember { member, name });
    assert_eq!(day.row(anna).transferred.expect("a leg").by.to_string(), "Rita");
    day.act(by(day.ada), Action::AssignMember(day.reception, day.omar));
    day.act(by(day.ada), Action::RemoveMember(day.rita));
    let leg = day.row(anna).transferred.expect("a leg");
    assert_eq!(leg.by.to_string(), "Rita (removed)");
    assert_eq!(leg.from_name, Some(title("Reception")));
    assert_eq!(leg.note, Some(note("needs an interpreter").into()));
    assert!(day.timeline(anna).lines[1].sentence.starts_with("Rita (removed) sent it"));
}

#[test]
fn case_09_what_a_removed_member_wrote_sent_and_declined_says_that_she_is_gone() {
    let mut day = Day::new();
    day.policy(day.dr_dana, |policy| policy.accept_window = Some(Millis::minutes(3)));
    let anna = day.check_in("Anna");
    day.act(by(day.rita), Action::AddNote(anna, note("speaks French").into()));
    let transfer = day.send(day.rita, anna, day.dr_dana);
    day.act(by(day.dana), Action::DeclineTransfer { visit: anna, transfer, note: None });
    day.act(by(day.ada), Action::AssignMember(day.reception, day.omar));
    for member in [day.rita, day.dana] {
        day.act(by(day.ada), Action::RemoveMember(member));
    }
    let row = day.row(anna);
    let back = row.came_back.expect("it came back");
    let (sender, decliner) = (back.sending.by.to_string(), back.by.to_string());
    assert_eq!((sender.as_str(), decliner.as_str()), ("Rita (removed)", "Dana (removed)"));
    assert_eq!(row.notes[0].by.to_string(), "Rita (removed)");
}

#[test]
fn case_10_a_lost_member_alerts_the_board() {
    let mut day = Day::new();
    let anna = day.check_in("Anna");
    day.at("09:05:00");
    day.start(day.rita, anna);
    day.at("09:06:00");
    day.member_online(day.rita, false);
    day.at("09:07:00");
    day.act(Actor::policy(PolicyName::MemberLost), Action::HoldLostMember(anna, day.rita));
    let why = HoldReason::MemberLost;
    assert!(day.board(day.reception).alerts.contains(&Alert::LostMember { visit: anna, why }));
    assert!(matches!(day.row(anna).doing, Doing::OnHold { reason, .. } if reason == why));
}

#[test]
fn case_13_two_people_of_one_name_are_told_apart_by_entry_and_never_merged() {
    let mut day = Day::new();
    let first = day.check_in("Anna");
    day.at("09:00:01");
    let second = {
        let other = day.check_in_as("Anna ", day.dr_dana, Arrival::DropIn);
        day.send(day.dana, other, day.reception);
        other
    };
    let board = day.board(day.reception);
    assert_eq!(board.rows.len(), 2);
    assert_eq!(board.rows[0].name, board.rows[1].name);
    assert_eq!(day.because(first), "checked in 09:00:00");
    assert_eq!(day.because(second), "keeps its check-in of 09:00:01");
}

#[test]
fn case_18_a_transfer_to_a_room_of_absent_members_warns_and_escalates_at_the_threshold() {
    let mut day = Day::new();
    day.member_online(day.dana, false);
    let anna = day.check_in("Anna");
    day.send(day.rita, anna, day.dr_dana);
    let row = day.row(anna);
    assert_eq!(row.transferred.expect("a leg").warnings, [Warning::NobodyOnline]);
    assert_eq!(day.board(day.dr_dana).alerts, []);
    day.at("09:10:01");
    assert_eq!(day.board(day.dr_dana).alerts, [Alert::Unattended { waiting: vec![anna] }]);
    day.member_online(day.dana, true);
    assert_eq!(day.board(day.dr_dana).alerts, []);
}

#[test]
fn case_20_a_transfer_ends_the_hold() {
    let mut day = Day::new();
    let anna = day.check_in("Anna");
    day.at("09:05:00");
    day.start(day.rita, anna);
    day.at("09:06:00");
    day.pause(day.rita, anna);
    assert_eq!(day.row(anna).doing.to_string(), "on hold by Rita (00:00)");
    day.at("09:08:00");
    day.send(day.rita, anna, day.dr_dana);
    let row = day.row(anna);
    assert_eq!((row.rank, row.doing.to_string()), (Some(1), "waiting".to_owned()));
}

#[test]
fn case_33_debug_shows_nobodys_name_reason_or_note() {
    let mut day = Day::new();
    let anna = day.check_in("Zoraya Quint");
    day.act(by(day.rita), Action::AddNote(anna, note("allergic to latex").into()));
    day.send_with(day.rita, anna, day.dr_dana, Some("speaks Farsi"));
    day.close(day.dana, anna, CloseReason::NoShow);
    day.act(by(day.dana), Action::ReopenVisit(anna));
    let waiting = day.views.census.waiting_room(anna, day.now);
    let shown = format!(
        "{:?} {:?} {:?} {:?} {waiting:?} {:?}",
        day.views,
        day.board(day.dr_dana),
        day.timeline(anna),
        day.views.census.sent_by(day.rita),
        day.log,
    );
    for secret in ["Zoraya", "latex", "Farsi"] {
        assert!(!shown.contains(secret), "Debug shows {secret}");
    }
}

#[test]
fn case_38_closing_time_lists_who_is_inside_until_it_is_decided() {
    let mut day = Day::new();
    let zone = Zone::parse("Europe/Berlin").expect("a zone");
    let week = vec![vec![Interval { from: 8 * 60, until: 17 * 60 }]; 7];
    let hours = Hours { zone, week, exceptions: [].into() };
    day.act(by(day.ada), Action::SetHours(day.reception, Some(hours)));
    assert_eq!(day.board(day.reception).door, DoorState::Open { until: Some(at("17:00:00")) });
    let anna = day.check_in("Anna");
    day.at("16:50:00");
    day.start(day.rita, anna);
    day.at("16:55:00");
    day.pause(day.rita, anna);
    day.at("17:00:00");
    day.act(Actor::policy(PolicyName::ClosingTime), Action::EndDay(day.reception));
    let board = day.board(day.reception);
    let inside = vec![anna];
    assert_eq!(board.alerts, [Alert::ClosingTimePassed { at: at("17:00:00"), inside }]);
    assert!(matches!(board.door, DoorState::Shut { until: Some(_) }));
    assert!(matches!(board.rows[0].doing, Doing::OnHold { .. }));
    day.act(by(day.rita), Action::CarryOver(anna));
    assert_eq!(day.board(day.reception).alerts, []);
    assert_eq!(day.row(anna).carried_over_at, Some(at("17:00:00")));
    // It was decided for this evening, not for the next.
    day.now = at("17:00:00").plus(Millis::minutes(24 * 60));
    day.act(Actor::policy(PolicyName::ClosingTime), Action::EndDay(day.reception));
    let (at, inside) = (day.now, vec![anna]);
    let board = day.board(day.reception);
    assert!(board.alerts.contains(&Alert::ClosingTimePassed { at, inside }), "{:?}", board.alerts);
    day.act(by(day.rita), Action::CarryOver(anna));
    let passed = |alert: &Alert| matches!(alert, Alert::ClosingTimePassed { .. });
    assert!(!day.board(day.reception).alerts.iter().any(passed));
}

#[test]
fn a_declined_visit_is_back_in_its_old_place_with_the_reason_for_the_sender() {
    let mut day = Day::new();
    day.policy(day.dr_dana, |policy| policy.accept_window = Some(Millis::minutes(3)));
    let anna = day.check_in("Anna");
    let ben = day.at("09:01:00").check_in("Ben");
    day.at("09:05:00");
    let leg = day.send(day.rita, anna, day.dr_dana);
    assert_eq!(day.row(anna).answer_by, Some(at("09:08:00")));
    let words = Some(note("not my patient").into());
    let decline = Action::DeclineTransfer { visit: anna, transfer: leg, note: words.clone() };
    day.at("09:06:00");
    day.act(by(day.dana), decline);
    assert_eq!(day.ranks(day.reception), [anna, ben]);
    assert_eq!(day.because(anna), "in its old place (declined): checked in 09:00:00");
    let back = day.row(anna).came_back.expect("it came back");
    assert_eq!((back.by.to_string(), back.note), ("Dana".to_owned(), words));
    assert_eq!(back.sending.outcome, Some(Outcome::Declined));
    assert_eq!(day.row(anna).transferred, None);
    let alert = Alert::CameBack { visit: anna, why: Reversal::Declined };
    assert_eq!(day.board(day.reception).alerts, [alert]);
    day.start(day.rita, anna);
    assert_eq!(day.board(day.reception).alerts, [], "somebody goes on with it");
}

#[test]
fn an_undone_leg_leaves_the_leg_before_it_on_the_row() {
    let mut day = Day::new();
    let anna = day.check_in("Anna");
    let first = day.send(day.rita, anna, day.dr_dana);
    day.at("09:01:00");
    let second = day.send(day.dana, anna, day.dr_omar);
    day.at("09:02:00");
    day.act(by(day.dana), Action::UndoTransfer(anna, second));
    let row = day.row(anna);
    assert_eq!(row.transferred.map(|leg| leg.transfer), Some(first));
    assert_eq!(row.came_back.map(|back| back.sending.transfer), Some(second));
    assert_eq!(day.because(anna), "in its old place (undone): keeps its check-in of 09:00:00");
}

#[test]
fn the_checklist_shows_the_rooms_labels_and_what_was_ticked_elsewhere() {
    let mut day = Day::new();
    let labels = vec![label("Paperwork"), label("Payment")];
    day.act(by(day.ada), Action::SetChecklist(day.reception, labels));
    day.act(by(day.ada), Action::SetChecklist(day.dr_dana, vec![label("Rebook")]));
    let anna = day.check_in("Anna");
    let (visit, done) = (anna, true);
    day.act(by(day.rita), Action::TickChecklist { visit, label: label("Paperwork"), done });
    let ticks = |day: &Day| -> Vec<(String, bool, bool)> {
        let list = day.row(anna).checklist.into_iter();
        list.map(|tick| (tick.label.to_string(), tick.done, tick.elsewhere)).collect()
    };
    let (paperwork, payment) = ("Paperwork".to_owned(), "Payment".to_owned());
    assert_eq!(ticks(&day), [(paperwork.clone(), true, false), (payment, false, false)]);
    day.send(day.rita, anna, day.dr_dana);
    assert_eq!(ticks(&day), [("Rebook".to_owned(), false, false), (paperwork, true, true)]);
}

#[test]
fn the_sender_sees_room_and_state_of_what_she_sent_and_its_end() {
    let mut day = Day::new();
    let anna = day.check_in("Anna");
    let ben = day.check_in("Ben");
    day.send(day.rita, anna, day.dr_dana);
    day.send(day.rita, ben, day.dr_dana);
    day.at("09:10:00");
    day.start(day.dana, anna);
    let (room, name) = (day.dr_dana, Some(title("Dr. Dana")));
    let now = |day: &Day| -> Vec<Whereabouts> {
        day.views.census.sent_by(day.rita).into_iter().filter_map(|sent| sent.now).collect()
    };
    let waiting = Whereabouts::Waiting { room, name: name.clone() };
    assert_eq!(now(&day), [waiting.clone(), Whereabouts::InCall { room, name }]);
    day.at("09:20:00");
    day.close(day.dana, anna, CloseReason::Completed);
    day.on("2026-03-04", "09:00:00").check_in("Cleo");
    assert_eq!(day.views.census.visit(anna), None, "the census has let her go");
    let closed = Whereabouts::Closed { reason: Ending::Completed, at: at("09:20:00") };
    assert_eq!(now(&day), [waiting, closed]);
    assert!(day.views.census.sent_by(day.dana).is_empty());
}

#[test]
fn a_senders_list_keeps_the_latest_hundred() {
    let mut day = Day::new();
    let anna = day.check_in("Anna");
    let ada = day.ada;
    let legs: Vec<_> = (0..60)
        .flat_map(|_| [day.send(ada, anna, day.dr_dana), day.send(ada, anna, day.reception)])
        .collect();
    let sent = day.views.census.sent_by(ada);
    assert!(sent.iter().map(|sent| sent.transfer).eq(legs.into_iter().rev().take(100)));
}

#[test]
fn case_36_a_patient_who_leaves_within_the_window_withdraws_it_for_the_sender_too() {
    let mut day = Day::new();
    day.policy(day.dr_dana, |policy| {
        policy.accept_window = Some(Millis::minutes(3));
        policy.reopen_window = Millis::ZERO;
    });
    let anna = day.check_in("Anna");
    day.send(day.rita, anna, day.dr_dana);
    day.at("09:01:00").leaves("Anna", anna);
    let sent = day.views.census.sent_by(day.rita);
    assert_eq!(sent[0].outcome, Some(Outcome::Withdrawn));
    assert_eq!(sent[0].now, Some(Whereabouts::Closed { reason: Ending::Left, at: at("09:01:00") }));
    let told = day.timeline(anna).lines;
    assert_eq!(told[2].sentence, "the patient left");
    assert_eq!(told[3].sentence, "the transfer was withdrawn: the visit had closed");
}

#[test]
fn a_room_that_nobody_opened_has_no_board_and_an_archived_one_keeps_its_last() {
    let mut day = Day::new();
    assert_eq!(day.views.census.board(clinic_domain::ids::RoomId(day.next_id()), day.now), None);
    day.act(by(day.ada), Action::ArchiveRoom(day.dr_omar));
    let board = day.board(day.dr_omar);
    assert_eq!((board.door, board.name), (DoorState::Archived, title("Dr. Omar")));
}

#[test]
fn a_board_shows_every_time_by_the_clinics_clock_and_judges_hours_in_the_rooms_zone() {
    let mut day = Day::new();
    let zone = Zone::parse("America/New_York").expect("a zone");
    let week = vec![vec![Interval { from: 3 * 60, until: 17 * 60 }]; 7];
    let hours = Hours { zone, week, exceptions: [].into() };
    day.act(by(day.ada), Action::SetHours(day.reception, Some(hours)));
    let anna = day.check_in("Anna");
    assert_eq!(day.because(anna), "checked in 09:00:00", "as the clinic in Berlin says");
    let until = Some(at("23:00:00"));
    assert_eq!(day.board(day.reception).door, DoorState::Open { until });
    day.now = at("08:59:59");
    assert!(matches!(day.board(day.reception).door, DoorState::Shut { .. }), "it is 2:59 there");
}

#[test]
fn case_38_a_visit_that_came_back_by_undo_after_closing_time_is_still_inside() {
    let mut day = Day::new();
    let zone = Zone::parse("Europe/Berlin").expect("a zone");
    let week = vec![vec![Interval { from: 8 * 60, until: 17 * 60 }]; 7];
    let hours = Hours { zone, week, exceptions: [].into() };
    day.act(by(day.ada), Action::SetHours(day.reception, Some(hours)));
    let anna = day.at("16:50:00").check_in("Anna");
    day.at("17:00:00");
    day.act(Actor::policy(PolicyName::ClosingTime), Action::EndDay(day.reception));
    day.at("17:01:00");
    let leg = day.send(day.rita, anna, day.dr_dana);
    day.at("17:01:05");
    day.act(by(day.rita), Action::UndoTransfer(anna, leg));
    let passed = Alert::ClosingTimePassed { at: at("17:00:00"), inside: vec![anna] };
    assert_eq!(day.board(day.reception).alerts, [passed]);
    day.act(by(day.rita), Action::CarryOver(anna));
    assert_eq!(day.board(day.reception).alerts, []);
}
