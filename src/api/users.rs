//! People: profiles, preferences, and what admins do with accounts.

use std::sync::Arc;

use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::Area;
use super::caller::SignedIn;
use super::problem::Problem;
use super::types::{Day, Instant, TimeOfDay};
use crate::domain::users::model::{Gender, Role, Specialty, Status, Theme, User};
use crate::platform::clock::Timestamp;
use crate::platform::context::Context;
use crate::platform::i18n::Language;
use crate::platform::ids::UserId;
use crate::views;

/// People.
pub struct UsersApi(pub Arc<Context>);

/// A person with everything that he himself and admins may see.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct Profile {
    /// His id.
    id: UserId,
    /// What he is.
    role: Role,
    /// What his account may do.
    status: Status,
    /// E-mail address.
    email: Option<String>,
    /// Phone, E.164.
    phone: Option<String>,
    /// Name as shown to others.
    full_name: String,
    /// Patients only.
    first_name: Option<String>,
    /// Patients only.
    last_name: Option<String>,
    /// Patients only.
    gender: Option<Gender>,
    /// Patients only.
    date_of_birth: Option<Day>,
    /// National identity card.
    id_card_number: Option<String>,
    /// Doctors only: where he works.
    hospital_clinic: Option<String>,
    /// Doctors only: his field.
    specialty: Option<Specialty>,
    /// Doctors only.
    license_number: Option<String>,
    /// Doctors only: where the photograph of the licence can be seen.
    license_photo: Option<String>,
    /// Doctors only: why an admin refused him.
    rejection_reason: Option<String>,
    /// Language of texts.
    language: Language,
    /// Colours of the screen.
    theme: Theme,
    /// Minutes before a dose counts as late.
    grace_period_minutes: u32,
    /// When he eats.
    meal_times: MealTimesView,
    /// When e-mail or phone was confirmed.
    contact_confirmed_at: Option<Instant>,
    /// When he asked to be deleted; his personal fields go 30 days later.
    deletion_requested_at: Option<Instant>,
    /// When he registered.
    created_at: Instant,
    /// Last change.
    updated_at: Instant,
    /// Counts the changes.
    revision: u64,
}

/// When a person eats, on the clinic's wall clock; what is not set has the clinic's usual time.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct MealTimesView {
    /// Breakfast.
    morning_meal: Option<TimeOfDay>,
    /// Lunch.
    afternoon_meal: Option<TimeOfDay>,
    /// Dinner.
    night_meal: Option<TimeOfDay>,
}

impl Profile {
    /// As shown at `now`.
    pub(super) fn of(user: &User, now: Timestamp) -> Self {
        let shown = |text: &Option<crate::platform::secret::Phi<String>>| {
            text.as_ref().map(|text| text.reveal().clone())
        };
        let doctor = user.doctor.as_ref();
        Self {
            id: user.id,
            role: user.role,
            status: user.shown_status(now),
            email: shown(&user.email),
            phone: shown(&user.phone),
            full_name: user.full_name.reveal().clone(),
            first_name: shown(&user.first_name),
            last_name: shown(&user.last_name),
            gender: user.gender,
            date_of_birth: user.date_of_birth.map(Day),
            id_card_number: shown(&user.id_card_number),
            hospital_clinic: doctor.map(|doctor| doctor.hospital_clinic.clone()),
            specialty: doctor.map(|doctor| doctor.specialty),
            license_number: doctor.map(|doctor| doctor.license_number.clone()),
            license_photo: doctor.and_then(|doctor| doctor.license_photo.clone()),
            rejection_reason: doctor.and_then(|doctor| doctor.rejection_reason.clone()),
            language: user.preferences.language,
            theme: user.preferences.theme,
            grace_period_minutes: user.preferences.grace_minutes_at(now),
            meal_times: MealTimesView::of(&user.preferences.meal_times),
            contact_confirmed_at: user.contact_confirmed_at.map(Instant),
            deletion_requested_at: user.deletion_requested_at.map(Instant),
            created_at: user.created_at.into(),
            updated_at: user.updated_at.into(),
            revision: user.revision,
        }
    }
}

impl MealTimesView {
    fn of(times: &crate::domain::users::model::MealTimes) -> Self {
        Self {
            morning_meal: times.morning.map(TimeOfDay),
            afternoon_meal: times.afternoon.map(TimeOfDay),
            night_meal: times.night.map(TimeOfDay),
        }
    }
}

#[OpenApi(prefix_path = "/users", tag = "Area::Users")]
impl UsersApi {
    /// Own profile
    ///
    /// Also while the account waits for its verification.
    #[oai(path = "/me", method = "get", operation_id = "get_own_profile")]
    async fn me(&self, SignedIn(caller): SignedIn) -> Result<Json<Profile>, Problem> {
        Ok(Json(Profile::of(&*views::profile::own(&self.0, &caller)?, self.0.now())))
    }
}
