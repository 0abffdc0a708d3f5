//! What a code says, understood.

use super::amount::Amount;
use crate::platform::money::Currency;

/// Who is paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recipient {
    /// A person, a sole trader, or an account at a bank that is reached through the bank's own wallet.
    Individual {
        /// The Bakong account, `name@bank`.
        account: String,
        /// The account's number or phone at the bank.
        information: Option<String>,
        /// The bank's name.
        bank: Option<String>,
    },
    /// A company that an acquiring bank registered.
    Merchant {
        /// The Bakong account, `name@bank`.
        account: String,
        /// The id that the bank gave. Older programs left it out; [`super::generate()`] asks for it.
        merchant_id: Option<String>,
        /// The bank's name. As with the id.
        bank: Option<String>,
    },
}

impl Recipient {
    /// The Bakong account that receives the money.
    pub fn account(&self) -> &str {
        match self {
            Self::Individual { account, .. } | Self::Merchant { account, .. } => account,
        }
    }
}

/// What the payment is for; each at most 25 characters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Additional {
    /// The bill's number.
    pub bill_number: Option<String>,
    /// The payer's phone, as it was given.
    pub mobile_number: Option<String>,
    /// The shop.
    pub store_label: Option<String>,
    /// The till.
    pub terminal_label: Option<String>,
    /// What is bought.
    pub purpose: Option<String>,
}

/// The recipient's name in another language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alternate {
    /// The language, such as `km`.
    pub language: String,
    /// The name.
    pub name: String,
    /// The city.
    pub city: Option<String>,
}

/// The content of a valid code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Khqr {
    /// Who is paid.
    pub recipient: Recipient,
    /// The account with UnionPay; never with dollars.
    pub union_pay: Option<String>,
    /// The trade: four digits of ISO 18245.
    pub category: String,
    /// The currency.
    pub currency: Currency,
    /// The amount; `None` where the payer types it.
    pub amount: Option<Amount>,
    /// The recipient's name, at most 25 characters.
    pub name: String,
    /// The recipient's city, at most 15 characters.
    pub city: String,
    /// What the payment is for.
    pub additional: Additional,
    /// The name in another language.
    pub alternate: Option<Alternate>,
    /// From when to when an amount can be paid, in milliseconds since 1970.
    pub times: Option<(i64, i64)>,
}
