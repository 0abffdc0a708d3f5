//! The medicine catalogue: the shipped list, importing, searching.

mod api;
mod import;
mod list;
mod partial;
mod rebuild;
mod search;
mod spreadsheets;
