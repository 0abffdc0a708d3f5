//! Names that people type.

/// The known name that a mistyped one most likely means: few letters differ, case does not matter.
pub fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let typed = typed.to_lowercase();
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&typed, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= 2.max(candidate.len() / 3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_the_name_that_was_meant() {
        let known = ["maxPer24h", "durationDays", "dosage"];
        assert_eq!(nearest("maxPer24H", known), Some("maxPer24h"));
        assert_eq!(nearest("duration", known), Some("durationDays"));
        assert_eq!(nearest("doseage", known), Some("dosage"));
        assert_eq!(nearest("weather", known), None);
    }
}
