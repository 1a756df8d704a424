//! One server with several clinics: each has its own address, and nobody leaves it by mistake.

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use clinic_engine::ports::{CountedIds, ManualClock, MemoryCredentials};
use clinic_engine::{Engine, Ports};
use clinic_http::{Accounts, Cookies, Http};

use super::takes;
use crate::engine::fixture::{House, NINE, start};
use crate::http::pages::html::{Opened, between};
use crate::http::pages::window::Window;
use crate::http::people::browser::Browser;

/// Two clinics on one engine, each with a Reception; and the pages of both.
async fn two() -> (House, House, Router) {
    let clock = Arc::new(ManualClock::at(NINE));
    let ids = Arc::new(CountedIds::starting_at(0));
    let engine = Engine::new(Ports { clock: Arc::clone(&clock) as _, ids, ..Ports::in_memory() });
    let one = House::with(engine.clone(), Arc::clone(&clock)).await;
    let two = House::with(engine.clone(), clock).await;
    let credentials = Arc::new(MemoryCredentials::default());
    let accounts = Accounts::new(engine.clone(), credentials, Cookies { secure: true });
    let http = Http::new(engine, Arc::new(accounts.clone())).accounts(accounts).pages();
    (one, two, clinic_http::router(http))
}

/// Every way from here stays in this clinic, or leads to what all have.
fn stays(page: &Opened, clinic: &str) {
    let live = page.has("data-live=").then(|| between(&page.html, "data-live=\"", "\"").to_owned());
    let forms = page.forms();
    let backs = forms.iter().filter_map(|form| form.value("back").map(str::to_owned));
    let actions = forms.iter().map(|form| form.action.clone());
    let ways: Vec<String> =
        page.links().into_iter().chain(live).chain(actions).chain(backs).collect();
    assert!(!ways.is_empty(), "{}", page.html);
    for way in ways {
        let within = [format!("/c/{clinic}/r/"), format!("/do/clinics/{clinic}/"), "#".to_owned()];
        assert!(within.iter().any(|start| way.starts_with(start)), "{way} leaves {clinic}");
    }
}

#[tokio::test]
async fn where_there_are_several_clinics_a_link_names_its_own_and_stays_below_it() {
    let (house, other, router) = two().await;
    let patient = Window::at(router.clone(), house.clinic, Browser::default());
    for path in ["/r/reception", "/r/reception/waiting", "/r/reception/live"] {
        assert_eq!(patient.open(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let clinic = house.clinic.to_string();
    let here = format!("/c/{clinic}/r/reception");
    let door = patient.see(&here).await;
    stays(&door, &clinic);
    let form = door.form(&here).with("name", "Maria");
    let wrong = form.clone().with("name", "");
    stays(&patient.refused(&wrong, StatusCode::UNPROCESSABLE_ENTITY).await, &clinic);
    assert_eq!(patient.granted(&form).await, format!("{here}/waiting"));
    let waiting = patient.see(&format!("{here}/waiting")).await;
    waiting.says(["You are next"]);
    stays(&waiting, &clinic);
    let door = patient.see(&here).await;
    door.says(["You are waiting in reception"]);
    stays(&door, &clinic);
    let live = patient.follow(&format!("{here}/live")).await.told().await;
    let html = live.data["put"][0]["html"].as_str().expect("a part").to_owned();
    stays(&Opened { html, ..waiting.clone() }, &clinic);

    // In the other clinic she is nobody yet.
    let there = format!("/c/{}/r/reception", other.clinic);
    let door = patient.see(&there).await;
    assert!(takes(&door));
    stays(&door, &other.clinic.to_string());
    assert_eq!(patient.led(&format!("{there}/waiting")).await, there);

    let leaving = patient.see(&format!("{here}/leave")).await;
    stays(&leaving, &clinic);
    let visit = between(&leaving.html, "/visits/", "/leave").parse().expect("an id");
    house.as_rita(start(clinic_domain::ids::VisitId(visit))).await.expect("granted");
    assert_eq!(patient.led(&format!("{here}/join")).await, format!("{here}/waiting"));
    assert_eq!(patient.granted(&leaving.form("/leave")).await, format!("{here}/waiting"));
    let over = patient.see(&format!("{here}/waiting")).await;
    over.says(["Your visit is over"]);
    stays(&over, &clinic);
    assert_eq!(patient.granted(&over.form("/not-you")).await, here);
}

#[tokio::test]
async fn a_clinic_that_is_none_has_no_door() {
    let (house, _, router) = two().await;
    let patient = Window::at(router, house.clinic, Browser::default());
    for path in [
        format!("/c/{}/r/reception", house.rita),
        "/c/reception/r/reception".to_owned(),
        format!("/c/{}/r/nobody", house.clinic),
        format!("/c/{}/desk", house.clinic),
    ] {
        assert_eq!(patient.open(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}
