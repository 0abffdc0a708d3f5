//! What the system shows: reads that join several domains. Never writes.

pub mod adherence;
pub mod alerts;
pub mod audit;
pub mod clinical_record;
pub mod connections;
pub mod devices;
pub mod doctor;
pub mod jobs;
pub mod languages;
pub mod medicines;
pub mod notes;
pub mod notifications;
pub mod payments;
pub mod people;
pub mod pill_groups;
pub mod prescriptions;
pub mod profile;
pub mod receipts;
pub mod reconciliation;
pub mod record;
pub mod safety;
pub mod schedule;
pub mod second_factor;
pub mod status;
pub mod subscriptions;
pub mod vitals;
