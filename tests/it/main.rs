//! The integration tests: one binary, no outside service, no fixed port.

mod circle;
mod doses;
mod frame;
mod jobs;
mod kit;
mod medicines;
mod people;
mod permissions;
mod prescriptions;
mod store;
mod tidy;
