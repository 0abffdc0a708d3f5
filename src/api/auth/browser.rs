//! Sessions of browsers: the tokens lie in cookies that no script can read.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use poem::http::{HeaderValue, header};
use poem::{IntoResponse, Request, Response};
use poem_openapi::payload::Json;
use poem_openapi::registry::{MetaResponses, Registry};
use poem_openapi::{ApiResponse, Object, OpenApi};

use super::bodies::LoginRequest;
use crate::api::Area;
use crate::api::caller::{Anyone, Device, SignedIn};
use crate::api::credential;
use crate::api::input::Body;
use crate::api::output::NoContent;
use crate::api::problem::Problem;
use crate::api::users::Profile;
use crate::domain::auth::model::Caller;
use crate::flows;
use crate::platform::context::Context;
use crate::platform::error::Error;
use crate::platform::secret::{Phi, Secret};
use crate::platform::settings::BrowserSessions;

/// A session whose tokens lie in the browser's cookies.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct BrowserSession {
    /// Seconds until it must be continued.
    expires_in: i64,
    /// Who is signed in.
    user: Profile,
}

/// An answer that sets or takes back the cookies of a session.
pub struct WithCookies<T> {
    answer: T,
    cookies: [HeaderValue; 2],
}

impl<T: IntoResponse> IntoResponse for WithCookies<T> {
    fn into_response(self) -> Response {
        let mut response = self.answer.into_response();
        for cookie in self.cookies {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        response
    }
}

impl<T: ApiResponse> ApiResponse for WithCookies<T> {
    fn meta() -> MetaResponses {
        T::meta()
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

/// Sessions of browsers.
pub struct BrowserApi(pub Arc<Context>);

#[OpenApi(prefix_path = "/auth/browser", tag = "Area::Auth")]
impl BrowserApi {
    /// Sign in with a browser
    ///
    /// As `POST /auth/login`, but the tokens come as cookies that no script can read (`HttpOnly`, `SameSite=Lax`, `Secure`,
    /// `__Host-`), for the pages of this server. Every operation takes the cookie in the place of the header
    /// `Authorization`. A change by cookie must come from a page of this server (`Origin`) and carry the header
    /// `X-Das-Tern-Page: 1`; so must this operation.
    #[oai(path = "/login", method = "post", operation_id = "login_with_browser")]
    async fn login(
        &self,
        Anyone(caller): Anyone,
        Device(device): Device,
        request: &Request,
        Body(typed): Body<LoginRequest>,
    ) -> Result<WithCookies<Json<BrowserSession>>, Problem> {
        self.demand(request, &caller)?;
        let login = flows::auth::Login {
            identifier: Phi::new(typed.identifier),
            password: Secret::new(typed.password),
            code: typed.code.map(Secret::new),
            device,
        };
        self.session(flows::auth::login(&self.0, &caller, login).await?)
    }

    /// Continue a browser's session
    ///
    /// As `POST /auth/refresh`, with the refresh token in its cookie.
    #[oai(path = "/refresh", method = "post", operation_id = "refresh_browser_session")]
    async fn refresh(
        &self,
        Anyone(caller): Anyone,
        request: &Request,
    ) -> Result<WithCookies<Json<BrowserSession>>, Problem> {
        self.demand(request, &caller)?;
        let token = credential::refresh_token(request.headers(), self.sessions())?;
        let token = Secret::new(token.to_owned());
        self.session(flows::sessions::refresh(&self.0, &caller, &token).await?)
    }

    /// Sign a browser out
    ///
    /// Ends the session and takes its cookies back.
    #[oai(path = "/logout", method = "post", operation_id = "logout_browser")]
    async fn logout(&self, SignedIn(caller): SignedIn) -> Result<WithCookies<NoContent>, Problem> {
        flows::sessions::logout(&self.0, &caller).await?;
        Ok(WithCookies { answer: NoContent, cookies: credential::taken(self.sessions())? })
    }
}

impl BrowserApi {
    fn sessions(&self) -> BrowserSessions {
        self.0.settings.server.browser_sessions
    }

    /// Refuses pages of others, and a session without protection to whoever is not on a network of ours.
    fn demand(&self, request: &Request, caller: &Caller) -> Result<(), Error> {
        credential::demand_own_page(request.headers())?;
        match self.sessions() {
            BrowserSessions::Https => Ok(()),
            BrowserSessions::UnprotectedOnLocalNetwork if caller.ip.is_some_and(is_local) => Ok(()),
            BrowserSessions::UnprotectedOnLocalNetwork => Err(Error::forbidden("browser_needs_https")),
        }
    }

    fn session(
        &self,
        signed_in: flows::sessions::SignedIn,
    ) -> Result<WithCookies<Json<BrowserSession>>, Problem> {
        let (access, refresh) = (signed_in.access_token.reveal(), signed_in.refresh_token.reveal());
        let cookies = credential::given(self.sessions(), access, refresh)?;
        let user = Profile::of(&signed_in.user, self.0.now());
        Ok(WithCookies {
            answer: Json(BrowserSession { expires_in: signed_in.expires_in_seconds, user }),
            cookies,
        })
    }
}

/// Whether an address is of this computer or of a private network (RFC 1918, RFC 3927, RFC 4193, RFC 4291).
fn is_local(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        IpAddr::V6(ip) => ip == Ipv6Addr::LOCALHOST || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_local_network_is_a_private_one() {
        for local in
            ["127.0.0.1", "10.0.3.4", "192.168.1.9", "172.16.0.1", "169.254.1.1", "::1", "fd00::1", "fe80::1"]
        {
            assert!(is_local(local.parse().unwrap()), "{local}");
        }
        for public in ["8.8.8.8", "172.32.0.1", "100.64.0.1", "2001:db8::1", "::ffff:8.8.8.8"] {
            assert!(!is_local(public.parse().unwrap()), "{public}");
        }
        assert!(is_local("::ffff:192.168.0.1".parse().unwrap()));
    }
}
