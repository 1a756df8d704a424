//! Changing one's own password.

use axum::extract::{Extension, State};
use axum::http::StatusCode;
use clinic_engine::ports::{Account, LogError};
use clinic_engine::secrets::{Password, WeakPassword};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Accounts, SignedIn};
use crate::access::{Noted, note};
use crate::commands::Body;
use crate::{Caller, Http, Problem, Source};

pub(super) fn routes() -> OpenApiRouter<Http> {
    OpenApiRouter::new().routes(routes!(change_password))
}

/// Another password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangePassword {
    /// The password until now.
    #[schema(max_length = 200, format = Password)]
    old: String,
    /// The new one: neither the old one nor the sign-in name.
    #[schema(min_length = 10, max_length = 200, format = Password)]
    new: String,
}

/// Change one's own password.
///
/// All other sessions of the member end, and an invitation that she has is void. A wrong old password counts as a wrong sign-in. No command, and so
/// without an `Idempotency-Key`: asked twice, the old password is not the old one any more.
#[utoipa::path(
    post,
    path = "/change-password",
    tag = "people",
    request_body = ChangePassword,
    responses(
        (status = 204, description = "The new password is in force."),
        (status = "default", body = Problem)
    )
)]
async fn change_password(
    State(http): State<Http>,
    accounts: Accounts,
    signed_in: SignedIn,
    source: Option<Extension<Source>>,
    Body(body): Body<ChangePassword>,
) -> Result<StatusCode, Problem> {
    let SignedIn { clinic, member, token, .. } = signed_in;
    let broken = |why: LogError| Problem::broken(&why);
    let bad = |field: &'static str| move |why: WeakPassword| Problem::bad(field, why.to_string());
    let account = accounts.credentials().account_of(clinic, member).await.map_err(broken)?;
    let name = account.ok_or_else(Problem::sign_in)?.name;
    let old = Password::typed(&body.old).map_err(bad("old"))?;
    let new = Password::chosen(&body.new, &name).map_err(bad("new"))?;
    if new == old {
        return Err(bad("new")(WeakPassword::IsTheOld));
    }
    let source = source.as_ref().map(|Extension(source)| source);
    let trying = accounts.trying(Some(&name), source)?;
    let Ok(checked) = accounts.credentials().check_password(&name, &old).await else {
        trying.forgiven();
        return Err(Problem::unavailable());
    };
    let hers = checked.filter(|account| account.clinic == clinic && account.member == member);
    let Some(Account { password: shown, .. }) = hers else {
        return Err(Problem::bad("old", "is not the password"));
    };
    trying.forgiven();
    let credentials = accounts.credentials();
    let changed = credentials.change_password(clinic, member, Some(shown), &new, Some(token)).await;
    if !changed.map_err(broken)? {
        return Err(Problem::sign_in());
    }
    note(&http, Caller::Member(clinic, member), clinic, Noted::ChangePassword(member)).await?;
    Ok(StatusCode::NO_CONTENT)
}
