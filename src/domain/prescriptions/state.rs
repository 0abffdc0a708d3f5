//! The states of a prescription and the only ways between them.

use serde::{Deserialize, Serialize};

/// Where a prescription stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Being written; only its author sees it.
    Draft,
    /// The patient has to confirm it before there are doses.
    PendingConfirmation,
    /// Doses are planned.
    Active,
    /// No doses until it is resumed.
    Paused,
    /// The patient asked for a revision; only a revised version leads on.
    PendingRevision,
    /// Its end was reached.
    Completed,
    /// Ended early, with a reason.
    Stopped,
    /// The patient did not want it, with a reason.
    Rejected,
    /// The author gave it up before it took effect.
    Discarded,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Draft,
        Self::PendingConfirmation,
        Self::Active,
        Self::Paused,
        Self::PendingRevision,
        Self::Completed,
        Self::Stopped,
        Self::Rejected,
        Self::Discarded,
    ];

    /// As the API writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::PendingConfirmation => "PENDING_CONFIRMATION",
            Self::Active => "ACTIVE",
            Self::Paused => "PAUSED",
            Self::PendingRevision => "PENDING_REVISION",
            Self::Completed => "COMPLETED",
            Self::Stopped => "STOPPED",
            Self::Rejected => "REJECTED",
            Self::Discarded => "DISCARDED",
        }
    }

    /// Whether nothing leads out of it.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Stopped | Self::Rejected | Self::Discarded)
    }

    /// Whether it takes part in a patient's treatment now or after a decision.
    pub const fn is_open(self) -> bool {
        !self.is_final()
    }
}

/// What happens to a prescription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The author issues their draft; it takes effect at once.
    Issue,
    /// The author issues their draft and asks the patient to confirm it.
    AskConfirmation,
    /// The patient confirms.
    Confirm,
    /// The patient does not want it.
    Reject,
    /// The patient asks for a revision.
    Retake,
    /// The author writes a new version.
    Revise,
    /// The author writes a new version that takes effect at once.
    ReviseUrgently,
    /// Owner or author interrupts it.
    Pause,
    /// Owner or author lets it go on.
    Resume,
    /// Owner or author ends it.
    Stop,
    /// Its end is reached.
    Complete,
    /// The author gives it up before it takes effect.
    Discard,
}

/// What an event does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It leads to this state, which may be the same when a new version was written.
    To(Status),
    /// It happened before: the answer is the same again and nothing changes.
    Repeated,
}

/// Where an event leads from a state; `None` when it may not happen there.
pub const fn step(from: Status, event: Event) -> Option<Step> {
    use Status::{
        Active, Completed, Discarded, Draft, Paused, PendingConfirmation, PendingRevision, Rejected, Stopped,
    };
    Some(match (event, from) {
        (Event::Issue, Draft) => Step::To(Active),
        (Event::AskConfirmation, Draft) => Step::To(PendingConfirmation),
        (Event::Confirm, PendingConfirmation) => Step::To(Active),
        (Event::Reject, Draft | PendingConfirmation) => Step::To(Rejected),
        (Event::Retake, PendingConfirmation) => Step::To(PendingRevision),
        (Event::Revise, PendingRevision | PendingConfirmation) => Step::To(PendingConfirmation),
        (Event::ReviseUrgently, PendingRevision | PendingConfirmation) => Step::To(Active),
        (Event::Revise | Event::ReviseUrgently, Draft | Active | Paused) => Step::To(from),
        (Event::Pause, Active) => Step::To(Paused),
        (Event::Resume, Paused) => Step::To(Active),
        (Event::Stop, Active | Paused) => Step::To(Stopped),
        (Event::Complete, Active | Paused) => Step::To(Completed),
        (Event::Discard, Draft | PendingConfirmation) => Step::To(Discarded),
        (Event::Confirm | Event::Resume | Event::Issue, Active)
        | (Event::AskConfirmation, PendingConfirmation)
        | (Event::Reject, Rejected)
        | (Event::Retake, PendingRevision)
        | (Event::Pause, Paused)
        | (Event::Stop, Stopped)
        | (Event::Complete, Completed)
        | (Event::Discard, Discarded) => Step::Repeated,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const EVENTS: [Event; 12] = [
        Event::Issue,
        Event::AskConfirmation,
        Event::Confirm,
        Event::Reject,
        Event::Retake,
        Event::Revise,
        Event::ReviseUrgently,
        Event::Pause,
        Event::Resume,
        Event::Stop,
        Event::Complete,
        Event::Discard,
    ];

    /// The arrows of the domain rule, written down a second time.
    const ARROWS: &[(&str, &str)] = &[
        ("DRAFT", "ACTIVE"),
        ("DRAFT", "PENDING_CONFIRMATION"),
        ("DRAFT", "REJECTED"),
        ("DRAFT", "DISCARDED"),
        ("PENDING_CONFIRMATION", "ACTIVE"),
        ("PENDING_CONFIRMATION", "REJECTED"),
        ("PENDING_CONFIRMATION", "PENDING_REVISION"),
        ("PENDING_CONFIRMATION", "DISCARDED"),
        ("PENDING_REVISION", "PENDING_CONFIRMATION"),
        ("PENDING_REVISION", "ACTIVE"),
        ("ACTIVE", "PAUSED"),
        ("ACTIVE", "COMPLETED"),
        ("ACTIVE", "STOPPED"),
        ("PAUSED", "ACTIVE"),
        ("PAUSED", "COMPLETED"),
        ("PAUSED", "STOPPED"),
    ];

    #[test]
    fn has_exactly_the_arrows_of_the_rule() {
        let mut found = std::collections::BTreeSet::new();
        for from in Status::ALL {
            for event in EVENTS {
                if let Some(Step::To(to)) = step(from, event)
                    && to != from
                {
                    found.insert((from.name(), to.name()));
                }
            }
        }
        assert_eq!(found, ARROWS.iter().copied().collect());
    }

    proptest! {
        #[test]
        fn no_walk_leaves_an_end_and_repeats_change_nothing(walk in proptest::collection::vec(0_usize..12, 0..40)) {
            let mut status = Status::Draft;
            let mut ended = None;
            for pick in walk {
                let event = EVENTS[pick];
                let before = status;
                if let Some(Step::To(to)) = step(status, event) {
                    status = to;
                    // What has just happened may be said again: it changes nothing more.
                    let again = step(status, event);
                    prop_assert!(matches!(again, Some(Step::Repeated)) || again == Some(Step::To(status)));
                }
                if before == Status::PendingRevision && status != before {
                    prop_assert!(matches!(event, Event::Revise | Event::ReviseUrgently));
                }
                if let Some(end) = ended {
                    prop_assert_eq!(status, end);
                }
                if status.is_final() {
                    ended = Some(status);
                }
            }
        }
    }
}
