//! Configuration: file (TOML) < environment (`DAS_TERN_SECTION__KEY`) < credentials directory < flags.
//!
//! Each value is judged by itself, so that every mistake is reported at once; unknown keys are refused with a
//! suggestion. Secrets come only from the credentials directory or from a file that nobody else can read. The server
//! and `config check` load it in the same way, so the one says what the other would refuse.
//!
//! # Where the data lie
//! Where `store.directory` says. Where nothing says it: in `$STATE_DIRECTORY`, which systemd sets for the service; with
//! the configuration file of the packaged service in that service's directory, so that commands run by hand find the
//! same data; else in `das-tern-data` below the working directory.

mod checks;
mod foreign;
mod root_key;

use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use self::checks::{faults, listen_mend};
use self::root_key::ROOT_KEY;
pub use self::root_key::own_root_key;
use crate::platform::data_directory;
use crate::platform::mail::MailSettings;
use crate::platform::secret::Secret;
use crate::platform::secret_file::{self, is_private};
use crate::platform::settings::{BakongSettings, Settings};
use crate::platform::sms::SmsSettings;
use crate::platform::text::nearest;

/// Keys whose values are secrets.
const SECRETS: [(&str, &str); 8] = [
    ("mail", "password"),
    ("push", "private_key"),
    ("fcm", "service_account"),
    ("sms", "token"),
    ("bakong", "webhook_secrets"),
    ("bakong", "webhook_key"),
    ("bakong", "token"),
    ("bakong", "email"),
];
/// What environment variables start with.
const PREFIX: &str = "DAS_TERN_";
/// Variables of that prefix that are no settings.
const OTHER_VARIABLES: [&str; 1] = ["DAS_TERN_CONFIG"];
/// Where the data lie.
const DIRECTORY: (&str, &str) = ("store", "directory");
/// The configuration file of the packaged service; commands read it where none is named.
const INSTALLED_FILE: &str = "/etc/das-tern/das-tern.toml";
/// Where the packaged service's secrets wait for systemd to hand them over.
const INSTALLED_CREDENTIALS: &str = "/etc/das-tern/credentials";

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
    pub environment: Vec<(String, OsString)>,
    /// A directory with one file for each secret, named `section.key`.
    pub credentials: Option<Credentials>,
    /// `section.key` and value, from the command line.
    pub flags: Vec<(String, String)>,
    /// The data directory, where none of these names one.
    pub directory: Option<PathBuf>,
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
        // Several directories stand with colons between them; ours is the first.
        let state = std::env::var("STATE_DIRECTORY").unwrap_or_default();
        let state = state.split(':').next().filter(|first| !first.is_empty()).map(PathBuf::from);
        Self {
            file: file.or_else(|| std::env::var_os("DAS_TERN_CONFIG").map(PathBuf::from)),
            environment: std::env::vars_os()
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
                .collect(),
            credentials: credentials.map(by_owner).or(managed),
            flags,
            directory: state,
        }
        .with_what_is_installed()
    }

    /// Where no file is named, the one of the packaged service, if there is one.
    #[must_use]
    pub fn or_installed(self) -> Self {
        let installed = || Some(PathBuf::from(INSTALLED_FILE)).filter(|file| file.is_file());
        Self { file: self.file.or_else(installed), ..self }.with_what_is_installed()
    }

    /// With the file of the packaged service its directories count: what systemd hands to the service, root finds there.
    fn with_what_is_installed(self) -> Self {
        if self.file.as_deref() != Some(Path::new(INSTALLED_FILE)) {
            return self;
        }
        let secrets = Path::new(INSTALLED_CREDENTIALS);
        let secrets = std::fs::read_dir(secrets).is_ok().then(|| secrets.to_owned());
        let by_owner = |directory| Credentials { directory, managed: Managed::ByOwner };
        Self {
            directory: self.directory.or_else(|| Some(PathBuf::from(data_directory::INSTALLED))),
            credentials: self.credentials.or_else(|| secrets.map(by_owner)),
            ..self
        }
    }

    /// Variables that look like ours and were set by a container's manager for a service of that name.
    pub fn ignored_variables(&self) -> Vec<&str> {
        let names = self.environment.iter().filter(|(name, value)| {
            name.strip_prefix(PREFIX).is_some_and(|rest| foreign::is_service_link(rest, value))
        });
        names.map(|(name, _)| name.as_str()).collect()
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
        reading.finish(self.directory.as_deref())
    }
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
    settings.bakong = Some(BakongSettings {
        merchant_id: Some(String::new()),
        bank: Some(String::new()),
        account_information: Some(String::new()),
        webhook_secrets: secret(),
        webhook_key: secret(),
        token: secret(),
        email: secret(),
        ca_file: Some(PathBuf::new()),
        ..BakongSettings::new("clinic@bank", "Das Tern")
    });
    Table::try_from(settings).unwrap_or_default()
}

/// The settings as they may be shown.
///
/// # Errors
/// When they cannot be written down.
pub fn without_secrets(settings: &Settings) -> Result<Table, toml::ser::Error> {
    let mut table = Table::try_from(settings)?;
    for (section, key) in SECRETS {
        if let Some(toml::Value::Table(section)) = table.get_mut(section) {
            section.remove(key);
        }
    }
    Ok(table)
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
            Err(error) => {
                let mend = if error.message().contains("duplicate key") {
                    "\n  a section stands only once in a file: put the keys below the heading that is there"
                } else {
                    ""
                };
                return self.wrong(format!("{place}: {}{mend}", error.to_string().trim_end()));
            }
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
                let is_relative = value.as_str().is_some_and(|text| Path::new(text).is_relative());
                if path == Path::new(INSTALLED_FILE)
                    && (section.as_str(), key.as_str()) == DIRECTORY
                    && is_relative
                {
                    self.wrong(format!(
                        "{place}: `store.directory` must be an absolute path: commands are run from anywhere"
                    ));
                }
                self.set(&place, &section, &key, value);
            }
        }
    }

    fn read_variable(&mut self, name: &str, value: &OsString) {
        let Some(rest) = name.strip_prefix(PREFIX) else { return };
        if OTHER_VARIABLES.contains(&name) || rest.starts_with("CRASH_") || rest.starts_with("BENCH_") {
            return;
        }
        if foreign::is_service_link(rest, value) {
            return;
        }
        let Some(text) = value.to_str() else {
            return self.wrong(format!("{name}: its value is not text in UTF-8"));
        };
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
        let place = credentials.directory.display().to_string();
        let entries = match std::fs::read_dir(&credentials.directory) {
            Ok(entries) => entries.flatten(),
            Err(error) => return self.wrong(format!("{place}: the credentials cannot be read: {error}")),
        };
        for name in entries.filter_map(|entry| entry.file_name().into_string().ok()) {
            self.errors.extend(foreign::credential_fault(&place, &name, credentials.managed));
        }
        for (section, key) in SECRETS {
            let path = credentials.directory.join(format!("{section}.{key}"));
            match read_secret(&path, credentials.managed).map(String::from_utf8) {
                // An empty file is none: systemd cannot leave one out that is not there.
                Ok(Ok(text)) if text.trim().is_empty() => {}
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
            let mend = listen_mend(section, key, &value).unwrap_or_else(|| error.message().to_owned());
            return self.wrong(format!("{place}: `{section}.{key}`: {mend}"));
        }
        let section = self.table.entry(section).or_insert_with(|| Value::Table(Table::new()));
        if let Value::Table(keys) = section {
            keys.insert(key.to_owned(), value);
        }
    }

    /// What is wrong with the values follows what is wrong with their form, also where a section lacks something it
    /// needs: the others are judged without it.
    fn finish(mut self, directory: Option<&Path>) -> Result<Settings, ConfigErrors> {
        if let Some(directory) = directory {
            let section = self.table.entry("store").or_insert_with(|| Value::Table(Table::new()));
            if let Value::Table(keys) = section {
                keys.entry("directory").or_insert_with(|| Value::String(directory.display().to_string()));
            }
        }
        let mut whole = Table::new();
        for (section, content) in std::mem::take(&mut self.table) {
            let alone = Table::from_iter([(section.clone(), content.clone())]);
            match alone.try_into::<Settings>() {
                Ok(_) => drop(whole.insert(section, content)),
                Err(error) => self.wrong(format!("[{section}]: {}", error.message())),
            }
        }
        match whole.try_into::<Settings>() {
            Ok(settings) => {
                self.errors.extend(faults(&settings));
                if self.errors.is_empty() { Ok(settings) } else { Err(ConfigErrors(self.errors)) }
            }
            Err(error) => {
                self.wrong(error.message());
                Err(ConfigErrors(self.errors))
            }
        }
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
