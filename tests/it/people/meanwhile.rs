//! Two people change one profile.

use serde_json::json;

use crate::kit::TestServer;

#[tokio::test]
async fn a_profile_that_was_changed_meanwhile_is_not_overwritten() {
    let server = TestServer::start().await;
    let (admin, dara, bopha) =
        (server.admin().await, server.patient("dara").await, server.family("bopha").await);
    server.connect(&bopha, &dara).await;
    let path = format!("/users/{}", dara.id());
    let seen = dara.get("/users/me").await.expect(200);
    let tag = seen.header("etag").to_owned();
    assert_eq!(tag, format!("\"{}\"", seen.json["revision"]));
    assert_eq!(admin.get(&path).await.expect(200).header("etag"), tag);
    assert_eq!(
        bopha.get(&path).await.expect(200).header("etag"),
        "",
        "a card does not tell of other changes"
    );
    let changed =
        admin.patch(&path, json!({ "firstName": "Darany" })).header("if-match", &tag).await.expect(200);
    assert_ne!(changed.header("etag"), tag);
    let stale = dara.patch("/users/me", json!({ "theme": "DARK" })).header("if-match", &tag).await;
    stale.expect(412).code("revision_changed");
    let now = changed.header("etag").to_owned();
    let mine = dara.patch("/users/me", json!({ "theme": "DARK" })).header("if-match", &now).await.expect(200);
    assert_eq!((&mine.json["firstName"], &mine.json["theme"]), (&json!("Darany"), &json!("DARK")));
    dara.patch("/users/me", json!({ "theme": "LIGHT" })).header("if-match", "abc").await.expect(400);
    dara.patch("/users/me", json!({ "theme": "LIGHT" })).header("if-match", "*").await.expect(200);
    admin.patch(&path, json!({ "lastName": "Chan" })).header("if-match", &now).await.expect(412);
    server.finish().await;
}
