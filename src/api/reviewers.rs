//! Clinic staff who may stand for safety rules.

use std::sync::Arc;

use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::Area;
use super::caller::SignedIn;
use super::input::Body;
use super::problem::Problem;
use super::types::Instant;
use super::users::Profile;
use crate::domain::users::model::ReviewerMark;
use crate::flows::reviewers as flow;
use crate::platform::context::Context;
use crate::platform::ids::UserId;

/// As what one of the clinic staff may stand for safety rules.
#[derive(Debug, Object)]
#[oai(rename = "ClinicalReviewer", rename_all = "camelCase")]
pub struct ReviewerView {
    /// As what: "hospital pharmacist".
    qualification: String,
    /// Who of the clinic staff says so.
    given_by: UserId,
    /// Since when.
    given_at: Instant,
}

impl ReviewerView {
    /// As the API shows it.
    pub fn of(mark: &ReviewerMark) -> Self {
        Self { qualification: mark.qualification.clone(), given_by: mark.by, given_at: mark.at.into() }
    }
}

/// As what somebody may stand for safety rules.
#[derive(Debug, Object)]
#[oai(rename = "ClinicalReviewerRequest", rename_all = "camelCase")]
pub struct ReviewerBody {
    /// By training: "hospital pharmacist". It is shown with every rule that they confirm.
    #[oai(validator(min_length = 3, max_length = 200))]
    qualification: String,
}

/// Clinical reviewers.
pub struct ReviewersApi(pub Arc<Context>);

#[OpenApi(prefix_path = "/users", tag = "Area::Users")]
impl ReviewersApi {
    /// Mark as clinical reviewer
    ///
    /// For clinic staff, of another one of them: they may confirm safety rules from then on, as what is said here. Nobody
    /// marks themselves.
    #[oai(path = "/:id/clinical-reviewer", method = "put", operation_id = "mark_clinical_reviewer")]
    async fn mark(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<UserId>,
        Body(body): Body<ReviewerBody>,
    ) -> Result<Json<Profile>, Problem> {
        let user = flow::mark(&self.0, &caller, id.0, body.qualification).await?;
        Ok(Json(Profile::of(&user, self.0.now())))
    }

    /// Take the mark of a clinical reviewer back
    ///
    /// For clinic staff, of another one of them. The rules that they confirmed stay confirmed, and say by whom and as what.
    #[oai(path = "/:id/clinical-reviewer", method = "delete", operation_id = "unmark_clinical_reviewer")]
    async fn unmark(&self, SignedIn(caller): SignedIn, id: Path<UserId>) -> Result<Json<Profile>, Problem> {
        let user = flow::unmark(&self.0, &caller, id.0).await?;
        Ok(Json(Profile::of(&user, self.0.now())))
    }
}
