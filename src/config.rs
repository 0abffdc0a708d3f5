//! Configuration: file (TOML) < environment (`DAS_TERN_SECTION__KEY`) < credentials directory < flags.
//!
//! Each value is judged by itself, so that every mistake is reported at once; unknown keys are refused with a
//! suggestion. Secrets come only from the credentials directory or from a file that nobody else can read.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use crate::platform::backup::is_public_key;
use crate::platform::mail::MailSettings;
use crate::platform::random::Random;
use crate::platform::secret::Secret;
use crate::platform::secret_file::{self, is_private};
use crate::platform::settings::Settings;
use crate::platform::sms::SmsSettings;
use crate::platform::text::nearest;
use crate::platform::ways_out;

/// Keys whose values are secrets.
const SECRETS: [(&str, &str); 4] =
    [("mail", "password"), ("push", "private_key"), ("fcm", "service_account"), ("sms", "token")];
/// File name of the root key among the credentials, and in the data directory.
const ROOT_KEY: &str = "root.key";
/// What environment variables start with.
const PREFIX: &str = "DAS_TERN_";
/// Variables of that prefix that are no settings.
const OTHER_VARIABLES: [&str; 1] = ["DAS_TERN_CONFIG"];

/// Everything that is wrong with the configuration.
#[derive(Debug, PartialEq, Eq)]
pub struct ConfigErrors(pub Vec<String>);

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the configuration is not right:")?;
        self.0.iter().try_for_each(|error| write!(f, "\n  {error}"))
    }
}

impl std::error::Error for ConfigErrors {}

/// Where settings come from, weakest first.
#[derive(Debug, Default)]
pub struct Sources {
    /// The configuration file.
    pub file: Option<PathBuf>,
    /// Environment variables; those of other programs are left alone.
    pub environment: Vec<(String, String)>,
    /// A directory with one file for each secret, named `section.key`.
    pub credentials: Option<Credentials>,
    /// `section.key` and value, from the command line.
    pub flags: Vec<(String, String)>,
}

/// A directory with secrets.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// Where.
    pub directory: PathBuf,
    /// Whether the service manager made it and so vouches for its permissions.
    pub managed: Managed,
}

/// Who answers for the permissions of the credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Managed {
    /// systemd, through `$CREDENTIALS_DIRECTORY`.
    ByServiceManager,
    /// We: files that others can read are refused.
    ByOwner,
}

impl Sources {
    /// Those of this process.
    pub fn of_process(
        file: Option<PathBuf>,
        credentials: Option<PathBuf>,
        flags: Vec<(String, String)>,
    ) -> Self {
        let by_owner = |directory| Credentials { directory, managed: Managed::ByOwner };
        let by_manager = |directory| Credentials {
            directory: PathBuf::from(directory),
            managed: Managed::ByServiceManager,
        };
        let managed = std::env::var_os("CREDENTIALS_DIRECTORY").map(by_manager);
        Self {
            file: file.or_else(|| std::env::var_os("DAS_TERN_CONFIG").map(PathBuf::from)),
            environment: std::env::vars_os()
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
                .collect(),
            credentials: credentials.map(by_owner).or(managed),
            flags,
        }
    }

    /// Reads all of them.
    ///
    /// # Errors
    /// Every mistake in every source.
    pub fn load(&self) -> Result<Settings, ConfigErrors> {
        let mut reading = Reading { table: Table::new(), errors: Vec::new(), known: known_keys() };
        if let Some(path) = &self.file {
            reading.read_file(path);
        }
        for (name, value) in &self.environment {
            reading.read_variable(name, value);
        }
        if let Some(credentials) = &self.credentials {
            reading.read_credentials(credentials);
        }
        for (key, value) in &self.flags {
            reading.read_flag(key, value);
        }
        reading.finish()
    }

    /// The server's root key: from the credentials, else from the data directory, where it is made on the first
    /// start.
    ///
    /// # Errors
    /// When it cannot be read or written, is not 32 bytes long, or others can read it.
    pub fn root_key(&self, directory: &Path) -> Result<Secret<[u8; 32]>, ConfigErrors> {
        let found = match &self.credentials {
            Some(credentials) => {
                let path = credentials.directory.join(ROOT_KEY);
                path.exists().then_some((path, credentials.managed))
            }
            None => None,
        };
        let (path, managed) = found.unwrap_or((directory.join(ROOT_KEY), Managed::ByOwner));
        let read = match read_secret(&path, managed) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => make_root_key(&path),
            read => read,
        };
        let key = read.and_then(|bytes| {
            bytes.try_into().map_err(|_| io::Error::other("a root key has exactly 32 bytes"))
        });
        key.map(Secret::new).map_err(|error| ConfigErrors(vec![format!("{}: {error}", path.display())]))
    }
}

fn make_root_key(path: &Path) -> io::Result<Vec<u8>> {
    let key = Random::System.bytes::<32>().map_err(io::Error::other)?;
    secret_file::create(path, &key)?;
    Ok(key.to_vec())
}

fn read_secret(path: &Path, managed: Managed) -> io::Result<Vec<u8>> {
    match managed {
        Managed::ByOwner => secret_file::read(path),
        Managed::ByServiceManager => std::fs::read(path),
    }
}

/// Settings with a value for every key, also the optional ones: what keys exist and of what type they are.
pub fn known_keys() -> Table {
    let mut settings = Settings::default();
    settings.server.admin_listen = Some(settings.server.listen);
    let secret = || Some(Secret::new(String::new()));
    settings.clinic.public_url = Some(String::new());
    settings.store.mark = Some(PathBuf::new());
    settings.backup.directory = Some(PathBuf::new());
    settings.mail = Some(MailSettings {
        port: Some(587),
        user_name: Some(String::new()),
        password: secret(),
        messages_per_minute: Some(60),
        hello_name: Some(String::new()),
        ca_file: Some(PathBuf::new()),
        ..MailSettings::new("localhost", "Das Tern <clinic@example.org>")
    });
    settings.push.contact = Some(String::new());
    settings.push.private_key = secret();
    settings.push.ca_file = Some(PathBuf::new());
    settings.fcm.service_account = secret();
    settings.fcm.ca_file = Some(PathBuf::new());
    settings.sms = Some(SmsSettings {
        token: secret(),
        success_body: Some(String::new()),
        ca_file: Some(PathBuf::new()),
        ..SmsSettings::new("https://sms.example.org/send", r#"{"to": "{to}", "text": "{text}"}"#)
    });
    Table::try_from(settings).unwrap_or_default()
}

struct Reading {
    table: Table,
    errors: Vec<String>,
    known: Table,
}

impl Reading {
    fn wrong(&mut self, error: impl Into<String>) {
        self.errors.push(error.into());
    }

    fn read_file(&mut self, path: &Path) {
        let place = path.display().to_string();
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => return self.wrong(format!("{place}: {error}")),
        };
        let table: Table = match text.parse() {
            Ok(table) => table,
            Err(error) => return self.wrong(format!("{place}: {}", error.to_string().trim_end())),
        };
        for (section, content) in table {
            let Value::Table(keys) = content else {
                self.wrong(format!("{place}: `{section}` must stand in a section"));
                continue;
            };
            for (key, value) in keys {
                if is_secret(&section, &key) && !is_private(path).unwrap_or(false) {
                    self.wrong(format!(
                        "{place}: `{section}.{key}` is a secret: chmod 600 the file, or use the credentials directory"
                    ));
                }
                self.set(&place, &section, &key, value);
            }
        }
    }

    fn read_variable(&mut self, name: &str, text: &str) {
        let Some(rest) = name.strip_prefix(PREFIX) else { return };
        if OTHER_VARIABLES.contains(&name) || rest.starts_with("CRASH_") || rest.starts_with("BENCH_") {
            return;
        }
        let Some((section, key)) = rest.split_once("__") else {
            return self.wrong(format!("{name}: must be {PREFIX}SECTION__KEY"));
        };
        let (section, key) = (section.to_ascii_lowercase(), key.to_ascii_lowercase());
        self.set_text(name, &section, &key, text);
    }

    fn read_flag(&mut self, path: &str, text: &str) {
        match path.split_once('.') {
            Some((section, key)) => self.set_text("command line", section, key, text),
            None => self.wrong(format!("command line: `{path}` must be section.key")),
        }
    }

    fn read_credentials(&mut self, credentials: &Credentials) {
        for (section, key) in SECRETS {
            let path = credentials.directory.join(format!("{section}.{key}"));
            match read_secret(&path, credentials.managed).map(String::from_utf8) {
                Ok(Ok(text)) => {
                    let value = Value::String(text.trim_end_matches(['\r', '\n']).to_owned());
                    self.set(&path.display().to_string(), section, key, value);
                }
                Ok(Err(_)) => self.wrong(format!("{}: is not text", path.display())),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => self.wrong(format!("{}: {error}", path.display())),
            }
        }
    }

    /// Sets a value that came as text: its type is that of the known key.
    fn set_text(&mut self, place: &str, section: &str, key: &str, text: &str) {
        if is_secret(section, key) {
            return self.wrong(format!(
                "{place}: `{section}.{key}` is a secret and must not stand here: use the credentials directory"
            ));
        }
        let known = self.known.get(section).and_then(|section| section.get(key));
        let value = match known {
            Some(Value::Integer(_)) => text.parse().ok().map(Value::Integer),
            Some(Value::Float(_)) => text.parse().ok().map(Value::Float),
            Some(Value::Boolean(_)) => text.parse().ok().map(Value::Boolean),
            Some(Value::Array(_)) => {
                let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
                Some(Value::Array(parts.map(|part| Value::String(part.to_owned())).collect()))
            }
            Some(Value::Table(_)) => text.parse().ok().map(Value::Table),
            _ => None,
        };
        self.set(place, section, key, value.unwrap_or_else(|| Value::String(text.to_owned())));
    }

    /// Takes a value if its key exists and it fits.
    fn set(&mut self, place: &str, section: &str, key: &str, value: Value) {
        let Some(Value::Table(keys)) = self.known.get(section) else {
            let hint = hint(section, self.known.keys());
            return self.wrong(format!("{place}: there is no section `{section}`{hint}"));
        };
        if !keys.contains_key(key) {
            let hint = hint(key, keys.keys());
            return self.wrong(format!("{place}: there is no `{section}.{key}`{hint}"));
        }
        let mut trial = self.known.clone();
        if let Some(Value::Table(keys)) = trial.get_mut(section) {
            keys.insert(key.to_owned(), value.clone());
        }
        if let Err(error) = trial.try_into::<Settings>() {
            // The value itself is not repeated: it may be a secret in the wrong place.
            return self.wrong(format!("{place}: `{section}.{key}`: {}", error.message()));
        }
        let section = self.table.entry(section).or_insert_with(|| Value::Table(Table::new()));
        if let Value::Table(keys) = section {
            keys.insert(key.to_owned(), value);
        }
    }

    fn finish(mut self) -> Result<Settings, ConfigErrors> {
        let table = std::mem::take(&mut self.table);
        let settings = match table.clone().try_into::<Settings>() {
            Ok(settings) => settings,
            Err(_) => {
                // A section that lacks something it needs.
                for (section, content) in table {
                    let alone = Table::from_iter([(section.clone(), content)]);
                    if let Err(error) = alone.try_into::<Settings>() {
                        self.wrong(format!("[{section}]: {}", error.message()));
                    }
                }
                return Err(ConfigErrors(self.errors));
            }
        };
        self.errors.extend(contradictions(&settings));
        if self.errors.is_empty() { Ok(settings) } else { Err(ConfigErrors(self.errors)) }
    }
}

fn is_secret(section: &str, key: &str) -> bool {
    SECRETS.contains(&(section, key))
}

/// `, did you mean ...?` when a known name is near.
fn hint<'a>(name: &str, known: impl Iterator<Item = &'a String>) -> String {
    nearest(name, known.map(String::as_str))
        .map_or_else(String::new, |candidate| format!(", did you mean `{candidate}`?"))
}

/// What is wrong with values that are right each by itself.
fn contradictions(settings: &Settings) -> Vec<String> {
    let mut errors = Vec::new();
    let mut require = |holds: bool, error: &str| {
        if !holds {
            errors.push(error.to_owned());
        }
    };
    let (server, adherence) = (&settings.server, &settings.adherence);
    require(server.body_limit_bytes >= 1024, "`server.body_limit_bytes` must be at least 1024");
    require(
        settings.limits.bodies_mib.saturating_mul(256 * 1024) >= server.body_limit_bytes,
        "`limits.bodies_mib` must have room for four bodies of `server.body_limit_bytes`",
    );
    require(server.request_seconds >= 1, "`server.request_seconds` must be at least 1");
    require(server.connections_max >= 1, "`server.connections_max` must be at least 1");
    require(server.header_seconds >= 1, "`server.header_seconds` must be at least 1");
    require(server.idle_seconds >= 1, "`server.idle_seconds` must be at least 1");
    require(
        adherence.yellow_from_permille < adherence.green_from_permille
            && adherence.green_from_permille <= 1000,
        "`adherence.yellow_from_permille` must be below `adherence.green_from_permille`, that at most 1000",
    );
    require((1..=30).contains(&settings.notices.refill_days), "`notices.refill_days` must be from 1 to 30");
    let real_time = &settings.real_time;
    require(
        real_time.heartbeat_seconds >= 1 && real_time.heartbeat_seconds < server.idle_seconds,
        "`real_time.heartbeat_seconds` must be at least 1 and below `server.idle_seconds`",
    );
    require(
        real_time.reader_seconds >= 1 && real_time.kept_days >= 1 && real_time.kept_per_room >= 1,
        "`real_time.reader_seconds`, `kept_days` and `kept_per_room` must be at least 1",
    );
    require(settings.store.cache_mib >= 1, "`store.cache_mib` must be at least 1");
    for key in &settings.backup.recipients {
        let wrong = format!("`backup.recipients`: `{key}` is no public key, which begins with `age1`");
        require(is_public_key(key), &wrong);
    }
    require(settings.auth.hash_threads >= 1, "`auth.hash_threads` must be at least 1");
    require(settings.auth.access_token_minutes >= 1, "`auth.access_token_minutes` must be at least 1");
    require(settings.auth.sessions_per_user_max >= 1, "`auth.sessions_per_user_max` must be at least 1");
    if let Some(url) = &settings.clinic.public_url {
        let fits = url.starts_with("https://") || url.starts_with("http://");
        require(fits, "`clinic.public_url` must be like https://clinic.example");
    }
    for origin in &server.cors_origins {
        let fits = origin == "*" || origin.starts_with("https://") || origin.starts_with("http://");
        require(fits, &format!("`server.cors_origins`: `{origin}` must be like https://app.example, or *"));
    }
    require(
        tracing_subscriber::EnvFilter::try_new(&settings.log.filter).is_ok(),
        "`log.filter` is not a filter such as `info` or `info,das_tern::request=warn`",
    );
    errors.extend(ways_out::faults(settings));
    errors.extend(settings.limits.faults());
    errors
}
