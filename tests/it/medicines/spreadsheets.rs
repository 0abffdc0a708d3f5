//! Lists as spreadsheet programs save them: other separators, other line ends, empty columns and rows.

use das_tern::domain::auth::model::Caller;
use das_tern::domain::medicines::model::{Content, Form, Release, Route};
use das_tern::domain::medicines::{list, rules};
use das_tern::flows::medicines::{self as flow, ImportMode, List};
use das_tern::platform::i18n::Language;

use crate::jobs::kit::Room;

const HEADER: &str = "generic_name,khmer_name,form,strength,route,unit,brand_names";
const PARACETAMOL: &str = "paracetamol,ប៉ារ៉ាសេតាមុល,TABLET,500 mg,ORAL,TABLET,Doliprane";
const IBUPROFEN: &str = "ibuprofen,អ៊ីប៊ុយប្រូហ្វេន,TABLET,200 mg,ORAL,TABLET,";

/// What a list brings, or its faults as `field: code`.
fn read(text: &str) -> Result<Vec<String>, Vec<String>> {
    let mut generics = Vec::new();
    let findings = list::read(text, |_, content| {
        generics.push(content.generic);
        Ok(())
    })
    .unwrap();
    if findings.faults.is_empty() {
        assert_eq!(findings.rows, generics.len() as u64);
        return Ok(generics);
    }
    Err(findings
        .faults
        .iter()
        .map(|fault| {
            let named = format!("{}: {}", fault.error.field, fault.error.code);
            assert!(fault.error.field.starts_with(&format!("line {}", fault.line)), "{named}");
            fault.error.args.iter().fold(named, |named, (_, value)| format!("{named} {value}"))
        })
        .collect())
}

/// The same lines with each of the line ends that editors write.
fn with_each_line_end(lines: &[&str], check: impl Fn(&str, &str)) {
    for end in ["\n", "\r\n", "\r"] {
        let text = lines.iter().map(|line| format!("{}{end}", line.replace('\n', end))).collect::<String>();
        check(&text, end);
        check(text.trim_end_matches(['\r', '\n']), end);
    }
}

#[test]
fn semicolons_and_tabs_separate_cells_as_well() {
    for separator in [",", ";", "\t"] {
        let rows = [HEADER, PARACETAMOL, IBUPROFEN].map(|line| line.replace(',', separator));
        let lines: Vec<&str> = rows.iter().map(String::as_str).collect();
        with_each_line_end(&lines, |text, end| {
            let both = Ok(vec!["paracetamol".to_owned(), "ibuprofen".to_owned()]);
            assert_eq!(read(text), both, "{separator:?} {end:?}");
            assert_eq!(read(&format!("sep={separator}{end}{text}")), both, "{separator:?} {end:?}");
            assert_eq!(read(&format!("\"SEP={separator}\"{end}{text}")), both, "{separator:?} {end:?}");
        });
    }
    // A cell with a semicolon stands in quotation marks where semicolons separate.
    let semicolons = format!("{}\n{}", HEADER.replace(',', ";"), PARACETAMOL.replace(',', ";"))
        .replace("Doliprane", "\"Doliprane;Panadol\"");
    let mut brands = Vec::new();
    list::read(&semicolons, |_, content| {
        brands = content.brands;
        Ok(())
    })
    .unwrap();
    assert_eq!(brands, ["Doliprane", "Panadol"]);
}

#[test]
fn another_separator_is_named() {
    let bars = format!("{HEADER}\n{PARACETAMOL}\n").replace(',', "|");
    assert_eq!(read(&bars), Err(vec!["line 1: catalogue_separator_unknown |".to_owned()]));
    let wrong = format!("sep=|\n{HEADER}\n{PARACETAMOL}\n");
    assert_eq!(read(&wrong), Err(vec!["line 1: catalogue_separator_unknown |".to_owned()]));
}

#[test]
fn columns_and_rows_that_were_only_touched_are_ignored() {
    let header = format!("{HEADER},,");
    let (first, second) = (format!("{PARACETAMOL},,"), format!("{IBUPROFEN}, ,"));
    let lines = [&*header, &first, ",,,,,,,,", " ", &second, ",,,,,,,,", ""];
    with_each_line_end(&lines, |text, end| {
        assert_eq!(read(text), Ok(vec!["paracetamol".to_owned(), "ibuprofen".to_owned()]), "{end:?}");
    });
    // What stands in a column without a name is not thrown away.
    let text = format!("{HEADER},\n{PARACETAMOL},note\n");
    assert_eq!(read(&text), Err(vec!["line 2: catalogue_cell_count 8 7".to_owned()]));
    let text = format!(",{HEADER}\n,{PARACETAMOL}\n");
    assert_eq!(read(&text), Err(vec!["line 1: catalogue_column_unnamed 1".to_owned()]));
    let text = format!("{HEADER},x\n{PARACETAMOL},\n");
    let Err(faults) = read(&text) else { panic!("an unknown column was taken") };
    assert!(faults[0].starts_with("line 1, x: catalogue_column_unknown"), "{faults:?}");
}

#[test]
fn faults_name_the_line_that_an_editor_shows() {
    let broken = "amoxicillin,អាម៉ុកស៊ីស៊ីលីន,PILL,500 mg,ORAL,CAPSULE,";
    let quoted = "cefalexin,សេហ្វាឡេក្ស៊ីន,CAPSULE,500 mg,ORAL,CAPSULE,\"Keflex;\nKeforal\"";
    let lines = [HEADER, PARACETAMOL, "", "", quoted, broken, "", PARACETAMOL];
    // The quoted brand takes two lines.
    with_each_line_end(&lines, |text, end| {
        let Err(faults) = read(text) else { panic!("a broken list was taken") };
        assert!(faults[0].starts_with("line 7, form: catalogue_value_unknown"), "{end:?} {faults:?}");
        assert_eq!(faults[1], "line 9: catalogue_row_repeated 2", "{end:?}");
        let Err(later) = read(&format!("{end}sep=,{end}{text}")) else { panic!("a broken list was taken") };
        assert!(later[0].starts_with("line 2, sep=: catalogue_column_unknown"), "{end:?} {later:?}");
        let Err(later) = read(&format!("sep=,{end}{text}")) else { panic!("a broken list was taken") };
        assert!(later[0].starts_with("line 8, form: catalogue_value_unknown"), "{end:?} {later:?}");
        assert_eq!(later[1], "line 10: catalogue_row_repeated 3", "{end:?}");
    });
    // A quotation mark that is never closed.
    let open = format!("{HEADER}\r\n{PARACETAMOL}\r\n\"{IBUPROFEN}\r\n{PARACETAMOL}\r\n");
    assert_eq!(read(&open), Err(vec!["line 3: catalogue_line_unreadable".to_owned()]));
}

#[tokio::test]
async fn a_release_makes_another_medicine() {
    let room = Room::new();
    let rows = "generic_name,khmer_name,form,strength,route,unit,release,synonyms,usual_pieces,active,withdrawn\n\
                morphine,ម៉ូហ្វីន,TABLET,10 mg,ORAL,TABLET,,,,,\n\
                morphine,ម៉ូហ្វីន,TABLET,10 mg,ORAL,TABLET,modified,morphine sulfate; MS,1-3,,\n\
                ranitidine,រ៉ានីទីឌីន,TABLET,150 mg,ORAL,TABLET,,,,no,Withdrawn in many countries\n";
    let list = List { name: "clinic.csv".to_owned(), bytes: rows.as_bytes().to_vec() };
    let report = flow::import(&room.context, &Caller::system("test"), list, ImportMode::Apply).await.unwrap();
    assert_eq!(report.counts.new, 3);
    let plain = rules::medicine_id("morphine", Form::Tablet, "10 mg", Route::Oral);
    let modified = rules::identity("morphine", Form::Tablet, "10 mg", Route::Oral, Release::Modified);
    assert_ne!(plain, modified);
    let get = |id| {
        room.context.store.read(|tx| das_tern::domain::medicines::tables::require(tx, id)).unwrap().content
    };
    assert_eq!((get(plain).release, get(plain).piece_range()), (Release::Plain, None));
    let modified = get(modified);
    assert_eq!(
        (modified.release, &*modified.synonyms),
        (Release::Modified, &["morphine sulfate".to_owned(), "MS".to_owned()][..])
    );
    let range = modified.piece_range().unwrap();
    assert_eq!((range.least, range.most), (10_000, 30_000));
    room.verify();

    let faulty = "generic_name,khmer_name,form,strength,route,unit,release,usual_pieces,withdrawn\n\
                  morphine,ម៉ូហ្វីន,TABLET,10 mg,ORAL,TABLET,slow,many,gone\n";
    let Err(faults) = read(faulty) else { panic!("a faulty list was taken") };
    assert!(faults[0].starts_with("line 2, release: catalogue_value_unknown PLAIN, MODIFIED"), "{faults:?}");
    let Err(faults) = read(&faulty.replace("slow", "")) else { panic!("a faulty list was taken") };
    assert_eq!(
        faults,
        ["line 2, withdrawn: medicine_withdrawn_but_active", "line 2, usual_pieces: medicine_pieces_invalid"]
    );
}

#[test]
fn entries_stored_before_releases_were_known_are_plain() {
    let stored = serde_json::json!({
        "generic": "paracetamol", "khmer": "ប៉ារ៉ាសេតាមុល", "form": "TABLET", "strength": "500 mg", "route": "ORAL",
        "unit": "TABLET", "active": true,
    });
    let content: Content = serde_json::from_value(stored).unwrap();
    assert_eq!((content.release, content.synonyms.len(), &content.withdrawn), (Release::Plain, 0, &None));
    assert_eq!(rules::id_of(&content).to_string(), "08c89246-3b28-8b36-96ec-ae6f7ad4d172");
    assert_eq!(content.display_name(Language::English), "paracetamol 500 mg tablet");
    assert_eq!(content.display_name(Language::Khmer), "ប៉ារ៉ាសេតាមុល 500 mg គ្រាប់");
}
