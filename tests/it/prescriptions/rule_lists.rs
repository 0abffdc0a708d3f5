//! Lists of other houses that are taken over into rules.

use serde_json::{Value, json};

use super::Clinic;

const HEAD: &str = "a,b,level,risk,conduct,source,year,hazard";

fn rules(rows: &[&str]) -> Value {
    json!({"name": "more_interactions.csv", "format": "CLASS_RULES", "text": format!("{HEAD}\n{}\n", rows.join("\n"))})
}

fn doses(rows: &[&str]) -> Value {
    let head = "product,generic,route,max_single_dose,max_daily_dose,unit,source,year";
    json!({"name": "more_doses.csv", "format": "MAXIMUM_DOSES", "text": format!("{head}\n{}\n", rows.join("\n"))})
}

fn faults(told: &Value, member: &str) -> Vec<(u64, String)> {
    let faults = told[member].as_array().unwrap().iter();
    faults
        .map(|fault| (fault["line"].as_u64().unwrap(), fault["column"].as_str().unwrap().to_owned()))
        .collect()
}

impl Clinic {
    async fn said_of(&self, lines: Value, rule: &str) -> Option<Value> {
        let checked = self.sok.post("/prescriptions/check", self.with(lines)).await.ok();
        let findings = checked["findings"].as_array().unwrap().iter();
        let mut found = findings.filter(|finding| finding["id"].as_str().unwrap().starts_with(rule));
        found.next().cloned()
    }
}

#[tokio::test]
async fn a_list_of_rules_between_classes_is_taken_over_name_by_name() {
    let clinic = Clinic::open_strictly().await;
    let admin = clinic.server.admin().await;
    let would =
        async |list: Value| admin.post("/safety/import?dryRun=true", json!({"files": [list]})).await.ok();
    let import = async |list: Value| admin.post("/safety/import", json!({"files": [list]})).await.ok();
    clinic.on_warfarin().await;
    super::entry(&clinic.server, "amlodipine", "5 mg").await;
    let good = "Antivitamines K,amlodipine,CONTRE-INDICATION,Fictitious risk,Do not,National list,2025,";
    let more = "amlodipine,Paracetamol,à prendre en compte,Small risk,,National list,2025,HYPOT";

    // Names, levels and years are understood or named with their place.
    let told = would(rules(&[
        good,
        "antivitamines Q,amlodipine,precaution,R,C,L,2025,",
        "amlodipine,paracetamol,grave,R,C,L,2025,",
        "amlodipine,paracetamol,precaution,R,C,L,25,",
        "amlodipine,paracetamol,precaution,,C,L,2025,",
        "amlodipine,paracetamol,precaution,R,C,,2025,",
        "amlodipine,paracetamol,precaution,R,C,L,2025,ITCH",
    ]))
    .await;
    let places = [(3, "a"), (4, "level"), (5, "year"), (6, "risk"), (7, "source"), (8, "hazard")];
    assert_eq!(faults(&told, "errors"), places.map(|(line, column)| (line, column.to_owned())), "{told}");
    // Two levels of one pair cannot both be right, and neither can one that contradicts the rules in force.
    let other_way = "amlodipine,Antivitamines K,precaution,Fictitious risk,Do not,National list,2025,";
    assert_eq!(faults(&would(rules(&[good, other_way])).await, "errors"), [(3, String::new())]);
    let against = "c-vka,c-nsaid,precaution,Bleeding,Do not,National list,2025,BLEED";
    let told = would(rules(&[good, good, against])).await;
    assert_eq!(faults(&told, "errors"), [(4, "tier".to_owned())], "{told}");

    // What is said twice is left out once.
    assert_eq!(faults(&would(rules(&[good, good, more])).await, "skipped"), [(3, String::new())]);
    // Unknown names are left out on demand only.
    let unknown = "warfarrin,amlodipine,precaution,R,C,L,2025,";
    let mut list = rules(&[unknown, good, more]);
    admin.post("/safety/import", json!({"files": [list.clone()]})).await.expect(400);
    list["skipUnknownNames"] = json!(true);
    let did = import(list.clone()).await;
    assert_eq!((&did["files"][0]["added"], &did["skippedCount"]), (&json!(2), &json!(1)), "{did}");
    assert_eq!(faults(&did, "skipped"), [(2, "a".to_owned())]);
    assert_eq!(did["rulesAfter"].as_u64(), did["rulesBefore"].as_u64().map(|before| before + 2));

    // A contraindication warns until a reviewer stands for it.
    let line = json!([clinic.tablets("amlodipine", "5 mg").await]);
    let rule = "imp-amlodipine-c-vka-other-ddi";
    let said = clinic.said_of(line.clone(), rule).await.unwrap();
    assert_eq!(
        (&said["tier"], &said["verified"], &said["year"]),
        (&json!("WARN"), &json!(false), &json!("2025"))
    );
    let path = format!("/safety/rules/{rule}/confirm");
    clinic.sok.post(&path, json!({"qualification": "clinical pharmacologist"})).await.ok();
    let said = clinic.said_of(line.clone(), rule).await.unwrap();
    assert_eq!((&said["tier"], &said["verified"]), (&json!("STOP"), &json!(true)));
    // The same list again changes nothing; a newer edition ends what was decided about what it changes.
    assert_eq!(import(list).await["decisionsEnded"], json!([]));
    // It is of less weight until somebody stands for it anew: that has to be meant.
    let newer = json!({"files": [rules(&[&good.replace("2025", "2026")])]});
    let refused = admin.post("/safety/import", newer.clone()).await.expect(400);
    assert_eq!(refused.bad_fields(), ["rulesWeakened"]);
    assert!(refused.text.contains("rulesWeakened=1") && refused.text.contains(rule), "{}", refused.text);
    admin.post("/safety/import?rulesWeakened=2", newer.clone()).await.expect(400);
    let newer = admin.post("/safety/import?rulesWeakened=1", newer).await.ok();
    assert_eq!(newer["weakened"][0], json!({"ruleId": rule, "tierBefore": "STOP", "tierAfter": "WARN"}));
    let told = clinic.server.messages(&admin).into_iter().any(|message| message.variant == "rules_weakened");
    assert!(told, "clinic staff hear of it");
    let file = &newer["files"][0];
    assert_eq!((&file["changed"], &file["lost"], &file["added"]), (&json!(1), &json!(1), &json!(0)));
    assert_eq!(newer["decisionsEnded"], json!([rule]));
    assert_eq!(clinic.said_of(line, rule).await.unwrap()["verified"], false);
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_list_of_maximum_doses_takes_the_place_of_what_is_known_from_memory() {
    let clinic = Clinic::open_strictly().await;
    let admin = clinic.server.admin().await;
    let would =
        async |list: Value| admin.post("/safety/import?dryRun=true", json!({"files": [list]})).await.ok();
    let metformin = "METFORMIN 500MG TAB,metformin,ORAL,0.75,1.5,g,Product file,2025";
    let told = would(doses(&[
        metformin,
        "X,metphormin,ORAL,1,2,g,L,2025",
        "X,metformin,MOUTH,1,2,g,L,2025",
        "X,metformin,ORAL,1,2,tablet,L,2025",
        "X,metformin,ORAL,-1,2,g,L,2025",
        "X,metformin,ORAL,1,2,g,L,2025",
        "X,metformin,ORAL,,,g,L,2025",
        "X,c-vka,ORAL,1,2,g,L,2025",
    ]))
    .await;
    let places = [(3, "generic"), (4, "route"), (5, "unit"), (6, "max_single_dose"), (7, ""), (9, "generic")];
    assert_eq!(faults(&told, "errors"), places.map(|(line, column)| (line, column.to_owned())), "{told}");
    assert_eq!(faults(&told, "skipped"), [(8, "max_single_dose".to_owned())]);
    // What was read in its source is not overruled from aside.
    let told = would(doses(&["PARACETAMOL,paracetamol,ORAL,1000,3000,mg,Product file,2025"])).await;
    assert_eq!(faults(&told, "errors"), [(2, "adult_max_daily".to_owned())], "{told}");

    let line = json!([{"medicineId": super::entry(&clinic.server, "metformin", "850 mg").await, "dosage": "1 tablet", "frequency": "BID"}]);
    assert_eq!(clinic.said_of(line.clone(), "dose-metformin-oral").await, None);
    let same = "METFORMIN 850MG TAB,metformin,ORAL,750,1500,mg,Product file,2025";
    let did = admin.post("/safety/import", json!({"files": [doses(&[metformin, same])]})).await.ok();
    assert_eq!((&did["files"][0]["rows"], &did["errorCount"]), (&json!(1), &json!(0)), "{did}");
    let said = clinic.said_of(line.clone(), "dose-metformin-oral").await.unwrap();
    assert_eq!((&said["tier"], &said["source"]), (&json!("WARN"), &json!("Product file")));
    assert_eq!(said["verified"], false);
    // Its stricter limit is lost with it.
    let back = json!({"files": [{"name": "more_doses.csv"}]});
    admin.post("/safety/import", back.clone()).await.expect(400);
    admin.post("/safety/import?rulesWeakened=1", back).await.ok();
    assert_eq!(clinic.said_of(line, "dose-metformin-oral").await, None);
    clinic.server.finish().await;
}
