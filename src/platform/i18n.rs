//! Texts in Khmer and English. Each message stands once in `assets/messages/<area>.toml` with both
//! languages side by side, under the stable code that errors, notifications and labels use.

use std::collections::HashMap;
use std::sync::LazyLock;

use chrono::{NaiveDate, NaiveDateTime};
use rust_embed::RustEmbed;
use serde::{Deserialize, Serialize};

/// The languages of the product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Language {
    /// ភាសាខ្មែរ, the default.
    #[default]
    Khmer,
    /// English.
    English,
}

impl Language {
    /// Both languages.
    pub const ALL: [Self; 2] = [Self::Khmer, Self::English];

    /// BCP 47 tag.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Khmer => "km",
            Self::English => "en",
        }
    }

    /// The first language of an `Accept-Language` header that the product speaks.
    pub fn from_accept_language(header: &str) -> Option<Self> {
        let mut wanted: Vec<(f32, usize, Self)> = header
            .split(',')
            .enumerate()
            .filter_map(|(position, part)| {
                let mut pieces = part.split(';');
                let tag = pieces.next()?.trim().to_ascii_lowercase();
                let quality =
                    pieces.find_map(|piece| piece.trim().strip_prefix("q=")?.parse().ok()).unwrap_or(1.0);
                let language = match tag.split('-').next()? {
                    "km" => Self::Khmer,
                    "en" => Self::English,
                    _ => return None,
                };
                (quality > 0.0).then_some((quality, position, language))
            })
            .collect();
        wanted.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        wanted.first().map(|&(_, _, language)| language)
    }
}

/// A day as it stands on Cambodian forms: `22/11/2026`.
pub fn day_text(day: NaiveDate) -> String {
    day.format("%d/%m/%Y").to_string()
}

/// A day and a time of day: `22/11/2026 07:00`.
pub fn moment_text(moment: NaiveDateTime) -> String {
    moment.format("%d/%m/%Y %H:%M").to_string()
}

/// One message in both languages.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// Khmer text.
    pub km: String,
    /// English text.
    pub en: String,
}

#[derive(RustEmbed)]
#[folder = "assets/messages/"]
#[include = "*.toml"]
struct MessageFiles;

static MESSAGES: LazyLock<HashMap<String, Message>> = LazyLock::new(|| {
    let mut all = HashMap::new();
    for file in MessageFiles::iter() {
        let Some(content) = MessageFiles::get(&file) else { continue };
        let text = String::from_utf8_lossy(&content.data);
        match toml::from_str::<HashMap<String, Message>>(&text) {
            Ok(messages) => all.extend(messages),
            Err(error) => tracing::error!(file = %file, %error, "message file is not readable"),
        }
    }
    all
});

/// Every message by its key; a test checks that all codes used in `src/` are among them.
pub fn catalogue() -> &'static HashMap<String, Message> {
    &MESSAGES
}

/// The text of `key`, filled:
/// - `{name}` becomes the value of that name;
/// - `{count|dose|doses}` becomes the first word when the value is one or a part of one (`1`, `½`, `0.5`), else the second;
/// - `[[ since {time}]]` is left out unless each placeholder in it has a value that is not empty.
///
/// An unknown key is shown as it is, so that a
/// missing text is seen rather than silent.
pub fn text(language: Language, key: &str, args: &[(&str, String)]) -> String {
    let Some(message) = MESSAGES.get(key) else { return key.to_owned() };
    let text = match language {
        Language::Khmer => &message.km,
        Language::English => &message.en,
    };
    fill(text, args)
}

/// Fills a text in one pass: a value that holds braces or brackets is a value, not another placeholder.
fn fill(text: &str, args: &[(&str, String)]) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, (part, tail))) =
        rest.split_once("[[").and_then(|(before, after)| Some((before, after.split_once("]]")?)))
    {
        fill_placeholders(&mut filled, before, args);
        let mut optional = String::new();
        if fill_placeholders(&mut optional, part, args) {
            filled.push_str(&optional);
        }
        rest = tail;
    }
    fill_placeholders(&mut filled, rest, args);
    filled
}

/// Adds a text with its placeholders filled. Says whether each has a value that is not empty.
fn fill_placeholders(filled: &mut String, text: &str, args: &[(&str, String)]) -> bool {
    let mut whole = true;
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let known = after.split_once('}').and_then(|(placeholder, tail)| {
            let (name, words) = placeholder
                .split_once('|')
                .map_or((placeholder, None), |(name, words)| (name, words.split_once('|')));
            let (_, value) = args.iter().find(|(known, _)| *known == name)?;
            Some((value, words, tail))
        });
        match known {
            Some((value, words, tail)) => {
                whole &= !value.is_empty();
                filled.push_str(match words {
                    Some((one, _)) if is_singular(value) => one,
                    Some((_, many)) => many,
                    None => value,
                });
                rest = tail;
            }
            None => {
                whole = false;
                filled.push('{');
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    whole
}

/// Whether English counts this number in the singular: one, and parts of one. Khmer has no plural.
pub fn is_singular(number: &str) -> bool {
    matches!(number, "1" | "½" | "¼" | "¾")
        || number.strip_prefix("0.").is_some_and(|digits| digits.bytes().any(|digit| digit != b'0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_never_placeholders() {
        let args = [("name", "{reason}".to_owned()), ("reason", "{name}".to_owned())];
        assert_eq!(fill("{name}: {reason} {other} { {name}", &args), "{reason}: {name} {other} { {reason}");
        let args = [("name", "[[{name}]]".to_owned())];
        assert_eq!(fill("[[{name}]]]] [[", &args), "[[{name}]]]] [[");
    }

    #[test]
    fn counts_choose_their_word() {
        let say = |count: &str| fill("{count} {count|dose|doses} left", &[("count", count.to_owned())]);
        for (count, shown) in [
            ("0", "0 doses left"),
            ("1", "1 dose left"),
            ("2", "2 doses left"),
            ("11", "11 doses left"),
            ("½", "½ dose left"),
            ("0.25", "0.25 dose left"),
            ("0.0", "0.0 doses left"),
            ("1½", "1½ doses left"),
            ("1.5", "1.5 doses left"),
        ] {
            assert_eq!(say(count), shown);
        }
        assert_eq!(fill("{count|dose|doses}", &[]), "{count|dose|doses}");
    }

    #[test]
    fn optional_parts_need_their_values() {
        let text = "{value}[[ {unit}]] ({time})[[, then {latest} ({latest_time})]].";
        let say = |unit: &str, latest: Option<&str>| {
            let mut args =
                vec![("value", "38".to_owned()), ("unit", unit.to_owned()), ("time", "t".to_owned())];
            args.extend(latest.map(|latest| ("latest", latest.to_owned())));
            args.extend(latest.map(|_| ("latest_time", "u".to_owned())));
            fill(text, &args)
        };
        assert_eq!(say("mg/dL", Some("110")), "38 mg/dL (t), then 110 (u).");
        assert_eq!(say("", None), "38 (t).");
        assert_eq!(say("", Some("")), "38 (t).");
    }
}
