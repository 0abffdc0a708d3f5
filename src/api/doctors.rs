//! Doctors as everybody may find them.

use std::sync::Arc;

use poem_openapi::param::Query;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::Area;
use super::caller::SignedIn;
use super::output::Listed;
use super::problem::Problem;
use crate::domain::users::model::{Specialty, User};
use crate::platform::context::Context;
use crate::platform::ids::UserId;
use crate::platform::store::PageRequest;
use crate::views;

/// Doctors.
pub struct DoctorsApi(pub Arc<Context>);

/// A doctor whose licence was approved.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct DoctorCard {
    /// Their id: what a connection is asked for with.
    id: UserId,
    /// Name.
    full_name: String,
    /// Where they work.
    hospital_clinic: Option<String>,
    /// Their field.
    specialty: Option<Specialty>,
}

impl DoctorCard {
    fn of(user: &User) -> Self {
        let doctor = user.doctor.as_ref();
        Self {
            id: user.id,
            full_name: user.full_name.reveal().clone(),
            hospital_clinic: doctor.map(|doctor| doctor.hospital_clinic.clone()),
            specialty: doctor.map(|doctor| doctor.specialty),
        }
    }
}

#[OpenApi(prefix_path = "/doctors", tag = "Area::Users")]
impl DoctorsApi {
    /// Find a doctor
    ///
    /// Doctors whose licence was approved, by a text in name, clinic or licence number.
    #[oai(path = "/search", method = "get", operation_id = "search_doctors")]
    async fn search(
        &self,
        SignedIn(caller): SignedIn,
        query: Query<Option<String>>,
        limit: Query<Option<u32>>,
        cursor: Query<Option<String>>,
    ) -> Result<Json<Listed<DoctorCard>>, Problem> {
        let page = PageRequest::parse(limit.0, cursor.0.as_deref())?;
        let query = query.0.unwrap_or_default();
        let found = views::people::search_doctors(&self.0, &caller, &query, &page).await?;
        Ok(Json(Listed::from_page(found, |user| DoctorCard::of(&user))))
    }
}
