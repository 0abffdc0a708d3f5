//! How messages leave the application.

mod letters;
