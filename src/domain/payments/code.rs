//! The code that a payer scans, for the clinic's own account. It needs no network.

use super::khqr::{Additional, Generated, Kind, Refusal, Request, generate};
use crate::platform::clock::{Span, Timestamp};
use crate::platform::money::{Currency, Money};
use crate::platform::settings::BakongSettings;

/// Writes the code for an amount, to be paid from `now` to `expires`. Only the bill number tells it from another one of
/// the same moment.
///
/// # Errors
/// What of the account, the names or the amount a code cannot carry.
pub fn write(
    settings: &BakongSettings,
    money: Money,
    bill_number: &str,
    now: Timestamp,
    expires: Timestamp,
) -> Result<Generated, Refusal> {
    let currency = match money.currency() {
        Currency::Khr => "116",
        Currency::Usd => "840",
    };
    let request = Request {
        kind: if settings.merchant_id.is_some() { Kind::Merchant } else { Kind::Individual },
        account: Some(settings.account.clone()),
        account_information: settings.account_information.clone(),
        merchant_id: settings.merchant_id.clone(),
        bank: settings.bank.clone(),
        name: Some(settings.merchant_name.clone()),
        city: Some(settings.city.clone()),
        currency: Some(currency.to_owned()),
        amount: Some(money.to_string()),
        expires: Some(expires.as_milliseconds().to_string()),
        additional: Additional { bill_number: Some(bill_number.to_owned()), ..Additional::default() },
        ..Request::default()
    };
    generate(&request, now.as_milliseconds())
}

/// What of the settings a code cannot carry: found out by writing one.
pub fn fault(settings: &BakongSettings) -> Option<String> {
    // Some moment: a code carries times of thirteen digits only.
    let now = Timestamp::from_milliseconds(1_767_225_600_000);
    let tried = write(settings, Money::new(1_000, Currency::Khr), "DT0", now, now.plus(Span::minutes(1)));
    let refusal = tried.err()?;
    let mend = "see `account`, `merchant_name`, `city`, `merchant_id`, `bank` and `account_information`";
    Some(format!("`bakong`: no code can be made of it ({refusal}); {mend}"))
}
