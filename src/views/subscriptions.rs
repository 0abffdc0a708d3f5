//! What somebody has paid for, and what of it they use.

use crate::domain::auth::model::Caller;
use crate::domain::connections::access;
use crate::domain::connections::model::{ConnectionKind, Mode, Scope};
use crate::domain::connections::tables::active_of;
use crate::domain::gate;
use crate::domain::prescriptions::tables::own_open;
use crate::domain::subscriptions::model::{PlanType, Standing, Subscription};
use crate::domain::subscriptions::rules::standing;
use crate::domain::subscriptions::tables::{plan_of, subscription};
use crate::platform::clock::Clock as _;
use crate::platform::context::Context;
use crate::platform::error::Result;
use crate::platform::settings::Entitlements;
use crate::platform::store::Reader as _;

/// What somebody has paid for.
#[derive(Debug, Clone)]
pub struct OwnSubscription {
    /// Everything that was paid for.
    pub subscription: Subscription,
    /// What they have now.
    pub standing: Standing,
}

/// What somebody's plan includes, and how much of it they use.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Their plan.
    pub plan: PlanType,
    /// What it includes.
    pub includes: Entitlements,
    /// Prescriptions of their own that are not over.
    pub own_prescriptions: usize,
    /// Medicines on these.
    pub own_medicines: usize,
    /// Family and friends who may look into their record.
    pub family_connections: usize,
}

/// The caller's own subscription.
///
/// # Errors
/// `sign_in_required`.
pub async fn own(context: &Context, caller: &Caller) -> Result<OwnSubscription> {
    let (by, plans) = (caller.clone(), context.settings.plans);
    gate::read(context, caller, "subscription.view", move |tx| {
        let subscription = subscription(tx, by.active()?)?;
        let standing = standing(&subscription, &plans, tx.rights_now());
        Ok(OwnSubscription { subscription, standing })
    })
    .await
}

/// A subscription as it is now.
pub fn as_of_now(context: &Context, subscription: Subscription) -> OwnSubscription {
    let standing = standing(&subscription, &context.settings.plans, context.clock.moment().rights_end_by);
    OwnSubscription { subscription, standing }
}

/// What the caller's plan includes, and how much of it they use.
///
/// # Errors
/// `sign_in_required`.
pub async fn limits(context: &Context, caller: &Caller) -> Result<Limits> {
    let (by, plans, zone) = (caller.clone(), context.settings.plans, context.zone());
    gate::read(context, caller, "subscription.view_limits", move |tx| {
        let user = by.active()?;
        let access = access::check(tx, &by, user, Scope::Prescriptions, Mode::Read)?;
        let plan = plan_of(tx, user, &plans)?;
        let own = own_open(tx, &access, tx.now().day_in(zone))?;
        let family = active_of(tx, user)?;
        let family = family.iter().filter(|one| one.patient == user && one.kind == ConnectionKind::Family);
        Ok(Limits {
            plan,
            includes: plans.get(plan).includes,
            own_prescriptions: own.len(),
            own_medicines: own.iter().map(|row| row.content.lines.len()).sum(),
            family_connections: family.count(),
        })
    })
    .await
}
