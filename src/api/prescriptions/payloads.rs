//! Answers that are more than JSON: with an `ETag`, or rendered before.

use std::sync::Arc;

use poem::http::{HeaderValue, header};
use poem::{Body, IntoResponse, Response};
use poem_openapi::ApiResponse;
use poem_openapi::payload::{Json, Payload};
use poem_openapi::registry::{
    MetaHeader, MetaMediaType, MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef, Registry,
};
use poem_openapi::types::{ToJSON, Type};

use super::shown::PrescriptionAnswer;
use crate::api::if_match::tag;
use crate::api::output::{Listed, json_answer};
use crate::views::prescriptions::List;

/// A JSON answer with its `ETag`.
pub struct Tagged<T> {
    /// The answer.
    pub body: T,
    /// The revision that the tag names.
    pub revision: u64,
}

impl<T: ToJSON> IntoResponse for Tagged<T> {
    fn into_response(self) -> Response {
        let mut response = Json(self.body).into_response();
        if let Ok(tag) = HeaderValue::from_str(&tag(self.revision)) {
            response.headers_mut().insert(header::ETAG, tag);
        }
        response
    }
}

impl<T: ToJSON> ApiResponse for Tagged<T> {
    fn meta() -> MetaResponses {
        let content =
            MetaMediaType { content_type: <Json<T> as Payload>::CONTENT_TYPE, schema: T::schema_ref() };
        let tag = MetaHeader {
            name: "ETag".to_owned(),
            description: Some("What `If-Match` of a change expects.".to_owned()),
            required: true,
            deprecated: false,
            schema: MetaSchemaRef::Inline(Box::new(MetaSchema::new("string"))),
        };
        let response = MetaResponse {
            description: "Done.",
            status: Some(200),
            status_range: None,
            content: vec![content],
            headers: vec![tag],
        };
        MetaResponses { responses: vec![response] }
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

/// A page of prescriptions as bytes: the list that a patient looks at most is rendered once for each change.
pub struct RenderedList(Arc<[u8]>);

impl RenderedList {
    /// The list as JSON.
    pub fn of(list: List) -> Self {
        Self(
            list.rendered(|page| {
                Listed::from_page(page, PrescriptionAnswer::of).to_json_string().into_bytes()
            }),
        )
    }
}

impl IntoResponse for RenderedList {
    fn into_response(self) -> Response {
        Response::builder()
            .content_type(<Json<String> as Payload>::CONTENT_TYPE)
            .body(Body::from_bytes(bytes::Bytes::from_owner(self.0)))
    }
}

impl ApiResponse for RenderedList {
    fn meta() -> MetaResponses {
        json_answer(<Listed<PrescriptionAnswer> as Type>::schema_ref())
    }

    fn register(registry: &mut Registry) {
        <Listed<PrescriptionAnswer> as Type>::register(registry);
    }
}
