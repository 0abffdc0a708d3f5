//! The subscriptions' table.

use super::model::Subscription;
use crate::platform::ids::UserId;
use crate::platform::store::Table;

/// What each person has paid for; who never paid has no row.
pub const SUBSCRIPTIONS: Table<UserId, Subscription> = Table::new(145, "subscriptions");
