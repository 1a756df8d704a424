//! The pages of Owners and Admins: each form does what it says, and nobody else gets in.

use axum::http::StatusCode;
use clinic_domain::clinic::Role;
use clinic_domain::command::Action;
use clinic_domain::ids::RoomId;
use clinic_domain::room::ArrivalOrder;
use clinic_domain::text::{Label, LinkTemplate};
use clinic_domain::time::Millis;
use serde_json::{Value, json};

use super::html::Form;
use super::window::{OWNERS, Window, clinic};
use crate::engine::fixture::{title, transfer};
use crate::http::people::browser::{Clinic, PASSWORD};

/// A room as the API has it.
async fn room(clinic: &Clinic, room: RoomId) -> Value {
    let mut browser = clinic.signed_in("ada", OWNERS).await;
    browser.get(clinic, &format!("/api/clinics/{{clinic}}/rooms/{room}")).await.body
}

#[tokio::test]
async fn what_a_page_shows_is_what_its_forms_send() {
    let clinic = clinic().await;
    let (ada, house) = (Window::of_ada(&clinic).await, &clinic.house);
    house
        .policy(house.reception, |policy| {
            policy.queue_limit = 7;
            policy.arrivals = ArrivalOrder::BackOfQueue;
            policy.accept_window = Some(Millis(90_000));
            policy.undo_window = Millis(1_000);
            policy.reopen_window = Millis(0);
            policy.wait_warn = Millis(61_000);
            policy.wait_late = Millis(3_600_000);
            policy.return_alert = 5;
            policy.consent = Some(3);
            policy.call_link = Some(LinkTemplate::parse("https://meet.example/{call}").unwrap());
            policy.no_show_after = Some(Millis(600_000));
        })
        .await;
    let labels = ["Paid", "Insurance <card>"].map(|label| Label::parse(label).unwrap());
    house.host(Action::SetChecklist(house.reception, labels.into())).await;
    let path = format!("/admin/rooms/{}", house.reception);
    let typed = ada.see(&path).await.form("/set-hours");
    let typed = typed.with("hours.week.mon:list", "08:00-12:30, 13:00-18:00");
    let typed =
        typed.with("hours.exceptions:days", "2026-12-24: 08:00-12:00\r\n2026-12-25: closed");
    ada.granted(&typed).await;
    let texts =
        ada.see(&path).await.form("/set-texts").with("welcome:null", "Hello,\r\n<you> & \"all\"");
    ada.granted(&texts).await;
    let before = house.head().await;
    let page = ada.see(&path).await;
    for wish in
        ["rename-room", "change-slug", "set-texts", "set-hours", "set-policy", "set-checklist"]
    {
        ada.granted(&page.form(&format!("/{wish}"))).await;
        assert_eq!(house.head().await, before, "{wish} has changed something");
    }
}

#[tokio::test]
async fn what_is_typed_about_a_room_is_done() {
    let clinic = clinic().await;
    let (ada, house) = (Window::of_ada(&clinic).await, &clinic.house);
    let path = format!("/admin/rooms/{}", house.reception);
    let page = ada.see(&path).await;
    let set = |wish: &str, typed: &[(&str, &str)]| {
        let form = page.form(&format!("/{wish}"));
        typed.iter().fold(form, |form, (name, value)| form.with(name, value))
    };
    let forms = [
        set("rename-room", &[("name", "Front desk")]),
        set("change-slug", &[("slug", "front")]),
        set("set-texts", &[("welcome:null", "Hello"), ("emergency:null", "Call 112")]),
        set(
            "set-hours",
            &[("hours.week.tue:list", "09:00-17:00"), ("hours.zone", "Europe/Berlin")],
        ),
        set("set-policy", &[("queue_limit:int", "12"), ("accept_window_ms:min-null", "1:30")]),
        set("set-checklist", &[("labels:lines", "Paid\r\nRebook")]),
        set("set-passcode", &[("passcode", "plum")]),
        set("suspend-room", &[("message", "Fire drill")]),
        set("assign-member", &[("member", &house.dana.to_string())]),
    ];
    for form in &forms {
        let back = ada.granted(form).await;
        assert!(back.starts_with(&format!("{path}#")), "{back}");
    }
    let shown = room(&clinic, house.reception).await;
    assert_eq!(shown["name"], "Front desk");
    assert_eq!((&shown["slug"], &shown["retired"]), (&json!("front"), &json!(["reception"])));
    let texts = json!({ "welcome": "Hello", "office_hours": null, "emergency": "Call 112" });
    assert_eq!(shown["texts"], texts);
    assert_eq!(shown["hours"]["week"]["tue"], json!(["09:00-17:00"]));
    assert_eq!(shown["hours"]["zone"], "Europe/Berlin");
    assert_eq!(shown["policy"]["queue_limit"], 12);
    assert_eq!(shown["policy"]["accept_window_ms"], 90_000);
    assert_eq!(shown["checklist"], json!(["Paid", "Rebook"]));
    assert_eq!(
        (&shown["asks_passcode"], &shown["suspended"]),
        (&json!(true), &json!("Fire drill"))
    );
    assert_eq!(shown["assigned"].as_array().map(Vec::len), Some(2));

    let page = ada.see(&path).await;
    assert!(!page.has("plum"), "a passcode is never shown");
    assert!(page.has("https://clinic.example/r/front"), "the full link is shown");
    let clear = |wish: &str, field: &str| Form {
        fields: vec![(field.to_owned(), String::new())],
        ..page.form(&format!("/{wish}"))
    };
    let forms = [
        clear("set-hours", "hours:null"),
        clear("set-passcode", "passcode:null"),
        page.form("/lift-suspension"),
        page.form("/unassign-member"),
    ];
    for form in &forms {
        ada.granted(form).await;
    }
    let shown = room(&clinic, house.reception).await;
    let off = (&shown["hours"], &shown["asks_passcode"], &shown["suspended"]);
    assert_eq!(off, (&Value::Null, &json!(false), &Value::Null));
    assert_eq!(shown["assigned"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn what_is_refused_is_told_on_a_page() {
    let clinic = clinic().await;
    let (ada, house) = (Window::of_ada(&clinic).await, &clinic.house);
    let page = ada.see(&format!("/admin/rooms/{}", house.reception)).await;
    let wrong = page.form("/set-hours").with("hours.week.mon:list", "8-12");
    let told = ada.submit(&wrong).await;
    assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(told.has("Must be intervals such as 08:00-12:30."), "{}", told.html);
    let page = ada.see(&format!("/admin/members/{}", clinic.ada)).await;
    let told = ada.submit(&page.form("/disable-member")).await;
    assert_eq!(told.status, StatusCode::CONFLICT);
    assert!(told.has("The last active owner."), "{}", told.html);
}

#[tokio::test]
async fn only_owners_and_admins_get_in() {
    let clinic = clinic().await;
    let (ada, house) = (Window::of_ada(&clinic).await, &clinic.house);
    let paths = [
        "/admin".to_owned(),
        format!("/admin/rooms/{}", house.reception),
        format!("/admin/rooms/{}/notice", house.reception),
        "/admin/members".to_owned(),
        format!("/admin/members/{}", house.dana),
        "/admin/access".to_owned(),
    ];
    let invite = ada.see(&paths[4]).await.form("/invite");
    let open = ada.see("/admin").await.form("/open-room").with("name", "Mine").with("slug", "mine");
    let (rita, nobody) = (Window::of(&clinic, "rita", PASSWORD).await, Window::new(&clinic));
    for path in &paths {
        let hers = rita.open(path).await;
        assert_eq!(hers.status, StatusCode::FORBIDDEN, "{path}");
        assert!(hers.has("Only an Owner or an Admin") && !hers.has("Dana"), "{}", hers.html);
        let theirs = nobody.open(path).await;
        assert_eq!(theirs.location(), Some(format!("/sign-in?back={path}").as_str()));
    }
    for form in [invite, open] {
        assert_eq!(rita.submit(&form).await.status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn a_room_is_opened_and_archived_once_it_is_empty() {
    let clinic = clinic().await;
    let (ada, house) = (Window::of_ada(&clinic).await, &clinic.house);
    let form = ada.see("/admin").await.form("/open-room");
    ada.granted(&form.with("name", "Blood tests").with("slug", "blood")).await;
    assert!(ada.see("/admin").await.has("https://clinic.example/r/blood"));

    house.check_in(1).await;
    house.check_in(2).await;
    let path = format!("/admin/rooms/{}", house.reception);
    let page = ada.see(&path).await;
    assert_eq!(page.html.matches("Maria Okoye").count(), 2, "both are named: {}", page.html);
    let refused = ada.submit(&page.form("/archive-room")).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.has("2 visits inside"), "{}", refused.html);
    let to = page.form("/transfer-all").with("to", &house.office.to_string());
    ada.granted(&to).await;
    let page = ada.see(&path).await;
    assert!(!page.has("Maria Okoye") && page.has("Nobody is inside"), "{}", page.html);
    ada.granted(&page.form("/archive-room")).await;
    assert!(ada.see(&path).await.has("This room was archived."));
    assert!(ada.see("/admin").await.has("Archived rooms (1)"));

    let page = ada.see(&format!("/admin/rooms/{}", house.office)).await;
    ada.granted(&page.form("/close-all").with("reason", "end_of_day")).await;
    assert!(ada.see(&format!("/admin/rooms/{}", house.office)).await.has("Nobody is inside"));
}

#[tokio::test]
async fn whoever_may_still_come_back_is_named_where_a_room_is_archived() {
    let clinic = clinic().await;
    let (ada, house) = (Window::of_ada(&clinic).await, &clinic.house);
    house.policy(house.office, |policy| policy.accept_window = Some(Millis(60_000))).await;
    let visit = house.check_in(1).await;
    house.as_rita(transfer(visit, house.office)).await.expect("she may");
    let page = ada.see(&format!("/admin/rooms/{}", house.reception)).await;
    assert!(page.has("may still come back") && page.has("Maria Okoye"), "{}", page.html);
    let refused = ada.submit(&page.form("/archive-room")).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.has("1 that may come back"), "{}", refused.html);
}

#[tokio::test]
async fn a_member_is_added_invited_changed_and_removed() {
    let clinic = clinic().await;
    let ada = Window::of_ada(&clinic).await;
    let form = ada.see("/admin/members").await.form("/add-member").with("name", "Eve");
    ada.granted(&form).await;
    let list = ada.see("/admin/members").await;
    let (before, _) = list.html.split_once(">Eve</a>").expect("she is listed");
    let (_, id) = before.rsplit_once("/admin/members/").expect("her page");
    let path = format!("/admin/members/{}", id.trim_end_matches('"'));

    let invited = ada.submit(&ada.see(&path).await.form("/invite")).await;
    assert_eq!(invited.status, StatusCode::OK);
    let (_, link) = invited.html.split_once("https://clinic.example").expect("a full link");
    let (link, _) = link.split_once('<').expect("an end");
    let eve = Window::new(&clinic);
    let form = eve.see(link).await.form("/invitation");
    let accept = form.with("name", "eve").with("password", "a horse of hers");
    assert_eq!(eve.granted(&accept).await, "/desk");
    clinic.signed_in("eve", "a horse of hers").await;

    ada.granted(&ada.see(&path).await.form("/rename-member").with("name", "Eva")).await;
    ada.granted(&ada.see(&path).await.form("/change-role").with("role", "admin")).await;
    ada.granted(&ada.see(&path).await.form("/disable-member")).await;
    let page = ada.see(&path).await;
    for shown in ["<h1>Eva</h1>", "Admin</span>", "Disabled</span>"] {
        assert!(page.has(shown), "{shown}: {}", page.html);
    }
    ada.granted(&page.form("/enable-member")).await;
    ada.granted(&ada.see(&path).await.form("/remove-member")).await;
    assert!(ada.see(&path).await.has("This member was removed."));
    assert!(!ada.see("/admin/members").await.has("Eva"));
}

#[tokio::test]
async fn the_access_log_shows_the_newest_and_leads_to_all() {
    let clinic = clinic().await;
    let (ada, house) = (Window::of_ada(&clinic).await, &clinic.house);
    let mut rita = clinic.signed_in("rita", PASSWORD).await;
    let board = format!("/api/clinics/{{clinic}}/rooms/{}/board", house.reception);
    for _ in 0..230 {
        assert_eq!(rita.get(&clinic, &board).await.status, StatusCode::OK);
    }
    let rows = |html: &str| html.matches("<th scope=\"row\">").count();
    let (mut path, mut pages) = ("/admin/access".to_owned(), vec![]);
    loop {
        let page = ada.see(&path).await;
        pages.push(rows(&page.html));
        // Each look is recorded too, behind what the next page shows.
        assert!(page.has("Rita") && page.has("Read the board"), "{}", page.html);
        let Some((_, next)) = page.html.split_once("/admin/access?before=") else { break };
        let (before, _) = next.split_once('"').expect("a number");
        path = format!("/admin/access?before={before}");
    }
    assert_eq!(pages, [100, 100, 30]);
    assert!(ada.see("/admin/access").await.has("Read who has read what"));
}

#[tokio::test]
async fn hostile_names_are_text() {
    let clinic = clinic().await;
    let (ada, house) = (Window::of_ada(&clinic).await, &clinic.house);
    let evil = "\"><script>alert(1)</script>";
    let member = clinic.member(evil, Role::Admin).await;
    house.host(Action::RenameRoom(house.reception, title(evil))).await;
    house.host(Action::AssignMember(house.reception, member)).await;
    house
        .host(Action::SetChecklist(
            house.reception,
            vec![Label::parse("</textarea><script>").unwrap()],
        ))
        .await;
    let paths = [
        "/admin".to_owned(),
        "/admin/members".to_owned(),
        format!("/admin/members/{member}"),
        format!("/admin/rooms/{}", house.reception),
        format!("/admin/rooms/{}/notice", house.reception),
    ];
    for path in &paths {
        let page = ada.see(path).await;
        assert!(page.has("&lt;script&gt;alert(1)"), "{path} names it: {}", page.html);
        assert!(!page.has("<script>"), "{path} runs it: {}", page.html);
    }
}
