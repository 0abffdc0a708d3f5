//! The web pages: their files, the shell in which they run, and that what is embedded was made of the sources.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Read;
use std::path::Path;

use reqwest::Method;
use sha2::{Digest, Sha256};

use crate::kit::{Client, TestServer};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/ui");

/// The addresses that the shell at `path` names.
async fn named(stranger: &Client, path: &str) -> Vec<String> {
    let shell = stranger.get(path).await.expect(200);
    let parts = shell.text.split(['"']).filter(|part| part.starts_with("/ui/"));
    parts.map(str::to_owned).collect()
}

#[tokio::test]
async fn a_file_has_a_strong_tag_for_each_form_and_is_kept_for_ever_under_its_hash() {
    let server = TestServer::start().await;
    let stranger = server.stranger();
    let names = named(&stranger, "!/clinic").await;
    assert_eq!(names.len(), 5, "{names:?}");
    for name in names {
        let plain = stranger.get(format!("!{name}")).header("accept-encoding", "identity").await.expect(200);
        assert_eq!(plain.header("cache-control"), "public, max-age=31536000, immutable", "{name}");
        let bare = name.split('?').next().unwrap();
        let bare = stranger.get(format!("!{bare}")).await.expect(200);
        assert_eq!(bare.header("cache-control"), "no-cache", "{name}");
        let wrong = stranger.get(format!("!{}0", name)).await.expect(200);
        assert_eq!(wrong.header("cache-control"), "no-cache", "{name}");
        let tag = plain.header("etag").to_owned();
        assert!(tag.starts_with('"') && tag.ends_with('"'), "{tag}");
        let again = stranger.get(format!("!{name}")).header("if-none-match", format!("\"x\", W/{tag}")).await;
        assert_eq!((again.status, again.text.as_str()), (304, ""));
        let head = stranger.call(Method::HEAD, format!("!{name}")).await.expect(200);
        assert_eq!(head.header("content-length"), plain.header("content-length"));
        assert!(head.text.is_empty());
    }
    server.finish().await;
}

#[tokio::test]
async fn compressed_forms_hold_the_same_bytes() {
    let server = TestServer::start().await;
    let stranger = server.stranger();
    let plain = stranger.get("!/ui/clinic.js").header("accept-encoding", "identity").await.expect(200);
    let mut tags = vec![plain.header("etag").to_owned()];
    for (accepted, encoding) in
        [("gzip, br", "br"), ("gzip, deflate", "gzip"), ("br;q=0, gzip;q=0.5", "gzip")]
    {
        let response = stranger.get("!/ui/clinic.js").header("accept-encoding", accepted).stream().await;
        assert_eq!(response.headers()["content-encoding"], encoding, "{accepted}");
        assert_eq!(response.headers()["vary"], "accept-encoding");
        tags.push(response.headers()["etag"].to_str().unwrap().to_owned());
        let packed = response.bytes().await.unwrap();
        let mut text = String::new();
        match encoding {
            "br" => brotli::Decompressor::new(&packed[..], 4096).read_to_string(&mut text).unwrap(),
            _ => flate2::read::GzDecoder::new(&packed[..]).read_to_string(&mut text).unwrap(),
        };
        assert_eq!(text, plain.text, "{accepted}");
    }
    assert_ne!(tags[0], tags[1]);
    assert_ne!(tags[1], tags[2]);
    assert_eq!(tags[2], tags[3]);
    server.finish().await;
}

#[tokio::test]
async fn what_is_missing_is_missing_and_never_the_shell() {
    let server = TestServer::start().await;
    let stranger = server.stranger();
    for path in [
        "/ui/none.js",
        "/ui/../Cargo.toml",
        "/ui/",
        "/ui/INPUTS",
        "/clinical",
        "/administration",
        "/sign-in/x",
    ] {
        stranger.get(format!("!{path}")).await.expect(404).code("route_not_found");
    }
    for path in ["/ui/app.css", "/clinic", "/sign-in"] {
        stranger.call(Method::POST, format!("!{path}")).await.expect(405);
    }
    // A page needs several files, and people of one clinic share an address.
    for _ in 0..200 {
        stranger.get("!/ui/icon.svg").await.expect(200);
    }
    server.finish().await;
}

#[tokio::test]
async fn the_shell_lets_nothing_in_and_speaks_the_chosen_language() {
    let server = TestServer::start().await;
    let stranger = server.stranger().speaking(None);
    for path in [
        "!/sign-in",
        "!/register",
        "!/forgot-password",
        "!/clinic",
        "!/clinic/patients/x/vitals",
        "!/admin/jobs",
    ] {
        let shell = stranger.get(path).await.expect(200);
        let policy = shell.header("content-security-policy");
        for part in [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        ] {
            assert!(policy.split("; ").any(|one| one.trim() == part), "{path}: {part} is not in {policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(shell.header("cache-control"), "no-cache");
        assert!(shell.text.contains("<html lang=\"km\">") && shell.text.contains("/ui/i18n-km.js?v="));
        // Nothing inline: the policy would forbid it.
        assert!(
            !shell.text.contains("<style")
                && !shell.text.contains(" style=")
                && !shell.text.contains("<script>")
        );
    }
    let english = stranger.get("!/clinic").header("cookie", "a=b; das-tern-language=en").await.expect(200);
    assert!(english.text.contains("<html lang=\"en\">") && english.text.contains("/ui/i18n-en.js?v="));
    let by_header = server.stranger().get("!/clinic").await.expect(200);
    assert!(by_header.text.contains("<html lang=\"en\">"));
    let nonsense =
        stranger.get("!/clinic").header("cookie", "das-tern-language=\"><script>").await.expect(200);
    assert!(nonsense.text.contains("<html lang=\"km\">"));
    // Only pages that are kept on a phone may name a worker, and only one.
    for path in ["!/me", "!/me/people/looked", "!/family/care/x", "!/plan"] {
        let shell = stranger.get(path).await.expect(200);
        let policy = shell.header("content-security-policy");
        assert!(policy.contains("trusted-types dt-sw") && !policy.contains("unsafe"), "{path}: {policy}");
        assert!(shell.text.contains("/ui/own-km.js?v=") && shell.text.contains("rel=\"manifest\""), "{path}");
    }
    let home = stranger.get("!/").await.expect(200);
    assert!(home.text.contains("href=\"/sign-in\"") && home.text.contains("href=\"/docs\""));
    server.finish().await;
}

#[tokio::test]
async fn the_worker_lies_at_the_top_and_may_only_ask_this_server() {
    let server = TestServer::start().await;
    let stranger = server.stranger();
    let worker = stranger.get("!/sw.js").await.expect(200);
    assert_eq!(worker.header("content-security-policy"), "default-src 'none'; connect-src 'self'");
    assert_eq!(worker.header("cache-control"), "no-cache");
    assert!(worker.header("content-type").starts_with("text/javascript"));
    let manifest = stranger.get("!/manifest.webmanifest").await.expect(200);
    assert_eq!(manifest.header("content-type"), "application/manifest+json");
    let manifest: serde_json::Value = serde_json::from_str(&manifest.text).unwrap();
    for icon in manifest["icons"].as_array().unwrap() {
        let picture = stranger.get(format!("!{}", icon["src"].as_str().unwrap())).await.expect(200);
        assert_eq!(picture.header("content-type"), "image/png");
    }
    server.finish().await;
}

fn hash_of(path: &Path) -> String {
    let mut text = String::new();
    for byte in Sha256::digest(std::fs::read(path).unwrap()) {
        write!(text, "{byte:02x}").unwrap();
    }
    text
}

fn collect(folder: &Path, below: &str, found: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = format!("{below}{}", entry.file_name().into_string().unwrap());
        if entry.path().is_dir() {
            collect(&entry.path(), &format!("{name}/"), found);
        } else {
            found.insert(name, hash_of(&entry.path()));
        }
    }
}

/// Where there is no Node, this says that the pages were changed and not built.
#[test]
fn what_is_embedded_was_made_of_the_sources() {
    let root = Path::new(FOLDER);
    let mut sources = BTreeMap::new();
    collect(&root.join("src"), "src/", &mut sources);
    collect(&root.join("static"), "static/", &mut sources);
    for name in ["package.json", "package-lock.json", "build.mjs", "tsconfig.json"] {
        sources.insert(name.to_owned(), hash_of(&root.join(name)));
    }
    let kept = std::fs::read_to_string(root.join("dist/INPUTS")).unwrap();
    let lines = kept.lines().filter_map(|line| line.split_once("  "));
    let kept: BTreeMap<String, String> =
        lines.map(|(hash, name)| (name.to_owned(), hash.to_owned())).collect();
    let differing: Vec<&String> =
        sources.keys().chain(kept.keys()).filter(|name| sources.get(*name) != kept.get(*name)).collect();
    assert!(
        differing.is_empty(),
        "run `cd assets/ui && npm ci && npm run build`: {differing:?} changed since"
    );
    for name in ["public.js", "clinic.js", "admin.js", "THIRD-PARTY.txt"] {
        assert!(root.join("dist").join(name).exists(), "{name} is missing");
    }
}
