//! What the audit keeps.

use serde::{Deserialize, Serialize};

use crate::platform::clock::Timestamp;
use crate::platform::ids::UserId;

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Outcome {
    /// Done.
    Done,
    /// Refused; the reason holds the error code.
    Refused,
}

/// One record of the audit. Unknown fields are refused so that no byte of a stored record can change unseen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditRecord {
    /// Place in the chain, from 1 without gaps.
    pub sequence: u64,
    /// When.
    pub at: Timestamp,
    /// Who; nobody for requests without sign-in and for jobs.
    pub actor: Option<UserId>,
    /// Role of the actor, `ANONYMOUS`, or `SYSTEM:<job>`.
    pub actor_role: String,
    /// What was done: `dose.mark_taken`.
    pub action: String,
    /// Kind of the thing it was done to.
    pub resource_kind: Option<String>,
    /// Id of the thing.
    pub resource_id: Option<String>,
    /// Whose record it concerns.
    pub patient: Option<UserId>,
    /// How it ended.
    pub outcome: Outcome,
    /// Why: the actor's reason, or the code of the refusal.
    pub reason: Option<String>,
    /// By what right they reached another person's data: `CONNECTION`, `BREAK_GLASS`.
    #[serde(default)]
    pub basis: Option<String>,
    /// Which parts of that person's data, with commas between.
    #[serde(default)]
    pub scope: Option<String>,
    /// Request id.
    pub request_id: String,
    /// Client address.
    pub ip: Option<String>,
    /// What changed, as JSON text.
    pub change: Option<String>,
    /// Hash of the record before.
    pub previous_hash: [u8; 32],
    /// SHA-256 over everything above.
    pub hash: [u8; 32],
}
