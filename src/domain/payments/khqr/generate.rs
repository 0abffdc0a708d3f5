//! Writing a code, tag by tag in the order of the official kit, which also decides which fault is named first.

use super::account::check_account;
use super::amount::Amount;
use super::content::{Additional, Alternate, Khqr, Recipient};
use super::digest::{close, md5};
use super::refusal::{Code, Refusal};
use super::tags::{self, ACCOUNT_MAX, CITY_MAX, LABEL_MAX, LANGUAGE_MAX, NAME_MAX, TIME_LENGTH};
use super::tlv::{VALUE_MAX, is_plain, units, write};
use crate::platform::money::Currency;

/// The city that is written where none is given.
const DEFAULT_CITY: &str = "Phnom Penh";
/// The trade that is written where none is given: shops and others.
const DEFAULT_CATEGORY: &str = "5999";

/// Whether a person or a company is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// [`Recipient::Individual`].
    #[default]
    Individual,
    /// [`Recipient::Merchant`].
    Merchant,
}

/// What is asked for, as it was given and not yet looked at. An empty text is as good as none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// Who is paid.
    pub kind: Kind,
    /// The Bakong account, `name@bank`.
    pub account: Option<String>,
    /// Of an individual: the account's number or phone at the bank.
    pub account_information: Option<String>,
    /// Of a merchant: the id that the bank gave.
    pub merchant_id: Option<String>,
    /// The bank's name.
    pub bank: Option<String>,
    /// The recipient's name.
    pub name: Option<String>,
    /// The recipient's city; Phnom Penh where none is given.
    pub city: Option<String>,
    /// The trade; 5999 where none is given.
    pub category: Option<String>,
    /// ISO 4217 in digits, 116 or 840; riel where none is given.
    pub currency: Option<String>,
    /// The amount in digits; none or nothing makes a static code, which has no expiry.
    pub amount: Option<String>,
    /// Until when the amount can be paid, in milliseconds since 1970.
    pub expires: Option<String>,
    /// The account with UnionPay.
    pub union_pay: Option<String>,
    /// What the payment is for.
    pub additional: Additional,
    /// The language of the other name.
    pub language: Option<String>,
    /// The recipient's name in that language.
    pub alternate_name: Option<String>,
    /// The recipient's city in that language.
    pub alternate_city: Option<String>,
}

/// A written code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    /// The text of the picture. Not one character of it may be changed.
    pub text: String,
    /// The MD5 of the text, by which Bakong is asked whether it was paid.
    pub md5: String,
    /// What it says.
    pub content: Khqr,
}

/// Writes a code as of `now`, in milliseconds since 1970. The same request in the same millisecond gives the same code,
/// so what must not be confused needs a bill number of its own.
///
/// # Errors
/// The first fault in the order of the tags.
pub fn generate(request: &Request, now: i64) -> Result<Generated, Refusal> {
    let content = checked(request, now)?;
    let text = written(&content)?;
    let md5 = md5(&text);
    Ok(Generated { text, md5, content })
}

/// What is given and not empty.
fn given(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !text.is_empty())
}

/// A text that is short enough and that all programs read alike.
pub(super) fn fit(text: &str, max: usize, too_long: Code) -> Result<String, Refusal> {
    if units(text) > max {
        return Err(too_long.into());
    }
    if !is_plain(text) {
        return Err(Refusal::ours(format!("{text:?} has characters that a KHQR cannot carry")));
    }
    Ok(text.to_owned())
}

fn optional(text: &Option<String>, max: usize, too_long: Code) -> Result<Option<String>, Refusal> {
    given(text).map(|text| fit(text, max, too_long)).transpose()
}

fn required(text: &Option<String>, max: usize, missing: Code, too_long: Code) -> Result<String, Refusal> {
    fit(given(text).ok_or(missing)?, max, too_long)
}

fn checked(request: &Request, now: i64) -> Result<Khqr, Refusal> {
    let union_pay = optional(&request.union_pay, VALUE_MAX, Code::UnionPayLength)?;
    let recipient = recipient(request)?;
    let category = category(given(&request.category).unwrap_or(DEFAULT_CATEGORY))?;
    let currency = currency(given(&request.currency).unwrap_or(tags::KHR))?;
    if union_pay.is_some() && currency == Currency::Usd {
        return Err(Code::UnionPayCurrency.into());
    }
    let amount = given(&request.amount).map(|text| Amount::written(text, currency)).transpose()?.flatten();
    let name = required(&request.name, NAME_MAX, Code::NameMissing, Code::NameLength)?;
    let city = fit(given(&request.city).unwrap_or(DEFAULT_CITY), CITY_MAX, Code::CityLength)?;
    let label = |text: &Option<String>, too_long| optional(text, LABEL_MAX, too_long);
    let additional = Additional {
        bill_number: label(&request.additional.bill_number, Code::BillLength)?,
        mobile_number: label(&request.additional.mobile_number, Code::MobileLength)?,
        store_label: label(&request.additional.store_label, Code::StoreLength)?,
        terminal_label: label(&request.additional.terminal_label, Code::TerminalLength)?,
        purpose: label(&request.additional.purpose, Code::PurposeLength)?,
    };
    let alternate = alternate(request)?;
    let times = amount
        .is_some()
        .then(|| Ok::<_, Refusal>((now, expiry(given(&request.expires), now)?)))
        .transpose()?;
    Ok(Khqr { recipient, union_pay, category, currency, amount, name, city, additional, alternate, times })
}

fn recipient(request: &Request) -> Result<Recipient, Refusal> {
    let account = given(&request.account).unwrap_or_default();
    check_account(account)?;
    let account = account.to_owned();
    Ok(match request.kind {
        Kind::Individual => Recipient::Individual {
            account,
            information: optional(&request.account_information, ACCOUNT_MAX, Code::AccountInformationLength)?,
            bank: optional(&request.bank, ACCOUNT_MAX, Code::BankLength)?,
        },
        Kind::Merchant => Recipient::Merchant {
            account,
            merchant_id: Some(required(
                &request.merchant_id,
                ACCOUNT_MAX,
                Code::MerchantIdMissing,
                Code::MerchantIdLength,
            )?),
            bank: Some(required(&request.bank, ACCOUNT_MAX, Code::BankMissing, Code::BankLength)?),
        },
    })
}

/// Four digits. The official kit takes fewer, EMVCo does not.
pub(super) fn category(text: &str) -> Result<String, Refusal> {
    let length = units(text);
    if length <= tags::CATEGORY_LENGTH && !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Code::CategoryInvalid.into());
    }
    if length != tags::CATEGORY_LENGTH {
        return Err(Code::CategoryLength.into());
    }
    Ok(text.to_owned())
}

pub(super) fn currency(text: &str) -> Result<Currency, Refusal> {
    match text {
        tags::KHR => Ok(Currency::Khr),
        tags::USD => Ok(Currency::Usd),
        _ if units(text) > tags::CURRENCY_LENGTH => Err(Code::CurrencyLength.into()),
        _ => Err(Code::CurrencyUnsupported.into()),
    }
}

/// A name in another language needs the language and the name; where either is missing, readers differ.
fn alternate(request: &Request) -> Result<Option<Alternate>, Refusal> {
    let (name, city) = (given(&request.alternate_name), given(&request.alternate_city));
    let Some(language) = given(&request.language) else {
        return match name.or(city) {
            None => Ok(None),
            Some(_) => Err(Code::LanguageMissing.into()),
        };
    };
    Ok(Some(Alternate {
        language: fit(language, LANGUAGE_MAX, Code::LanguageLength)?,
        name: fit(name.ok_or(Code::AlternateNameMissing)?, NAME_MAX, Code::AlternateNameLength)?,
        city: city.map(|city| fit(city, CITY_MAX, Code::AlternateCityLength)).transpose()?,
    }))
}

fn expiry(text: Option<&str>, now: i64) -> Result<i64, Refusal> {
    let text = text.ok_or(Code::ExpiryMissing)?;
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Code::ExpiryMissing.into());
    }
    let expires = milliseconds(text)?;
    if expires < now {
        return Err(Code::ExpiryPast.into());
    }
    Ok(expires)
}

/// A time of exactly thirteen digits.
pub(super) fn milliseconds(text: &str) -> Result<i64, Refusal> {
    if text.len() != TIME_LENGTH || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Code::ExpiryLength.into());
    }
    text.parse().map_err(|_| Code::ExpiryLength.into())
}

fn written(content: &Khqr) -> Result<String, Refusal> {
    let mut text = String::new();
    write(&mut text, tags::PAYLOAD_FORMAT, "01")?;
    write(&mut text, tags::INITIATION, if content.amount.is_some() { tags::DYNAMIC } else { tags::STATIC })?;
    if let Some(account) = &content.union_pay {
        write(&mut text, tags::UNION_PAY, account)?;
    }
    let (tag, parts) = match &content.recipient {
        Recipient::Individual { account, information, bank } => {
            (tags::INDIVIDUAL, [Some(account), information.as_ref(), bank.as_ref()])
        }
        Recipient::Merchant { account, merchant_id, bank } => {
            (tags::MERCHANT, [Some(account), merchant_id.as_ref(), bank.as_ref()])
        }
    };
    template(&mut text, tag, [tags::ACCOUNT, tags::ACCOUNT_DETAIL, tags::BANK].into_iter().zip(parts))?;
    write(&mut text, tags::CATEGORY, &content.category)?;
    write(
        &mut text,
        tags::CURRENCY,
        match content.currency {
            Currency::Khr => tags::KHR,
            Currency::Usd => tags::USD,
        },
    )?;
    if let Some(amount) = &content.amount {
        write(&mut text, tags::AMOUNT, amount.text())?;
    }
    write(&mut text, tags::COUNTRY, tags::CAMBODIA)?;
    write(&mut text, tags::NAME, &content.name)?;
    write(&mut text, tags::CITY, &content.city)?;
    let additional = &content.additional;
    let labels = [
        &additional.bill_number,
        &additional.mobile_number,
        &additional.store_label,
        &additional.terminal_label,
        &additional.purpose,
    ];
    let labels = tags::LABELS.iter().zip(labels).map(|((tag, _), label)| (*tag, label.as_ref()));
    template(&mut text, tags::ADDITIONAL, labels)?;
    if let Some(alternate) = &content.alternate {
        let parts = [
            (tags::LANGUAGE, Some(&alternate.language)),
            (tags::ALTERNATE_NAME, Some(&alternate.name)),
            (tags::ALTERNATE_CITY, alternate.city.as_ref()),
        ];
        template(&mut text, tags::ALTERNATE, parts)?;
    }
    if let Some((created, expires)) = content.times {
        let [created, expires] =
            [created, expires].map(|time| format!("{time:0width$}", width = TIME_LENGTH));
        template(&mut text, tags::TIMES, [(tags::CREATED, Some(&created)), (tags::EXPIRES, Some(&expires))])?;
    }
    close(&mut text);
    Ok(text)
}

/// Appends a field that is made of fields; nothing where all are absent.
fn template<'a>(
    into: &mut String,
    tag: u8,
    parts: impl IntoIterator<Item = (u8, Option<&'a String>)>,
) -> Result<(), Refusal> {
    let mut inner = String::new();
    for (tag, part) in parts {
        if let Some(part) = part {
            write(&mut inner, tag, part)?;
        }
    }
    if inner.is_empty() { Ok(()) } else { write(into, tag, &inner) }
}
