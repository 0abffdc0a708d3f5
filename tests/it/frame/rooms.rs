//! What is said when there is no room in memory for what somebody sends or asks for.

use std::sync::Arc;

use das_tern::platform::ids::UserId;
use das_tern::platform::rate_limits::Counted;
use das_tern::platform::rooms::{Hold, Room};
use reqwest::Method;
use serde_json::json;
use uuid::Uuid;

use crate::kit::{Answer, TestServer};

/// Another account holds all that large bodies or answers may.
fn filled(room: &Arc<Room>) -> Hold {
    let mut hold = room.enter(Counted::Person(UserId(Uuid::from_u128(7))));
    let mut step = 64 * 1024 * 1024;
    while step > 0 {
        while hold.grow(step) {}
        step /= 2;
    }
    hold
}

fn told_to_come_again(refused: &Answer) {
    assert_eq!(refused.header("retry-after"), "5");
    assert!(refused.json["message"].as_str().unwrap().contains('5'), "{}", refused.json);
}

#[tokio::test]
async fn a_large_body_waits_for_room_and_a_small_one_goes() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    let large = json!({ "theme": "x".repeat(40_000) });
    let held = filled(&server.context().rooms.bodies);
    told_to_come_again(&dara.patch("/users/me", large.clone()).await.expect(503).code("body_room_taken"));
    dara.patch("/users/me", json!({ "theme": "DARK" })).await.ok();
    drop(held);
    dara.patch("/users/me", large).await.expect(400).code("validation_failed");
    server.finish().await;
}

#[tokio::test]
async fn one_list_is_uploaded_at_a_time_and_needs_room_too() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let list = "generic_name,khmer_name,form,strength,route,unit\ntestamol,តេស្តាម៉ុល,TABLET,5 mg,ORAL,TABLET\n";
    let upload = async || admin.call(Method::POST, "/medicines/import").body("text/csv", list).await;
    let other = Arc::clone(&server.context().rooms.upload).acquire_owned().await.unwrap();
    told_to_come_again(&upload().await.expect(503).code("body_room_taken"));
    drop(other);
    assert_eq!(upload().await.ok()["counts"]["new"], 1);
    server.finish().await;
}

#[tokio::test]
async fn a_large_answer_waits_for_room_and_a_small_one_goes() {
    let server = TestServer::start_with(|settings| settings.medicines.shipped_list = true).await;
    server.run_jobs().await;
    let doctor = server.doctor("sok").await;
    let held = filled(&server.context().rooms.answers);
    let page = "/medicines/search?q=a&limit=100";
    told_to_come_again(&doctor.get(page).await.expect(503).code("answer_room_taken"));
    doctor.get("/users/me").await.ok();
    drop(held);
    assert!(doctor.get(page).await.ok().to_string().len() > 16 * 1024, "the page is no large answer");
    server.finish().await;
}
