//! The front page, and the page that tells what can be asked.

use crate::stage::play;

#[test]
fn whoever_comes_to_the_server_is_told_what_it_is() {
    play(async |stage| {
        let maria = stage.person("Maria").await;
        maria.goes_to("/").await;
        maria.sees("A virtual clinic").await;
        maria.accessible_in_every_look().await;
        maria.clicks("What can be asked").await;
        maria.sees_in_order(&["What can be asked", "GET /api/clinics", "/check-in"]).await;
        assert_eq!(maria.path().await, "/docs");
        assert_eq!(maria.page_loads().await, 2);
        maria.accessible_in_every_look().await;
    });
}

#[test]
fn the_front_page_needs_no_script() {
    play(async |stage| {
        let maria = stage.person_without_scripts("Maria").await;
        maria.goes_to("/").await;
        maria.clicks("What can be asked").await;
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
        maria.sees("A virtual clinic").await;
    });
}
