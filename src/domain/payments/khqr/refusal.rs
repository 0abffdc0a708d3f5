//! Why a code is refused: the official error codes and their official sentences.

use std::fmt;

macro_rules! codes {
    ($($name:ident = $number:literal, $message:literal;)*) => {
        /// An error code of the official kit.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code {
            $(#[doc = $message] $name = $number,)*
        }

        impl Code {
            /// The number that other programs know it by.
            pub const fn number(self) -> u8 {
                match self {
                    $(Self::$name => $number,)*
                }
            }

            /// The official sentence.
            pub const fn message(self) -> &'static str {
                match self {
                    $(Self::$name => $message,)*
                }
            }
        }
    };
}

codes! {
    AccountMissing = 1, "Bakong Account ID cannot be null or empty";
    NameMissing = 2, "Merchant name cannot be null or empty";
    AccountInvalid = 3, "Bakong Account ID is invalid";
    AmountInvalid = 4, "Amount is invalid";
    MerchantTypeMissing = 5, "Merchant type cannot be null or empty";
    AccountLength = 6, "Bakong Account ID Length is Invalid";
    NameLength = 7, "Merchant Name Length is invalid";
    Invalid = 8, "KHQR provided is invalid";
    CurrencyMissing = 9, "Currency type cannot be null or empty";
    BillLength = 10, "Bill Name Length is invalid";
    StoreLength = 11, "Store Label Length is invalid";
    TerminalLength = 12, "Terminal Label Length is invalid";
    Unreachable = 13, "Cannot reach Bakong Open API service. Please check internet connection";
    SourceInfoInvalid = 14, "Source Info for Deep Link is invalid";
    PayloadFormatLength = 16, "Payload Format indicator Length is invalid";
    InitiationLength = 17, "Point of initiation Length is invalid";
    CategoryLength = 18, "Merchant code Length is invalid";
    CurrencyLength = 19, "Transaction currency Length is invalid";
    CountryLength = 20, "Country code Length is invalid";
    CityLength = 21, "Merchant city Length is invalid";
    PayloadFormatMissing = 23, "Payload format indicator tag required";
    CrcMissing = 24, "CRC tag required";
    CategoryMissing = 25, "Merchant category tag required";
    CountryMissing = 26, "Country Code cannot be null or empty";
    CityMissing = 27, "Merchant City cannot be null or empty";
    CurrencyUnsupported = 28, "Unsupported currency";
    DeepLinkInvalid = 29, "Deep Link URL is not valid";
    MerchantIdMissing = 30, "Merchant ID cannot be null or empty";
    BankMissing = 31, "Acquiring Bank cannot be null or empty";
    MerchantIdLength = 32, "Merchant ID Length is invalid";
    BankLength = 33, "Acquiring Bank Length is invalid";
    MobileLength = 34, "Mobile Number Length is invalid";
    AccountInformationLength = 35, "Account Information Length is invalid";
    LanguageMissing = 37, "Language Preference cannot be null or empty";
    LanguageLength = 38, "Language Preference Length is invalid";
    AlternateNameMissing = 39, "Merchant Name Alternate Language cannot be null or empty";
    AlternateNameLength = 40, "Merchant Name Alternate Language Length is invalid";
    AlternateCityLength = 41, "Merchant City Alternate Language Length is invalid";
    PurposeLength = 42, "Purpose of Transaction Length is invalid";
    UnionPayLength = 43, "Upi Account Information Length is invalid";
    UnionPayCurrency = 44, "Upi Account Information Length does not accept USD";
    ExpiryMissing = 45, "Expiration timestamp is required for dynamic KHQR";
    Expired = 46, "This dynamic KHQR has expired";
    DynamicWithoutAmount = 47, "This dynamic KHQR has invalid field transaction amount";
    InitiationInvalid = 48, "Point of Initiation Method is invalid";
    ExpiryLength = 49, "Expiration timestamp length is invalid";
    ExpiryPast = 50, "Expiration timestamp is in the past";
    CategoryInvalid = 51, "Invalid merchant category code";
}

/// A refusal: an official code, and where that says too little, a sentence of our own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    code: Code,
    detail: Option<String>,
}

impl Refusal {
    /// What the official kit lets through and another reader could misread.
    pub(super) fn ours(detail: impl Into<String>) -> Self {
        Self { code: Code::Invalid, detail: Some(detail.into()) }
    }

    /// The official code. What only this codec refuses is [`Code::Invalid`].
    pub const fn code(&self) -> Code {
        self.code
    }

    /// What is wrong, in English, for whoever supports payments.
    pub fn message(&self) -> &str {
        self.detail.as_deref().unwrap_or(self.code.message())
    }
}

impl From<Code> for Refusal {
    fn from(code: Code) -> Self {
        Self { code, detail: None }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} (KHQR error {})", self.message(), self.code.number())
    }
}

impl std::error::Error for Refusal {}
