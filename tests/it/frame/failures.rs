//! Whatever goes wrong, the answer has one shape.

use reqwest::Method;

use crate::kit::TestServer;

#[tokio::test]
async fn the_frameworks_own_failures_are_problems_too() {
    let server = TestServer::start().await;
    let stranger = server.stranger();
    let lost = stranger.get("/nowhere").await.expect(404).code("route_not_found");
    assert_eq!(lost.header("content-type"), "application/problem+json");
    assert_eq!(lost.json["type"], "/problems/route_not_found");
    assert_eq!(lost.json["instance"], lost.header("x-request-id"));
    let wrong = stranger.call(Method::DELETE, "/admin/status").await.expect(405).code("method_not_allowed");
    assert_eq!(wrong.header("allow"), "GET");
    stranger.get("/admin/status").await.expect(401).code("sign_in_required");
    server.patient("dara").await.get("/admin/status").await.expect(403).code("role_not_allowed");
    let status = server.admin().await.get("/admin/status").await.ok();
    assert_eq!(status["storeWritable"], true);
    let khmer = stranger.speaking(Some("km")).get("/nowhere").await.expect(404);
    assert_ne!(khmer.json["message"], lost.json["message"]);
    assert_eq!(khmer.header("content-language"), "km");
    server.finish().await;
}
