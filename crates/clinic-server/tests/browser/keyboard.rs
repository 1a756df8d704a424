//! By keyboard alone: every flow, without a pointer.

use fantoccini::key::Key;
use tokio::join;

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
