//! Texts in Khmer and English. Each message stands once in `assets/messages/<area>.toml` with both
//! languages side by side, under the stable code that errors, notifications and labels use.

use std::collections::HashMap;
use std::sync::LazyLock;

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

/// The text of `key` with `{name}` placeholders filled. An unknown key is shown as it is, so that a
/// missing text is seen rather than silent.
pub fn text(language: Language, key: &str, args: &[(&str, String)]) -> String {
    let Some(message) = MESSAGES.get(key) else { return key.to_owned() };
    let text = match language {
        Language::Khmer => &message.km,
        Language::English => &message.en,
    };
    fill(text, args)
}

/// Fills placeholders in one pass: a value that holds braces is a value, not another placeholder.
fn fill(text: &str, args: &[(&str, String)]) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let placeholder = after.split_once('}');
        let known = placeholder.and_then(|(name, tail)| {
            args.iter().find(|(known, _)| *known == name).map(|(_, value)| (value, tail))
        });
        match known {
            Some((value, tail)) => {
                filled.push_str(value);
                rest = tail;
            }
            None => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_never_placeholders() {
        let args = [("name", "{reason}".to_owned()), ("reason", "{name}".to_owned())];
        assert_eq!(fill("{name}: {reason} {other} { {name}", &args), "{reason}: {name} {other} { {reason}");
    }
}
