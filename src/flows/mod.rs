//! What the system does: one function is one use case is one write transaction.

pub mod access_requests;
pub mod accounts;
pub mod auth;
pub mod break_glass;
mod care;
pub mod codes;
pub mod connection_codes;
pub mod connections;
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
pub mod prescriptions;
pub mod registration;
pub mod sessions;
pub mod unsubscribe;
pub mod users;
pub mod vitals;
