//! The integration tests: one binary, no outside service, no fixed port.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test fails loudly, in its helpers too"
)]

mod channels;
mod circle;
mod clinical_record;
mod clock;
mod doctor;
mod doses;
mod frame;
mod jobs;
mod kit;
mod medicines;
mod payments;
mod people;
mod permissions;
mod prescriptions;
mod promises;
mod realtime;
mod store;
mod subscriptions;
mod tidy;
mod vitals;
