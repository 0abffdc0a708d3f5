//! Rule files that a clinic puts in the place of the shipped ones.

use das_tern::domain::safety::Files;
use das_tern::domain::safety::tables::{TEXTS, put_file};
use das_tern::platform::clock::Span;
use serde_json::{Value, json};

use super::safety::stops;
use super::{Clinic, id};
use crate::kit::Client;

const BLEED: &str = "ddi-vka-nsaid:ibuprofen+warfarin";

fn shipped(name: &str) -> &'static str {
    Files::shipped().text(name)
}

/// A shipped file with something else in the place of a piece of it.
fn with(name: &str, piece: &str, other: &str) -> Value {
    let text = shipped(name);
    assert!(text.contains(piece), "{name} does not say {piece}");
    json!({"name": name, "text": text.replacen(piece, other, 1)})
}

/// A shipped file with one more row.
fn and(name: &str, row: &str) -> Value {
    json!({"name": name, "text": format!("{}{row}\n", shipped(name))})
}

async fn dry_run(admin: &Client, files: Value) -> Value {
    admin.post("/safety/import?dryRun=true", json!({"files": files})).await.ok()
}

async fn import(admin: &Client, files: Value) -> Value {
    admin.post("/safety/import", json!({"files": files})).await.ok()
}

/// Puts other words of one rule in place.
async fn reword(admin: &Client, file: Value) {
    admin.post("/safety/import?rulesWeakened=1", json!({"files": [file]})).await.ok();
}

impl Clinic {
    /// What is said of ibuprofen for somebody on warfarin.
    async fn bleeding(&self) -> Option<Value> {
        let line = self.tablets("ibuprofen", "400 mg").await;
        let checked = self.sok.post("/prescriptions/check", self.with(json!([line]))).await.ok();
        let findings = checked["findings"].as_array().unwrap().iter();
        let mut bleeding =
            findings.filter(|finding| finding["id"].as_str().unwrap().starts_with("ddi-vka-nsaid:"));
        bleeding.next().cloned()
    }
}

#[tokio::test]
async fn a_clinic_puts_a_rule_in_its_own_words_and_takes_the_shipped_one_back() {
    let clinic = Clinic::open_strictly().await;
    let admin = clinic.server.admin().await;
    clinic.on_warfarin().await;
    let confirmed = json!({"qualification": "hospital pharmacist"});
    clinic.sok.post("/safety/rules/ddi-vka-nsaid/confirm", confirmed).await.ok();
    let words =
        "NSAID injures the stomach and blocks platelets while clotting is already reduced: serious bleeding";
    let files = json!([with("interactions.csv", words, "Bleeding as three of our patients had")]);

    let would = dry_run(&admin, files.clone()).await;
    let file = &would["files"][0];
    assert_eq!((&file["added"], &file["changed"], &file["lost"]), (&json!(0), &json!(1), &json!(0)));
    assert_eq!(file["examples"], json!([{"key": "ddi-vka-nsaid", "change": "CHANGED"}]));
    assert_eq!(would["decisionsEnded"], json!(["ddi-vka-nsaid"]));
    assert_eq!(would["rulesBefore"], would["rulesAfter"]);
    // Nothing was written.
    assert_eq!(admin.get("/safety/status").await.ok()["ownFiles"], json!([]));
    assert_eq!(clinic.bleeding().await.unwrap()["verified"], true);

    // Other words of a STOP are meant, or they do not count.
    assert_eq!(would["rulesWeakened"], 1, "{would}");
    assert_eq!((&would["withoutKhmer"], &would["withoutKhmerCount"]), (&json!(["ddi-vka-nsaid"]), &json!(1)));
    let refused = admin.post("/safety/import", json!({"files": files})).await.expect(400);
    assert_eq!(refused.bad_fields(), ["rulesWeakened"]);
    let did = admin.post("/safety/import?rulesWeakened=1", json!({"files": files})).await.ok();
    assert_eq!((&did["dryRun"], &did["decisionsEnded"]), (&json!(false), &json!(["ddi-vka-nsaid"])));
    let said = clinic.bleeding().await.unwrap();
    assert_eq!(said["effect"]["english"], "Bleeding as three of our patients had");
    let khmer = said["effect"]["khmer"].as_str().unwrap();
    assert_eq!(khmer, "(មានតែជាភាសាអង់គ្លេស) Bleeding as three of our patients had");
    assert!(!said["action"]["khmer"].as_str().unwrap().starts_with('('), "it has its Khmer");
    // It stops as the clinic wrote it, and nobody stands for its words yet: not who stood for others.
    assert_eq!((&said["tier"], &said["verified"]), (&json!("STOP"), &json!(false)));
    let listed = admin.get("/safety/rules?query=ddi-vka-nsaid").await.ok();
    assert_eq!(listed["items"][0]["basis"], "IMPORTED");
    assert_eq!(listed["items"][0].get("confirmation"), None);
    // Rows that say what they said keep their standing.
    assert_eq!(admin.get("/safety/rules?query=ddi-doac-nsaid").await.ok()["items"][0]["basis"], "SEEN");
    let own = admin.get("/safety/status").await.ok()["ownFiles"].clone();
    assert_eq!((&own[0]["name"], &own[0]["importedBy"]), (&json!("interactions.csv"), &json!(admin.id())));

    // The same again changes nothing; the shipped one can be taken back, also after a restart.
    assert_eq!(import(&admin, files).await["files"][0]["changed"], 0);
    let clinic = Clinic { server: clinic.server.restart().await, ..clinic };
    let at = clinic.server.address();
    let (admin, clinic) = (admin.at(at), Clinic { sok: clinic.sok.at(at), ..clinic });
    assert_eq!(
        clinic.bleeding().await.unwrap()["effect"]["english"],
        "Bleeding as three of our patients had"
    );
    let back = import(&admin, json!([{"name": "interactions.csv"}])).await;
    assert_eq!((&back["files"][0]["shipped"], &back["files"][0]["changed"]), (&json!(true), &json!(1)));
    assert_eq!(clinic.bleeding().await.unwrap()["verified"], true);
    assert_eq!(admin.get("/safety/status").await.ok()["ownFiles"], json!([]));
    let shipped = admin.get("/safety/files/interactions.csv").await.ok();
    assert_eq!(shipped["own"], false);
    assert!(shipped["text"].as_str().unwrap().contains("ddi-vka-nsaid"));
    let changed = shipped["text"].as_str().unwrap().replace("NSAID injures", "It injures");
    let body = json!({"files": [{"name": "interactions.csv", "text": changed}]});
    admin.post("/safety/import?rulesWeakened=1", body).await.ok();
    let own = admin.get("/safety/files/interactions.csv").await.ok();
    assert_eq!((&own["own"], &own["text"]), (&json!(true), &json!(changed)));
    admin.get("/safety/files/passwords.csv").await.expect(404).code("safety_file_not_found");
    clinic.sok.get("/safety/files/interactions.csv").await.expect(403).code("role_not_allowed");
    clinic.server.finish().await;
}

#[tokio::test]
async fn files_that_do_not_hold_together_are_refused_and_prescribing_goes_on() {
    let clinic = Clinic::open_strictly().await;
    let admin = clinic.server.admin().await;
    clinic.on_warfarin().await;
    let new = |a: &str, tier: &str, condition: &str| {
        let row =
            format!("ddi-new,{a},ibuprofen,{tier},,BLEED,Bleeding,Avoid,,{condition},Label,2020,,,seen,");
        and("interactions.csv", &row)
    };
    let faults = [
        (new("warfarine", "WARN", ""), "a", "'warfarine' is neither"),
        (new("c-none", "WARN", ""), "a", "no class 'c-none'"),
        (new("warfarin", "GRAVE", ""), "tier", "'GRAVE' is none of STOP, WARN and NOTE"),
        (new("warfarin", "WARN", "ibuprofen.daily_mg>>20"), "condition", ""),
        (
            and("interactions.csv", "ddi-new,c-vka,c-nsaid,NOTE,,BLEED,Bleeding,Avoid,,,Label,2020,,,seen,"),
            "tier",
            "NOTE here and STOP in line 2",
        ),
        (and("classes.csv", "c-new,New,Nouveau,"), "members", "no member"),
        (
            and("suppressed.csv", "sup-new,New,warfarin,ibuprofen,ddi-none,,List"),
            "our_rule",
            "no rule 'ddi-none'",
        ),
        (
            and("interactions.csv", "ddi/new,warfarin,ibuprofen,WARN,,QT,B,A,,,Label,2020,,,seen,"),
            "id",
            "letters, digits",
        ),
        (json!({"name": "renal.csv", "text": ""}), "", "no row is left"),
        (
            json!({"name": "renal.csv", "text": shipped("renal.csv").lines().next().unwrap()}),
            "",
            "no row is left",
        ),
        (with("renal.csv", "reason_en", "reason"), "reason", "no column 'reason'"),
        (and("names.csv", "\"warfarin\u{202E}\",warfarin,a turn"), "name", "cannot be shown"),
    ];
    for (file, column, words) in faults {
        let name = file["name"].as_str().unwrap().to_owned();
        let told = dry_run(&admin, json!([file])).await;
        assert_eq!((&told["errorCount"], &told["files"]), (&json!(1), &json!([])), "{told}");
        let fault = &told["errors"][0];
        assert_eq!((&fault["file"], &fault["column"]), (&json!(name), &json!(column)), "{fault}");
        assert!(fault["sentence"].as_str().unwrap().contains(words), "{fault}");
        // A file without a fault beside it is not taken either.
        let sound = with("age.csv", "reason_en", "reason_en");
        let both = if name == "age.csv" { json!([file]) } else { json!([sound, file]) };
        let refused = admin.post("/safety/import", json!({"files": both})).await.expect(400);
        let place = if column.is_empty() { String::new() } else { format!(", {column}") };
        assert_eq!(refused.bad_fields(), [format!("{name} line {}{place}", fault["line"])]);
    }
    // Excel ends lines in its own way, and they are counted as it shows them.
    let text = format!(
        "{}ddi-new,warfarine,ibuprofen,WARN,,BLEED,B,A,,,L,2020,,,seen,\n",
        shipped("interactions.csv")
    );
    let lines = text.lines().count();
    let file = json!({"name": "interactions.csv", "text": format!("\u{FEFF}{}", text.replace('\n', "\r\n"))});
    assert_eq!(dry_run(&admin, json!([file])).await["errors"][0]["line"], lines);
    let khmer = admin.speaking(Some("km")).post("/safety/import", json!({"files": [file]})).await.expect(400);
    assert!(khmer.json["errors"][0]["message"].as_str().unwrap().starts_with("មិនអាចប្រើបាន"));

    // The rules before are in force, and prescribing goes on.
    let status = admin.get("/safety/status").await.ok();
    assert_eq!((&status["faults"], &status["ownFiles"]), (&json!([]), &json!([])));
    assert_eq!(clinic.bleeding().await.unwrap()["id"], BLEED);
    clinic.prescribe(json!({})).await;
    for (who, code) in [(&clinic.sok, "role_not_allowed"), (&clinic.dara, "role_not_allowed")] {
        who.post("/safety/import", json!({"files": [{"name": "age.csv"}]})).await.expect(403).code(code);
    }
    clinic.server.finish().await;
}

#[tokio::test]
async fn a_request_that_is_none_is_refused_with_its_fields() {
    let clinic = Clinic::open_strictly().await;
    let admin = clinic.server.admin().await;
    let bad = |files: Value| admin.post("/safety/import", json!({"files": files}));
    assert_eq!(bad(json!([])).await.expect(400).bad_fields(), ["files"]);
    assert_eq!(bad(json!([{"name": "rules.csv"}])).await.expect(400).bad_fields(), ["files[0].name"]);
    let twice = json!([{"name": "age.csv"}, {"name": "age.csv"}]);
    assert_eq!(bad(twice).await.expect(400).bad_fields(), ["files[1].name"]);
    let misfit = json!([{"name": "age.csv", "format": "CLASS_RULES", "text": "a"}]);
    assert_eq!(bad(misfit).await.expect(400).bad_fields(), ["files[0].format"]);
    let skips = json!([{"name": "age.csv", "skipUnknownNames": true}]);
    assert_eq!(bad(skips).await.expect(400).bad_fields(), ["files[0].skipUnknownNames"]);
    let unknown = admin.post("/safety/import?dryrun=true", json!({"files": [{"name": "age.csv"}]})).await;
    assert_eq!(unknown.expect(400).bad_fields(), ["dryrun"]);
    let large = "a".repeat(9 * 1024 * 1024);
    bad(json!([{"name": "age.csv", "text": large}])).await.expect(413);
    clinic.server.finish().await;
}

/// Damage takes one file, not all rules: the shipped one speaks in its place, and every check says so.
#[tokio::test]
async fn in_the_place_of_a_lost_file_the_shipped_one_speaks() {
    let clinic = Clinic::open_strictly().await;
    let admin = clinic.server.admin().await;
    let words = "NSAID injures the stomach and blocks platelets";
    reword(&admin, with("interactions.csv", words, "NSAID injures the stomach and stops platelets")).await;
    let damage = |tx: &mut das_tern::platform::store::WriteTx<'_>| {
        TEXTS.put(tx, &"interactions.csv".to_owned(), &"id,a".to_owned())
    };
    clinic.server.context().store.write(damage).await.unwrap();
    let server = clinic.server.restart().await;
    let at = server.address();
    let admin = admin.at(at);
    let clinic = Clinic { sok: clinic.sok.at(at), dara: clinic.dara.at(at), server, ..clinic };
    let status = admin.get("/safety/status").await.ok();
    assert!(status["rules"].as_u64().unwrap() > 1_000, "{status}");
    assert!(status["faults"][0]["sentence"].as_str().unwrap().contains("take the shipped file back"));
    clinic.on_warfarin().await;
    assert_eq!(clinic.bleeding().await.unwrap()["tier"], "STOP");
    let body = clinic.with(json!([clinic.tablets("ibuprofen", "400 mg").await]));
    let checked = clinic.sok.post("/prescriptions/check", body).await.ok();
    let said =
        checked["notChecked"].as_array().unwrap().iter().find(|one| one["what"] == "not_checked_rule_file");
    assert!(said.unwrap()["why"]["english"].as_str().unwrap().contains("interactions.csv"), "{checked}");
    admin.get("/safety/files/interactions.csv").await.expect(503).code("data_damaged");
    clinic.server.finish().await;
}

#[tokio::test]
async fn without_rules_a_prescription_is_signed_unchecked_in_so_many_words() {
    let clinic = Clinic::open_strictly().await;
    let admin = clinic.server.admin().await;
    import(&admin, json!([with("age.csv", "reason_en", "reason_en"), with("names.csv", "why_en", "why_en")]))
        .await;
    let words = "NSAID injures the stomach and blocks platelets";
    reword(&admin, with("interactions.csv", words, "NSAID injures the stomach and stops platelets")).await;
    // What was put in place cannot be read by another version of the program; in use, it goes on by what it has read.
    let (by, text) = (admin.id(), shipped("interactions.csv").replacen("STOP", "SHOUT", 1));
    let written = move |tx: &mut das_tern::platform::store::WriteTx<'_>| {
        put_file(tx, "interactions.csv", Some(&text), by)
    };
    clinic.server.context().store.write(written).await.unwrap();
    clinic.on_warfarin().await;
    assert_eq!(clinic.bleeding().await.unwrap()["tier"], "STOP");

    // After the next start there is nothing to go by.
    let server = clinic.server.restart().await;
    let at = server.address();
    let admin = admin.at(at);
    let clinic = Clinic { sok: clinic.sok.at(at), dara: clinic.dara.at(at), server, ..clinic };
    let status = admin.get("/safety/status").await.ok();
    assert_eq!((&status["rules"], &status["faults"][0]["file"]), (&json!(0), &json!("interactions.csv")));
    assert!(status["faults"][0]["sentence"].as_str().unwrap().contains("SHOUT"));
    let told = async || {
        clinic.server.clock().advance(Span::minutes(6));
        clinic.server.run_jobs().await;
        let list = admin.get("/notifications").await.ok();
        let items = list["items"].as_array().unwrap().clone();
        items
            .into_iter()
            .filter(|message| message["title"] == "Prescriptions are not checked")
            .collect::<Vec<_>>()
    };
    for _ in 0..2 {
        let messages = told().await;
        assert_eq!(messages.len(), 1, "once: {messages:?}");
        let body = messages[0]["body"].as_str().unwrap();
        assert!(body.contains("1 fault.") && body.contains("interactions.csv"), "{body}");
    }
    let line = clinic.tablets("ibuprofen", "400 mg").await;
    let mut body = clinic.with(json!([line]));
    let checked = clinic.sok.post("/prescriptions/check", body.clone()).await.ok();
    assert_eq!(stops(&checked), ["rules-missing"]);
    assert_eq!(checked["findings"][0]["hazard"], "UNCHECKED");
    assert_eq!(checked["findings"][0]["overrideReasons"], json!(["SIGNED_UNCHECKED"]));
    let refused = clinic.sok.post("/prescriptions", body.clone()).await.expect(400);
    assert_eq!(refused.bad_fields(), ["medications", "overrides"]);
    let given = |reason: &str, note: Option<&str>| json!([{"findingId": "rules-missing", "reason": reason, "note": note}]);
    for (reason, note, field) in [
        ("OTHER", Some("no time"), "overrides"),
        ("SIGNED_UNCHECKED", None, "overrides[0].note"),
        ("SIGNED_UNCHECKED", Some(" "), "overrides[0].note"),
    ] {
        body["overrides"] = given(reason, note);
        let refused = clinic.sok.post("/prescriptions", body.clone()).await.expect(400);
        assert!(refused.bad_fields().contains(&field.to_owned()), "{}", refused.text);
    }
    body["overrides"] = given("SIGNED_UNCHECKED", Some("looked up in the formulary by hand"));
    let written = clinic.sok.post("/prescriptions", body.clone()).await.ok();
    let seen = clinic.dara.get(format!("/prescriptions/{}", id(&written))).await.ok();
    assert_eq!(seen["overrides"][0]["reason"], "SIGNED_UNCHECKED");
    assert_eq!(seen["overrides"][0]["note"], "looked up in the formulary by hand");

    // The shipped file is taken back, and what was signed unchecked is found again.
    // Who mends it reads it.
    let file = admin.get("/safety/files/interactions.csv").await.ok();
    assert!(file["text"].as_str().unwrap().contains("SHOUT"));
    let back = import(&admin, json!([{"name": "interactions.csv"}])).await;
    assert!(back["rulesAfter"].as_u64().unwrap() > 1_500, "{back}");
    assert_eq!(told().await.len(), 1, "nothing is wrong any more");
    let checked = clinic.sok.post("/prescriptions/check", body).await.expect(200).json;
    assert!(stops(&checked).contains(&BLEED.to_owned()), "{checked}");
    clinic.server.finish().await;
}

/// Another condition, another class or a smaller one may silence a rule without a word of its tier.
#[tokio::test]
async fn a_rule_that_may_speak_more_seldom_is_told_and_meant() {
    let clinic = Clinic::open_strictly().await;
    let admin = clinic.server.admin().await;
    clinic.on_warfarin().await;
    let text = shipped("interactions.csv");
    let row = text.lines().find(|row| row.starts_with("ddi-vka-nsaid,")).unwrap();
    let narrow = row.replacen(",c-nsaid,", ",ibuprofen,", 1);
    assert_ne!(narrow, row);
    let of_class = shipped("classes.csv");
    let class = of_class.lines().find(|row| row.starts_with("c-nsaid,")).unwrap();
    let smaller = class.replacen("diclofenac", "", 1);
    assert_ne!(smaller, class);
    for (file, rule) in [
        (with("interactions.csv", row, &narrow), "ddi-vka-nsaid"),
        (with("classes.csv", class, &smaller.replace("||", "|").replace(";;", ";")), "classes.csv c-nsaid"),
    ] {
        let would = dry_run(&admin, json!([file])).await;
        assert_eq!(would["rulesWeakened"], 1, "{would}");
        let told = json!({"ruleId": rule, "tierBefore": "STOP", "tierAfter": "STOP"});
        assert_eq!(would["weakened"], json!([told]));
        let files = json!({ "files": [file] });
        let refused = admin.post("/safety/import", files.clone()).await.expect(400);
        assert_eq!(refused.bad_fields(), ["rulesWeakened"]);
        admin.post("/safety/import?rulesWeakened=1", files).await.ok();
    }
    let told =
        clinic.server.messages(&admin).into_iter().filter(|message| message.variant == "rules_weakened");
    assert_eq!(told.count(), 2);
    clinic.server.finish().await;
}

/// What a clinic had made milder becomes as strict as it was shipped: nothing is lost by that.
#[tokio::test]
async fn a_shipped_file_is_taken_back_without_a_word_where_nothing_becomes_weaker() {
    let clinic = Clinic::open_strictly().await;
    let admin = clinic.server.admin().await;
    let text = |name: &str, start: &str| {
        shipped(name).lines().find(|row| row.starts_with(start)).unwrap().to_owned()
    };
    let changed = |name: &str, start: &str, piece: &str, other: &str| {
        let row = text(name, start);
        assert!(row.contains(piece), "{row}");
        with(name, &row, &row.replacen(piece, other, 1))
    };
    let ulcer = "condition:active-peptic-ulcer or condition:gut-bleeding";
    let both = ",pair.days_differ or pair.class:c-supplement or";
    for (own, back, forth) in [
        (changed("interactions.csv", "ddi-vka-nsaid,", ",STOP,", ",WARN,"), 0, 1),
        (changed("hard_stops.csv", "hrd-ulcer-nsaid,", ulcer, "condition:gut-bleeding"), 0, 1),
        (
            changed(
                "duplicates.csv",
                "dup-ingredient,",
                both,
                ",pair.days_differ or pair.class:c-supplement or pair.one_plan or",
            ),
            0,
            1,
        ),
        (changed("duplicates.csv", "dup-ingredient,", both, ",pair.class:c-supplement or"), 1, 0),
        (changed("doses.csv", "dose-warfarin-oral,", ",10,10,mg,", ",12,12,mg,"), 0, 1),
        (changed("doses.csv", "dose-warfarin-oral,", ",10,10,mg,", ",8,8,mg,"), 1, 0),
        // A limit that was not read in its source only warns.
        (changed("doses.csv", "dose-irbesartan-oral,", ",2014,seen", ",2014,recalled"), 0, 1),
    ] {
        let weakened = format!("/safety/import?rulesWeakened={forth}");
        let done = admin.post(weakened, json!({"files": [own]})).await.ok();
        assert_eq!(done["rulesWeakened"], forth, "{own} {done}");
        let shipped = json!([{"name": own["name"]}]);
        let would = dry_run(&admin, shipped.clone()).await;
        assert_eq!(would["rulesWeakened"], back, "{}: {would}", own["name"]);
        if back == 0 {
            import(&admin, shipped).await;
        } else {
            let refused = admin.post("/safety/import", json!({"files": shipped})).await.expect(400);
            assert_eq!(refused.bad_fields(), ["rulesWeakened"]);
            admin.post("/safety/import?rulesWeakened=1", json!({"files": shipped})).await.ok();
        }
    }
    clinic.server.finish().await;
}

#[tokio::test]
async fn rows_that_have_no_effect_are_named() {
    let clinic = Clinic::open_strictly().await;
    let admin = clinic.server.admin().await;
    clinic.on_warfarin().await;
    let row = shipped("interactions.csv").lines().find(|row| row.starts_with("ddi-vka-nsaid,")).unwrap();
    let again = row.replacen("ddi-vka-nsaid,", "own-again,", 1);
    let of = |medicine: &str| {
        format!("own-{medicine},warfarin,{medicine},WARN,,OTHER,Fictitious,Care,,,Our list,2026,,,recalled,")
    };
    let head = shipped("interactions.csv").lines().next().unwrap();
    assert!(head.starts_with("id,a,b,tier,tier_when_confirmed,hazard,effect_en,action_en"), "{head}");
    let idle = async |row: &str| {
        let would = dry_run(&admin, json!([and("interactions.csv", row)])).await;
        assert_eq!(would["errorCount"], 0, "{would}");
        let skipped = would["skipped"].as_array().unwrap().clone();
        skipped
            .into_iter()
            .map(|one| one["sentence"].as_str().unwrap_or_default().to_owned())
            .collect::<Vec<_>>()
    };
    let named = idle(&again).await;
    assert!(named.len() == 1 && named[0].contains("says the same"), "{named:?}");
    let named = idle(&of("amlodipine")).await;
    assert!(named.len() == 1 && named[0].contains("'amlodipine'"), "{named:?}");
    clinic.tablets("amlodipine", "5 mg").await;
    assert_eq!(idle(&of("amlodipine")).await, Vec::<String>::new());
    clinic.server.finish().await;
}

/// Words decide what people do: a STOP whose Khmer says the contrary is no STOP any more.
#[tokio::test]
async fn words_that_are_turned_round_are_told_and_meant() {
    let clinic = Clinic::open_strictly().await;
    let admin = clinic.server.admin().await;
    clinic.on_warfarin().await;
    let khmer = shipped("khmer.csv");
    let action = clinic.bleeding().await.unwrap()["action"].clone();
    let of_khmer = action["khmer"].as_str().unwrap();
    assert!(khmer.contains(of_khmer), "{action}");
    let turned = json!([{"name": "khmer.csv", "text": khmer.replace(of_khmer, "ប្រើជាមួយគ្នា")}]);
    let would = dry_run(&admin, turned.clone()).await;
    let count = would["rulesWeakened"].as_u64().unwrap();
    assert!(count >= 1 && would["weakened"].to_string().contains("ddi-vka-nsaid"), "{would}");
    let refused = admin.post("/safety/import", json!({"files": turned})).await.expect(400);
    assert_eq!(refused.bad_fields(), ["rulesWeakened"]);
    let path = format!("/safety/import?rulesWeakened={count}");
    admin.post(path, json!({"files": turned})).await.ok();
    let told = clinic.server.messages(&admin).into_iter();
    assert_eq!(told.filter(|message| message.variant == "rules_weakened").count(), 1);
    // The shipped words come back without a count.
    let back = import(&admin, json!([{"name": "khmer.csv"}])).await;
    assert_eq!(back["rulesWeakened"], 0, "{back}");
    assert_eq!(clinic.bleeding().await.unwrap()["action"], action);
    // A new rule of the clinic weakens nothing, and that it has no Khmer is said.
    let row = "own-new,warfarin,amlodipine,WARN,,OTHER,Fictitious words,Fictitious care,,,Our list,2026,,,recalled,";
    clinic.tablets("amlodipine", "5 mg").await;
    let would = dry_run(&admin, json!([and("interactions.csv", row)])).await;
    assert_eq!(
        (&would["rulesWeakened"], &would["withoutKhmer"]),
        (&json!(0), &json!(["own-new"])),
        "{would}"
    );
    let words = "Fictitious words,ពាក្យ,\nFictitious care,ថែទាំ,";
    let both = json!([and("interactions.csv", row), and("khmer.csv", words)]);
    assert_eq!(dry_run(&admin, both).await["withoutKhmerCount"], 0);
    clinic.server.finish().await;
}
