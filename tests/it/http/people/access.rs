//! The access log: each reading is recorded before it is answered, and shown to those who administer.

use std::sync::Arc;

use async_trait::async_trait;
use axum::http::StatusCode;
use clinic_domain::ids::{ClinicId, MemberId};
use clinic_engine::ports::{Access, AccessLog, Accessed, LogError};
use clinic_http::Cookies;
use serde_json::json;

use super::browser::{Browser, Clinic, PASSWORD};

const LOG: &str = "/api/clinics/{clinic}/access-log";

fn board(clinic: &Clinic) -> String {
    format!("/api/clinics/{{clinic}}/rooms/{}/board", clinic.house.reception)
}

async fn owner(clinic: &Clinic) -> Browser {
    clinic.account("ada", clinic.ada, "an owner's password").await;
    clinic.signed_in("ada", "an owner's password").await
}

#[tokio::test]
async fn a_reading_is_recorded_with_who_what_and_when_and_so_is_reading_that() {
    let clinic = Clinic::new().await;
    clinic.house.check_in(1).await;
    let mut rita = clinic.signed_in("rita", PASSWORD).await;
    rita.get(&clinic, &board(&clinic)).await;
    let mut ada = owner(&clinic).await;
    let page = ada.get(&clinic, LOG).await;
    assert_eq!(page.status, StatusCode::OK, "{:?}", page.body);
    let (at, room) = ("2026-03-02T09:00:00.000Z", clinic.house.reception.0);
    let first = json!({ "number": 1, "at": at, "member": clinic.house.rita.0, "model": "board",
        "room": room, "visit": null, "account": null });
    assert_eq!(page.body, json!({ "records": [first] }));
    let page = ada.get(&clinic, &format!("{LOG}?after=1&limit=1")).await;
    let second = json!({ "number": 2, "at": at, "member": clinic.ada.0, "model": "access-log",
        "room": null, "visit": null, "account": null });
    assert_eq!(page.body, json!({ "records": [second] }));
    assert!(!page.body.to_string().contains("Okoye"), "records name nobody");
}

#[tokio::test]
async fn what_is_not_shown_is_not_recorded_and_a_page_is_bounded() {
    let clinic = Clinic::new().await;
    clinic.account("dana", clinic.house.dana, "another horse").await;
    let mut dana = clinic.signed_in("dana", "another horse").await;
    assert_eq!(dana.get(&clinic, &board(&clinic)).await.status, StatusCode::NOT_FOUND);
    assert_eq!(dana.get(&clinic, LOG).await.status, StatusCode::NOT_FOUND);
    assert_eq!(Browser::default().get(&clinic, LOG).await.status, StatusCode::UNAUTHORIZED);
    let mut ada = owner(&clinic).await;
    assert_eq!(ada.get(&clinic, LOG).await.body, json!({ "records": [] }));
    for limit in ["0", "501"] {
        let refused = ada.get(&clinic, &format!("{LOG}?limit={limit}")).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{limit}");
        assert_eq!(refused.body["field"], "limit");
    }
}

/// Keeps nothing.
#[derive(Debug)]
struct FullDisk;

#[async_trait]
impl AccessLog for FullDisk {
    async fn record(&self, _: Access) -> Result<(), LogError> {
        Err(LogError::Failed("no space left".to_owned()))
    }

    async fn read(&self, _: ClinicId, _: u64, _: usize) -> Result<Vec<Accessed>, LogError> {
        Ok(vec![])
    }
}

#[tokio::test]
async fn what_cannot_be_recorded_is_not_shown() {
    let clinic = Clinic::with(Cookies { secure: true }, Arc::new(FullDisk)).await;
    clinic.house.check_in(1).await;
    let mut rita = clinic.signed_in("rita", PASSWORD).await;
    let refused = rita.get(&clinic, &board(&clinic)).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(!refused.body.to_string().contains("Okoye"));
    let mut ada = owner(&clinic).await;
    assert_eq!(ada.get(&clinic, LOG).await.status, StatusCode::SERVICE_UNAVAILABLE);
    let visit = clinic.house.check_in(2).await;
    let priority = format!("/api/clinics/{{clinic}}/visits/{visit}/set-priority");
    let done = rita.post(&clinic, &priority, json!({ "priority": "soon" })).await;
    assert_eq!(done.status, StatusCode::OK, "what is no reading goes on: {:?}", done.body);
}

#[tokio::test]
async fn who_let_whom_sign_in_is_recorded_by_ids() {
    let clinic = Clinic::new().await;
    let mut ada = owner(&clinic).await;
    let (mut dana, id) = (Browser::default(), clinic.house.dana);
    let invite = format!("/api/clinics/{{clinic}}/members/{id}/invite");
    let invited = ada.post(&clinic, &invite, json!({})).await;
    let token = invited.body["token"].as_str().expect("a token");
    let body = json!({ "token": token, "name": "dana", "password": "another horse" });
    let accepted = dana.post(&clinic, "/api/accept-invitation", body).await;
    assert_eq!(accepted.status, StatusCode::OK, "{:?}", accepted.body);
    let body = json!({ "old": "another horse", "new": "battery staple" });
    let changed = dana.post(&clinic, "/api/change-password", body).await;
    assert_eq!(changed.status, StatusCode::NO_CONTENT, "{:?}", changed.body);
    let page = ada.get(&clinic, LOG).await;
    let records = page.body["records"].as_array().expect("records").iter();
    let told: Vec<_> =
        records.map(|one| json!([one["model"], one["member"], one["account"]])).collect();
    let by = |model: &str, member: MemberId| json!([model, member.0, id.0]);
    assert_eq!(
        told,
        [by("invite", clinic.ada), by("accept-invitation", id), by("change-password", id)]
    );
    assert!(!page.body.to_string().contains(token), "no secret is in a record");
}
