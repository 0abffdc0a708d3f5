//! Every e-mail in both languages.

use std::collections::BTreeSet;
use std::path::Path;

use das_tern::cli::mail::{all, example, one_of_each};
use das_tern::domain::notifications::model::NotificationType;
use das_tern::platform::i18n::Language;
use das_tern::platform::settings::ClinicSettings;

#[test]
fn every_type_has_a_template() {
    let names = all();
    for kind in NotificationType::ALL {
        let name = kind.name().to_lowercase();
        assert!(names.iter().any(|known| known.split('.').next() == Some(&name)), "{name} has no text");
        assert!(
            one_of_each().iter().any(|known| known.split('.').next() == Some(&name)),
            "{name} has no example"
        );
    }
    assert!(one_of_each().contains(&"prescription_shared".to_owned()));
}

#[test]
fn every_variant_is_whole_in_both_languages() {
    for name in all() {
        for language in Language::ALL {
            let letter = example(&ClinicSettings::default(), &name, language).unwrap().unwrap();
            let (head, body) = letter.html.split_once("</style>").unwrap();
            assert!(head.contains(&format!("<html lang=\"{}\">", language.tag())), "{name}");
            for text in [&letter.subject, &letter.text, body] {
                assert!(!text.contains(['{', '}', '@']), "{name}: a placeholder is left:\n{text}");
                let words = text.split([' ', '\n', '>', '[']);
                let keys = ["notification.", "mail.", "nudge_response.", "scope."];
                let is_key = |word: &str| keys.iter().any(|key| word.starts_with(key));
                assert!(!words.into_iter().any(is_key), "{name}: no words:\n{text}");
                let khmer = text.chars().any(|c| ('\u{1780}'..='\u{17FF}').contains(&c));
                assert_eq!(khmer, language == Language::Khmer, "{name}: the wrong language:\n{text}");
            }
        }
    }
}

#[test]
fn the_checked_in_examples_are_what_is_sent() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/mail/examples");
    let mut wrong = BTreeSet::new();
    for language in Language::ALL {
        let mut known = BTreeSet::new();
        for name in one_of_each() {
            let letter = example(&ClinicSettings::default(), &name, language).unwrap().unwrap();
            for (extension, text) in [("html", &letter.html), ("txt", &letter.text)] {
                let file = format!("{name}.{extension}");
                let path = folder.join(language.tag()).join(&file);
                if std::fs::read_to_string(&path).ok().as_ref() != Some(text) {
                    wrong.insert(path.display().to_string());
                }
                known.insert(file);
            }
        }
        for entry in std::fs::read_dir(folder.join(language.tag())).into_iter().flatten() {
            let file = entry.unwrap().file_name().into_string().unwrap();
            if !known.contains(&file) {
                wrong.insert(format!("{file}: of no type"));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "after looking at the difference, cargo run -- mail preview --out assets/mail/examples\n{wrong:#?}"
    );
}
