//! What any server needs and no clinic: store, jobs, cache, time, randomness, texts, errors.
//!
//! Absence: nothing here names a domain type.

pub mod aside;
pub mod backup;
pub mod bakong;
pub mod blobs;
pub mod cache;
pub mod clock;
pub mod context;
pub mod crypto;
pub mod data_directory;
pub mod error;
pub mod events;
pub mod extensions;
pub mod fcm;
pub mod folder;
pub mod http_client;
pub mod i18n;
pub mod ids;
pub mod images;
pub mod jobs;
pub mod lines;
pub mod mail;
pub mod metrics;
pub mod money;
pub mod outbound;
pub mod push;
pub mod qr_code;
pub mod random;
pub mod rate_limits;
pub mod rooms;
pub mod search;
pub mod secret;
pub mod secret_file;
pub mod service;
pub mod settings;
pub mod sms;
pub mod stopping;
pub mod store;
pub mod supervision;
pub mod telemetry;
pub mod text;
pub mod trust;
pub mod ways_out;
