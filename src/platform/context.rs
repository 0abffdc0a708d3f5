//! Everything a use case may reach. Built once by `app.rs` and handed down; nothing is global, so two servers
//! can live in one process.

use std::sync::Arc;

use chrono_tz::Tz;

use super::bakong::client::BakongClient;
use super::blobs::Blobs;
use super::cache::Cache;
use super::clock::belief::Belief;
use super::clock::{Clock, Timestamp};
use super::crypto::{Keys, PasswordPool};
use super::events::Hub;
use super::extensions::Extensions;
use super::fcm::Fcm;
use super::mail::Mailer;
use super::metrics::Metrics;
use super::push::WebPush;
use super::random::Random;
use super::rooms::Rooms;
use super::search::NameIndex;
use super::settings::Settings;
use super::sms::SmsSender;
use super::stopping::Stopping;
use super::store::Store;
use super::supervision::Supervision;

/// The parts a use case works with.
pub struct Context {
    /// What the clinic knows.
    pub store: Store,
    /// Files that people sent, beside the store.
    pub blobs: Arc<Blobs>,
    /// Answers kept for a while.
    pub cache: Arc<Cache>,
    /// The open streams.
    pub events: Arc<Hub>,
    /// Whether the server stops.
    pub stopping: Stopping,
    /// Whether the server shall begin again, to make its damaged data file whole.
    pub mending: Stopping,
    /// The time, and whether it is in doubt.
    pub clock: Arc<Belief>,
    /// How the parts of the server are doing.
    pub supervision: Arc<Supervision>,
    /// Randomness.
    pub random: Arc<Random>,
    /// Keys derived from the server's root key.
    pub keys: Arc<Keys>,
    /// The threads that hash passwords.
    pub passwords: Arc<PasswordPool>,
    /// The way out for e-mail.
    pub mail: Arc<Mailer>,
    /// The way out to browsers.
    pub push: Arc<WebPush>,
    /// The way out to the apps on telephones.
    pub fcm: Arc<Fcm>,
    /// The way out for text messages.
    pub sms: Arc<SmsSender>,
    /// The way to Bakong, where the clinic has a token.
    pub bakong: Option<BakongClient>,
    /// Finds medicines by name.
    pub search: Arc<NameIndex>,
    /// Room in memory for what is sent and not fetched.
    pub rooms: Rooms,
    /// What the parts count about themselves.
    pub metrics: Arc<Metrics>,
    /// What upper floors keep.
    pub extensions: Extensions,
    /// Settings.
    pub settings: Settings,
}

impl Context {
    /// The current instant.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The clinic's time zone.
    pub fn zone(&self) -> Tz {
        self.settings.clinic.time_zone
    }
}
