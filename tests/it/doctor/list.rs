//! The list of patients: found in either script, filtered, in order, page by page.

use serde_json::json;

use super::{a_day, items, names, november, take_first};
use crate::doses::kit::{clinic, daily, prescribe};
use crate::vitals::kit::{chosen, measure};
use das_tern::domain::connections::model::Scope;

#[tokio::test]
async fn patients_are_found_filtered_and_sorted() {
    let server = clinic().await;
    let sok = server.doctor("sok").await;
    let (red, yellow, green) =
        (server.patient("red").await, server.patient("yellow").await, server.patient("green").await);
    let (fresh, hidden) = (server.patient("fresh").await, server.patient("hidden").await);
    let khmer = server.patient("ដារ៉ា").await;
    for patient in [&red, &yellow, &green, &fresh, &khmer] {
        server.connect(&sok, patient).await;
    }
    server.connected_with(&sok, &hidden, chosen(&[Scope::Vitals]), Default::default()).await;
    for patient in [&red, &yellow, &green] {
        prescribe(&server, patient, daily("me")).await;
    }
    for date in november(6) {
        take_first(&yellow, &date).await;
        a_day(&server, &date, &[&green]).await;
    }
    measure(&green, "HEART_RATE 125").await;
    let by_figure = items(&sok, "/doctor/patients").await;
    assert_eq!(names(&by_figure)[..3], ["red", "yellow", "green"]);
    assert_eq!(names(&by_figure)[5], "hidden");
    assert_eq!(by_figure[1]["adherence"]["taking"]["color"], "YELLOW");
    assert_eq!(by_figure[2]["alerts"], json!({"open": 1, "acknowledged": 0, "gravest": "MEDIUM"}));
    assert_eq!(
        (&by_figure[5]["adherence"], &by_figure[5]["consent"]["permissionLevel"]),
        (&json!(null), &json!("SELECTED"))
    );
    let by_name = items(&sok, "/doctor/patients?sort=NAME").await;
    assert_eq!(names(&by_name), ["fresh", "green", "hidden", "red", "yellow", "ដារ៉ា"]);
    let first = items(&sok, "/doctor/patients?sort=ATTENTION&limit=2").await;
    assert_eq!(names(&first), ["red", "green"], "low adherence is graver than a MEDIUM alert");
    for (query, found) in [
        ("search=RE", vec!["red", "fresh", "green"]),
        ("search=dara", vec!["ដារ៉ា"]),
        ("search=%E1%9E%8A%E1%9E%B6", vec!["ដារ៉ា"]),
        ("search=red@ex", vec!["red"]),
        ("search=nobody", vec![]),
        ("adherence=YELLOW", vec!["yellow"]),
        ("adherence=GREEN&needsAttention=true", vec!["green"]),
        ("adherence=GREEN&needsAttention=false", vec![]),
        ("needsAttention=true", vec!["red", "green"]),
    ] {
        let listed = items(&sok, &format!("/doctor/patients?{query}")).await;
        let mut listed = names(&listed);
        let mut found = found;
        listed.sort_unstable();
        found.sort_unstable();
        assert_eq!(listed, found, "{query}");
    }
    for sort in ["ADHERENCE", "NAME", "ATTENTION"] {
        let (mut seen, mut path) = (Vec::new(), format!("/doctor/patients?sort={sort}&limit=2"));
        loop {
            let page = sok.get(&path).await.ok();
            let found = page["items"].as_array().unwrap();
            assert!(found.len() <= 2);
            seen.extend(found.iter().map(|one| one["id"].clone()));
            let Some(cursor) = page["nextCursor"].as_str() else { break };
            path = format!("/doctor/patients?sort={sort}&limit=2&cursor={cursor}");
        }
        let whole = items(&sok, &format!("/doctor/patients?sort={sort}")).await;
        assert_eq!(seen, whole.iter().map(|one| one["id"].clone()).collect::<Vec<_>>(), "{sort}");
    }
    for path in [
        "patients?cursor=x",
        "patients?cursor=7.x",
        "worklist?cursor=-1.7",
        "patients?limit=0",
        "worklist?limit=101",
    ] {
        assert_eq!(sok.get(format!("/doctor/{path}")).await.expect(400).bad_fields().len(), 1, "{path}");
    }
    // A place in the list of names is where somebody stands.
    let stranger = server.patient("stranger").await;
    let path = format!("/doctor/patients?sort=NAME&cursor=0.{}", stranger.id());
    assert_eq!(sok.get(path).await.expect(400).bad_fields(), ["cursor"]);
    server.finish().await;
}
