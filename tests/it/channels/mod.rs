//! How messages leave the application.

mod clients;
mod letters;
