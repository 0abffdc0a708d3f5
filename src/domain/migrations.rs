//! The way from each schema of the data file to the next. Append only: a released step never changes.
//!
//! A new optional field of a row needs no step; a new meaning, key or index of existing rows does.

use super::audit::tables::one_index_of_persons;
use super::connections::tables::tell_kinds_apart;
use super::line_identity::link_lines;
use super::users::tables::{index_anew, one_spelling_of_emails};
use crate::platform::jobs;
use crate::platform::store::Migration;

/// Every step, in order, from schema 1.
pub const MIGRATIONS: &[Migration] = &[
    Migration { to: 2, name: "order jobs by priority", apply: jobs::order_by_priority },
    Migration { to: 3, name: "link the editions of medicine lines", apply: link_lines },
    Migration { to: 4, name: "tell the kinds of connections of a pair apart", apply: tell_kinds_apart },
    Migration { to: 5, name: "one spelling of e-mail addresses", apply: one_spelling_of_emails },
    Migration { to: 6, name: "free licence numbers that were not approved", apply: index_anew },
    Migration { to: 7, name: "lead nobody by a contact from before staff saw the person", apply: index_anew },
    Migration { to: 8, name: "one index of the persons in the audit", apply: one_index_of_persons },
];
