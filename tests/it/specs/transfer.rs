//! Transfers: what becomes of a leg, and that the first outcome stands.

use clinic_domain::actor::{Actor, PolicyName, Right, Standing};
use clinic_domain::personal::Personal;
use clinic_domain::time::Timestamp;
use clinic_domain::transfer::{
    Outcome, Request, Transfer, TransferAct, TransferCommand, TransferEvent, TransferRefusal,
};
use clinic_testkit::spec::{Given, given};

use super::{ADMIN, ANNA, ASSIGNED, DANA, DR_DANA, ELSEWHERE, RECEPTION, RITA, at, by, note};

/// Rita sent Anna to Dana's room at nine; undo until 9:10.
fn request(answer_by: Option<Timestamp>) -> Request {
    Request {
        visit: ANNA,
        from: RECEPTION,
        to: DR_DANA,
        by: by(RITA),
        answer_by,
        undo_until: at(10),
    }
}

/// Dana's room may answer until 9:05.
fn pending() -> Given<Transfer> {
    given([TransferEvent::TransferRequested { request: request(Some(at(5))) }])
}

/// Dana's room need not answer.
fn completed() -> Given<Transfer> {
    given([
        TransferEvent::TransferRequested { request: request(None) },
        TransferEvent::TransferCompleted {},
    ])
}

/// Every way in which a pending transfer can end.
fn ends() -> Vec<(Outcome, TransferEvent)> {
    vec![
        (Outcome::Completed, TransferEvent::TransferCompleted {}),
        (Outcome::Accepted, TransferEvent::TransferAccepted { by: by(DANA) }),
        (Outcome::Declined, TransferEvent::TransferDeclined { by: by(DANA), note: None }),
        (Outcome::Expired, TransferEvent::TransferExpired { by: window() }),
        (Outcome::Withdrawn, TransferEvent::TransferWithdrawn { by: by(DANA) }),
        (Outcome::Undone, TransferEvent::TransferUndone { by: by(RITA) }),
    ]
}

fn window() -> Actor {
    Actor::policy(PolicyName::AcceptWindow)
}

fn ask(minute: u64, act: TransferAct) -> TransferCommand {
    TransferCommand { at: at(minute), by: by(DANA), standing: ASSIGNED, act }
}

fn expire(minute: u64) -> TransferCommand {
    let standing = Standing::Policy;
    TransferCommand { at: at(minute), by: window(), standing, act: TransferAct::Expire }
}

fn decline() -> TransferAct {
    TransferAct::Decline { note: Some(Personal::Clear(note("wrong room"))) }
}

#[test]
fn a_transfer_that_needs_no_answer_is_completed_at_once() {
    given::<Transfer>([])
        .when(ask(0, TransferAct::Request(request(None))))
        .then([
            TransferEvent::TransferRequested { request: request(None) },
            TransferEvent::TransferCompleted {},
        ])
        .then_state(|transfer| assert!(transfer.pending().is_none()));
    completed().when(ask(1, TransferAct::Request(request(None)))).then_nothing();
}

#[test]
fn a_transfer_that_needs_an_answer_is_pending() {
    let asking = || request(Some(at(5)));
    given::<Transfer>([])
        .when(ask(0, TransferAct::Request(asking())))
        .then([TransferEvent::TransferRequested { request: asking() }])
        .then_state(|transfer| assert_eq!(transfer.pending(), Some(&request(Some(at(5))))));
    pending().when(ask(1, TransferAct::Request(asking()))).then_nothing();
}

#[test]
fn the_target_accepts_or_declines_with_a_note() {
    for standing in [ASSIGNED, ADMIN] {
        pending()
            .when(TransferCommand { standing, ..ask(1, TransferAct::Accept) })
            .then([TransferEvent::TransferAccepted { by: by(DANA) }]);
        pending().when(TransferCommand { standing, ..ask(1, decline()) }).then([
            TransferEvent::TransferDeclined {
                by: by(DANA),
                note: Some(Personal::Clear(note("wrong room"))),
            },
        ]);
    }
    let right = Right::Steer;
    for standing in [ELSEWHERE, Standing::Nobody, Standing::Patient, Standing::Policy] {
        for act in [TransferAct::Accept, decline()] {
            pending()
                .when(TransferCommand { standing, ..ask(1, act) })
                .then_refused(TransferRefusal::NotEntitled { right });
        }
    }
}

#[test]
fn an_answer_counts_until_the_window_ends_and_an_expiry_from_then_on() {
    let last = Timestamp(at(5).0 - 1);
    pending()
        .when(TransferCommand { at: last, ..ask(0, TransferAct::Accept) })
        .then([TransferEvent::TransferAccepted { by: by(DANA) }]);
    let over = TransferRefusal::WindowOver { until: at(5) };
    for act in [TransferAct::Accept, decline()] {
        pending().when(ask(5, act)).then_refused(over.clone());
    }
    pending()
        .when(TransferCommand { at: last, ..expire(0) })
        .then_refused(TransferRefusal::NotDue { until: at(5) });
    pending().when(expire(5)).then([TransferEvent::TransferExpired { by: window() }]);
    pending()
        .when(ask(5, TransferAct::Expire))
        .then_refused(TransferRefusal::NotEntitled { right: Right::Observe });
}

#[test]
fn the_first_outcome_stands_and_a_later_one_is_told_which_it_was() {
    for (outcome, end) in ends() {
        let settled = || pending().and([end.clone()]);
        let rows = [
            (Outcome::Accepted, ask(1, TransferAct::Accept)),
            (Outcome::Declined, ask(1, decline())),
            (Outcome::Expired, expire(9)),
        ];
        for (wanted, command) in rows {
            if wanted == outcome {
                settled().when(command).then_nothing();
            } else {
                settled().when(command).then_refused(TransferRefusal::Settled { outcome });
            }
        }
    }
}

#[test]
fn going_on_with_the_patient_accepts_without_a_word_and_only_what_is_pending() {
    pending()
        .when(ask(1, TransferAct::Proceed))
        .then([TransferEvent::TransferAccepted { by: by(DANA) }]);
    for (_, end) in ends() {
        pending().and([end]).when(ask(1, TransferAct::Proceed)).then_nothing();
    }
    given::<Transfer>([]).when(ask(1, TransferAct::Proceed)).then_nothing();
}

#[test]
fn closing_the_visit_withdraws_what_is_pending_and_nothing_else() {
    pending()
        .when(ask(1, TransferAct::Withdraw))
        .then([TransferEvent::TransferWithdrawn { by: by(DANA) }]);
    for (_, end) in ends() {
        pending().and([end]).when(ask(1, TransferAct::Withdraw)).then_nothing();
    }
}

#[test]
fn the_sender_takes_back_what_is_pending_completed_or_accepted() {
    let undo = || TransferCommand { by: by(RITA), ..ask(1, TransferAct::Undo) };
    let accepted = || pending().and([TransferEvent::TransferAccepted { by: by(DANA) }]);
    for given in [pending(), completed(), accepted()] {
        given.when(undo()).then([TransferEvent::TransferUndone { by: by(RITA) }]);
    }
    for (outcome, end) in ends() {
        let settled = || pending().and([end.clone()]);
        match outcome {
            Outcome::Completed | Outcome::Accepted => {}
            Outcome::Undone => {
                settled().when(undo()).then_nothing();
            }
            Outcome::Declined | Outcome::Expired | Outcome::Withdrawn => {
                settled().when(undo()).then_refused(TransferRefusal::Settled { outcome });
            }
        }
    }
}

/// From the first row, where everything speaks against it, each row mends the reason of the last.
#[test]
fn refusals_come_in_their_order() {
    let nobody = |act| TransferCommand { standing: Standing::Nobody, ..ask(9, act) };
    let right = Right::Steer;
    for act in [TransferAct::Accept, decline()] {
        given::<Transfer>([])
            .when(nobody(act.clone()))
            .then_refused(TransferRefusal::NoSuchTransfer);
        let declined = TransferEvent::TransferExpired { by: window() };
        let settled = || pending().and([declined.clone()]);
        settled().when(nobody(act.clone())).then_refused(TransferRefusal::NotEntitled { right });
        let outcome = Outcome::Expired;
        settled().when(ask(9, act.clone())).then_refused(TransferRefusal::Settled { outcome });
        pending().when(ask(9, act)).then_refused(TransferRefusal::WindowOver { until: at(5) });
    }
    given::<Transfer>([])
        .when(ask(9, TransferAct::Undo))
        .then_refused(TransferRefusal::NoSuchTransfer);
    given::<Transfer>([]).when(expire(9)).then_refused(TransferRefusal::NoSuchTransfer);
}
