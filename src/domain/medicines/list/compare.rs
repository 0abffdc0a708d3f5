//! In which columns two versions of an entry differ.

use super::super::model::Content;

/// The columns in which `new` says something else than `old`, in the order of the shipped list.
pub fn changed_columns(old: &Content, new: &Content) -> Vec<&'static str> {
    [
        ("generic_name", old.generic != new.generic),
        ("khmer_name", old.khmer != new.khmer),
        ("french_name", old.french != new.french),
        ("brand_names", old.brands != new.brands),
        ("synonyms", old.synonyms != new.synonyms),
        ("form", old.form != new.form),
        ("release", old.release != new.release),
        ("strength", old.strength != new.strength),
        ("route", old.route != new.route),
        ("routes", old.routes != new.routes),
        ("unit", old.unit != new.unit),
        ("atc_code", old.atc_code != new.atc_code),
        ("class", old.class != new.class),
        ("ven", old.ven != new.ven),
        ("level_of_care", old.levels_of_care != new.levels_of_care),
        ("description", old.description != new.description),
        ("usual_dose", old.usual_dose != new.usual_dose),
        ("max_single_dose", old.max_single_dose != new.max_single_dose),
        ("max_daily_dose", old.max_daily_dose != new.max_daily_dose),
        ("dose_source", old.dose_source != new.dose_source),
        ("usual_pieces", old.usual_pieces != new.usual_pieces),
        ("pregnancy_note", old.pregnancy_note != new.pregnancy_note),
        ("renal_note", old.renal_note != new.renal_note),
        ("note_source", old.note_source != new.note_source),
        ("provenance", old.provenance != new.provenance),
        ("active", old.active != new.active),
        ("withdrawn", old.withdrawn != new.withdrawn),
    ]
    .into_iter()
    .filter(|(_, differs)| *differs)
    .map(|(column, _)| column)
    .collect()
}
