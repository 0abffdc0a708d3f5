//! Connections and what they allow.

use serde::{Deserialize, Serialize};

use crate::domain::users::model::{Role, Status};
use crate::platform::clock::{Span, Timestamp};
use crate::platform::ids::{AccessRequestId, ConnectionId, DoseId, NudgeId, PrescriptionId, UserId};
use crate::platform::secret::Phi;

/// A part of a patient's record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Scope {
    /// Prescriptions and their versions.
    Prescriptions,
    /// Doses and adherence.
    Doses,
    /// Vitals and health alerts.
    Vitals,
    /// A doctor's notes.
    Notes,
    /// Name and contact: any accepted connection may know who it is connected with.
    Profile,
}

impl Scope {
    /// As the API writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Prescriptions => "PRESCRIPTIONS",
            Self::Doses => "DOSES",
            Self::Vitals => "VITALS",
            Self::Notes => "NOTES",
            Self::Profile => "PROFILE",
        }
    }

    /// The scope whose [`Scope::name`] this is.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Prescriptions, Self::Doses, Self::Vitals, Self::Notes, Self::Profile]
            .into_iter()
            .find(|scope| scope.name() == name)
    }

    /// As keys hold it.
    pub(super) const fn key(self) -> u8 {
        match self {
            Self::Prescriptions => 0,
            Self::Doses => 1,
            Self::Vitals => 2,
            Self::Notes => 3,
            Self::Profile => 4,
        }
    }
}

/// Reading or changing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Looking.
    Read,
    /// Changing.
    Write,
}

/// What the carer is to the patient: what was asked for when they were connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ConnectionKind {
    /// Treats them.
    Doctor,
    /// Cares for them at home, whatever they are otherwise.
    Family,
}

impl ConnectionKind {
    /// Both, what gives more first.
    pub const ALL: [Self; 2] = [Self::Doctor, Self::Family];

    /// The kind that is meant when a carer of this role does not say.
    pub const fn usual(role: Role) -> Self {
        match role {
            Role::Doctor => Self::Doctor,
            Role::Patient | Role::FamilyMember | Role::Admin => Self::Family,
        }
    }

    /// Whether a connection of this kind serves somebody who has this role and status now: a doctor's only a VERIFIED
    /// doctor, family's anybody whose account is in use.
    pub const fn serves(self, role: Role, status: Status) -> bool {
        let is_verified_doctor = matches!((role, status), (Role::Doctor, Status::Verified));
        match self {
            Self::Doctor => is_verified_doctor,
            Self::Family => {
                is_verified_doctor || !matches!(role, Role::Doctor) && matches!(status, Status::Active)
            }
        }
    }

    /// As keys hold it.
    pub(super) const fn key(self) -> u8 {
        match self {
            Self::Doctor => 0,
            Self::Family => 1,
        }
    }

    /// What the patient shares when they accept without saying.
    pub fn default_permission(self) -> Permission {
        match self {
            Self::Doctor => Permission::all(),
            Self::Family => Permission {
                level: PermissionLevel::Selected,
                scopes: vec![Scope::Doses],
                ..Permission::all()
            },
        }
    }
}

/// Where a connection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ConnectionState {
    /// Asked for, not answered.
    Pending,
    /// In force.
    Accepted,
    /// Refused by the one who was asked.
    Declined,
    /// Ended by either side. The pair may ask again and gets a new row.
    Revoked,
    /// Nobody answered the request in time.
    Expired,
}

impl ConnectionState {
    /// Whether it stands in the way of a new connection of the same pair.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Pending | Self::Accepted)
    }
}

/// How much the patient shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PermissionLevel {
    /// Nothing.
    NotAllowed,
    /// Each access needs the patient's approval, which lasts 24 hours.
    Request,
    /// Only the chosen scopes, and of prescriptions only the chosen ones when some are listed.
    Selected,
    /// Everything.
    Allowed,
}

impl PermissionLevel {
    /// As the API writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotAllowed => "NOT_ALLOWED",
            Self::Request => "REQUEST",
            Self::Selected => "SELECTED",
            Self::Allowed => "ALLOWED",
        }
    }
}

/// What the patient shares, set by them alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permission {
    /// How much.
    pub level: PermissionLevel,
    /// Which parts at SELECTED; sorted, without repetition, never [`Scope::Profile`]; empty at other levels.
    pub scopes: Vec<Scope>,
    /// When some, only these prescriptions and their doses. Counts at SELECTED.
    pub prescriptions: Option<Vec<PrescriptionId>>,
    /// From this instant on nothing is shared.
    pub expires_at: Option<Timestamp>,
    /// Whether a family member may mark doses for the patient.
    pub may_record_doses: bool,
    /// Whether a family member who sees prescriptions sees the whole clinical record, and not allergies alone.
    #[serde(default)]
    pub may_see_clinical_record: bool,
}

impl Permission {
    /// Everything, without an end.
    pub const fn all() -> Self {
        Self {
            level: PermissionLevel::Allowed,
            scopes: Vec::new(),
            prescriptions: None,
            expires_at: None,
            may_record_doses: false,
            may_see_clinical_record: false,
        }
    }

    /// Whether its end has come.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }
}

/// Minutes a caregiver waits for an alert after a dose was missed, unless set: at once.
pub const DEFAULT_ALERT_DELAY_MINUTES: u32 = 0;

/// Whether and when the carer hears of missed doses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertSettings {
    /// Whether at all.
    pub enabled: bool,
    /// How long after the dose was missed, 0 to 1,440 minutes.
    pub delay_minutes: u32,
}

impl Default for AlertSettings {
    fn default() -> Self {
        Self { enabled: true, delay_minutes: DEFAULT_ALERT_DELAY_MINUTES }
    }
}

/// A connection between a patient and one who cares for them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// Its id.
    pub id: ConnectionId,
    /// Whose record.
    pub patient: UserId,
    /// The doctor or family member.
    pub carer: UserId,
    /// What they are to the patient.
    pub kind: ConnectionKind,
    /// Where it stands.
    pub state: ConnectionState,
    /// Who asked; the other one answers.
    pub requested_by: UserId,
    /// What the patient shares.
    pub permission: Permission,
    /// Whether the carer hears of missed doses.
    #[serde(default)]
    pub alerts: AlertSettings,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it was accepted or declined.
    pub answered_at: Option<Timestamp>,
    /// When it was revoked, or ended without an answer.
    pub ended_at: Option<Timestamp>,
    /// Who revoked it; nobody when the clinic ended it with the carer's role.
    pub ended_by: Option<UserId>,
    /// Why, in their words.
    pub end_reason: Option<Phi<String>>,
    /// Last change of this row.
    pub updated_at: Timestamp,
}

impl Connection {
    /// The other person of the pair.
    pub fn other(&self, person: UserId) -> UserId {
        if person == self.patient { self.carer } else { self.patient }
    }

    /// Whether `person` is one of the pair.
    pub fn concerns(&self, person: UserId) -> bool {
        person == self.patient || person == self.carer
    }

    /// Whether it is accepted and has not come to its end.
    pub fn is_active(&self, now: Timestamp) -> bool {
        self.state == ConnectionState::Accepted && !self.permission.has_expired(now)
    }

    /// Whether the carer may see `scope` now without asking: who may be told of what happens there.
    pub fn shares(&self, scope: Scope, now: Timestamp) -> bool {
        self.is_active(now)
            && match self.permission.level {
                PermissionLevel::Allowed => true,
                PermissionLevel::Selected => {
                    scope == Scope::Profile || self.permission.scopes.contains(&scope)
                }
                PermissionLevel::Request | PermissionLevel::NotAllowed => false,
            }
    }

    /// Whether the carer may know of this prescription and its doses now without asking.
    pub fn shares_prescription(&self, prescription: PrescriptionId, scope: Scope, now: Timestamp) -> bool {
        self.shares(scope, now) && self.only().is_none_or(|only| only.contains(&prescription))
    }

    /// The chosen prescriptions, when the choice counts.
    pub fn only(&self) -> Option<&Vec<PrescriptionId>> {
        match self.permission.level {
            PermissionLevel::Selected => self.permission.prescriptions.as_ref(),
            _ => None,
        }
    }
}

/// How long the patient's approval of a request holds, and for how long a denial is not asked again.
pub const APPROVAL_LIFE: Span = Span::hours(24);

/// Where a request to see stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AccessRequestState {
    /// Not answered.
    Pending,
    /// Approved for 24 hours.
    Approved,
    /// Denied: not asked again for 24 hours.
    Denied,
    /// No longer of use: the connection ended or the patient set another level.
    Withdrawn,
}

/// A carer at level REQUEST asks to see one part of the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessRequest {
    /// Its id.
    pub id: AccessRequestId,
    /// Under which connection.
    pub connection: ConnectionId,
    /// Whose record.
    pub patient: UserId,
    /// Who asks.
    pub carer: UserId,
    /// For which part.
    pub scope: Scope,
    /// Where it stands.
    pub state: AccessRequestState,
    /// When it was made.
    pub created_at: Timestamp,
    /// When the patient answered.
    pub answered_at: Option<Timestamp>,
}

impl AccessRequest {
    /// Until when the approval or denial holds.
    pub fn holds_until(&self) -> Option<Timestamp> {
        self.answered_at.map(|answered| answered.plus(APPROVAL_LIFE))
    }

    /// Whether the answer still holds.
    pub fn holds(&self, now: Timestamp) -> bool {
        self.holds_until().is_some_and(|end| end.is_ahead(now, APPROVAL_LIFE))
    }
}

/// How long a record stays open after breaking the glass.
pub const BREAK_GLASS_LIFE: Span = Span::hours(1);

/// A doctor opened a record in an emergency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BreakGlass {
    /// Why, in the doctor's words; the patient reads it.
    pub reason: Phi<String>,
    /// When.
    pub opened_at: Timestamp,
    /// Until when they may look.
    pub until: Timestamp,
}

/// How long a code may be redeemed.
pub const CODE_LIFE: Span = Span::hours(24);

/// What a patient's one-time code stands for. The code itself is stored only as a hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionCode {
    /// Whose record.
    pub patient: UserId,
    /// What they share with the one who redeems it; at SELECTED with its scopes.
    pub level: PermissionLevel,
    /// The scopes at SELECTED.
    pub scopes: Vec<Scope>,
    /// From this instant on it is void.
    pub expires_at: Timestamp,
    /// Who redeemed it; it is void then.
    pub used_by: Option<UserId>,
}

impl ConnectionCode {
    /// Whether it can still be redeemed.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.used_by.is_none() && self.expires_at.is_ahead(now, CODE_LIFE)
    }
}

/// Most nudges for one dose by one caregiver.
pub const NUDGES_PER_DOSE: usize = 2;

/// Most characters of the patient's answer to a nudge.
pub const NUDGE_RESPONSE_CHARS_MAX: usize = 200;
/// Answers that applications offer as buttons; shown in the reader's language. Others are shown as written.
pub const NUDGE_RESPONSES: [&str; 4] = ["TAKEN", "WILL_TAKE", "SKIPPED", "NEED_HELP"];

/// A caregiver reminds the patient of one dose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nudge {
    /// Whom they remind.
    pub patient: UserId,
    /// Who reminds.
    pub carer: UserId,
    /// Its id.
    pub id: NudgeId,
    /// Of which dose.
    pub dose: DoseId,
    /// When.
    pub at: Timestamp,
    /// What the patient answered.
    pub response: Option<Phi<String>>,
    /// When they answered.
    pub answered_at: Option<Timestamp>,
}
