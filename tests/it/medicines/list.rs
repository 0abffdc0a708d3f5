//! The shipped list as a whole: what a pharmacist would check in every row.

use std::collections::{BTreeMap, BTreeSet};

use das_tern::domain::medicines::model::{Content, DoseUnit, Form, Release, Route};
use das_tern::domain::medicines::{SHIPPED_LIST, list};
use das_tern::platform::i18n::Language;

fn all() -> Vec<Content> {
    let mut all = Vec::new();
    let findings = list::read(list::text_of(SHIPPED_LIST).unwrap(), |_, content| {
        all.push(content);
        Ok(())
    })
    .unwrap();
    assert!(findings.faults.is_empty(), "{:#?}", findings.faults);
    all
}

fn active() -> Vec<Content> {
    all().into_iter().filter(|content| content.active).collect()
}

fn shown(content: &Content) -> String {
    content.display_name(Language::English)
}

fn none(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn no_two_entries_are_shown_alike() {
    for language in Language::ALL {
        let mut seen = BTreeSet::new();
        none(
            active()
                .iter()
                .map(|content| content.display_name(language))
                .filter(|name| !seen.insert(name.clone()))
                .collect(),
        );
    }
}

#[test]
fn names_say_form_and_route_where_they_matter() {
    let names: BTreeMap<String, Content> =
        active().into_iter().map(|content| (shown(&content), content)).collect();
    for (english, khmer) in [
        ("paracetamol 500 mg tablet", "ប៉ារ៉ាសេតាមុល 500 mg គ្រាប់"),
        ("ciprofloxacin 0.3% eye drops", "ស៊ីប្រូហ្វ្លុកសាស៊ីន 0.3% ថ្នាំដំណក់ភ្នែក"),
        ("ciprofloxacin 0.3% ear drops", "ស៊ីប្រូហ្វ្លុកសាស៊ីន 0.3% ថ្នាំដំណក់ត្រចៀក"),
        ("epinephrine 1 mg/mL injection (IM/SC)", "អេពីណេហ្វ្រីន 1 mg/mL ថ្នាំចាក់ (ចាក់សាច់ដុំ/ចាក់ក្រោមស្បែក)"),
        ("epinephrine 1 mg/mL injection (IV)", "អេពីណេហ្វ្រីន 1 mg/mL ថ្នាំចាក់ (ចាក់សរសៃ)"),
        ("diazepam 5 mg rectal solution", "ឌីយ៉ាហ្សេប៉ាម 5 mg ថ្នាំទឹកតាមរន្ធគូថ"),
        ("miconazole 2% mouth gel", "មីកូណាហ្សូល 2% ជែលលាបមាត់"),
        ("chloramphenicol 1% eye ointment", "ក្លរ៉ាំហ្វេនីកុល 1% ថ្នាំប្រេងលាបសម្រាប់ភ្នែក"),
        ("glyceryl trinitrate 0.5 mg sublingual tablet", "ទ្រីនីទ្រីន 0.5 mg គ្រាប់ដាក់ក្រោមអណ្តាត"),
        ("gliclazide 30 mg modified-release tablet", "គ្លីក្លាហ្ស៊ីត 30 mg គ្រាប់បញ្ចេញយឺត"),
        ("omeprazole 20 mg gastro-resistant capsule", "អូមេប្រាហ្សូល 20 mg គ្រាប់កាប់ស៊ុលមិនរលាយក្នុងក្រពះ"),
        ("bcg vaccine 0.05 mL (ID)", "វ៉ាក់សាំង បេសេហ្សេ 0.05 mL (ចាក់ក្នុងស្បែក)"),
        ("oxygen 100% (inhaled)", "អុកស៊ីសែន 100% (ស្រូប)"),
        ("morphine 10 mg tablet", "ម័រហ្វីន 10 mg គ្រាប់"),
        ("morphine 10 mg modified-release tablet", "ម័រហ្វីន 10 mg គ្រាប់បញ្ចេញយឺត"),
    ] {
        let content = names.get(english).unwrap_or_else(|| panic!("nothing is shown as {english}"));
        assert_eq!(content.display_name(Language::Khmer), khmer);
    }
}

#[test]
fn what_is_counted_fits_the_form() {
    let fits = |content: &Content| {
        let allowed: &[DoseUnit] = match content.form {
            Form::Tablet => &[DoseUnit::Tablet],
            Form::Capsule => &[DoseUnit::Capsule],
            Form::Syrup | Form::Suspension | Form::Infusion | Form::NebuliserSolution => {
                &[DoseUnit::Milliliter]
            }
            Form::Solution => {
                &[DoseUnit::Milliliter, DoseUnit::Ampoule, DoseUnit::Application, DoseUnit::Unit]
            }
            Form::Drops | Form::EyeDrops | Form::EarDrops => &[DoseUnit::Drop],
            Form::Sachet => &[DoseUnit::Sachet],
            Form::Powder => &[DoseUnit::Application, DoseUnit::Dose, DoseUnit::Unit],
            Form::Suppository => &[DoseUnit::Suppository],
            Form::Injection => &[DoseUnit::Ampoule, DoseUnit::Vial, DoseUnit::Dose],
            Form::Vaccine => &[DoseUnit::Dose],
            Form::Inhaler | Form::NasalSpray => &[DoseUnit::Puff],
            Form::Patch => &[DoseUnit::Patch],
            Form::Pessary | Form::Implant | Form::Device | Form::Other => &[DoseUnit::Unit],
            // Eye ointment and mouth gel too.
            Form::Cream | Form::Ointment | Form::Gel | Form::Lotion | Form::Shampoo => {
                &[DoseUnit::Application]
            }
        };
        allowed.contains(&content.unit)
    };
    none(active().iter().filter(|content| !fits(content)).map(shown).collect());
}

/// `500 mg`, `1.2 million IU`, `0.9%`.
fn is_amount(text: &str) -> bool {
    const UNITS: [&str; 11] =
        ["million IU", "mcg", "mg", "g", "mL", "IU", "TU", "%", "mm2", "tablet", "piece"];
    let text = text.strip_suffix(" drops").map_or_else(|| text.to_owned(), |count| format!("{count} piece"));
    UNITS.iter().any(|unit| {
        text.strip_suffix(unit).is_some_and(|number| {
            let number = number.trim_end().replace(' ', "");
            number.starts_with(|first: char| first.is_ascii_digit())
                && number.parse::<f64>().is_ok_and(|number| number > 0.0)
        })
    })
}

/// `5 mL`, `mL`, `puff`.
fn is_volume(text: &str) -> bool {
    is_amount(text) || matches!(text, "mL" | "g" | "h" | "24 h" | "drop" | "puff" | "dose" | "spray")
}

#[test]
fn strengths_can_be_computed() {
    let part = |text: &str| match text.split_once('/') {
        Some((amount, volume)) => is_amount(amount) && is_volume(volume),
        // The ratio that packs print for epinephrine in a local anaesthetic.
        None => is_amount(text) || text == "1:100 000",
    };
    let good = |content: &Content| {
        content.strength.split(" + ").all(part)
            && content.strength.split(" + ").count() == content.generic.split(" + ").count()
    };
    none(active().iter().filter(|content| !good(content)).map(shown).collect());
    for bad in ["500", "1,5 g", "mg", "-5 mg", "0 mg", "40/5 mg", "5 mg/", "5 spoons"] {
        assert!(!part(bad), "{bad}");
    }
}

#[test]
fn a_brand_is_one_composition() {
    let mut generics: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut releases: BTreeMap<String, BTreeSet<Release>> = BTreeMap::new();
    let mut wrong = Vec::new();
    for content in active() {
        for brand in &content.brands {
            generics.entry(brand.clone()).or_default().insert(content.generic.clone());
            let one = format!("{brand} {} {}", content.form.name(), content.route.name());
            releases.entry(one).or_default().insert(content.release);
            // What a pack marks so is never plain, and the other way round only where the brand exists in one release.
            let marks = [" LP", " MR", " XR", " SR", " CR", " XL", " LA", " OROS", " Retard", " Chrono"];
            if marks.iter().any(|mark| brand.ends_with(mark)) && content.release != Release::Modified {
                wrong.push(format!("{brand} on {}", shown(&content)));
            }
        }
    }
    wrong
        .extend(generics.iter().filter(|(_, of)| of.len() > 1).map(|(brand, of)| format!("{brand}: {of:?}")));
    wrong
        .extend(releases.iter().filter(|(_, of)| of.len() > 1).map(|(brand, of)| format!("{brand}: {of:?}")));
    none(wrong);
    for (brand, only) in [
        ("Rifater", "120 mg + 50 mg + 300 mg"),
        ("Rifinah", "300 mg + 150 mg"),
        ("Mercilon", "150 mcg + 20 mcg"),
        ("Yaz", "3 mg + 20 mcg"),
        ("Uvedose", "100 000 IU/2 mL"),
    ] {
        for content in active().iter().filter(|content| content.brands.iter().any(|name| name == brand)) {
            assert_eq!(content.strength, only, "{brand}");
        }
    }
}

#[test]
fn what_must_be_swallowed_whole_says_so() {
    let whole: [(&str, Form, &str, Release); 22] = [
        ("gliclazide", Form::Tablet, "30 mg", Release::Modified),
        ("gliclazide", Form::Tablet, "60 mg", Release::Modified),
        ("nifedipine", Form::Tablet, "20 mg", Release::Modified),
        ("felodipine", Form::Tablet, "5 mg", Release::Modified),
        ("indapamide", Form::Tablet, "1.5 mg", Release::Modified),
        ("trimetazidine", Form::Tablet, "35 mg", Release::Modified),
        ("potassium chloride", Form::Tablet, "600 mg", Release::Modified),
        ("theophylline", Form::Tablet, "200 mg", Release::Modified),
        ("venlafaxine", Form::Capsule, "75 mg", Release::Modified),
        ("tamsulosin", Form::Capsule, "0.4 mg", Release::Modified),
        ("alfuzosin", Form::Tablet, "10 mg", Release::Modified),
        ("mesalazine", Form::Tablet, "500 mg", Release::Modified),
        ("oxycodone", Form::Tablet, "10 mg", Release::Modified),
        ("omeprazole", Form::Capsule, "20 mg", Release::GastroResistant),
        ("esomeprazole", Form::Tablet, "40 mg", Release::GastroResistant),
        ("lansoprazole", Form::Capsule, "30 mg", Release::GastroResistant),
        ("pantoprazole", Form::Tablet, "40 mg", Release::GastroResistant),
        ("rabeprazole", Form::Tablet, "20 mg", Release::GastroResistant),
        ("duloxetine", Form::Capsule, "30 mg", Release::GastroResistant),
        ("bisacodyl", Form::Tablet, "5 mg", Release::GastroResistant),
        ("valproic acid", Form::Tablet, "200 mg", Release::GastroResistant),
        ("mycophenolic acid", Form::Tablet, "360 mg", Release::GastroResistant),
    ];
    let rows = active();
    for (generic, form, strength, release) in whole {
        let found: Vec<Release> = rows
            .iter()
            .filter(|row| row.generic == generic && row.form == form && row.strength == strength)
            .map(|row| row.release)
            .collect();
        assert_eq!(found, [release], "{generic} {strength}");
    }
}

/// One ATC code means one substance and one route, apart from what the classification itself puts together.
#[test]
fn codes_fit_their_substances() {
    let together = [
        // Artificial tears; both forms of amphotericin; the acid and its ester; electrolyte solutions.
        "S01XA20", "J02AA01", "L04AA06", "B05BB01",
    ];
    let mut substances: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut codes: BTreeMap<(String, Route), BTreeSet<String>> = BTreeMap::new();
    for content in active() {
        let Some(code) = content.atc_code else { continue };
        if !content.generic.contains(" + ") && !together.contains(&&*code) {
            substances.entry(code.clone()).or_default().insert(content.generic.clone());
        }
        codes.entry((content.generic, content.route)).or_default().insert(code);
    }
    none(
        substances
            .iter()
            .filter(|(_, of)| of.len() > 1)
            .map(|(code, of)| format!("{code}: {of:?}"))
            .collect(),
    );
    none(
        codes
            .iter()
            // Low doses are coded as antiplatelet, high ones as analgesic.
            .filter(|((generic, _), of)| of.len() > 1 && generic != "acetylsalicylic acid")
            .map(|(name, of)| format!("{name:?}: {of:?}"))
            .collect(),
    );
}

#[test]
fn one_substance_has_one_khmer_name() {
    let rows = active();
    let single: BTreeMap<&str, &str> = rows.iter().map(|row| (&*row.generic, &*row.khmer)).collect();
    let mut wrong = Vec::new();
    for row in &rows {
        let (parts, names): (Vec<_>, Vec<_>) =
            (row.generic.split(" + ").collect(), row.khmer.split(" + ").collect());
        if parts.len() != names.len() {
            wrong.push(format!("{}: {}", row.generic, row.khmer));
        }
        for (part, name) in parts.iter().zip(names) {
            let known = single.get(part).copied().unwrap_or(name);
            if known.replace(' ', "") != name.replace(' ', "") {
                wrong.push(format!("{}: {part} is {known} elsewhere", row.generic));
            }
        }
    }
    none(wrong);
}

#[test]
fn withdrawn_rows_say_why_and_what_instead() {
    let rows = active();
    let shown_names: BTreeSet<String> = rows.iter().map(shown).collect();
    let mut wrong = Vec::new();
    for row in all().into_iter().filter(|row| !row.active) {
        match row.withdrawn.as_deref() {
            None => wrong.push(format!("{} does not say why", shown(&row))),
            Some(reason) => {
                if let Some(other) = reason.strip_prefix("Replaced by ")
                    && !shown_names.contains(other)
                {
                    wrong.push(format!("{}: no entry is shown as {other}", shown(&row)));
                }
            }
        }
    }
    none(wrong);
    assert!(!rows.iter().any(|row| row.generic == "ranitidine"));
}

#[test]
fn limits_and_ordinary_pieces_are_understood() {
    let rows = active();
    none(
        rows.iter()
            .filter(|row| {
                let unread = |text: &Option<String>, read: usize| text.is_some() && read == 0;
                unread(&row.max_daily_dose, row.daily_limits().len())
                    || unread(&row.max_single_dose, row.single_limits().len())
                    || (row.usual_pieces.is_some() && row.piece_range().is_none())
            })
            .map(shown)
            .collect(),
    );
    let pieces = |generic: &str, strength: &str| {
        let row = rows.iter().find(|row| row.generic == generic && row.strength == strength);
        row.and_then(|row| row.usual_pieces.clone())
    };
    assert_eq!(pieces("prednisolone", "5 mg").as_deref(), Some("1-12"));
    assert_eq!(pieces("methotrexate", "2.5 mg").as_deref(), Some("1-10 weekly"));
    let mut weekly: Vec<String> =
        rows.iter().filter(|row| row.piece_range().is_some_and(|range| range.weekly)).map(shown).collect();
    weekly.sort();
    assert_eq!(weekly.len(), 3, "{weekly:?}");
    assert_eq!(pieces("alendronic acid", "70 mg").as_deref(), Some("1-1 weekly"));
    assert_eq!(pieces("risedronic acid", "35 mg").as_deref(), Some("1-1 weekly"));
    assert_eq!(pieces("rifampicin + isoniazid", "150 mg + 75 mg").as_deref(), Some("1-5"));
}

#[test]
fn what_is_given_with_a_needle_names_the_ways_of_its_label() {
    use Route::{Intramuscular as Im, Intravenous as Iv, Subcutaneous as Sc};
    let rows = active();
    let all = |generic: &str, strength: &str| {
        let row = rows.iter().find(|row| row.generic == generic && row.strength == strength).unwrap();
        if row.routes.is_empty() { vec![row.route] } else { row.routes.clone() }
    };
    for (generic, strength, routes) in [
        ("ceftriaxone", "1 g", &[Iv, Im][..]),
        ("gentamicin", "40 mg/mL", &[Iv, Im]),
        ("phytomenadione", "10 mg/mL", &[Iv, Im, Sc]),
        ("morphine", "10 mg/mL", &[Iv, Im, Sc]),
        ("heparin", "5 000 IU/mL", &[Iv, Sc]),
        ("insulin human, soluble", "100 IU/mL", &[Sc, Iv]),
        // One way only: the others harm or kill.
        ("benzathine benzylpenicillin", "2.4 million IU", &[Im]),
        ("enoxaparin", "4 000 IU/0.4 mL", &[Sc]),
        ("insulin glargine", "100 IU/mL", &[Sc]),
        ("insulin human, isophane", "100 IU/mL", &[Sc]),
        ("medroxyprogesterone", "150 mg/mL", &[Im]),
        ("vincristine", "1 mg/mL", &[Iv]),
        ("potassium chloride", "100 mg/mL", &[Iv]),
    ] {
        let found = all(generic, strength);
        assert_eq!(found.len(), routes.len(), "{generic}: {found:?}");
        assert!(routes.iter().all(|route| found.contains(route)), "{generic}: {found:?}");
    }
    none(
        rows.iter()
            .filter(|row| {
                let first = row.routes.first().is_some_and(|first| *first != row.route);
                first || row.routes.len() == 1 || !row.routes.iter().all(|route| route.is_by_needle())
            })
            .map(shown)
            .collect(),
    );
}

/// A daily maximum is of the medicine, not of one pack of it.
#[test]
fn every_plain_oral_form_carries_the_maximum_of_its_ingredient() {
    let rows = active();
    let oral: Vec<_> =
        rows.iter().filter(|row| row.route == Route::Oral && row.release == Release::Plain).collect();
    let limited =
        |generic: &str| oral.iter().find(|row| row.generic == generic && row.max_daily_dose.is_some());
    none(
        oral.iter()
            .filter(|row| {
                limited(&row.generic).is_some_and(|known| {
                    (&known.max_daily_dose, &known.dose_source) != (&row.max_daily_dose, &row.dose_source)
                })
            })
            .map(|row| shown(row))
            .collect(),
    );
    assert!(oral.iter().filter(|row| row.generic == "paracetamol").count() >= 4);
}

/// Descriptions that once told the wrong thing.
#[test]
fn descriptions_do_not_promise_what_a_medicine_cannot_do() {
    let mut wrong = Vec::new();
    for row in active() {
        let text = row.description.clone().unwrap_or_default().to_lowercase();
        let says = |words: &str| text.contains(words);
        let thins = ["alteplase", "streptokinase"].contains(&&*row.generic);
        let bad = (says("dissolves") && says("clot") && !thins)
            || (says("replaces lost water") || says("replaces the water"))
                && row.generic != "oral rehydration salts"
            || (says("fever") && row.generic == "nefopam")
            || (matches!(row.form, Form::EyeDrops | Form::EarDrops) && (says("urine") || says("bowel")));
        if bad {
            wrong.push(format!("{}: {text}", shown(&row)));
        }
    }
    none(wrong);
}
