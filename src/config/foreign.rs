//! What stands where our settings stand and is none of them.

use std::ffi::OsStr;

use super::{Managed, ROOT_KEY, SECRETS};
use crate::platform::text::nearest;

/// Whether a variable tells of a service called `das-tern`: Kubernetes and Docker set `DAS_TERN_SERVICE_HOST`,
/// `DAS_TERN_PORT=tcp://10.0.0.1:3000`, `DAS_TERN_PORT_3000_TCP_ADDR` and more of the kind. `rest` follows our prefix.
pub(super) fn is_service_link(rest: &str, value: &OsStr) -> bool {
    if rest.contains("__") {
        return false;
    }
    let ends_with = |end: &str| rest == end || rest.ends_with(&format!("_{end}"));
    let address = value.to_str().is_some_and(|value| value.contains("://"));
    ends_with("SERVICE_HOST") || is_service_port(rest) || (ends_with("PORT") && address) || is_port_of(rest)
}

/// `SERVICE_PORT`, and `SERVICE_PORT_HTTP` of a port with a name.
fn is_service_port(rest: &str) -> bool {
    let parts: Vec<&str> = rest.split('_').collect();
    parts.windows(2).any(|pair| pair == ["SERVICE", "PORT"])
}

/// `PORT_3000_TCP`, and what follows it.
fn is_port_of(rest: &str) -> bool {
    let parts: Vec<&str> = rest.split('_').collect();
    parts.windows(3).any(|three| match three {
        ["PORT", number, protocol] => {
            number.parse::<u16>().is_ok() && ["TCP", "UDP", "SCTP"].contains(protocol)
        }
        _ => false,
    })
}

/// What is wrong with a file of this name among the credentials. A directory of the service manager may also hold what
/// is not for us; what is misspelt is told in both.
pub(super) fn credential_fault(place: &str, name: &str, managed: Managed) -> Option<String> {
    let known: Vec<String> = SECRETS.iter().map(|(section, key)| format!("{section}.{key}")).collect();
    let mut names = known.iter().map(String::as_str).chain([ROOT_KEY]);
    // Names with a dot before them are those of editors, and of how Kubernetes mounts secrets.
    if name.starts_with('.') || names.clone().any(|known| known == name) {
        return None;
    }
    let section = name.split_once('.').map_or("", |(section, _)| section);
    let near = nearest(name, names.clone());
    let hint = match (near, names.find(|known| known.split('.').next() == Some(section))) {
        (Some(near), _) | (None, Some(near)) => format!(", did you mean `{near}`?"),
        (None, None) if managed == Managed::ByServiceManager => return None,
        (None, None) => format!("; there are: {}, {ROOT_KEY}", known.join(", ")),
    };
    Some(format!("{place}: there is no secret `{name}`{hint}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_of_services_are_told_from_settings_and_mistakes() {
        for (rest, value) in [
            ("SERVICE_HOST", "10.0.0.1"),
            ("SERVICE_PORT", "3000"),
            ("SERVICE_PORT_HTTP", "3000"),
            ("PORT", "tcp://10.0.0.1:3000"),
            ("PORT_3000_TCP", "tcp://10.0.0.1:3000"),
            ("PORT_3000_TCP_PROTO", "tcp"),
            ("PORT_3000_TCP_ADDR", "10.0.0.1"),
            ("METRICS_SERVICE_HOST", "10.0.0.2"),
            ("METRICS_PORT_3001_UDP_PORT", "3001"),
        ] {
            assert!(is_service_link(rest, OsStr::new(value)), "{rest}");
        }
        for (rest, value) in [
            ("PORT", "3001"),
            ("SERVER__LISTEN", "127.0.0.1:1"),
            ("CLINIC_NAME", "x"),
            ("SERVER__PORT", "tcp://10.0.0.1:3000"),
        ] {
            assert!(!is_service_link(rest, OsStr::new(value)), "{rest}");
        }
    }

    #[test]
    fn a_misspelt_secret_is_told_with_the_right_name() {
        for managed in [Managed::ByOwner, Managed::ByServiceManager] {
            let fault = credential_fault("/c", "mail.pasword", managed).unwrap();
            assert_eq!(fault, "/c: there is no secret `mail.pasword`, did you mean `mail.password`?");
            assert_eq!(credential_fault("/c", "root.key", managed), None);
            assert_eq!(credential_fault("/c", "..data", managed), None);
        }
        assert!(
            credential_fault("/c", "tls.crt", Managed::ByOwner).unwrap().contains("there are: mail.password")
        );
        assert_eq!(credential_fault("/c", "tls.crt", Managed::ByServiceManager), None);
    }
}
