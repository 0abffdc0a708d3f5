//! README's table of limits says what the code does.

use std::collections::BTreeSet;
use std::path::Path;

use das_tern::api::limits::fixed;
use das_tern::platform::settings::Settings;
use regex::Regex;

/// Row by row: what, limit, beyond it.
fn table() -> Vec<[String; 3]> {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let section = readme.split("### Limits\n").nth(1).unwrap();
    let rows =
        section.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    rows.skip(2)
        .map(|row| {
            let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
            cells.iter().map(|&cell| cell.to_owned()).collect::<Vec<_>>().try_into().unwrap()
        })
        .collect()
}

/// Whether a name in the table, `*` standing for anything, is that of a setting.
fn is_named(name: &str, key: &str) -> bool {
    match name.split_once('*') {
        Some((beginning, end)) => key.starts_with(beginning) && key.ends_with(end),
        None => name == key,
    }
}

/// Settings that bound something, by section and key; a section without keys stands for all its numbers.
const BOUNDS: [(&str, &[&str]); 6] = [
    ("limits", &[]),
    ("server", &[]),
    ("real_time", &[]),
    ("auth", &["hash_threads", "hash_queue", "sessions_per_user_max"]),
    ("store", &["cache_mib", "look_minutes"]),
    ("sms", &[]),
];

#[test]
fn the_table_in_the_readme_has_the_defaults_of_the_settings() {
    let settings = serde_json::to_value(Settings::default()).unwrap();
    let (mut named, mut wrong) = (BTreeSet::new(), Vec::new());
    // The first number, perhaps with its unit, before the setting that it is the default of.
    let pattern = Regex::new(r"([\d,]+)( MiB)?[^`]*?\(`([a-z_]+)\.([a-z_*]+)`\)").unwrap();
    let plain = |number: &str| number.replace(',', "").parse::<u64>().ok();
    let numbers = Regex::new(r"[\d,]+").unwrap();
    for [what, limit, _] in table() {
        for found in pattern.captures_iter(&limit) {
            let (section, name) = (&found[3], &found[4]);
            named.insert((section.to_owned(), name.to_owned()));
            let stated: Vec<u64> = match name.contains('*') {
                true => numbers.find_iter(&limit).filter_map(|number| plain(number.as_str())).collect(),
                false => plain(&found[1]).into_iter().collect(),
            };
            let unit = if name.ends_with("_bytes") && found.get(2).is_some() { 1 << 20 } else { 1 };
            let defaults = settings[section].as_object().into_iter().flatten();
            for (key, default) in defaults.filter(|(key, _)| is_named(name, key)) {
                if !stated.iter().any(|number| default.as_u64() == Some(number * unit)) {
                    wrong.push(format!("{what}: {stated:?}, but `{section}.{key}` is {default}"));
                }
            }
        }
    }
    for (section, keys) in BOUNDS {
        let Some(defaults) = settings[section].as_object() else { continue };
        for (key, default) in
            defaults.iter().filter(|(key, _)| keys.is_empty() || keys.contains(&key.as_str()))
        {
            let stands = named.iter().any(|(of, name)| of == section && is_named(name, key));
            // So long it is only said that the server leaves.
            if default.is_u64() && !stands && key != "leave_seconds" {
                wrong.push(format!("`{section}.{key}` has no row"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_table_in_the_readme_has_the_bounds_of_the_code() {
    let table = table();
    let says =
        |row: &str, words: &str| table.iter().any(|[what, limit, _]| what == row && limit.contains(words));
    let wrong: Vec<_> = fixed().into_iter().filter(|(row, words)| !says(row, words)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
