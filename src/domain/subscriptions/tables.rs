//! The subscriptions' table.

use super::model::{PlanType, Subscription};
use super::rules::standing;
use crate::platform::error::Result;
use crate::platform::ids::UserId;
use crate::platform::settings::Plans;
use crate::platform::store::{Reader, Table};

/// What each person has paid for; who never paid has no row.
pub const SUBSCRIPTIONS: Table<UserId, Subscription> = Table::new(145, "subscriptions");

/// What somebody has paid for.
///
/// # Errors
/// When the store cannot be read.
pub fn subscription(tx: &dyn Reader, user: UserId) -> Result<Subscription> {
    Ok(SUBSCRIPTIONS.get(tx, &user)?.unwrap_or_default())
}

/// The plan whose limits bind somebody now.
///
/// # Errors
/// When the store cannot be read.
pub fn plan_of(tx: &dyn Reader, user: UserId, plans: &Plans) -> Result<PlanType> {
    Ok(standing(&subscription(tx, user)?, plans, tx.rights_now()).plan())
}
