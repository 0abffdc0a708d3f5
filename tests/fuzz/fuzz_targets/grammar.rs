//! Any text as dosage and as frequency: nothing panics, and what is understood makes a schedule or a refusal that says
//! something. How to run: see `Cargo.toml` beside this folder.

#![no_main]

use das_tern::domain::medicines::model::{DoseUnit, Form, Route};
use das_tern::domain::prescriptions::grammar::{parse_dosage, parse_frequency};
use das_tern::domain::prescriptions::product::{Product, Release};
use das_tern::platform::i18n::Language;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let products = [
        Product::named(),
        Product::new(Form::Tablet, Route::Oral, DoseUnit::Tablet, "500 mg", Release::Plain),
        Product::new(Form::Injection, Route::Subcutaneous, DoseUnit::Vial, "100 IU/mL", Release::Plain),
    ];
    for product in &products {
        let dosage = parse_dosage(text, product);
        if let Err(refusal) = &dosage {
            assert!(!refusal.text(Language::English).contains('{'), "{refusal:?}");
        }
        if let Ok(frequency) = parse_frequency(text, product) {
            let _ = frequency.schedule(dosage.as_ref().ok(), product);
            let _ = frequency.schedule(None, product);
        }
    }
});
