//! The numbers of the tags and the longest values, in UTF-16 units.

use super::refusal::Code;

pub(super) const PAYLOAD_FORMAT: u8 = 0;
pub(super) const INITIATION: u8 = 1;
pub(super) const UNION_PAY: u8 = 15;
pub(super) const INDIVIDUAL: u8 = 29;
pub(super) const MERCHANT: u8 = 30;
pub(super) const CATEGORY: u8 = 52;
pub(super) const CURRENCY: u8 = 53;
pub(super) const AMOUNT: u8 = 54;
pub(super) const COUNTRY: u8 = 58;
pub(super) const NAME: u8 = 59;
pub(super) const CITY: u8 = 60;
pub(super) const ADDITIONAL: u8 = 62;
pub(super) const CRC: u8 = 63;
pub(super) const ALTERNATE: u8 = 64;
pub(super) const TIMES: u8 = 99;

/// In [`INDIVIDUAL`] and [`MERCHANT`]: the Bakong account.
pub(super) const ACCOUNT: u8 = 0;
/// In [`INDIVIDUAL`] the account's number or phone, in [`MERCHANT`] the merchant's id.
pub(super) const ACCOUNT_DETAIL: u8 = 1;
pub(super) const BANK: u8 = 2;

pub(super) const BILL: u8 = 1;
pub(super) const MOBILE: u8 = 2;
pub(super) const STORE: u8 = 3;
pub(super) const TERMINAL: u8 = 7;
pub(super) const PURPOSE: u8 = 8;

pub(super) const LANGUAGE: u8 = 0;
pub(super) const ALTERNATE_NAME: u8 = 1;
pub(super) const ALTERNATE_CITY: u8 = 2;

pub(super) const CREATED: u8 = 0;
pub(super) const EXPIRES: u8 = 1;

/// The point of initiation of a code that any amount may be paid to, any number of times.
pub(super) const STATIC: &str = "11";
/// Of a code for one payment of one amount.
pub(super) const DYNAMIC: &str = "12";
pub(super) const KHR: &str = "116";
pub(super) const USD: &str = "840";
pub(super) const CAMBODIA: &str = "KH";

pub(super) const ACCOUNT_MAX: usize = 32;
pub(super) const NAME_MAX: usize = 25;
pub(super) const CITY_MAX: usize = 15;
pub(super) const LABEL_MAX: usize = 25;
pub(super) const LANGUAGE_MAX: usize = 2;
pub(super) const CATEGORY_LENGTH: usize = 4;
pub(super) const CURRENCY_LENGTH: usize = 3;
/// Digits of a time in milliseconds since 1970.
pub(super) const TIME_LENGTH: usize = 13;

/// The labels of [`ADDITIONAL`] in the order in which they are written and checked, and what is wrong when one is too
/// long.
pub(super) const LABELS: [(u8, Code); 5] = [
    (BILL, Code::BillLength),
    (MOBILE, Code::MobileLength),
    (STORE, Code::StoreLength),
    (TERMINAL, Code::TerminalLength),
    (PURPOSE, Code::PurposeLength),
];
