//! Which payments somebody looks at: their payers wait for the answer, so the server asks about these first. Nothing of it is
//! kept beyond the moment; after a restart the next look of an open screen says it again.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::platform::clock::{Span, Timestamp};
use crate::platform::ids::PaymentId;

/// So long after its last look a screen counts as open. The pages look every four seconds.
const OPEN_FOR: Span = Span::minutes(1);

/// The screens that are open.
#[derive(Debug, Default)]
pub struct OpenScreens {
    looked_at: Mutex<HashMap<PaymentId, Timestamp>>,
}

impl OpenScreens {
    /// The payer looks at a payment that can be paid.
    pub fn looks(&self, payment: PaymentId, now: Timestamp) {
        let mut looked_at = self.looked_at.lock().unwrap_or_else(PoisonError::into_inner);
        looked_at.retain(|_, at| is_open(*at, now));
        looked_at.insert(payment, now);
    }

    /// Whether the payer looks at a payment.
    pub fn is_open(&self, payment: PaymentId, now: Timestamp) -> bool {
        let looked_at = self.looked_at.lock().unwrap_or_else(PoisonError::into_inner);
        looked_at.get(&payment).is_some_and(|at| is_open(*at, now))
    }
}

fn is_open(at: Timestamp, now: Timestamp) -> bool {
    at.plus(OPEN_FOR).is_ahead(now, OPEN_FOR)
}
