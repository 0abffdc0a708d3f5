//! Query parameters: one that an operation does not know is refused, like a field of a body. `?dryrun=true` must not
//! write for real because its name is spelt otherwise.

use poem_openapi::registry::{MetaOperation, MetaParamIn, MetaSchemaRef};

use super::input::unknown_name;
use crate::platform::error::{Error, FieldError};

/// Most parameters named in one answer.
const NAMED_MAX: usize = 20;
/// Names under which clients try to send a token. Addresses are written down by proxies, browsers and logs.
const TOKENS: [&str; 4] = ["token", "access_token", "bearer", "authorization"];

/// The query parameters that an operation knows.
#[derive(Debug, Default)]
pub(super) struct KnownParameters {
    names: Vec<String>,
    /// Those that may be given several times.
    lists: Vec<String>,
}

impl KnownParameters {
    /// Those that the operation declares.
    pub(super) fn of(operation: &MetaOperation) -> Self {
        let mut known = Self::default();
        for parameter in operation.params.iter().filter(|parameter| parameter.in_type == MetaParamIn::Query) {
            known.names.push(parameter.name.clone());
            if matches!(&parameter.schema, MetaSchemaRef::Inline(schema) if schema.ty == "array") {
                known.lists.push(parameter.name.clone());
            }
        }
        known
    }

    /// # Errors
    /// Names every parameter that is not known, and every one that is given twice.
    pub(super) fn check(&self, query: &[(String, String)]) -> Result<(), Error> {
        let mut faults = Vec::new();
        for (place, (name, _)) in query.iter().enumerate() {
            let is_repeated = query.iter().take(place).any(|(before, _)| before == name);
            if !self.names.contains(name) && !is_repeated {
                faults.push(self.unknown(name));
            } else if is_repeated && self.names.contains(name) && !self.lists.contains(name) {
                faults.push(FieldError::new(name, "parameter_repeated"));
            }
            if faults.len() == NAMED_MAX {
                break;
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(Error::invalid_fields(faults)) }
    }

    fn unknown(&self, name: &str) -> FieldError {
        if TOKENS.iter().any(|token| token.eq_ignore_ascii_case(name)) {
            return FieldError::new("token", "token_in_address");
        }
        if self.names.is_empty() {
            return FieldError::new(name, "parameter_not_taken");
        }
        let known: Vec<&str> = self.names.iter().map(String::as_str).collect();
        unknown_name(name.to_owned(), name, &known)
    }
}
