//! The repository tests itself: the arrows between the floors, who may name which library, texts, licences.

mod fences;
mod imports;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

struct Source {
    path: String,
    text: String,
}

fn sources_below(folder: &str) -> Vec<Source> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let mut paths = Vec::new();
    walk(&Path::new(ROOT).join(folder), &mut paths);
    paths.sort();
    paths
        .into_iter()
        .map(|path| Source {
            text: std::fs::read_to_string(&path).unwrap(),
            path: path.strip_prefix(ROOT).unwrap().to_str().unwrap().to_owned(),
        })
        .collect()
}

#[test]
fn message_texts_exist_in_both_languages() {
    let mut seen = BTreeMap::new();
    for entry in std::fs::read_dir(Path::new(ROOT).join("assets/messages")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let messages: BTreeMap<String, BTreeMap<String, String>> =
            toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        for (key, languages) in messages {
            let (en, km) = (&languages["en"], &languages["km"]);
            assert!(!en.trim().is_empty() && !km.trim().is_empty(), "{key} lacks a text");
            // Amounts with their unit are words too: each language has its own.
            let filled = km.replace("_khmer}", "}");
            assert_eq!(
                placeholders(en),
                placeholders(&filled),
                "{key}: the languages fill other placeholders"
            );
            let khmer = km.chars().any(|c| ('\u{1780}'..='\u{17FF}').contains(&c));
            assert!(khmer || !en.chars().any(|c| c.is_alphabetic()), "{key}: its Khmer text holds no Khmer");
            if let Some(other) = seen.insert(key.clone(), path.clone()) {
                panic!("{key} stands in {} and {}", other.display(), path.display());
            }
        }
    }
    // Every code that an error is made of has its text.
    let constructors = [
        "not_found(",
        "forbidden(",
        "unauthenticated(",
        "conflict(",
        "precondition_failed(",
        "payment_required(",
        "unprocessable(",
        "too_large(",
        "too_many(",
        "unavailable(",
    ];
    let mut missing = BTreeSet::new();
    for source in sources_below("src") {
        for constructor in constructors {
            for (at, _) in source.text.match_indices(&format!("Error::{constructor}\"")) {
                let rest = &source.text[at + "Error::".len() + constructor.len() + 1..];
                let code = &rest[..rest.find('"').unwrap()];
                if !seen.contains_key(code) {
                    missing.insert(format!("{code} ({})", source.path));
                }
            }
        }
    }
    assert!(missing.is_empty(), "codes without a text:\n{missing:#?}");
}

/// People read one spelling, one kind of digits and real plurals. Medicines are used, and swallowed only where all are
/// known to be taken by mouth.
#[test]
fn message_texts_keep_one_style() {
    let mut wrong = Vec::new();
    for entry in std::fs::read_dir(Path::new(ROOT).join("assets/messages")).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let messages: BTreeMap<String, BTreeMap<String, String>> = toml::from_str(&text).unwrap();
        for (key, languages) in messages {
            let (en, km) = (&languages["en"], &languages["km"]);
            // What a person may type on a prescription is shown as he may type it.
            let shows_input =
                key.contains("unreadable") || key.contains("dosage") || key.contains("frequency");
            let digits = km.chars().any(|c| ('\u{17E0}'..='\u{17E9}').contains(&c)) && !shows_input;
            let swallowed = km.contains("លេប") && key.starts_with("notification.");
            let spelling = ["គ្រូពេទ្យ", "ទូរសព្ទ"].iter().any(|word| km.contains(word));
            if digits || swallowed || spelling || en.contains("(s)") {
                wrong.push(format!("{key}: {en} {km}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The names of the values that a text shows or counts by.
fn placeholders(text: &str) -> BTreeSet<&str> {
    text.match_indices('{')
        .filter_map(|(at, _)| text[at + 1..].split_once('}').map(|(name, _)| name))
        .map(|name| name.split_once('|').map_or(name, |(name, _)| name))
        .collect()
}

#[test]
fn licences_are_on_the_allow_list() {
    let deny: toml::Table =
        toml::from_str(&std::fs::read_to_string(Path::new(ROOT).join("deny.toml")).unwrap()).unwrap();
    let allowed: BTreeSet<&str> = deny["licenses"]["allow"]
        .as_array()
        .unwrap()
        .iter()
        .map(|licence| licence.as_str().unwrap())
        .collect();
    let output = std::process::Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--locked", "--filter-platform=x86_64-unknown-linux-gnu"])
        .current_dir(ROOT)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut refused = Vec::new();
    for package in metadata["packages"].as_array().unwrap() {
        let licence = package["license"].as_str().unwrap_or("none named");
        if !permits(licence, &allowed) {
            refused.push(format!("{}: {licence}", package["name"]));
        }
        assert_ne!(package["name"], "openssl-sys", "TLS is rustls");
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

/// Whether an SPDX expression can be met by allowed licences: each AND part by one of its OR parts.
fn permits(expression: &str, allowed: &BTreeSet<&str>) -> bool {
    let plain = expression.replace(['(', ')'], " ").replace('/', " OR ");
    plain.split(" AND ").all(|part| part.split(" OR ").any(|licence| allowed.contains(licence.trim())))
}

/// What the documents for developers name is there.
#[test]
fn documents_name_files_that_exist() {
    const TOPS: [&str; 9] =
        ["src/", "tests/", "assets/", "data/", "openapi/", "packaging/", "benches/", ".ci/", "Cargo.toml"];
    let mut named = 0;
    for document in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"] {
        let text = std::fs::read_to_string(Path::new(ROOT).join(document)).unwrap();
        for path in text.split('`').skip(1).step_by(2) {
            let is_path = TOPS.iter().any(|top| path.starts_with(top)) && !path.contains([' ', '*']);
            if is_path && !path.contains("NAME") {
                named += 1;
                assert!(Path::new(ROOT).join(path).exists(), "{document} names {path}");
            }
        }
    }
    assert!(named > 40, "only {named} paths were found");
}

/// A table that is missing in the list is neither verified nor named when it is damaged.
#[test]
fn every_table_is_verified() {
    let listed = std::fs::read_to_string(Path::new(ROOT).join("src/domain/integrity.rs")).unwrap();
    let mut declared = 0;
    for source in sources_below("src") {
        let is_code = |line: &&str| !line.trim_start().starts_with("//");
        let code: String = source.text.lines().filter(is_code).collect::<Vec<_>>().join("\n");
        for (at, _) in code.match_indices(": Table<") {
            let before = &code[..at];
            let Some((_, name)) = before.rsplit_once("const ") else { continue };
            if name.chars().all(|letter| letter.is_ascii_uppercase() || letter == '_') {
                declared += 1;
                let place = source.path.trim_start_matches("src/domain/").trim_end_matches(".rs");
                let of_domain = format!("&{}::{name},", place.replace('/', "::"));
                let is_listed =
                    listed.lines().any(|line| line.trim() == of_domain || line.trim() == format!("&{name},"));
                assert!(is_listed, "{}: {name} does not stand in domain/integrity.rs", source.path);
            }
        }
    }
    assert!(declared > 45, "only {declared} tables were found");
}

/// Two tables with one number share their rows, and two indexes of one table their entries.
#[test]
fn no_two_tables_and_no_two_indexes_share_a_number() {
    let tables = das_tern::domain::integrity::tables();
    let numbers: BTreeSet<u16> = tables.iter().map(|table| table.number()).collect();
    let names: BTreeSet<&str> = tables.iter().map(|table| table.name()).collect();
    assert_eq!((numbers.len(), names.len()), (tables.len(), tables.len()));
    let mut indexes = BTreeSet::new();
    for source in sources_below("src") {
        for kind in ["Index::many(", "Index::unique("] {
            for (at, _) in source.text.match_indices(kind) {
                let parts: Vec<&str> = source.text[at + kind.len()..].split([',', ')']).take(2).collect();
                if parts[0].chars().all(|digit| digit.is_ascii_digit()) {
                    let index = parts.join(",");
                    assert!(indexes.insert(index.clone()), "{}: index {index} is taken", source.path);
                }
            }
        }
    }
    assert!(indexes.len() > 20, "only {} indexes were found", indexes.len());
}
