//! Tag, length, value: two digits, two digits, and as many UTF-16 units as they say.
//!
//! The length counts UTF-16 units because the official kits count so. Whoever counts bytes breaks Khmer names.

use super::refusal::Refusal;

/// The longest text that is looked at, in UTF-16 units: more than a picture that phones can read holds.
pub const TEXT_MAX: usize = 1_024;
/// The longest value of one tag, in UTF-16 units: what two digits can say.
pub(super) const VALUE_MAX: usize = 99;

/// UTF-16 units.
pub(super) fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// One tag and its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Field<'a> {
    pub(super) tag: u8,
    pub(super) value: &'a str,
}

/// What was read until the end or the first fault.
#[derive(Debug, Default)]
pub(super) struct Scan<'a> {
    fields: Vec<Field<'a>>,
    /// How many of the fields were read to their end.
    whole: usize,
    /// What is wrong where reading stopped.
    pub(super) fault: Option<String>,
}

impl<'a> Scan<'a> {
    /// Reads fields until the text is used up exactly or something is wrong. Of a field whose length is wrong the tag
    /// counts as present, with what is left as its value, so that the same field is blamed as by the official kit.
    /// Every turn takes at least four characters, so it ends.
    pub(super) fn of(text: &'a str) -> Self {
        let (mut scan, mut rest) = (Self::default(), text);
        while !rest.is_empty() {
            let Some((tag, after_tag)) = two_digits(rest) else {
                scan.fault = Some("a tag must be two digits".to_owned());
                break;
            };
            if scan.get(tag).is_some() {
                scan.fault = Some(format!("tag {tag:02} stands twice"));
                break;
            }
            let Some((length, after_length)) = two_digits(after_tag) else {
                scan.fields.push(Field { tag, value: "" });
                scan.fault = Some(format!("the length of tag {tag:02} must be two digits"));
                break;
            };
            let Some((value, after_value)) = split_units(after_length, length.into()) else {
                scan.fields.push(Field { tag, value: after_length });
                scan.fault = Some(format!("tag {tag:02} says it is longer than what is left"));
                break;
            };
            scan.fields.push(Field { tag, value });
            scan.whole += 1;
            rest = after_value;
        }
        scan
    }

    /// The value of a tag.
    pub(super) fn get(&self, tag: u8) -> Option<&'a str> {
        self.fields.iter().find(|field| field.tag == tag).map(|field| field.value)
    }

    /// The fields that were read to their end, in the order in which they stand.
    pub(super) fn whole(&self) -> impl DoubleEndedIterator<Item = Field<'a>> {
        self.fields.iter().take(self.whole).copied()
    }
}

/// A number of two digits and what follows it.
fn two_digits(text: &str) -> Option<(u8, &str)> {
    let (head, rest) = text.split_at_checked(2)?;
    let number = head.bytes().all(|byte| byte.is_ascii_digit()).then(|| head.parse().ok())??;
    Some((number, rest))
}

/// The text after so many UTF-16 units; `None` where it is shorter, or a pair of them would be torn apart.
fn split_units(text: &str, mut units: usize) -> Option<(&str, &str)> {
    for (at, character) in text.char_indices() {
        if units == 0 {
            return text.split_at_checked(at);
        }
        units = units.checked_sub(character.len_utf16())?;
    }
    (units == 0).then_some((text, ""))
}

/// Appends a field.
///
/// # Errors
/// When the value is longer than two digits can say.
pub(super) fn write(into: &mut String, tag: u8, value: &str) -> Result<(), Refusal> {
    let length = units(value);
    if length > VALUE_MAX {
        return Err(Refusal::ours(format!(
            "the parts of tag {tag:02} are longer than 99 characters together"
        )));
    }
    into.push_str(&format!("{tag:02}{length:02}{value}"));
    Ok(())
}

/// Whether all programs read these characters alike: no control characters, and none that are two UTF-16 units.
pub(super) fn is_plain(text: &str) -> bool {
    text.chars().all(|character| !character.is_control() && character.len_utf16() == 1)
}
