//! Lists of other houses, turned into rule files of ours: rules between classes in the shape of the French thesaurus of
//! interactions, and maximum doses in the shape of the product file of the Veterans Affairs.
//!
//! A name is understood whole or refused. Nobody here has read what such a list says, so none of its rules counts as
//! verified, and none stops a prescription before a reviewer stands for it.

use std::collections::BTreeMap;

use super::fault::Fault;
use super::names::{CatalogueName, Meant, Names, plain};
use super::rules::{Files, HAZARDS, MORE_CLASSES, MORE_DOSES, MORE_INTERACTIONS, Rules};
use super::table::{Columns, Row, each_row, plain_rows, ten_thousandths};
use crate::domain::medicines::model::Route;

/// Longest words of a rule in characters.
const WORDS_MAX: usize = 500;

/// A list as a rule file of ours.
#[derive(Debug, Default)]
pub struct Converted {
    /// The file.
    pub text: String,
    /// For each of its rows the line of the list from which it was made.
    lines: Vec<u64>,
    /// Rows that were left out, and why.
    pub skipped: Vec<Fault>,
    /// What is wrong with the list.
    pub faults: Vec<Fault>,
}

impl Converted {
    /// A fault of the file as one of the list.
    #[must_use]
    pub fn traced(&self, fault: Fault) -> Fault {
        // The head is the first line, and each row one line.
        let row = fault.line.checked_sub(2).and_then(|row| usize::try_from(row).ok());
        match row.and_then(|row| self.lines.get(row)) {
            Some(line) => Fault { line: *line, ..fault },
            None => fault,
        }
    }
}

/// What is done with a row whose medicine is not known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnknownNames {
    /// It is a fault.
    Refused,
    /// It is left out and named.
    Skipped,
}

/// What other houses mean by names.
#[derive(Debug)]
pub struct Lookup {
    names: Names,
    /// By the name without capitals and accents; nothing for one that means several things.
    plain: BTreeMap<String, Option<Meant>>,
}

impl Lookup {
    /// The names of the catalogue and of the classes of these files.
    ///
    /// # Errors
    /// The faults of these files.
    pub fn read<'c>(
        files: &Files<'_>,
        catalogue: impl IntoIterator<Item = CatalogueName<'c>>,
    ) -> Result<Self, Vec<Fault>> {
        let names = Rules::names_of(files, catalogue)?;
        let mut lookup = Self { plain: BTreeMap::new(), names };
        let called: Vec<(String, Option<Meant>)> =
            lookup.names.each_called().map(|(name, meant)| (plain(name), meant.cloned())).collect();
        for (name, meant) in called {
            lookup.add(name, meant);
        }
        for row in [MORE_CLASSES, "classes.csv"].iter().flat_map(|file| plain_rows(files.text(file))) {
            let class = Meant::Class(row.key.as_str().into());
            for name in [row.cell("name_fr"), row.cell("name_en"), &row.key] {
                lookup.add(plain(name), Some(class.clone()));
            }
        }
        Ok(lookup)
    }

    fn add(&mut self, name: String, meant: Option<Meant>) {
        let known = self.plain.entry(name).or_insert_with(|| meant.clone());
        if *known != meant {
            *known = None;
        }
    }

    /// The class or substance as our files write it.
    fn side(&self, typed: &str) -> Result<String, Unresolved> {
        let meant = match self.names.number(&typed.to_lowercase()) {
            Some(number) => Some(Meant::Ingredients(vec![number])),
            None => self.plain.get(&plain(typed)).cloned().flatten(),
        };
        match meant {
            Some(Meant::Class(id)) => Ok(id.into()),
            Some(Meant::Ingredients(of)) => match of.as_slice() {
                [one] => Ok(self.names.text(*one).to_owned()),
                _ => Err(Unresolved::Combination),
            },
            None => Err(Unresolved::Unknown),
        }
    }
}

/// Why a name is not understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unresolved {
    Unknown,
    Combination,
}

impl Unresolved {
    fn sentence(self, typed: &str) -> String {
        match self {
            Self::Unknown => format!("'{typed}' is neither a substance of the catalogue nor a class"),
            Self::Combination => format!("'{typed}' holds several substances: name one"),
        }
    }
}

/// Reads the lists into rows of ours.
struct Converting<'a> {
    lookup: &'a Lookup,
    unknown: UnknownNames,
    done: Converted,
    rows: Vec<Vec<String>>,
    /// What was said of one thing, and in which line.
    said: BTreeMap<String, (String, u64)>,
}

impl<'a> Converting<'a> {
    fn new(lookup: &'a Lookup, unknown: UnknownNames) -> Self {
        let (done, rows, said) = (Converted::default(), Vec::new(), BTreeMap::new());
        Self { lookup, unknown, done, rows, said }
    }

    /// A name in a column; nothing where the row is left out for it.
    fn side(&mut self, row: &Row<'_>, column: &'static str) -> Result<Option<String>, Fault> {
        let typed = row.cell(column);
        match self.lookup.side(typed) {
            Ok(side) => Ok(Some(side)),
            Err(why) => {
                let fault = row.fault(column, why.sentence(typed));
                if self.unknown == UnknownNames::Refused {
                    return Err(fault);
                }
                self.done.skipped.push(fault);
                Ok(None)
            }
        }
    }

    /// Keeps a row that says `what` of a thing. The same twice is one row, two things of one are a contradiction.
    fn keep(
        &mut self,
        row: &Row<'_>,
        (thing, what): (String, String),
        cells: Vec<String>,
    ) -> Result<(), Fault> {
        match self.said.get(&thing) {
            Some((before, line)) if *before == what => {
                let sentence = format!("line {line} says the same: this row is left out");
                self.done.skipped.push(row.fault("", sentence));
                Ok(())
            }
            Some((before, line)) => {
                let sentence =
                    format!("{thing} is {what} here and {before} in line {line}: only one can be right");
                Err(row.fault("", sentence))
            }
            None => {
                self.said.insert(thing, (what, row.line()));
                self.done.lines.push(row.line());
                self.rows.push(cells);
                Ok(())
            }
        }
    }

    fn finish(mut self, head: &str, faults: Vec<Fault>) -> Converted {
        self.done.faults = faults;
        self.done.text = format!("{head}\n");
        for row in self.rows {
            let cells: Vec<String> =
                row.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
            self.done.text += &cells.join(",");
            self.done.text.push('\n');
        }
        self.done
    }
}

/// Rules between classes or substances, one in each row:
/// `a`, `b`: class or substance, by any name that the catalogue or the classes know, in English, French or Khmer.
/// `level`: `contraindication`, `not advised`, `precaution` or `take into account`, or the French words or letters.
/// `risk`: what may happen. `conduct`: what to do. `source` and `year`. `hazard`: one of ours, OTHER when left out.
pub fn class_rules(text: &str, lookup: &Lookup, unknown: UnknownNames) -> Converted {
    const COLUMNS: Columns = Columns {
        required: &["a", "b", "level", "risk", "conduct", "source", "year"],
        optional: &["hazard"],
    };
    let mut converting = Converting::new(lookup, unknown);
    let mut faults = Vec::new();
    each_row(MORE_INTERACTIONS, text, &COLUMNS, &mut faults, |row| {
        let (level, hazard) = (level_of(row)?, hazard_of(row)?);
        let (source, year) = source_of(row)?;
        let risk = words_of(row, "risk")?;
        if risk.is_empty() {
            return Err(row.fault("risk", "a rule says what may happen"));
        }
        let conduct = words_of(row, "conduct")?;
        let (Some(a), Some(b)) = (converting.side(row, "a")?, converting.side(row, "b")?) else {
            return Ok(());
        };
        let mut pair = [slug(&a), slug(&b)];
        pair.sort_unstable();
        let id = format!("imp-{}-{}-{}", pair.join("-"), hazard.to_lowercase(), "ddi");
        let (tier, confirmed) = level;
        let thing = format!("{a} with {b} ({hazard})");
        let cells = [&*id, &a, &b, tier, confirmed, hazard, risk, conduct, "", source, year, "recalled"]
            .map(str::to_owned);
        let what = if confirmed.is_empty() { tier } else { confirmed };
        let thing = if pair.first() == Some(&slug(&a)) { thing } else { format!("{b} with {a} ({hazard})") };
        converting.keep(row, (thing, format!("{what}: {risk}")), cells.into())
    });
    let head = "id,a,b,tier,tier_when_confirmed,hazard,effect_en,action_en,condition,source,year,basis";
    converting.finish(head, faults)
}

/// The tier of a level, and the one that it gets once a reviewer stands for it.
fn level_of(row: &Row<'_>) -> Result<(&'static str, &'static str), Fault> {
    let typed = row.cell("level");
    Ok(match plain(typed).replace(['\u{2019}', '\''], " ").as_str() {
        "contraindication" | "contraindicated" | "contre-indication" | "ci" => ("WARN", "STOP"),
        "not advised" | "association deconseillee" | "asdec" | "ad" => ("WARN", ""),
        "precaution" | "precaution d emploi" | "pe" => ("WARN", ""),
        "take into account" | "a prendre en compte" | "apec" => ("NOTE", ""),
        _ => {
            let sentence = format!(
                "'{typed}' is none of contraindication, not advised, precaution and take into account"
            );
            return Err(row.fault("level", sentence));
        }
    })
}

fn hazard_of<'a>(row: &Row<'a>) -> Result<&'a str, Fault> {
    match row.cell("hazard") {
        "" => Ok("OTHER"),
        hazard if HAZARDS.contains(&hazard) => Ok(hazard),
        other => Err(row.fault("hazard", format!("'{other}' is none of {}", HAZARDS.join(", ")))),
    }
}

fn source_of<'a>(row: &Row<'a>) -> Result<(&'a str, &'a str), Fault> {
    let (source, year) = (words_of(row, "source")?, row.cell("year"));
    if source.is_empty() {
        return Err(row.fault("source", "a rule names its source"));
    }
    let is_year = year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit());
    if is_year {
        Ok((source, year))
    } else {
        Err(row.fault("year", format!("'{year}' is no year such as 2024")))
    }
}

fn words_of<'a>(row: &Row<'a>, column: &str) -> Result<&'a str, Fault> {
    let words = row.cell(column);
    if words.chars().count() <= WORDS_MAX && !words.contains(['\n', '\r']) {
        return Ok(words);
    }
    Err(row.fault(column, format!("more than one line, or more than {WORDS_MAX} characters")))
}

/// Maximum doses, one product in each row:
/// `product`: as the list calls it, for whoever reads the list; may be left out. `generic`: the substance.
/// `route`: one of the catalogue's. `max_single_dose`, `max_daily_dose`: the amounts, either may be empty.
/// `unit`: mg, g, mcg or IU of the substance. `source` and `year`.
/// Products of one substance and route must agree: of two maxima neither can be known to be meant.
pub fn maximum_doses(text: &str, lookup: &Lookup, unknown: UnknownNames) -> Converted {
    const COLUMNS: Columns = Columns {
        required: &["generic", "route", "max_single_dose", "max_daily_dose", "unit", "source", "year"],
        optional: &["product"],
    };
    let mut converting = Converting::new(lookup, unknown);
    let mut faults = Vec::new();
    each_row(MORE_DOSES, text, &COLUMNS, &mut faults, |row| {
        let (source, year) = source_of(row)?;
        let route = row.cell("route");
        let route = Route::from_name(route)
            .ok_or_else(|| row.fault("route", format!("'{route}' is no route of the catalogue")))?;
        let (unit, factor) = unit_of(row)?;
        let (single, daily) =
            (amount(row, "max_single_dose", factor)?, amount(row, "max_daily_dose", factor)?);
        if single.is_empty() && daily.is_empty() {
            converting.done.skipped.push(row.fault("max_single_dose", "no maximum is given"));
            return Ok(());
        }
        let Some(generic) = converting.side(row, "generic")? else { return Ok(()) };
        if generic.starts_with("c-") {
            return Err(
                row.fault("generic", format!("'{}' is a class: name a substance", row.cell("generic")))
            );
        }
        let id = format!("max-{}-{}", slug(&generic), route.name().to_lowercase());
        let cells = [
            &*id,
            &generic,
            route.name(),
            "",
            "",
            &single,
            &daily,
            unit,
            "",
            "",
            "",
            "",
            "",
            source,
            year,
            "recalled",
        ];
        let thing = format!("{generic} ({})", route.name());
        let what = format!("'{single}' {unit} at once and '{daily}' {unit} a day");
        converting.keep(row, (thing, what), cells.map(str::to_owned).into())
    });
    let head = "id,generic,route,weight_from_kg,weight_below_kg,adult_max_single,adult_max_daily,unit,\
                child_mg_per_kg_dose,child_mg_per_kg_day,child_by_age,adults_per_kg,min_interval_hours,source,year,basis";
    converting.finish(head, faults)
}

/// The unit as our files write it, and how many of it one of the list's is.
fn unit_of(row: &Row<'_>) -> Result<(&'static str, u64), Fault> {
    let typed = row.cell("unit");
    Ok(match typed.to_lowercase().as_str() {
        "mg" => ("mg", 1),
        "g" => ("mg", 1_000),
        "mcg" | "ug" | "\u{b5}g" | "\u{3bc}g" => ("mcg", 1),
        "iu" | "ui" => ("IU", 1),
        _ => return Err(row.fault("unit", format!("'{typed}' is none of mg, g, mcg and IU"))),
    })
}

/// An amount in the unit of our files; an empty text where none is given.
fn amount(row: &Row<'_>, column: &str, factor: u64) -> Result<String, Fault> {
    let typed = row.cell(column);
    if typed.is_empty() {
        return Ok(String::new());
    }
    let amount =
        ten_thousandths(typed).filter(|amount| *amount > 0).and_then(|amount| amount.checked_mul(factor));
    let amount =
        amount.ok_or_else(|| row.fault(column, format!("'{typed}' is not a number above 0 such as 2.5")))?;
    let (whole, part) = (amount / 10_000, format!("{:04}", amount % 10_000));
    let part = part.trim_end_matches('0');
    Ok(if part.is_empty() { whole.to_string() } else { format!("{whole}.{part}") })
}

/// A name as part of an id.
fn slug(name: &str) -> String {
    name.to_lowercase()
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("-")
}
