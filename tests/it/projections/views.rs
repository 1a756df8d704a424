//! The folds of a clinic together: how far each has come, and what they hold of people.

use clinic_domain::command::Action;
use clinic_domain::personal::HoldsPersonal;
use clinic_domain::time::Millis;
use clinic_projections::checkpoint::Checkpoint;
use clinic_projections::views::Views;

use super::fixture::{Day, by, note};

#[test]
fn every_fold_knows_how_far_it_has_come() {
    let mut day = Day::new();
    let before = day.views.clone();
    day.at("09:10:00").check_in("Anna");
    let of = |views: &Views| {
        let Views { census, directory, waits, ledger } = views;
        [census.checkpoint(), directory.checkpoint(), waits.checkpoint(), ledger.checkpoint()]
    };
    let now = Checkpoint { position: day.state.head(), at: day.now };
    assert_eq!(of(&day.views), [now; 4]);
    assert_eq!((day.views.checkpoint(), day.views.boards().checkpoint()), (now, now));
    // Saved apart, they are as far as the one that is behind.
    let then = before.checkpoint();
    assert_eq!(then.position.next(), now.position);
    let ahead =
        [before.boards().with(day.views.waits.clone()), day.views.boards().with(before.waits)];
    assert_eq!(ahead.map(|views| views.checkpoint()), [then; 2]);
}

/// Each personal datum of a read model: the event and the field that recorded it, and its text.
fn personal(model: &mut impl HoldsPersonal) -> Vec<String> {
    let mut found = vec![];
    model.each_personal(&mut |origin, datum| {
        let text = datum.text().unwrap_or_default();
        found.push(format!("{}.{}: {text}", origin.event, origin.field));
    });
    found
}

#[test]
fn what_is_shown_of_a_person_is_found_with_where_it_was_recorded() {
    let mut day = Day::new();
    day.policy(day.dr_dana, |policy| policy.accept_window = Some(Millis::minutes(3)));
    let anna = day.check_in("Anna");
    day.act(by(day.rita), Action::AddNote(anna, note("speaks French").into()));
    let transfer = day.send_with(day.rita, anna, day.dr_dana, Some("fasting"));
    let [name, written, sent] =
        ["CheckedIn.name: Anna", "NoteAdded.note: speaks French", "Transferred.note: fasting"];
    assert_eq!(personal(&mut day.board(day.dr_dana)), [name, sent, written]);
    assert_eq!(personal(&mut day.views.census.sent_by(day.rita)), [name]);
    let words = Some(note("on holiday").into());
    day.act(by(day.dana), Action::DeclineTransfer { visit: anna, transfer, note: words });
    let declined = "TransferDeclined.note: on holiday";
    assert_eq!(personal(&mut day.board(day.reception)), [name, sent, declined, written]);
    assert_eq!(personal(&mut day.timeline(anna)), [name, written, sent, declined]);
}
