//! The catalogue through the API.

use serde_json::json;

use crate::kit::TestServer;

async fn with_list() -> TestServer {
    let server = TestServer::start_with(|settings| settings.medicines.shipped_list = true).await;
    server.run_jobs().await;
    server
}

#[tokio::test]
async fn everybody_in_use_searches_and_reads() {
    let server = with_list().await;
    let (doctor, patient, family) =
        (server.doctor("sok").await, server.patient("dara").await, server.family("srey").await);
    for person in [&doctor, &patient, &family] {
        let found = person.get("/medicines/search?q=amoxicilin&limit=3").await.ok();
        assert_eq!(found["items"].as_array().unwrap().len(), 3);
        assert_eq!(found["items"][0]["genericName"], "amoxicillin");
        let id = found["items"][0]["id"].as_str().unwrap();
        let medicine = person.get(format!("/medicines/{id}")).await.ok();
        assert_eq!(medicine, found["items"][0]);
        person.get("/medicines/sources").await.ok();
    }
    server.stranger().get("/medicines/search?q=a").await.expect(401);
    doctor
        .get("/medicines/00000000-0000-7000-8000-000000000000")
        .await
        .expect(404)
        .code("medicine_not_found");
    let bad = doctor.get("/medicines/search?q=a&limit=101").await.expect(400);
    assert_eq!(bad.bad_fields(), ["limit"]);
    assert_eq!(doctor.get("/medicines/search").await.ok()["items"], json!([]));
    let v1 = doctor
        .get("!/api/v1/medicines/search?q=%E1%9E%94%E1%9F%89%E1%9E%B6%E1%9E%9A%E1%9F%89%E1%9E%B6")
        .await
        .ok();
    assert_eq!(v1["items"][0]["genericName"], "paracetamol");
    server.finish().await;
}

#[tokio::test]
async fn only_admins_keep_the_catalogue() {
    let server = with_list().await;
    let (admin, doctor) = (server.admin().await, server.doctor("sok").await);
    let new = json!({
        "genericName": "Testamol", "khmerName": "តេស្តាម៉ុល", "form": "TABLET", "strength": "5 mg", "route": "ORAL",
        "unit": "TABLET",
    });
    doctor.post("/medicines", new.clone()).await.expect(403).code("role_not_allowed");
    doctor.post("/medicines/import", json!({})).await.expect(403).code("role_not_allowed");
    let csv = "generic_name,khmer_name,form,strength,route,unit\n";
    let upload = |client: &crate::kit::Client, query: &str, rows: String| {
        client
            .call(reqwest::Method::POST, format!("/medicines/import{query}"))
            .body("text/csv", format!("{csv}{rows}"))
    };
    upload(&doctor, "", String::new()).await.expect(403).code("role_not_allowed");

    let made = admin.post("/medicines", new.clone()).await.expect(201).json;
    assert_eq!(made["genericName"], "testamol");
    assert_eq!(made["origin"], "STAFF");
    admin.post("/medicines", new).await.expect(409).code("medicine_exists");
    let path = format!("/medicines/{}", made["id"].as_str().unwrap());
    doctor.patch(&path, json!({"active": false})).await.expect(403);
    assert_eq!(doctor.get(&path).await.ok()["active"], true);
    let changed = admin.patch(&path, json!({"brandNames": ["Probador"], "atcCode": "n02be01"})).await.ok();
    assert_eq!((&changed["brandNames"], &changed["atcCode"]), (&json!(["Probador"]), &json!("N02BE01")));
    assert_eq!(doctor.get(&path).await.ok(), changed, "never a stale copy");
    assert_eq!(admin.patch(&path, json!({"atcCode": ""})).await.ok()["atcCode"], json!(null));
    let bad = admin
        .patch(
            &path,
            json!({"khmerName": "abc", "maxDailyDose": "lots", "renalNote": "halve", "atcCode": "X"}),
        )
        .await
        .expect(400);
    assert_eq!(bad.bad_fields(), ["atcCode", "doseSource", "khmerName", "maxDailyDose", "noteSource"]);
    server.finish().await;
}

#[tokio::test]
async fn a_list_is_checked_then_imported() {
    let server = with_list().await;
    let admin = server.admin().await;
    let csv = "generic_name,khmer_name,form,strength,route,unit\n";
    let upload = |query: &str, rows: &str| {
        admin
            .call(reqwest::Method::POST, format!("/medicines/import{query}"))
            .body("text/csv", format!("{csv}{rows}"))
    };
    let good = "testamol,តេស្តាម៉ុល,TABLET,5 mg,ORAL,TABLET\n";
    let bad = "probadol,តេស្ត,PILL,5 mg,ORAL,TABLET\n";
    let dry = upload("?dryRun=true", &format!("{good}{bad}")).await.ok();
    assert_eq!(dry["dryRun"], true);
    assert_eq!(dry["counts"]["new"], 1);
    assert_eq!((&dry["errorCount"], &dry["errors"][0]["line"]), (&json!(1), &json!(3)));
    assert_eq!(dry["errors"][0]["column"], "form");
    assert!(dry["errors"][0]["messageKhmer"].as_str().unwrap().contains("TABLET"));

    let refused = upload("", &format!("{good}{bad}")).await.expect(400).code("validation_failed");
    assert_eq!(refused.bad_fields(), ["line 3, form"]);
    server.run_jobs().await;
    assert_eq!(admin.get("/medicines/search?q=testamol").await.ok()["items"], json!([]));

    let done = upload("?name=clinic.csv", good).await.ok();
    assert_eq!((&done["dryRun"], &done["counts"]["new"]), (&json!(false), &json!(1)));
    server.run_jobs().await;
    let found = admin.get("/medicines/search?q=testamol").await.ok();
    assert_eq!(found["items"][0]["origin"], "IMPORTED");
    let sources = admin.get("/medicines/sources").await.ok();
    assert_eq!(sources["items"][0]["name"], "clinic.csv");
    assert_eq!(sources["items"][1]["origin"], "SHIPPED");
    server.finish().await;
}

#[tokio::test]
async fn what_an_entry_is_and_why_it_is_withdrawn_are_told() {
    let server = with_list().await;
    let admin = server.admin().await;
    let mut new = json!({
        "genericName": "Testamol", "khmerName": "តេស្តាម៉ុល", "form": "TABLET", "strength": "5 mg", "route": "ORAL",
        "unit": "TABLET",
    });
    let plain = admin.post("/medicines", new.clone()).await.expect(201).json;
    assert_eq!(
        (&plain["release"], &plain["synonyms"], &plain["usualPieces"], &plain["withdrawn"]),
        (&json!("PLAIN"), &json!([]), &json!(null), &json!(null))
    );
    new["release"] = json!("MODIFIED");
    new["synonyms"] = json!(["Probamol"]);
    new["usualPieces"] = json!("1-12");
    let made = admin.post("/medicines", new).await.expect(201).json;
    assert_ne!(made["id"], plain["id"], "another release is another medicine");
    assert_eq!(
        (&made["displayName"], &made["displayNameKhmer"]),
        (&json!("testamol 5 mg modified-release tablet"), &json!("តេស្តាម៉ុល 5 mg គ្រាប់បញ្ចេញយឺត"))
    );
    assert_eq!((&made["release"], &made["usualPieces"]), (&json!("MODIFIED"), &json!("1-12")));
    server.run_jobs().await;
    let found = admin.get("/medicines/search?q=probamol").await.ok();
    assert_eq!(
        (&found["items"][0]["id"], &found["items"][0]["genericName"]),
        (&made["id"], &json!("testamol"))
    );

    let path = format!("/medicines/{}", made["id"].as_str().unwrap());
    let bad =
        admin.patch(&path, json!({"withdrawn": "not made any more", "usualPieces": "few"})).await.expect(400);
    assert_eq!(bad.bad_fields(), ["usualPieces", "withdrawn"]);
    let gone = admin.patch(&path, json!({"withdrawn": "not made any more", "active": false})).await.ok();
    assert_eq!((&gone["withdrawn"], &gone["active"]), (&json!("not made any more"), &json!(false)));
    let bad = admin.patch(&path, json!({"active": true})).await.expect(400);
    assert_eq!(bad.bad_fields(), ["withdrawn"]);
    let back = admin.patch(&path, json!({"active": true, "withdrawn": ""})).await.ok();
    assert_eq!((&back["withdrawn"], &back["active"]), (&json!(null), &json!(true)));
    server.finish().await;
}
