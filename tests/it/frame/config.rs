//! Configuration: order of the sources, every mistake at once, secrets kept.

use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use das_tern::config::{Credentials, Managed, Sources};
use das_tern::platform::settings::Settings;
use tempfile::TempDir;

fn write(folder: &Path, name: &str, mode: u32, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    path
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

fn variable(name: &str, value: &str) -> (String, OsString) {
    (name.to_owned(), value.into())
}

fn by_owner(folder: &Path) -> Option<Credentials> {
    Some(Credentials { directory: folder.to_owned(), managed: Managed::ByOwner })
}

#[test]
fn nothing_configured_is_right() {
    let settings = Sources::default().load().unwrap();
    assert_eq!(settings.server.listen.to_string(), "0.0.0.0:3000");
    assert_eq!(settings.limits.per_person, 100);
    assert_eq!(settings.limits.sign_in_per_ip, 20);
    assert!(settings.mail.is_none());
}

#[test]
fn stronger_sources_win() {
    let folder = TempDir::new().unwrap();
    let text = "[server]\nlisten = \"127.0.0.1:1\"\nrequest_seconds = 5\nidle_seconds = 90\n[limits]\nper_person = 7\n";
    let sources = Sources {
        file: Some(write(folder.path(), "c.toml", 0o644, text)),
        environment: vec![
            variable("DAS_TERN_SERVER__LISTEN", "127.0.0.1:2"),
            variable("DAS_TERN_SERVER__REQUEST_SECONDS", "6"),
            variable("DAS_TERN_SERVER__TRUSTED_PROXIES", "10.0.0.0/8, ::1/128"),
            variable("PATH", "/bin"),
        ],
        flags: vec![pair("server.listen", "127.0.0.1:3")],
        ..Sources::default()
    };
    let settings = sources.load().unwrap();
    assert_eq!(settings.server.listen.port(), 3);
    assert_eq!(settings.server.request_seconds, 6);
    assert_eq!(settings.server.idle_seconds, 90);
    assert_eq!(settings.server.trusted_proxies.len(), 2);
    assert_eq!(settings.limits.per_person, 7);
}

#[test]
fn every_mistake_is_reported_at_once() {
    let folder = TempDir::new().unwrap();
    let text = "[server]\nlistn = \"x\"\nbody_limit_bytes = \"much\"\n[limts]\nper_person = 1\n[clinic]\ntime_zone = \"Asia/Nowhere\"\n";
    let sources = Sources {
        file: Some(write(folder.path(), "c.toml", 0o644, text)),
        environment: vec![variable("DAS_TERN_LIMITS__PER_PERSON", "0"), variable("DAS_TERN_NONSENSE", "1")],
        flags: vec![pair("adherence.green_from_permille", "2000")],
        ..Sources::default()
    };
    let errors = sources.load().unwrap_err().0;
    let all = errors.join("\n");
    for expected in [
        "there is no `server.listn`, did you mean `listen`?",
        "`server.body_limit_bytes`",
        "there is no section `limts`, did you mean `limits`?",
        "`clinic.time_zone`",
        "each of `limits` must be at least 1",
        "DAS_TERN_NONSENSE: must be DAS_TERN_SECTION__KEY",
        "`adherence.yellow_from_permille` must be below",
    ] {
        assert!(all.contains(expected), "{expected} is missing in:\n{all}");
    }
    assert_eq!(errors.len(), 7, "{all}");
}

#[test]
fn secrets_stand_only_where_nobody_else_reads() {
    let folder = TempDir::new().unwrap();
    let text = "[mail]\nhost = \"post.example\"\nfrom = \"clinic@example.org\"\npassword = \"hush\"\n";
    let open = Sources { file: Some(write(folder.path(), "open.toml", 0o644, text)), ..Sources::default() };
    let error = open.load().unwrap_err().to_string();
    assert!(error.contains("chmod 600") && !error.contains("hush"), "{error}");
    let private =
        Sources { file: Some(write(folder.path(), "private.toml", 0o600, text)), ..Sources::default() };
    let mail = private.load().unwrap().mail.unwrap();
    assert_eq!(mail.password.unwrap().reveal(), "hush");
    let flag = Sources { flags: vec![pair("mail.password", "hush")], ..Sources::default() };
    let error = flag.load().unwrap_err().to_string();
    assert!(error.contains("must not stand here") && !error.contains("hush"), "{error}");

    let credentials = TempDir::new().unwrap();
    write(credentials.path(), "mail.password", 0o600, "from the directory\n");
    let sources = Sources { credentials: by_owner(credentials.path()), ..private };
    assert_eq!(sources.load().unwrap().mail.unwrap().password.unwrap().reveal(), "from the directory");
    write(credentials.path(), "mail.password", 0o644, "for all to see");
    assert!(sources.load().unwrap_err().to_string().contains("chmod 600"));
}

#[test]
fn the_root_key_is_made_once_and_kept_private() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let sources = Sources::default();
    let made = sources.root_key(&data).unwrap();
    assert_eq!(sources.root_key(&data).unwrap(), made);
    let mode = std::fs::metadata(data.join("root.key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    write(&data, "root.key", 0o644, "short");
    assert!(sources.root_key(&data).unwrap_err().to_string().contains("chmod 600"));
    write(&data, "root.key", 0o600, "short");
    assert!(sources.root_key(&data).unwrap_err().to_string().contains("32 bytes"));
    let credentials = TempDir::new().unwrap();
    write(credentials.path(), "root.key", 0o600, "0123456789abcdef0123456789abcdef");
    let sources = Sources { credentials: by_owner(credentials.path()), ..sources };
    assert_eq!(sources.root_key(&data).unwrap().reveal(), b"0123456789abcdef0123456789abcdef");

    // The unit hands over an empty line where there is no file; that of the data directory counts then.
    write(&data, "root.key", 0o600, "abcdef0123456789abcdef0123456789");
    let directory = credentials.path().to_owned();
    let credentials = Some(Credentials { directory: directory.clone(), managed: Managed::ByServiceManager });
    let sources = Sources { credentials, ..sources };
    write(&directory, "root.key", 0o600, "\n");
    write(&directory, "mail.password", 0o600, "\n");
    assert_eq!(sources.root_key(&data).unwrap().reveal(), b"abcdef0123456789abcdef0123456789");
    assert!(sources.load().unwrap().mail.is_none());
    write(&directory, "root.key", 0o600, "");
    assert!(sources.root_key(&data).unwrap_err().to_string().contains("32 bytes"));
}

#[test]
fn the_example_file_names_every_setting_with_its_default() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/das-tern.toml");
    let text = std::fs::read_to_string(path).unwrap();
    let is_setting = |line: &str| {
        let name = line.split(" = ").next().unwrap_or_default();
        ["[mail]", "[sms]", "[backup]", "[bakong]"].contains(&line)
            || (line.contains(" = ") && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'))
    };
    let opened: Vec<&str> = text
        .lines()
        .map(|line| line.strip_prefix("# ").filter(|rest| is_setting(rest)).unwrap_or(line))
        .collect();
    let table: toml::Table = opened.join("\n").parse().unwrap();
    let known = das_tern::config::known_keys();
    let names = |table: &toml::Table| {
        let mut names: Vec<String> = table
            .iter()
            .flat_map(|(section, keys)| {
                keys.as_table().unwrap().keys().map(move |key| format!("{section}.{key}"))
            })
            .collect();
        names.sort();
        names
    };
    assert_eq!(names(&table), names(&known), "packaging/das-tern.toml and the settings differ");
    for (section, keys) in &table {
        for (key, value) in keys.as_table().unwrap() {
            // These have no default: the file shows an example. And it is that of the packaged service.
            let has_none = section == "mail"
                || ["admin_listen", "contact", "ca_file", "mark"].contains(&key.as_str())
                || (section == "store" && key == "directory");
            if !has_none {
                assert_eq!(*value, known[section][key], "{section}.{key}");
            }
        }
    }
}

#[test]
fn what_the_readme_shows_can_be_put_behind_the_shipped_file() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shipped = std::fs::read_to_string(root.join("packaging/das-tern.toml")).unwrap();
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let block = readme.split("```toml\n").find(|block| block.starts_with("[backup]")).unwrap();
    let block = block.split("```").next().unwrap().replace("\"age1...\"", "");
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("das-tern.toml");
    std::fs::write(&file, format!("{shipped}\n{block}")).unwrap();
    let settings = Sources { file: Some(file.clone()), ..Sources::default() }.load().unwrap();
    assert_eq!(settings.backup.directory, Some(PathBuf::from("/mnt/backup/das-tern")));

    // A heading that is there already is named with what to do.
    std::fs::write(&file, format!("{shipped}\n[clinic]\nname = \"Phsar\"\n")).unwrap();
    let errors = Sources { file: Some(file), ..Sources::default() }.load().unwrap_err();
    assert!(errors.0[0].contains("put the keys below the heading that is there"), "{errors}");
}

#[test]
fn every_page_is_looked_at_sometime() {
    for (minutes, is_right) in [("0", false), ("4", false), ("5", true), ("1440", true), ("1441", false)] {
        let sources = Sources { flags: vec![pair("store.look_minutes", minutes)], ..Sources::default() };
        assert_eq!(sources.load().is_ok(), is_right, "{minutes}");
    }
}

#[test]
fn a_section_that_lacks_something_is_named() {
    let sources = Sources { flags: vec![pair("mail.host", "post.example")], ..Sources::default() };
    assert_eq!(sources.load().unwrap_err().0, ["[mail]: missing field `from`"]);
}

#[test]
fn settings_that_would_send_nothing_are_told_before_the_start() {
    let folder = TempDir::new().unwrap();
    let text = r#"
        [mail]
        host = ""
        from = "not an address"
        user_name = "clinic"
        hello_name = "vm"
        ca_file = "/nowhere/ca.pem"
        [sms]
        url = "https://sms.example.org/send"
        method = "GET"
        body = '{"to": {to}, "message": "{text}"}'
        headers = {"X Bad" = "1"}
    "#;
    let sources =
        Sources { file: Some(write(folder.path(), "wrong.toml", 0o600, text)), ..Sources::default() };
    let errors = sources.load().unwrap_err().0;
    let all = errors.join("\n");
    for expected in [
        "`mail.host`",
        "`mail.from`",
        "`mail.password`",
        "`mail.hello_name`",
        "/nowhere/ca.pem",
        "must have the place {to}",
        "must have the place {text}",
        "`sms.body` is not sent",
        "`X Bad`",
    ] {
        assert!(all.contains(expected), "{expected} is missing in:\n{all}");
    }
    assert_eq!(errors.len(), 9, "{all}");
}

#[test]
fn the_header_that_names_the_client_is_one_of_three() {
    use das_tern::platform::settings::ClientAddressHeader;
    let set = |value: &str| {
        let flags = vec![pair("server.client_address_header", value)];
        Sources { flags, ..Sources::default() }.load()
    };
    assert_eq!(Sources::default().load().unwrap().server.client_address_header.name(), "x-forwarded-for");
    for (value, expected) in [
        ("X-Forwarded-For", ClientAddressHeader::XForwardedFor),
        ("Forwarded", ClientAddressHeader::Forwarded),
        ("X-Real-IP", ClientAddressHeader::XRealIp),
    ] {
        assert_eq!(set(value).unwrap().server.client_address_header, expected);
    }
    for bad in ["", "CF-Connecting-IP", "Forwarded, X-Real-IP"] {
        let error = set(bad).unwrap_err().to_string();
        assert!(error.contains("X-Forwarded-For") && error.contains("X-Real-IP"), "{error}");
    }
}

#[test]
fn bounds_that_let_nobody_do_anything_are_refused() {
    for key in [
        "server.header_seconds",
        "limits.connection_requests_unanswered",
        "limits.connection_requests_per_day",
        "limits.doctor_requests_unanswered",
        "limits.doctor_requests_per_day",
        "limits.connection_request_days",
    ] {
        let flags = vec![pair(key, "0")];
        let errors = Sources { flags, ..Sources::default() }.load().unwrap_err().0;
        assert_eq!(errors.len(), 1, "{key}: {errors:?}");
    }
}

#[test]
fn no_secret_is_shown() {
    let all = das_tern::config::known_keys();
    let settings: Settings = all.clone().try_into().unwrap();
    let shown = das_tern::config::without_secrets(&settings).unwrap();
    for (section, key) in [
        ("mail", "password"),
        ("push", "private_key"),
        ("fcm", "service_account"),
        ("sms", "token"),
        ("bakong", "webhook_secrets"),
        ("bakong", "webhook_key"),
        ("bakong", "token"),
    ] {
        assert!(all[section].get(key).is_some() && shown[section].get(key).is_none(), "{section}.{key}");
    }
}

#[test]
fn the_unit_hands_over_every_secret_that_the_example_file_sends_to_the_credentials() {
    let packaged = |name: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging").join(name);
        std::fs::read_to_string(path).unwrap()
    };
    let (example, unit) = (packaged("das-tern.toml"), packaged("systemd/das-tern.service"));
    let comments: String =
        example.lines().map(|line| format!("{} ", line.trim_start_matches("# "))).collect();
    let mut secrets = Vec::new();
    for part in comments.split("credentials directory").skip(1) {
        let sentence = part.split(". ").next().unwrap_or_default();
        secrets.extend(sentence.split('`').skip(1).step_by(2).map(str::to_owned));
    }
    assert!(secrets.len() >= 7, "{secrets:?}");
    for secret in secrets {
        let loaded = format!("LoadCredential={secret}:/etc/das-tern/credentials/{secret}");
        assert!(unit.lines().any(|line| line == loaded), "{secret} is not handed over to the service");
    }
}
