//! How many text messages a day may go out. Each costs the clinic money, and whoever has codes sent to numbers of their
//! choice could spend it all.
//!
//! # What is kept back
//! The last fifth of a day's messages is kept for codes to numbers that are known to belong to an account, so that
//! nobody is locked out by those who register others. Alerts are counted, but never held back: they are few, and
//! somebody's life may depend on one.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::platform::error::Result;
use crate::platform::store::{Reader, Table, WriteTx};

/// What was sent and asked for on the latest day, by what it is counted for.
pub const SPENT: Table<(u8, String), Spent> = Table::new(87, "spent_text_messages");

/// The day's limits, from the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextBudgets {
    /// Of the whole clinic.
    pub per_day: u32,
    /// To one phone, and asked for by one account.
    pub per_account: u32,
    /// Asked for from one address without an account, and by one of the staff.
    pub per_address: u32,
}

/// What a text message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matter {
    /// Somebody may be in danger.
    Alert,
    /// A code for an account whose phone was confirmed.
    KnownCode,
    /// Anything else: codes for numbers that anybody may have typed, and ordinary messages.
    Other,
}

/// Whose messages are counted together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purse {
    /// The whole clinic's.
    Clinic,
    /// Codes asked for, by a keyed hash of the phone, whether or not it belongs to anybody.
    Phone(String),
    /// Codes asked for, by an account or a keyed hash of an address.
    Asker(String),
    /// Messages to a person.
    Person(String),
}

/// What a purse has given out on its latest day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spent {
    /// The clinic's day.
    pub day: NaiveDate,
    /// How many messages.
    pub count: u32,
}

impl Purse {
    fn key(&self) -> (u8, String) {
        match self {
            Self::Clinic => (0, String::new()),
            Self::Phone(of) => (1, of.clone()),
            Self::Asker(of) => (2, of.clone()),
            Self::Person(of) => (3, of.clone()),
        }
    }
}

impl TextBudgets {
    /// So many of a day's messages may be spent when one of this matter is sent.
    pub const fn share(self, matter: Matter) -> u32 {
        match matter {
            Matter::Alert => u32::MAX,
            Matter::KnownCode => self.per_day,
            Matter::Other => self.warned_at(),
        }
    }

    /// The number of messages at which the admins are told: four fifths.
    pub const fn warned_at(self) -> u32 {
        self.per_day - self.per_day / 5
    }
}

/// How many messages a purse has given out today.
///
/// # Errors
/// When the store cannot be read.
pub fn spent(tx: &dyn Reader, day: NaiveDate, purse: &Purse) -> Result<u32> {
    Ok(SPENT.get(tx, &purse.key())?.filter(|spent| spent.day == day).map_or(0, |spent| spent.count))
}

/// Counts a message and returns how many there were today with it. The first of a day forgets the days before.
///
/// # Errors
/// When the store cannot be read or written.
pub fn spend(tx: &mut WriteTx<'_>, day: NaiveDate, purse: &Purse) -> Result<u32> {
    let count = spent(tx, day, purse)?.saturating_add(1);
    if count == 1 && *purse == Purse::Clinic {
        for (key, row) in SPENT.list_prefix(tx, &())? {
            if row.day != day {
                SPENT.delete(tx, &key)?;
            }
        }
    }
    SPENT.put(tx, &purse.key(), &Spent { day, count })?;
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fifth_of_the_day_is_kept_for_codes_of_known_phones() {
        let shares = |per_day| {
            let budgets = TextBudgets { per_day, per_account: 1, per_address: 1 };
            (budgets.share(Matter::Other), budgets.share(Matter::KnownCode))
        };
        assert_eq!(shares(1_000), (800, 1_000));
        assert_eq!(shares(7), (6, 7));
        assert_eq!(shares(0), (0, 0));
        assert_eq!(shares(u32::MAX).1, u32::MAX);
    }
}
