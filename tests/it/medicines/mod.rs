//! The medicine catalogue: the shipped list, importing, searching.

mod import;
