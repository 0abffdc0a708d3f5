//! Requests and answers in JSON, under the names of the official kit: `{"id", "op", "input", "now_ms"}`.
//!
//! Numbers are read as JavaScript reads them, because the official kit is written in it: `1.0` is 1, but `"1.0"` keeps
//! its point.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::domain::payments::khqr::{
    Additional, Code, Kind, Refusal, Request, Shown, check_account, crc, decode, decode_tree, generate, md5,
    verify,
};
use crate::platform::http_client::Url;

/// The one path at which Bakong makes links out of codes.
const DEEP_LINK_PATH: &str = "/v1/generate_deeplink_by_qr";

#[derive(Debug, Deserialize)]
struct Asked {
    op: String,
    #[serde(default)]
    input: Map<String, Value>,
    now_ms: i64,
}

/// The answer to one line: what was made or seen, or the code and the sentence of the refusal. A line that is no request
/// is answered with an `error`.
pub fn answer(line: &str) -> String {
    let answered = match serde_json::from_str::<Asked>(line) {
        Ok(asked) => answered(&asked),
        Err(error) => Err(format!("not a request: {error}")),
    };
    answered.unwrap_or_else(|error| json!({ "error": error })).to_string()
}

fn answered(asked: &Asked) -> Result<Value, String> {
    let input = &asked.input;
    Ok(match asked.op.as_str() {
        "generate_individual" => generated(&request(input, Kind::Individual)?, asked.now_ms),
        "generate_merchant" => generated(&request(input, Kind::Merchant)?, asked.now_ms),
        "verify" => verdict(&required(input, "qr")?, asked.now_ms),
        "decode" => json!({ "data": decoded(&required(input, "qr")?) }),
        "decode_non_khqr" => json!({ "data": tree(&required(input, "qr")?) }),
        "generate_deeplink" => refused(&deep_link(input, asked.now_ms)?),
        "check_bakong_account" => {
            let account = text(input, "accountID")?.unwrap_or_default();
            refused(&check_account(&account).err().unwrap_or(Code::Unreachable.into()))
        }
        other => return Err(format!("there is no operation {other:?}")),
    })
}

/// A text or a number; `None` where it is null or absent.
fn text(from: &Map<String, Value>, name: &str) -> Result<Option<String>, String> {
    match from.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(Value::Number(number)) if number.is_f64() => {
            Ok(number.as_f64().map(|number| number.to_string()))
        }
        Some(Value::Number(number)) => Ok(Some(number.to_string())),
        Some(_) => Err(format!("{name} must be a text or a number")),
    }
}

fn required(from: &Map<String, Value>, name: &str) -> Result<String, String> {
    text(from, name)?.ok_or_else(|| format!("{name} is missing"))
}

fn request(input: &Map<String, Value>, kind: Kind) -> Result<Request, String> {
    let none = Map::new();
    let optional = match input.get("optional") {
        None | Some(Value::Null) => &none,
        Some(Value::Object(optional)) => optional,
        Some(_) => return Err("optional must be an object".to_owned()),
    };
    let of = |name| text(optional, name);
    Ok(Request {
        kind,
        account: text(input, "bakongAccountID")?,
        account_information: of("accountInformation")?,
        merchant_id: text(input, "merchantID")?,
        bank: match kind {
            Kind::Individual => of("acquiringBank")?,
            Kind::Merchant => text(input, "acquiringBank")?,
        },
        name: text(input, "merchantName")?,
        city: text(input, "merchantCity")?,
        category: of("merchantCategoryCode")?,
        currency: of("currency")?,
        amount: of("amount")?,
        expires: of("expirationTimestamp")?,
        union_pay: of("upiMerchantAccount")?,
        additional: Additional {
            bill_number: of("billNumber")?,
            mobile_number: of("mobileNumber")?,
            store_label: of("storeLabel")?,
            terminal_label: of("terminalLabel")?,
            purpose: of("purposeOfTransaction")?,
        },
        language: of("languagePreference")?,
        alternate_name: of("merchantNameAlternateLanguage")?,
        alternate_city: of("merchantCityAlternateLanguage")?,
    })
}

fn generated(request: &Request, now: i64) -> Value {
    match generate(request, now) {
        Ok(made) => json!({
            "ok": true,
            "qr": made.text,
            "md5": md5(&made.text),
            "decoded": decoded(&made.text),
            "decodedNonKhqr": tree(&made.text),
            "verify": verdict(&made.text, now),
            "utf16_length": made.text.encode_utf16().count(),
            "utf8_bytes": made.text.len(),
        }),
        Err(refusal) => with(refused(&refusal), "ok", json!(false)),
    }
}

fn refused(refusal: &Refusal) -> Value {
    json!({ "errorCode": refusal.code().number(), "message": refusal.message() })
}

fn with(mut object: Value, name: &str, value: Value) -> Value {
    if let Some(fields) = object.as_object_mut() {
        fields.insert(name.to_owned(), value);
    }
    object
}

/// A text that does not end in a CRC has no code of its own in the official kit.
fn verdict(text: &str, now: i64) -> Value {
    let (sum, read) = (crc(text), verify(text, now));
    let mut shown = json!({
        "isValid": read.is_ok(),
        "crcFormOk": sum.is_there,
        "crcOk": sum.fits,
        "errorCode": null,
        "message": null,
    });
    let Err(refusal) = read else { return shown };
    let stage = match refusal.code() {
        _ if !sum.is_there => "crc-form",
        Code::Invalid if refusal.message() == Code::Invalid.message() => "crc-or-length",
        _ => "field",
    };
    if sum.is_there {
        shown = with(shown, "errorCode", json!(refusal.code().number()));
        shown = with(shown, "message", json!(refusal.message()));
    }
    with(shown, "stage", json!(stage))
}

fn decoded(text: &str) -> Value {
    decode(text)
        .into_iter()
        .map(|(name, value)| (name.to_owned(), json!(value)))
        .collect::<Map<_, _>>()
        .into()
}

fn tree(text: &str) -> Value {
    decode_tree(text)
        .into_iter()
        .map(|(tag, shown)| (format!("{tag:02}"), branch(shown)))
        .collect::<Map<_, _>>()
        .into()
}

fn branch(shown: Shown) -> Value {
    match shown {
        Shown::Text(text) => json!(text),
        Shown::Fields(fields) => fields
            .into_iter()
            .map(|(tag, text)| (format!("{tag:02}"), json!(text)))
            .collect::<Map<_, _>>()
            .into(),
        Shown::Tree(parts) => parts
            .into_iter()
            .map(|(tag, part)| (format!("{tag:02}"), branch(part)))
            .collect::<Map<_, _>>()
            .into(),
    }
}

/// Why no link is made. This command reaches nobody, so a right request ends as one that Bakong did not answer.
fn deep_link(input: &Map<String, Value>, now: i64) -> Result<Refusal, String> {
    let url = required(input, "url")?;
    if !Url::parse(&url).is_ok_and(|url| url.path() == DEEP_LINK_PATH) {
        return Ok(Code::DeepLinkInvalid.into());
    }
    if verify(&required(input, "qr")?, now).is_err() {
        return Ok(Code::Invalid.into());
    }
    Ok(match input.get("sourceInfo") {
        None | Some(Value::Null) => Code::Unreachable.into(),
        Some(Value::Object(source)) => {
            let is_given = |name| Ok::<_, String>(text(source, name)?.is_some_and(|text| !text.is_empty()));
            let whole = is_given("appIconUrl")? && is_given("appName")? && is_given("appDeepLinkCallback")?;
            if whole { Code::Unreachable.into() } else { Code::SourceInfoInvalid.into() }
        }
        Some(_) => Code::SourceInfoInvalid.into(),
    })
}
