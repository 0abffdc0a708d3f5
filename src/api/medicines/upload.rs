//! A list that is uploaded.

use std::sync::Arc;

use poem::{Request, RequestBody, Result};
use poem_openapi::registry::{MetaMediaType, MetaRequest, MetaSchema, MetaSchemaRef, Registry};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};
use tokio::sync::OwnedSemaphorePermit;

use crate::api::incoming::{gather, no_room};
use crate::api::problem::{Problem, unsupported_media_type};
use crate::domain::medicines::list::LIST_MAX_BYTES;
use crate::platform::context::Context;
use crate::platform::error::{Error, Kind};

/// The room of a list that is being imported, given back when this is dropped.
pub struct Upload(#[expect(dead_code, reason = "it is held, not read")] OwnedSemaphorePermit);

/// A CSV file as the body, not read before the caller has proved that they may send it.
pub struct CsvUpload(poem::Body);

impl CsvUpload {
    /// The file, with the room that it takes: a list is large, so one comes at a time.
    pub(in crate::api) async fn read(self, context: &Context) -> Result<(Vec<u8>, Upload), Problem> {
        let room = Arc::clone(&context.rooms.upload).try_acquire_owned().map_err(|_| no_room())?;
        let bytes =
            gather(context, self.0, LIST_MAX_BYTES, |_| true).await.map_err(|error| match error.kind() {
                Kind::TooLarge => {
                    Error::too_large("catalogue_too_large").with("max", LIST_MAX_BYTES / 1024 / 1024)
                }
                _ => error,
            })?;
        Ok((bytes, Upload(room)))
    }
}

impl<'a> ApiExtractor<'a> for CsvUpload {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];
    type ParamType = ();
    type ParamRawType = ();

    fn register(_: &mut Registry) {}

    fn request_meta() -> Option<MetaRequest> {
        let schema = MetaSchemaRef::Inline(Box::new(MetaSchema::new("string")));
        Some(MetaRequest {
            description: Some("The list as CSV in UTF-8, at most 48 MB."),
            content: vec![MetaMediaType { content_type: "text/csv", schema }],
            required: true,
        })
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _options: ExtractParamOptions<()>,
    ) -> Result<Self> {
        let kind = request.content_type().unwrap_or_default().split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("text/csv") {
            return Err(unsupported_media_type("text/csv").into());
        }
        Ok(Self(body.take()?))
    }
}
