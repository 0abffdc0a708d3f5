//! How an attempt to send a message ended.

use crate::domain::notifications::model::Delivery;
use crate::platform::error::{Error, Result};
use crate::platform::outbound::{Fault, Undelivered};

/// How an attempt ended.
#[derive(Debug, Clone)]
pub(super) enum Outcome {
    Sent,
    Gone(&'static str),
    Refused(Error),
    /// Of the address, the message or us; `weigh.rs` decides.
    Doubtful {
        error: Error,
        condemns: Option<&'static str>,
    },
    Later {
        error: Error,
        fault: Fault,
    },
    NotConfigured,
    /// The address that was planned for is not there any more.
    NoAddress,
}

/// The name in metrics of a message that ended before it was sent.
pub(super) const fn name_of_unsent(state: Delivery) -> &'static str {
    match state {
        Delivery::Expired => "expired",
        _ => "withdrawn",
    }
}

impl Outcome {
    /// The name in metrics.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Gone(_) => "gone",
            Self::Refused(_) => "refused",
            Self::Doubtful { .. } => "doubtful",
            Self::Later { .. } => "later",
            Self::NotConfigured => "not_configured",
            Self::NoAddress => "no_address",
        }
    }

    /// What stands on the message.
    pub(super) fn state(&self) -> (Delivery, Option<&str>) {
        match self {
            Self::Sent => (Delivery::Sent, None),
            Self::Gone(code) => (Delivery::Gone, Some(code)),
            Self::Refused(error) => (Delivery::Refused, Some(error.code())),
            Self::Doubtful { error, .. } | Self::Later { error, .. } => {
                (Delivery::Retrying, Some(error.code()))
            }
            Self::NotConfigured => (Delivery::NotConfigured, None),
            Self::NoAddress => (Delivery::NoAddress, None),
        }
    }
}

impl From<Result<(), Undelivered>> for Outcome {
    fn from(sent: Result<(), Undelivered>) -> Self {
        match sent {
            Ok(()) => Self::Sent,
            Err(Undelivered::Gone { code }) => Self::Gone(code),
            Err(Undelivered::Refused(error)) => Self::Refused(error),
            Err(Undelivered::Doubtful { error, condemns }) => Self::Doubtful { error, condemns },
            Err(Undelivered::Later { error, fault, .. }) => Self::Later { error, fault },
            Err(Undelivered::NotConfigured) => Self::NotConfigured,
        }
    }
}
