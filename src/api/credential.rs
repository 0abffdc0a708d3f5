//! What a request shows to say who sends it: the token in its header, or the cookie of a browser's session.
//!
//! # Why a cookie is not enough for a change
//! Browsers send cookies along with requests that pages of others have made them send. `SameSite` stops most of that,
//! but not a page of the same host on another port. So a change by cookie must also name our own page as its origin and
//! carry a header that pages of others cannot set without asking.

use poem::Request;
use poem::http::{HeaderMap, HeaderValue, Method, header};

use super::origins::is_own;
use super::request::RequestInfo;
use crate::platform::error::Error;
use crate::platform::settings::BrowserSessions;

/// The header of requests from our own pages. Its value is always `1`.
const FROM_PAGE: &str = "x-das-tern-page";

/// Proof of who calls. All callers are made of one.
pub(super) enum Credential<'a> {
    /// The token of `Authorization: Bearer ...`, for programs.
    Bearer(&'a str),
    /// The access token in the cookie of a browser's session; a request that changes something has proved that it
    /// comes from our own page.
    Cookie(&'a str),
}

impl<'a> Credential<'a> {
    /// What `request` shows. A header counts, whatever cookies come along.
    ///
    /// # Errors
    /// `sign_in_required` without either, `token_invalid` when it cannot be read, `page_of_another` for a change by
    /// cookie that does not come from our own page.
    pub(super) fn of(request: &'a Request, info: &RequestInfo) -> Result<Self, Error> {
        if let Some(header) = request.headers().get(header::AUTHORIZATION) {
            let text = header.to_str().map_err(|_| Error::unauthenticated("token_invalid"))?;
            return match text.split_once(' ') {
                Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
                    Ok(Self::Bearer(token.trim()))
                }
                _ => Err(Error::unauthenticated("token_invalid")),
            };
        }
        let names = Names::of(info.context.settings.server.browser_sessions);
        let Some(token) = cookie(request.headers(), names.access)? else {
            return Err(Error::unauthenticated("sign_in_required"));
        };
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            demand_own_page(request.headers())?;
        }
        Ok(Self::Cookie(token))
    }

    /// The access token itself.
    pub(super) fn token(&self) -> &'a str {
        match self {
            Self::Bearer(token) | Self::Cookie(token) => token,
        }
    }
}

/// Refuses what does not come from our own page.
///
/// # Errors
/// `page_of_another`.
pub(super) fn demand_own_page(headers: &HeaderMap) -> Result<(), Error> {
    let origin_is_own = headers.get(header::ORIGIN).is_some_and(|origin| is_own(origin, headers));
    let is_marked = headers.get(FROM_PAGE).is_some_and(|value| value == "1");
    if origin_is_own && is_marked { Ok(()) } else { Err(Error::forbidden("page_of_another")) }
}

/// The names of the cookies. Those with the prefix can be set by nobody but this host over HTTPS.
struct Names {
    access: &'static str,
    refresh: &'static str,
    secure: &'static str,
}

impl Names {
    const fn of(sessions: BrowserSessions) -> Self {
        match sessions {
            BrowserSessions::Https => Self {
                access: "__Host-das-tern-access",
                refresh: "__Host-das-tern-refresh",
                secure: "; Secure",
            },
            BrowserSessions::UnprotectedOnLocalNetwork => Self {
                access: "das-tern-unprotected-access",
                refresh: "das-tern-unprotected-refresh",
                secure: "",
            },
        }
    }

    /// Without an end of its own: it is gone when the browser is closed, as it should on a computer that people share.
    fn set(&self, name: &str, value: &str, end: &str) -> Result<HeaderValue, Error> {
        let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{}{end}", self.secure);
        let mut header = HeaderValue::from_str(&text).map_err(Error::internal)?;
        header.set_sensitive(true);
        Ok(header)
    }
}

/// The headers that hand a session to the browser.
///
/// # Errors
/// When a token has characters that no cookie may have, which is a fault of ours.
pub(super) fn given(
    sessions: BrowserSessions,
    access: &str,
    refresh: &str,
) -> Result<[HeaderValue; 2], Error> {
    let names = Names::of(sessions);
    Ok([names.set(names.access, access, "")?, names.set(names.refresh, refresh, "")?])
}

/// The headers that take it back.
///
/// # Errors
/// Never in truth: see [`given`].
pub(super) fn taken(sessions: BrowserSessions) -> Result<[HeaderValue; 2], Error> {
    let names = Names::of(sessions);
    Ok([names.set(names.access, "", "; Max-Age=0")?, names.set(names.refresh, "", "; Max-Age=0")?])
}

/// The refresh token of the browser's session.
///
/// # Errors
/// `sign_in_required` without one.
pub(super) fn refresh_token(headers: &HeaderMap, sessions: BrowserSessions) -> Result<&str, Error> {
    cookie(headers, Names::of(sessions).refresh)?.ok_or_else(|| Error::unauthenticated("sign_in_required"))
}

/// The value of the cookie of that name. Two of one name say that somebody else has set one.
fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, Error> {
    let texts = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut values = texts
        .flat_map(|text| text.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter_map(|(key, value)| (key == name && !value.is_empty()).then_some(value));
    match (values.next(), values.next()) {
        (first, None) => Ok(first),
        (_, Some(_)) => Err(Error::unauthenticated("token_invalid")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn a_cookie_is_found_among_others_and_never_twice() {
        let among = headers(&[("cookie", "a=1; wanted=x.y=z"), ("cookie", "b=2")]);
        assert_eq!(cookie(&among, "wanted").unwrap(), Some("x.y=z"));
        assert_eq!(cookie(&among, "want").unwrap(), None);
        assert_eq!(cookie(&headers(&[("cookie", "wanted=")]), "wanted").unwrap(), None);
        let twice = headers(&[("cookie", "wanted=1; wanted=2")]);
        assert_eq!(cookie(&twice, "wanted").unwrap_err().code(), "token_invalid");
    }

    #[test]
    fn a_change_comes_from_our_own_page() {
        let own = [("host", "clinic.example"), ("origin", "https://clinic.example"), (FROM_PAGE, "1")];
        assert!(demand_own_page(&headers(&own)).is_ok());
        for left_out in 0..own.len() {
            let mut fewer = own.to_vec();
            fewer.remove(left_out);
            assert!(demand_own_page(&headers(&fewer)).is_err(), "{:?}", own[left_out]);
        }
        for stranger in
            ["https://clinic.example:8443", "https://evil.example", "null", "https://a.clinic.example"]
        {
            let foreign = [own[0], ("origin", stranger), own[2]];
            assert!(demand_own_page(&headers(&foreign)).is_err(), "{stranger}");
        }
    }
}
