//! What stands in a code, for support: nothing is checked, what cannot be read is left out.

use std::collections::BTreeMap;

use super::tags;
use super::tlv::{Scan, TEXT_MAX, units};

/// The fields of a code under the names that the official kit gives them, in its order; `None` where absent.
pub type Decoded = Vec<(&'static str, Option<String>)>;

/// A tag's value, or the tags within it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// As it stands.
    Text(String),
    /// Field by field, by their tags.
    Fields(BTreeMap<u8, String>),
    /// Field by field, of which some are made of fields themselves.
    Tree(BTreeMap<u8, Shown>),
}

/// The names of the fields within a field.
type Names = [(u8, &'static str)];

const RECIPIENT: &Names = &[(tags::ACCOUNT, "bakongAccountID")];
const ADDITIONAL: &Names = &[
    (tags::BILL, "billNumber"),
    (tags::MOBILE, "mobileNumber"),
    (tags::STORE, "storeLabel"),
    (tags::TERMINAL, "terminalLabel"),
    (tags::PURPOSE, "purposeOfTransaction"),
];
const ALTERNATE: &Names = &[
    (tags::LANGUAGE, "languagePreference"),
    (tags::ALTERNATE_NAME, "merchantNameAlternateLanguage"),
    (tags::ALTERNATE_CITY, "merchantCityAlternateLanguage"),
];
const TIMES: &Names = &[(tags::CREATED, "creationTimestamp"), (tags::EXPIRES, "expirationTimestamp")];
const PLAIN: &Names = &[
    (tags::PAYLOAD_FORMAT, "payloadFormatIndicator"),
    (tags::INITIATION, "pointofInitiationMethod"),
    (tags::UNION_PAY, "unionPayMerchant"),
    (tags::CATEGORY, "merchantCategoryCode"),
    (tags::CURRENCY, "transactionCurrency"),
    (tags::AMOUNT, "transactionAmount"),
    (tags::COUNTRY, "countryCode"),
    (tags::NAME, "merchantName"),
    (tags::CITY, "merchantCity"),
    (tags::CRC, "crc"),
];

/// What a code says, by the official names.
pub fn decode(text: &str) -> Decoded {
    let scan = capped(text);
    let owned = |value: Option<&str>| value.filter(|value| !value.is_empty()).map(str::to_owned);
    let named = |scan: &Scan<'_>, names: &Names| -> Decoded {
        names.iter().map(|(tag, name)| (*name, owned(scan.get(*tag)))).collect()
    };
    let within = |tag| Scan::of(scan.get(tag).unwrap_or_default());
    let (individual, merchant) = (scan.get(tags::INDIVIDUAL), scan.get(tags::MERCHANT));
    let kind = merchant.map(|_| "30").or(individual.map(|_| "29"));
    let recipient = Scan::of(merchant.or(individual).unwrap_or_default());
    let detail = owned(recipient.get(tags::ACCOUNT_DETAIL));
    let (information, merchant_id) = if merchant.is_some() { (None, detail) } else { (detail, None) };
    let mut all = vec![("merchantType", kind.map(str::to_owned))];
    all.extend(named(&recipient, RECIPIENT));
    all.extend([
        ("accountInformation", information),
        ("merchantID", merchant_id),
        ("acquiringBank", owned(recipient.get(tags::BANK))),
    ]);
    all.extend(named(&within(tags::ADDITIONAL), ADDITIONAL));
    all.extend(named(&within(tags::ALTERNATE), ALTERNATE));
    all.extend(named(&within(tags::TIMES), TIMES));
    all.extend(named(&scan, PLAIN));
    all
}

/// What a code says, tag by tag, KHQR or not.
pub fn decode_tree(text: &str) -> BTreeMap<u8, Shown> {
    let scan = capped(text);
    let shown = |tag: u8, value: &str| {
        let Some(fields) = fields_of(value).filter(|_| is_template(tag)) else {
            return Shown::Text(value.to_owned());
        };
        if tag != tags::ADDITIONAL {
            return Shown::Fields(fields);
        }
        let parts =
            fields.into_iter().map(|(tag, value)| match fields_of(&value).filter(|_| tag >= UNRESERVED) {
                Some(fields) => (tag, Shown::Fields(fields)),
                None => (tag, Shown::Text(value)),
            });
        Shown::Tree(parts.collect())
    };
    scan.whole().map(|field| (field.tag, shown(field.tag, field.value))).collect()
}

/// The first tag, within additional data, that payment systems may fill with fields of their own.
const UNRESERVED: u8 = 50;

/// EMVCo's templates: accounts, additional data, another language, and what is free for others.
fn is_template(tag: u8) -> bool {
    matches!(tag, 26..=51 | tags::ADDITIONAL | tags::ALTERNATE | 80..=99)
}

/// The fields that a value is made of; `None` where it is not made of fields, or too short to be sure.
fn fields_of(value: &str) -> Option<BTreeMap<u8, String>> {
    const SHORTEST: usize = 6;
    let scan = Scan::of(value);
    (scan.fault.is_none() && units(value) >= SHORTEST)
        .then(|| scan.whole().map(|field| (field.tag, field.value.to_owned())).collect())
}

/// What is longer than any code is not read.
fn capped(text: &str) -> Scan<'_> {
    if units(text) > TEXT_MAX { Scan::default() } else { Scan::of(text) }
}
