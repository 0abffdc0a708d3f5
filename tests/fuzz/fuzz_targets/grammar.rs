//! Any text as dosage and as frequency: nothing panics, and what is understood makes a schedule or a refusal that says
//! something. How to run: see `Cargo.toml` beside this folder.

#![no_main]

use das_tern::domain::medicines::model::{DoseUnit, Form, Release, Route};
use das_tern::domain::prescriptions::grammar::{Refusal, parse_dosage, parse_frequency};
use das_tern::domain::prescriptions::product::Product;
use das_tern::platform::i18n::Language;
use libfuzzer_sys::fuzz_target;

/// No placeholder of the message is left open. A brace that the text itself holds is named as a part of it.
fn is_filled(text: &str, refusal: &Refusal) {
    for language in Language::ALL {
        let shown = refusal.text(language);
        assert!(text.contains(['{', '｛']) || !shown.contains('{'), "{refusal:?}");
    }
}

fuzz_target!(|text: &str| {
    let products = [
        Product::named(),
        Product::new(Form::Tablet, Route::Oral, DoseUnit::Tablet, "500 mg", Release::Plain),
        Product::new(Form::Injection, Route::Subcutaneous, DoseUnit::Vial, "100 IU/mL", Release::Plain),
    ];
    for product in &products {
        let dosage = parse_dosage(text, product);
        if let Err(refusal) = &dosage {
            is_filled(text, refusal);
        }
        match parse_frequency(text, product) {
            Ok(frequency) => {
                let _ = frequency.schedule(dosage.as_ref().ok(), product);
                let _ = frequency.schedule(None, product);
            }
            Err(refusal) => is_filled(text, &refusal),
        }
    }
});
