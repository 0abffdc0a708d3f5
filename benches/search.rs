//! The medicine search over 100,000 synthetic entries, by kind of query: queries per second on one thread, median and
//! 99th percentile, and how many times faster than reading through all names. `cargo bench --bench search`
#![allow(
    missing_docs,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a benchmark measures and prints"
)]

use std::time::{Duration, Instant};

use das_tern::platform::search::{Entry, Name, NameIndex, NameKind, Watermark, folded};

const ENTRIES: usize = 100_000;
const QUERIES: usize = 2_000;
const LIMIT: usize = 10;

/// Types one query after another.
type Typist<'a> = Box<dyn FnMut() -> String + 'a>;

/// A small generator of the same numbers every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }
    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.roll(from.len())]
    }
}

const STARTS: [&str; 24] = [
    "para", "amo", "cef", "metro", "flu", "ator", "los", "bis", "ome", "cipro", "doxy", "ery", "genta",
    "hydro", "ibu", "keto", "lora", "mebe", "napro", "oxa", "pred", "rani", "salbu", "tetra",
];
const MIDDLES: [&str; 20] = [
    "ceta", "xici", "tria", "nida", "cona", "vasta", "sarta", "profe", "pra", "floxa", "cycli", "thro",
    "micro", "chloro", "lino", "dipi", "mido", "benda", "zola", "fena",
];
const ENDS: [&str; 20] = [
    "mol", "llin", "xone", "zole", "statin", "tan", "lol", "fen", "xacin", "cline", "mycin", "cin", "azide",
    "pine", "done", "dine", "sone", "mine", "prin", "dol",
];
const KHMER: [&str; 20] = [
    "ប៉ា",
    "រ៉ា",
    "សេ",
    "តា",
    "មុល",
    "អា",
    "ម៉ុក",
    "ស៊ី",
    "លីន",
    "មេ",
    "ត្រូ",
    "នី",
    "ដា",
    "សូល",
    "ហ្វ្លុយ",
    "កូ",
    "ណា",
    "ឡូ",
    "រ៉ូ",
    "ទីន",
];

fn latin(dice: &mut Dice) -> String {
    let mut name = dice.pick(&STARTS).to_owned();
    for _ in 0..=dice.roll(3) {
        name.push_str(dice.pick(&MIDDLES));
    }
    name.push_str(dice.pick(&ENDS));
    name
}

fn khmer(dice: &mut Dice) -> String {
    (0..4 + dice.roll(3)).map(|_| dice.pick(&KHMER)).collect()
}

struct Catalogue {
    entries: Vec<Entry>,
    generics: Vec<String>,
    brands: Vec<String>,
    khmer: Vec<String>,
    strengths: Vec<String>,
}

fn catalogue() -> Catalogue {
    let mut dice = Dice(7);
    let mut all =
        Catalogue { entries: vec![], generics: vec![], brands: vec![], khmer: vec![], strengths: vec![] };
    for id in 0..ENTRIES {
        // A third are combinations of two.
        let generic = match dice.roll(3) {
            0 => format!("{} + {}", latin(&mut dice), latin(&mut dice)),
            _ => latin(&mut dice),
        };
        let (brand, local) = (latin(&mut dice), khmer(&mut dice));
        let strength = format!("{} mg", [5, 10, 20, 50, 100, 250, 500, 850][dice.roll(8)]);
        let name = |kind, text: &str| Name { kind, text: text.to_owned() };
        all.entries.push(Entry {
            id: id as u128,
            names: vec![
                name(NameKind::Proper, &generic),
                name(NameKind::Local, &local),
                name(NameKind::Foreign, &format!("{generic}e")),
                name(NameKind::Alias, &brand),
            ],
            facets: vec![strength.clone(), "tablet".to_owned()],
            rank: id as u64 % 8,
        });
        all.generics.push(generic);
        all.brands.push(brand);
        all.khmer.push(local);
        all.strengths.push(strength);
    }
    all
}

fn start(name: &str, letters: usize) -> String {
    name.chars().take(letters).collect()
}

fn misspelt(name: &str, errors: usize, dice: &mut Dice) -> String {
    let mut letters: Vec<char> = name.split(' ').next().unwrap().chars().collect();
    for _ in 0..errors {
        let at = 1 + dice.roll(letters.len() - 1);
        match dice.roll(3) {
            0 => letters[at] = 'w',
            1 => letters.insert(at, 'w'),
            _ => drop(letters.remove(at)),
        }
    }
    letters.into_iter().collect()
}

fn main() {
    let all = catalogue();
    let folder = tempfile::TempDir::new().unwrap();
    let index = NameIndex::in_folder(folder.path().join("names"));
    let started = Instant::now();
    index
        .rebuild(Watermark { revision: 1, mark: 1 }, |batch| {
            all.entries.iter().try_for_each(|entry| batch.put(entry))
        })
        .unwrap();
    let built = started.elapsed();
    let started = Instant::now();
    index.open().unwrap();
    println!(
        "{ENTRIES} entries: built in {:.1} s, {} MB on disk, opened in {} ms",
        built.as_secs_f64(),
        size(&folder.path().join("names")) / 1_000_000,
        started.elapsed().as_millis()
    );
    let started = Instant::now();
    index.update(Watermark { revision: 2, mark: 2 }, |batch| batch.put(&all.entries[0])).unwrap();
    println!("one changed entry: searchable after {} ms", started.elapsed().as_millis());
    let folded_names: Vec<String> =
        all.entries.iter().flat_map(|entry| entry.names.iter().map(|name| folded(&name.text))).collect();

    println!(
        "{:<28} {:>10} {:>9} {:>9} {:>7} {:>10}",
        "query", "per second", "p50 us", "p99 us", "found", "to a scan"
    );
    let mut dice = Dice(99);
    let mut any = || dice.roll(ENTRIES);
    let mut letters = Dice(3);
    let kinds: [(&str, Typist<'_>); 11] = [
        ("whole generic", Box::new(|| all.generics[any()].clone())),
        (
            "brand",
            Box::new({
                let mut d = Dice(1);
                let all = &all;
                move || all.brands[d.roll(ENTRIES)].clone()
            }),
        ),
        (
            "first letter",
            Box::new({
                let mut d = Dice(2);
                let all = &all;
                move || start(&all.generics[d.roll(ENTRIES)], 1)
            }),
        ),
        (
            "first 3 letters",
            Box::new({
                let mut d = Dice(3);
                let all = &all;
                move || start(&all.generics[d.roll(ENTRIES)], 3)
            }),
        ),
        (
            "first 6 letters",
            Box::new({
                let mut d = Dice(4);
                let all = &all;
                move || start(&all.generics[d.roll(ENTRIES)], 6)
            }),
        ),
        (
            "one typing error",
            Box::new({
                let mut d = Dice(5);
                let all = &all;
                move || misspelt(&all.generics[d.roll(ENTRIES)], 1, &mut d)
            }),
        ),
        (
            "two typing errors",
            Box::new({
                let mut d = Dice(6);
                let all = &all;
                move || misspelt(&all.generics[d.roll(ENTRIES)], 2, &mut d)
            }),
        ),
        (
            "name and strength",
            Box::new({
                let mut d = Dice(8);
                let all = &all;
                move || {
                    let at = d.roll(ENTRIES);
                    format!("{} {}", start(&all.generics[at], 6), all.strengths[at])
                }
            }),
        ),
        (
            "Khmer, first clusters",
            Box::new({
                let mut d = Dice(9);
                let all = &all;
                move || start(&all.khmer[d.roll(ENTRIES)], 6)
            }),
        ),
        (
            "Khmer, last letter lost",
            Box::new({
                let mut d = Dice(10);
                let all = &all;
                move || {
                    let name = &all.khmer[d.roll(ENTRIES)];
                    let at = name.chars().count() - 3;
                    name.chars().enumerate().filter(|(n, _)| *n != at).map(|(_, c)| c).collect()
                }
            }),
        ),
        (
            "nothing fits",
            Box::new(move || (0..8).map(|_| char::from(b'a' + letters.roll(26) as u8)).collect()),
        ),
    ];
    for (label, mut make) in kinds {
        let queries: Vec<String> = (0..QUERIES).map(|_| make()).collect();
        let mut times = Vec::with_capacity(QUERIES);
        let mut answered = 0;
        for query in &queries {
            let started = Instant::now();
            let hits = index.search(query, LIMIT).unwrap().unwrap();
            times.push(started.elapsed());
            answered += usize::from(!hits.is_empty());
        }
        let scan = scan_time(&folded_names, &queries);
        times.sort();
        let total: Duration = times.iter().sum();
        let per_second = QUERIES as f64 / total.as_secs_f64();
        println!(
            "{label:<28} {per_second:>10.0} {:>9.1} {:>9.1} {:>6}% {:>9.0}x",
            times[QUERIES / 2].as_secs_f64() * 1e6,
            times[QUERIES * 99 / 100].as_secs_f64() * 1e6,
            answered * 100 / QUERIES,
            scan.as_secs_f64() * per_second,
        );
    }
}

/// The time of one query that reads through all names, which forgives no typing error.
fn scan_time(names: &[String], queries: &[String]) -> Duration {
    let few = &queries[..20];
    let started = Instant::now();
    for query in few {
        let query = folded(query);
        let found = names.iter().filter(|name| name.contains(&query)).count();
        std::hint::black_box(found);
    }
    started.elapsed() / few.len() as u32
}

fn size(folder: &std::path::Path) -> u64 {
    std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().metadata().unwrap().len()).sum()
}
