//! Registration, sign-in, sessions.

use std::sync::Arc;

use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{Enum, Object, OpenApi};
use serde_json::Value;

use super::Area;
use super::caller::{Anyone, Device, SignedIn};
use super::form::{Checked, Form};
use super::input::Body;
use super::output::{Created, Listed, NoContent};
use super::problem::Problem;
use super::types::{Day, Instant};
use super::users::Profile;
use crate::domain::auth::model as auth;
use crate::domain::users::model::{Gender, Specialty, Status};
use crate::flows;
use crate::flows::codes::{CodeAccepted, CodeRequested};
use crate::flows::registration::{
    Contact, DoctorRegistration, FamilyRegistration, PatientRegistration, Registered,
};
use crate::platform::context::Context;
use crate::platform::error::Error;
use crate::platform::i18n::Language;
use crate::platform::ids::{SessionId, UserId};
use crate::platform::secret::{Phi, Secret};
use crate::views;

super::types::named_lists! {
    /// What a one-time code is good for.
    auth::Purpose as "CodePurpose": VerifyContact, SignIn, ResetPassword;
    /// How one-time codes leave this server.
    flows::codes::Delivery as "CodeDelivery": Email, NotConfigured;
}

/// Registration, sign-in, sessions.
pub struct AuthApi(pub Arc<Context>);

/// A patient who registers. E-mail or phone, or both.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct RegisterPatient {
    /// Given name.
    #[oai(validator(max_length = 100))]
    first_name: String,
    /// Family name.
    #[oai(validator(max_length = 100))]
    last_name: String,
    /// Sex.
    gender: Gender,
    /// At least 13 years ago.
    date_of_birth: Day,
    /// E-mail address.
    #[oai(validator(max_length = 254))]
    email: Option<String>,
    /// Phone number; a Cambodian one may start with 0.
    #[oai(validator(max_length = 40))]
    phone: Option<String>,
    /// 8 to 128 characters, not one of the common ones.
    #[oai(validator(min_length = 8, max_length = 128))]
    password: String,
    /// National identity card.
    #[oai(validator(max_length = 40))]
    id_card_number: Option<String>,
    /// Language of texts; Khmer when not given.
    language: Option<Language>,
}

/// A doctor who registers. E-mail or phone, or both.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct RegisterDoctor {
    /// Name as shown to patients.
    #[oai(validator(max_length = 100))]
    full_name: String,
    /// E-mail address.
    #[oai(validator(max_length = 254))]
    email: Option<String>,
    /// Phone number; a Cambodian one may start with 0.
    #[oai(validator(max_length = 40))]
    phone: Option<String>,
    /// Where he works.
    #[oai(validator(max_length = 100))]
    hospital_clinic: String,
    /// His field.
    specialty: Specialty,
    /// Unique among doctors.
    #[oai(validator(max_length = 40))]
    license_number: String,
    /// Where the photograph of the licence can be seen, for the admin who checks it.
    #[oai(validator(max_length = 100))]
    license_photo: Option<String>,
    /// 8 to 128 characters, not one of the common ones.
    #[oai(validator(min_length = 8, max_length = 128))]
    password: String,
    /// Language of texts; Khmer when not given.
    language: Option<Language>,
}

/// A family member who registers. E-mail or phone, or both.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct RegisterFamily {
    /// Name as shown to patients.
    #[oai(validator(max_length = 100))]
    full_name: String,
    /// E-mail address.
    #[oai(validator(max_length = 254))]
    email: Option<String>,
    /// Phone number; a Cambodian one may start with 0.
    #[oai(validator(max_length = 40))]
    phone: Option<String>,
    /// 8 to 128 characters, not one of the common ones.
    #[oai(validator(min_length = 8, max_length = 128))]
    password: String,
    /// Language of texts; Khmer when not given.
    language: Option<Language>,
}

fn text(raw: &Value, field: &str) -> Option<String> {
    raw.get(field).and_then(Value::as_str).map(str::to_owned)
}

fn listed<T: serde::de::DeserializeOwned>(raw: &Value, field: &str) -> Option<T> {
    raw.get(field).and_then(|value| serde_json::from_value(value.clone()).ok())
}

/// The fields all registrations share, as far as they can be read.
fn contact_of(raw: &Value) -> Contact {
    Contact {
        email: text(raw, "email"),
        phone: text(raw, "phone"),
        password: Secret::new(text(raw, "password").unwrap_or_default()),
        language: None,
    }
}

pub(super) fn patient_of(raw: &Value) -> PatientRegistration {
    PatientRegistration {
        contact: contact_of(raw),
        first_name: text(raw, "firstName").unwrap_or_default(),
        last_name: text(raw, "lastName").unwrap_or_default(),
        gender: listed(raw, "gender"),
        date_of_birth: text(raw, "dateOfBirth").and_then(|text| text.parse().ok()),
        id_card_number: text(raw, "idCardNumber"),
    }
}

pub(super) fn doctor_of(raw: &Value) -> DoctorRegistration {
    DoctorRegistration {
        contact: contact_of(raw),
        full_name: text(raw, "fullName").unwrap_or_default(),
        hospital_clinic: text(raw, "hospitalClinic").unwrap_or_default(),
        specialty: listed(raw, "specialty"),
        license_number: text(raw, "licenseNumber").unwrap_or_default(),
        license_photo: text(raw, "licensePhoto"),
    }
}

pub(super) fn named_of(raw: &Value) -> FamilyRegistration {
    FamilyRegistration { contact: contact_of(raw), full_name: text(raw, "fullName").unwrap_or_default() }
}

impl Form for RegisterPatient {
    fn check(context: &Context, raw: &Value) -> Result<(), Error> {
        flows::registration::check_patient(context, patient_of(raw))
    }
}

impl Form for RegisterDoctor {
    fn check(_: &Context, raw: &Value) -> Result<(), Error> {
        flows::registration::check_doctor(doctor_of(raw))
    }
}

impl Form for RegisterFamily {
    fn check(_: &Context, raw: &Value) -> Result<(), Error> {
        flows::registration::check_family(named_of(raw))
    }
}

impl RegisterPatient {
    fn typed(self) -> PatientRegistration {
        PatientRegistration {
            contact: contact(self.email, self.phone, self.password, self.language),
            first_name: self.first_name,
            last_name: self.last_name,
            gender: Some(self.gender),
            date_of_birth: Some(self.date_of_birth.0),
            id_card_number: self.id_card_number,
        }
    }
}

impl RegisterDoctor {
    fn typed(self) -> DoctorRegistration {
        DoctorRegistration {
            contact: contact(self.email, self.phone, self.password, self.language),
            full_name: self.full_name,
            hospital_clinic: self.hospital_clinic,
            specialty: Some(self.specialty),
            license_number: self.license_number,
            license_photo: self.license_photo,
        }
    }
}

impl RegisterFamily {
    fn typed(self) -> FamilyRegistration {
        FamilyRegistration {
            contact: contact(self.email, self.phone, self.password, self.language),
            full_name: self.full_name,
        }
    }
}

pub(super) fn contact(
    email: Option<String>,
    phone: Option<String>,
    password: String,
    language: Option<Language>,
) -> Contact {
    Contact { email, phone, password: Secret::new(password), language }
}

/// What a registration made.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct RegistrationResult {
    /// The new person.
    user_id: UserId,
    /// What he may do yet.
    status: Status,
    /// Whether something must be confirmed first.
    requires_verification: bool,
}

impl RegistrationResult {
    pub(super) fn of(made: &Registered) -> Self {
        Self { user_id: made.user_id, status: made.status, requires_verification: made.requires_verification }
    }
}

/// E-mail or phone, and password.
#[derive(Debug, Object)]
pub struct LoginRequest {
    /// E-mail or phone.
    #[oai(validator(max_length = 254))]
    identifier: String,
    /// Password.
    #[oai(validator(max_length = 1024))]
    password: String,
    /// Code of the second factor, where there is one.
    #[oai(validator(max_length = 20))]
    code: Option<String>,
}

/// The one kind of token there is.
#[derive(Debug, Clone, Copy, Enum)]
pub enum TokenType {
    /// For the header `Authorization: Bearer ...`.
    Bearer,
}

/// Tokens of a new or continued session.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct TokenPair {
    /// For the header `Authorization: Bearer ...`.
    access_token: String,
    /// Brings the next pair, once.
    refresh_token: String,
    /// Always `Bearer`.
    token_type: TokenType,
    /// Life of the access token in seconds.
    expires_in: i64,
    /// Who is signed in.
    user: Profile,
}

impl TokenPair {
    fn of(context: &Context, signed_in: flows::sessions::SignedIn) -> Self {
        Self {
            access_token: signed_in.access_token.into_inner(),
            refresh_token: signed_in.refresh_token.into_inner(),
            token_type: TokenType::Bearer,
            expires_in: signed_in.expires_in_seconds,
            user: Profile::of(&signed_in.user, context.now()),
        }
    }
}

/// A refresh token.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct RefreshRequest {
    /// From the last answer with tokens.
    #[oai(validator(max_length = 512))]
    refresh_token: String,
}

/// Who wants a code, and for what.
#[derive(Debug, Object)]
pub struct CodeRequest {
    /// E-mail or phone.
    #[oai(validator(max_length = 254))]
    identifier: String,
    /// What it shall be good for.
    purpose: auth::Purpose,
}

/// The same answer for every identifier, whether or not it belongs to an account.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct CodeRequestResult {
    /// How codes leave this server.
    delivery: flows::codes::Delivery,
    /// Life of a code in seconds.
    expires_in_seconds: i64,
    /// When another one may be asked for.
    resend_after_seconds: i64,
}

impl From<CodeRequested> for CodeRequestResult {
    fn from(requested: CodeRequested) -> Self {
        Self {
            delivery: requested.delivery,
            expires_in_seconds: requested.expires_in_seconds,
            resend_after_seconds: requested.resend_after_seconds,
        }
    }
}

/// A code as typed.
#[derive(Debug, Object)]
pub struct CodeUse {
    /// E-mail or phone it was asked for with.
    #[oai(validator(max_length = 254))]
    identifier: String,
    /// Six digits.
    #[oai(validator(max_length = 20))]
    otp: String,
    /// What it is used for.
    purpose: auth::Purpose,
}

/// What a right code brought.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct CodeUseResult {
    /// Always true: a wrong code is refused.
    verified: bool,
    /// The account's status, after a contact was confirmed.
    status: Option<Status>,
    /// Tokens, after signing in.
    session: Option<TokenPair>,
}

/// Who forgot his password.
#[derive(Debug, Object)]
pub struct ForgotPasswordRequest {
    /// E-mail or phone.
    #[oai(validator(max_length = 254))]
    identifier: String,
}

/// A new password, allowed by a code.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct ResetPasswordRequest {
    /// E-mail or phone the code was asked for with.
    #[oai(validator(max_length = 254))]
    identifier: String,
    /// Six digits.
    #[oai(validator(max_length = 20))]
    otp: String,
    /// 8 to 128 characters, not one of the common ones.
    #[oai(validator(max_length = 1024))]
    new_password: String,
}

/// A new password, allowed by the current one.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct ChangePasswordRequest {
    /// The password now.
    #[oai(validator(max_length = 1024))]
    current_password: String,
    /// 8 to 128 characters, not one of the common ones.
    #[oai(validator(max_length = 1024))]
    new_password: String,
}

/// A signed-in device.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct SessionView {
    /// Its id.
    id: SessionId,
    /// What the client said it is.
    device: Option<String>,
    /// From where it signed in.
    ip: Option<String>,
    /// When it signed in.
    created_at: Instant,
    /// When tokens were last given out.
    last_used_at: Instant,
    /// When it ends by itself.
    expires_at: Instant,
    /// Whether it is the one that asks.
    current: bool,
}

#[OpenApi(prefix_path = "/auth", tag = "Area::Auth")]
impl AuthApi {
    /// Register a patient
    ///
    /// The account waits for its contact to be confirmed by a code, or by the clinic. A contact that is registered
    /// already is refused with 409.
    #[oai(path = "/register/patient", method = "post", operation_id = "register_patient")]
    async fn register_patient(
        &self,
        Anyone(caller): Anyone,
        Checked(form): Checked<RegisterPatient>,
    ) -> Result<Created<RegistrationResult>, Problem> {
        let made = flows::registration::patient(&self.0, &caller, form.typed()).await?;
        Ok(Created(RegistrationResult::of(&made)))
    }

    /// Register a doctor
    ///
    /// The account waits for an admin to check the licence.
    #[oai(path = "/register/doctor", method = "post", operation_id = "register_doctor")]
    async fn register_doctor(
        &self,
        Anyone(caller): Anyone,
        Checked(form): Checked<RegisterDoctor>,
    ) -> Result<Created<RegistrationResult>, Problem> {
        let made = flows::registration::doctor(&self.0, &caller, form.typed()).await?;
        Ok(Created(RegistrationResult::of(&made)))
    }

    /// Register a family member
    ///
    /// The account waits for its contact to be confirmed by a code, or by the clinic.
    #[oai(path = "/register/family", method = "post", operation_id = "register_family")]
    async fn register_family(
        &self,
        Anyone(caller): Anyone,
        Checked(form): Checked<RegisterFamily>,
    ) -> Result<Created<RegistrationResult>, Problem> {
        let made = flows::registration::family(&self.0, &caller, form.typed()).await?;
        Ok(Created(RegistrationResult::of(&made)))
    }

    /// Ask for a one-time code
    ///
    /// Six digits by e-mail, good for five minutes and one purpose; one a minute. The answer is the same whether
    /// or not the identifier belongs to an account.
    #[oai(path = "/otp/send", method = "post", operation_id = "send_code")]
    async fn send_code(
        &self,
        Anyone(caller): Anyone,
        Body(wanted): Body<CodeRequest>,
    ) -> Result<Json<CodeRequestResult>, Problem> {
        let identifier = Phi::new(wanted.identifier);
        let requested = flows::codes::request(&self.0, &caller, &identifier, wanted.purpose).await?;
        Ok(Json(requested.into()))
    }

    /// Use a one-time code
    ///
    /// `VERIFY_CONTACT` confirms the contact, `SIGN_IN` answers with tokens, `RESET_PASSWORD` only says that the
    /// code is right: use it with `POST /auth/reset-password`. Five wrong tries void a code.
    #[oai(path = "/otp/verify", method = "post", operation_id = "verify_code")]
    async fn verify_code(
        &self,
        Anyone(caller): Anyone,
        Device(device): Device,
        Body(used): Body<CodeUse>,
    ) -> Result<Json<CodeUseResult>, Problem> {
        let (identifier, otp) = (Phi::new(used.identifier), Secret::new(used.otp));
        let accepted = flows::codes::verify(&self.0, &caller, &identifier, otp, used.purpose, device).await?;
        let (status, session) = match accepted {
            CodeAccepted::Confirmed(status) => (Some(status), None),
            CodeAccepted::SignedIn(tokens) => (None, Some(TokenPair::of(&self.0, *tokens))),
            CodeAccepted::MayReset => (None, None),
        };
        Ok(Json(CodeUseResult { verified: true, status, session }))
    }

    /// Sign in
    ///
    /// Wrong credentials are 401. Five wrong passwords in a row lock the account for 15 minutes: 429 with
    /// `Retry-After`.
    #[oai(path = "/login", method = "post", operation_id = "login")]
    async fn login(
        &self,
        Anyone(caller): Anyone,
        Device(device): Device,
        Body(typed): Body<LoginRequest>,
    ) -> Result<Json<TokenPair>, Problem> {
        let login = flows::auth::Login {
            identifier: Phi::new(typed.identifier),
            password: Secret::new(typed.password),
            code: typed.code.map(Secret::new),
            device,
        };
        Ok(Json(TokenPair::of(&self.0, flows::auth::login(&self.0, &caller, login).await?)))
    }

    /// Continue a session
    ///
    /// A refresh token is used once. If the answer was lost, sending the same token again within a minute brings
    /// the same successor; any other second use ends the session.
    #[oai(path = "/refresh", method = "post", operation_id = "refresh_session")]
    async fn refresh(
        &self,
        Anyone(caller): Anyone,
        Body(typed): Body<RefreshRequest>,
    ) -> Result<Json<TokenPair>, Problem> {
        let token = Secret::new(typed.refresh_token);
        Ok(Json(TokenPair::of(&self.0, flows::sessions::refresh(&self.0, &caller, &token).await?)))
    }

    /// Sign out
    ///
    /// Ends the session of the token; it is refused from the next request on.
    #[oai(path = "/logout", method = "post", operation_id = "logout")]
    async fn logout(&self, SignedIn(caller): SignedIn) -> Result<NoContent, Problem> {
        flows::sessions::logout(&self.0, &caller).await?;
        Ok(NoContent)
    }

    /// Who is signed in
    ///
    /// The caller's own profile and status, also while his account waits for its verification.
    #[oai(path = "/me", method = "get", operation_id = "get_signed_in_person")]
    async fn me(&self, SignedIn(caller): SignedIn) -> Result<Json<Profile>, Problem> {
        Ok(Json(Profile::of(&*views::profile::own(&self.0, &caller)?, self.0.now())))
    }

    /// Own sessions
    ///
    /// The devices on which the caller is signed in, oldest first.
    #[oai(path = "/sessions", method = "get", operation_id = "list_sessions")]
    async fn sessions(&self, SignedIn(caller): SignedIn) -> Result<Json<Listed<SessionView>>, Problem> {
        let sessions = views::profile::sessions(&self.0, &caller).await?;
        let current = flows::sessions::own_session(&caller)?;
        let show = |session: auth::Session| SessionView {
            id: session.id,
            device: session.device,
            ip: session.ip,
            created_at: session.created_at.into(),
            last_used_at: session.last_used_at.into(),
            expires_at: session.expires_at.into(),
            current: session.id == current,
        };
        Ok(Json(Listed::whole(sessions.into_iter().map(show).collect())))
    }

    /// End a session
    ///
    /// Signs one of the caller's own devices out.
    #[oai(path = "/sessions/:id", method = "delete", operation_id = "end_session")]
    async fn end_session(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<SessionId>,
    ) -> Result<NoContent, Problem> {
        flows::sessions::end(&self.0, &caller, id.0).await?;
        Ok(NoContent)
    }

    /// Change the password
    ///
    /// All other sessions of the caller end.
    #[oai(path = "/password", method = "post", operation_id = "change_password")]
    async fn change_password(
        &self,
        SignedIn(caller): SignedIn,
        Body(typed): Body<ChangePasswordRequest>,
    ) -> Result<NoContent, Problem> {
        let current = Secret::new(typed.current_password);
        flows::auth::change_password(&self.0, &caller, current, &typed.new_password).await?;
        Ok(NoContent)
    }

    /// Forgot the password
    ///
    /// Sends a code to the account's e-mail address, if there is such an account. Always the same answer.
    #[oai(path = "/forgot-password", method = "post", operation_id = "forgot_password")]
    async fn forgot_password(
        &self,
        Anyone(caller): Anyone,
        Body(typed): Body<ForgotPasswordRequest>,
    ) -> Result<Json<CodeRequestResult>, Problem> {
        let identifier = Phi::new(typed.identifier);
        Ok(Json(flows::codes::forgot_password(&self.0, &caller, &identifier).await?.into()))
    }

    /// Set a new password with a code
    ///
    /// All sessions of the account end.
    #[oai(path = "/reset-password", method = "post", operation_id = "reset_password")]
    async fn reset_password(
        &self,
        Anyone(caller): Anyone,
        Body(typed): Body<ResetPasswordRequest>,
    ) -> Result<NoContent, Problem> {
        let (identifier, otp) = (Phi::new(typed.identifier), Secret::new(typed.otp));
        flows::codes::reset_password(&self.0, &caller, &identifier, otp, &typed.new_password).await?;
        Ok(NoContent)
    }
}
