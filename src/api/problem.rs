//! Failures as RFC 9457 `application/problem+json`. The only file that knows status codes.
//!
//! A handler's failure is a [`Problem`] around the product's neutral error. It travels unrendered to the frame,
//! which turns it, and whatever the framework itself refuses, into one shape in the caller's language.

use std::fmt;

use poem::error::{
    MethodNotAllowedError, NotFoundError, ParsePathError as PoemPathError, ReadBodyError, ResponseError,
    SizedLimitError,
};
use poem::http::{HeaderValue, StatusCode, header};
use poem::{Body, Response};
use poem_openapi::error::{
    ContentTypeError, ParseMultipartError, ParseParamError, ParsePathError, ParseRequestPayloadError,
};
use poem_openapi::registry::{MetaMediaType, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::Type;
use poem_openapi::{ApiResponse, Object};
use serde::Serialize;

use super::request::RequestInfo;
use crate::platform::error::{Error, FieldError, Kind};
use crate::platform::i18n::{self, Language};

/// Media type of every failure.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// A handler's failure. `?` makes one from the product's error.
#[derive(Debug)]
pub struct Problem(Error);

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status(&self) -> StatusCode {
        status_of(self.0.kind())
    }
}

/// What went wrong, in the shape of RFC 9457.
#[derive(Debug, Serialize, Object)]
#[oai(rename = "Problem", rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub struct ProblemDocument {
    /// Names the kind of problem: `/problems/` and the code.
    #[serde(rename = "type")]
    #[oai(rename = "type")]
    kind: String,
    /// The HTTP status in words.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What happened, in the caller's language.
    detail: String,
    /// The request id, as in `X-Request-Id`.
    instance: String,
    /// Stable code for programs: `dose_too_early`.
    code: String,
    /// The same text as `detail`.
    message: String,
    /// Every bad field of the request; empty when none is.
    errors: Vec<ProblemField>,
}

/// One bad field.
#[derive(Debug, Serialize, Object)]
pub struct ProblemField {
    /// Its name as the client wrote it: `medications[0].doseAmount`.
    field: String,
    /// What is wrong with it and how to mend it, in the caller's language.
    message: String,
}

/// The status code of each sort of failure.
const fn status_of(kind: Kind) -> StatusCode {
    match kind {
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::Forbidden => StatusCode::FORBIDDEN,
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::Invalid => StatusCode::BAD_REQUEST,
        Kind::Conflict => StatusCode::CONFLICT,
        Kind::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
        Kind::PaymentRequired => StatusCode::PAYMENT_REQUIRED,
        Kind::Unprocessable => StatusCode::UNPROCESSABLE_ENTITY,
        Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Kind::TooMany => StatusCode::TOO_MANY_REQUESTS,
        Kind::Unavailable | Kind::Damaged => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The failures that every operation documents. Those of bodies and of `If-Match` are documented where these are.
const DOCUMENTED: [(u16, &str); 9] = [
    (400, "The request is not valid; `errors` names every bad field."),
    (401, "Nobody is signed in, or the token is wrong or has ended."),
    (403, "The caller may not do this."),
    (404, "There is no such thing, or the caller may not know that there is."),
    (409, "The state of things does not allow it."),
    (422, "Understood but not processable, for example an `Idempotency-Key` used for another request."),
    (429, "Too many requests; `Retry-After` says when to come back."),
    (500, "A fault of the server; `instance` names the request in its log."),
    (503, "Not possible now; `Retry-After` says when to come back."),
];

impl ApiResponse for Problem {
    fn meta() -> MetaResponses {
        let response = |(status, description)| MetaResponse {
            description,
            status: Some(status),
            status_range: None,
            content: vec![MetaMediaType {
                content_type: PROBLEM_JSON,
                schema: ProblemDocument::schema_ref(),
            }],
            headers: Vec::new(),
        };
        MetaResponses { responses: DOCUMENTED.into_iter().map(response).collect() }
    }

    fn register(registry: &mut Registry) {
        ProblemDocument::register(registry);
    }
}

/// A failure with the status it is answered with: usually that of its kind, but the framework has some that the
/// product itself never uses.
struct Failure {
    status: StatusCode,
    error: Error,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { status: status_of(error.kind()), error }
    }
}

impl Failure {
    fn with_status(status: StatusCode, error: Error) -> Self {
        Self { status, error }
    }
}

/// What a failure of the framework means.
fn classify(error: &poem::Error, info: &RequestInfo) -> Failure {
    if error.is::<NotFoundError>() {
        return Error::not_found("route_not_found").into();
    }
    if error.is::<MethodNotAllowedError>() {
        return Failure::with_status(StatusCode::METHOD_NOT_ALLOWED, Error::not_found("method_not_allowed"));
    }
    if error.is::<ContentTypeError>() {
        return unsupported_media_type("application/json").into();
    }
    if let Some(wrong) = error.downcast_ref::<ParsePathError>() {
        let name = info.route.get().and_then(|route| route.parameter(wrong.name)).unwrap_or(wrong.name);
        return Error::invalid(name, "field_path").into();
    }
    if let Some(wrong) = error.downcast_ref::<ParseParamError>() {
        return Error::invalid(wrong.name, "field_parameter").into();
    }
    if error.is::<ParseRequestPayloadError>() || error.is::<ParseMultipartError>() {
        return Error::invalid("body", "body_unreadable").into();
    }
    if let Some(wrong) = error.downcast_ref::<ReadBodyError>() {
        return match wrong {
            ReadBodyError::PayloadTooLarge => Error::too_large("body_too_large").into(),
            _ => Error::invalid("body", "body_unreadable").into(),
        };
    }
    if error.is::<SizedLimitError>() {
        return Error::too_large("body_too_large").into();
    }
    if error.is::<PoemPathError>() {
        return Error::not_found("route_not_found").into();
    }
    by_status(error)
}

/// Failures that are known by their status alone.
fn by_status(error: &poem::Error) -> Failure {
    match error.status() {
        StatusCode::NOT_FOUND => Error::not_found("route_not_found").into(),
        StatusCode::UNAUTHORIZED => Error::unauthenticated("sign_in_required").into(),
        StatusCode::PAYLOAD_TOO_LARGE => Error::too_large("body_too_large").into(),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => unsupported_media_type("application/json").into(),
        status if status.is_client_error() => {
            Failure::with_status(status, Error::invalid_fields(Vec::new()).context(error))
        }
        _ => Error::internal(error).into(),
    }
}

/// The body is of a kind that this operation does not take; it takes `wanted`.
pub(super) fn unsupported_media_type(wanted: &'static str) -> Problem {
    Problem(Error::unprocessable("media_type_not_supported").with("wanted", wanted))
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        if problem.0.code() == "media_type_not_supported" {
            return Self::with_status(StatusCode::UNSUPPORTED_MEDIA_TYPE, problem.0);
        }
        problem.0.into()
    }
}

/// The answer to a failure. Our own ready-made responses pass unchanged.
pub fn render(error: poem::Error, info: &RequestInfo) -> Response {
    if error.is_from_response() {
        return error.into_response();
    }
    let failure = match error.downcast::<Problem>() {
        Ok(problem) => problem.into(),
        Err(error) => classify(&error, info),
    };
    log(&failure, info);
    respond(&failure, info)
}

/// The answer to a failure that is not an error of a handler.
pub fn render_error(error: Error, info: &RequestInfo) -> Response {
    render(Problem(error).into(), info)
}

fn log(failure: &Failure, info: &RequestInfo) {
    let error = &failure.error;
    match error.kind() {
        Kind::Damaged => tracing::error!(request.id = %info.id, %error, "a request met damaged data"),
        Kind::Internal => {
            tracing::error!(request.id = %info.id, %error, "a request failed by a fault of ours")
        }
        Kind::Unavailable => tracing::warn!(request.id = %info.id, %error, "a request could not be served"),
        Kind::Unauthenticated => {
            tracing::warn!(request.id = %info.id, code = error.code(), "a request was not authenticated");
        }
        _ => {}
    }
}

fn respond(failure: &Failure, info: &RequestInfo) -> Response {
    let (error, language) = (&failure.error, info.language());
    let message = i18n::text(language, error.code(), error.args());
    let document = ProblemDocument {
        kind: format!("/problems/{}", error.code()),
        title: failure.status.canonical_reason().unwrap_or("Error").to_owned(),
        status: failure.status.as_u16(),
        detail: message.clone(),
        instance: info.id.clone(),
        code: error.code().to_owned(),
        message,
        errors: error.fields().iter().map(|field| problem_field(field, language)).collect(),
    };
    let body = serde_json::to_vec(&document).unwrap_or_default();
    let mut response = Response::builder().status(failure.status).body(Body::from_vec(body));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
    if let Some(seconds) = error.retry_after_seconds() {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if failure.status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if failure.status == StatusCode::METHOD_NOT_ALLOWED {
        // What is no operation of the API is a page.
        let allowed = info.route.get().map_or("GET, HEAD", |route| &route.allowed);
        if let Ok(allowed) = HeaderValue::from_str(allowed) {
            headers.insert(header::ALLOW, allowed);
        }
    }
    response
}

fn problem_field(field: &FieldError, language: Language) -> ProblemField {
    ProblemField { field: field.field.clone(), message: i18n::text(language, field.code, &field.args) }
}
