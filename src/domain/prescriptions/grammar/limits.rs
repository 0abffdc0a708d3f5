//! As needed: at which time of day, how far apart and how much at most.

use super::frequency::{Frequency, SaidAmount, Timing};
use super::statements::Most;
use super::{Refusal, amounts};
use crate::domain::prescriptions::model::Slot;
use crate::domain::prescriptions::notice::Notice;
use crate::domain::prescriptions::product::Product;

/// A grid with one cell is that one time of day: `0-0-1 si douleur`.
pub(super) fn one_slot(timing: Timing, dose: Option<SaidAmount>) -> (Timing, Option<SaidAmount>, bool) {
    if let (Timing::Grid { amounts, unit, is_decimal }, None) = (&timing, dose) {
        let mut given = Slot::ALL.into_iter().filter(|&slot| !amounts.at(slot).is_zero());
        if let (Some(slot), None) = (given.next(), given.next()) {
            let dose = SaidAmount { amount: amounts.at(slot), unit: *unit, is_decimal: *is_decimal };
            return (Timing::Slots(vec![slot]), Some(dose), true);
        }
    }
    (timing, dose, false)
}

impl Frequency {
    /// "q4-6h PRN": at least the shorter time lies between two intakes, and a day holds as many as the longer allows.
    pub(super) fn between(&mut self, low: u32, high: u32, says_most: bool) {
        let mut notice = Notice::new("notice_interval_range").with("hours", low.to_string());
        if !says_most {
            let most = (24 / high.max(1)).max(1);
            self.max_per_24h = Some(most);
            notice = notice.with("max", most.to_string());
        }
        self.notices.push(notice);
    }

    pub(super) fn set_most(&mut self, most: Most, product: &Product) -> Result<(), Refusal> {
        match most {
            Most::Intakes(n) => self.max_per_24h = Some(n),
            Most::Bare(n) => (self.max_per_24h, self.max_is_bare) = (Some(n), true),
            Most::Amount(said) => self.max_amount = Some(amounts::said(said, product, &mut self.notices)?),
        }
        Ok(())
    }
}
