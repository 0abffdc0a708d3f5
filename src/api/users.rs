//! People: profiles, preferences, and what admins do with accounts.

use std::sync::Arc;

use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, Object, OpenApi, Union};
use serde_json::Value;

use super::Area;
use super::auth::registration::{RegistrationResult, contact, doctor_of, named_of, patient_of};
use super::caller::SignedIn;
use super::form::{Checked, Form};
use super::if_match;
use super::input::Body;
use super::output::{Created, Listed};
use super::prescriptions::payloads::Tagged;
use super::problem::Problem;
use super::reviewers::ReviewerView;
use super::types::{Day, Instant, TimeOfDay};
use super::users_in_person::{SeenInPersonRequest, SeenInPersonResult};
use crate::domain::users::change::ProfileChange;
use crate::domain::users::contacts::ContactKind;
use crate::domain::users::model::{Gender, Role, Specialty, Status, Theme, User};
use crate::flows;
use crate::flows::accounts::NewPerson;
use crate::flows::registration::{
    Contact, DoctorRegistration, FamilyRegistration, Keeper, PatientRegistration, Registered,
};
use crate::platform::clock::Timestamp;
use crate::platform::context::Context;
use crate::platform::error::Error;
use crate::platform::i18n::Language;
use crate::platform::ids::UserId;
use crate::platform::secret::Secret;
use crate::platform::store::PageRequest;
use crate::views;
use crate::views::people::{PeopleFilter, Seen};
use crate::views::photos::Storage;

/// People.
pub struct UsersApi(pub Arc<Context>);

/// A person with everything that they themselves and admins may see.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct Profile {
    /// Their id.
    id: UserId,
    /// What they are.
    role: Role,
    /// What their account may do.
    status: Status,
    /// E-mail address.
    email: Option<String>,
    /// Phone, E.164.
    phone: Option<String>,
    /// Name as shown to others. A patient's is put together from their two parts, in the clinic's order: the family name
    /// first unless it is configured otherwise.
    full_name: String,
    /// Given name; patients only.
    first_name: Option<String>,
    /// Family name; patients only.
    last_name: Option<String>,
    /// Patients only.
    gender: Option<Gender>,
    /// Patients only.
    date_of_birth: Option<Day>,
    /// National identity card.
    id_card_number: Option<String>,
    /// Doctors only: where they work.
    hospital_clinic: Option<String>,
    /// Doctors only: their field.
    specialty: Option<Specialty>,
    /// Doctors only.
    license_number: Option<String>,
    /// Doctors only: where the photograph of the licence can be seen.
    license_photo: Option<String>,
    /// Doctors only: why an admin refused them.
    rejection_reason: Option<String>,
    /// Admins only: as what they may stand for safety rules; nothing for those who may not.
    clinical_reviewer: Option<ReviewerView>,
    /// Language of texts.
    language: Language,
    /// Colours of the screen.
    theme: Theme,
    /// Minutes before a dose counts as late.
    grace_period_minutes: u32,
    /// When they eat.
    meal_times: MealTimesView,
    /// When a contact was confirmed for the first time.
    contact_confirmed_at: Option<Instant>,
    /// When the e-mail address was confirmed. Until then nothing but its code is sent there.
    email_confirmed_at: Option<Instant>,
    /// When the phone was confirmed. Until then nothing but its code is sent there.
    phone_confirmed_at: Option<Instant>,
    /// Whether e-mail and phone are a carer's, who shares them: no codes and messages go there, and nobody signs in by
    /// them.
    shared_contact: bool,
    /// The address that is to replace the present one, once its code was entered.
    waiting_email: Option<String>,
    /// The phone that is to replace the present one, once its code was entered.
    waiting_phone: Option<String>,
    /// When they asked to be deleted; their personal fields go 30 days later.
    deletion_requested_at: Option<Instant>,
    /// When they registered.
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
            status: user.status,
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
            clinical_reviewer: user.reviewer.as_ref().map(ReviewerView::of),
            language: user.preferences.language,
            theme: user.preferences.theme,
            grace_period_minutes: user.preferences.grace_minutes_at(now),
            meal_times: MealTimesView::of(&user.preferences.meal_times),
            contact_confirmed_at: user.contact_confirmed_at.map(Instant),
            email_confirmed_at: user.confirmed_at(ContactKind::Email).map(Instant),
            phone_confirmed_at: user.confirmed_at(ContactKind::Phone).map(Instant),
            shared_contact: user.shares_contacts(),
            waiting_email: user.waiting(ContactKind::Email).map(|email| email.reveal().clone()),
            waiting_phone: user.waiting(ContactKind::Phone).map(|phone| phone.reveal().clone()),
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

/// A person as connected people see each other.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct PersonCard {
    /// Their id.
    id: UserId,
    /// What they are.
    role: Role,
    /// Name.
    full_name: String,
    /// E-mail address.
    email: Option<String>,
    /// Phone, E.164.
    phone: Option<String>,
    /// Doctors only: where they work.
    hospital_clinic: Option<String>,
    /// Doctors only: their field.
    specialty: Option<Specialty>,
}

impl PersonCard {
    fn of(user: &User) -> Self {
        let doctor = user.doctor.as_ref();
        Self {
            id: user.id,
            role: user.role,
            full_name: user.full_name.reveal().clone(),
            email: user.email.as_ref().map(|email| email.reveal().clone()),
            phone: user.phone.as_ref().map(|phone| phone.reveal().clone()),
            hospital_clinic: doctor.map(|doctor| doctor.hospital_clinic.clone()),
            specialty: doctor.map(|doctor| doctor.specialty),
        }
    }
}

/// A person, as far as the caller may see them: everything for the person themselves and admins, a card for connected people.
#[derive(Debug, Union)]
#[expect(clippy::large_enum_variant, reason = "it lives for one answer")]
pub enum SeenPerson {
    /// Everything.
    Profile(Profile),
    /// Name and contact.
    PersonCard(PersonCard),
}

/// A person who was found.
#[derive(ApiResponse)]
pub enum SeenPersonAnswer {
    /// Done.
    #[oai(status = 200)]
    Found(
        Json<SeenPerson>,
        /// What `If-Match` of a change expects; only with everything.
        #[oai(header = "ETag")]
        Option<String>,
    ),
}

/// What shall change; what is left out stays.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct ProfileUpdate {
    /// E-mail address; an empty text takes it away.
    #[oai(validator(max_length = 254))]
    email: Option<String>,
    /// Phone number; an empty text takes it away.
    #[oai(validator(max_length = 40))]
    phone: Option<String>,
    /// Doctors, family members and admins.
    #[oai(validator(max_length = 100))]
    full_name: Option<String>,
    /// Patients.
    #[oai(validator(max_length = 100))]
    first_name: Option<String>,
    /// Patients.
    #[oai(validator(max_length = 100))]
    last_name: Option<String>,
    /// Patients.
    gender: Option<Gender>,
    /// Patients.
    date_of_birth: Option<Day>,
    /// Patients; an empty text takes it away.
    #[oai(validator(max_length = 40))]
    id_card_number: Option<String>,
    /// Doctors.
    #[oai(validator(max_length = 100))]
    hospital_clinic: Option<String>,
    /// Doctors: another number waits for an admin to check it, as at the registration.
    #[oai(validator(max_length = 40))]
    license_number: Option<String>,
    /// Doctors.
    specialty: Option<Specialty>,
    /// Language of texts.
    language: Option<Language>,
    /// Colours of the screen.
    theme: Option<Theme>,
    /// Needed for a new e-mail or phone of one's own.
    #[oai(validator(max_length = 1024))]
    current_password: Option<String>,
    /// Only admins, and not their own. With another role the person is signed out.
    role: Option<Role>,
}

impl ProfileUpdate {
    fn change(&self) -> ProfileChange {
        ProfileChange {
            email: self.email.clone(),
            phone: self.phone.clone(),
            full_name: self.full_name.clone(),
            first_name: self.first_name.clone(),
            last_name: self.last_name.clone(),
            gender: self.gender,
            date_of_birth: self.date_of_birth.map(|day| day.0),
            id_card_number: self.id_card_number.clone(),
            hospital_clinic: self.hospital_clinic.clone(),
            license_number: self.license_number.clone(),
            specialty: self.specialty,
            language: self.language,
            theme: self.theme,
        }
    }
}

/// A new grace period.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct GracePeriodUpdate {
    /// 10, 20, 30 or 60.
    grace_period_minutes: u32,
}

/// When a person eats; what is left out stays, an empty text takes a time back to the clinic's: 07:00, 11:30, 17:30. Meals
/// are at least two hours apart, breakfast before lunch before dinner.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct MealTimesUpdate {
    /// `07:00`, `7AM` or a range such as `6-7AM`, which counts by its midpoint.
    #[oai(validator(max_length = 30))]
    morning_meal: Option<String>,
    /// As for the morning.
    #[oai(validator(max_length = 30))]
    afternoon_meal: Option<String>,
    /// As for the morning.
    #[oai(validator(max_length = 30))]
    night_meal: Option<String>,
}

/// How much a person stores, and how much they may.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct StorageUse {
    /// Bytes of their uploads.
    used_bytes: u64,
    /// Bytes their plan allows.
    limit_bytes: u64,
}

/// A person whom an admin makes. Which fields are needed depends on the role, as in registration.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct NewPersonRequest {
    /// What they are.
    role: Role,
    /// Doctors, family members and admins.
    #[oai(validator(max_length = 100))]
    full_name: Option<String>,
    /// Patients.
    #[oai(validator(max_length = 100))]
    first_name: Option<String>,
    /// Patients.
    #[oai(validator(max_length = 100))]
    last_name: Option<String>,
    /// Patients.
    gender: Option<Gender>,
    /// Patients.
    date_of_birth: Option<Day>,
    /// Patients.
    #[oai(validator(max_length = 40))]
    id_card_number: Option<String>,
    /// Doctors.
    #[oai(validator(max_length = 100))]
    hospital_clinic: Option<String>,
    /// Doctors.
    specialty: Option<Specialty>,
    /// Doctors.
    #[oai(validator(max_length = 40))]
    license_number: Option<String>,
    /// E-mail or phone, or both; a patient may have neither.
    #[oai(validator(max_length = 254))]
    email: Option<String>,
    /// E-mail or phone, or both; a patient may have neither.
    #[oai(validator(max_length = 40))]
    phone: Option<String>,
    /// Whether e-mail and phone are a carer's, who shares them with the patient: no codes and messages go there, and
    /// nobody signs in by them.
    shared_contact: Option<bool>,
    /// First password: 8 to 128 characters, not one of the common ones. A patient without a contact of their own needs
    /// none.
    #[oai(validator(min_length = 8, max_length = 128))]
    password: Option<String>,
    /// Language of texts; Khmer when not given.
    language: Option<Language>,
}

impl NewPersonRequest {
    fn typed(self) -> NewPerson {
        let password = self.password.unwrap_or_default();
        let keeper = keeper(self.shared_contact);
        let contact = Contact { keeper, ..contact(self.email, self.phone, password, self.language) };
        let named = |contact, full_name: Option<String>| FamilyRegistration {
            contact,
            full_name: full_name.unwrap_or_default(),
        };
        match self.role {
            Role::Patient => NewPerson::Patient(PatientRegistration {
                contact,
                first_name: self.first_name.unwrap_or_default(),
                last_name: self.last_name.unwrap_or_default(),
                gender: self.gender,
                date_of_birth: self.date_of_birth.map(|day| day.0),
                id_card_number: self.id_card_number,
            }),
            Role::Doctor => NewPerson::Doctor(DoctorRegistration {
                contact,
                full_name: self.full_name.unwrap_or_default(),
                hospital_clinic: self.hospital_clinic.unwrap_or_default(),
                specialty: self.specialty,
                license_number: self.license_number.unwrap_or_default(),
                license_photo: None,
            }),
            Role::FamilyMember => NewPerson::FamilyMember(named(contact, self.full_name)),
            Role::Admin => NewPerson::Admin(named(contact, self.full_name)),
        }
    }
}

impl Form for NewPersonRequest {
    fn check(context: &Context, raw: &Value) -> Result<(), Error> {
        let keeper = keeper(raw.get("sharedContact").and_then(Value::as_bool));
        match raw.get("role").and_then(Value::as_str) {
            Some("PATIENT") => {
                let mut typed = patient_of(raw);
                typed.contact.keeper = keeper;
                flows::registration::check_patient(context, typed)
            }
            Some("DOCTOR") => {
                let mut typed = doctor_of(raw);
                typed.contact.keeper = keeper;
                flows::registration::check_doctor(typed)
            }
            Some("FAMILY_MEMBER" | "ADMIN") => {
                let mut typed = named_of(raw);
                typed.contact.keeper = keeper;
                flows::registration::check_family(typed)
            }
            _ => Ok(()),
        }
    }
}

/// Whose contact staff register.
fn keeper(shared: Option<bool>) -> Keeper {
    if shared == Some(true) { Keeper::Carer } else { Keeper::Desk }
}

/// Why an admin does this to an account.
#[derive(Debug, Object)]
pub struct AccountReason {
    /// In the admin's words, at most 500 characters. The person may read it.
    #[oai(validator(max_length = 500))]
    reason: String,
}

impl UsersApi {
    /// A profile with its `ETag`.
    fn tagged(&self, user: &User) -> Tagged<Profile> {
        Tagged { body: Profile::of(user, self.0.now()), revision: user.revision }
    }
}

#[OpenApi(prefix_path = "/users", tag = "Area::Users")]
impl UsersApi {
    /// Own profile
    ///
    /// Also while the account waits for its verification.
    #[oai(path = "/me", method = "get", operation_id = "get_own_profile")]
    async fn me(&self, SignedIn(caller): SignedIn) -> Result<Tagged<Profile>, Problem> {
        Ok(self.tagged(&*views::profile::own(&self.0, &caller)?))
    }

    /// Change the own profile
    ///
    /// A new e-mail or phone needs the current password. It waits beside the old one until its code, which is sent at
    /// once, was entered; the old one is told of both. One change a minute. With `If-Match: "<revision>"` only if it was
    /// not changed meanwhile, by an admin or on another device.
    #[oai(path = "/me", method = "patch", operation_id = "update_own_profile")]
    async fn update_me(
        &self,
        SignedIn(caller): SignedIn,
        /// The revision the change is based on.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        Body(wanted): Body<ProfileUpdate>,
    ) -> Result<Tagged<Profile>, Problem> {
        let revision = if_match::revision(if_match.0.as_deref())?;
        let password = wanted.current_password.clone().map(Secret::new);
        if wanted.role.is_some() {
            return Err(Error::invalid("role", "field_not_yours").into());
        }
        let user = flows::users::update_own(&self.0, &caller, wanted.change(), password, revision).await?;
        Ok(self.tagged(&user))
    }

    /// Ask for the own account to be deleted
    ///
    /// After thirty days the personal fields are erased; until then the request can be taken back.
    #[oai(path = "/me", method = "delete", operation_id = "request_account_deletion")]
    async fn delete_me(&self, SignedIn(caller): SignedIn) -> Result<Json<Profile>, Problem> {
        let user = flows::deletion::request(&self.0, &caller).await?;
        Ok(Json(Profile::of(&user, self.0.now())))
    }

    /// Keep the own account
    ///
    /// Takes the request for its deletion back.
    #[oai(path = "/me/cancel-deletion", method = "post", operation_id = "cancel_account_deletion")]
    async fn cancel_deletion(&self, SignedIn(caller): SignedIn) -> Result<Json<Profile>, Problem> {
        let user = flows::deletion::cancel(&self.0, &caller).await?;
        Ok(Json(Profile::of(&user, self.0.now())))
    }

    /// Own storage
    ///
    /// How much is stored, photographs of the own medicines among it, and how much the plan allows.
    #[oai(path = "/storage", method = "get", operation_id = "get_storage_use")]
    async fn storage(&self, SignedIn(caller): SignedIn) -> Result<Json<StorageUse>, Problem> {
        let Storage { used_bytes, limit_bytes } = views::photos::storage(&self.0, &caller).await?;
        Ok(Json(StorageUse { used_bytes, limit_bytes }))
    }

    /// Set the grace period
    ///
    /// Minutes after its time within which a dose counts as on time. Holds from now on; earlier doses stay judged
    /// by what held then.
    #[oai(path = "/me/grace-period", method = "patch", operation_id = "set_grace_period")]
    async fn set_grace_period(
        &self,
        SignedIn(caller): SignedIn,
        Body(wanted): Body<GracePeriodUpdate>,
    ) -> Result<Json<Profile>, Problem> {
        let user = flows::users::set_grace_period(&self.0, &caller, wanted.grace_period_minutes).await?;
        Ok(Json(Profile::of(&user, self.0.now())))
    }

    /// Own meal times
    ///
    /// They move the slots of a patient's doses.
    #[oai(path = "/settings/meal-times", method = "get", operation_id = "get_meal_times")]
    async fn meal_times(&self, SignedIn(caller): SignedIn) -> Result<Json<MealTimesView>, Problem> {
        caller.active()?;
        Ok(Json(MealTimesView::of(&views::profile::own(&self.0, &caller)?.preferences.meal_times)))
    }

    /// Set meal times
    ///
    /// Doses from tomorrow on move with them.
    #[oai(path = "/settings/meal-times", method = "patch", operation_id = "set_meal_times")]
    async fn set_meal_times(
        &self,
        SignedIn(caller): SignedIn,
        Body(wanted): Body<MealTimesUpdate>,
    ) -> Result<Json<MealTimesView>, Problem> {
        let typed = flows::users::TypedMealTimes {
            morning: wanted.morning_meal,
            afternoon: wanted.afternoon_meal,
            night: wanted.night_meal,
        };
        let user = flows::users::set_meal_times(&self.0, &caller, typed).await?;
        Ok(Json(MealTimesView::of(&user.preferences.meal_times)))
    }

    /// People
    ///
    /// For admins: newest first, by role, status and a text in name, e-mail, phone or licence.
    #[oai(path = "/", method = "get", operation_id = "list_people")]
    async fn list(
        &self,
        SignedIn(caller): SignedIn,
        role: Query<Option<Role>>,
        status: Query<Option<Status>>,
        search: Query<Option<String>>,
        limit: Query<Option<u32>>,
        cursor: Query<Option<String>>,
    ) -> Result<Json<Listed<Profile>>, Problem> {
        let page = PageRequest::parse(limit.0, cursor.0.as_deref())?;
        let filter = PeopleFilter { role: role.0, status: status.0, search: search.0 };
        let people = views::people::list(&self.0, &caller, &filter, &page).await?;
        Ok(Json(Listed::from_page(people, |user| Profile::of(&user, self.0.now()))))
    }

    /// Make a person
    ///
    /// For admins, who vouch for name and licence: the account is in use at once. E-mail and phone count when their
    /// owner has confirmed them.
    #[oai(path = "/", method = "post", operation_id = "create_person")]
    async fn create(
        &self,
        SignedIn(caller): SignedIn,
        Checked(wanted): Checked<NewPersonRequest>,
    ) -> Result<Created<RegistrationResult>, Problem> {
        let user = flows::accounts::create(&self.0, &caller, wanted.typed()).await?;
        let made = Registered { user_id: user.id, status: user.status, requires_verification: false };
        Ok(Created(RegistrationResult::of(&made)))
    }

    /// A person
    ///
    /// Everything for the person themselves and admins, with its `ETag`; name and contact for those who are connected with them.
    #[oai(path = "/:id", method = "get", operation_id = "get_person")]
    async fn get(&self, SignedIn(caller): SignedIn, id: Path<UserId>) -> Result<SeenPersonAnswer, Problem> {
        Ok(match views::people::get(&self.0, &caller, id.0).await? {
            Seen::Whole(user) => {
                let profile = Profile::of(&user, self.0.now());
                SeenPersonAnswer::Found(
                    Json(SeenPerson::Profile(profile)),
                    Some(if_match::tag(user.revision)),
                )
            }
            // Who only sees name and contact changes nothing, and does not learn how often the rest changed.
            Seen::Card(user) => {
                SeenPersonAnswer::Found(Json(SeenPerson::PersonCard(PersonCard::of(&user))), None)
            }
        })
    }

    /// Change a person
    ///
    /// For admins. With `If-Match: "<revision>"` only if nobody else changed the profile meanwhile. E-mail and phone are
    /// changed by their owner, or with `POST /users/{id}/seen-in-person`.
    #[oai(path = "/:id", method = "patch", operation_id = "update_person")]
    async fn update(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<UserId>,
        /// The revision the change is based on.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        Body(wanted): Body<ProfileUpdate>,
    ) -> Result<Tagged<Profile>, Problem> {
        let revision = if_match::revision(if_match.0.as_deref())?;
        let user =
            flows::accounts::update(&self.0, &caller, id.0, wanted.change(), wanted.role, revision).await?;
        Ok(self.tagged(&user))
    }

    /// Verify a person
    ///
    /// For admins: takes a person into use, or approves a doctor's licence.
    #[oai(path = "/:id/verify", method = "post", operation_id = "verify_person")]
    async fn verify(&self, SignedIn(caller): SignedIn, id: Path<UserId>) -> Result<Json<Profile>, Problem> {
        let user = flows::accounts::verify(&self.0, &caller, id.0).await?;
        Ok(Json(Profile::of(&user, self.0.now())))
    }

    /// Refuse a doctor
    ///
    /// For admins. The doctor can read the reason.
    #[oai(path = "/:id/reject", method = "post", operation_id = "reject_doctor")]
    async fn reject(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<UserId>,
        Body(why): Body<AccountReason>,
    ) -> Result<Json<Profile>, Problem> {
        let user = flows::accounts::reject(&self.0, &caller, id.0, &why.reason).await?;
        Ok(Json(Profile::of(&user, self.0.now())))
    }

    /// Lock an account
    ///
    /// For admins. The person is signed out until the account is opened again.
    #[oai(path = "/:id/lock", method = "post", operation_id = "lock_account")]
    async fn lock(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<UserId>,
        Body(why): Body<AccountReason>,
    ) -> Result<Json<Profile>, Problem> {
        let user = flows::accounts::lock(&self.0, &caller, id.0, &why.reason).await?;
        Ok(Json(Profile::of(&user, self.0.now())))
    }

    /// Open a locked account
    ///
    /// For admins. Opens the sign-in by password too where five wrong ones closed it.
    #[oai(path = "/:id/unlock", method = "post", operation_id = "unlock_account")]
    async fn unlock(&self, SignedIn(caller): SignedIn, id: Path<UserId>) -> Result<Json<Profile>, Problem> {
        let user = flows::accounts::unlock(&self.0, &caller, id.0).await?;
        Ok(Json(Profile::of(&user, self.0.now())))
    }

    /// Record that a person was seen
    ///
    /// For admins, with their own password: the person stood before them with a document and has a new e-mail address
    /// or phone. The old one is told and ends at once, all their sessions end, and the new one counts when its code was
    /// entered. Where nothing can be sent the answer holds a code to be printed for them.
    #[oai(path = "/:id/seen-in-person", method = "post", operation_id = "record_seen_in_person")]
    async fn seen_in_person(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<UserId>,
        Body(seen): Body<SeenInPersonRequest>,
    ) -> Result<Json<SeenInPersonResult>, Problem> {
        let (user, slip) =
            flows::contacts::record_seen_in_person(&self.0, &caller, id.0, seen.typed()).await?;
        Ok(Json(SeenInPersonResult::of(&user, slip, self.0.now())))
    }

    /// Sign a person out everywhere
    ///
    /// For admins.
    #[oai(path = "/:id/end-sessions", method = "post", operation_id = "end_all_sessions")]
    async fn end_sessions(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<UserId>,
    ) -> Result<Json<Profile>, Problem> {
        let user = flows::accounts::end_all_sessions(&self.0, &caller, id.0).await?;
        Ok(Json(Profile::of(&user, self.0.now())))
    }
}
