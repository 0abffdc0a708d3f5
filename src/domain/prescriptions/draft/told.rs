//! What the words of a line say and no field of it holds: where and how, for which complaint. It is told in its
//! instructions, in both languages.

use super::line::Check;
use super::words::Words;
use super::{MAX_TEXT, text as checked};
use crate::domain::prescriptions::grammar::{Complaint, Direction, Frequency, Timing};
use crate::domain::prescriptions::model::Slot;
use crate::domain::prescriptions::notice::Notice;
use crate::domain::prescriptions::product::Product;
use crate::platform::i18n::{Language, text};
use crate::platform::secret::Phi;

/// The instructions in English and Khmer, with what the words say in front of what the client wrote.
pub(super) fn instructions(
    check: &mut Check<'_>,
    words: Option<&Words>,
    product: &Product,
) -> (Option<String>, Option<String>) {
    let input = check.input;
    let names = [check.field("instructions"), check.field("instructionsKhmer")];
    let [name, name_khmer] = names;
    let plain = |said: Option<Phi<String>>| said.map(Phi::into_inner);
    let english = plain(checked(&mut check.errors, name, input.instructions.as_deref(), MAX_TEXT));
    let khmer = plain(checked(&mut check.errors, name_khmer, input.instructions_khmer.as_deref(), MAX_TEXT));
    let Some(words) = words else { return (english, khmer) };
    let english = without_other_site(check, words, english, Language::English);
    let khmer = without_other_site(check, words, khmer, Language::Khmer);
    let way = unsaid_way(check, words, [english.as_deref(), khmer.as_deref()], product);
    let phrases = |language: Language| {
        let directions = words.directions().into_iter().chain(way);
        let directions = directions.map(move |direction| direction.text(language));
        directions.chain(needed(words, language)).collect::<Vec<String>>()
    };
    // Without instructions in Khmer the reader sees the English ones, which a sentence in Khmer must not hide.
    let khmer = match (khmer, phrases(Language::Khmer)) {
        (None, said) if !said.is_empty() => told(english.clone(), &said),
        (khmer, said) => told(khmer, &said),
    };
    (told(english, &phrases(Language::English)), khmer)
}

/// Into what it is given, when the entry leaves a choice and neither the words nor the instructions say it: the first of
/// its ways, which a notice tells.
fn unsaid_way(
    check: &mut Check<'_>,
    words: &Words,
    instructions: [Option<&str>; 2],
    product: &Product,
) -> Option<Direction> {
    let ways: Vec<Direction> = product.routes().into_iter().filter_map(Direction::of_route).collect();
    let [first, _, ..] = ways.as_slice() else { return None };
    let is_said = words.directions().iter().any(|direction| Direction::WAYS.contains(direction));
    if is_said || instructions.into_iter().flatten().any(names_a_way) {
        return None;
    }
    let names: Vec<&str> = product.routes().iter().map(|route| route.name()).collect();
    let notice = Notice::new("notice_way_unsaid")
        .with("route", names.first().copied().unwrap_or_default())
        .with("routes", names.join(", "));
    check.note("frequency", &notice);
    Some(*first)
}

/// Whether instructions say in any words into what it is given: nothing is put beside that.
fn names_a_way(instructions: &str) -> bool {
    const WORDS: [&str; 10] = ["im", "iv", "ivd", "ivl", "ivp", "sc", "subcut", "vein", "veine", "muscle"];
    const PARTS: [&str; 12] = [
        "s/c",
        "intramusc",
        "intraven",
        "intravein",
        "subcutan",
        "sous-cutan",
        "sous cutan",
        "under the skin",
        "sous la peau",
        "សាច់ដុំ",
        "សរសៃ",
        "ក្រោមស្បែក",
    ];
    let plain = instructions.to_lowercase().replace('.', "");
    let has_word = plain.split(|letter: char| !letter.is_alphanumeric()).any(|word| WORDS.contains(&word));
    has_word || PARTS.iter().any(|part| plain.contains(part))
}

/// The sentences that are not there yet, and then what is.
fn told(said: Option<String>, phrases: &[String]) -> Option<String> {
    let there = said.as_deref().unwrap_or_default();
    let new = phrases.iter().filter(|phrase| !there.contains(phrase.as_str())).cloned();
    let all: Vec<String> = new.chain(said.clone()).collect();
    (!all.is_empty()).then(|| all.join(". "))
}

/// Instructions from before that name another place give way to the words of a change; beside words that the same
/// request says they are a contradiction.
fn without_other_site(
    check: &mut Check<'_>,
    words: &Words,
    said: Option<String>,
    language: Language,
) -> Option<String> {
    let said = said?;
    let sites: Vec<Direction> =
        words.directions().into_iter().filter(|direction| direction.is_site()).collect();
    if sites.is_empty() {
        return Some(said);
    }
    let others: Vec<String> = Direction::sites()
        .into_iter()
        .filter(|direction| !sites.contains(direction))
        .map(|direction| direction.text(language).to_lowercase())
        .collect();
    let is_other = |sentence: &&str| others.contains(&sentence.trim().trim_end_matches('.').to_lowercase());
    if !said.split(". ").any(|sentence| is_other(&sentence)) {
        return Some(said);
    }
    if !check.input.inherited.instructions {
        check.contradiction("instructions", "frequency");
        return Some(said);
    }
    let left: Vec<&str> = said.split(". ").filter(|sentence| !is_other(sentence)).collect();
    (!left.is_empty()).then(|| left.join(". "))
}

/// When a medicine as needed is taken beyond its limits: for which complaint, at which time of day.
fn needed(words: &Words, language: Language) -> Vec<String> {
    let Some(frequency) = words.frequency.as_ref().filter(|frequency| frequency.as_needed) else {
        return Vec::new();
    };
    let is_attack = matches!(frequency.conditions.as_slice(), [only] if only.complaint == Complaint::Attack);
    let reason = frequency.condition(language).map(|condition| {
        let key = if is_attack { "needed.ATTACK" } else { "needed.for" };
        text(language, key, &[("condition", condition)])
    });
    let time = single_slot(frequency).map(|slot| text(language, needed_key(slot), &[]));
    [reason, time].into_iter().flatten().collect()
}

/// The one time of day that a medicine as needed is for, when it was named.
fn single_slot(frequency: &Frequency) -> Option<Slot> {
    match &frequency.timing {
        Timing::Slots(slots) if frequency.slots_are_named && slots.len() == 1 => slots.first().copied(),
        Timing::Grid { amounts, .. } if amounts.taken() == 1 => {
            Slot::ALL.into_iter().find(|&slot| !amounts.at(slot).is_zero())
        }
        _ => None,
    }
}

const fn needed_key(slot: Slot) -> &'static str {
    match slot {
        Slot::Morning => "needed.MORNING",
        Slot::Noon => "needed.NOON",
        Slot::Evening => "needed.EVENING",
        Slot::Night => "needed.NIGHT",
    }
}
