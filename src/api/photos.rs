//! Photographs: of people, of doctors' licences, of medicines.

use std::sync::Arc;

use poem::{IntoResponse, Request, RequestBody, Response};
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::registry::{
    MetaMediaType, MetaRequest, MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef, Registry,
};
use poem_openapi::{ApiExtractor, ApiExtractorType, ApiResponse, ExtractParamOptions, Object, OpenApi};

use super::Area;
use super::caller::{SignedIn, info_of};
use super::incoming::gather;
use super::output::NoContent;
use super::problem::{Problem, unsupported_media_type};
use super::request::RequestInfo;
use super::types::{Instant, named_lists};
use crate::domain::auth::model::Caller;
use crate::domain::photo_rights::Named;
use crate::domain::photos::model::{Photo, PhotoKind};
use crate::flows::photos::{self as flows, Sent};
use crate::platform::context::Context;
use crate::platform::error::{Error, Kind};
use crate::platform::ids::{MedicationId, UserId};
use crate::platform::images;
use crate::views::photos as views;

/// Photographs.
pub struct PhotosApi(pub Arc<Context>);

named_lists! {
    /// What a photograph shows: a person, a doctor's licence, a medicine.
    PhotoKind as "PhotoKind": Profile, License, Medicine;
}

/// A photograph, as it is kept: a JPEG that was drawn anew, upright, without notes of camera and place.
#[derive(Debug, Object)]
#[oai(rename = "Photo", rename_all = "camelCase")]
pub struct PhotoView {
    /// What it shows.
    kind: PhotoKind,
    /// Whose storage it takes.
    owner_id: UserId,
    /// The medicine; null for other kinds.
    medication_id: Option<MedicationId>,
    /// Where the file is.
    path: String,
    /// Bytes of the file.
    bytes: u64,
    /// Pixels of a row.
    width: u32,
    /// Rows.
    height: u32,
    /// SHA-256 of the file, in hexadecimal.
    sha256: String,
    /// Who added it.
    added_by: UserId,
    /// When.
    added_at: Instant,
}

impl PhotoView {
    pub(super) fn of(photo: Photo) -> Self {
        let kind = photo.subject.kind();
        let medication_id = photo.subject.medication();
        let path = match (kind, medication_id) {
            (PhotoKind::Medicine, Some(id)) => format!("/api/medications/{id}/photo"),
            (PhotoKind::License, _) => format!("/api/users/{}/license-photo", photo.owner),
            (PhotoKind::Profile | PhotoKind::Medicine, _) => format!("/api/users/{}/photo", photo.owner),
        };
        Self {
            kind,
            owner_id: photo.owner,
            medication_id,
            path,
            bytes: photo.bytes,
            width: photo.width,
            height: photo.height,
            sha256: photo.content.to_string(),
            added_by: photo.by,
            added_at: Instant(photo.at),
        }
    }
}

/// A picture as the body, not looked at before the caller has proved that they may send it.
pub struct PhotoUpload {
    info: Arc<RequestInfo>,
    content_type: String,
    body: poem::Body,
}

impl PhotoUpload {
    async fn read(self) -> Result<Sent, Problem> {
        let said = self.content_type.split(';').next().unwrap_or_default().trim();
        let kind = images::Kind::ALL.into_iter().find(|kind| kind.media_type().eq_ignore_ascii_case(said));
        let kind = kind.ok_or_else(|| unsupported_media_type("image/jpeg, image/png, image/webp"))?;
        let info = self.info;
        // Counted until the request has its answer.
        let mut room = info.context.rooms.bodies.enter(info.owner());
        let bytes = gather(&info.context, self.body, images::FILE_BYTES_MAX, |more| room.grow(more)).await;
        info.keep(room);
        let bytes = bytes
            .map_err(|error| if error.kind() == Kind::TooLarge { images::too_large() } else { error })?;
        Ok(Sent { bytes, kind })
    }
}

impl<'a> ApiExtractor<'a> for PhotoUpload {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];
    type ParamType = ();
    type ParamRawType = ();

    fn register(_: &mut Registry) {}

    fn request_meta() -> Option<MetaRequest> {
        let content =
            |kind: images::Kind| MetaMediaType { content_type: kind.media_type(), schema: file_schema() };
        Some(MetaRequest {
            description: Some("The picture: at most 5 MiB and 16 million pixels."),
            content: images::Kind::ALL.into_iter().map(content).collect(),
            required: true,
        })
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _options: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        let info = Arc::clone(info_of(request)?);
        let content_type = request.content_type().unwrap_or_default().to_owned();
        Ok(Self { info, content_type, body: body.take()? })
    }
}

fn file_schema() -> MetaSchemaRef {
    MetaSchemaRef::Inline(Box::new(MetaSchema::new_with_format("string", "binary")))
}

/// The file of a photograph.
pub struct Jpeg(Vec<u8>);

impl IntoResponse for Jpeg {
    fn into_response(self) -> Response {
        Response::builder()
            .content_type(images::Kind::Jpeg.media_type())
            .header("content-disposition", "inline; filename=\"photo.jpg\"")
            .body(self.0)
    }
}

impl ApiResponse for Jpeg {
    fn meta() -> MetaResponses {
        let content = MetaMediaType { content_type: images::Kind::Jpeg.media_type(), schema: file_schema() };
        let response = MetaResponse {
            description: "The photograph.",
            status: Some(200),
            status_range: None,
            content: vec![content],
            headers: Vec::new(),
        };
        MetaResponses { responses: vec![response] }
    }

    fn register(_: &mut Registry) {}
}

impl PhotosApi {
    async fn put(
        &self,
        caller: &Caller,
        named: Named,
        upload: PhotoUpload,
    ) -> Result<Json<PhotoView>, Problem> {
        flows::may_put(&self.0, caller, named).await?;
        let sent = upload.read().await?;
        Ok(Json(PhotoView::of(flows::put(&self.0, caller, named, sent).await?)))
    }

    async fn show(&self, caller: &Caller, named: Named) -> Result<Jpeg, Error> {
        views::file(&self.0, caller, named).await.map(Jpeg)
    }
}

#[OpenApi]
impl PhotosApi {
    /// A person's photograph
    ///
    /// For the person, clinic staff, and whoever may know the person by a connection.
    #[oai(path = "/users/:id/photo", method = "get", operation_id = "get_photo", tag = "Area::Users")]
    async fn photo(&self, SignedIn(caller): SignedIn, id: Path<UserId>) -> Result<Jpeg, Problem> {
        Ok(self.show(&caller, Named::Person(id.0)).await?)
    }

    /// Set the own photograph
    ///
    /// It takes the place of the one before. The picture is drawn anew as a JPEG, upright; notes of camera and place
    /// are not kept, nor is what is see-through. It counts as storage of the person.
    #[oai(path = "/users/:id/photo", method = "put", operation_id = "set_photo", tag = "Area::Users")]
    async fn set_photo(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<UserId>,
        upload: PhotoUpload,
    ) -> Result<Json<PhotoView>, Problem> {
        self.put(&caller, Named::Person(id.0), upload).await
    }

    /// Remove the own photograph
    ///
    /// Its room is free at once.
    #[oai(path = "/users/:id/photo", method = "delete", operation_id = "remove_photo", tag = "Area::Users")]
    async fn remove_photo(&self, SignedIn(caller): SignedIn, id: Path<UserId>) -> Result<NoContent, Problem> {
        flows::remove(&self.0, &caller, Named::Person(id.0)).await?;
        Ok(NoContent)
    }

    /// The photograph of a doctor's licence
    ///
    /// For the doctor, and for clinic staff who check it.
    #[oai(
        path = "/users/:id/license-photo",
        method = "get",
        operation_id = "get_license_photo",
        tag = "Area::Users"
    )]
    async fn license(&self, SignedIn(caller): SignedIn, id: Path<UserId>) -> Result<Jpeg, Problem> {
        Ok(self.show(&caller, Named::License(id.0)).await?)
    }

    /// Set the photograph of the own licence
    ///
    /// For doctors whose licence was not approved yet; afterwards it stays as it was approved. The picture is taken in
    /// as that of a person, and `licensePhoto` of the profile says where it is.
    #[oai(
        path = "/users/:id/license-photo",
        method = "put",
        operation_id = "set_license_photo",
        tag = "Area::Users"
    )]
    async fn set_license(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<UserId>,
        upload: PhotoUpload,
    ) -> Result<Json<PhotoView>, Problem> {
        self.put(&caller, Named::License(id.0), upload).await
    }

    /// The photograph of a medicine
    ///
    /// For whoever may see its prescription.
    #[oai(
        path = "/medications/:id/photo",
        method = "get",
        operation_id = "get_medication_photo",
        tag = "Area::Prescriptions"
    )]
    async fn medicine(&self, SignedIn(caller): SignedIn, id: Path<MedicationId>) -> Result<Jpeg, Problem> {
        Ok(self.show(&caller, Named::Medicine(id.0)).await?)
    }

    /// Set the photograph of a medicine
    ///
    /// For the patient, and the author of its prescription. It takes the place of the one before, stays with the medicine
    /// through every version, and counts as storage of the patient.
    #[oai(
        path = "/medications/:id/photo",
        method = "put",
        operation_id = "set_medication_photo",
        tag = "Area::Prescriptions"
    )]
    async fn set_medicine(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<MedicationId>,
        upload: PhotoUpload,
    ) -> Result<Json<PhotoView>, Problem> {
        self.put(&caller, Named::Medicine(id.0), upload).await
    }

    /// Remove the photograph of a medicine
    ///
    /// For the patient, and the author of its prescription.
    #[oai(
        path = "/medications/:id/photo",
        method = "delete",
        operation_id = "remove_medication_photo",
        tag = "Area::Prescriptions"
    )]
    async fn remove_medicine(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<MedicationId>,
    ) -> Result<NoContent, Problem> {
        flows::remove(&self.0, &caller, Named::Medicine(id.0)).await?;
        Ok(NoContent)
    }
}
