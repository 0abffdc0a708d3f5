//! The frame around every request.

mod failures;
mod post;
