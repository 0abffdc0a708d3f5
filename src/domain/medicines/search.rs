//! How an entry is found: its names, and the words that narrow a search.

use super::model::{Form, Medicine, Release};
use crate::platform::search::{Entry, Name, NameKind};

/// The entry as the search index knows it.
pub fn entry(medicine: &Medicine) -> Entry {
    let content = &medicine.content;
    let name = |kind, text: &str| Name { kind, text: text.to_owned() };
    let mut names = vec![name(NameKind::Proper, &content.generic), name(NameKind::Local, &content.khmer)];
    names.extend(content.french.iter().map(|french| name(NameKind::Foreign, french)));
    names.extend(content.synonyms.iter().map(|synonym| name(NameKind::Foreign, synonym)));
    names.extend(content.brands.iter().map(|brand| name(NameKind::Alias, brand)));
    let mut facets = vec![
        content.strength.clone(),
        content.form.name().replace('_', " "),
        content.route.name().to_owned(),
    ];
    facets.extend(sum_of_parts(&content.strength));
    facets.extend(release_words(content.release).iter().map(|&word| word.to_owned()));
    facets.extend(form_words(content.form).iter().map(|&word| word.to_owned()));
    Entry { id: medicine.id.as_u128(), names, facets, rank: rank(medicine) }
}

/// Presentations of one name: by form, then by strength.
fn rank(medicine: &Medicine) -> u64 {
    let form = Form::ALL.iter().position(|&form| form == medicine.content.form).unwrap_or_default() as u64;
    (form << 40) | strength_in_thousandths(&medicine.content.strength).min((1 << 40) - 1)
}

/// The first amount of a strength in thousandths of a milligram or of whatever its unit is, so that `1 g` comes
/// after `500 mg` and `500 mcg` before it.
fn strength_in_thousandths(strength: &str) -> u64 {
    let digits: String = strength
        .chars()
        .take_while(|letter| letter.is_ascii_digit() || matches!(letter, '.' | ' '))
        .collect();
    let unit = strength.get(digits.len()..).unwrap_or_default();
    let number: String = digits.split_whitespace().collect();
    let (whole, part) = number.split_once('.').unwrap_or((&number, ""));
    let part: String = part.chars().chain("000".chars()).take(3).collect();
    let thousandths = whole
        .parse::<u64>()
        .unwrap_or_default()
        .saturating_mul(1_000)
        .saturating_add(part.parse::<u64>().unwrap_or_default());
    if unit.starts_with("mcg") {
        thousandths / 1_000
    } else if unit == "g" || unit.starts_with("g ") || unit.starts_with("g/") {
        thousandths.saturating_mul(1_000)
    } else {
        thousandths
    }
}

/// What a combination holds in all, by which many call it: `625 mg` for `500 mg + 125 mg`; nothing where its parts are not all
/// weights.
fn sum_of_parts(strength: &str) -> Option<String> {
    let (parts, per) = strength.split_once('/').map_or((strength, None), |(parts, per)| (parts, Some(per)));
    let mut sum: u64 = 0;
    let mut count = 0_u32;
    for part in parts.split(" + ") {
        let is_weight = [" mg", " g", " mcg"].iter().any(|unit| part.ends_with(unit));
        sum = sum.checked_add(Some(strength_in_thousandths(part)).filter(|_| is_weight)?)?;
        count = count.saturating_add(1);
    }
    let milligrams = format!("{}.{:03}", sum / 1_000, sum % 1_000);
    let milligrams = milligrams.trim_end_matches('0').trim_end_matches('.');
    let all = per.map_or_else(|| format!("{milligrams} mg"), |per| format!("{milligrams} mg/{per}"));
    (count > 1).then_some(all)
}

/// How packs mark a release.
const fn release_words(release: Release) -> &'static [&'static str] {
    match release {
        Release::Plain => &[],
        Release::Modified => &["MR", "LP", "XR", "SR", "ER", "retard"],
        Release::GastroResistant => &["GR", "EC"],
    }
}

/// What people call a form in French and Khmer.
const fn form_words(form: Form) -> &'static [&'static str] {
    match form {
        Form::Tablet => &["comprimé", "cp", "គ្រាប់"],
        Form::Capsule => &["gélule", "gel", "កាប់ស៊ុល"],
        Form::Syrup => &["sirop", "ស៊ីរ៉ូ"],
        Form::Suspension => &["sirop", "ស៊ីរ៉ូ"],
        Form::Solution => &["soluté"],
        Form::Drops => &["gouttes", "ដំណក់"],
        Form::Sachet => &["sachet", "កញ្ចប់"],
        Form::Powder => &["poudre", "ម្សៅ"],
        Form::Suppository => &["suppositoire", "ស៊ុល"],
        Form::Pessary => &["ovule"],
        Form::Injection => &["injectable", "ampoule", "ចាក់", "អំពូល"],
        Form::Infusion => &["perfusion", "សេរ៉ូម"],
        Form::Vaccine => &["vaccin", "វ៉ាក់សាំង"],
        Form::Inhaler => &["inhalateur", "ស្រូប"],
        Form::NebuliserSolution => &["nébulisation"],
        Form::NasalSpray => &["spray", "ច្រមុះ"],
        Form::EyeDrops => &["collyre", "ភ្នែក"],
        Form::EarDrops => &["gouttes", "ត្រចៀក"],
        Form::Cream => &["crème", "ក្រែម"],
        Form::Ointment => &["pommade", "ប្រេង"],
        Form::Gel | Form::Lotion | Form::Patch | Form::Implant | Form::Device | Form::Other => &[],
        Form::Shampoo => &["shampooing", "សាប៊ូ"],
    }
}
