//! Registration, sign-in, sessions.

pub(super) mod bodies;
pub(super) mod browser;
pub(super) mod registration;
pub(super) mod second_factor;

use std::sync::Arc;

use poem_openapi::OpenApi;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;

use super::Area;
use super::caller::{Anyone, Device, SignedIn, Whoever};
use super::form::Checked;
use super::input::Body;
use super::output::{Created, Listed, NoContent};
use super::problem::Problem;
use super::users::Profile;
use crate::domain::auth::model as auth;
use crate::flows;
use crate::flows::codes::{CodeAccepted, TypedCode};
use crate::flows::contacts::Proof;
use crate::platform::context::Context;
use crate::platform::ids::SessionId;
use crate::platform::secret::{Phi, Secret};
use crate::views;
use bodies::{
    ChangePasswordRequest, CodeRequest, CodeRequestResult, CodeUse, CodeUseResult, ForgotPasswordRequest,
    LoginRequest, RefreshRequest, ResetPasswordRequest, SessionView, TokenPair,
};
use registration::{RegisterDoctor, RegisterFamily, RegisterPatient, RegistrationResult};

super::types::named_lists! {
    /// What a one-time code is good for.
    auth::Purpose as "CodePurpose": VerifyContact, SignIn, ResetPassword;
    /// How one-time codes leave this server.
    flows::one_time::Delivery as "CodeDelivery": Email, Sms, NotConfigured;
}

/// Registration, sign-in, sessions.
pub struct AuthApi(pub Arc<Context>);

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
    /// Six digits, good for five minutes and one purpose; one a minute. After many wrong ones the next codes have eight
    /// letters and digits. A code that confirms a contact goes to that contact; the others only to contacts that were
    /// confirmed. The answer is the same whether or not the identifier belongs to an account.
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
    /// code is right: use it with `POST /auth/reset-password`. After five wrong tries an address may not try this code
    /// any more.
    ///
    /// The first contact of an account is confirmed with its `password` besides the code, or with the access token of
    /// one of its sessions. Whoever has the code alone becomes its owner with a `newPassword`: all earlier sessions,
    /// the earlier password and what was shared before end. A further contact, and one that waits to replace another, needs
    /// the code and, without a session, the `password`.
    #[oai(path = "/otp/verify", method = "post", operation_id = "verify_code")]
    async fn verify_code(
        &self,
        Whoever(caller): Whoever,
        Device(device): Device,
        Body(used): Body<CodeUse>,
    ) -> Result<Json<CodeUseResult>, Problem> {
        let typed = TypedCode {
            identifier: Phi::new(used.identifier),
            code: Secret::new(used.otp),
            purpose: used.purpose,
            proof: Proof { password: used.password.map(Secret::new), new_password: used.new_password },
            device,
            factor: used.second_factor.map(Secret::new),
        };
        let accepted = flows::codes::verify(&self.0, &caller, typed).await?;
        let (status, session) = match accepted {
            CodeAccepted::Confirmed(status) => (Some(status), None),
            CodeAccepted::SignedIn(tokens) => (None, Some(TokenPair::of(&self.0, *tokens))),
            CodeAccepted::MayReset => (None, None),
        };
        Ok(Json(CodeUseResult { verified: true, status, session }))
    }

    /// Sign in
    ///
    /// Wrong credentials are 401. Five wrong passwords in a row close the sign-in by password for 15 minutes from all
    /// addresses that the account has not used in 30 days: 429 with `Retry-After`. An address that it has used has
    /// five tries of its own. Sessions go on, and a one-time code signs in all the same.
    ///
    /// Whoever has a second factor hears 401 with the code `mfa_required`, and sends the same once more with `code`. Five
    /// wrong codes in a row close it as wrong passwords do.
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
    /// A refresh token is used once. If the answer was lost, sending the same token again brings the same successor,
    /// as long as that was not used; any other second use ends the session.
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
    /// The caller's own profile and status, also while their account waits for its verification.
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
        let show = |session| SessionView::of(session, current);
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
    /// Sends a code to a confirmed contact of the account, if there is such an account. Always the same answer.
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
