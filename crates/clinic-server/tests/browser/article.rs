//! The article's workflow: a patient, a receptionist and a provider, each with a browser of her own.

use std::rc::Rc;

use tokio::join;

use crate::person::Person;
use crate::stage::{Stage, play};

/// The three of them.
struct Three {
    maria: Rc<Person>,
    robin: Rc<Person>,
    kim: Rc<Person>,
}

impl Three {
    async fn come(stage: &Stage) -> Self {
        let (maria, robin, kim) = join!(
            stage.person("Maria"),
            stage.member("Robin", "reception"),
            stage.member("Kim", "kim")
        );
        Self { maria, robin, kim }
    }

    async fn page_loads(&self) -> [u32; 3] {
        let Self { maria, robin, kim } = self;
        [maria.page_loads().await, robin.page_loads().await, kim.page_loads().await]
    }

    /// Maria waits, as somebody who has an appointment with Kim.
    async fn maria_checks_in(&self) {
        let Self { maria, robin, kim } = self;
        join!(robin.sees("Nobody is here."), kim.sees("Nobody is here."));
        maria.goes_to("/r/reception").await;
        maria.sees("Welcome. Somebody at the desk will call you soon").await;
        maria.sees("Monday to Friday, 8:00 to 18:00.").await;
        maria.sees("In an emergency call 112").await;
        maria.fills("Your name", "Maria Lind").await;
        maria.ticks("Yes, I have an appointment").await;
        maria.chooses("With", "Dr. Kim Lee").await;
        maria.fills("What brings you here today?", "My knee hurts").await;
        maria.clicks("Check in").await;
        join!(
            maria.sees("You are being seen by Dr. Kim Lee next You are next"),
            robin.sees_in_order(&[
                "Maria Lind",
                "Booked with Dr. Kim Lee",
                "My knee hurts",
                "Waiting"
            ]),
            robin.sees_title("(1) Desk"),
        );
        maria.sees("In an emergency call 112").await;
        kim.sees("Nobody is here.").await;
    }

    async fn robin_calls_and_pauses(&self) {
        let Self { maria, robin, kim } = self;
        robin.clicks_in("Maria Lind", "Start call").await;
        join!(
            maria.sees("Robin Reception has started your call"),
            maria.sees_title("Your call has started"),
            robin.sees("In call with Robin Reception"),
        );
        assert!(maria.can("Join the call").await, "there is a call to join");
        robin.clicks_in("in Reception", "Pause").await;
        join!(
            maria.sees("On hold with Reception"),
            robin.sees("On hold, paused by Robin Reception"),
            robin.sees("You are in no call."),
        );
        assert!(!maria.can("Join the call").await, "there is no call to join");
        robin.clicks("Resume call").await;
        join!(
            maria.sees("Robin Reception has started your call"),
            robin.sees("In call with Robin Reception"),
        );
        kim.sees("Nobody is here.").await;
    }

    async fn robin_transfers(&self, note: &str) {
        let Self { maria, robin, kim } = self;
        robin.clicks_in("Maria Lind", "Transfer").await;
        robin
            .sees_in_order(&[
                "Transfer Maria Lind",
                "Dr. Kim Lee expected",
                "1 online",
                "Dr. Sam Ortiz",
            ])
            .await;
        robin.fills("Note for the members there", note).await;
        robin.clicks("Transfer").await;
        let arrived = ["Maria Lind", "Transferred by Robin Reception from Reception", note];
        join!(
            maria.sees("The clinic has moved you to Dr. Kim Lee."),
            kim.sees_in_order(&arrived),
            kim.sees_title("(1) Desk"),
            robin.sees_in_order(&[
                "Nobody is here.",
                "Sent on",
                "Maria Lind to Dr. Kim Lee",
                "Waiting in Dr. Kim Lee."
            ]),
        );
    }

    async fn robin_undoes(&self) {
        let Self { maria, robin, kim } = self;
        robin.clicks("Undo").await;
        join!(
            maria.sees("The clinic has moved you to Reception."),
            kim.sees("Nobody is here."),
            robin.sees_in_order(&[
                "Maria Lind",
                "The transfer to Dr. Kim Lee was undone",
                "Sent on",
                "Undone."
            ]),
        );
    }

    async fn kim_calls_and_transfers_back(&self) {
        let Self { maria, robin, kim } = self;
        kim.clicks_in("Maria Lind", "Start call").await;
        join!(
            maria.sees("Dr. Kim Lee has started your call"),
            kim.sees("In call with Dr. Kim Lee"),
            robin.sees("In call in Dr. Kim Lee."),
        );
        kim.clicks_in("in Dr. Kim Lee", "Transfer").await;
        kim.ticks("Reception").await;
        kim.fills("Note for the members there", "Rebook in two weeks").await;
        kim.clicks("Transfer").await;
        join!(
            maria.sees("The clinic has moved you to Reception."),
            kim.sees("Waiting in Reception."),
            robin.sees_in_order(&[
                "Maria Lind",
                "Transferred by Dr. Kim Lee from Dr. Kim Lee",
                "Rebook in two weeks"
            ]),
        );
    }

    async fn robin_says_goodbye(&self) {
        let Self { maria, robin, kim } = self;
        robin.clicks_in("Maria Lind", "Start call").await;
        join!(
            maria.sees("Robin Reception has started your call"),
            kim.sees("In call in Reception."),
            robin.sees("In call with Robin Reception"),
        );
        robin.clicks_in("Rebook in two weeks", "Rebook").await;
        robin.clicks("Complete").await;
        join!(
            maria.sees("Your visit is over Thank you for coming."),
            maria.sees_title("Visit over"),
            kim.sees("Closed: completed."),
            robin.sees_in_order(&["Nobody is here.", "Closed lately", "Maria Lind completed"]),
        );
    }
}

#[test]
fn from_check_in_to_goodbye_each_sees_at_once_what_the_others_do() {
    play(async |stage| {
        let three = Three::come(stage).await;
        three.maria_checks_in().await;
        let loads = three.page_loads().await;
        three.robin_calls_and_pauses().await;
        three.robin_transfers("Insurance card seen").await;
        three.robin_undoes().await;
        three.robin_transfers("Insurance card seen, second try").await;
        three.maria.does_not_see("Insurance").await;
        three.kim_calls_and_transfers_back().await;
        three.robin_says_goodbye().await;
        three.maria.does_not_see("Rebook").await;
        assert_eq!(three.page_loads().await, loads, "no page was loaded again");
    });
}
