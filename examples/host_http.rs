//! A product that signs people in already mounts the clinic's routes in its own `axum` app:
//! `cargo run --example host_http`.
//!
//! It brings an `Authenticator` of its own, which trusts a header that only its front sets, and is the one
//! who vouches for it. Accounts and cookies of ours are not there then. It records who reads personal
//! data as it likes. This one asks itself over no network; a product would hand `app` to `axum::serve`.

use std::error::Error;
use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::request::{Builder, Parts};
use axum::http::{Request, StatusCode};
use axum::routing::get;
use clinic_domain::actor::{Actor, TokenHash};
use clinic_domain::clinic::Capability;
use clinic_domain::command::Action;
use clinic_domain::hours::Zone;
use clinic_domain::ids::{ClinicId, MemberId, RoomId};
use clinic_domain::room::RoomKind;
use clinic_domain::text::{Slug, Title};
use clinic_engine::ports::{AccessLog, MemoryAccess};
use clinic_engine::{Engine, Ports};
use clinic_http::{Authenticator, Caller, Http, Unavailable};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use tower::ServiceExt as _;
use uuid::Uuid;

/// What the product's front sets on each request, after it took away whatever came from outside:
/// `member CLINIC MEMBER` or `patient ID`, the id being the product's own and unguessable.
const SIGNED_IN: &str = "x-product-signed-in";

/// Believes the front.
#[derive(Debug)]
struct Front;

#[async_trait]
impl Authenticator for Front {
    async fn who(&self, head: &Parts) -> Result<Caller, Unavailable> {
        let said = head.headers.get(SIGNED_IN).and_then(|said| said.to_str().ok());
        let words: Vec<&str> = said.unwrap_or_default().split(' ').collect();
        Ok(match words[..] {
            ["member", clinic, member] => {
                let no_id = |_| Unavailable::Failed("no id".to_owned());
                let id = |text| Uuid::try_parse(text).map_err(no_id);
                Caller::Member(ClinicId(id(clinic)?), MemberId(id(member)?))
            }
            ["patient", id] => Caller::Patient(TokenHash(Sha256::digest(id).into())),
            _ => Caller::Nobody,
        })
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let engine = Engine::new(Ports::in_memory());
    let (clinic, owner, room) = opened(&engine).await?;
    let accesses = Arc::new(MemoryAccess::default());
    let clinics = Http::new(engine.clone(), Arc::new(Front)).access(Arc::clone(&accesses) as _);
    let app = Router::new()
        .route("/", get(async || "the product's own page"))
        .nest("/clinic", clinic_http::router(clinics));

    let (owner, patient) = (format!("member {clinic} {owner}"), "patient 5f1c-77".to_owned());
    let paths = format!("/clinic/api/clinics/{clinic}/rooms/{room}");
    let (check_in, board) = (format!("{paths}/check-in"), format!("{paths}/board"));
    ask(&app, Request::get("/"), "", "").await?;
    let wish = Request::post(&check_in).header("idempotency-key", engine.mint().to_string());
    ask(&app, wish, &patient, &json!({ "name": "Maria Okoye" }).to_string()).await?;
    ask(&app, Request::get(&board), &owner, "").await?;
    ask(&app, Request::get(&board), "", "").await?;
    ask(&app, Request::get("/clinic/api/me"), &owner, "").await?;
    for read in accesses.read(clinic, 0, 10).await? {
        tell(&format!("recorded: {:?} read the {}", read.access.who, read.access.model));
    }
    Ok(())
}

/// A clinic with a Reception.
async fn opened(engine: &Engine) -> Result<(ClinicId, MemberId, RoomId), Box<dyn Error>> {
    let clinic = ClinicId(engine.mint());
    let found = Action::FoundClinic {
        name: Title::parse("Harbour")?,
        zone: Zone::parse("UTC").ok_or("UTC is a zone")?,
        owner_name: Title::parse("Ada")?,
        capabilities: Capability::ALL.into(),
        external_ref: None,
    };
    let founded = engine.execute(clinic, engine.request(Actor::Host, found)).await?;
    let open = Action::OpenRoom {
        kind: RoomKind::Shared,
        name: Title::parse("Reception")?,
        slug: Slug::parse("reception")?,
        external_ref: None,
    };
    let opened = engine.execute(clinic, engine.request(Actor::Host, open)).await?;
    let owner = founded.member().ok_or("a clinic has an Owner")?;
    Ok((clinic, owner, opened.room().ok_or("a room was opened")?))
}

/// Asks the app as the product's front would, and tells the answer.
async fn ask(app: &Router, request: Builder, who: &str, body: &str) -> Result<(), Box<dyn Error>> {
    let request = request.header(SIGNED_IN, who).header("content-type", "application/json");
    let request = request.body(Body::from(body.to_owned()))?;
    let asked = format!("{} {}", request.method(), request.uri());
    let answer = app.clone().oneshot(request).await?;
    let (status, body) = (answer.status(), to_bytes(answer.into_body(), 1 << 20).await?);
    let shown = if status == StatusCode::OK { String::from_utf8_lossy(&body) } else { "".into() };
    tell(&format!("{asked}\n  {status} {shown}"));
    Ok(())
}

#[expect(clippy::print_stdout, reason = "an example shows what it does")]
fn tell(line: &str) {
    println!("{line}");
}
