//! What happened, as open screens hear of it: one durable log, one room for each person.
//!
//! A room is a person: their own messages, and what happens in their record. Who else may hear an event of a room is
//! said by its audience, and decided by the access check when the event is handed over, not when it is written.

pub mod model;
pub mod tables;
