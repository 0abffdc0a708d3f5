//! Photographs: taken in as pixels alone, kept beside the store, seen by whoever may see what they show.

use std::path::PathBuf;

use bytes::Bytes;
use das_tern::domain::connections::model::{AlertSettings, Permission, PermissionLevel, Scope};
use das_tern::domain::users::model::{Role, Status};
use das_tern::platform::clock::Span;
use http_body_util::StreamBody;
use hyper::body::Frame;
use image::ImageFormat;
use reqwest::Method;
use serde_json::{Value, json};

use crate::kit::{Answer, Client, TestServer, noise, picture};
use crate::prescriptions::medicine;

const RED: [u8; 3] = [250, 0, 0];

async fn put(client: &Client, path: &str, kind: &'static str, file: impl Into<reqwest::Body>) -> Answer {
    client.call(Method::PUT, path).body(kind, file).await
}

async fn put_jpeg(client: &Client, path: &str, colour: [u8; 3]) -> Value {
    put(client, path, "image/jpeg", picture(ImageFormat::Jpeg, colour)).await.ok()
}

/// Everything that lies in the folder of what people sent.
fn files(server: &TestServer) -> Vec<PathBuf> {
    let folder = server.context().settings.store.uploads();
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    entries.map(|entry| entry.unwrap().path()).collect()
}

async fn used(client: &Client) -> u64 {
    client.get("/users/storage").await.ok()["usedBytes"].as_u64().unwrap()
}

fn of(person: &Client) -> String {
    format!("/users/{}/photo", person.id())
}

#[tokio::test]
async fn a_persons_photograph_is_kept_as_pixels_and_shown_to_who_may_know_them() {
    let server = TestServer::start().await;
    let (dara, sok, chea) =
        (server.patient("dara").await, server.doctor("sok").await, server.doctor("chea").await);
    server.connect(&sok, &dara).await;
    let path = of(&dara);
    dara.get(&path).await.expect(404).code("photo_not_found");
    for (kind, format) in [
        ("image/jpeg", ImageFormat::Jpeg),
        ("image/png", ImageFormat::Png),
        ("image/webp; charset=binary", ImageFormat::WebP),
    ] {
        let set = put(&dara, &path, kind, picture(format, RED)).await.ok();
        assert_eq!(
            (&set["kind"], &set["width"], &set["height"]),
            (&json!("PROFILE"), &json!(40), &json!(24))
        );
        assert_eq!(set["path"], format!("/api{path}"));
        assert_eq!(used(&dara).await, set["bytes"].as_u64().unwrap());
    }
    server.run_jobs().await;
    assert_eq!(files(&server).len(), 1, "a newer photograph takes the place of the one before");

    let shown = sok.get(&path).await.expect(200);
    assert_eq!(
        (shown.header("content-type"), shown.header("x-content-type-options")),
        ("image/jpeg", "nosniff")
    );
    assert_eq!(shown.header("cache-control"), "no-store");
    let url = format!("http://{}/api{path}", server.address());
    let bytes =
        crate::kit::http().get(url).bearer_auth(sok.token()).send().await.unwrap().bytes().await.unwrap();
    let [red, green, _] = image::load_from_memory(&bytes).unwrap().into_rgb8().get_pixel(20, 12).0;
    assert!(red > 230 && green < 30);
    chea.get(&path).await.expect(404).code("patient_not_found");
    let looked = dara.get(format!("/audit/record?patientId={}", dara.id())).await.ok();
    assert!(looked["items"].as_array().unwrap().iter().any(|one| one["action"] == "photo.view"));

    sok.delete(&path).await.expect(403).code("photo_not_yours");
    put(&sok, &path, "image/png", picture(ImageFormat::Png, RED)).await.expect(403).code("photo_not_yours");
    dara.delete(&path).await.expect(204);
    dara.delete(&path).await.expect(404).code("photo_not_found");
    server.run_jobs().await;
    assert_eq!((files(&server).len(), used(&dara).await), (0, 0));
    server.finish().await;
}

#[tokio::test]
async fn what_is_no_whole_picture_is_refused_in_words_and_leaves_nothing_behind() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    let path = of(&dara);
    let (jpeg, png) = (picture(ImageFormat::Jpeg, RED), picture(ImageFormat::Png, RED));
    let mut bomb = png.clone();
    bomb[16..24].copy_from_slice(&[0, 0, 0xEA, 0x60, 0, 0, 0xEA, 0x60]);
    // Its checksum, as zlib computes it.
    let checksum = crc32(&bomb[12..29]);
    bomb[29..33].copy_from_slice(&checksum.to_be_bytes());
    let cases: [(&str, &'static str, Vec<u8>); 8] = [
        ("no picture", "image/jpeg", Vec::new()),
        ("JPEG, PNG or WebP", "image/png", b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec()),
        ("sent as JPEG and is a PNG", "image/jpeg", png.clone()),
        ("did not arrive whole", "image/jpeg", jpeg[..jpeg.len() - 9].to_vec()),
        ("did not arrive whole", "image/png", png[..png.len() - 9].to_vec()),
        ("16 million pixels", "image/png", bomb),
        ("something else besides", "image/jpeg", [&jpeg[..], b"<script>alert(1)</script>"].concat()),
        ("something else besides", "image/png", [&png[..], b"and more"].concat()),
    ];
    for (words, kind, file) in cases {
        let refused = put(&dara, &path, kind, file.clone()).await.expect(400);
        assert_eq!(refused.bad_fields(), ["body"]);
        let said = refused.json["errors"][0]["message"].as_str().unwrap();
        assert!(said.contains(words), "{words}: {said}");
        let khmer = put(&dara.speaking(Some("km")), &path, kind, file).await.expect(400);
        let said = khmer.json["errors"][0]["message"].as_str().unwrap().to_owned();
        assert!(said.contains("សូម") && !said.contains(words), "{said}");
    }
    put(&dara, &path, "image/svg+xml", "<svg/>").await.expect(415);
    put(&dara, &path, "image/gif", "GIF89a").await.expect(415);
    dara.put(&path, json!({})).await.expect(415);
    let large = vec![0xFF; 5 * 1024 * 1024 + 1];
    put(&dara, &path, "image/jpeg", large.clone()).await.expect(413);
    // Without a length the bytes are counted as they come.
    let piece = |piece: &[u8]| Ok::<_, std::io::Error>(Frame::data(Bytes::copy_from_slice(piece)));
    let pieces: Vec<_> = large.chunks(64 * 1024).map(piece).collect();
    let body = reqwest::Body::wrap(StreamBody::new(futures_util::stream::iter(pieces)));
    put(&dara, &path, "image/jpeg", body).await.expect(413).code("image_too_large");
    assert_eq!((files(&server).len(), used(&dara).await), (0, 0));
    assert_eq!(server.context().rooms.bodies.held(), 0);
    server.finish().await;
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg()))
    })
}

#[tokio::test]
async fn a_licence_is_shown_to_who_checks_it_and_stays_as_it_was_approved() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let new = server.person("sok", Role::Doctor, Status::PendingVerification).await;
    let (other, dara) = (server.doctor("chea").await, server.patient("dara").await);
    let path = format!("/users/{}/license-photo", new.id());
    admin.get(&path).await.expect(404).code("photo_not_found");
    put_jpeg(&new, &path, RED).await;
    let bytes = put_jpeg(&new, &path, [0, 0, 250]).await["bytes"].as_u64().unwrap();
    assert_eq!(new.get("/users/me").await.ok()["licensePhoto"], format!("/api{path}"));
    new.get(&path).await.expect(200);
    let seen = admin.get(&path).await.expect(200);
    assert_eq!(seen.header("content-length"), bytes.to_string());
    for stranger in [&other, &dara] {
        stranger.get(&path).await.expect(404).code("patient_not_found");
        put(stranger, &path, "image/jpeg", picture(ImageFormat::Jpeg, RED)).await.expect(403);
    }
    let own = format!("/users/{}/license-photo", dara.id());
    put(&dara, &own, "image/jpeg", picture(ImageFormat::Jpeg, RED))
        .await
        .expect(403)
        .code("role_not_allowed");
    admin.post(format!("/users/{}/verify", new.id()), json!({})).await.ok();
    let new = server.known("sok").await;
    put(&new, &path, "image/jpeg", picture(ImageFormat::Jpeg, RED))
        .await
        .expect(409)
        .code("license_photo_settled");
    // Whom the doctor treats knows the doctor, and not the licence.
    server.connect(&new, &dara).await;
    dara.get(&path).await.expect(403).code("role_not_allowed");
    server.finish().await;
}

#[tokio::test]
async fn a_medicines_photograph_follows_its_prescription() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    let sok = server.doctor("sok").await;
    server.connect(&sok, &dara).await;
    let medicine = medicine(&server, "paracetamol").await;
    let line = json!({"medicineId": medicine, "dosage": "500 mg", "frequency": "BID", "durationDays": 5});
    let body = json!({"patientId": dara.id(), "medications": [line]});
    let prescription = sok.post("/prescriptions", body).await.ok();
    let medication = prescription["medications"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/medications/{medication}/photo");
    let (family, chea) = (server.family("srey").await, server.doctor("chea").await);
    let permission = Permission {
        level: PermissionLevel::Selected,
        scopes: vec![Scope::Prescriptions],
        ..Permission::all()
    };
    server.connected_with(&family, &dara, permission.clone(), AlertSettings::default()).await;
    server.connected_with(&chea, &dara, permission, AlertSettings::default()).await;
    let set = put_jpeg(&dara, &path, RED).await;
    assert_eq!((&set["kind"], &set["medicationId"]), (&json!("MEDICINE"), &json!(medication)));
    family.get(&path).await.expect(200);
    chea.get(&path).await.expect(200);
    put(&family, &path, "image/jpeg", picture(ImageFormat::Jpeg, RED))
        .await
        .expect(403)
        .code("write_not_allowed");
    put(&chea, &path, "image/jpeg", picture(ImageFormat::Jpeg, RED)).await.expect(403).code("not_author");
    server.patient("bopha").await.get(&path).await.expect(404).code("medication_not_found");
    let gone = format!("/medications/{}/photo", uuid::Uuid::from_u128(5));
    dara.get(&gone).await.expect(404).code("medication_not_found");

    // Revoked, it is gone on the very next request.
    let connections = dara.get("/connections?kind=FAMILY").await.ok();
    let connection = connections["items"][0]["id"].as_str().unwrap();
    dara.post(format!("/connections/{connection}/revoke"), json!({})).await.ok();
    family.get(&path).await.expect(404).code("medication_not_found");

    let record = dara.get("/users/me/export").await.ok();
    assert_eq!(record["photos"], json!([set]));
    assert_eq!(record["photos"][0]["path"], format!("/api{path}"));
    // The author may put another in its place, and it stays through a newer version.
    put_jpeg(&sok, &path, [0, 0, 250]).await;
    sok.patch(format!("/medications/{medication}"), json!({"frequency": "TID"})).await.ok();
    chea.get(&path).await.expect(200);
    dara.delete(&path).await.expect(204);
    sok.get(&path).await.expect(404).code("photo_not_found");
    server.finish().await;
}

#[tokio::test]
async fn a_plan_has_room_for_so_much_and_the_figures_are_true() {
    let server = TestServer::start_with(|settings| {
        settings.plans.freemium.includes.storage_bytes = 200 * 1024;
    })
    .await;
    let dara = server.patient("dara").await;
    let (path, large) = (of(&dara), noise(600, 500));
    let small = put_jpeg(&dara, &path, RED).await["bytes"].as_u64().unwrap();
    let refused = put(&dara, &path, "image/jpeg", large).await.expect(402).code("storage_full");
    assert!(refused.text.contains("MB are used"), "{}", refused.text);
    let storage = dara.get("/users/storage").await.ok();
    assert_eq!(storage, json!({"usedBytes": small, "limitBytes": 200 * 1024}));
    assert_eq!(files(&server).len(), 1, "what was refused is not kept");
    // What is replaced gives its room back.
    put_jpeg(&dara, &path, [0, 200, 0]).await;
    server.finish().await;
}

#[tokio::test]
async fn an_erased_person_leaves_no_picture_and_two_may_send_the_same() {
    let server = TestServer::start().await;
    let (dara, bopha) = (server.patient("dara").await, server.patient("bopha").await);
    put_jpeg(&dara, &of(&dara), RED).await;
    put_jpeg(&bopha, &of(&bopha), RED).await;
    assert_eq!(files(&server).len(), 1);
    dara.delete("/users/me").await.ok();
    server.clock().advance(Span::days(31));
    server.run_jobs().await;
    assert_eq!(files(&server).len(), 1, "it is the other one's too");
    bopha.get(of(&bopha)).await.expect(200);
    bopha.delete(of(&bopha)).await.expect(204);
    server.run_jobs().await;
    assert_eq!(files(&server).len(), 0);
    server.finish().await;
}

#[tokio::test]
async fn what_a_fall_left_behind_is_swept_and_a_damaged_file_is_not_shown() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    put_jpeg(&dara, &of(&dara), RED).await;
    let kept = files(&server).remove(0);
    let folder = kept.parent().unwrap();
    std::fs::write(folder.join("0".repeat(64)), "its row never came").unwrap();
    std::fs::write(folder.join(".unfinished-7"), "half").unwrap();
    server.clock().advance(Span::days(1));
    server.run_jobs().await;
    assert_eq!(files(&server), std::slice::from_ref(&kept));
    dara.get(of(&dara)).await.expect(200);
    std::fs::write(&kept, "something else").unwrap();
    dara.get(of(&dara)).await.expect(503).code("data_damaged");
    std::fs::remove_file(&kept).unwrap();
    dara.get(of(&dara)).await.expect(503).code("data_damaged");
    // Sent once more, it is there again.
    put_jpeg(&dara, &of(&dara), RED).await;
    dara.get(of(&dara)).await.expect(200);
    server.finish().await;
}
