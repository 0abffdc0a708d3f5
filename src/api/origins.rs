//! Which web applications may call the API.

use poem::http::{HeaderMap, HeaderValue, Uri, header};

/// The origins of `server.cors_origins`.
pub(super) struct Origins {
    all: bool,
    listed: Vec<String>,
}

impl Origins {
    /// From the setting.
    pub(super) fn new(configured: &[String]) -> Self {
        let listed = configured.iter().map(|origin| origin.trim_end_matches('/').to_owned()).collect();
        Self { all: configured.iter().any(|origin| origin == "*"), listed }
    }

    /// The value of `Access-Control-Allow-Origin` for this request.
    pub(super) fn allowed(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let origin = headers.get(header::ORIGIN)?;
        if self.all {
            return Some(HeaderValue::from_static("*"));
        }
        let text = origin.to_str().ok()?;
        self.listed.iter().any(|listed| listed == text).then(|| origin.clone())
    }

    /// Whether a WebSocket may be opened: by whoever is no web page, by our own pages and by listed ones. Browsers
    /// do not ask beforehand whether they may (OWASP ASVS 4.4.2).
    pub(super) fn may_open_socket(&self, headers: &HeaderMap) -> bool {
        let Some(origin) = headers.get(header::ORIGIN) else { return true };
        self.allowed(headers).is_some() || is_own(origin, headers)
    }
}

/// Whether the page came from the host that is asked. The scheme is not compared: a proxy may speak TLS for us.
pub(super) fn is_own(origin: &HeaderValue, headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let origin = origin.to_str().ok().and_then(|origin| origin.parse::<Uri>().ok());
    let authority = origin.as_ref().and_then(|origin| origin.authority());
    matches!((host, authority), (Some(host), Some(authority)) if authority.as_str().eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may(configured: &[&str], origin: Option<&str>) -> bool {
        let configured: Vec<String> = configured.iter().map(|&origin| origin.to_owned()).collect();
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, "clinic.example".parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        Origins::new(&configured).may_open_socket(&headers)
    }

    #[test]
    fn sockets_are_opened_from_our_pages_and_listed_ones() {
        assert!(may(&[], None));
        assert!(may(&[], Some("https://clinic.example")));
        assert!(may(&[], Some("https://Clinic.Example")));
        assert!(may(&["https://app.example"], Some("https://app.example")));
        assert!(may(&["*"], Some("https://anybody.example")));
        for stranger in [
            "https://evil.example",
            "https://clinic.example.evil.example",
            "https://clinic.example:8443",
            "null",
        ] {
            assert!(!may(&["https://app.example"], Some(stranger)), "{stranger}");
        }
    }
}
