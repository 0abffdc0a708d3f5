//! A broken file is refused as a whole, with file, line and column and a sentence.

use std::collections::BTreeSet;

use super::*;

/// The faults of the shipped files with one text changed.
fn faults(file: &'static str, change: impl FnOnce(&str) -> String) -> Vec<Fault> {
    let shipped = Files::shipped();
    let text = change(shipped.text(file));
    load(&shipped.with(file, &text).unwrap()).err().unwrap_or_default()
}

/// The one fault of a row that is added behind the shipped ones.
fn added(file: &'static str, row: &str) -> Fault {
    let mut last = 0;
    let mut found = faults(file, |text| {
        last = text.lines().count() as u64 + 1;
        format!("{text}{row}\n")
    });
    assert_eq!(found.len(), 1, "{found:#?}");
    let fault = found.remove(0);
    assert_eq!((fault.file.as_str(), fault.line), (file, last));
    fault
}

fn is_refused(file: &'static str, row: &str, column: &str, words: &str) {
    let fault = added(file, row);
    assert_eq!(fault.column, column, "{fault}");
    assert!(fault.sentence.contains(words), "{fault}");
}

#[test]
fn the_shipped_files_hold_together() {
    assert!(RULES.len() > 1_700, "{}", RULES.len());
    assert!(!RULES.is_empty() && RULES.knows("artenimol") && !RULES.knows("glycerol"));
    assert!(RULES.has_class("c-vka") && !RULES.has_class("c-none"));
}

#[test]
fn a_wrong_name_is_refused() {
    let row = |a: &str, b: &str| format!("ddi-new,{a},{b},WARN,,BLEED,Bleeding,Avoid,,,Label,2020,,,seen,");
    is_refused("interactions.csv", &row("warfarine", "ibuprofen"), "a", "'warfarine' is neither");
    is_refused("interactions.csv", &row("warfarin", "c-nsaids"), "b", "no class 'c-nsaids'");
    is_refused("interactions.csv", &row("warfarin@TOPICAL", "ibuprofen"), "a", "never given by the route");
    is_refused("interactions.csv", &row("warfarin@MOUTH", "ibuprofen"), "a", "no list of routes");
    is_refused(
        "doses.csv",
        "dose-new,warfarin,TOPICAL,,,1,1,mg,,,,,,,,,Label,2020,seen",
        "generic",
        "never given",
    );
    is_refused("names.csv", "warfarine,warfarin,a slip", "name", "'warfarine'");
}

#[test]
fn an_empty_class_is_refused() {
    is_refused("classes.csv", "c-new,New,Nouveau,", "members", "no member");
    is_refused("classes.csv", "c-vka,Again,Encore,warfarin", "members", "there twice");
}

#[test]
fn an_id_that_is_there_twice_is_refused() {
    let row = "ddi-vka-nsaid,warfarin,amlodipine,WARN,,BLEED,Bleeding,Avoid,,,Label,2020,,,seen,";
    is_refused("interactions.csv", row, "id", "'ddi-vka-nsaid' is there twice");
    is_refused(
        "renal.csv",
        "ddi-vka-nsaid,warfarin,30,WARN,,Bleeding,Avoid,Label,2020,seen",
        "id",
        "there twice",
    );
    is_refused("conditions.csv", "asthma,Asthma,", "id", "there twice");
}

#[test]
fn two_tiers_of_one_thing_are_refused() {
    let row = "ddi-new,c-nsaid,c-vka,NOTE,,BLEED,Bleeding,Avoid,,,Label,2020,,,seen,";
    is_refused("interactions.csv", row, "tier", "is NOTE here and STOP in line 2");
    is_refused("renal.csv", "ren-new,metformin,30,NOTE,,Acid,Avoid,Label,2020,seen", "tier", "STOP in line");
    is_refused(
        "pregnancy.csv",
        "prg-new,c-acei,pregnancy,NOTE,,Harm,Avoid,Label,2020,seen",
        "tier",
        "STOP in line",
    );
    is_refused(
        "age.csv",
        "age-new,codeine,<12y,,NOTE,,Breathing,Avoid,Label,2020,seen",
        "tier",
        "STOP in line",
    );
}

#[test]
fn an_unknown_tier_or_basis_is_refused() {
    let row =
        |tier: &str, basis: &str| format!("ren-new,warfarin,30,{tier},,Bleeding,Avoid,Label,2020,{basis}");
    is_refused("renal.csv", &row("HALT", "seen"), "tier", "'HALT' is none of STOP, WARN and NOTE");
    is_refused("renal.csv", &row("", "seen"), "tier", "needs a tier");
    is_refused("renal.csv", &row("WARN", "heard"), "basis", "'heard'");
}

#[test]
fn a_stop_whose_source_was_not_read_is_refused() {
    let row = "ren-new,warfarin,30,STOP,,Bleeding,Avoid,Label,2020,recalled";
    is_refused("renal.csv", row, "basis", "cannot stand behind a STOP");
}

#[test]
fn a_condition_that_is_not_understood_is_refused() {
    for (condition, words) in [
        ("A.daily_mg is high", "no condition that can be understood"),
        ("A.weekly_mg>20", "no condition that can be understood"),
        ("A.daily_mg>twenty", "no condition that can be understood"),
        ("A.daily_mg>20 und B.daily_mg>20", "no condition that can be understood"),
        ("condition:astma", "'astma' is not in conditions.csv"),
        ("plan:c-none", "no class 'c-none'"),
        ("line.repeats=maybe", "no condition that can be understood"),
    ] {
        let row =
            format!("ddi-new,warfarin,amlodipine,WARN,,BLEED,Bleeding,Avoid,,{condition},Label,2020,,,seen,");
        is_refused("interactions.csv", &row, "condition", words);
    }
}

#[test]
fn what_can_never_be_is_refused() {
    for (condition, words) in [
        ("B.single_mg<0", "can never hold"),
        ("patient.egfr>100 and patient.egfr<50", "can never hold"),
        ("patient.egfr>100 and not patient.egfr>100", "can never hold"),
        ("A.daily_mg>=999999999", "goes beyond 1000000"),
        ("patient.age_years>=200", "goes beyond 130"),
    ] {
        let row =
            format!("ddi-new,warfarin,amlodipine,WARN,,BLEED,Bleeding,Avoid,,{condition},Label,2020,,,seen,");
        is_refused("interactions.csv", &row, "condition", words);
    }
    for age in ["<9999y", ">=200y", "12-12y", "17-12y", "<0y", "<0d", ">130y", "2-9999m"] {
        let row = format!("age-new,warfarin,{age},,WARN,,Bleeding,Avoid,Label,2020,seen");
        is_refused("age.csv", &row, "age", "an age such as");
    }
    let dose = |cells: &str| format!("dose-new,warfarin,ORAL,{cells},Label,2020,seen");
    for (cells, column) in [
        (",,5000,400,mg,,,,,,,,", "adult_max_single"),
        (",,,,mg,6000,15,,,,,,", "child_mg_per_kg_dose"),
        (",,,,mg,,,2y=50/20,,,,,", "child_by_age"),
        (",,10,20,mg,,,,,,,,0", "max_days"),
        ("30,20,10,20,mg,,,,,,,,", "weight_below_kg"),
        (",,10,20,mg,,,,,,,0,", "min_interval_hours"),
    ] {
        let fault = added("doses.csv", &dose(cells));
        assert_eq!(fault.column, column, "{fault}");
    }
    let row = "warfarin,99999999,,,,Label,recalled";
    is_refused("persistence.csv", row, "days_after_last_dose", "at most 1096");
}

#[test]
fn other_cells_that_are_not_understood_are_refused() {
    let interaction = "ddi-new,warfarin,amlodipine,WARN,,BAD,Bleeding,Avoid,,,Label,2020,,,seen,";
    is_refused("interactions.csv", interaction, "hazard", "'BAD' is none of");
    is_refused("interactions.csv", "ddi-new,warfarin", "", "has 2 cells");
    let allergy = "alg-new,warfarin,amlodipine,WARN,,sneezing,,Text,Act,Label,2020,seen";
    is_refused("allergies.csv", allergy, "reaction", "'sneezing'");
    is_refused(
        "renal.csv",
        "ren-new,warfarin,low,WARN,,Bleeding,Avoid,Label,2020,seen",
        "egfr_below",
        "'low'",
    );
    is_refused(
        "age.csv",
        "age-new,warfarin,young,,WARN,,Bleeding,Avoid,Label,2020,seen",
        "age",
        "an age such as",
    );
    is_refused("pregnancy.csv", "prg-new,warfarin,T4,WARN,,Harm,Avoid,Label,2020,seen", "state", "'T4'");
    let situation = "hrd-new,warfarin,mood,,always,WARN,,Text,Act,Label,2020,seen";
    is_refused("hard_stops.csv", situation, "kind", "'mood'");
    let dose = |cells: &str| format!("dose-new,warfarin,ORAL,{cells},,,,,Label,2020,seen");
    is_refused("doses.csv", &dose(",,ten,,mg,,,,"), "adult_max_single", "'ten'");
    is_refused("doses.csv", &dose(",,10,,pills,,,,"), "unit", "'pills'");
    is_refused("doses.csv", &dose(",,10,,mg,,,2 years=5,"), "child_by_age", "not written like");
    is_refused("persistence.csv", "warfarin,long,,,,Label,recalled", "days_after_last_dose", "'long'");
    is_refused(
        "suppressed.csv",
        "sup-new,Both,warfarin,amlodipine,ddi-none,,Label",
        "our_rule",
        "'ddi-none'",
    );
    is_refused(
        "renal.csv",
        "ren-new,warfarin,30,WARN,,Bleeding,Avoid,,2020,seen",
        "source",
        "names its source",
    );
    is_refused(
        "renal.csv",
        "ren-new,warfarin,30,WARN,,,Avoid,Label,2020,seen",
        "reason_en",
        "what may happen",
    );
}

#[test]
fn unknown_and_missing_columns_are_refused() {
    let found = faults("renal.csv", |text| text.replacen("egfr_below", "egfr_under", 1));
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!((found[0].line, found[0].column.as_str()), (1, "egfr_under"));
    let found = faults("persistence.csv", |text| {
        let rows = text.lines().map(|line| line.rsplit_once(',').unwrap().0).collect::<Vec<_>>();
        rows.join("\n")
    });
    assert!(found.iter().any(|fault| fault.sentence.contains("'basis' is missing")), "{found:#?}");
}

#[test]
fn all_faults_are_told_at_once() {
    let found = faults("renal.csv", |text| {
        format!(
            "{text}ren-a,warfarine,30,WARN,,B,Avoid,Label,2020,seen\nren-b,warfarin,30,HALT,,B,Avoid,Label,2020,seen\n"
        )
    });
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(found[0].to_string().starts_with("renal.csv, line "));
}

/// Every sentence of the shipped rules is there in Khmer, and no other.
#[test]
fn every_sentence_is_there_in_khmer() {
    let said: BTreeSet<&str> = RULES
        .heads()
        .flat_map(|head| [&*head.effect, &*head.action])
        .filter(|sentence| !sentence.is_empty())
        .collect();
    let mut reader = csv::Reader::from_reader(Files::shipped().text("khmer.csv").as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.unwrap()).collect();
    let known: BTreeSet<&str> = rows.iter().map(|row| &row[0]).collect();
    let missing: Vec<&&str> = said.difference(&known).collect();
    let idle: Vec<&&str> = known.difference(&said).collect();
    assert!(missing.is_empty() && idle.is_empty(), "without Khmer: {missing:#?}; of no rule: {idle:#?}");
    for row in &rows {
        assert!(row[1].chars().any(|c| ('\u{1780}'..='\u{17FF}').contains(&c)), "{row:?}");
    }
}

#[test]
fn khmer_words_say_whether_a_pharmacist_has_read_them() {
    let finding = |file: Option<&str>| {
        let files = Files::shipped();
        let files = file.map_or(files.clone(), |text| files.with("khmer.csv", text).unwrap());
        let patient = PatientFacts { egfr: Some(25), ..adult() };
        let metformin = [line("a", "metformin", 500, 2)];
        let rules = load(&files).unwrap_or_else(|faults| panic!("{faults:?}"));
        check(&rules, &Adjustments::default(), &patient, &[], &metformin, today()).findings.remove(0)
    };
    let shipped = finding(None);
    assert!(shipped.effect_khmer.is_some() && !shipped.khmer_reviewed);
    let none = finding(Some("english,khmer,reviewed\n"));
    assert_eq!((none.effect_khmer, none.khmer_reviewed), (None, false));
    let read =
        format!("english,khmer,reviewed\n\"{}\",អត្ថបទ,yes\n\"{}\",អត្ថបទ,yes\n", shipped.effect, shipped.action);
    let read = finding(Some(&read));
    assert_eq!((read.effect_khmer.as_deref(), read.khmer_reviewed), (Some("អត្ថបទ"), true));
    let odd = load(&Files::shipped().with("khmer.csv", "english,khmer,reviewed\nA,អ,maybe\n").unwrap());
    assert!(odd.unwrap_err()[0].to_string().starts_with("khmer.csv, line 2, column reviewed"));
}
