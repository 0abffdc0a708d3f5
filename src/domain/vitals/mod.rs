//! Health monitoring: measurements, how grave they are, and the alerts that follow.
//!
//! # Why severity is a ladder and not a ratio
//! How grave a value is depends on which side it errs to and on what it measures, so each side of each value has
//! its own limits for LOW, MEDIUM, HIGH and CRITICAL (`severity`). A value's severity is the gravest limit that it
//! passes; so a value farther out is never milder, whatever bounds a doctor sets.
//!
//! # Why numbers are thousandths
//! Every value is a whole number of thousandths of its unit. What was typed is kept as typed, conversions round
//! once, and a limit is met or not met without a doubt.
//!
//! The defaults come from the product's own table and from the sources named beside them. They are defaults, not
//! advice: a physician must sign them off before use.

pub mod ahead;
pub mod alert;
pub mod alert_tables;
pub mod model;
pub mod monitoring;
pub mod news2;
pub mod observations;
pub mod severity;
pub mod tables;
pub mod trends;
pub mod units;
