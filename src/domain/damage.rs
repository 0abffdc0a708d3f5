//! Damaged pages in words: which table, which keys.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::{Value, json};
use uuid::Uuid;

use super::integrity;
use crate::platform::store::{AnyTable, Held, Key as _, KeyReader, LostRows, PageFault};
use crate::platform::text::hex;

/// Longest part of a key that is shown, in bytes: ids are never longer.
const SHOWN_BYTES: usize = 40;

/// The tables by their number.
pub fn table_names() -> BTreeMap<u16, &'static str> {
    integrity::tables().into_iter().map(|table| (table.number(), table.name())).collect()
}

/// The number of the table to which a raw key belongs.
pub fn table_of(raw_key: &[u8]) -> Option<u16> {
    raw_key.first_chunk().map(|bytes| u16::from_be_bytes(*bytes))
}

/// The name of the table to which a raw key belongs.
pub fn name_of(raw_key: &[u8]) -> String {
    match table_of(raw_key) {
        Some(0) => "the file's own numbers".to_owned(),
        Some(number) => {
            table_names().get(&number).map_or_else(|| format!("table {number}"), |name| (*name).to_owned())
        }
        None => "the beginning".to_owned(),
    }
}

/// A raw key: `users row 0192abcd-...`. What looks like an id is written as the API writes ids, so that it can be looked
/// for; the rest in hexadecimal digits.
pub fn key_in_words(raw_key: &[u8]) -> String {
    let part = raw_key.get(3..).unwrap_or_default();
    let shown =
        day_in_words(raw_key).unwrap_or_else(|| parts_in_words(part.get(..SHOWN_BYTES).unwrap_or(part)));
    match raw_key.get(2) {
        Some(0) => format!("{} row {shown}", name_of(raw_key)),
        Some(index) => format!("{} index {index} {shown}", name_of(raw_key)),
        None => name_of(raw_key),
    }
}

/// The patient and the day of a row of doses.
fn day_in_words(raw_key: &[u8]) -> Option<String> {
    use super::doses::tables::DAYS;
    let [_, _, 0, key @ ..] = raw_key else { return None };
    let (patient, day) = key.split_first_chunk::<16>()?;
    let day = <[u8; 8]>::try_from(day).ok().filter(|_| table_of(raw_key) == Some(DAYS.number()))?;
    let day = NaiveDate::decode(&mut KeyReader::new(&day)).ok()?;
    Some(format!("of {} for {day}", Uuid::from_bytes(*patient)))
}

fn parts_in_words(mut part: &[u8]) -> String {
    let mut words = Vec::new();
    while let Some((id, rest)) =
        part.split_first_chunk().map(|(bytes, rest)| (Uuid::from_bytes(*bytes), rest))
    {
        // The ids that this program gives.
        if id.get_version() != Some(uuid::Version::SortRand) || id.get_variant() != uuid::Variant::RFC4122 {
            break;
        }
        words.push(id.to_string());
        part = rest;
    }
    if !part.is_empty() {
        words.push(hex(part));
    }
    words.join(" ")
}

/// Every table of which something may lie between the two keys.
pub fn tables_between(after: Option<&[u8]>, up_to: Option<&[u8]>) -> Vec<&'static str> {
    let first = after.and_then(table_of).unwrap_or(0);
    let last = up_to.and_then(table_of).unwrap_or(u16::MAX);
    table_names().range(first..=last.max(first)).map(|(_, name)| *name).collect()
}

/// The tables of which something may have been on the page.
pub fn tables_of(fault: &PageFault) -> Vec<&'static str> {
    match fault.held {
        Held::Books => Vec::new(),
        Held::Entries | Held::Way => tables_between(fault.after.as_deref(), fault.up_to.as_deref()),
    }
}

fn range_in_words(fault: &PageFault) -> String {
    let after = fault
        .after
        .as_deref()
        .map_or_else(|| "the first key".to_owned(), |key| format!("after {}", key_in_words(key)));
    let up_to = fault.up_to.as_deref().map_or_else(|| "the last key".to_owned(), key_in_words);
    format!("{after} up to {up_to}")
}

/// Whether rows may have been on the page, or only index entries, which are made anew from the rows.
pub fn holds_rows(fault: &PageFault) -> bool {
    let ends = [&fault.after, &fault.up_to].map(|key| key.as_deref().unwrap_or_default());
    let [(after, after_part), (up_to, up_to_part)] = ends.map(|key| (table_of(key), key.get(2).copied()));
    let within_an_index = after.is_some()
        && after == up_to
        && [after_part, up_to_part].iter().all(|part| part.is_some_and(|part| part > 0));
    fault.held != Held::Books && !within_an_index
}

/// A damaged page for people.
pub fn in_words(fault: &PageFault) -> String {
    let (place, what) = (fault.offset, fault.what);
    match fault.held {
        Held::Books => format!("page at byte {place}: {what}; it held the engine's own books, no data"),
        Held::Way if fault.after.is_none() && fault.up_to.is_none() => {
            format!("page at byte {place}: {what}; it led to everything")
        }
        Held::Entries | Held::Way => {
            let tables = tables_of(fault).join(", ");
            format!("page at byte {place}: {what}; it held {tables}: {}", range_in_words(fault))
        }
    }
}

fn is_of_catalogue(table: u16) -> bool {
    use super::medicines::tables::{CATALOGUE, MEDICINES, STAGED};
    [MEDICINES.number(), CATALOGUE.number(), STAGED.number()].contains(&table)
}

/// Lost rows for people.
pub fn lost_in_words(lost: &LostRows) -> String {
    let (day, table) = (lost.at.to_utc().format("%Y-%m-%d"), name_of(&lost.up_to));
    let needed = match table_of(&lost.up_to).filter(|_| lost.passed) {
        None => "",
        Some(table) if is_of_catalogue(table) => "; they were put back from the list that the program brings",
        Some(table) if table == super::doses::tables::DAYS.number() => {
            "; doses of these days count as used as planned, and nobody is asked for them again"
        }
        Some(_) => "; nobody needs them any more",
    };
    let [after, up_to] = [&lost.after, &lost.up_to].map(|key| key.get(3).map(|_| key_in_words(key)));
    if lost.is_of_indexes() {
        let after = after.map_or_else(|| "from the first index on".to_owned(), |key| format!("after {key}"));
        let up_to = up_to.map_or_else(|| "up to the last index".to_owned(), |key| format!("up to {key}"));
        return format!(
            "lists of {table} may miss rows that were lost on {day} and are refused: {after} {up_to}{needed}"
        );
    }
    let after = after.map_or_else(|| "from the first row on".to_owned(), |key| format!("after {key}"));
    // The end of all rows is written as the first index.
    let up_to = up_to.filter(|_| lost.up_to.get(2) == Some(&0));
    let up_to = up_to.map_or_else(|| "up to the last row".to_owned(), |key| format!("up to {key}"));
    format!("rows of {table} were lost on {day} with a damaged page: {after} {up_to}{needed}")
}

/// A damaged page for programs.
pub fn as_json(fault: &PageFault) -> Value {
    json!({
        "offset": fault.offset,
        "what": fault.what,
        "tables": tables_of(fault),
        "after": fault.after.as_deref().map(key_in_words),
        "upTo": fault.up_to.as_deref().map(key_in_words),
        "legible": fault.legible,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_in_keys_are_written_as_the_api_writes_them() {
        let id = Uuid::from_u128(0x0192_abcd_ef01_7234_8567_89ab_cdef_0123);
        let mut key = vec![0, 20, 0];
        key.extend(id.as_bytes());
        assert_eq!(key_in_words(&key), "users row 0192abcd-ef01-7234-8567-89abcdef0123");
        key.extend([0x80, 1]);
        assert_eq!(key_in_words(&key), "users row 0192abcd-ef01-7234-8567-89abcdef0123 8001");
        assert_eq!(key_in_words(&[0, 20, 2, 0xab, 0xcd]), "users index 2 abcd");
        assert_eq!(key_in_words(&[0; 19]), format!("the file's own numbers row {}", "00".repeat(16)));
    }
}
