//! How messages leave the application.

mod bad_days;
mod clients;
mod devices;
mod kit;
mod letters;
mod outbox;
mod settings;
