//! The words of frequencies in English, French and Khmer, and the abbreviations of prescriptions.
//!
//! They stand here as `text::plain` leaves them: lower case, without Latin accents and dots.

use chrono::Weekday;

use super::text::{Read, number, phrase};
use crate::domain::prescriptions::model::{MealRelation, Slot};

/// What a word or phrase says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// A number in thousandths.
    Number(u32),
    /// Times, fois, ដង.
    Times,
    /// Once, ម្តង.
    Once,
    /// Per, `/`, a, ក្នុង.
    Per,
    Every,
    Hour,
    Day,
    /// ថ្ងៃ: a day, or noon on forms that write ព្រឹក ថ្ងៃ ល្ងាច.
    DayOrNoon,
    Week,
    Dash,
    /// So many times a day.
    PerDay(u32),
    EveryHours(u32),
    EveryDays(u32),
    EveryDay,
    Weekly,
    Weekday(Weekday),
    Slot(Slot),
    Meal(MealRelation),
    SlotAndMeal(Slot, MealRelation),
    AsNeeded,
    Now,
    /// Says nothing: and, the, at.
    Filler,
}

use MealRelation::{After, Before, EmptyStomach, With};
use Slot::{Evening, Morning, Night, Noon};
use Word::{
    AsNeeded, EveryDay, EveryDays, EveryHours, Filler, Meal, Now, Number, PerDay, SlotAndMeal, Weekly,
};

const WORDS: &[(&str, Word)] = &[
    // Abbreviations.
    ("od", PerDay(1)),
    ("qd", PerDay(1)),
    ("bd", PerDay(2)),
    ("bid", PerDay(2)),
    ("bds", PerDay(2)),
    ("tds", PerDay(3)),
    ("tid", PerDay(3)),
    ("qid", PerDay(4)),
    ("qds", PerDay(4)),
    ("hs", Word::Slot(Night)),
    ("nocte", Word::Slot(Night)),
    ("on", Word::Slot(Night)),
    ("mane", Word::Slot(Morning)),
    ("om", Word::Slot(Morning)),
    ("qod", EveryDays(2)),
    ("eod", EveryDays(2)),
    ("prn", AsNeeded),
    ("sos", AsNeeded),
    ("stat", Now),
    ("ac", Meal(Before)),
    ("pc", Meal(After)),
    // English.
    ("times", Word::Times),
    ("time", Word::Times),
    ("x", Word::Times),
    ("once", Word::Once),
    ("twice", Number(2_000)),
    ("thrice", Number(3_000)),
    ("per", Word::Per),
    ("a", Word::Per),
    ("each", Word::Every),
    ("every", Word::Every),
    ("hour", Word::Hour),
    ("hours", Word::Hour),
    ("hr", Word::Hour),
    ("hrs", Word::Hour),
    ("h", Word::Hour),
    ("hourly", EveryHours(1)),
    ("day", Word::Day),
    ("days", Word::Day),
    ("d", Word::Day),
    ("daily", EveryDay),
    ("every day", EveryDay),
    ("each day", EveryDay),
    ("everyday", EveryDay),
    ("week", Word::Week),
    ("weekly", Weekly),
    ("wk", Word::Week),
    ("every other day", EveryDays(2)),
    ("every second day", EveryDays(2)),
    ("alternate days", EveryDays(2)),
    ("alternate day", EveryDays(2)),
    ("on alternate days", EveryDays(2)),
    ("as needed", AsNeeded),
    ("when needed", AsNeeded),
    ("if needed", AsNeeded),
    ("as required", AsNeeded),
    ("at once", Now),
    ("now", Now),
    ("immediately", Now),
    ("morning", Word::Slot(Morning)),
    ("in the morning", Word::Slot(Morning)),
    ("am", Word::Slot(Morning)),
    ("noon", Word::Slot(Noon)),
    ("midday", Word::Slot(Noon)),
    ("evening", Word::Slot(Evening)),
    ("in the evening", Word::Slot(Evening)),
    ("pm", Word::Slot(Evening)),
    ("night", Word::Slot(Night)),
    ("at night", Word::Slot(Night)),
    ("nightly", Word::Slot(Night)),
    ("bedtime", Word::Slot(Night)),
    ("before bed", Word::Slot(Night)),
    ("before sleep", Word::Slot(Night)),
    ("before meals", Meal(Before)),
    ("before meal", Meal(Before)),
    ("before food", Meal(Before)),
    ("with meals", Meal(With)),
    ("with meal", Meal(With)),
    ("with food", Meal(With)),
    ("after meals", Meal(After)),
    ("after meal", Meal(After)),
    ("after food", Meal(After)),
    ("on an empty stomach", Meal(EmptyStomach)),
    ("on empty stomach", Meal(EmptyStomach)),
    ("empty stomach", Meal(EmptyStomach)),
    ("before breakfast", SlotAndMeal(Morning, Before)),
    ("with breakfast", SlotAndMeal(Morning, With)),
    ("after breakfast", SlotAndMeal(Morning, After)),
    ("before lunch", SlotAndMeal(Noon, Before)),
    ("with lunch", SlotAndMeal(Noon, With)),
    ("after lunch", SlotAndMeal(Noon, After)),
    ("before dinner", SlotAndMeal(Evening, Before)),
    ("with dinner", SlotAndMeal(Evening, With)),
    ("after dinner", SlotAndMeal(Evening, After)),
    ("and", Filler),
    ("at", Filler),
    ("the", Filler),
    ("in", Filler),
    ("&", Filler),
    ("+", Word::Dash),
    (",", Filler),
    ("(", Filler),
    (")", Filler),
    ("one", Number(1_000)),
    ("two", Number(2_000)),
    ("three", Number(3_000)),
    ("four", Number(4_000)),
    ("five", Number(5_000)),
    ("six", Number(6_000)),
    ("eight", Number(8_000)),
    ("twelve", Number(12_000)),
    ("monday", Word::Weekday(Weekday::Mon)),
    ("mon", Word::Weekday(Weekday::Mon)),
    ("tuesday", Word::Weekday(Weekday::Tue)),
    ("tue", Word::Weekday(Weekday::Tue)),
    ("wednesday", Word::Weekday(Weekday::Wed)),
    ("wed", Word::Weekday(Weekday::Wed)),
    ("thursday", Word::Weekday(Weekday::Thu)),
    ("thu", Word::Weekday(Weekday::Thu)),
    ("friday", Word::Weekday(Weekday::Fri)),
    ("fri", Word::Weekday(Weekday::Fri)),
    ("saturday", Word::Weekday(Weekday::Sat)),
    ("sat", Word::Weekday(Weekday::Sat)),
    ("sunday", Word::Weekday(Weekday::Sun)),
    ("sun", Word::Weekday(Weekday::Sun)),
    // French.
    ("fois", Word::Times),
    ("par", Word::Per),
    ("chaque", Word::Every),
    ("toutes les", Word::Every),
    ("tous les", Word::Every),
    ("heure", Word::Hour),
    ("heures", Word::Hour),
    ("jour", Word::Day),
    ("jours", Word::Day),
    ("j", Word::Day),
    ("tous les jours", EveryDay),
    ("chaque jour", EveryDay),
    ("semaine", Word::Week),
    ("sem", Word::Week),
    ("un jour sur deux", EveryDays(2)),
    ("1 jour sur 2", EveryDays(2)),
    ("un jour sur trois", EveryDays(3)),
    ("si besoin", AsNeeded),
    ("au besoin", AsNeeded),
    ("tout de suite", Now),
    ("matin", Word::Slot(Morning)),
    ("midi", Word::Slot(Noon)),
    ("soir", Word::Slot(Evening)),
    ("coucher", Word::Slot(Night)),
    ("au coucher", Word::Slot(Night)),
    ("nuit", Word::Slot(Night)),
    ("avant repas", Meal(Before)),
    ("avant les repas", Meal(Before)),
    ("avant le repas", Meal(Before)),
    ("pendant les repas", Meal(With)),
    ("pendant le repas", Meal(With)),
    ("au repas", Meal(With)),
    ("aux repas", Meal(With)),
    ("apres repas", Meal(After)),
    ("apres les repas", Meal(After)),
    ("apres le repas", Meal(After)),
    ("a jeun", Meal(EmptyStomach)),
    ("et", Filler),
    ("le", Filler),
    ("la", Filler),
    ("les", Filler),
    ("au", Filler),
    ("du", Filler),
    ("un", Number(1_000)),
    ("une", Number(1_000)),
    ("deux", Number(2_000)),
    ("trois", Number(3_000)),
    ("quatre", Number(4_000)),
    ("cinq", Number(5_000)),
    ("huit", Number(8_000)),
    ("douze", Number(12_000)),
    ("lundi", Word::Weekday(Weekday::Mon)),
    ("mardi", Word::Weekday(Weekday::Tue)),
    ("mercredi", Word::Weekday(Weekday::Wed)),
    ("jeudi", Word::Weekday(Weekday::Thu)),
    ("vendredi", Word::Weekday(Weekday::Fri)),
    ("samedi", Word::Weekday(Weekday::Sat)),
    ("dimanche", Word::Weekday(Weekday::Sun)),
    // Khmer.
    ("ដង", Word::Times),
    ("ម្តង", Word::Once),
    ("ម្ដង", Word::Once),
    ("ក្នុង", Word::Per),
    ("រាល់", Word::Every),
    ("រៀងរាល់", Word::Every),
    ("ម៉ោង", Word::Hour),
    ("ថ្ងៃ", Word::DayOrNoon),
    ("រាល់ថ្ងៃ", EveryDay),
    ("រៀងរាល់ថ្ងៃ", EveryDay),
    ("សប្តាហ៍", Word::Week),
    ("សប្ដាហ៍", Word::Week),
    ("អាទិត្យ", Word::Week),
    ("តាមតម្រូវការ", AsNeeded),
    ("តាមការចាំបាច់", AsNeeded),
    ("ពេលចាំបាច់", AsNeeded),
    ("ភ្លាមៗ", Now),
    ("ភ្លាម", Now),
    ("ព្រឹក", Word::Slot(Morning)),
    ("ថ្ងៃត្រង់", Word::Slot(Noon)),
    ("រសៀល", Word::Slot(Noon)),
    ("ល្ងាច", Word::Slot(Evening)),
    ("យប់", Word::Slot(Night)),
    ("មុនគេង", Word::Slot(Night)),
    ("ពេលគេង", Word::Slot(Night)),
    ("មុនចូលគេង", Word::Slot(Night)),
    ("មុនបាយ", Meal(Before)),
    ("មុនអាហារ", Meal(Before)),
    ("ពេលបាយ", Meal(With)),
    ("ពេលអាហារ", Meal(With)),
    ("ក្រោយបាយ", Meal(After)),
    ("ក្រោយអាហារ", Meal(After)),
    ("ពោះទទេ", Meal(EmptyStomach)),
    ("ពេល", Filler),
    ("និង", Filler),
    ("នៅ", Filler),
    ("ក្នុងមួយ", Word::Per),
    ("មួយ", Number(1_000)),
    ("ពីរ", Number(2_000)),
    ("បី", Number(3_000)),
    ("បួន", Number(4_000)),
    ("ប្រាំបី", Number(8_000)),
    ("ប្រាំមួយ", Number(6_000)),
    ("ប្រាំ", Number(5_000)),
    ("ច័ន្ទ", Word::Weekday(Weekday::Mon)),
    ("ថ្ងៃច័ន្ទ", Word::Weekday(Weekday::Mon)),
    ("អង្គារ", Word::Weekday(Weekday::Tue)),
    ("ថ្ងៃអង្គារ", Word::Weekday(Weekday::Tue)),
    ("ពុធ", Word::Weekday(Weekday::Wed)),
    ("ថ្ងៃពុធ", Word::Weekday(Weekday::Wed)),
    ("ព្រហស្បតិ៍", Word::Weekday(Weekday::Thu)),
    ("ថ្ងៃព្រហស្បតិ៍", Word::Weekday(Weekday::Thu)),
    ("សុក្រ", Word::Weekday(Weekday::Fri)),
    ("ថ្ងៃសុក្រ", Word::Weekday(Weekday::Fri)),
    ("សៅរ៍", Word::Weekday(Weekday::Sat)),
    ("ថ្ងៃសៅរ៍", Word::Weekday(Weekday::Sat)),
    ("ថ្ងៃអាទិត្យ", Word::Weekday(Weekday::Sun)),
    // Signs.
    ("/", Word::Per),
    ("-", Word::Dash),
];

/// Most words that are looked at.
const MAX_WORDS: usize = 32;

/// The words of a plain text; `None` when one of them is not known.
pub(super) fn words(plain: &str) -> Option<Vec<Word>> {
    let mut words = Vec::new();
    let mut rest = plain.trim();
    while !rest.is_empty() {
        let (word, after) = word(rest)?;
        if word != Filler {
            words.push(word);
        }
        if words.len() > MAX_WORDS {
            return None;
        }
        rest = after.trim_start();
    }
    Some(words)
}

fn word(text: &str) -> Read<'_, Word> {
    // "1 jour sur 2" is a phrase, so phrases come before numbers.
    phrase(text, WORDS)
        .or_else(|| number(text).map(|(thousandths, rest)| (Number(thousandths), rest)))
        .or_else(|| every_hours(text))
}

/// `q8h`, `q 8 h`, `q8hr`.
fn every_hours(text: &str) -> Read<'_, Word> {
    let (thousandths, rest) = number(text.strip_prefix('q')?.trim_start())?;
    let (unit, rest) = phrase(rest.trim_start(), WORDS)?;
    (unit == Word::Hour && thousandths % 1_000 == 0).then_some((EveryHours(thousandths / 1_000), rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::prescriptions::grammar::text::plain;

    #[test]
    fn words_of_the_table_are_plain_and_mean_one_thing() {
        for (index, (text, meaning)) in WORDS.iter().enumerate() {
            assert_eq!(&plain(text), text);
            for (other, other_meaning) in &WORDS[index + 1..] {
                assert!(text != other || meaning == other_meaning, "{text} means two things");
            }
        }
    }
}
