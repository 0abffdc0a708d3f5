//! Bodies of which the domain has a say even when the schema does not fit, so that one answer names everything
//! that is wrong: the missing name and the short password.

use poem::{Request, RequestBody, Result};
use poem_openapi::registry::{MetaRequest, Registry};
use poem_openapi::types::ParseFromJSON;
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};
use serde_json::Value;

use super::caller::info_of;
use super::input::{Body, parse, read_json};
use super::problem::Problem;
use crate::platform::context::Context;
use crate::platform::error::{Error, Kind};

/// A body whose fields the domain can check one by one.
pub trait Form: 'static + ParseFromJSON {
    /// What the domain finds wrong with the fields that can be read.
    ///
    /// # Errors
    /// Names every bad field.
    fn check(context: &Context, raw: &Value) -> Result<(), Error>;
}

/// A JSON body of type `T`, refused with everything that schema and domain find wrong.
pub struct Checked<T>(pub T);

impl<'a, T: Form> ApiExtractor<'a> for Checked<T> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        <Body<T> as ApiExtractor>::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        <Body<T> as ApiExtractor>::request_meta()
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _options: ExtractParamOptions<()>,
    ) -> Result<Self> {
        let bytes = read_json::<T>(request, body).await?;
        let error = match parse::<T>(&bytes) {
            Ok(read) => return Ok(Self(read)),
            Err(error) => error,
        };
        if error.kind() == Kind::Invalid
            && let Ok(raw @ Value::Object(_)) = serde_json::from_slice::<Value>(&bytes)
        {
            let context = &info_of(request)?.context;
            return Err(Problem::from(merge(&error, T::check(context, &raw))).into());
        }
        Err(Problem::from(error).into())
    }
}

/// The faults of both; where both complain of one field, the domain's words are the clearer ones, but for a
/// field that is missing altogether.
fn merge(schema: &Error, domain: Result<(), Error>) -> Error {
    let mut faults = schema.fields().to_vec();
    if let Err(domain) = domain {
        for fault in domain.fields() {
            if !faults.iter().any(|known| known.field == fault.field) {
                faults.push(fault.clone());
            }
        }
    }
    Error::invalid_fields(faults)
}
