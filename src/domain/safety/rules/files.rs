//! The rule files: what is shipped in them, and others in their place.

use std::collections::BTreeMap;

/// The texts of the rule files.
#[derive(Debug, Clone)]
pub struct Files<'a> {
    texts: BTreeMap<&'static str, &'a str>,
}

/// What a clinic adds to the shipped classes without taking their place.
pub const MORE_CLASSES: &str = "more_classes.csv";
/// The same of interactions.
pub const MORE_INTERACTIONS: &str = "more_interactions.csv";
/// The same of doses.
pub const MORE_DOSES: &str = "more_doses.csv";

/// The names of the files and what is shipped in each.
const SHIPPED: [(&str, &str); 18] = [
    // Nothing is shipped in these but their heads.
    (MORE_CLASSES, "id,name_en,name_fr,members\n"),
    (
        MORE_INTERACTIONS,
        "id,a,b,tier,tier_when_confirmed,hazard,effect_en,action_en,condition,source,year,basis\n",
    ),
    (
        MORE_DOSES,
        "id,generic,route,weight_from_kg,weight_below_kg,adult_max_single,adult_max_daily,unit,\
         child_mg_per_kg_dose,child_mg_per_kg_day,child_by_age,adults_per_kg,min_interval_hours,source,year,basis\n",
    ),
    ("names.csv", include_str!("../../../../data/safety/names.csv")),
    ("classes.csv", include_str!("../../../../data/safety/classes.csv")),
    ("conditions.csv", include_str!("../../../../data/safety/conditions.csv")),
    ("interactions.csv", include_str!("../../../../data/safety/interactions.csv")),
    ("duplicates.csv", include_str!("../../../../data/safety/duplicates.csv")),
    ("allergies.csv", include_str!("../../../../data/safety/allergies.csv")),
    ("doses.csv", include_str!("../../../../data/safety/doses.csv")),
    ("renal.csv", include_str!("../../../../data/safety/renal.csv")),
    ("pregnancy.csv", include_str!("../../../../data/safety/pregnancy.csv")),
    ("age.csv", include_str!("../../../../data/safety/age.csv")),
    ("hard_stops.csv", include_str!("../../../../data/safety/hard_stops.csv")),
    ("persistence.csv", include_str!("../../../../data/safety/persistence.csv")),
    ("suppressed.csv", include_str!("../../../../data/safety/suppressed.csv")),
    ("khmer.csv", include_str!("../../../../data/safety/khmer.csv")),
    ("words.csv", include_str!("../../../../data/safety/words.csv")),
];

impl Files<'static> {
    /// Those that are shipped.
    pub fn shipped() -> Self {
        Self { texts: SHIPPED.into_iter().collect() }
    }

    /// The names of all.
    pub fn names() -> impl Iterator<Item = &'static str> {
        SHIPPED.into_iter().map(|(name, _)| name)
    }
}

/// Whether the shipped rules know a class of this id.
pub fn is_shipped_class(id: &str) -> bool {
    let classes = Files::shipped().text("classes.csv");
    classes.lines().skip(1).any(|line| line.split(',').next() == Some(id))
}

impl<'a> Files<'a> {
    /// The same with another text for one of them; nothing for a name that is no rule file.
    #[must_use]
    pub fn with(mut self, file: &str, text: &'a str) -> Option<Self> {
        *self.texts.iter_mut().find(|(name, _)| **name == file)?.1 = text;
        Some(self)
    }

    /// The text of one; empty for a name that is no rule file.
    pub fn text(&self, file: &str) -> &'a str {
        self.texts.get(file).copied().unwrap_or_default()
    }

    /// Those whose text is not the shipped one, with the shipped one.
    pub(super) fn replaced(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        SHIPPED.into_iter().filter(|(name, shipped)| self.text(name) != *shipped)
    }
}
