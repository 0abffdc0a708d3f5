//! Taking lists into the catalogue: all of it or nothing.

use std::collections::BTreeSet;

use das_tern::domain::auth::model::Caller;
use das_tern::domain::medicines::model::{Form, Medicine, Origin, Release, Route};
use das_tern::domain::medicines::{SHIPPED_LIST, list, rules, staging, tables};
use das_tern::flows::medicines::{self as flow, ImportMode, ImportReport, List};
use das_tern::platform::error::Result;
use das_tern::platform::i18n::{Language, text};
use das_tern::platform::store::Step;

use crate::jobs::kit::Room;

const HEADER: &str =
    "generic_name,khmer_name,form,strength,route,unit,brand_names,max_daily_dose,dose_source,active\n";

fn file(rows: &str) -> List {
    List { name: "clinic.csv".to_owned(), bytes: format!("{HEADER}{rows}").into_bytes() }
}

async fn import(room: &Room, list: List, mode: ImportMode) -> Result<ImportReport> {
    flow::import(&room.context, &Caller::system("test"), list, mode).await
}

fn all(room: &Room) -> Vec<Medicine> {
    let mut all = Vec::new();
    room.context
        .store
        .read(|tx| {
            tables::visit_all(tx, |medicine| {
                all.push(medicine);
                Ok(Step::Continue)
            })
        })
        .unwrap();
    all
}

fn find(room: &Room, generic: &str, form: Form, strength: &str, route: Route) -> Option<Medicine> {
    let id = rules::medicine_id(generic, form, strength, route);
    room.context.store.read(|tx| tables::get(tx, id)).unwrap()
}

#[test]
fn the_shipped_list_has_no_fault() {
    let mut generics = BTreeSet::new();
    let findings = list::read(list::text_of(SHIPPED_LIST).unwrap(), |_, content| {
        assert!(content.provenance.is_some(), "{} lacks its provenance", content.generic);
        assert!(content.french.is_some(), "{} lacks its French name", content.generic);
        generics.insert(content.generic);
        Ok(())
    })
    .unwrap();
    assert!(findings.faults.is_empty(), "{:#?}", findings.faults);
    assert!(generics.len() >= 400, "{} generics", generics.len());
    assert!(!SHIPPED_LIST.contains(&b'\r'), "lines end with LF");
}

#[test]
fn an_id_is_the_same_everywhere() {
    let id = rules::medicine_id("paracetamol", Form::Tablet, "500 mg", Route::Oral);
    assert_eq!(id.to_string(), "08c89246-3b28-8b36-96ec-ae6f7ad4d172");
    assert_eq!(id, rules::medicine_id("  Paracetamol ", Form::Tablet, "500  MG", Route::Oral));
    assert_ne!(id, rules::medicine_id("paracetamol", Form::Tablet, "1 g", Route::Oral));
    assert_eq!(id.0.get_version_num(), 8);
}

#[tokio::test]
async fn a_new_clinic_starts_with_the_shipped_list() {
    let room = Room::new();
    let report = flow::import_shipped(&room.context).await.unwrap().unwrap();
    assert_eq!(report.counts.new, report.counts.rows);
    assert_eq!(all(&room).len() as u64, report.counts.rows);
    assert!(flow::import_shipped(&room.context).await.unwrap().is_none(), "the same list is not read twice");
    let sources = room.context.store.read(|tx| tables::SOURCES.list_prefix(tx, &())).unwrap();
    assert_eq!(sources.len(), 1);
    assert_eq!(sources[0].1.origin, Origin::Shipped);
    room.verify();
}

#[tokio::test]
async fn importing_twice_changes_nothing_the_second_time() {
    let room = Room::new();
    let rows = "paracetamol,ប៉ារ៉ាសេតាមុល,TABLET,500 mg,ORAL,TABLET,Doliprane;Panadol,4000 mg,label,\n\
                amoxicillin,អាម៉ុកស៊ីស៊ីលីន,capsule,500 mg,oral,capsule,,,,no\n";
    let first = import(&room, file(rows), ImportMode::Apply).await.unwrap();
    assert_eq!((first.counts.rows, first.counts.new, first.counts.unchanged), (2, 2, 0));
    let before = all(&room);
    let second = import(&room, file(rows), ImportMode::Apply).await.unwrap();
    assert_eq!((second.counts.new, second.counts.changed, second.counts.unchanged), (0, 0, 2));
    assert_eq!(all(&room), before);
    let paracetamol = find(&room, "paracetamol", Form::Tablet, "500 mg", Route::Oral).unwrap();
    assert_eq!(paracetamol.content.brands, ["Doliprane", "Panadol"]);
    assert!(!find(&room, "amoxicillin", Form::Capsule, "500 mg", Route::Oral).unwrap().content.active);
    room.verify();
}

#[tokio::test]
async fn a_dry_run_tells_and_changes_nothing() {
    let room = Room::new();
    let good = "paracetamol,ប៉ារ៉ាសេតាមុល,TABLET,500 mg,ORAL,TABLET,,,,\n";
    let bad = "ibuprofen,,TABLET,200 mg,ORAL,TABLET,,,,\n";
    let report = import(&room, file(&format!("{good}{bad}")), ImportMode::DryRun).await.unwrap();
    assert_eq!((report.counts.rows, report.counts.new, report.fault_count), (2, 1, 1));
    assert_eq!((report.faults[0].line, report.faults[0].column.as_str()), (3, "khmer_name"));
    assert!(all(&room).is_empty());
    assert_eq!(room.context.store.read(|tx| tables::catalogue(tx)).unwrap().revision, 0);
    room.verify();
}

#[tokio::test]
async fn one_bad_row_keeps_the_whole_list_out_and_every_fault_is_named() {
    let room = Room::new();
    let rows = "paracetamol,ប៉ារ៉ាសេតាមុល,TABLET,500 mg,ORAL,TABLET,,,,\n\
                ,paracetamol,TABLETTE,500 mg,ORAL,TABLET,,4000,,maybe\n\
                paracetamol,ប៉ារ៉ាសេតាមុល,TABLET,500 MG,ORAL,TABLET,,,,\n\
                ibuprofen,អ៊ីប៊ុយប្រូហ្វេន,TABLET,200 mg,ORAL,TABLET,,4000,,\n\
                ibuprofen,អ៊ីប៊ុយប្រូហ្វេន,TABLET,400 mg,ORAL\n";
    let error = import(&room, file(rows), ImportMode::Apply).await.unwrap_err();
    let named: Vec<(&str, &str)> =
        error.fields().iter().map(|field| (field.field.as_str(), field.code)).collect();
    assert_eq!(
        named,
        [
            ("line 3, form", "catalogue_value_unknown"),
            ("line 3, active", "catalogue_value_unknown"),
            ("line 4", "catalogue_row_repeated"),
            ("line 5, dose_source", "medicine_source_required"),
            ("line 5, max_daily_dose", "medicine_limit_invalid"),
            ("line 6", "catalogue_cell_count"),
        ]
    );
    for field in error.fields() {
        for language in Language::ALL {
            let text = text(language, field.code, &field.args);
            assert!(text != field.code && !text.contains('{'), "{text}");
        }
    }
    assert!(all(&room).is_empty());
    let sources = room.context.store.read(|tx| tables::SOURCES.list_prefix(tx, &())).unwrap();
    assert!(sources.is_empty());
    room.verify();
}

#[tokio::test]
async fn headers_and_encodings_are_checked() {
    let room = Room::new();
    let codes = |bytes: &[u8]| {
        let list = List { name: "x.csv".to_owned(), bytes: bytes.to_vec() };
        let room = &room;
        async move {
            match import(room, list, ImportMode::Apply).await {
                Ok(report) => vec![format!("{} rows", report.counts.rows)],
                Err(error) => error.fields().iter().map(|f| format!("{}: {}", f.field, f.code)).collect(),
            }
        }
    };
    let row = "paracetamol,ប៉ារ៉ាសេតាមុល,TABLET,500 mg,ORAL,TABLET\n";
    let header = "generic_name,khmer_name,form,strength,route,unit\n";
    assert_eq!(codes(format!("\u{FEFF}{header}{row}").as_bytes()).await, ["1 rows"]);
    assert_eq!(codes(format!("{header}{row}").replace('\n', "\r\n").as_bytes()).await, ["1 rows"]);
    assert_eq!(codes(b"").await.len(), 6, "every missing column is named");
    assert_eq!(codes(header.as_bytes()).await, ["line 1: catalogue_empty"]);
    assert_eq!(
        codes(format!("generic,{header}").as_bytes()).await,
        ["line 1, generic: catalogue_column_unknown"]
    );
    assert_eq!(
        codes(header.replace("khmer_name", "kmer_name").as_bytes()).await,
        ["line 1, kmer_name: catalogue_column_misspelt", "line 1, khmer_name: catalogue_column_missing"]
    );
    // "paracétamol" as a spreadsheet program on an old Windows writes it.
    assert_eq!(codes(b"generic_name\nparac\xE9tamol\n").await, ["line 2: catalogue_not_utf8"]);
    assert_eq!(codes(b"\xFF\xFEg\0e\0").await, ["line 1: catalogue_is_utf16"]);
    assert_eq!(
        codes(b"generic_name\n\0\x01\x02\"\"\"").await[0],
        "line 1, khmer_name: catalogue_column_missing"
    );
}

#[tokio::test]
async fn the_shipped_list_leaves_the_clinics_own_entries_alone() {
    let room = Room::new();
    let rows = "paracetamol,ថ្នាំរបស់គ្លីនិក,TABLET,500 mg,ORAL,TABLET,,,,\n";
    import(&room, file(rows), ImportMode::Apply).await.unwrap();
    let report = flow::import_shipped(&room.context).await.unwrap().unwrap();
    assert_eq!(report.counts.kept, 1);
    let own = find(&room, "paracetamol", Form::Tablet, "500 mg", Route::Oral).unwrap();
    assert_eq!((own.content.khmer.as_str(), own.origin), ("ថ្នាំរបស់គ្លីនិក", Origin::Imported));
    room.verify();
}

/// An earlier version of the list called gliclazide 30 mg plain. Its entry stays for those who have it prescribed.
#[tokio::test]
async fn an_entry_that_became_another_one_stays_known() {
    let room = Room::new();
    let mut content = crate::medicines::rebuild::content("gliclazide");
    content.strength = "30 mg".to_owned();
    let old = rules::id_of(&content);
    let now = das_tern::platform::clock::Timestamp::from_milliseconds(0);
    let entry =
        Medicine { id: old, content, origin: Origin::Shipped, revision: 0, created_at: now, updated_at: now };
    room.context.store.write(move |tx| tables::save(tx, entry.clone())).await.unwrap();

    flow::import_shipped(&room.context).await.unwrap();
    flow::update_search(&room.context).await.unwrap();
    let kept = room.context.store.read(|tx| tables::require(tx, old)).unwrap().content;
    assert!(!kept.active);
    assert_eq!(kept.withdrawn.as_deref(), Some("Replaced by gliclazide 30 mg modified-release tablet"));
    let new = rules::identity("gliclazide", Form::Tablet, "30 mg", Route::Oral, Release::Modified);
    assert!(room.context.store.read(|tx| tables::require(tx, new)).unwrap().content.active);
    let found = room.context.search.search("gliclazide 30", 20).unwrap().unwrap();
    let ids: Vec<u128> = found.iter().map(|hit| hit.id).collect();
    assert!(ids.contains(&new.as_u128()) && !ids.contains(&old.as_u128()), "only the new one is offered");
    room.verify();
}

/// The process dies at each step of an import; afterwards the catalogue is the old one or the new one.
#[tokio::test]
async fn a_crash_in_the_middle_leaves_the_old_list_or_the_new_one() {
    let rows = |khmer: &str| {
        (0..600).map(|n| format!("medicine {n},{khmer},TABLET,5 mg,ORAL,TABLET,,,,\n")).collect::<String>()
    };
    let room = Room::new();
    import(&room, file(&rows("ចាស់")), ImportMode::Apply).await.unwrap();
    let new = file(&rows("ថ្មី"));
    let khmer_names = |room: &Room| {
        let ids: Vec<_> = all(room).into_iter().map(|medicine| medicine.id).collect();
        let names = room.context.store.read(|tx| {
            ids.iter().map(|id| Ok(tables::require(tx, *id)?.content.khmer)).collect::<Result<BTreeSet<_>>>()
        });
        names.unwrap().into_iter().collect::<Vec<_>>()
    };

    // Dead while the rows are being staged.
    let store = room.context.store.clone();
    let (bytes, base) = (new.bytes.clone(), store.read(|tx| tables::catalogue(tx)).unwrap());
    let staged = base.clone();
    let number = tokio::task::spawn_blocking(move || {
        staging::stage_list(&store, &bytes, Origin::Imported, &staged).unwrap()
    })
    .await
    .unwrap();
    assert_eq!(khmer_names(&room), ["ចាស់"]);
    let room = room.reborn();
    flow::settle(&room.context).await.unwrap();
    assert_eq!(khmer_names(&room), ["ចាស់"]);
    assert!(room.context.store.read(|tx| tables::STAGED.list_prefix(tx, &())).unwrap().is_empty());

    // Dead after the switch, with half of the rows moved.
    let store = room.context.store.clone();
    let bytes = new.bytes.clone();
    tokio::task::spawn_blocking(move || {
        let number_2 = staging::stage_list(&store, &bytes, Origin::Imported, &base).unwrap();
        assert!(number_2 > number);
        store
            .write_blocking(move |tx| {
                let source = das_tern::domain::medicines::model::Source {
                    number: number_2,
                    name: "new".to_owned(),
                    origin: Origin::Imported,
                    sha256: String::new(),
                    at: das_tern::platform::store::Reader::now(tx),
                    by: None,
                    counts: Default::default(),
                };
                staging::switch(tx, &base, &source)
            })
            .unwrap();
        store.write_blocking(staging::move_staged).unwrap();
    })
    .await
    .unwrap();
    assert_eq!(khmer_names(&room), ["ថ្មី"], "the switch counts at once, moved or not");
    let room = room.reborn();
    assert_eq!(khmer_names(&room), ["ថ្មី"]);
    flow::settle(&room.context).await.unwrap();
    assert_eq!(khmer_names(&room), ["ថ្មី"]);
    assert!(room.context.store.read(|tx| tables::STAGED.list_prefix(tx, &())).unwrap().is_empty());
    room.verify();
}
