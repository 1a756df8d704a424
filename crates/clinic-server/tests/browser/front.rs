//! The front page, and the page that tells what can be asked.

use fantoccini::key::Key;

use crate::stage::play;

#[test]
fn whoever_comes_to_the_server_is_led_to_the_sign_in() {
    play(async |stage| {
        let robin = stage.person("Robin").await;
        robin.goes_to("/").await;
        robin.sees("Sign-in name").await;
        assert_eq!(robin.path().await, "/sign-in?back=/desk");
        robin.fills("Sign-in name", "reception").await;
        robin.fills("Password", &stage.password("reception")).await;
        robin.presses(Key::Enter).await;
        robin.sees_title("Desk").await;
        robin.goes_to("/").await;
        assert_eq!(robin.path().await, "/desk");
        robin.clicks("Robin Reception").await;
        robin.clicks("Sign out").await;
        robin.sees("Sign-in name").await;
        robin.goes_to("/desk").await;
        assert_eq!(robin.path().await, "/sign-in?back=/desk");
    });
}

#[test]
fn what_can_be_asked_is_told_without_a_script() {
    play(async |stage| {
        let maria = stage.person_without_scripts("Maria").await;
        maria.goes_to("/docs").await;
        maria.sees_in_order(&["What can be asked", "GET /api/clinics", "/check-in"]).await;
        maria.sees("Every operation, by path.").await;
    });
}

#[test]
fn where_there_is_nothing_people_are_told_so() {
    play(async |stage| {
        let maria = stage.person("Maria").await;
        maria.expects_complaint("404 (Not Found)");
        maria.goes_to("/nowhere").await;
        maria.sees("There is no such page.").await;
        maria.accessible().await;
        maria.clicks("The front page").await;
        maria.sees("Sign-in name").await;
    });
}
