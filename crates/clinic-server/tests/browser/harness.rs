//! What these tests stand on can fail: pages with a mistake in them, made for the purpose, are found out.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;

use fantoccini::key::Key;

use crate::person::Person;
use crate::stage::{Stage, play, play_alone};

/// A page of its own for a test.
async fn page(person: &Person, body: &str) {
    page_under(person, "", body).await;
}

/// The same under a policy.
async fn page_under(person: &Person, policy: &str, body: &str) {
    let policy = format!("<meta http-equiv=Content-Security-Policy content=\"{policy}\">");
    let page =
        format!("<!doctype html><html lang=en>{policy}<title>Try</title><main>{body}</main>");
    person.opens(&format!("data:text/html;charset=utf-8,{}", encoded(&page))).await;
}

/// As an address has it.
fn encoded(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut all, byte| {
        let written = write!(all, "%{byte:02X}");
        written.expect("a text takes everything");
        all
    })
}

/// Why a story fails, which has to.
fn why_it_fails(story: impl AsyncFnOnce(&Stage)) -> String {
    let failed = catch_unwind(AssertUnwindSafe(|| play(story))).expect_err("it has to fail");
    let told = failed.downcast_ref::<String>();
    told.cloned()
        .or_else(|| failed.downcast_ref::<&str>().map(|told| (*told).to_owned()))
        .unwrap_or_default()
}

#[test]
fn what_is_not_seen_fails_the_test_with_what_is_seen_and_a_picture() {
    let why = why_it_fails(async |stage| {
        let maria = stage.person("Maria").await;
        page(&maria, "<p>You are  number 2<p hidden>You are number 3").await;
        maria.sees("You are number 2").await;
        maria.does_not_see("number 3").await;
        maria.sees("number 3").await;
    });
    assert!(why.contains("Maria does not see `number 3` within 1s"), "{why}");
    assert!(why.contains("You are number 2"), "{why}");
    let picture = why.lines().last().expect("it says where the picture is");
    assert!(std::fs::metadata(picture).is_ok_and(|file| file.len() > 1_000), "{why}");
}

#[test]
fn a_breach_of_the_policy_an_uncaught_error_and_a_lost_resource_fail_the_test() {
    play(async |stage| {
        let maria = stage.person("Maria").await;
        for (policy, body, said) in [
            ("script-src 'none'", "<script>document.title = 1</script>", "inline script violates"),
            ("img-src 'none'", "<img alt=lost src=http://127.0.0.1:1/lost.png>", "image 'http"),
            ("", "<script>nobody.there()</script>", "nobody is not defined"),
            ("", "<script>Promise.reject(new Error('left alone'))</script>", "left alone"),
            ("", "<img alt=lost src=http://127.0.0.1:1/lost.png>", "lost.png"),
        ] {
            page_under(&maria, policy, body).await;
            let told = maria.complaints().await;
            assert!(told.len() == 1 && told[0].contains(said), "{said}: {told:?}");
        }
        maria.expects_complaint("nobody is not defined");
        page(&maria, "<script>nobody.there()</script>").await;
    });
    let why = why_it_fails(async |stage| {
        let maria = stage.person("Maria").await;
        page(&maria, "<script>nobody.there()</script>").await;
    });
    assert!(why.contains("Maria: SEVERE javascript: "), "{why}");
}

#[test]
fn what_not_everybody_can_use_fails_the_test_also_behind_a_policy() {
    let policy = "default-src 'none'; require-trusted-types-for 'script'";
    let why = why_it_fails(async |stage| {
        let maria = stage.person("Maria").await;
        page_under(&maria, policy, "<h1>Try</h1><img src=''><input>").await;
        maria.accessible().await;
    });
    assert!(why.contains("image-alt: ") && why.contains("label: "), "{why}");
    play(async |stage| {
        let maria = stage.person("Maria").await;
        page_under(&maria, policy, "<h1>Try</h1><label>Name <input></label>").await;
        maria.accessible().await;
    });
}

#[test]
fn things_are_found_by_their_names_and_by_where_they_stand() {
    play(async |stage| {
        let maria = stage.person("Maria").await;
        let rows = "<table><tr><td>Maria<td><button onclick='document.title=1'>Start call</button>\
            <tr><td>Jonas<td><button onclick='document.title=2'><span aria-hidden=true>x</span>Start <b>call</b></button></table>\
            <label for=who>Your name</label><input id=who value=old><label><input type=checkbox>I agree</label>\
            <select aria-label=Room><option>One<option>Two</select><button hidden>Leave</button><button disabled>Close</button>";
        page(&maria, rows).await;
        maria.clicks_in("Jonas", "Start call").await;
        maria.sees_title("2").await;
        maria.clicks_in("Maria", "Start").await;
        maria.sees_title("1").await;
        maria.fills("Your name", "Maria Lind").await;
        assert_eq!(maria.reads("Your name").await, "Maria Lind");
        maria.ticks("I agree").await;
        maria.chooses("Room", "Two").await;
        assert_eq!(maria.reads("Room").await, "Two");
        maria.presses(Key::Tab).await;
        maria.tabs_to("Your name").await;
        maria.types("+").await;
        // What stood there was marked by the Tab key, and is written over.
        assert_eq!(maria.reads("Your name").await, "+");
        maria.points_at("Jonas", "Start call").await;
        let under = "return document.querySelector('tr:nth-child(2) button').matches(':hover')";
        assert_eq!(maria.runs(under, vec![]).await, true);
        for (name, can) in [("Leave", false), ("Close", false), ("Start call", false)] {
            assert_eq!(maria.can(name).await, can, "{name}");
        }
    });
}

#[test]
fn a_patched_page_is_no_new_one_and_one_that_is_loaded_again_is() {
    play(async |stage| {
        let maria = stage.person("Maria").await;
        maria.goes_to("/sign-in").await;
        let loads = maria.page_loads().await;
        maria.runs("document.querySelector('h1').textContent = 'Patched'", vec![]).await;
        maria.sees("Patched").await;
        assert_eq!(maria.page_loads().await, loads);
        maria.reloads().await;
        maria.sees("Sign in").await;
        assert_eq!(maria.page_loads().await, loads + 1);
        maria.goes_to("/docs").await;
        maria.goes_back().await;
        maria.opens_tab("/docs").await;
        maria.sees("Every operation").await;
        maria.looks_at_tab(1).await;
        maria.sees("Sign-in name").await;
        maria.looks_at_tab(2).await;
        maria.closes_tab().await;
        maria.sees("Sign-in name").await;
    });
}

#[test]
fn a_browser_without_scripts_runs_none() {
    play(async |stage| {
        let maria = stage.person_without_scripts("Maria").await;
        page(&maria, "<p id=said>still</p><script>said.textContent = 'ran'</script><noscript>none</noscript>").await;
        maria.sees("still none").await;
        let rita = stage.person("Rita").await;
        page(&rita, "<p id=said>still</p><script>said.textContent = 'ran'</script><noscript>none</noscript>").await;
        rita.sees("ran").await;
        rita.does_not_see("none").await;
    });
}

#[test]
fn screens_are_of_the_size_and_the_colour_that_was_asked_for() {
    play(async |stage| {
        let maria = stage.person("Maria").await;
        maria.goes_to("/").await;
        let ask =
            "return [innerWidth, innerHeight, matchMedia('(prefers-color-scheme: dark)').matches]";
        maria.on_a_phone().await;
        maria.in_the_dark().await;
        assert_eq!(maria.runs(ask, vec![]).await, serde_json::json!([390, 844, true]));
        maria.on_a_desktop().await;
        maria.in_the_light().await;
        assert_eq!(maria.runs(ask, vec![]).await, serde_json::json!([1280, 900, false]));
    });
}

#[test]
fn a_line_can_be_cut_and_fall_silent_and_a_server_can_die_and_return() {
    play_alone(async |stage| {
        let maria = stage.person("Maria").await;
        let ask = "const done = arguments[0]; fetch('/healthz', { signal: AbortSignal.timeout(700) })\
                   .then((answer) => done(answer.status), (error) => done(error.name))";
        let asks = async || maria.runs_until_done(ask).await;
        maria.goes_to("/").await;
        assert_eq!(asks().await, 200);
        stage.line.is_cut();
        maria.expects_complaint("net::ERR_");
        assert_eq!(asks().await, "TypeError");
        stage.line.comes_back();
        assert_eq!(asks().await, 200);
        stage.line.falls_silent();
        assert_eq!(asks().await, "TimeoutError");
        stage.line.comes_back();
        assert_eq!(asks().await, 200);
        stage.server_dies();
        assert_eq!(asks().await, "TypeError");
        stage.server_returns();
        assert_eq!(asks().await, 200);
        let answer = stage.server().sign_in("admin", &stage.password("admin"));
        assert_eq!(answer.status, 200, "it has the log of before: {answer:?}");
    });
}

#[test]
fn browsers_end_with_their_test_also_when_it_fails() {
    let groups = RefCell::new(vec![]);
    why_it_fails(async |stage| {
        let maria = stage.person("Maria").await;
        groups.borrow_mut().push(maria.processes());
        maria.goes_to("/").await;
        panic!("as a test does");
    });
    play(async |stage| {
        let rita = stage.person("Rita").await;
        groups.borrow_mut().push(rita.processes());
    });
    for group in groups.into_inner() {
        let left = Command::new("ps").args(["-o", "args=", "-g", &group.to_string()]).output();
        let left = left.expect("ps runs").stdout;
        assert_eq!(String::from_utf8_lossy(&left), "");
    }
}
