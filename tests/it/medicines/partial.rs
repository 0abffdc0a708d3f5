//! Lists that say less than the catalogue, and values that cannot be read.

use std::process::Command;

use das_tern::domain::auth::model::Caller;
use das_tern::domain::medicines::model::{Content, Form, Route};
use das_tern::domain::medicines::{rules, tables};
use das_tern::flows::medicines::{self as flow, ImportMode, ImportReport, List};
use das_tern::platform::error::Result;
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::jobs::kit::Room;
use crate::kit::TestServer;

const BARE: &str = "generic_name,khmer_name,form,strength,route,unit";

async fn import(room: &Room, text: &str, mode: ImportMode) -> Result<ImportReport> {
    let list = List { name: "clinic.csv".to_owned(), bytes: text.as_bytes().to_vec() };
    flow::import(&room.context, &Caller::system("test"), list, mode).await
}

fn paracetamol(room: &Room) -> Content {
    let id = rules::medicine_id("paracetamol", Form::Tablet, "500 mg", Route::Oral);
    room.context.store.read(|tx| tables::require(tx, id)).unwrap().content
}

#[tokio::test]
async fn a_list_without_a_column_leaves_what_the_entries_say() {
    let room = Room::new();
    let whole = format!(
        "{BARE},brand_names,max_daily_dose,dose_source,usual_pieces,level_of_care\n\
         paracetamol,ប៉ារ៉ា,TABLET,500 mg,ORAL,TABLET,Doliprane,4000 mg,label,1-2,MPA\n"
    );
    import(&room, &whole, ImportMode::Apply).await.unwrap();
    let before = paracetamol(&room);

    let bare = format!("{BARE}\nparacetamol,ប៉ារ៉ា,TABLET,500 MG,ORAL,TABLET\n");
    let report = import(&room, &bare, ImportMode::Apply).await.unwrap();
    assert_eq!((report.counts.changed, report.counts.unchanged), (0, 1));
    assert_eq!(paracetamol(&room), before);

    // A maximum without its own source column stands on the source that the entry names.
    let raised = format!("{BARE},max_daily_dose\nparacetamol,ប៉ារ៉ា,TABLET,500 mg,ORAL,TABLET,3000 mg\n");
    let dry = import(&room, &raised, ImportMode::DryRun).await.unwrap();
    assert_eq!(dry.counts.changed, 1);
    let named: Vec<_> = dry.changes.iter().map(|change| (change.name.as_str(), &*change.columns)).collect();
    assert_eq!(named, [("paracetamol 500 mg tablet", &["max_daily_dose"][..])]);
    assert_eq!(paracetamol(&room), before, "a dry run writes nothing");

    let cleared = raised.replace("3000 mg", "");
    let done = import(&room, &cleared, ImportMode::Apply).await.unwrap();
    assert_eq!(done.changes[0].columns, ["max_daily_dose"]);
    let after = paracetamol(&room);
    assert_eq!((after.max_daily_dose, after.dose_source), (None, before.dose_source));
    assert_eq!(after.usual_pieces, before.usual_pieces);
    room.verify();
}

#[tokio::test]
async fn a_list_that_knows_no_further_ways_leaves_those_of_the_entry() {
    let room = Room::new();
    let row = "gentamicin,ហ្សង់តាមីស៊ីន,INJECTION,80 mg/2 mL,INTRAVENOUS,AMPOULE";
    let id = rules::medicine_id("gentamicin", Form::Injection, "80 mg/2 mL", Route::Intravenous);
    let routes = |room: &Room| room.context.store.read(|tx| tables::require(tx, id)).unwrap().content.routes;
    // A list from before the column: the entry has its one way.
    import(&room, &format!("{BARE}\n{row}\n"), ImportMode::Apply).await.unwrap();
    assert_eq!(routes(&room), Vec::new());
    let several = format!("{BARE},routes\n{row},intramuscular; INTRAVENOUS\n");
    let report = import(&room, &several, ImportMode::Apply).await.unwrap();
    assert_eq!(report.changes[0].columns, ["routes"]);
    assert_eq!(routes(&room), [Route::Intravenous, Route::Intramuscular], "its own way first");
    import(&room, &format!("{BARE}\n{row}\n"), ImportMode::Apply).await.unwrap();
    assert_eq!(routes(&room).len(), 2, "a list without the column says nothing");
    for (cell, code) in [
        ("INTRAVENOUS;ORAL", "medicine_routes_invalid"),
        ("INTRAMUSCULAR;SUBCUTANEOUS", "medicine_routes_invalid"),
        ("INTRAVENOUS;SOMEHOW", "catalogue_value_unknown"),
    ] {
        let faulty = format!("{BARE},routes\n{row},{cell}\n");
        let report = import(&room, &faulty, ImportMode::DryRun).await.unwrap();
        assert_eq!(report.faults[0].error.code, code, "{cell}");
    }
    import(&room, &format!("{BARE},routes\n{row},\n"), ImportMode::Apply).await.unwrap();
    assert_eq!(routes(&room), Vec::new(), "an empty cell clears it");
    room.verify();
}

#[tokio::test]
async fn only_a_yes_takes_a_withdrawn_entry_back() {
    let room = Room::new();
    let withdrawn = format!(
        "{BARE},active,withdrawn\nparacetamol,ប៉ារ៉ា,TABLET,500 mg,ORAL,TABLET,no,Recalled by the maker\n"
    );
    import(&room, &withdrawn, ImportMode::Apply).await.unwrap();
    let row = "paracetamol,ប៉ារ៉ា,TABLET,500 mg,ORAL,TABLET";
    for silent in [format!("{BARE}\n{row}\n"), format!("{BARE},active\n{row},\n")] {
        import(&room, &silent, ImportMode::Apply).await.unwrap();
        let entry = paracetamol(&room);
        assert_eq!((entry.active, entry.withdrawn.as_deref()), (false, Some("Recalled by the maker")));
    }
    let report = import(&room, &format!("{BARE},active\n{row},yes\n"), ImportMode::Apply).await.unwrap();
    assert_eq!(report.changes[0].columns, ["active", "withdrawn"]);
    let entry = paracetamol(&room);
    assert_eq!((entry.active, entry.withdrawn), (true, None));
    room.verify();
}

#[tokio::test]
async fn changed_entries_are_named_up_to_a_hundred() {
    let room = Room::new();
    let rows = |khmer: &str| {
        let row = |n| format!("medicine {n},{khmer},TABLET,5 mg,ORAL,TABLET\n");
        format!("{BARE}\n{}", (0..120).map(row).collect::<String>())
    };
    import(&room, &rows("ចាស់"), ImportMode::Apply).await.unwrap();
    let dry = import(&room, &rows("ថ្មី"), ImportMode::DryRun).await.unwrap();
    assert_eq!((dry.counts.changed, dry.changes.len()), (120, 100));
    room.verify();
}

fn new(strength: &str) -> Value {
    json!({
        "genericName": "Testamol", "khmerName": "តេស្តាម៉ុល", "form": "TABLET", "strength": strength, "route": "ORAL",
        "unit": "TABLET",
    })
}

#[tokio::test]
async fn a_strength_or_maximum_that_cannot_be_read_is_refused() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    for strength in
        ["0,5 g", "500", "-500 mg", "NaN", "1e3 mg", "５００ mg", "1,000 mg", "4.000 mg", "500 mg500 mg"]
    {
        let refused = admin.post("/medicines", new(strength)).await.expect(400);
        assert_eq!(refused.bad_fields(), ["strength"], "{strength}");
        assert!(refused.json.to_string().contains("500 mg, 0.5 g"), "{}", refused.json);
    }
    for (strength, kept) in
        [("500 MG", "500 mg"), ("250 µg", "250 mcg"), ("125 ug", "125 mcg"), ("5 Mg", "5 mg")]
    {
        assert_eq!(admin.post("/medicines", new(strength)).await.expect(201).json["strength"], kept);
    }
    let made = admin.post("/medicines", new("1 g")).await.expect(201).json;
    let path = format!("/medicines/{}", made["id"].as_str().unwrap());
    for maximum in
        ["4000 mg/day", "4000 mg per day", "1e9 mg", "4.000 mg", "4000", "8 capsules", "4000 mg + 8 tablets"]
    {
        for field in ["maxDailyDose", "maxSingleDose"] {
            let refused =
                admin.patch(&path, json!({field: maximum, "doseSource": "label"})).await.expect(400);
            assert_eq!(refused.bad_fields(), [field], "{maximum}");
            assert!(refused.json.to_string().contains("4000 mg or 8 tablets"), "{}", refused.json);
        }
    }
    for maximum in ["4000 MG", "4 g", "8 tablets"] {
        admin.patch(&path, json!({"maxDailyDose": maximum, "doseSource": "label"})).await.ok();
    }
    for field in
        ["khmerName", "frenchName", "description", "renalNote", "provenance", "usualDose", "withdrawn"]
    {
        let mut change = json!({"doseSource": "label", "noteSource": "label", "active": false});
        change[field] = json!("ថ្នាំ gm 5\u{202e}");
        let refused = admin.patch(&path, change).await.expect(400);
        assert_eq!(refused.bad_fields(), [field]);
    }
    let refused = admin.patch(&path, json!({"brandNames": ["Dol\u{200b}iprane"]})).await.expect(400);
    assert_eq!(refused.bad_fields(), ["brandNames"]);
    admin.patch(&path, json!({"description": "ថ្នាំ\u{200b}ឈឺ"})).await.ok();
    server.finish().await;
}

#[tokio::test]
async fn a_parameter_that_is_not_known_is_refused_everywhere() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let upload = |query: &str| {
        let list = format!("{BARE}\ntestamol,តេស្តាម៉ុល,TABLET,5 mg,ORAL,TABLET\n");
        admin.call(Method::POST, format!("/medicines/import{query}")).body("text/csv", list)
    };
    let refused = upload("?dryrun=true").await.expect(400).code("validation_failed");
    assert_eq!(refused.bad_fields(), ["dryrun"]);
    assert!(refused.json.to_string().contains("dryRun"), "the nearest is named: {}", refused.json);
    assert_eq!(upload("?dryRun=false&dryRun=true").await.expect(400).bad_fields(), ["dryRun"]);
    assert_eq!(admin.get("/medicines/sources").await.ok()["items"], json!([]), "nothing was written");
    assert_eq!(admin.get("/medicines/sources?x=1").await.expect(400).bad_fields(), ["x"]);
    assert_eq!(admin.get("/users?serch=a&limit=5").await.expect(400).bad_fields(), ["serch"]);
    assert_eq!(upload("?name=a%0Ab").await.expect(400).bad_fields(), ["name"]);
    assert_eq!(upload("?dryRun=true").await.ok()["changes"], json!([]));
    server.finish().await;
}

#[test]
fn a_dry_run_on_the_command_line_leaves_an_empty_folder_empty() {
    let folder = TempDir::new().unwrap();
    let (list, data) = (folder.path().join("list.csv"), folder.path().join("data"));
    std::fs::create_dir(&data).unwrap();
    std::fs::write(&list, format!("{BARE}\ntestamol,តេស្ត,TABLET,5 mg,ORAL,TABLET\n")).unwrap();
    let run = |dry: bool| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_das-tern"));
        command.args(["catalog", "import"]).arg(&list).arg("--data").arg(&data).env_clear();
        if dry {
            command.arg("--dry-run");
        }
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(run(true).contains("would import 1 rows: 1 new"));
    assert_eq!(std::fs::read_dir(&data).unwrap().count(), 0);

    assert!(run(false).contains("imported 1 rows: 1 new"));
    let file = data.join("das-tern.redb");
    let before = std::fs::read(&file).unwrap();
    std::fs::write(&list, format!("{BARE}\ntestamol,ថ្មី,TABLET,5 mg,ORAL,TABLET\n")).unwrap();
    let told = run(true);
    assert!(told.contains("testamol 5 mg tablet: khmer_name") && told.contains("1 changed"), "{told}");
    assert_eq!(std::fs::read(&file).unwrap(), before);
}
