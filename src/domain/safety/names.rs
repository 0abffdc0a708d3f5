//! Names of medicines as the rules write them, resolved to ingredients of the catalogue and the routes by which they count.

use std::collections::{BTreeMap, BTreeSet};

use unicode_normalization::UnicodeNormalization as _;

use crate::domain::medicines::model::Route;

/// A set of routes, one bit each.
pub(super) type Routes = u16;

/// By these a member without `@` counts: they bring the medicine into the whole body.
const SYSTEMIC: [Route; 7] = [
    Route::Oral,
    Route::Intravenous,
    Route::Intramuscular,
    Route::Subcutaneous,
    Route::Rectal,
    Route::Sublingual,
    Route::Transdermal,
];

/// Every route.
pub(super) const EVERY: Routes = Routes::MAX;

/// The bit of a route.
pub(super) const fn bit(route: Route) -> Routes {
    1 << (route as Routes)
}

/// The bits of several.
pub(super) fn bits<'a>(routes: impl IntoIterator<Item = &'a Route>) -> Routes {
    routes.into_iter().fold(0, |bits, route| bits | bit(*route))
}

/// The bits of the routes into the whole body.
pub(super) fn systemic() -> Routes {
    bits(&SYSTEMIC)
}

/// One entry of the catalogue, as far as rules name it.
#[derive(Debug, Clone)]
pub struct CatalogueName<'a> {
    /// Its generic name; parts of a combination joined by ` + `.
    pub generic: &'a str,
    /// The ways in which it may be given.
    pub routes: &'a [Route],
    /// What else people call it: brands, names of other countries and languages.
    pub called: Vec<&'a str>,
}

/// What people mean by a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Meant {
    /// These ingredients.
    Ingredients(Vec<Ingredient>),
    /// The class of this id.
    Class(Box<str>),
}

/// An ingredient's number.
pub(super) type Ingredient = u16;

/// One side of a rule: ingredients, each with the routes by which it counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Side {
    members: Vec<(Ingredient, Routes)>,
    /// Whether it means every ingredient by a route into the whole body, and names none.
    is_every: bool,
    /// Whether it names one ingredient and not a class.
    pub specific: bool,
}

impl Side {
    /// Every ingredient.
    pub(super) fn every() -> Self {
        Self { is_every: true, ..Self::default() }
    }

    /// Whether an ingredient given by these routes is one of them.
    pub(super) fn holds(&self, ingredient: Ingredient, routes: Routes) -> bool {
        let is_meant = self.is_every && routes & systemic() != 0;
        is_meant || self.routes(ingredient).is_some_and(|own| own & routes != 0)
    }

    /// Whether an ingredient is one of them by whatever route.
    pub(super) fn names(&self, ingredient: Ingredient) -> bool {
        self.routes(ingredient).is_some()
    }

    fn routes(&self, ingredient: Ingredient) -> Option<Routes> {
        let at = self.members.binary_search_by_key(&ingredient, |(member, _)| *member).ok()?;
        self.members.get(at).map(|(_, routes)| *routes)
    }

    /// Its ingredients.
    pub(super) fn ingredients(&self) -> impl Iterator<Item = Ingredient> + '_ {
        self.members.iter().map(|(ingredient, _)| *ingredient)
    }

    pub(super) fn len(&self) -> usize {
        self.members.len()
    }
}

/// All names.
#[derive(Debug, Default)]
pub(super) struct Names {
    numbers: BTreeMap<Box<str>, Ingredient>,
    texts: Vec<Box<str>>,
    routes: Vec<Routes>,
    counts_as: Vec<Ingredient>,
    classes: BTreeMap<Box<str>, (Box<str>, Side)>,
    /// What people mean by a name that is none of an ingredient; nothing for one that means several things.
    called: BTreeMap<Box<str>, Option<Meant>>,
}

impl Names {
    pub(super) fn of_catalogue<'a>(catalogue: impl IntoIterator<Item = CatalogueName<'a>>) -> Self {
        let mut names = Self::default();
        for entry in catalogue {
            let routes = bits(entry.routes);
            let mut parts = Vec::new();
            for part in entry.generic.split(" + ") {
                let number = names.numbers.get(part).copied().or_else(|| names.enter(part));
                parts.extend(number);
                if let Some(known) = number.and_then(|number| names.routes.get_mut(usize::from(number))) {
                    *known |= routes;
                }
            }
            for called in entry.called.iter().copied().chain([entry.generic]) {
                names.call(called, &Meant::Ingredients(parts.clone()));
            }
        }
        names
    }

    /// Lets a name mean something, and nothing when it means something else already.
    fn call(&mut self, name: &str, meant: &Meant) {
        let name = spoken(name);
        if name.is_empty() {
            return;
        }
        let known = self.called.entry(name.into()).or_insert_with(|| Some(meant.clone()));
        if known.as_ref().is_some_and(|known| known != meant) {
            *known = None;
        }
    }

    /// Lets a word mean a class.
    pub(super) fn call_class(&mut self, id: &str, word: &str) -> Result<(), String> {
        if !self.classes.contains_key(id) {
            return Err(format!("there is no class '{id}'"));
        }
        self.call(word, &Meant::Class(id.into()));
        Ok(())
    }

    /// What people mean by a name: an ingredient, a brand or another name, a class; with a strength behind it or not.
    pub(super) fn meant(&self, typed: &str) -> Option<Meant> {
        let typed = spoken(typed);
        let ingredient = self.number(&typed).map(|number| Meant::Ingredients(vec![number]));
        ingredient.or_else(|| self.called.get(typed.as_str()).cloned().flatten())
    }

    /// Every name that people use, and what is meant by it; nothing for one that means several things.
    pub(super) fn each_called(&self) -> impl Iterator<Item = (&str, Option<&Meant>)> {
        self.called.iter().map(|(name, meant)| (&**name, meant.as_ref()))
    }

    /// The ingredients that a search means: whose own name, brand or other name begins with it or has a word that does.
    /// Scripts without spaces between words are searched anywhere.
    pub(super) fn searched(&self, query: &str) -> BTreeSet<Ingredient> {
        let query = plain(query);
        let has_words = query.is_ascii();
        let fits = |name: &str| {
            let name = plain(name);
            if !has_words {
                return name.contains(&query);
            }
            name.match_indices(&query).any(|(at, _)| {
                let before = name.get(..at).and_then(|before| before.chars().next_back());
                before.is_none_or(|before| !before.is_alphanumeric())
            })
        };
        let own = self.numbers.iter().filter(|(name, _)| fits(name)).map(|(_, number)| *number);
        let called = self.called.iter().filter(|(name, _)| fits(name)).flat_map(|(_, meant)| match meant {
            Some(Meant::Ingredients(of)) => of.as_slice(),
            _ => &[],
        });
        let all: BTreeSet<Ingredient> = own.chain(called.copied()).collect();
        all.iter().map(|number| self.counted_as(*number)).chain(all.iter().copied()).collect()
    }

    fn enter(&mut self, name: &str) -> Option<Ingredient> {
        let number = Ingredient::try_from(self.texts.len()).ok()?;
        self.numbers.insert(name.into(), number);
        self.texts.push(name.into());
        self.routes.push(0);
        self.counts_as.push(number);
        Some(number)
    }

    /// Lets the rules of one name hold for another.
    pub(super) fn count_as(&mut self, name: &str, other: &str) -> Result<(), String> {
        let number = self.number(name).ok_or_else(|| not_there(name))?;
        let other = self.number(other).or_else(|| self.enter(other)).ok_or_else(|| not_there(other))?;
        let routes = self.routes.get(usize::from(number)).copied().unwrap_or_default();
        if let Some(known) = self.routes.get_mut(usize::from(other)) {
            *known |= routes;
        }
        if let Some(place) = self.counts_as.get_mut(usize::from(number)) {
            *place = other;
        }
        Ok(())
    }

    /// The number of an ingredient by its own name.
    pub(super) fn number(&self, name: &str) -> Option<Ingredient> {
        self.numbers.get(name).copied()
    }

    /// The ingredient whose rules hold for it.
    pub(super) fn counted_as(&self, number: Ingredient) -> Ingredient {
        self.counts_as.get(usize::from(number)).copied().unwrap_or(number)
    }

    /// What an ingredient is called.
    pub(super) fn text(&self, number: Ingredient) -> &str {
        self.texts.get(usize::from(number)).map_or("", |text| text)
    }

    pub(super) fn len(&self) -> usize {
        self.texts.len()
    }

    /// Adds a class.
    pub(super) fn add_class(&mut self, id: &str, name: &str, members: &str) -> Result<(), String> {
        if self.classes.contains_key(id) {
            return Err(format!("the class '{id}' is there twice"));
        }
        let mut side = Side::default();
        for member in members.split(';').map(str::trim).filter(|member| !member.is_empty()) {
            let (ingredient, routes) = self.member(member)?;
            match side.members.binary_search_by_key(&ingredient, |(member, _)| *member) {
                Ok(at) => {
                    if let Some((_, own)) = side.members.get_mut(at) {
                        *own |= routes;
                    }
                }
                Err(at) => side.members.insert(at, (ingredient, routes)),
            }
        }
        if side.members.is_empty() {
            return Err(format!("the class '{id}' has no member"));
        }
        self.classes.insert(id.into(), (name.into(), side));
        self.call(name, &Meant::Class(id.into()));
        Ok(())
    }

    /// What a class is called.
    pub(super) fn class(&self, id: &str) -> Option<(&str, &Side)> {
        self.classes.get(id).map(|(name, side)| (&**name, side))
    }

    /// One side of a rule: a class or an ingredient.
    pub(super) fn side(&self, text: &str) -> Result<Side, String> {
        if let Some((_, side)) = self.classes.get(text) {
            return Ok(side.clone());
        }
        if text.starts_with("c-") {
            return Err(format!("there is no class '{text}'"));
        }
        Ok(Side { members: vec![self.member(text)?], specific: true, is_every: false })
    }

    /// `gentamicin@INTRAMUSCULAR/INTRAVENOUS`, `timolol@ANY`, `warfarin`.
    fn member(&self, text: &str) -> Result<(Ingredient, Routes), String> {
        let (name, by) = text.split_once('@').map_or((text, None), |(name, by)| (name, Some(by)));
        let number = self.number(name).ok_or_else(|| not_there(name))?;
        let number = self.counted_as(number);
        let routes = match by {
            None => systemic(),
            Some("ANY") => EVERY,
            Some(list) => {
                let routes: Option<Vec<Route>> = list.split('/').map(Route::from_name).collect();
                bits(&routes.ok_or_else(|| format!("'{list}' in '{text}' is no list of routes"))?)
            }
        };
        let known = self.routes.get(usize::from(number)).copied().unwrap_or_default();
        if known & routes == 0 {
            return Err(format!("'{name}' is never given by the route of '{text}'"));
        }
        Ok((number, routes))
    }
}

/// A name without capitals and accents, with single spaces. Signs of other scripts stay.
pub(super) fn plain(name: &str) -> String {
    let letters = name.nfd().filter(|letter| !('\u{300}'..='\u{36F}').contains(letter));
    let text: String = letters.flat_map(char::to_lowercase).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A name as it is looked up: small letters, single spaces, without the strength and what follows it.
fn spoken(name: &str) -> String {
    let words = name.split_whitespace();
    let words = words.take_while(|word| !word.starts_with(|first: char| first.is_ascii_digit()));
    let name = words.collect::<Vec<_>>().join(" ").to_lowercase();
    name.trim_end_matches(['.', ',', ';']).to_owned()
}

fn not_there(name: &str) -> String {
    format!("'{name}' is neither an ingredient of the catalogue nor a class")
}
