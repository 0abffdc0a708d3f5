//! The rules: read from files, resolved against the catalogue, checked against each other.

mod doses;
mod files;
mod head;
mod pairs;
mod situations;

use std::collections::{BTreeMap, BTreeSet};

pub(super) use doses::{AdultsPerKg, DoseRow};
pub use files::{Files, MORE_CLASSES, MORE_DOSES, MORE_INTERACTIONS, is_shipped_class};
pub(super) use head::Head;
pub(super) use pairs::{
    Allergens, AllergyRule, AllergyTarget, Duplicate, HAZARDS, Interaction, Persists, Quiet,
};
pub(super) use situations::{AgeRule, KidneyRule, PregnancyRule, Situation, State};

use super::condition::Condition;
use super::fault::Fault;
use super::finding::{Basis, Tier};
use super::names::{CatalogueName, Ingredient, Names, Side};
use super::table::{Columns, Row, each_row, plain_rows};

/// Longest id of a rule in characters: it stands in addresses and in the ids of findings.
const ID_CHARS_MAX: usize = 160;

/// What a clinic has changed about the rules, by their ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Adjustments {
    /// Confirmed by a reviewer: they have the tier that their row promises for it, and count as verified.
    pub confirmed: BTreeSet<String>,
    /// Suppressed for now.
    pub suppressed: BTreeSet<String>,
}

impl Adjustments {
    /// The tier in which a rule speaks, and whether it counts as verified.
    pub(super) fn standing(&self, head: &Head) -> (Tier, bool) {
        let confirmed = self.confirmed.contains(&*head.id);
        let tier = if confirmed { head.tier_when_confirmed.unwrap_or(head.tier) } else { head.tier };
        (tier, confirmed || head.basis.is_verified())
    }
}

/// All rules, ready to be asked.
#[derive(Debug, Default)]
pub struct Rules {
    pub(super) names: Names,
    pub(super) conditions: BTreeMap<Box<str>, BTreeSet<Box<str>>>,
    pub(super) interactions: Vec<Interaction>,
    /// For each ingredient the interactions whose first side holds it.
    pub(super) first_sides: Vec<Vec<usize>>,
    pub(super) duplicates: Vec<Duplicate>,
    /// For each ingredient the duplicates that name it on either side.
    pub(super) duplicate_sides: Vec<Vec<usize>>,
    pub(super) same_ingredient: Option<usize>,
    pub(super) allergies: Vec<AllergyRule>,
    pub(super) doses: BTreeMap<Ingredient, Vec<DoseRow>>,
    pub(super) kidney: Vec<KidneyRule>,
    pub(super) pregnancy: Vec<PregnancyRule>,
    pub(super) ages: Vec<AgeRule>,
    pub(super) situations: Vec<Situation>,
    pub(super) persistence: Vec<Vec<Persists>>,
    pub(super) quiet: Vec<Quiet>,
    pub(super) has_rule: Vec<bool>,
    /// Rule files of the clinic's own that are lost: the shipped ones speak in their place.
    lost_files: Vec<&'static str>,
    /// Rows that say once more what another one says.
    pub(super) repeated: Vec<Fault>,
}

impl Rules {
    /// The same rules, of which it is said that the clinic had put other files in the place of these.
    #[must_use]
    pub fn without_own(self, lost_files: Vec<&'static str>) -> Self {
        Self { lost_files, ..self }
    }

    /// Rule files of the clinic's own that are lost.
    pub fn lost_files(&self) -> &[&'static str] {
        &self.lost_files
    }

    /// Reads the files and resolves them against the entries of the catalogue.
    ///
    /// # Errors
    /// All faults that were found: names that are not there, empty classes, ids that are there twice, pairs in two tiers,
    /// conditions that are not understood, unknown tiers and columns, a STOP whose source was not read.
    pub fn load<'c>(
        files: &Files<'_>,
        catalogue: impl IntoIterator<Item = CatalogueName<'c>>,
    ) -> Result<Self, Vec<Fault>> {
        let mut loading = Loading { names: Names::of_catalogue(catalogue), ..Loading::default() };
        loading.shipped_rows = files
            .replaced()
            .map(|(name, shipped)| (name, plain_rows(shipped).map(|row| row.said).collect()))
            .collect();
        loading.read_names(files);
        loading.read_conditions(files);
        loading.read_khmer(files);
        if !loading.faults.is_empty() {
            return Err(loading.faults);
        }
        let mut rules = Self::default();
        loading.read_pairs(files, &mut rules);
        loading.read_doses(files, &mut rules);
        loading.read_situations(files, &mut rules);
        loading.check_references(&rules);
        if !loading.faults.is_empty() {
            return Err(loading.faults);
        }
        rules.has_rule = loading.has_rule();
        rules.repeated = std::mem::take(&mut loading.repeated);
        let first = rules.interactions.iter().map(|rule| rule.a.ingredients().collect());
        rules.first_sides = by_ingredient(first, loading.names.len());
        let sides = rules.duplicates.iter().map(Duplicate::ingredients);
        rules.duplicate_sides = by_ingredient(sides, loading.names.len());
        rules.names = loading.names;
        rules.conditions = loading.conditions;
        Ok(rules)
    }

    /// The names of the catalogue and of the classes alone.
    pub(super) fn names_of<'c>(
        files: &Files<'_>,
        catalogue: impl IntoIterator<Item = CatalogueName<'c>>,
    ) -> Result<Names, Vec<Fault>> {
        let mut loading = Loading { names: Names::of_catalogue(catalogue), ..Loading::default() };
        loading.read_names(files);
        if loading.faults.is_empty() { Ok(loading.names) } else { Err(loading.faults) }
    }

    /// All rules with a tier: what each is, and the tier in which it speaks now.
    pub(super) fn heads(&self) -> impl Iterator<Item = &Head> {
        let interactions = self.interactions.iter().map(|rule| &rule.head);
        let duplicates = self.duplicates.iter().map(|rule| &rule.head);
        let allergies = self.allergies.iter().map(|rule| &rule.head);
        let kidney = self.kidney.iter().map(|rule| &rule.head);
        let pregnancy = self.pregnancy.iter().map(|rule| &rule.head);
        let ages = self.ages.iter().map(|rule| &rule.head);
        let situations = self.situations.iter().map(|rule| &rule.head);
        interactions
            .chain(duplicates)
            .chain(allergies)
            .chain(kidney)
            .chain(pregnancy)
            .chain(ages)
            .chain(situations)
    }

    /// How many rules there are.
    pub fn len(&self) -> usize {
        self.heads().count() + self.doses.values().map(Vec::len).sum::<usize>()
    }

    /// Whether there are none, so that nothing can be checked.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether any rule speaks of an ingredient of this name.
    pub fn knows(&self, ingredient: &str) -> bool {
        let number = self.names.number(ingredient).map(|number| self.names.counted_as(number));
        number.is_some_and(|number| self.has_rule.get(usize::from(number)).copied().unwrap_or_default())
    }

    /// The ids of the rules about doses of an ingredient.
    pub fn dose_rules_of(&self, ingredient: &str) -> Vec<String> {
        let rows = self.names.number(ingredient).and_then(|number| self.doses.get(&number));
        rows.into_iter().flatten().map(|row| row.id.to_string()).collect()
    }

    /// Whether a class has this id.
    pub fn has_class(&self, id: &str) -> bool {
        self.names.class(id).is_some()
    }
}

/// For each ingredient the numbers of the rules that name it.
fn by_ingredient(rules: impl Iterator<Item = Vec<Ingredient>>, ingredients: usize) -> Vec<Vec<usize>> {
    let mut by_ingredient = vec![Vec::new(); ingredients];
    for (number, named) in rules.enumerate() {
        for ingredient in named {
            if let Some(rules) = by_ingredient.get_mut(usize::from(ingredient)) {
                rules.push(number);
            }
        }
    }
    by_ingredient
}

/// A sentence of the rules in Khmer.
pub(super) struct Khmer {
    text: Box<str>,
    /// Whether a pharmacist has read it.
    is_reviewed: bool,
}

/// What is gathered while files are read.
#[derive(Default)]
pub(super) struct Loading {
    names: Names,
    conditions: BTreeMap<Box<str>, BTreeSet<Box<str>>>,
    codes: BTreeSet<Box<str>>,
    ids: BTreeSet<Box<str>>,
    khmer: BTreeMap<Box<str>, Khmer>,
    used: BTreeSet<Ingredient>,
    /// Of each file that is not the shipped one, what the rows of the shipped one say.
    shipped_rows: BTreeMap<&'static str, BTreeSet<String>>,
    repeated: Vec<Fault>,
    faults: Vec<Fault>,
}

impl Loading {
    /// How well a row is founded: as it says itself where it is shipped so. What a clinic has written is its own until a
    /// reviewer stands for it, whatever it says of itself.
    fn basis(&self, row: &Row<'_>, written: Basis) -> Basis {
        let of_file = self.shipped_rows.get(row.file());
        if of_file.is_some_and(|shipped| !shipped.contains(&row.said())) { Basis::Imported } else { written }
    }

    fn read_names(&mut self, files: &Files<'_>) {
        const NAMES: Columns = Columns { required: &["name", "counts_as", "why_en"], optional: &[] };
        const CLASSES: Columns =
            Columns { required: &["id", "name_en", "name_fr", "members"], optional: &["name_km"] };
        let names = &mut self.names;
        each_row("names.csv", files.text("names.csv"), &NAMES, &mut self.faults, |row| {
            names
                .count_as(row.cell("name"), row.cell("counts_as"))
                .map_err(|sentence| row.fault("name", sentence))
        });
        for file in ["classes.csv", MORE_CLASSES] {
            each_row(file, files.text(file), &CLASSES, &mut self.faults, |row| {
                let added = names.add_class(row.cell("id"), row.cell("name_en"), row.cell("members"));
                added.map_err(|sentence| row.fault("members", sentence))
            });
        }
        const WORDS: Columns = Columns { required: &["class", "word"], optional: &[] };
        each_row("words.csv", files.text("words.csv"), &WORDS, &mut self.faults, |row| {
            names
                .call_class(row.cell("class"), row.cell("word"))
                .map_err(|sentence| row.fault("class", sentence))
        });
    }

    fn read_conditions(&mut self, files: &Files<'_>) {
        const COLUMNS: Columns = Columns { required: &["id", "name_en", "implies"], optional: &["name_km"] };
        let mut implied: BTreeMap<Box<str>, Box<str>> = BTreeMap::new();
        let codes = &mut self.codes;
        each_row("conditions.csv", files.text("conditions.csv"), &COLUMNS, &mut self.faults, |row| {
            if !codes.insert(row.cell("id").into()) {
                return Err(row.fault("id", format!("'{}' is there twice", row.cell("id"))));
            }
            implied.insert(row.cell("id").into(), row.cell("implies").into());
            Ok(())
        });
        for code in &self.codes {
            let mut all = BTreeSet::from([code.clone()]);
            let mut next = implied.get(code);
            while let Some(other) = next.filter(|other| !other.is_empty() && all.insert((*other).clone())) {
                next = implied.get(other);
            }
            self.conditions.insert(code.clone(), all);
        }
    }

    /// Sentences of the rules in Khmer, by the English ones.
    fn read_khmer(&mut self, files: &Files<'_>) {
        const COLUMNS: Columns = Columns { required: &["english", "khmer", "reviewed"], optional: &[] };
        let known = &mut self.khmer;
        each_row("khmer.csv", files.text("khmer.csv"), &COLUMNS, &mut self.faults, |row| {
            let text =
                row.text("khmer").ok_or_else(|| row.fault("khmer", "a sentence without Khmer words"))?;
            let is_reviewed = match row.cell("reviewed") {
                "" => false,
                "yes" => true,
                other => return Err(row.fault("reviewed", format!("'{other}' is neither 'yes' nor empty"))),
            };
            match known.insert(row.cell("english").into(), Khmer { text, is_reviewed }) {
                None => Ok(()),
                Some(_) => Err(row.fault("english", "this sentence is there twice")),
            }
        });
    }

    /// One side of a rule in a column.
    pub(super) fn side(&mut self, row: &Row<'_>, column: &str) -> Result<Side, Fault> {
        self.side_of(row, column, row.cell(column))
    }

    pub(super) fn side_of(&mut self, row: &Row<'_>, column: &str, text: &str) -> Result<Side, Fault> {
        let side = self.names.side(text).map_err(|sentence| row.fault(column, sentence))?;
        self.used.extend(side.ingredients());
        Ok(side)
    }

    /// The condition in a column that may be empty.
    pub(super) fn condition(&self, row: &Row<'_>, column: &str) -> Result<Option<Condition>, Fault> {
        Condition::optional(row.cell(column), &self.names, &self.codes)
            .map_err(|sentence| row.fault(column, sentence))
    }

    /// An id that no other rule has.
    pub(super) fn id(&mut self, row: &Row<'_>) -> Result<Box<str>, Fault> {
        let id = row.cell("id");
        if id.is_empty() {
            return Err(row.fault("id", "a rule needs an id"));
        }
        let is_plain = |letter: char| letter.is_alphanumeric() || "-_.".contains(letter);
        if id.chars().count() > ID_CHARS_MAX || !id.chars().all(is_plain) {
            let sentence = format!("an id has at most {ID_CHARS_MAX} letters, digits and -_. alone");
            return Err(row.fault("id", sentence));
        }
        let is_new = self.ids.insert(id.into());
        is_new.then(|| id.into()).ok_or_else(|| row.fault("id", format!("the id '{id}' is there twice")))
    }

    fn check_references(&mut self, rules: &Rules) {
        for quiet in &rules.quiet {
            if let Some(rule) = quiet.our_rule.as_ref().filter(|rule| !self.ids.contains(*rule)) {
                self.faults.push(Fault {
                    file: "suppressed.csv".to_owned(),
                    line: quiet.line,
                    column: "our_rule".to_owned(),
                    sentence: format!("there is no rule '{rule}'"),
                });
            }
        }
    }

    fn has_rule(&self) -> Vec<bool> {
        let number = |at: usize| Ingredient::try_from(at).is_ok_and(|number| self.used.contains(&number));
        (0..self.names.len()).map(number).collect()
    }
}

/// What was said of a thing, and where.
struct Known {
    tier: Tier,
    /// The rest that decides when and how it is said.
    rest: [Box<str>; 2],
    file: &'static str,
    line: u64,
}

/// Remembers in which tier the same thing was said before, and where.
#[derive(Default)]
pub(super) struct Said {
    known: BTreeMap<String, Known>,
    /// Rows that say once more what another one says.
    repeated: Vec<Fault>,
}

impl Said {
    /// Refuses the second tier for one thing.
    pub(super) fn once(&mut self, row: &Row<'_>, what: String, tier: Tier) -> Result<(), Fault> {
        let rest = ["tier_when_confirmed", "when"].map(|column| row.cell(column).into());
        match self.known.get(&what) {
            Some(known) if known.tier != tier => {
                let (before, line) = (known.tier.name(), known.line);
                let sentence = format!("{what} is {} here and {before} in line {line}", tier.name());
                return Err(row.fault("tier", sentence));
            }
            Some(known) if known.rest == rest => {
                self.repeated.push(row.fault("", says_the_same(known.file, known.line)));
            }
            Some(_) => {}
            None => drop(self.known.insert(what, Known { tier, rest, file: row.file(), line: row.line() })),
        }
        Ok(())
    }
}

/// Of a row that has no effect beside another one.
pub(super) fn says_the_same(file: &str, line: u64) -> String {
    format!("line {line} of {file} says the same: this row has no effect")
}
