//! Several people at once: who was faster, what has changed meanwhile, and what somebody may no longer do.

use serde_json::json;
use tokio::join;

use crate::asker::Asker;
use crate::stage::play;

#[test]
fn case_02_of_two_who_start_together_one_wins_and_the_other_is_told_with_whom_and_since_when() {
    play(async |stage| {
        let admin = Asker::member(stage, "admin").await;
        let _maria = admin.patient(stage, "reception", "Maria Lind").await;
        let (robin, alex) =
            join!(stage.member("Robin", "reception"), stage.member("Alex", "admin"));
        join!(robin.sees("Maria Lind"), alex.sees("Maria Lind"));
        for person in [&robin, &alex] {
            person.expects_complaint("409 (Conflict)");
        }
        // Neither may see that the other has been faster.
        stage.line.falls_silent();
        robin.clicks("Start call").await;
        alex.clicks("Start call").await;
        stage.line.comes_back();
        let room = admin.room("reception").await;
        join!(robin.sees("In call with"), alex.sees("In call with"));
        let row = admin.rows(&room).await.remove(0);
        let with = row["with"]["name"].as_str().expect("with somebody");
        let (winner, loser) =
            if with == "Robin Reception" { (&robin, &alex) } else { (&alex, &robin) };
        winner.sees("The call has started.").await;
        loser.sees(&format!("In call with {with} since ")).await;
        assert!(winner.can("End call").await || winner.can("More for Maria Lind").await);
        loser.sees("You are in no call.").await;
    });
}

#[test]
fn a_click_on_what_has_changed_says_what_has_changed() {
    play(async |stage| {
        let admin = Asker::member(stage, "admin").await;
        let _maria = admin.patient(stage, "reception", "Maria Lind").await;
        let robin = stage.member("Robin", "reception").await;
        robin.sees("Maria Lind").await;
        robin.expects_complaint("409 (Conflict)");
        let (room, other) = (admin.room("reception").await, admin.room("dr-kim").await);
        let visit = admin.visit(&room, "Maria Lind").await;
        stage.line.falls_silent();
        admin.asks(&format!("visits/{visit}/transfer"), &json!({ "to": other })).await;
        robin.clicks("Start call").await;
        stage.line.comes_back();
        robin.sees("The visit has moved on").await;
        robin.sees("Nobody is here.").await;
    });
}

#[test]
fn case_40_a_right_that_is_lost_takes_the_board_away_and_a_member_who_is_disabled_her_page() {
    play(async |stage| {
        let admin = Asker::member(stage, "admin").await;
        let _maria = admin.patient(stage, "reception", "Maria Lind").await;
        let robin = stage.member("Robin", "reception").await;
        robin.sees("Maria Lind").await;
        let loads = robin.page_loads().await;
        let (room, member) =
            (admin.room("reception").await, admin.member_named("Robin Reception").await);
        let visit = admin.visit(&room, "Maria Lind").await;
        let who = json!({ "member": member });
        admin.asks(&format!("rooms/{room}/unassign-member"), &who).await;
        robin.sees("You are not assigned to a room").await;
        robin.does_not_see("Maria Lind").await;
        admin.asks(&format!("rooms/{room}/assign-member"), &who).await;
        robin.sees("Maria Lind").await;
        assert_eq!(robin.page_loads().await, loads);
        admin.asks(&format!("rooms/{room}/unassign-member"), &who).await;
        robin.expects_complaint("404 (Not Found)");
        robin.goes_to(&format!("/desk/visits/{visit}/transfer")).await;
        robin.sees("There is nothing here for you.").await;
        robin.clicks("Go back").await;
        robin.sees("You are not assigned to a room").await;
        robin.expects_complaint("401 (Unauthorized)");
        admin.asks(&format!("members/{member}/disable-member"), &json!({})).await;
        robin.sees("Sign-in name").await;
        robin.fills("Sign-in name", "reception").await;
        robin.fills("Password", &stage.password("reception")).await;
        robin.clicks("Sign in").await;
        robin.sees("The name or the password is wrong.").await;
    });
}
