//! Pill groups: several medicines that a patient uses together at one time of day.

mod bodies;

use std::sync::Arc;

use poem_openapi::OpenApi;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;

pub(super) use self::bodies::PillGroupView;
use self::bodies::{
    AddToPillGroupRequest, ChangePillGroupRequest, MarkPillGroupRequest, NewPillGroupRequest, PillGroupMarked,
};
use super::Area;
use super::caller::SignedIn;
use super::input::Body;
use super::output::{Created, Listed, NoContent};
use super::problem::Problem;
use crate::domain::doses::rules::Early;
use crate::flows::doses::{GroupTaken, MarkTaken, mark_group_taken};
use crate::flows::pill_groups::{self as flows, NewPillGroup, PillGroupChange};
use crate::platform::context::Context;
use crate::platform::ids::{MedicationId, PillGroupId, UserId};
use crate::platform::secret::Phi;
use crate::views::pill_groups as views;

/// Pill groups.
pub struct BatchMedicationsApi(pub Arc<Context>);

#[OpenApi(prefix_path = "/batch-medications", tag = "Area::Doses")]
impl BatchMedicationsApi {
    /// A patient's pill groups
    ///
    /// Medicines that are used together at one time of day, oldest group first. Whoever sees chosen prescriptions only sees the
    /// medicines of those, and no names of groups that hold others.
    #[oai(path = "/", method = "get", operation_id = "list_pill_groups")]
    async fn list(
        &self,
        SignedIn(caller): SignedIn,
        /// Whose groups; the caller's own when left out.
        #[oai(name = "patientId")]
        patient_id: Query<Option<UserId>>,
    ) -> Result<Json<Listed<PillGroupView>>, Problem> {
        let groups = views::list(&self.0, &caller, patient_id.0).await?;
        Ok(Json(Listed::whole(groups.into_iter().map(PillGroupView::of).collect())))
    }

    /// Make a pill group
    ///
    /// For patients. From tomorrow on, the doses of its medicines are planned at the group's time; today's stay. The group may
    /// move a medicine only within what is prescribed: what is used before a meal or on an empty stomach stays before it (at
    /// most two hours), what is used with a meal within half an hour of it, what is used after it up to an hour and a half
    /// behind it, and everything else within two hours of its usual time. Medicines with exact times, at intervals, as needed
    /// or used once cannot be in a group. Each is in one group at most.
    #[oai(path = "/", method = "post", operation_id = "create_pill_group")]
    async fn create(
        &self,
        SignedIn(caller): SignedIn,
        Body(new): Body<NewPillGroupRequest>,
    ) -> Result<Created<PillGroupView>, Problem> {
        let new = NewPillGroup {
            name: Phi::new(new.name),
            time: new.scheduled_time.0,
            medications: new.medicines.unwrap_or_default(),
        };
        let group = flows::create(&self.0, &caller, new).await?;
        Ok(Created(PillGroupView::of(views::get(&self.0, &caller, group.id).await?)))
    }

    /// A pill group
    ///
    /// With its medicines, and whether each follows the time of the group. Whoever sees chosen prescriptions only sees the
    /// medicines of those.
    #[oai(path = "/:id", method = "get", operation_id = "get_pill_group")]
    async fn get(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<PillGroupId>,
    ) -> Result<Json<PillGroupView>, Problem> {
        Ok(Json(PillGroupView::of(views::get(&self.0, &caller, id.0).await?)))
    }

    /// Change a pill group
    ///
    /// For its patient; what is left out stays. Another time moves the doses from tomorrow on; today's stay. Out of use, its
    /// medicines are at their prescribed times again from tomorrow on.
    #[oai(path = "/:id", method = "patch", operation_id = "change_pill_group")]
    async fn change(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<PillGroupId>,
        Body(change): Body<ChangePillGroupRequest>,
    ) -> Result<Json<PillGroupView>, Problem> {
        let change = PillGroupChange {
            name: change.name.map(Phi::new),
            time: change.scheduled_time.map(|time| time.0),
            is_active: change.is_active,
        };
        flows::change(&self.0, &caller, id.0, change).await?;
        Ok(Json(PillGroupView::of(views::get(&self.0, &caller, id.0).await?)))
    }

    /// Remove a pill group
    ///
    /// For its patient. Its medicines stay prescribed as they are, at their prescribed times from tomorrow on.
    #[oai(path = "/:id", method = "delete", operation_id = "remove_pill_group")]
    async fn remove(&self, SignedIn(caller): SignedIn, id: Path<PillGroupId>) -> Result<NoContent, Problem> {
        flows::remove(&self.0, &caller, id.0).await?;
        Ok(NoContent)
    }

    /// Put medicines into a pill group
    ///
    /// For its patient. All of them, or none when one cannot be in it. One that is in it already stays.
    #[oai(path = "/:id/medicines", method = "post", operation_id = "add_to_pill_group")]
    async fn add(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<PillGroupId>,
        Body(added): Body<AddToPillGroupRequest>,
    ) -> Result<Json<PillGroupView>, Problem> {
        flows::add(&self.0, &caller, id.0, added.medicines).await?;
        Ok(Json(PillGroupView::of(views::get(&self.0, &caller, id.0).await?)))
    }

    /// Take a medicine out of a pill group
    ///
    /// For its patient. It stays prescribed as it is, at its prescribed time from tomorrow on.
    #[oai(path = "/:id/medicines/:medicationId", method = "delete", operation_id = "take_out_of_pill_group")]
    async fn take_out(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<PillGroupId>,
        #[oai(name = "medicationId")] medication_id: Path<MedicationId>,
    ) -> Result<NoContent, Problem> {
        flows::take_out(&self.0, &caller, id.0, medication_id.0).await?;
        Ok(NoContent)
    }

    /// Record that all medicines of a pill group were used
    ///
    /// For the patient and family they let. All are recorded in one step, each judged as if it had been recorded alone, with
    /// an answer for each: one that cannot be recorded keeps no other back. What is recorded already stays as it is, so that
    /// doing it again changes nothing. The doses are those of `date`, or of the day of `takenAt`.
    #[oai(path = "/:id/mark-taken", method = "post", operation_id = "mark_pill_group_taken")]
    async fn mark_taken(
        &self,
        SignedIn(caller): SignedIn,
        id: Path<PillGroupId>,
        Body(taken): Body<MarkPillGroupRequest>,
    ) -> Result<Json<PillGroupMarked>, Problem> {
        let zone = self.0.zone();
        let request = GroupTaken {
            date: taken.date.map(|date| date.0),
            taken: MarkTaken {
                taken_at: taken.taken_at.map(|moment| moment.resolve(zone)),
                sent_at: taken.sent_at.map(|moment| moment.resolve(zone)),
                notes: taken.notes.map(Phi::new),
                early: if taken.confirm_early == Some(true) { Early::Confirmed } else { Early::Unconfirmed },
            },
        };
        Ok(Json(PillGroupMarked::of(mark_group_taken(&self.0, &caller, id.0, request).await?)))
    }
}
