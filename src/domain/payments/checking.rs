//! When Bakong is asked whether a payment was paid. Each call counts against what the clinic has for a day, so the calls
//! are shared out: three to a payment, six a day to a person's own presses. A quarter of the day is kept for
//! presses, and a twentieth more for these and for payments whose payers look at them.

use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::model::{Payment, Status};
use crate::platform::clock::{Span, Timestamp, start_of_day};

/// Most calls that a payment costs which was not paid. The last one is kept for its last look.
pub const CALLS_A_PAYMENT: u8 = 3;
/// Most presses of a payer that are answered for one payment: of its calls the last one is kept for its last look.
pub const PRESSES_A_PAYMENT: u8 = CALLS_A_PAYMENT - 1;
/// Most calls that one person's presses cost in a day, answered or not.
pub const PRESSES_A_DAY: u32 = 6;
/// So long after presses that were not answered the payer may press again.
pub const PRESS_AGAIN: Span = Span::minutes(10);
/// Most payments that are asked about in one call.
pub const LIST_MAX: usize = 50;
/// When Bakong took no lists, it is tried again after so long.
pub const LISTS_ASKED_AGAIN: Span = Span::days(7);
/// When there is no token to ask by, it is looked at again so much later.
pub const WITHOUT_TOKEN: Span = Span::hours(1);
/// How long a call may take before somebody else may ask.
pub const CALL_LIFE: Span = Span::seconds(30);
/// If nothing was written down of a call by then, whoever made it was stopped in between.
pub const GUARD: Span = Span::minutes(1);
/// A call that was not answered is made up for so much later, and each time four times later.
const FIRST_RETRY: Span = Span::minutes(5);
/// The longest wait until a call is made up for.
const LONGEST_RETRY: Span = Span::hours(24);
/// After so many calls that were not answered a person has to look at a payment.
pub const UNANSWERED_MAX: u8 = 8;
/// After so many in a row nobody is asked for [`BREAK`].
pub const BREAKS_AFTER: u32 = 5;
/// How long nobody is asked then.
pub const BREAK: Span = Span::minutes(1);

/// What the clinic has used of a day.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayCalls {
    /// Calls that were made or are being made.
    pub used: u32,
    /// Whether Bakong said that they are spent.
    pub is_spent: bool,
    /// Whether Bakong refused the token.
    pub is_token_refused: bool,
    /// Calls in a row that were not answered.
    pub unanswered: u32,
    /// Until when nobody is asked.
    pub broken_until: Option<Timestamp>,
    /// Requests for a new token among the calls.
    #[serde(default)]
    pub renewals: u8,
}

/// Who wants to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asker {
    /// The payer, who says that they have paid.
    Payer,
    /// The server, when it is time and the payer has the payment open.
    OpenScreen,
    /// The server, when it is time.
    Server,
}

impl DayCalls {
    /// Calls that are left for everybody.
    pub const fn left(&self, most: u32) -> u32 {
        if self.is_spent { 0 } else { most.saturating_sub(self.used) }
    }

    /// Whether there is a call for this asker: the server leaves a quarter for presses, and a twentieth more where nobody
    /// waits for the answer.
    pub fn has_call(&self, asker: Asker, most: u32, now: Timestamp) -> bool {
        let kept = match asker {
            Asker::Payer => 0,
            Asker::OpenScreen => most / 4,
            Asker::Server => (most / 4).saturating_add(most / 20),
        };
        self.left(most) > kept && self.broken_until.is_none_or(|until| now >= until)
    }
}

/// The day to which a call is charged. Bakong begins anew at an hour of its own.
pub fn day_of(now: Timestamp, begin_hour: u8, zone: Tz) -> NaiveDate {
    now.minus(Span::hours(begin_hour.into())).day_in(zone)
}

/// When the day of calls that runs at `now` is over.
pub fn day_end(now: Timestamp, begin_hour: u8, zone: Tz) -> Timestamp {
    let day = day_of(now, begin_hour, zone);
    start_of_day(day.succ_opt().unwrap_or(day), zone).plus(Span::hours(begin_hour.into()))
}

/// The looks that every payment gets: soon, after its time, and the next day.
const fn looks(payment: &Payment) -> [Timestamp; 3] {
    [
        payment.asked.since.plus(Span::seconds(90)),
        payment.asked.expires.plus(Span::seconds(30)),
        payment.asked.since.plus(Span::hours(24)),
    ]
}

/// The next look after `now`; none where it is paid or its calls are used up.
pub fn next_look(payment: &Payment, now: Timestamp) -> Option<Timestamp> {
    let may = payment.status != Status::Paid && payment.checks.made < CALLS_A_PAYMENT;
    looks(payment).into_iter().find(|look| may && *look > now)
}

/// Whether Bakong may be asked about a payment now.
pub fn may_ask(payment: &Payment, asker: Asker, now: Timestamp) -> bool {
    let checks = &payment.checks;
    let has_one = match asker {
        // What was not answered is given back, so of an outage nobody has less in the end; but within one a payer does not
        // ask more often than they do without.
        Asker::Payer => checks.made.saturating_add(failed_of_late(payment, now)) < PRESSES_A_PAYMENT,
        Asker::OpenScreen | Asker::Server => {
            checks.made < CALLS_A_PAYMENT && checks.unanswered < UNANSWERED_MAX
        }
    };
    let is_being_asked = checks.asking_until.is_some_and(|until| until.is_ahead(now, CALL_LIFE));
    payment.status != Status::Paid && has_one && !is_being_asked
}

/// Presses that were not answered of late.
fn failed_of_late(payment: &Payment, now: Timestamp) -> u8 {
    let checks = &payment.checks;
    let is_late = checks.press_failed_at.is_some_and(|at| at.plus(PRESS_AGAIN).is_ahead(now, PRESS_AGAIN));
    if is_late { checks.presses_unanswered } else { 0 }
}

/// Reserves a call. It is made up for if nothing is written down of it. A press leaves the next look of the server's where
/// it is.
pub fn reserve(payment: &mut Payment, asker: Asker, now: Timestamp) {
    let checks = &mut payment.checks;
    checks.made = checks.made.saturating_add(1);
    checks.asking_until = Some(now.plus(CALL_LIFE));
    checks.is_press = asker == Asker::Payer;
    let guard = now.plus(GUARD);
    let is_kept = |next: &Timestamp| now < *next && (*next < guard || asker == Asker::Payer);
    checks.next = Some(checks.next.filter(is_kept).unwrap_or(guard));
}

/// Gives a call back of which nothing was written down, because the server was stopped while it was made.
pub fn give_back(payment: &mut Payment, now: Timestamp) {
    let is_over = payment.checks.asking_until.is_some_and(|until| !until.is_ahead(now, CALL_LIFE));
    if is_over {
        payment.checks.asking_until = None;
        note_unanswered(payment, now);
    }
}

/// Plans a call anew that was made in a way in which Bakong does not answer: it is made in the other one at once.
pub fn ask_again(payment: &mut Payment, now: Timestamp) {
    let checks = &mut payment.checks;
    checks.made = checks.made.saturating_sub(1);
    (checks.asking_until, checks.is_press) = (None, false);
    checks.next = Some(now);
}

/// Writes down that nobody answered: the call does not count, and is made up for. A call of the server's later and later; a
/// press by the payer, or by the server at its next look, which does not wait longer for it.
pub fn note_unanswered(payment: &mut Payment, now: Timestamp) {
    let failed = failed_of_late(payment, now);
    let checks = &mut payment.checks;
    checks.made = checks.made.saturating_sub(1);
    if checks.is_press {
        checks.is_press = false;
        checks.presses_unanswered = failed.saturating_add(1);
        checks.press_failed_at = Some(now);
        return;
    }
    let factor = 4i64.saturating_pow(checks.unanswered.into());
    let wait = FIRST_RETRY.as_milliseconds().saturating_mul(factor).min(LONGEST_RETRY.as_milliseconds());
    checks.unanswered = checks.unanswered.saturating_add(1);
    checks.next = (checks.unanswered < UNANSWERED_MAX).then(|| now.plus(Span::milliseconds(wait)));
}
