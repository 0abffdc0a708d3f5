//! What is left of a clock that was ahead and was put right: by how much, and what records said by it.

use serde::{Deserialize, Serialize};

use super::{Span, Timestamp};

/// By how much the time that held was ahead before it went back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Lead {
    /// By how much the time went back; never negative.
    pub back: Span,
    /// Whether a clock that nobody can set has measured it. Of a time that was put right while the server stood still only
    /// this much is known: it was ahead by at least so much.
    pub is_measured: bool,
}

impl Lead {
    /// What the right clock showed when the wrong one showed `time`; of a lead that nobody measured the latest that it
    /// can have shown.
    pub fn right(self, time: Timestamp, now: Timestamp) -> Timestamp {
        time.minus(self.back).min(now)
    }
}

/// The times that a record had by a clock that was ahead. It has those of the right one since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PutRight {
    /// When it happened, by the wrong clock or by the word of whoever recorded it.
    pub at: Timestamp,
    /// When the server learned of it, by the wrong clock.
    pub recorded_at: Timestamp,
    /// Whether the times that it has now are only the latest that are possible.
    pub in_doubt: bool,
}

impl PutRight {
    /// Puts the two times of a record right where they lie ahead of `now`, and notes what they were the first time.
    /// Says whether anything was ahead.
    pub fn put(
        noted: &mut Option<Self>,
        (at, recorded_at): (&mut Timestamp, &mut Timestamp),
        lead: Lead,
        now: Timestamp,
    ) -> bool {
        if *at <= now && *recorded_at <= now {
            return false;
        }
        let in_doubt = !lead.is_measured;
        noted.get_or_insert(Self { at: *at, recorded_at: *recorded_at, in_doubt }).in_doubt |= in_doubt;
        for time in [at, recorded_at] {
            if *time > now {
                *time = lead.right(*time, now);
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_milliseconds(1_000_000_000);
    const WEEKS: Span = Span::days(21);

    #[test]
    fn what_lies_ahead_comes_back_and_what_it_said_is_kept() {
        let lead = Lead { back: WEEKS, is_measured: true };
        let ahead = NOW.minus(Span::minutes(3)).plus(WEEKS);
        let (mut noted, mut at, mut recorded_at) = (None, ahead, ahead.plus(Span::minutes(1)));
        assert!(PutRight::put(&mut noted, (&mut at, &mut recorded_at), lead, NOW));
        assert_eq!((at, recorded_at), (NOW.minus(Span::minutes(3)), NOW.minus(Span::minutes(2))));
        let first = PutRight { at: ahead, recorded_at: ahead.plus(Span::minutes(1)), in_doubt: false };
        assert_eq!(noted, Some(first));
        assert!(!PutRight::put(&mut noted, (&mut at, &mut recorded_at), lead, NOW), "once is enough");
    }

    #[test]
    fn what_was_said_by_a_right_clock_stays_and_a_lead_that_nobody_measured_is_in_doubt() {
        let lead = Lead { back: WEEKS.minus(Span::hours(1)), is_measured: false };
        let said = NOW.minus(Span::hours(2));
        let (mut noted, mut at, mut recorded_at) = (None, said, NOW.plus(WEEKS));
        assert!(PutRight::put(&mut noted, (&mut at, &mut recorded_at), lead, NOW));
        assert_eq!((at, recorded_at), (said, NOW), "never after now");
        assert!(noted.unwrap().in_doubt);
    }
}
