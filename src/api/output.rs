//! Answers: [`Created`] (201), [`NoContent`] (204) and [`Listed`], one page of a list. An ordinary answer is
//! poem-openapi's `Json`.

use std::borrow::Cow;

use poem::http::StatusCode;
use poem::{IntoResponse, Response};
use poem_openapi::ApiResponse;
use poem_openapi::payload::{Json, Payload};
use poem_openapi::registry::{
    MetaMediaType, MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef, Registry,
};
use poem_openapi::types::{ToJSON, Type};
use serde_json::{Map, Value};

use crate::platform::store::Page;

fn response_meta(status: u16, content: Vec<MetaMediaType>) -> MetaResponses {
    let description = match status {
        201 => "Created.",
        _ => "Done.",
    };
    let response =
        MetaResponse { description, status: Some(status), status_range: None, content, headers: Vec::new() };
    MetaResponses { responses: vec![response] }
}

/// 201 with the new thing.
pub struct Created<T>(pub T);

impl<T: ToJSON> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        Json(self.0).with_status(StatusCode::CREATED).into_response()
    }
}

impl<T: ToJSON> ApiResponse for Created<T> {
    fn meta() -> MetaResponses {
        let content =
            MetaMediaType { content_type: <Json<T> as Payload>::CONTENT_TYPE, schema: T::schema_ref() };
        response_meta(201, vec![content])
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

/// 204: done, and there is nothing to show.
pub struct NoContent;

impl IntoResponse for NoContent {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

impl ApiResponse for NoContent {
    fn meta() -> MetaResponses {
        response_meta(204, Vec::new())
    }

    fn register(_: &mut Registry) {}
}

/// One page of a list: `{"items": [...], "nextCursor": "..."}`. On the last page `nextCursor` is null.
#[derive(Debug)]
pub struct Listed<T> {
    items: Vec<T>,
    next_cursor: Option<String>,
}

impl<T> Listed<T> {
    /// A page with each item as the API shows it.
    pub fn from_page<U>(page: Page<U>, show: impl FnMut(U) -> T) -> Self {
        let page = page.map(show);
        Self { items: page.items, next_cursor: page.next_cursor }
    }

    /// A list that fits one page by its nature.
    pub fn whole(items: Vec<T>) -> Self {
        Self { items, next_cursor: None }
    }
}

impl<T: Type> Type for Listed<T> {
    const IS_REQUIRED: bool = true;
    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        format!("{}Page", T::name()).into()
    }

    fn schema_ref() -> MetaSchemaRef {
        MetaSchemaRef::Reference(Self::name().into_owned())
    }

    fn register(registry: &mut Registry) {
        registry.create_schema::<Self, _>(Self::name().into_owned(), |registry| {
            T::register(registry);
            let items = MetaSchema { items: Some(Box::new(T::schema_ref())), ..MetaSchema::new("array") };
            let cursor = MetaSchema {
                description: Some("Pass it as `cursor` to see the next page; null on the last one."),
                nullable: true,
                ..MetaSchema::new("string")
            };
            MetaSchema {
                description: Some("One page of a list."),
                required: vec!["items"],
                properties: vec![
                    ("items", MetaSchemaRef::Inline(Box::new(items))),
                    ("nextCursor", MetaSchemaRef::Inline(Box::new(cursor))),
                ],
                ..MetaSchema::new("object")
            }
        });
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new(std::iter::once(self))
    }
}

impl<T: ToJSON> ToJSON for Listed<T> {
    fn to_json(&self) -> Option<Value> {
        let mut page = Map::new();
        page.insert("items".to_owned(), self.items.to_json()?);
        page.insert("nextCursor".to_owned(), self.next_cursor.clone().map_or(Value::Null, Value::String));
        Some(Value::Object(page))
    }
}

/// What the document says of an answer that is written as JSON text by itself.
pub(super) fn json_answer(schema: MetaSchemaRef) -> MetaResponses {
    let content = MetaMediaType { content_type: <Json<String> as Payload>::CONTENT_TYPE, schema };
    let response = MetaResponse {
        description: "Done.",
        status: Some(200),
        status_range: None,
        content: vec![content],
        headers: Vec::new(),
    };
    MetaResponses { responses: vec![response] }
}
