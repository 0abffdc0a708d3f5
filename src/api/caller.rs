//! Who calls: [`SignedIn`] for endpoints that need a token, [`Anyone`] for the others. The token is
//! that of a header or of a browser's cookie, as `credential` reads it.

use std::sync::Arc;

use poem::{Request, RequestBody, Result};
use poem_openapi::registry::{MetaSecurityScheme, Registry};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};

use super::credential::Credential;
use super::incoming::take_idempotency_key;
use super::input::refuse_untaken;
use super::limits;
use super::problem::Problem;
use super::reach::reach_of;
use super::request::RequestInfo;
use super::server::Door;
use super::staff::action_of;
use crate::domain::auth::model::{Actor, Caller};
use crate::flows::sessions::Reach;
use crate::flows::{accounts, second_factor, sessions};
use crate::platform::error::Error;
use crate::views::languages;

/// A signed-in caller, whatever their role and status. What they may do is decided by the flow or view.
pub struct SignedIn(pub Caller);

/// Any caller. A token is not looked at.
pub struct Anyone(pub Caller);

/// Name of the scheme in the OpenAPI document.
const SCHEME: &str = "bearer";

/// What the frame noted about this request.
pub(super) fn info_of(request: &Request) -> Result<&Arc<RequestInfo>, Problem> {
    request.data::<Arc<RequestInfo>>().ok_or_else(|| Error::internal("request without its frame").into())
}

/// Who the token says that the caller is, as long as it holds.
fn shown_actor(request: &Request, info: &RequestInfo, reach: Reach) -> Result<Actor, Error> {
    sessions::resolve_within(&info.context, Credential::of(request, info)?.token(), reach)
}

/// How far this operation is open to whoever owes a second factor.
fn reach(request: &Request, info: &RequestInfo) -> Reach {
    info.route.get().map_or(Reach::Whole, |route| reach_of(request.method(), &route.pattern))
}

/// What becomes of a token that is refused. Who guesses tokens is counted by their address; who owes a second factor is
/// known, and the audit names them.
async fn refuse_token(request: &Request, info: &RequestInfo, error: Error) -> Problem {
    let known = match error.code() {
        "second_factor_required" => shown_actor(request, info, Reach::SettingUp).ok(),
        _ => None,
    };
    let counted = match known {
        Some(actor) => limits::count_actor(info, actor),
        None => limits::count_address(info),
    };
    if let Err(too_many) = counted {
        return too_many.into();
    }
    if let Some(actor) = known {
        second_factor::note_owed(&info.context, &info.caller(actor), &error).await;
    }
    error.into()
}

/// Settles the language of a refusal that came before anybody asked who calls: whoever shows a token that holds is
/// answered in their own.
pub(super) fn settle_language(info: &RequestInfo, token: Option<&str>) {
    if info.settled_language().is_some() {
        return;
    }
    let Some(Ok(Actor::Person { id, .. })) =
        token.map(|token| sessions::resolve_within(&info.context, token, Reach::SettingUp))
    else {
        return;
    };
    if let Ok(language) = languages::preferred(&info.context, id) {
        info.settle_language(language);
    }
}

impl<'a> ApiExtractor<'a> for SignedIn {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        registry.create_security_scheme(
            SCHEME,
            MetaSecurityScheme {
                ty: "http",
                description: Some("The access token of `POST /auth/login`."),
                name: None,
                key_in: None,
                scheme: Some("bearer"),
                bearer_format: Some("JWT"),
                flows: None,
                openid_connect_url: None,
            },
        );
    }

    fn security_schemes() -> Vec<&'static str> {
        vec![SCHEME]
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _options: ExtractParamOptions<()>,
    ) -> Result<Self> {
        let info = info_of(request)?;
        let actor = match shown_actor(request, info, reach(request, info)) {
            Ok(actor) => actor,
            Err(error) => return Err(refuse_token(request, info, error).await.into()),
        };
        limits::count_actor(info, actor).map_err(Problem::from)?;
        if let Some(door) = request.data::<Arc<Door>>() {
            door.note_signed_in();
        }
        if let (None, Actor::Person { id, .. }) = (info.settled_language(), actor) {
            info.settle_language(languages::preferred(&info.context, id).map_err(Problem::from)?);
        }
        let route = info.route.get();
        if let Some(action) = route.and_then(|route| action_of(request.method(), &route.pattern)) {
            let caller = info.caller(actor);
            accounts::only_staff(&info.context, &caller, action).await.map_err(Problem::from)?;
        }
        take_idempotency_key(request, info, body).await?;
        refuse_untaken(request, body).await?;
        Ok(Self(info.caller(actor)))
    }
}

impl<'a> ApiExtractor<'a> for Anyone {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::PoemExtractor];
    type ParamType = ();
    type ParamRawType = ();

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _options: ExtractParamOptions<()>,
    ) -> Result<Self> {
        let info = info_of(request)?;
        limits::count_address(info).map_err(Problem::from)?;
        take_idempotency_key(request, info, body).await?;
        refuse_untaken(request, body).await?;
        Ok(Self(info.caller(Actor::Anonymous)))
    }
}

/// Any caller, with who they are when they show a token that holds. One that does not makes them nobody.
pub struct Whoever(pub Caller);

impl<'a> ApiExtractor<'a> for Whoever {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::PoemExtractor];
    type ParamType = ();
    type ParamRawType = ();

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _options: ExtractParamOptions<()>,
    ) -> Result<Self> {
        let info = info_of(request)?;
        limits::count_address(info).map_err(Problem::from)?;
        take_idempotency_key(request, info, body).await?;
        refuse_untaken(request, body).await?;
        Ok(Self(info.caller(shown_actor(request, info, Reach::Whole).unwrap_or(Actor::Anonymous))))
    }
}

/// What the client says it is, from `User-Agent`: shown in the list of sessions.
pub struct Device(pub Option<String>);

impl<'a> ApiExtractor<'a> for Device {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::PoemExtractor];
    type ParamType = ();
    type ParamRawType = ();

    async fn from_request(
        request: &'a Request,
        _body: &mut RequestBody,
        _options: ExtractParamOptions<()>,
    ) -> Result<Self> {
        let agent = request.headers().get("user-agent").and_then(|value| value.to_str().ok());
        Ok(Self(agent.map(str::to_owned)))
    }
}
