//! Who may stand for rules, and what the admins hear of rules that nobody follows.

use das_tern::domain::prescriptions::model::OverrideReason;
use das_tern::domain::safety::tables::count;
use das_tern::domain::users::model::{Role, Status};
use das_tern::platform::clock::{Span, Timestamp};
use das_tern::platform::ids::UserId;
use serde_json::{Value, json};

use super::Clinic;
use crate::kit::{Client, TestServer};

const RULE: &str = "/safety/rules/hrd-asthma-bb";

async fn titles(who: &Client) -> Vec<String> {
    let list = who.get("/notifications").await.ok();
    let items = list["items"].as_array().unwrap().iter();
    items.map(|message| message["title"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn an_admin_stands_for_rules_only_as_what_another_admin_says() {
    let clinic = Clinic::open_strictly().await;
    let admin = clinic.server.admin().await;
    let rith = clinic.server.person("rith", Role::Admin, Status::Active).await;
    rith.post(format!("{RULE}/confirm"), json!({})).await.expect(403).code("reviewer_mark_needed");
    let path = |who: &Client| format!("/users/{}/clinical-reviewer", who.id());
    let as_pharmacist = json!({"qualification": "hospital pharmacist"});
    rith.put(path(&rith), as_pharmacist.clone()).await.expect(409).code("own_account");
    clinic.sok.put(path(&rith), as_pharmacist.clone()).await.expect(403).code("role_not_allowed");
    admin.put(path(&clinic.sok), as_pharmacist.clone()).await.expect(409).code("not_an_admin");
    for bad in ["", "  ", "12345", "a\u{202E}bcd", &"a".repeat(201)] {
        let refused = admin.put(path(&rith), json!({"qualification": bad})).await.expect(400);
        assert_eq!(refused.bad_fields(), ["qualification"]);
    }
    let marked = admin.put(path(&rith), as_pharmacist.clone()).await.ok();
    let mark = &marked["clinicalReviewer"];
    assert_eq!(
        (&mark["qualification"], &mark["givenBy"]),
        (&json!("hospital pharmacist"), &json!(admin.id()))
    );
    assert_eq!(rith.get("/users/me").await.ok()["clinicalReviewer"], *mark);
    assert_eq!(admin.get("/users/me").await.ok()["clinicalReviewer"], json!(null));
    assert!(titles(&rith).await.contains(&"You are a clinical reviewer now".to_owned()));

    // The qualification is that of the account, and nothing that is typed each time.
    let again = json!({"qualification": "professor"});
    assert_eq!(rith.post(format!("{RULE}/confirm"), again).await.expect(400).bad_fields(), ["qualification"]);
    let confirmed = rith.post(format!("{RULE}/confirm"), json!({})).await.ok();
    let by = |rule: &Value| {
        let confirmation = &rule["confirmation"];
        (confirmation["confirmedBy"].clone(), confirmation["qualification"].clone())
    };
    let rith_as = (json!(rith.id()), json!("hospital pharmacist"));
    assert_eq!(by(&confirmed), rith_as);

    // The mark is taken back by another one only; what was confirmed stays.
    rith.delete(path(&rith)).await.expect(409).code("own_account");
    assert_eq!(admin.delete(path(&rith)).await.ok()["clinicalReviewer"], json!(null));
    admin.delete(path(&rith)).await.ok();
    rith.post(format!("{RULE}/confirm"), json!({})).await.expect(403).code("reviewer_mark_needed");
    let listed = clinic.sok.get("/safety/rules?state=CONFIRMED").await.ok();
    assert_eq!(listed["items"].as_array().unwrap().iter().map(by).collect::<Vec<_>>(), [rith_as]);
    let audit = admin.get("/audit/all").await.ok();
    let actions: Vec<&str> =
        audit["items"].as_array().unwrap().iter().map(|one| one["action"].as_str().unwrap()).collect();
    let of = |action: &str| actions.iter().filter(|one| **one == action).count();
    // Twice each was refused to somebody; taking back what is not there leaves no trace.
    assert_eq!((of("user.mark_reviewer"), of("user.unmark_reviewer")), (2, 1), "{actions:?}");
    clinic.server.finish().await;
}

fn at(text: &str) -> Timestamp {
    text.parse::<chrono::DateTime<chrono::Utc>>().unwrap().into()
}

/// Counts that a rule was found so often in this month, and signed against.
async fn counted(server: &TestServer, (rule, by): (&'static str, UserId), (found, signed): (u32, u32)) {
    let zone = server.context().zone();
    let change = move |tx: &mut das_tern::platform::store::WriteTx<'_>| {
        use das_tern::platform::store::Reader as _;
        let month = das_tern::domain::safety::tables::month_of(tx.now().day_in(zone));
        for number in 0..found {
            let reason = (number < signed).then_some(OverrideReason::WillMonitor);
            count(tx, (rule, by, month), reason)?;
        }
        Ok(())
    };
    server.context().store.write(change).await.unwrap();
}

#[tokio::test]
async fn once_a_month_the_admins_hear_of_rules_that_nobody_follows() {
    const TITLE: &str = "Safety rules that are always overridden";
    let server = TestServer::start_with(|settings| settings.auth.access_token_minutes = 60 * 24 * 200).await;
    let (admin, sok, chan) = (server.admin().await, server.doctor("sok").await, server.doctor("chan").await);
    let told = async |who: &Client| {
        let list = who.get("/notifications").await.ok();
        let items = list["items"].as_array().unwrap().clone();
        let of = items.into_iter().filter(|message| message["title"] == TITLE);
        of.map(|message| message["body"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    // In November: by two doctors together often enough; too rarely; followed once in ten times and more.
    counted(&server, ("ddi-vka-nsaid", sok.id()), (12, 11)).await;
    counted(&server, ("ddi-vka-nsaid", chan.id()), (8, 7)).await;
    counted(&server, ("ddi-doac-nsaid", sok.id()), (19, 19)).await;
    counted(&server, ("ddi-ssri-nsaid", sok.id()), (40, 35)).await;
    counted(&server, ("rules-missing", sok.id()), (40, 40)).await;
    server.run_jobs().await;
    assert_eq!(told(&admin).await, Vec::<String>::new());
    // The clinic's December begins seven hours before that of UTC.
    server.clock().set(at("2026-11-30T16:00:00Z"));
    server.run_jobs().await;
    assert_eq!(told(&admin).await, Vec::<String>::new());
    server.clock().set(at("2026-11-30T17:30:00Z"));
    server.run_jobs().await;
    let said = told(&admin).await;
    assert_eq!(said.len(), 1);
    assert!(said[0].contains("ddi-vka-nsaid (18 / 20)"), "{said:?}");
    assert!(
        ["doac", "ssri", "missing", "sok", "chan"].iter().all(|other| !said[0].contains(other)),
        "{said:?}"
    );
    assert_eq!(told(&sok).await, Vec::<String>::new());
    let khmer = admin.speaking(Some("km")).get("/notifications").await.ok();
    assert_eq!(khmer["items"][0]["title"], "វិធានសុវត្ថិភាពដែលតែងតែត្រូវបានរំលង");

    // Once, also over a restart, and nothing for a month in which there was nothing.
    let server = server.restart().await;
    let admin = server.again(&admin);
    for _ in 0..3 {
        server.clock().advance(Span::days(1));
        server.run_jobs().await;
    }
    assert_eq!(told(&admin).await.len(), 1);
    server.clock().set(at("2027-01-02T00:00:00Z"));
    server.run_jobs().await;
    assert_eq!(told(&admin).await.len(), 1);
    server.finish().await;
}
