//! Finding medicines of the shipped list while their names are typed.

use std::collections::BTreeSet;
use std::sync::Arc;

use das_tern::domain::medicines::model::Medicine;
use das_tern::domain::medicines::tables;
use das_tern::flows::medicines as flow;
use das_tern::platform::ids::MedicineId;
use das_tern::platform::search::{Entry, Name, NameIndex, NameKind, Watermark, clusters, folded};
use proptest::prelude::*;
use tokio::sync::OnceCell;

use crate::jobs::kit::Room;

/// One clinic with the shipped list for all tests that only read.
async fn clinic() -> Arc<Room> {
    static CLINIC: OnceCell<Arc<Room>> = OnceCell::const_new();
    let room = CLINIC
        .get_or_init(|| async {
            let room = Room::new();
            flow::import_shipped(&room.context).await.unwrap();
            flow::update_search(&room.context).await.unwrap();
            Arc::new(room)
        })
        .await;
    Arc::clone(room)
}

fn find(room: &Room, typed: &str, limit: usize) -> Vec<Medicine> {
    let hits = room.context.search.search(typed, limit).unwrap().expect("the index is built");
    let load = |id: u128| {
        room.context.store.read(|tx| tables::require(tx, MedicineId(uuid::Uuid::from_u128(id)))).unwrap()
    };
    hits.iter().map(|hit| load(hit.id)).collect()
}

/// The generic names found, each once, best first.
fn generics(room: &Room, typed: &str, limit: usize) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let found = find(room, typed, limit).into_iter().map(|medicine| medicine.content.generic);
    found.filter(|generic| seen.insert(generic.clone())).collect()
}

#[tokio::test]
async fn misspelt_names_are_found() {
    let room = clinic().await;
    let file = include_str!("../../data/misspellings.csv");
    let (mut tried, mut missed) = (0, Vec::new());
    for line in file.lines().skip(1) {
        let (typed, expected) = line.split_once(',').unwrap();
        tried += 1;
        let found = find(&room, typed, 5);
        if !found.iter().any(|medicine| medicine.content.generic == expected) {
            let names: Vec<String> = found.into_iter().map(|medicine| medicine.content.generic).collect();
            missed.push(format!("{typed}: expected {expected}, found {names:?}"));
        }
    }
    println!(
        "{} of {tried} found among the first five; missed:\n{}",
        tried - missed.len(),
        missed.join("\n")
    );
    assert!(tried >= 150 && missed.len() * 10 <= tried, "{missed:#?}");
}

#[tokio::test]
async fn names_of_other_countries_find_the_generic() {
    let room = clinic().await;
    for (typed, expected) in [
        ("acetaminophen", "paracetamol"),
        ("albuterol", "salbutamol"),
        ("frusemide", "furosemide"),
        ("HCTZ", "hydrochlorothiazide"),
        ("co-amoxiclav", "amoxicillin + clavulanic acid"),
        ("coamoxiclav", "amoxicillin + clavulanic acid"),
        ("co-trimoxazole", "sulfamethoxazole + trimethoprim"),
        ("cotrimoxazole", "sulfamethoxazole + trimethoprim"),
        ("adrenaline", "epinephrine"),
        ("noradrenaline", "norepinephrine"),
        ("lignocaine", "lidocaine"),
        ("dihydroartemisinin", "artenimol + piperaquine"),
        ("DHA-piperaquine", "artenimol + piperaquine"),
        ("glyburide", "glibenclamide"),
        ("rifampin", "rifampicin"),
        ("nitroglycerin", "glyceryl trinitrate"),
        ("acyclovir", "aciclovir"),
        ("prothionamide", "protionamide"),
        ("TLD", "dolutegravir + lamivudine + tenofovir disoproxil"),
        ("gentian violet", "methylrosanilinium chloride"),
        ("NPH insulin", "insulin human, isophane"),
        ("vitamin K1", "phytomenadione"),
    ] {
        assert_eq!(generics(&room, typed, 5).first().map(String::as_str), Some(expected), "{typed}");
    }
    assert!(find(&room, "ranitidine", 5).iter().all(|medicine| medicine.content.active), "withdrawn");
    let modified = find(&room, "gliclazide MR", 5);
    assert_eq!(modified[0].content.release.name(), "MODIFIED");
}

/// With a hyphen, with a space or in one word: a name is the same name, also when more is typed behind it.
#[tokio::test]
async fn hyphens_separate_nothing() {
    let room = clinic().await;
    for (forms, expected) in [
        (
            ["co-amoxiclav", "co amoxiclav", "coamoxiclav", "Co\u{2010}Amoxiclav"],
            "amoxicillin + clavulanic acid",
        ),
        (
            ["co-amoxiclav 875", "co amoxiclav 875 mg", "coamoxiclav 875 mg", "amoxi-clav 875"],
            "amoxicillin + clavulanic acid",
        ),
        (["beta-methasone", "beta methasone", "betamethasone", "béta-méthasone"], "betamethasone"),
        (
            ["beta-methasone cream", "beta methasone cream", "betamethasone cream", "Beta-Methasone"],
            "betamethasone",
        ),
        (["co-trimoxazole", "co trimoxazole", "cotrimoxazole", "co-trim"], "sulfamethoxazole + trimethoprim"),
        (["hydro-cortisone", "hydro cortisone", "hydrocortisone", "hydro-cortisone 1%"], "hydrocortisone"),
        (["para-cetamol 500", "para cetamol 500 mg", "paracetamol 500", "para-cétamol"], "paracetamol"),
    ] {
        for typed in forms {
            let found = generics(&room, typed, 5);
            assert_eq!(found.first().map(String::as_str), Some(expected), "{typed}: {found:?}");
        }
    }
}

#[tokio::test]
async fn the_start_of_a_name_finds_it() {
    let room = clinic().await;
    for (typed, expected) in [
        ("par", "paracetamol"),
        ("amox", "amoxicillin"),
        ("AMOX", "amoxicillin"),
        ("metfo", "metformin"),
        ("ប៉ារ៉ា", "paracetamol"),
        ("អាម៉ុក", "amoxicillin"),
        ("dolip", "paracetamol"),
        ("oméprazo", "omeprazole"),
        ("omeprazo", "omeprazole"),
        ("acide acétylsal", "acetylsalicylic acid"),
    ] {
        let found = generics(&room, typed, 20);
        let expected = expected.to_owned();
        assert!(found.contains(&expected), "{typed}: {found:?}");
    }
}

#[tokio::test]
async fn khmer_is_found_however_it_is_encoded() {
    let room = clinic().await;
    let plain = generics(&room, "ប៉ារ៉ាសេតាមុល", 5);
    assert_eq!(plain[0], "paracetamol");
    let variants = [
        // Zero-width spaces between the syllables.
        "ប៉ា\u{200B}រ៉ា\u{200B}សេតាមុល",
        // The shifter after the vowel instead of before it.
        "បា៉រា៉សេតាមុល",
        // Without shifters.
        "បារាសេតាមុល",
        // A joiner at the end.
        "ប៉ារ៉ាសេតាមុល\u{200D}",
    ];
    for typed in variants {
        assert_eq!(generics(&room, typed, 5), plain, "{typed}");
    }
    let digits = find(&room, "ប៉ារ៉ាសេតាមុល ៥០០", 5);
    assert!(digits[0].content.strength.starts_with("500"), "{digits:?}");
    // The middle of a name: pairs of clusters.
    assert!(generics(&room, "រ៉ាសេតាមុល", 10).contains(&"paracetamol".to_owned()));
    // A brand that the list knows in Latin letters only.
    assert_eq!(generics(&room, "ដូលីប្រាន", 5)[0], "paracetamol");
}

#[tokio::test]
async fn better_matches_come_first() {
    let room = clinic().await;
    // The plain generic before its combinations, whole names before longer ones.
    assert_eq!(generics(&room, "amoxicillin", 20)[..2], ["amoxicillin", "amoxicillin + clavulanic acid"]);
    assert_eq!(generics(&room, "paracetamol", 20)[0], "paracetamol");
    assert_eq!(generics(&room, "glibenclamide", 10)[0], "glibenclamide");
    // The start of the name before the start of a later word.
    let metformin = generics(&room, "metformin", 20);
    assert_eq!(metformin[0], "metformin");
    assert!(metformin.contains(&"glibenclamide + metformin".to_owned()), "{metformin:?}");
    // A name that starts so before a brand that starts so.
    let found = find(&room, "cef", 100);
    assert!(found[0].content.generic.starts_with("cef"), "{}", found[0].content.generic);
    // A whole brand before generics that only start so.
    assert_eq!(generics(&room, "augmentin", 5)[0], "amoxicillin + clavulanic acid");
    // What is written right before what is nearly right.
    assert_eq!(generics(&room, "prednisolone", 10)[0], "prednisolone");
    // Presentations in the order of form and strength.
    let strengths: Vec<String> =
        find(&room, "atorvastatin", 3).into_iter().map(|m| m.content.strength).collect();
    assert_eq!(strengths, ["10 mg", "20 mg", "40 mg"]);
}

#[tokio::test]
async fn strength_and_form_narrow() {
    let room = clinic().await;
    let first = |typed: &str| {
        let medicine = find(&room, typed, 5).into_iter().next().unwrap_or_else(|| panic!("{typed}: nothing"));
        format!("{} {} {}", medicine.content.generic, medicine.content.form.name(), medicine.content.strength)
    };
    assert_eq!(first("paracetamol 500"), "paracetamol TABLET 500 mg");
    assert_eq!(first("paracetamol 500mg"), "paracetamol TABLET 500 mg");
    assert_eq!(first("500 mg paracetamol"), "paracetamol TABLET 500 mg");
    assert_eq!(first("paracetamol 1 g"), "paracetamol TABLET 1 g");
    assert_eq!(first("paracetamol sirop"), "paracetamol SYRUP 120 mg/5 mL");
    assert_eq!(first("amoxi clav"), "amoxicillin + clavulanic acid TABLET 500 mg + 125 mg");
    assert_eq!(first("paracetmol suppositoire"), "paracetamol SUPPOSITORY 125 mg");
    assert_eq!(first("metformine 850"), "metformin TABLET 850 mg");
}

#[tokio::test]
async fn a_strength_that_is_typed_comes_first() {
    let room = clinic().await;
    let mut wrong = Vec::new();
    for (typed, expected) in [
        ("folic acid 5 mg", "folic acid 5 mg"),
        ("folic acid 5mg", "folic acid 5 mg"),
        ("folic acid 5", "folic acid 5 mg"),
        ("folic acid 5 m", "folic acid 5 mg"),
        ("folic acid 5 mg tablet", "folic acid 5 mg"),
        ("folic acid 5 mg tab", "folic acid 5 mg"),
        ("folic acid 5.0 mg", "folic acid 5 mg"),
        ("folic acid 0.4 mg", "folic acid 0.4 mg"),
        ("folic acid 400 mcg", "folic acid 0.4 mg"),
        ("acide folique 5 mg", "folic acid 5 mg"),
        ("folik acid 5 mg", "folic acid 5 mg"),
        ("5 mg folic acid", "folic acid 5 mg"),
        ("amlodipine 5 mg", "amlodipine 5 mg"),
        ("amlodipine 10", "amlodipine 10 mg"),
        ("warfarin 5 mg", "warfarin 5 mg"),
        ("warfarin 1 mg", "warfarin 1 mg"),
        // The same weight in another unit.
        ("paracetamol 1000 mg", "paracetamol 1 g"),
        ("levothyroxine 0.1 mg", "levothyroxine 100 mcg"),
        // A unit in full, or with the letter for micro, and while it is being written.
        ("digoxin 250 microgram", "digoxin 0.25 mg"),
        ("digoxin 250 micrograms", "digoxin 0.25 mg"),
        ("digoxin 250 micro", "digoxin 0.25 mg"),
        ("digoxin 250 \u{b5}g", "digoxin 0.25 mg"),
        ("digoxin 250\u{3bc}g", "digoxin 0.25 mg"),
        ("digoxine 0,25 milligrammes", "digoxin 0.25 mg"),
        ("250ug digoxin", "digoxin 0.25 mg"),
        ("paracetamol 1 gram", "paracetamol 1 g"),
        // What all parts of a combination are together.
        ("co-amoxiclav 625", "amoxicillin + clavulanic acid 500 mg + 125 mg"),
        ("augmentin 625 mg", "amoxicillin + clavulanic acid 500 mg + 125 mg"),
        ("co-amoxiclav 1 g", "amoxicillin + clavulanic acid 875 mg + 125 mg"),
        ("augmentin 1.2 g", "amoxicillin + clavulanic acid 1 g + 200 mg"),
        ("co-amoxiclav 312.5 mg/5 ml", "amoxicillin + clavulanic acid 250 mg + 62.5 mg/5 mL"),
        ("cotrimoxazole 480", "sulfamethoxazole + trimethoprim 400 mg + 80 mg"),
        // So much in a volume, of whatever volume it is said.
        ("amoxicillin 250 mg/5 ml", "amoxicillin 250 mg/5 mL"),
        ("amoxicillin 250mg/5ml", "amoxicillin 250 mg/5 mL"),
        ("amoxicillin 50 mg/ml", "amoxicillin 250 mg/5 mL"),
        ("paracetamol 24 mg/ml", "paracetamol 120 mg/5 mL"),
        ("gentamicin 80 mg/2 ml", "gentamicin 40 mg/mL"),
        ("co-amoxiclav 250 mg + 62.5 mg/5 ml", "amoxicillin + clavulanic acid 250 mg + 62.5 mg/5 mL"),
    ] {
        let found: Vec<String> = find(&room, typed, 5)
            .into_iter()
            .map(|medicine| format!("{} {}", medicine.content.generic, medicine.content.strength))
            .collect();
        if found.first().map(String::as_str) != Some(expected) {
            wrong.push(format!("{typed}: {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    // Where there is none of that strength, none of another is offered for it.
    assert!(find(&room, "folic acid 2 mg", 5).is_empty());
}

#[tokio::test]
async fn any_input_is_answered() {
    let room = clinic().await;
    for nothing in
        ["", " ", "\t\n", "\u{200B}", "🤒💊", "---", "***", "()", "\"", "៉", "\u{17D2}", "zzzzzzzzqqq"]
    {
        assert!(find(&room, nothing, 10).is_empty(), "{nothing:?} found something");
    }
    // Query syntax is text.
    for typed in
        ["paracetamol AND", "+paracetamol", "paracetamol*", "\"paracetamol\"", "(paracetamol)", "name:para"]
    {
        find(&room, typed, 10);
    }
    assert_eq!(generics(&room, "+paracetamol", 5)[0], "paracetamol");
    assert_eq!(generics(&room, "paracetamol 💊", 5)[0], "paracetamol");
    find(&room, &"a".repeat(100_000), 10);
    find(&room, &"ក្ក".repeat(50_000), 10);
    find(&room, &"a ".repeat(50_000), 10);
    assert!(find(&room, "a", 100).len() <= 100);
    assert!(find(&room, "paracetamol", 0).is_empty());
}

#[tokio::test]
async fn answers_do_not_depend_on_how_the_index_was_made() {
    let room = clinic().await;
    let medicines = {
        let mut all = Vec::new();
        room.context
            .store
            .read(|tx| {
                tables::visit_all(tx, |medicine| {
                    all.extend(Some(medicine).filter(|medicine| medicine.content.active));
                    Ok(das_tern::platform::store::Step::Continue)
                })
            })
            .unwrap();
        all
    };
    // The same entries in another order and in several pieces.
    let other = NameIndex::in_memory();
    for (piece, part) in medicines.rchunks(400).enumerate() {
        let to = Watermark { revision: piece as u64 + 1, mark: 1 };
        let fill = |batch: &mut das_tern::platform::search::Batch<'_>| {
            part.iter()
                .rev()
                .try_for_each(|medicine| batch.put(&das_tern::domain::medicines::search::entry(medicine)))
        };
        if piece == 0 { other.rebuild(to, fill).unwrap() } else { other.update(to, fill).unwrap() }
    }
    for typed in ["a", "para", "amoxicilin", "ប៉ារ៉ា", "cef", "500", "vitamin", "acid"] {
        let ids = |index: &NameIndex| {
            index.search(typed, 30).unwrap().unwrap().iter().map(|hit| hit.id).collect::<Vec<_>>()
        };
        assert_eq!(ids(&room.context.search), ids(&other), "{typed}");
    }
}

#[test]
fn texts_are_folded() {
    for (typed, expected) in [
        ("Énalapril® 5mg", "enalapril 5mg"),
        ("  Œstradiol ", "oestradiol"),
        ("amoxicillin + clavulanic acid", "amoxicillin clavulanic acid"),
        ("0.9%", "0.9%"),
        ("1,5 g", "1.5 g"),
        ("៥០០ mg", "500 mg"),
        ("ក្រ\u{200C}", "ក្រ"),
        // The vowel typed before the subscript, and in two parts.
        ("កា្រ", "ក្រា"),
        ("ក\u{17C1}\u{17B6}", "កោ"),
    ] {
        assert_eq!(folded(typed), expected);
    }
    assert_eq!(clusters("ប៉ារ៉ាសេតាមុល"), ["ប៉ា", "រ៉ា", "សេ", "តា", "មុ", "ល"]);
    assert_eq!(clusters("ក្រុម"), ["ក្រុ", "ម"]);
    assert_eq!(clusters("abc"), ["a", "b", "c"]);
}

fn small_index() -> NameIndex {
    let index = NameIndex::in_memory();
    let names =
        ["amlodipine", "amoxicillin", "paracetamol", "ciprofloxacin", "hydrochlorothiazide", "zinc sulfate"];
    index
        .rebuild(Watermark { revision: 1, mark: 1 }, |batch| {
            for (id, name) in names.iter().enumerate() {
                let name = Name { kind: NameKind::Proper, text: (*name).to_owned() };
                batch.put(&Entry { id: id as u128, names: vec![name], facets: vec![], rank: 0 })?;
            }
            Ok(())
        })
        .unwrap();
    index
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Folding twice is folding once, and clusters are the text.
    #[test]
    fn folding_is_stable(text in "[a-zA-Zéèç0-9 .,%\u{1780}-\u{17DD}\u{200B}]{0,30}") {
        let once = folded(&text);
        prop_assert_eq!(folded(&once), once.clone());
        prop_assert_eq!(clusters(&once).concat(), once);
    }

    /// Two typing errors in a word of eight letters or more never hide the name.
    #[test]
    fn forgiven_errors_never_hide_a_name(
        which in 0_usize..5,
        edits in prop::collection::vec((0_usize..30, 0_u8..4, b'a'..=b'z'), 2),
    ) {
        static INDEX: std::sync::OnceLock<NameIndex> = std::sync::OnceLock::new();
        let index = INDEX.get_or_init(small_index);
        let name = ["amlodipine", "amoxicillin", "paracetamol", "ciprofloxacin", "hydrochlorothiazide"][which];
        let mut letters: Vec<char> = name.chars().collect();
        for (place, kind, letter) in edits {
            let at = place % letters.len();
            match kind {
                0 => letters.insert(at, char::from(letter)),
                1 => { letters.remove(at); }
                2 => letters[at] = char::from(letter),
                _ if at > 0 => letters.swap(at - 1, at),
                _ => {}
            }
        }
        let typed: String = letters.into_iter().collect();
        // A letter lost between two that are swapped counts as three errors.
        prop_assume!(strsim::osa_distance(name, &typed) <= 2);
        let hits = index.search(&typed, 10).unwrap().unwrap();
        prop_assert!(hits.iter().any(|hit| hit.id == which as u128), "{} as {}", name, typed);
    }

    /// Whatever is typed, the answer is an answer.
    #[test]
    fn nothing_breaks_the_search(typed in "\\PC{0,40}") {
        static INDEX: std::sync::OnceLock<NameIndex> = std::sync::OnceLock::new();
        let hits = INDEX.get_or_init(small_index).search(&typed, 5).unwrap().unwrap();
        prop_assert!(hits.len() <= 5);
    }
}
