//! By keyboard alone: every flow, without a pointer.

use fantoccini::key::Key;
use serde_json::json;
use tokio::join;
use tokio::time::{sleep, timeout};

use crate::asker::Asker;
use crate::limits::{AT_ONCE, LOOK_EVERY};
use crate::person::Person;
use crate::stage::play;

impl Person {
    /// Goes to what has this name by the Tab key, and presses Enter there.
    async fn enters(&self, name: &str) {
        self.tabs_to(name).await;
        self.presses(Key::Enter).await;
    }

    /// Begins at the top of her page again.
    async fn starts_over(&self) {
        self.runs(
            "document.activeElement?.blur(); getSelection().collapse(document.body, 0)",
            vec![],
        )
        .await;
    }
}

#[test]
fn a_patient_checks_in_and_leaves_by_keyboard() {
    play(async |stage| {
        let maria = stage.person("Maria").await;
        maria.goes_to("/r/reception").await;
        maria.sees("Your name").await;
        maria.tabs_to("Your name").await;
        maria.types("Maria Lind").await;
        maria.tabs_to("No, I am dropping in").await;
        maria.presses(Key::Down).await;
        maria.tabs_to("With").await;
        maria.types("Dr. Kim").await;
        maria.tabs_to("What brings you here today?").await;
        maria.types("My knee").await;
        maria.enters("Check in").await;
        maria.sees("You have an appointment with Dr. Kim Lee.").await;
        maria.starts_over().await;
        maria.enters("Leave the waiting room").await;
        maria.enters("Yes, leave").await;
        maria.sees("Your visit is over").await;
        maria.starts_over().await;
        maria.enters("Back to the check-in page").await;
        maria.sees("Your name").await;
    });
}

#[test]
fn a_member_does_her_day_by_keyboard() {
    play(async |stage| {
        let (maria, robin) = join!(stage.person("Maria"), stage.person("Robin"));
        maria.checks_in("reception", "Maria Lind").await;
        robin.goes_to("/sign-in").await;
        robin.tabs_to("Sign-in name").await;
        robin.types("reception").await;
        robin.tabs_to("Password").await;
        robin.types(&stage.password("reception")).await;
        robin.presses(Key::Enter).await;
        robin.sees("Maria Lind").await;
        robin.follows().await;
        robin.enters("Start call").await;
        robin.sees("In call with Robin Reception").await;
        robin.starts_over().await;
        robin.enters("Pause").await;
        robin.sees("On hold, paused by Robin Reception").await;
        robin.starts_over().await;
        robin.enters("More for Maria Lind").await;
        robin.enters("Add a note").await;
        robin.sees("For members only.").await;
        robin.tabs_to("Note").await;
        robin.types("Speaks Danish").await;
        robin.enters("Add a note").await;
        robin.sees("Speaks Danish Robin Reception").await;
        robin.starts_over().await;
        robin.enters("Transfer").await;
        robin.sees("Where to").await;
        robin.presses(Key::Escape).await;
        robin.does_not_see("Where to").await;
        assert_eq!(robin.focus().await, "Transfer", "the focus is back where it was");
        robin.presses(Key::Enter).await;
        robin.sees("Where to").await;
        robin.tabs_to("Dr. Kim Lee").await;
        robin.presses(Key::Down).await;
        robin.enters("Transfer").await;
        robin.sees("Maria Lind to Dr. Sam Ortiz").await;
        robin.starts_over().await;
        robin.enters("Undo").await;
        robin.sees("The transfer to Dr. Sam Ortiz was undone").await;
        robin.starts_over().await;
        robin.enters("More for Maria Lind").await;
        robin.enters("Close the visit").await;
        robin.sees("You can reopen it for a while.").await;
        robin.enters("Close the visit").await;
        robin.sees("Closed lately Maria Lind completed").await;
        maria.sees("Your visit is over").await;
        robin.starts_over().await;
        robin.enters("Reopen").await;
        join!(robin.sees("1 waiting"), maria.sees("You are next"));
    });
}

#[test]
fn a_member_does_what_is_rarer_by_keyboard() {
    play(async |stage| {
        let admin = Asker::member(stage, "admin").await;
        let (reception, kims) = (admin.room("reception").await, admin.room("dr-kim").await);
        admin.sets_policy(&kims, &json!({ "accept_window_ms": 600_000 })).await;
        let (maria, robin, kim) = join!(
            stage.person("Maria"),
            stage.member("Robin", "reception"),
            stage.member("Kim", "kim")
        );
        maria.checks_in("reception", "Maria Lind").await;
        let _twice = admin.patient(stage, "reception", "Maria Berg").await;
        robin.sees("2 waiting").await;
        robin.follows().await;
        kim.follows().await;
        robin.enters("More for Maria Lind").await;
        robin.enters("Mark urgent").await;
        robin.sees("Urgent").await;
        robin.starts_over().await;
        robin.enters("Payment").await;
        let ticked = async {
            // Of whichever row the keyboard comes to first.
            while !admin
                .rows(&reception)
                .await
                .iter()
                .any(|row| row["checklist"][0]["done"] == true)
            {
                sleep(LOOK_EVERY).await;
            }
        };
        timeout(AT_ONCE, ticked).await.expect("it is ticked");
        robin.starts_over().await;
        robin.enters("More for Maria Berg").await;
        robin.enters("Merge").await;
        robin.sees("Which visit goes on").await;
        robin.tabs_to("Maria Lind").await;
        robin.types(" ").await;
        robin.enters("Merge").await;
        robin.sees("1 waiting").await;
        for (answer, said) in
            [("Decline", "Dr. Kim Lee declined"), ("Accept", "Waiting in Dr. Kim Lee. Accepted.")]
        {
            robin.starts_over().await;
            robin.enters("Transfer").await;
            robin.sees("Where to").await;
            robin.tabs_to("Dr. Kim Lee").await;
            robin.enters("Transfer").await;
            join!(robin.sees("Not accepted yet."), kim.sees("Maria Lind"));
            kim.starts_over().await;
            kim.enters(answer).await;
            if answer == "Decline" {
                kim.sees("The visit goes back to where it came from").await;
                kim.enters(answer).await;
            }
            robin.sees(said).await;
        }
        kim.starts_over().await;
        kim.enters("Call next").await;
        maria.sees("Dr. Kim Lee has started your call").await;
        kim.starts_over().await;
        kim.enters("Complete").await;
        maria.sees("Your visit is over").await;
    });
}

#[test]
fn an_admin_sets_up_a_room_and_a_member_by_keyboard() {
    play(async |stage| {
        let alex = stage.member("Alex", "admin").await;
        alex.goes_to("/admin").await;
        alex.tabs_to("Name").await;
        alex.types("Triage").await;
        alex.enters("Open a room").await;
        alex.sees("/r/triage").await;
        alex.starts_over().await;
        alex.enters("Triage").await;
        alex.sees("What patients read").await;
        alex.tabs_to("Welcome").await;
        alex.types("Welcome to triage.").await;
        alex.enters("Save").await;
        alex.sees("Saved.").await;
        alex.tabs_to("What patients read meanwhile").await;
        alex.types("Back at noon.").await;
        alex.enters("Suspend the door").await;
        alex.sees("The door is suspended.").await;
        let maria = stage.person("Maria").await;
        maria.goes_to("/r/triage").await;
        maria.sees_in_order(&["Not taking check-ins", "Back at noon.", "Welcome to triage."]).await;
        alex.goes_to("/admin/members").await;
        alex.tabs_to("Name").await;
        alex.types("Nora Nurse").await;
        alex.enters("Add a member").await;
        alex.sees("Nora Nurse").await;
        alex.starts_over().await;
        alex.enters("Nora Nurse").await;
        alex.enters("Make an invitation").await;
        alex.sees("/invitation?token=").await;
    });
}
