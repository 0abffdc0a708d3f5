//! Who may have text messages sent, and how many: the rules stand in `domain/notifications/text_budget.rs`.
//!
//! Passes the gate by: it is asked within the writes of others.

use chrono_tz::Tz;

use super::delivery::tell_each_admin;
use crate::domain::auth::model::{Caller, Subject};
use crate::domain::auth::subjects;
use crate::domain::notifications::model::Urgency;
use crate::domain::notifications::params::Params;
use crate::domain::notifications::text_budget::{Matter, Purse, TextBudgets, spend, spent};
use crate::domain::users::model::Role;
use crate::platform::clock::start_of_day;
use crate::platform::context::Context;
use crate::platform::crypto::Keys;
use crate::platform::error::{Error, Result};
use crate::platform::ids::UserId;
use crate::platform::store::{Reader, WriteTx};
use crate::platform::text::hex;

/// The day's text messages of a clinic that has a gateway.
#[derive(Debug, Clone, Copy)]
pub(super) struct TextBudget {
    budgets: TextBudgets,
    zone: Tz,
}

/// Who asks for codes: an account, or an address.
#[derive(Debug, Clone)]
pub(super) struct Asker {
    purse: Purse,
    most: u32,
}

impl TextBudget {
    /// Nothing when text messages are not configured.
    pub(super) fn of(context: &Context) -> Option<Self> {
        let sms = context.settings.sms.as_ref()?;
        let budgets = TextBudgets {
            per_day: sms.messages_per_day,
            per_account: sms.messages_per_account,
            per_address: sms.messages_per_address,
        };
        Some(Self { budgets, zone: context.zone() })
    }

    /// Whose share a code counts for that this caller asks for. Commands of ours ask for none.
    ///
    /// # Errors
    /// When the key cannot be derived.
    pub(super) fn asker(&self, keys: &Keys, caller: &Caller) -> Result<Option<Asker>> {
        let staff = [Role::Admin, Role::Doctor].into_iter().any(|role| caller.with_role(role).is_ok());
        let most = if staff { self.budgets.per_address } else { self.budgets.per_account };
        if let Ok(id) = caller.user_id() {
            return Ok(Some(Asker { purse: Purse::Asker(id.to_string()), most }));
        }
        let Some(ip) = caller.ip else { return Ok(None) };
        let purse = Purse::Asker(hex(&subjects::subject_of_network(keys, ip)?));
        Ok(Some(Asker { purse, most: self.budgets.per_address }))
    }

    /// Asks for a code to a phone, whether or not it belongs to anybody, so that the answer tells nothing of accounts.
    ///
    /// # Errors
    /// `texts_spent` when the share of the asker, the phone or the clinic is spent for today.
    pub(super) fn ask(
        &self,
        tx: &mut WriteTx<'_>,
        asker: Option<&Asker>,
        phone: &Subject,
        matter: Matter,
    ) -> Result<()> {
        let (now, day) = (tx.now(), tx.now().day_in(self.zone));
        let to_phone = Asker { purse: Purse::Phone(hex(phone)), most: self.budgets.per_account };
        let purses: Vec<&Asker> = asker.into_iter().chain([&to_phone]).collect();
        let mut is_spent = spent(tx, day, &Purse::Clinic)? >= self.budgets.share(matter);
        for asker in &purses {
            is_spent |= spent(tx, day, &asker.purse)? >= asker.most;
        }
        if is_spent {
            let midnight = start_of_day(day.succ_opt().unwrap_or(day), self.zone);
            let wait = midnight.since(now).as_seconds_rounded_up();
            return Err(Error::too_many("texts_spent", u64::try_from(wait).unwrap_or(1)));
        }
        for asker in purses {
            spend(tx, day, &asker.purse)?;
        }
        Ok(())
    }

    /// Counts a message that goes to a phone, and tells the admins when few are left.
    pub(super) fn count(&self, tx: &mut WriteTx<'_>) -> Result<()> {
        let count = spend(tx, tx.now().day_in(self.zone), &Purse::Clinic)?;
        if count == self.budgets.warned_at() {
            let params =
                Params::new().text("count", count.to_string()).text("max", self.budgets.per_day.to_string());
            tell_each_admin(tx, None, ("texts_nearly_spent", Urgency::Warning), &params, None)?;
        }
        Ok(())
    }

    /// Whether an ordinary message to a person may still go out today; alerts always may.
    pub(super) fn allows(&self, tx: &dyn Reader, to: UserId, matter: Matter) -> Result<bool> {
        let day = tx.now().day_in(self.zone);
        if matter == Matter::Alert {
            return Ok(true);
        }
        Ok(spent(tx, day, &Purse::Clinic)? < self.budgets.share(matter)
            && spent(tx, day, &Purse::Person(to.to_string()))? < self.budgets.per_account)
    }

    /// Counts a message that went to a person.
    pub(super) fn count_message(&self, tx: &mut WriteTx<'_>, to: UserId) -> Result<()> {
        spend(tx, tx.now().day_in(self.zone), &Purse::Person(to.to_string()))?;
        self.count(tx)
    }
}
