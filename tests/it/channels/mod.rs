//! How messages leave the application.

mod bad_days;
mod carriers;
mod clients;
mod devices;
mod kit;
mod letters;
mod outbox;
mod refusals;
mod settings;
mod troubles;
