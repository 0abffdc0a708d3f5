//! Connections, what they allow, codes, requests to see and nudges.

pub(super) mod bodies;

use std::sync::Arc;

use poem_openapi::OpenApi;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;

use super::Area;
use super::caller::SignedIn;
use super::input::Body;
use super::output::{Created, Listed};
use super::problem::Problem;
use super::types::{Instant, Moment, named_lists};
use crate::domain::connections::model::{self, AccessRequestState, ConnectionKind, ConnectionState};
use crate::domain::connections::rules::{PermissionChange, Setting};
use crate::flows::connections::{AlertSwitch, Asked};
use crate::flows::{access_requests, connection_codes, connections as flows, nudges};
use crate::platform::context::Context;
use crate::platform::ids::{AccessRequestId, ConnectionId};
use crate::platform::secret::Secret;
use crate::platform::store::PageRequest;
use crate::views::connections::{self as views, ConnectionFilter};
use bodies::{
    AccessRequestAnswer, AlertsUpdate, ConnectionAcceptance, ConnectionAnswer, ConnectionCodePreview,
    ConnectionCodeRequest, ConnectionRequest, NewConnectionCode, NudgeAnswer, NudgeReply, NudgeRequest,
    PermissionUpdate, RedeemedConnectionCode, Revocation, TypedConnectionCode, set, setting,
};

named_lists! {
    /// Where a connection stands. EXPIRED: nobody answered the request for 30 days (`limits.connection_request_days`).
    model::ConnectionState as "ConnectionStatus": Pending, Accepted, Declined, Revoked, Expired;
    /// What the carer is to the patient.
    model::ConnectionKind as "ConnectionKind": Doctor, Family;
    /// How much the patient shares.
    model::PermissionLevel as "PermissionLevel": NotAllowed, Request, Selected, Allowed;
    /// A part of a patient's record. PROFILE, name and contact, comes with every connection and is not chosen.
    model::Scope as "Scope": Prescriptions, Doses, Vitals, Notes, Profile;
    /// Where a request to see stands.
    model::AccessRequestState as "AccessRequestStatus": Pending, Approved, Denied, Withdrawn;
}

/// Connections.
pub struct ConnectionsApi(pub Arc<Context>);

impl ConnectionsApi {
    fn instant(&self, moment: Moment) -> crate::platform::clock::Timestamp {
        moment.resolve(self.0.zone())
    }
}

#[OpenApi(prefix_path = "/connections", tag = "Area::Connections")]
impl ConnectionsApi {
    /// My connections
    ///
    /// Newest first, also those that ended.
    #[oai(path = "/", method = "get", operation_id = "list_connections")]
    async fn list(
        &self,
        SignedIn(caller): SignedIn,
        status: Query<Option<ConnectionState>>,
        kind: Query<Option<ConnectionKind>>,
        limit: Query<Option<u32>>,
        cursor: Query<Option<String>>,
    ) -> Result<Json<Listed<ConnectionAnswer>>, Problem> {
        let page = PageRequest::parse(limit.0, cursor.0.as_deref())?;
        let filter = ConnectionFilter { state: status.0, kind: kind.0 };
        let found = views::list(&self.0, &caller, filter, &page).await?;
        Ok(Json(Listed::from_page(found, ConnectionAnswer::from)))
    }

    /// Ask for a connection
    ///
    /// Between a patient and a verified doctor who treats them, or anybody who cares for them as family. The one who is
    /// asked accepts or declines; the patient alone says what is shared.
    ///
    /// Bounded: 5 requests that wait for an answer at a time (409) and 20 new ones a day (429), of a doctor 200 and
    /// 100; to somebody who declined, or whose request was taken back, not before the next day (429). Whoever was
    /// asked may always ask back, and codes are never bounded so. A request that nobody answers ends after 30 days.
    #[oai(path = "/", method = "post", operation_id = "request_connection")]
    async fn request(
        &self,
        SignedIn(caller): SignedIn,
        Body(wish): Body<ConnectionRequest>,
    ) -> Result<Created<ConnectionAnswer>, Problem> {
        let asked = Asked { target: wish.target_user_id, kind: wish.kind, patient: wish.patient_id };
        let change = PermissionChange {
            level: wish.permission_level,
            scopes: wish.scopes,
            prescriptions: Setting::Keep,
            expires_at: set(wish.expires_at.map(|end| self.instant(end))),
            may_record_doses: wish.may_record_doses,
            may_see_clinical_record: wish.may_see_clinical_record,
        };
        let connection = flows::request(&self.0, &caller, asked, change).await?;
        Ok(Created(views::shown(&self.0, &caller, connection)?.into()))
    }

    /// Accept a connection
    ///
    /// By the one who was asked. A patient may say what they share; otherwise it is ALLOWED for a doctor, and
    /// SELECTED with DOSES for a family member.
    #[oai(path = "/:id/accept", method = "post", operation_id = "accept_connection")]
    async fn accept(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<ConnectionId>,
        Body(wish): Body<Option<ConnectionAcceptance>>,
    ) -> Result<Json<ConnectionAnswer>, Problem> {
        let wish = wish.unwrap_or_default();
        let change = PermissionChange {
            level: wish.permission_level,
            scopes: wish.scopes,
            prescriptions: set(wish.prescription_ids),
            expires_at: set(wish.expires_at.map(|end| self.instant(end))),
            may_record_doses: wish.may_record_doses,
            may_see_clinical_record: wish.may_see_clinical_record,
        };
        let connection = flows::accept(&self.0, &caller, id.0, change).await?;
        Ok(Json(views::shown(&self.0, &caller, connection)?.into()))
    }

    /// Decline a connection
    ///
    /// By the one who was asked, who may ask back at any time; the other one may ask again the next day.
    #[oai(path = "/:id/decline", method = "post", operation_id = "decline_connection")]
    async fn decline(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<ConnectionId>,
    ) -> Result<Json<ConnectionAnswer>, Problem> {
        let connection = flows::decline(&self.0, &caller, id.0).await?;
        Ok(Json(views::shown(&self.0, &caller, connection)?.into()))
    }

    /// End a connection
    ///
    /// By either side, also to take a request back. Holds from the very next request on.
    #[oai(path = "/:id/revoke", method = "post", operation_id = "revoke_connection")]
    async fn revoke(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<ConnectionId>,
        Body(revocation): Body<Option<Revocation>>,
    ) -> Result<Json<ConnectionAnswer>, Problem> {
        let reason = revocation.unwrap_or_default().reason;
        let connection = flows::revoke(&self.0, &caller, id.0, reason).await?;
        Ok(Json(views::shown(&self.0, &caller, connection)?.into()))
    }

    /// Set what is shared
    ///
    /// By the patient alone. Holds from the very next request on; approvals given at REQUEST end.
    #[oai(path = "/:id/permission", method = "patch", operation_id = "set_connection_permission")]
    async fn set_permission(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<ConnectionId>,
        Body(wish): Body<PermissionUpdate>,
    ) -> Result<Json<ConnectionAnswer>, Problem> {
        let change = PermissionChange {
            level: Some(wish.permission_level),
            scopes: wish.scopes,
            prescriptions: setting(wish.prescription_ids),
            expires_at: match setting(wish.expires_at) {
                Setting::Set(end) => Setting::Set(self.instant(end)),
                Setting::Clear => Setting::Clear,
                Setting::Keep => Setting::Keep,
            },
            may_record_doses: wish.may_record_doses,
            may_see_clinical_record: wish.may_see_clinical_record,
        };
        let connection = flows::set_permission(&self.0, &caller, id.0, change).await?;
        Ok(Json(views::shown(&self.0, &caller, connection)?.into()))
    }

    /// Set alerts
    ///
    /// Whether and when this doctor or family member hears of missed doses. By the patient.
    #[oai(path = "/:id/alerts", method = "patch", operation_id = "set_connection_alerts")]
    async fn set_alerts(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<ConnectionId>,
        Body(wish): Body<AlertsUpdate>,
    ) -> Result<Json<ConnectionAnswer>, Problem> {
        let switch = if wish.enabled { AlertSwitch::On } else { AlertSwitch::Off };
        let connection = flows::set_alerts(&self.0, &caller, id.0, switch, wish.delay_minutes).await?;
        Ok(Json(views::shown(&self.0, &caller, connection)?.into()))
    }

    /// Make a one-time code
    ///
    /// Whoever redeems it within 24 hours is connected with the patient at this level. Shown once.
    #[oai(path = "/codes", method = "post", operation_id = "create_connection_code")]
    async fn create_code(
        &self,
        SignedIn(caller): SignedIn,
        Body(wish): Body<ConnectionCodeRequest>,
    ) -> Result<Created<NewConnectionCode>, Problem> {
        let made = connection_codes::create(&self.0, &caller, wish.permission_level, wish.scopes).await?;
        Ok(Created(NewConnectionCode {
            code: made.code.into_inner(),
            qr_code: made.qr_code.into_inner(),
            expires_at: Instant(made.expires_at),
        }))
    }

    /// Look at a code
    ///
    /// Whose it is and what it would give, without using it up. Wrong codes are counted: ten an hour.
    #[oai(path = "/codes/preview", method = "post", operation_id = "preview_connection_code")]
    async fn preview_code(
        &self,
        SignedIn(caller): SignedIn,
        Body(typed): Body<TypedConnectionCode>,
    ) -> Result<Json<ConnectionCodePreview>, Problem> {
        let preview = connection_codes::preview(&self.0, &caller, Secret::new(typed.code)).await?;
        Ok(Json(ConnectionCodePreview {
            patient_id: preview.patient,
            patient_name: preview.patient_name.into_inner(),
            permission_level: preview.level,
            scopes: preview.scopes,
            expires_at: Instant(preview.expires_at),
        }))
    }

    /// Redeem a code
    ///
    /// Connects a verified doctor or a family member with the patient at once. Each code works once.
    #[oai(path = "/codes/redeem", method = "post", operation_id = "redeem_connection_code")]
    async fn redeem_code(
        &self,
        SignedIn(caller): SignedIn,
        Body(typed): Body<RedeemedConnectionCode>,
    ) -> Result<Json<ConnectionAnswer>, Problem> {
        let connection =
            connection_codes::redeem(&self.0, &caller, Secret::new(typed.code), typed.kind).await?;
        Ok(Json(views::shown(&self.0, &caller, connection)?.into()))
    }

    /// Requests to see my record
    ///
    /// Made by the first refused look of a carer at level REQUEST. Newest first.
    #[oai(path = "/access-requests", method = "get", operation_id = "list_access_requests")]
    async fn list_access_requests(
        &self,
        SignedIn(caller): SignedIn,
        status: Query<Option<AccessRequestState>>,
        limit: Query<Option<u32>>,
        cursor: Query<Option<String>>,
    ) -> Result<Json<Listed<AccessRequestAnswer>>, Problem> {
        let page = PageRequest::parse(limit.0, cursor.0.as_deref())?;
        let found = views::access_requests(&self.0, &caller, status.0, &page).await?;
        Ok(Json(Listed::from_page(found, AccessRequestAnswer::from)))
    }

    /// Approve a request to see
    ///
    /// The carer may look at that part for 24 hours.
    #[oai(path = "/access-requests/:id/approve", method = "post", operation_id = "approve_access_request")]
    async fn approve_access_request(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<AccessRequestId>,
    ) -> Result<Json<AccessRequestAnswer>, Problem> {
        let request = access_requests::approve(&self.0, &caller, id.0).await?;
        Ok(Json(views::shown_request(&self.0, request)?.into()))
    }

    /// Deny a request to see
    ///
    /// The carer cannot ask again for 24 hours.
    #[oai(path = "/access-requests/:id/deny", method = "post", operation_id = "deny_access_request")]
    async fn deny_access_request(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<AccessRequestId>,
    ) -> Result<Json<AccessRequestAnswer>, Problem> {
        let request = access_requests::deny(&self.0, &caller, id.0).await?;
        Ok(Json(views::shown_request(&self.0, request)?.into()))
    }

    /// Remind a patient of a dose
    ///
    /// By a doctor or family member who may see their doses; twice for each dose at the most.
    #[oai(path = "/nudge", method = "post", operation_id = "nudge_patient")]
    async fn nudge(
        &self,
        SignedIn(caller): SignedIn,
        Body(nudge): Body<NudgeRequest>,
    ) -> Result<Created<NudgeAnswer>, Problem> {
        let sent = nudges::nudge(&self.0, &caller, nudge.patient_id, nudge.dose_id).await?;
        Ok(Created(sent.into()))
    }

    /// Answer a reminder
    ///
    /// By the patient, once. The caregiver is told.
    #[oai(path = "/nudge/respond", method = "post", operation_id = "respond_to_nudge")]
    async fn respond_to_nudge(
        &self,
        SignedIn(caller): SignedIn,
        Body(reply): Body<NudgeReply>,
    ) -> Result<Json<NudgeAnswer>, Problem> {
        let answered = nudges::respond(&self.0, &caller, reply.nudge_id, reply.response).await?;
        Ok(Json(answered.into()))
    }
}
