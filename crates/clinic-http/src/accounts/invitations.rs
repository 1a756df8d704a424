//! Invitations: how a member gets her account, and a new password when she has lost hers.

use axum::extract::{Extension, Json, State};
use axum::http::HeaderMap;
use clinic_domain::clinic::{Role, Status};
use clinic_domain::ids::{ClinicId, MemberId};
use clinic_engine::EngineError;
use clinic_engine::ports::{Accepted, Account, Invitation, Inviter, LogError};
use clinic_engine::secrets::{Password, Secret, SignInName};
use clinic_projections::census::Census;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::Accounts;
use super::sign_in::{Myself, WithCookie, with_cookie};
use crate::access::{Noted, note};
use crate::clinic::look;
use crate::commands::{Body, Nothing, text};
use crate::{Caller, Http, Path, Problem, Source, Unavailable, limits};

pub(super) fn routes() -> OpenApiRouter<Http> {
    OpenApiRouter::new().routes(routes!(invite)).routes(routes!(accept_invitation))
}

/// An invitation, to be handed to the member and to nobody else. It is not shown again.
#[derive(Debug, Serialize, ToSchema)]
struct Invited {
    /// What she shows to accept it.
    token: String,
    /// Until when she may, UTC.
    #[schema(format = DateTime)]
    expires_at: String,
}

/// Invite a member to choose a sign-in name and a password.
///
/// Owners and Admins may; only an Owner invites an Owner. The member must be active. If she has an account
/// already, accepting gives it the new name and password and ends her sessions: this is how a lost password
/// is replaced. A newer invitation voids the older. It is no event and no command, and so without an
/// `Idempotency-Key`: asked twice, the second is good.
#[utoipa::path(
    post,
    path = "/clinics/{clinic}/members/{member}/invite",
    tag = "people",
    params(("clinic" = Uuid, Path), ("member" = Uuid, Path)),
    request_body = Nothing,
    responses((status = 200, body = Invited), (status = "default", body = Problem))
)]
async fn invite(
    State(http): State<Http>,
    accounts: Accounts,
    caller: Caller,
    Path((clinic, member)): Path<(Uuid, Uuid)>,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Json<Invited>, Problem> {
    let (clinic, member) = (ClinicId(clinic), MemberId(member));
    let by = inviter(caller)?;
    look(&http, caller, clinic, None, |views| Some(may_invite(&views.census, by, member)))
        .await??;
    note(&http, caller, clinic, Noted::Invite(member)).await?;
    let broken = |why: LogError| Problem::broken(&why);
    let secret = Secret::fresh().map_err(broken)?;
    let expires_at = accounts.now().plus(limits::INVITATION);
    let invitation = Invitation { clinic, member, by, expires_at };
    let kept = accounts.credentials().keep_invitation(secret.hash(), invitation).await;
    kept.map_err(broken)?;
    Ok(Json(Invited { token: secret.text(), expires_at: expires_at.to_string() }))
}

/// As whom a caller invites.
fn inviter(caller: Caller) -> Result<Inviter, Problem> {
    match caller {
        Caller::Member(_, member) => Ok(Inviter::Member(member)),
        Caller::Host => Ok(Inviter::Host),
        Caller::Nobody | Caller::Patient(_) => Err(Problem::sign_in()),
    }
}

/// Whether somebody may invite a member, by what both are now.
fn may_invite(census: &Census, by: Inviter, member: MemberId) -> Result<(), Problem> {
    let own = match by {
        Inviter::Host => Role::Owner,
        Inviter::Member(by) => {
            let by = census.clinic().member(by).filter(|by| by.active());
            by.map_or(Role::Member, |by| by.role)
        }
    };
    let may = |invited| match own {
        Role::Owner => true,
        Role::Admin => invited != Role::Owner,
        Role::Member => false,
    };
    if own == Role::Member {
        return Err(Problem::may_not_invite());
    }
    let invited = census.clinic().member(member).ok_or_else(Problem::nothing)?;
    if !may(invited.role) {
        return Err(Problem::may_not_invite());
    }
    match invited.status {
        Status::Active => Ok(()),
        Status::Disabled => Err(Problem::not_active()),
        Status::Removed => Err(Problem::nothing()),
    }
}

/// What a member chooses.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AcceptInvitation {
    /// The invitation.
    token: String,
    /// The sign-in name, which nobody else may have; upper and lower case are the same.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// The password; not the name.
    #[schema(min_length = 10, max_length = 200, format = Password)]
    password: String,
}

/// Accept an invitation, and be signed in.
///
/// An invitation that never was, is over, was used or was replaced is answered alike, as is one by somebody
/// who may not invite the member any more. A name that somebody
/// else has is told to whoever holds an invitation, and leaves the invitation as it is. No command, and so
/// without an `Idempotency-Key`: asked twice, the invitation is used, and the name and password sign in.
#[utoipa::path(
    post,
    path = "/accept-invitation",
    tag = "people",
    request_body = AcceptInvitation,
    responses(
        (
            status = 200,
            body = Myself,
            headers(("set-cookie" = String, description = "The session of the member."))
        ),
        (status = "default", body = Problem)
    )
)]
async fn accept_invitation(
    State(http): State<Http>,
    accounts: Accounts,
    source: Option<Extension<Source>>,
    headers: HeaderMap,
    Body(body): Body<AcceptInvitation>,
) -> Result<WithCookie<Json<Myself>>, Problem> {
    let name = text("name", &body.name, SignInName::parse)?;
    let password = Password::chosen(&body.password, &name);
    let password = password.map_err(|why| Problem::bad("password", why.to_string()))?;
    let source = source.as_ref().map(|Extension(source)| source);
    let trying = accounts.trying(None, source)?;
    let accepted = accounts.accept(&body.token, &name, &password).await;
    let account = match accepted {
        Ok(Accepted::Welcome(account)) => account,
        Ok(Accepted::NameTaken) => return Err(Problem::name_taken()),
        Ok(Accepted::Void) => return Err(Problem::no_invitation()),
        Err(why) => {
            trying.forgiven();
            return Err(why.into());
        }
    };
    trying.forgiven();
    let Account { clinic, member, .. } = account;
    note(&http, Caller::Member(clinic, member), clinic, Noted::AcceptInvitation(member)).await?;
    let opened = accounts.welcome(&account).await?;
    let (line, me) = opened.ok_or_else(Problem::wrong_sign_in)?;
    accounts.end_session_here(&headers).await?;
    Ok(with_cookie(line, Json(me)))
}

impl Accounts {
    /// Accepts an invitation that whoever gave it might give now: it outlives neither her right to nor
    /// what the member was.
    async fn accept(
        &self,
        token: &str,
        name: &SignInName,
        password: &Password,
    ) -> Result<Accepted, Unavailable> {
        let Some(secret) = Secret::read(token) else { return Ok(Accepted::Void) };
        let (token, now) = (secret.hash(), self.now());
        let found = self.credentials().invitation(token, now).await?;
        let Some(invitation) = found else { return Ok(Accepted::Void) };
        if !self.still_stands(invitation).await? {
            return Ok(Accepted::Void);
        }
        let accepted = self.credentials().accept_invitation(token, now, name, password).await?;
        if accepted != Accepted::NameTaken || !self.free_name(name).await? {
            return Ok(accepted);
        }
        Ok(self.credentials().accept_invitation(token, now, name, password).await?)
    }

    /// Whether whoever invited the member may invite her as she is now.
    async fn still_stands(&self, invitation: Invitation) -> Result<bool, Unavailable> {
        let Invitation { clinic, member, by, .. } = invitation;
        let engine = &self.inner.engine;
        let may = engine.read(clinic, None, |views| may_invite(&views.census, by, member).is_ok());
        match may.await {
            Ok(may) => Ok(may),
            Err(EngineError::NoSuchClinic(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Frees the name of a member who was removed, and never comes back. Removing her is an event of the
    /// clinic and knows nothing of accounts, so this is done when somebody else wants the name.
    async fn free_name(&self, name: &SignInName) -> Result<bool, Unavailable> {
        let Some(Account { clinic, member, .. }) = self.credentials().account(name).await? else {
            return Ok(true);
        };
        let found = self.member(clinic, member).await?;
        let removed = found.is_some_and(|member| member.status == Status::Removed);
        if removed {
            self.credentials().remove_account(clinic, member).await?;
        }
        Ok(removed)
    }
}
