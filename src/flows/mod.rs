//! What the system does: one function is one use case is one write transaction.

pub mod access_requests;
pub mod accounts;
pub mod auth;
pub mod break_glass;
pub mod codes;
pub mod connection_codes;
pub mod connections;
pub mod contacts;
pub mod deletion;
pub mod delivery;
pub mod devices;
pub mod doses;
pub mod events;
pub mod jobs;
pub mod letters;
pub mod medicines;
pub mod notification_settings;
pub mod notifications;
pub mod nudges;
pub mod one_time;
pub mod prescriptions;
pub mod registration;
pub mod sessions;
mod tries;
pub mod unsubscribe;
pub mod users;
pub mod vitals;
