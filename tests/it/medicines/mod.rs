//! The medicine catalogue: the shipped list, importing, searching.

mod api;
mod import;
mod rebuild;
mod search;
