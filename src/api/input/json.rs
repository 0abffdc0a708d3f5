//! JSON in which every field stands once: of two that differ, neither can be known to be meant.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Reads JSON text.
///
/// # Errors
/// The syntax error of the text, or the name of a field that stands twice in one object, which then is `Ok(Err(name))`.
pub(super) fn read(bytes: &[u8]) -> serde_json::Result<Result<Value, String>> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let mut repeated = None;
    let value = Once(&mut repeated).deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(repeated.map_or(Ok(value), Err))
}

/// Reads a value and notes the first field that stands twice.
struct Once<'a>(&'a mut Option<String>);

impl<'de> DeserializeSeed<'de> for Once<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Once<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        serde_json::Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("not a number"))
    }
    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }
    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut all = Vec::new();
        while let Some(item) = items.next_element_seed(Once(self.0))? {
            all.push(item);
        }
        Ok(Value::Array(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut all = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let value = members.next_value_seed(Once(self.0))?;
            if all.insert(name.clone(), value).is_some() {
                self.0.get_or_insert(name);
            }
        }
        Ok(Value::Object(all))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_that_stands_twice_is_named() {
        assert_eq!(read(br#"{"a": [1, -2, 0.5, null, true, "x"], "b": {"a": 1}}"#).unwrap(), {
            Ok(serde_json::json!({"a": [1, -2, 0.5, null, true, "x"], "b": {"a": 1}}))
        });
        assert_eq!(
            read(br#"{"dosage": "1", "lines": [{"max": 4, "max": null}]}"#).unwrap(),
            Err("max".to_owned())
        );
        assert_eq!(read(br#"{"dosage": "1", "dosage": "1"}"#).unwrap(), Err("dosage".to_owned()));
        for broken in ["", "{", "{} x", "[1,]", "nul"] {
            assert!(read(broken.as_bytes()).is_err(), "{broken}");
        }
    }
}
