//! `clinic init` and `clinic reset-password`.

use std::fs;

use crate::place::Place;
use crate::server::Server;
use crate::support::Ran;

const INIT: [&str; 9] = [
    "init",
    "--name",
    "Harbour",
    "--zone",
    "Europe/Berlin",
    "--owner",
    "Ada Okafor",
    "--sign-in",
    "Ada",
];

fn shown_password(ran: &Ran) -> String {
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    ran.out.trim_end().rsplit(' ').next().expect("a password").to_owned()
}

#[test]
fn a_clinic_is_founded_once_and_its_owner_signs_in() {
    let place = Place::new();
    let made = place.clinic(&INIT);
    let password = shown_password(&made);
    assert!(made.out.starts_with("Harbour is founded; Ada Okafor signs in as \"ada\".\n"));
    assert!(password.len() >= 16, "{password}");
    assert_eq!(place.files_with(&password), Vec::<std::path::PathBuf>::new());
    let again = place.clinic(&INIT);
    assert_eq!((again.code, again.out.as_str()), (2, ""));
    assert!(again.err.contains("has a clinic \"Harbour\" already"), "{}", again.err);
    let other = INIT.map(|word| if word == "Harbour" { "Hill" } else { word });
    let other = place.clinic(&other);
    assert_eq!(other.code, 2);
    assert!(other.err.contains("somebody signs in as \"ada\" already"), "{}", other.err);
    assert!(place.clinic(&["verify"]).out.contains("1 clinics"), "nothing was founded");
    let server = Server::on(&place);
    assert!(!server.greeting.contains("sample"), "{}", server.greeting);
    assert_eq!(server.sign_in("ADA", &password).status, 200);
    let busy = place.clinic(&INIT);
    assert_eq!(busy.code, 3, "{}", busy.err);
}

#[test]
fn a_password_can_come_from_standard_input_and_is_not_shown_then() {
    let place = Place::new();
    let words: Vec<&str> = INIT.into_iter().chain(["--password-stdin"]).collect();
    let weak = place.clinic_reading(&words, b"short\n");
    assert_eq!(weak.code, 2);
    assert!(weak.err.starts_with("the password is 5 characters long"), "{}", weak.err);
    assert_eq!(place.files(), Vec::<String>::new());
    let made = place.clinic_reading(&words, b"correct horse battery\n");
    assert_eq!(made.code, 0, "{}", made.err);
    assert!(!made.out.contains("correct") && !made.out.contains("shown"), "{}", made.out);
    let server = Server::on(&place);
    assert_eq!(server.sign_in("ada", "correct horse battery").status, 200);
}

#[test]
fn a_new_password_ends_sessions_also_while_a_server_is_at_work() {
    let place = Place::new();
    let old = shown_password(&place.clinic(&INIT));
    let server = Server::on(&place);
    let signed_in = server.sign_in("ada", &old);
    let cookie = signed_in.cookie();
    assert_eq!(server.get("/api/me", &cookie).status, 200);
    let new = shown_password(&place.clinic(&["reset-password", "ADA"]));
    assert_eq!(server.get("/api/me", &cookie).status, 401, "her session has ended");
    assert_eq!(server.sign_in("ada", &old).status, 401);
    assert_eq!(server.sign_in("ada", &new).status, 200);
    drop(server);
    let typed = b"correct horse battery";
    let reset = place.clinic_reading(&["reset-password", "ada", "--password-stdin"], typed);
    assert_eq!(reset.out, "\"ada\" has a new password, and is signed in nowhere.\n");
    let server = Server::on(&place);
    assert_eq!(server.sign_in("ada", &new).status, 401);
    assert_eq!(server.sign_in("ada", "correct horse battery").status, 200);
}

#[test]
fn nobody_gets_a_password_who_has_no_account() {
    let place = Place::new();
    let none = place.clinic(&["reset-password", "ada"]);
    assert_eq!(none.code, 2);
    assert!(none.err.contains("no such file, so nobody has an account"), "{}", none.err);
    assert_eq!(place.files(), Vec::<String>::new(), "it makes nothing");
    shown_password(&place.clinic(&INIT));
    let other = place.clinic(&["reset-password", "bob"]);
    assert_eq!((other.code, other.err.as_str()), (2, "nobody signs in as \"bob\"\n"));
}

#[test]
fn an_owner_whose_account_was_never_made_gets_one() {
    let place = Place::new();
    shown_password(&place.clinic(&INIT));
    // As if the machine had failed when the clinic was founded, and before anybody could sign in.
    fs::remove_file(place.path("data/clinic.credentials.db")).expect("the accounts");
    assert_eq!(place.clinic(&["reset-password", "ada"]).code, 2);
    let owner = |name: &str, owner: &str| place.clinic(&["reset-password", name, "--owner", owner]);
    let nobody = owner("ada", "Bob");
    assert_eq!(nobody.code, 2);
    assert!(nobody.err.starts_with("there is no Owner \"Bob\"; there is:"), "{}", nobody.err);
    let server = Server::on(&place);
    let made = owner("Ada", "ada okafor");
    assert!(made.out.starts_with("Ada Okafor signs in as \"ada\".\n"), "{}", made.out);
    let password = shown_password(&made);
    assert_eq!(server.sign_in("ada", &password).status, 200);
    let again = owner("eve", "Ada Okafor");
    assert_eq!(again.code, 2);
    assert!(again.err.contains("Ada Okafor signs in as \"ada\""), "{}", again.err);
    assert_eq!(server.sign_in("ada", &password).status, 200, "and nothing has changed");
}

#[test]
fn a_name_that_somebody_has_is_given_to_no_owner() {
    let place = Place::new();
    shown_password(&place.clinic(&INIT));
    let hill = INIT.map(|word| match word {
        "Harbour" => "Hill",
        "Ada Okafor" => "Max Roth",
        "Ada" => "max",
        other => other,
    });
    shown_password(&place.clinic(&hill));
    let which = place.clinic(&["reset-password", "x", "--owner", "Max Roth"]);
    assert_eq!(which.code, 2);
    assert!(which.err.contains("choose one with --clinic"), "{}", which.err);
    let words = ["reset-password", "x", "--owner", "Max Roth", "--clinic", "Harbour"];
    assert!(place.clinic(&words).err.starts_with("there is no Owner \"Max Roth\""));
    let words = ["reset-password", "ada", "--owner", "Max Roth", "--clinic", "Hill"];
    let has = place.clinic(&words);
    assert!(has.err.contains("Max Roth signs in as \"max\""), "{}", has.err);
}
