//! What a catalogue entry must be like.

use sha2::{Digest, Sha256};

use super::limits;
use super::model::{Content, Form, Release, Route};
use super::strength;
use crate::platform::error::{FieldError, FieldErrors, Result};
use crate::platform::ids::MedicineId;

/// Most characters of a name, strength, class or dose.
pub const SHORT_MAX: usize = 200;
/// Most characters of a description, note, source or provenance.
pub const LONG_MAX: usize = 2_000;
/// Most brand names of an entry, and most synonyms.
pub const BRANDS_MAX: usize = 40;

/// The id of the plain entry with this identity: a UUID of version 8 (RFC 9562, 5.8) made of the first bits of
/// SHA-256 over the four parts, lower case and with single spaces. So the same medicine has the same id in every
/// installation and after every import.
pub fn medicine_id(generic: &str, form: Form, strength: &str, route: Route) -> MedicineId {
    identity(generic, form, strength, route, Release::Plain)
}

/// The id of the entry with this identity. The release is a fifth part unless it is plain, so that entries made before
/// the catalogue knew releases keep their id.
pub fn identity(generic: &str, form: Form, strength: &str, route: Route, release: Release) -> MedicineId {
    let mut hash = Sha256::new();
    let released = (release != Release::Plain).then_some(release.name());
    for part in
        ["das-tern medicine", generic, form.name(), strength, route.name()].into_iter().chain(released)
    {
        let folded = part.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        hash.update(folded.as_bytes());
        hash.update([0]);
    }
    let digest: [u8; 32] = hash.finalize().into();
    let bytes = digest.first_chunk::<16>().copied().unwrap_or_default();
    MedicineId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

/// The id an entry with this content has.
pub fn id_of(content: &Content) -> MedicineId {
    identity(&content.generic, content.form, &content.strength, content.route, content.release)
}

/// Trims the texts, turns empty ones into absent ones and the generic name into lower case, and writes the units of the
/// strength and the maxima in one way.
#[must_use]
pub fn tidied(mut content: Content) -> Content {
    content.generic = single_spaced(&content.generic).to_lowercase();
    content.khmer = single_spaced(&content.khmer);
    content.strength = single_spaced(&content.strength);
    if let Some(strength) = strength::canonical(&content.strength) {
        content.strength = strength;
    }
    for names in [&mut content.brands, &mut content.synonyms] {
        *names = names.iter().map(|name| single_spaced(name)).filter(|name| !name.is_empty()).collect();
    }
    content.routes = several(content.route, &content.routes);
    content.atc_code = content.atc_code.map(|code| code.trim().to_uppercase());
    for text in [
        &mut content.french,
        &mut content.atc_code,
        &mut content.class,
        &mut content.description,
        &mut content.usual_dose,
        &mut content.max_single_dose,
        &mut content.max_daily_dose,
        &mut content.dose_source,
        &mut content.usual_pieces,
        &mut content.pregnancy_note,
        &mut content.renal_note,
        &mut content.note_source,
        &mut content.provenance,
        &mut content.withdrawn,
    ] {
        *text = text.take().map(|text| single_spaced(&text)).filter(|text| !text.is_empty());
    }
    for maximum in [&mut content.max_single_dose, &mut content.max_daily_dose] {
        *maximum = maximum.take().map(|text| limits::tidied(&text));
    }
    content
}

/// The ways each once, the entry's own first; nothing when there is no other.
fn several(own: Route, all: &[Route]) -> Vec<Route> {
    let others = Route::ALL.iter().copied().filter(|route| *route != own && all.contains(route));
    let several: Vec<Route> =
        all.iter().copied().filter(|route| *route == own).take(1).chain(others).collect();
    if several == [own] { Vec::new() } else { several }
}

fn single_spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// How a caller names the fields of an entry.
pub type FieldName = fn(Field) -> &'static str;

/// The fields that can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Field {
    Generic,
    Khmer,
    French,
    Brands,
    Synonyms,
    Strength,
    AtcCode,
    Class,
    Description,
    UsualDose,
    MaxSingleDose,
    MaxDailyDose,
    DoseSource,
    UsualPieces,
    PregnancyNote,
    RenalNote,
    NoteSource,
    Provenance,
    Withdrawn,
    Routes,
}

/// Checks a tidied entry and names every bad field.
///
/// # Errors
/// With one entry for each bad field, named by `name`.
pub fn check(content: &Content, name: FieldName) -> Result<()> {
    let mut errors = FieldErrors::new();
    for (field, text) in [
        (Field::Generic, &content.generic),
        (Field::Khmer, &content.khmer),
        (Field::Strength, &content.strength),
    ] {
        if text.is_empty() {
            errors.add(name(field), "medicine_field_required");
        }
        check_length(&mut errors, name(field), text, SHORT_MAX);
    }
    if !content.generic.is_empty() && !content.generic.chars().any(char::is_alphanumeric) {
        errors.add(name(Field::Generic), "medicine_name_unreadable");
    }
    if !content.khmer.is_empty() && !content.khmer.chars().any(is_khmer) {
        errors.add(name(Field::Khmer), "medicine_khmer_expected");
    }
    let optional = [
        (Field::French, &content.french, SHORT_MAX),
        (Field::Class, &content.class, SHORT_MAX),
        (Field::Description, &content.description, LONG_MAX),
        (Field::UsualDose, &content.usual_dose, SHORT_MAX),
        (Field::MaxSingleDose, &content.max_single_dose, SHORT_MAX),
        (Field::MaxDailyDose, &content.max_daily_dose, SHORT_MAX),
        (Field::DoseSource, &content.dose_source, LONG_MAX),
        (Field::PregnancyNote, &content.pregnancy_note, LONG_MAX),
        (Field::RenalNote, &content.renal_note, LONG_MAX),
        (Field::NoteSource, &content.note_source, LONG_MAX),
        (Field::Provenance, &content.provenance, LONG_MAX),
        (Field::Withdrawn, &content.withdrawn, LONG_MAX),
    ];
    for (field, text, max) in optional {
        if let Some(text) = text {
            check_length(&mut errors, name(field), text, max);
        }
    }
    for (field, names) in [(Field::Brands, &content.brands), (Field::Synonyms, &content.synonyms)] {
        if names.len() > BRANDS_MAX {
            errors.push(FieldError::new(name(field), "medicine_too_many_names").with("max", BRANDS_MAX));
        }
        for text in names {
            check_length(&mut errors, name(field), text, SHORT_MAX);
        }
    }
    if content.atc_code.as_deref().is_some_and(|code| !is_atc_code(code)) {
        errors.add(name(Field::AtcCode), "medicine_atc_code_invalid");
    }
    if content.withdrawn.is_some() && content.active {
        errors.add(name(Field::Withdrawn), "medicine_withdrawn_but_active");
    }
    // Beside a needle the form says how it is given.
    let are_needles = content.routes.iter().all(|route| route.is_by_needle());
    let is_sound = content.routes.is_empty() || (are_needles && content.routes.contains(&content.route));
    if !is_sound {
        errors.add(name(Field::Routes), "medicine_routes_invalid");
    }
    check_strength(&mut errors, content, name);
    check_limits(&mut errors, content, name);
    errors.finish()
}

/// Doses are held against the strength (see [`strength`]). An entry that is not prescribed any more may keep one that
/// was written before this was checked, so that it can be retired.
fn check_strength(errors: &mut FieldErrors, content: &Content, name: FieldName) {
    let text = content.strength.as_str();
    if content.active && !text.is_empty() && strength::canonical(text).as_deref() != Some(text) {
        errors.add(name(Field::Strength), "medicine_strength_invalid");
    }
}

/// Doses and notes are clinical statements: each has a source, and a maximum is an amount.
fn check_limits(errors: &mut FieldErrors, content: &Content, name: FieldName) {
    let doses = [&content.usual_dose, &content.max_single_dose, &content.max_daily_dose];
    if doses.iter().any(|dose| dose.is_some()) && content.dose_source.is_none() {
        errors.add(name(Field::DoseSource), "medicine_source_required");
    }
    let notes = [&content.pregnancy_note, &content.renal_note];
    if notes.iter().any(|note| note.is_some()) && content.note_source.is_none() {
        errors.add(name(Field::NoteSource), "medicine_source_required");
    }
    for (field, limit) in
        [(Field::MaxSingleDose, &content.max_single_dose), (Field::MaxDailyDose, &content.max_daily_dose)]
    {
        if limit.as_deref().is_some_and(|limit| !limits::is_maximum_of(content, limit)) {
            errors.add(name(field), "medicine_limit_invalid");
        }
    }
    if content.usual_pieces.as_deref().is_some_and(|pieces| limits::pieces(pieces).is_none()) {
        errors.add(name(Field::UsualPieces), "medicine_pieces_invalid");
    }
}

/// Level 4 (`N02BE`) or level 5 (`N02BE01`) of the classification.
fn is_atc_code(code: &str) -> bool {
    const SHAPE: [fn(&u8) -> bool; 7] = [
        u8::is_ascii_uppercase,
        u8::is_ascii_digit,
        u8::is_ascii_digit,
        u8::is_ascii_uppercase,
        u8::is_ascii_uppercase,
        u8::is_ascii_digit,
        u8::is_ascii_digit,
    ];
    matches!(code.len(), 5 | 7) && code.bytes().zip(SHAPE).all(|(byte, fits)| fits(&byte))
}

/// Whether a character belongs to the Khmer block of Unicode.
pub const fn is_khmer(letter: char) -> bool {
    matches!(letter, '\u{1780}'..='\u{17FF}')
}

fn check_length(errors: &mut FieldErrors, field: &str, text: &str, max: usize) {
    if text.chars().count() > max {
        errors.push(FieldError::new(field, "medicine_text_too_long").with("max", max));
    }
    if text.chars().any(char::is_control) || has_invisible(text) {
        errors.add(field, "medicine_control_character");
    }
}

/// Characters that turn the direction of writing or are not seen at all: a text with them is read as another one than
/// is shown. Only Khmer has a use for some of them, between words that it writes without a space.
fn has_invisible(text: &str) -> bool {
    let in_khmer = text.chars().any(is_khmer);
    text.chars().any(|letter| match letter {
        '\u{200B}'..='\u{200D}' => !in_khmer,
        '\u{AD}'
        | '\u{61C}'
        | '\u{180E}'
        | '\u{200E}'..='\u{200F}'
        | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}'
        | '\u{FEFF}'
        | '\u{FFF9}'..='\u{FFFB}'
        | '\u{E0000}'..='\u{E007F}' => true,
        _ => false,
    })
}

/// Checks the name under which a list is shown among the sources.
///
/// # Errors
/// When it is too long or holds control characters.
pub fn check_list_name(list_name: &str) -> Result<()> {
    let mut errors = FieldErrors::new();
    check_length(&mut errors, "name", list_name, SHORT_MAX);
    errors.finish()
}
