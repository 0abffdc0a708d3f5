//! What an admin does with jobs, through the API.

use das_tern::platform::ids::JobId;
use das_tern::platform::jobs::{self, JOBS, JobState};
use das_tern::platform::store::Reader;
use serde_json::json;

use super::kit::say;
use crate::kit::TestServer;

/// Enqueues jobs that nobody handles: they die at the first run.
async fn enqueue(server: &TestServer, words: &[&str]) -> Vec<JobId> {
    let mut ids = Vec::new();
    for word in words {
        let job = say(word);
        server.clock().advance(das_tern::platform::clock::Span::seconds(1));
        ids.push(server.context().store.write(move |tx| jobs::enqueue(tx, &job)).await.unwrap());
    }
    ids
}

async fn kill(server: &TestServer, ids: &[JobId]) {
    for &id in ids {
        server.clock().advance(das_tern::platform::clock::Span::seconds(1));
        let mark = move |tx: &mut das_tern::platform::store::WriteTx<'_>| {
            let mut row = JOBS.require(tx, &id, "job_not_found")?;
            row.state = JobState::Dead;
            row.attempts = row.max_attempts;
            row.last_error = Some("planned".to_owned());
            row.due_at = tx.now();
            JOBS.put(tx, &id, &row)
        };
        server.context().store.write(mark).await.unwrap();
    }
}

#[tokio::test]
async fn an_admin_finds_retries_and_discards_dead_letters() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    server.run_jobs().await;
    let ids = enqueue(&server, &["a", "b", "c"]).await;
    kill(&server, &ids).await;

    let dead = admin.get("/admin/jobs?queue=speech&state=DEAD&limit=2").await.ok();
    let items = dead["items"].as_array().unwrap();
    assert_eq!(items.len(), 2);
    assert_eq!((&items[0]["payload"]["word"], &items[0]["lastError"]), (&json!("c"), &json!("planned")));
    let cursor = dead["nextCursor"].as_str().unwrap();
    let rest = admin.get(format!("/admin/jobs?queue=speech&state=DEAD&limit=2&cursor={cursor}")).await.ok();
    assert_eq!((rest["items"].as_array().unwrap().len(), &rest["nextCursor"]), (1, &json!(null)));

    let retried = admin.post(format!("/admin/jobs/{}/retry", ids[0]), json!({})).await.ok();
    assert_eq!((&retried["state"], &retried["attempts"]), (&json!("WAITING"), &json!(0)));
    admin.post(format!("/admin/jobs/{}/retry", ids[0]), json!({})).await.expect(409).code("job_not_dead");
    let missing =
        admin.post(format!("/admin/jobs/{}/discard", ids[1]), json!({"reason": ""})).await.expect(400);
    assert_eq!(missing.bad_fields(), ["reason"]);
    let reason = json!({"reason": "the clinic closed"});
    admin.post(format!("/admin/jobs/{}/discard", ids[1]), reason.clone()).await.expect(204);
    admin.post(format!("/admin/jobs/{}/discard", ids[1]), reason).await.expect(404).code("job_not_found");
    let waiting = admin.get("/admin/jobs?queue=speech&state=WAITING").await.ok();
    assert_eq!(waiting["items"][0]["id"], json!(ids[0]));
    assert_eq!(admin.get("/admin/jobs?queue=speech").await.ok()["items"].as_array().unwrap().len(), 2);
    server.finish().await;
}

#[tokio::test]
async fn an_admin_pauses_and_resumes_a_queue() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let paused = admin.post("/admin/queues/upkeep/pause", json!({})).await.ok();
    assert_eq!(paused["paused"], json!(true));
    let queues = admin.get("/admin/queues").await.ok();
    let upkeep = queues["items"].as_array().unwrap().iter().find(|queue| queue["name"] == "upkeep").unwrap();
    assert_eq!(upkeep["paused"], json!(true));
    let resumed = admin.post("/admin/queues/upkeep/resume", json!({})).await.ok();
    assert_eq!((&resumed["paused"], &resumed["pausedAt"]), (&json!(false), &json!(null)));
    admin.post("/admin/queues/nonsense/pause", json!({})).await.expect(404).code("queue_not_found");
    server.finish().await;
}

#[tokio::test]
async fn nobody_else_sees_or_touches_them_and_each_refusal_is_written_down() {
    let server = TestServer::start().await;
    let doctor = server.doctor("sok").await;
    let id = enqueue(&server, &["a"]).await[0];
    doctor.get("/admin/jobs").await.expect(403).code("role_not_allowed");
    doctor.get("/admin/queues").await.expect(403);
    doctor.post(format!("/admin/jobs/{id}/retry"), json!({})).await.expect(403);
    doctor.post(format!("/admin/jobs/{id}/discard"), json!({"reason": "x"})).await.expect(403);
    doctor.post("/admin/queues/upkeep/pause", json!({})).await.expect(403);
    doctor.post("/admin/queues/upkeep/resume", json!({})).await.expect(403);
    server.stranger().get("/admin/jobs").await.expect(401);
    let actions: Vec<(String, String)> = server
        .context()
        .store
        .read(|tx| {
            let records = das_tern::domain::audit::tables::RECORDS.list_prefix(tx, &())?;
            Ok(records.into_iter().map(|(_, r)| (r.action, format!("{:?}", r.outcome))).collect())
        })
        .unwrap();
    for action in ["job.list", "queue.list", "job.retry", "job.discard", "queue.pause", "queue.resume"] {
        assert!(actions.contains(&(action.to_owned(), "Refused".to_owned())), "{action} in {actions:?}");
    }
    server.finish().await;
}

#[tokio::test]
async fn kept_answers_are_forgotten_after_a_day() {
    use das_tern::domain::gate::{ANSWERS, KeptAnswer};
    let server = TestServer::start().await;
    for n in 0..1_200_u32 {
        let at = server.context().now();
        let mut key = [0; 32];
        key[..4].copy_from_slice(&n.to_be_bytes());
        let answer = KeptAnswer { fingerprint: [0; 32], right: None, answer: json!(n), at };
        server.context().store.write(move |tx| ANSWERS.put(tx, &key, &answer)).await.unwrap();
        if n == 1_100 {
            server.clock().advance(das_tern::platform::clock::Span::hours(12));
        }
    }
    let left = || server.context().store.read(|tx| Ok(ANSWERS.list_prefix(tx, &())?.len())).unwrap();
    server.run_jobs().await;
    assert_eq!(left(), 1_200);
    server.clock().advance(das_tern::platform::clock::Span::milliseconds(12 * 3_600_000 + 1));
    server.run_jobs().await;
    assert_eq!(left(), 99);
    server.finish().await;
}
