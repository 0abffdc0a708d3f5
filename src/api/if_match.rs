//! Changes that hold only when nobody else was first (RFC 9110 13.1.1).

use crate::platform::error::{Error, Result};

/// The revision that `If-Match` names; nothing for `*` and when the header is left out. Tags are compared strongly, so a
/// weak one never fits.
///
/// # Errors
/// A bad `If-Match` when it is not one tag in quotation marks as `ETag` answers it; `revision_changed` for a weak tag
/// and for one that is no revision.
pub(super) fn revision(header: Option<&str>) -> Result<Option<u64>> {
    let malformed = || Error::invalid("If-Match", "if_match_invalid");
    let changed = || Error::precondition_failed("revision_changed");
    let Some(tag) = header.map(str::trim).filter(|tag| *tag != "*") else { return Ok(None) };
    let (is_weak, tag) = tag.strip_prefix("W/").map_or((false, tag), |tag| (true, tag));
    let inner = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')).ok_or_else(malformed)?;
    if inner.contains('"') {
        return Err(malformed());
    }
    if is_weak {
        return Err(changed());
    }
    inner.parse().map(Some).map_err(|_| changed())
}

/// The tag of a revision, as `ETag` answers it.
pub(super) fn tag(revision: u64) -> String {
    format!("\"{revision}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_strong_tag_is_read() {
        let read = |header: &str| revision(Some(header)).map_err(|error| error.code());
        assert_eq!(revision(None).unwrap(), None);
        assert_eq!((read("*"), read(" \"7\" ")), (Ok(None), Ok(Some(7))));
        let tagged = tag(7);
        assert_eq!(read(&tagged), Ok(Some(7)));
        for malformed in ["", "7", "abc", "\"7", "\"7\", \"8\"", "W/7"] {
            assert_eq!(read(malformed), Err("validation_failed"), "{malformed}");
        }
        for other in ["W/\"7\"", "\"seven\"", "\"\""] {
            assert_eq!(read(other), Err("revision_changed"), "{other}");
        }
    }
}
