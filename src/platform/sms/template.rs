//! What a gateway is told, as the clinic's settings describe it: texts with places for values, each value escaped
//! for where it stands, so that no value can change the meaning of what is around it.
//!
//! Only the known places are places; every other brace is text, so that JSON can be written as it is.

use crate::platform::secret::Secret;
use crate::platform::text::percent_encoded;

/// A place for a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    To,
    ToDigits,
    Text,
    From,
    Id,
    Token,
}

const PLACES: [(&str, Place); 6] = [
    ("{to}", Place::To),
    ("{to_digits}", Place::ToDigits),
    ("{text}", Place::Text),
    ("{from}", Place::From),
    ("{id}", Place::Id),
    ("{token}", Place::Token),
];

/// How values are escaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Escape {
    /// Inside a JSON string.
    Json,
    /// In a URL or a form: everything but unreserved characters (RFC 3986, 2.3) percent-encoded.
    Url,
    /// In the text or a quoted attribute of XML.
    Xml,
    /// Not at all: a body that is nothing but text.
    None,
    /// In a header: what a header cannot carry becomes a space.
    Header,
}

/// The values for one message.
#[derive(Clone, Copy)]
pub(super) struct Values<'a> {
    pub(super) to: &'a str,
    pub(super) text: &'a str,
    pub(super) from: &'a str,
    pub(super) id: &'a str,
    pub(super) token: Option<&'a Secret<String>>,
}

#[derive(Debug, Clone)]
enum Part {
    Text(String),
    Place(Place),
}

/// A text with places for values.
#[derive(Debug, Clone)]
pub(super) struct Template {
    parts: Vec<Part>,
    escape: Escape,
}

impl Template {
    /// Reads a template.
    pub(super) fn new(text: &str, escape: Escape) -> Self {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((at, name, place)) = first_place(rest) {
            let (before, after) = rest.split_at(at);
            parts.push(Part::Text(before.to_owned()));
            parts.push(Part::Place(place));
            rest = after.get(name.len()..).unwrap_or_default();
        }
        parts.push(Part::Text(rest.to_owned()));
        Self { parts, escape }
    }

    /// The text with its values.
    pub(super) fn fill(&self, values: &Values<'_>) -> String {
        let mut out = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Place(place) => self.escape.write(values.of(*place), &mut out),
            }
        }
        out
    }
}

/// Whether a text has the place `name`, `{to}`.
pub(super) fn has_place(text: &str, name: &str) -> bool {
    text.contains(name)
}

fn first_place(text: &str) -> Option<(usize, &'static str, Place)> {
    let found = PLACES.iter().filter_map(|(name, place)| Some((text.find(name)?, *name, *place)));
    found.min_by_key(|(at, _, _)| *at)
}

impl<'a> Values<'a> {
    fn of(&self, place: Place) -> &'a str {
        match place {
            Place::To => self.to,
            Place::ToDigits => self.to.trim_start_matches('+'),
            Place::Text => self.text,
            Place::From => self.from,
            Place::Id => self.id,
            Place::Token => self.token.map_or("", |token| token.reveal().as_str()),
        }
    }
}

impl Escape {
    fn write(self, value: &str, out: &mut String) {
        match self {
            Self::None => out.push_str(value),
            Self::Json => {
                let quoted = serde_json::Value::from(value).to_string();
                out.push_str(quoted.get(1..quoted.len() - 1).unwrap_or_default());
            }
            Self::Url => out.push_str(&percent_encoded(value)),
            Self::Xml => value.chars().for_each(|c| match c {
                '&' => out.push_str("&amp;"),
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '"' => out.push_str("&quot;"),
                '\'' => out.push_str("&apos;"),
                // XML 1.0 has no way to write these.
                c if c.is_control() && !matches!(c, '\t' | '\n' | '\r') => out.push(' '),
                '\u{fffe}' | '\u{ffff}' => out.push(' '),
                c => out.push(c),
            }),
            Self::Header => {
                out.extend(value.chars().map(|c| if c.is_ascii_graphic() { c } else { ' ' }));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::platform::http_client::Url;

    fn values<'a>(text: &'a str, token: &'a Secret<String>) -> Values<'a> {
        Values { to: "+85512345678", text, from: "Clinic", id: "7", token: Some(token) }
    }

    fn fill(template: &str, escape: Escape, text: &str) -> String {
        let token = Secret::new("s3cret".to_owned());
        Template::new(template, escape).fill(&values(text, &token))
    }

    #[test]
    fn places_are_filled_and_other_braces_stay() {
        assert_eq!(
            fill(
                r#"{"a":{"to":"{to}","n":"{to_digits}","x":"{x}"},"t":"{text}"}"#,
                Escape::Json,
                "say \"hi\"\n"
            ),
            r#"{"a":{"to":"+85512345678","n":"85512345678","x":"{x}"},"t":"say \"hi\"\n"}"#
        );
        assert_eq!(
            fill("to={to}&m={text}", Escape::Url, "a b&c=ក"),
            "to=%2B85512345678&m=a%20b%26c%3D%E1%9E%80"
        );
        assert_eq!(fill("Bearer {token}", Escape::Header, ""), "Bearer s3cret");
        assert_eq!(
            fill("{text}{from}{id}", Escape::None, "{to}"),
            "{to}Clinic7",
            "a value is not read as a template"
        );
    }

    proptest! {
        #[test]
        fn no_value_breaks_out_of_json(text: String) {
            let body = fill(r#"{"to":"{to}","text":"{text}","end":1}"#, Escape::Json, &text);
            let read: serde_json::Value = serde_json::from_str(&body).unwrap();
            prop_assert_eq!(&read, &serde_json::json!({"to": "+85512345678", "text": text, "end": 1}));
        }

        #[test]
        fn no_value_breaks_out_of_a_url_or_form(text: String) {
            let url = Url::parse(&fill("https://gateway.example/send?to={to}&text={text}&end=1", Escape::Url, &text));
            let pairs: Vec<(String, String)> = url.unwrap().query_pairs().into_owned().collect();
            let expected = [("to", "+85512345678"), ("text", text.as_str()), ("end", "1")];
            prop_assert_eq!(pairs, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
            let url = Url::parse(&fill("https://gateway.example/{text}/x", Escape::Url, &text)).unwrap();
            prop_assert_eq!(url.host_str(), Some("gateway.example"));
            prop_assert!(url.query().is_none() && url.fragment().is_none());
        }

        #[test]
        fn no_value_breaks_out_of_xml(text: String) {
            let body = fill("<m a=\"{text}\">{text}</m>", Escape::Xml, &text);
            prop_assert_eq!(body.matches('<').count(), 2);
            prop_assert_eq!(body.matches('>').count(), 2);
            prop_assert_eq!(body.matches('"').count(), 2);
        }

        #[test]
        fn no_value_breaks_out_of_a_header(text: String) {
            let value = fill("{text}", Escape::Header, &text);
            prop_assert!(value.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
        }
    }
}
