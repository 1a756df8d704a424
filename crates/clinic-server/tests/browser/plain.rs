//! Without a script: every page does what it is for, asked for once more now and then.

use serde_json::json;
use tokio::join;

use crate::asker::Asker;
use crate::limits::REFRESHED;
use crate::stage::play;

#[test]
fn check_in_and_desk_need_no_script() {
    play(async |stage| {
        let (maria, robin) =
            join!(stage.person_without_scripts("Maria"), stage.person_without_scripts("Robin"));
        maria.checks_in("reception", "Maria Lind").await;
        maria.sees("You are next").await;
        robin.signs_in("reception", &stage.password("reception")).await;
        robin.sees_in_order(&["1 waiting", "Maria Lind", "Waiting"]).await;
        robin.clicks_in("Maria Lind", "Start call").await;
        robin.sees("In call with Robin Reception").await;
        // Her page asks again by itself.
        maria.sees_within(REFRESHED, "Robin Reception has started your call").await;
        robin.clicks_in("in Reception", "Pause").await;
        robin.sees("On hold, paused by Robin Reception").await;
        robin.clicks_in("Maria Lind", "Transfer").await;
        robin.sees("Where to").await;
        robin.fills("Note for the members there", "Insurance card seen").await;
        robin.clicks("Transfer").await;
        robin.sees_in_order(&["Nobody is here.", "Maria Lind to Dr. Kim Lee", "Waiting in"]).await;
        maria.reloads().await;
        maria.sees("The clinic has moved you to Dr. Kim Lee.").await;
        robin.clicks("Undo").await;
        robin.sees_in_order(&["Maria Lind", "The transfer to Dr. Kim Lee was undone"]).await;
        robin.clicks("More for Maria Lind").await;
        robin.clicks("Add a note").await;
        robin.fills("Note", "Speaks Danish").await;
        robin.clicks("Add a note").await;
        robin.sees("Speaks Danish Robin Reception").await;
        robin.clicks("More for Maria Lind").await;
        robin.clicks("Close the visit").await;
        robin.ticks("No show").await;
        robin.clicks("Close the visit").await;
        robin.sees("Closed lately Maria Lind no show").await;
        maria.reloads().await;
        maria.sees("Your visit is over").await;
        robin.clicks("Reopen").await;
        robin.sees_in_order(&["1 waiting", "Maria Lind"]).await;
        maria.reloads().await;
        maria.clicks("Leave the waiting room").await;
        maria.clicks("Yes, leave").await;
        maria.sees("Your visit is over").await;
        assert_eq!(maria.path().await, "/r/reception/waiting");
    });
}

#[test]
fn what_is_refused_is_said_on_a_page_that_leads_back() {
    play(async |stage| {
        let admin = Asker::member(stage, "admin").await;
        let _maria = admin.patient(stage, "reception", "Maria Lind").await;
        let room = admin.room("reception").await;
        let visit = admin.visit(&room, "Maria Lind").await;
        let robin = stage.person_without_scripts("Robin").await;
        robin.expects_complaint("409 (Conflict)");
        robin.signs_in("reception", &stage.password("reception")).await;
        robin.sees("Maria Lind").await;
        admin.asks(&format!("visits/{visit}/start-call"), &json!({})).await;
        robin.clicks("Start call").await;
        robin.sees("The clinic refused In call with Alex Admin since ").await;
        robin.clicks("Go back").await;
        robin.sees("In call with Alex Admin").await;
        assert_eq!(robin.path().await, "/desk");
    });
}
