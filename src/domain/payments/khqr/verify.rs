//! Reading a code and believing it only when it is whole.
//!
//! The official kit names one fault, and other programs go by its number. So faults are looked for in its order: the
//! CRC, an amount without its times, what is missing, then each tag. Faults that it does not know come last.

use super::account::check_account;
use super::amount::Amount;
use super::content::{Additional, Alternate, Khqr, Recipient};
use super::digest::crc;
use super::generate::{category, currency, fit, milliseconds};
use super::refusal::{Code, Refusal};
use super::tags::{self, ACCOUNT_MAX, CITY_MAX, LABEL_MAX, LANGUAGE_MAX, NAME_MAX};
use super::tlv::{Scan, TEXT_MAX, VALUE_MAX, is_plain, units};
use crate::platform::money::Currency;

/// Shorter texts are no code, whatever their CRC.
const TEXT_MIN: usize = 12;

/// Reads a code as of `now`, in milliseconds since 1970.
///
/// # Errors
/// The first fault; [`Code::Invalid`] with a sentence of our own for what the official kit lets through.
pub fn verify(text: &str, now: i64) -> Result<Khqr, Refusal> {
    if text.len() < TEXT_MIN || !crc(text).fits {
        return Err(Code::Invalid.into());
    }
    if units(text) > TEXT_MAX {
        return Err(Refusal::ours(format!("a KHQR has at most {TEXT_MAX} characters")));
    }
    if !is_plain(text) {
        return Err(Refusal::ours("a KHQR has no control characters and no pictographs"));
    }
    let scan = Scan::of(text);
    times_go_with_amount(&scan)?;
    nothing_is_missing(&scan)?;
    let content = content(&scan, now)?;
    match scan.fault {
        Some(fault) => Err(Refusal::ours(fault)),
        None if scan.whole().next_back().is_some_and(|field| field.tag == tags::CRC) => Ok(content),
        None => Err(Refusal::ours("the CRC must stand last")),
    }
}

/// What one payment is for has an amount and an end.
fn times_go_with_amount(scan: &Scan<'_>) -> Result<(), Refusal> {
    let is_dynamic = scan.get(tags::INITIATION) == Some(tags::DYNAMIC);
    let has_amount = scan.get(tags::AMOUNT).is_some();
    if is_dynamic && !has_amount {
        return Err(Code::DynamicWithoutAmount.into());
    }
    if has_amount && scan.get(tags::TIMES).is_none() {
        return Err(Code::ExpiryMissing.into());
    }
    Ok(())
}

fn nothing_is_missing(scan: &Scan<'_>) -> Result<(), Refusal> {
    let is_absent = |tag| scan.get(tag).is_none();
    if is_absent(tags::PAYLOAD_FORMAT) {
        return Err(Code::PayloadFormatMissing.into());
    }
    if is_absent(tags::INDIVIDUAL) && is_absent(tags::MERCHANT) {
        return Err(Code::MerchantTypeMissing.into());
    }
    let others = [
        (tags::CATEGORY, Code::CategoryMissing),
        (tags::CURRENCY, Code::CurrencyMissing),
        (tags::COUNTRY, Code::CountryMissing),
        (tags::NAME, Code::NameMissing),
        (tags::CITY, Code::CityMissing),
        (tags::CRC, Code::CrcMissing),
    ];
    match others.into_iter().find(|(tag, _)| is_absent(*tag)) {
        Some((_, code)) => Err(code.into()),
        None => Ok(()),
    }
}

/// Each tag in its turn.
fn content(scan: &Scan<'_>, now: i64) -> Result<Khqr, Refusal> {
    heads(scan)?;
    let union_pay =
        scan.get(tags::UNION_PAY).map(|text| fit(text, VALUE_MAX, Code::UnionPayLength)).transpose()?;
    let recipient = recipient(scan)?;
    let category = category(scan.get(tags::CATEGORY).unwrap_or_default())?;
    let currency = currency(scan.get(tags::CURRENCY).unwrap_or_default())?;
    if union_pay.is_some() && currency == Currency::Usd {
        return Err(Code::UnionPayCurrency.into());
    }
    let amount = scan.get(tags::AMOUNT).map(|text| Amount::read(text, currency)).transpose()?;
    country(scan.get(tags::COUNTRY).unwrap_or_default())?;
    let name = filled(scan.get(tags::NAME), NAME_MAX, Code::NameMissing, Code::NameLength)?;
    let city = filled(scan.get(tags::CITY), CITY_MAX, Code::CityMissing, Code::CityLength)?;
    let additional = additional(scan.get(tags::ADDITIONAL))?;
    let alternate = scan.get(tags::ALTERNATE).map(alternate).transpose()?;
    let times = match amount {
        Some(_) => Some(times(scan.get(tags::TIMES).unwrap_or_default(), now)?),
        // Without an amount nobody reads them, and banks write there what they please.
        None => None,
    };
    Ok(Khqr { recipient, union_pay, category, currency, amount, name, city, additional, alternate, times })
}

fn heads(scan: &Scan<'_>) -> Result<(), Refusal> {
    let format = scan.get(tags::PAYLOAD_FORMAT).unwrap_or_default();
    if units(format) != 2 {
        return Err(Code::PayloadFormatLength.into());
    }
    if format != "01" {
        return Err(Refusal::ours("the payload format must be 01"));
    }
    match scan.get(tags::INITIATION) {
        None | Some(tags::STATIC | tags::DYNAMIC) => Ok(()),
        Some(text) if units(text) > 2 => Err(Code::InitiationLength.into()),
        Some(_) => Err(Code::InitiationInvalid.into()),
    }
}

fn country(text: &str) -> Result<(), Refusal> {
    match text {
        tags::CAMBODIA => Ok(()),
        "" => Err(Code::CountryMissing.into()),
        _ if units(text) > 3 => Err(Code::CountryLength.into()),
        _ => Err(Refusal::ours("the country of a KHQR is KH")),
    }
}

/// A field that is made of fields.
fn inner(text: &str) -> Result<Scan<'_>, Refusal> {
    let mut scan = Scan::of(text);
    match scan.fault.take() {
        Some(fault) => Err(Refusal::ours(fault)),
        None => Ok(scan),
    }
}

fn filled(text: Option<&str>, max: usize, missing: Code, too_long: Code) -> Result<String, Refusal> {
    fit(text.filter(|text| !text.is_empty()).ok_or(missing)?, max, too_long)
}

fn recipient(scan: &Scan<'_>) -> Result<Recipient, Refusal> {
    let (individual, merchant) = (scan.get(tags::INDIVIDUAL), scan.get(tags::MERCHANT));
    if individual.is_some() && merchant.is_some() {
        return Err(Refusal::ours("tags 29 and 30 exclude each other"));
    }
    let parts = inner(individual.or(merchant).unwrap_or_default())?;
    let account = parts.get(tags::ACCOUNT).unwrap_or_default();
    check_account(account)?;
    let (account, detail, bank) =
        (account.to_owned(), parts.get(tags::ACCOUNT_DETAIL), parts.get(tags::BANK));
    let part = |text: Option<&str>, empty, too_long| {
        text.map(|text| filled(Some(text), ACCOUNT_MAX, empty, too_long)).transpose()
    };
    if merchant.is_some() {
        return Ok(Recipient::Merchant {
            account,
            merchant_id: part(detail, Code::MerchantIdMissing, Code::MerchantIdLength)?,
            bank: part(bank, Code::BankMissing, Code::BankLength)?,
        });
    }
    Ok(Recipient::Individual {
        account,
        information: part(detail, Code::AccountInformationLength, Code::AccountInformationLength)?,
        bank: part(bank, Code::BankLength, Code::BankLength)?,
    })
}

/// Labels that are there have at least one character. Tags that are not ours belong to other programs.
fn additional(text: Option<&str>) -> Result<Additional, Refusal> {
    let Some(text) = text else { return Ok(Additional::default()) };
    let parts = inner(text)?;
    let mut labels = tags::LABELS.into_iter().map(|(tag, too_long)| match parts.get(tag) {
        None => Ok(None),
        Some("") => Err(Refusal::from(too_long)),
        Some(label) => fit(label, LABEL_MAX, too_long).map(Some),
    });
    let mut next = || labels.next().transpose().map(Option::flatten);
    Ok(Additional {
        bill_number: next()?,
        mobile_number: next()?,
        store_label: next()?,
        terminal_label: next()?,
        purpose: next()?,
    })
}

fn alternate(text: &str) -> Result<Alternate, Refusal> {
    let parts = inner(text)?;
    let city = parts.get(tags::ALTERNATE_CITY);
    Ok(Alternate {
        language: filled(
            parts.get(tags::LANGUAGE),
            LANGUAGE_MAX,
            Code::LanguageMissing,
            Code::LanguageLength,
        )?,
        name: filled(
            parts.get(tags::ALTERNATE_NAME),
            NAME_MAX,
            Code::AlternateNameMissing,
            Code::AlternateNameLength,
        )?,
        city: city
            .map(|city| filled(Some(city), CITY_MAX, Code::AlternateCityLength, Code::AlternateCityLength))
            .transpose()?,
    })
}

/// A code can be paid up to and with its last millisecond.
fn times(text: &str, now: i64) -> Result<(i64, i64), Refusal> {
    let parts = inner(text)?;
    let expires = milliseconds(parts.get(tags::EXPIRES).ok_or(Code::ExpiryMissing)?)?;
    let created = milliseconds(parts.get(tags::CREATED).unwrap_or_default())?;
    if expires < created {
        return Err(Code::ExpiryPast.into());
    }
    if expires < now {
        return Err(Code::Expired.into());
    }
    Ok((created, expires))
}
