//! How long a line runs: until a day, for so many days, as long as a quantity lasts, or without an end.

use chrono::{Days, NaiveDate};

use super::line::Check;
use crate::domain::prescriptions::model::{Amount, Length, Schedule, Supplied};
use crate::domain::prescriptions::notice::Notice;
use crate::domain::prescriptions::product::Product;
use crate::domain::prescriptions::units::DoseUnit;

/// Longest treatment that can be written with an end: ten years.
const MAX_DAYS: u32 = 3_660;
/// How far a start may lie from today, in days.
const START_DAYS_MAX: u64 = 366;

/// The length of a line as it was said, and how many doses that makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) length: Length,
    pub(super) doses: Option<u32>,
    /// It has no end, and neither a quantity nor anything else says so.
    pub(super) is_silent: bool,
}

impl Span {
    /// The last day as far as it is known before planning has counted the doses.
    pub(super) fn end_from(self, start: NaiveDate) -> Option<NaiveDate> {
        match self.length {
            Length::Ongoing | Length::Quantity => None,
            Length::Days(days) => start.checked_add_days(Days::new(u64::from(days.saturating_sub(1)))),
            Length::Until(end) => Some(end),
        }
    }
}

/// Checks start, duration, end and quantity against each other and the schedule. `said` is the duration that the
/// words of the frequency name; a quantity may not tell how long it lasts.
pub(super) fn parse_length(
    check: &mut Check<'_>,
    dosed: Option<(&Schedule, DoseUnit)>,
    product: &Product,
    (quantity, tells_length): (Option<Amount>, bool),
    said: Option<u32>,
    today: NaiveDate,
) -> Option<Span> {
    let start = start(check, today)?;
    let days = days(check, dosed.map(|(schedule, _)| schedule), said)?;
    let end = check.input.end;
    if let Some(until) = end {
        check_end(check, start, until, days);
    } else if check.input.id.is_none()
        && days.and_then(|days| last_of(start, days)).is_some_and(|last| last < today)
    {
        check.refuse("startDate", "ends_in_past");
    }
    if end.is_some_and(|end| end < today) && check.input.id.is_none() {
        check.refuse("endDate", "ends_in_past");
    }
    let (schedule, unit) = dosed?;
    let as_needed = matches!(schedule, Schedule::AsNeeded { .. });
    let by_quantity =
        quantity.filter(|_| tells_length).and_then(|quantity| supplied(schedule, unit, quantity, product));
    let length = match (end, days) {
        // Beside a duration that it agrees with, the last day says nothing more: all doses of the days are planned.
        (_, Some(days)) => Length::Days(days),
        (Some(end), None) => Length::Until(end),
        (None, None) if check.input.ongoing || as_needed => Length::Ongoing,
        (None, None) if by_quantity.is_some() => Length::Quantity,
        (None, None) => Length::Ongoing,
    };
    let doses = match length {
        Length::Quantity => by_quantity.map(|supply| supply.doses),
        Length::Days(days) => schedule.doses_in(start, days),
        Length::Ongoing | Length::Until(_) => None,
    };
    if doses == Some(0) && !as_needed {
        let field = if length == Length::Quantity { "quantity" } else { "durationDays" };
        check.refuse(field, "no_dose_in_length");
        return None;
    }
    // A treatment that goes on with the next pack says that it has no end.
    let is_silent = length == Length::Ongoing && tells_length && !check.input.ongoing;
    if is_silent && check.input.inherited.ends && !as_needed {
        check.note("durationDays", &Notice::new("notice_without_end"));
    }
    if by_quantity.is_none() && quantity.is_some() && length == Length::Ongoing {
        check.note("quantity", &Notice::new("notice_quantity_without_length"));
    }
    if let Some(supplied) = by_quantity {
        tell_of_quantity(check, length, doses, supplied, schedule.is_daily());
    }
    let is_silent = is_silent && quantity.is_none();
    Some(Span { length, doses: doses.filter(|_| !as_needed), is_silent })
}

/// The first day. A line that exists may have begun, and even ended, whenever it did.
fn start(check: &mut Check<'_>, today: NaiveDate) -> Option<NaiveDate> {
    let start = check.input.start.unwrap_or(today);
    let earliest = today.checked_sub_days(Days::new(START_DAYS_MAX))?;
    let latest = today.checked_add_days(Days::new(START_DAYS_MAX))?;
    if check.input.id.is_none() && !(earliest..=latest).contains(&start) {
        check.refuse_with("startDate", "start_out_of_range", "days", START_DAYS_MAX);
    }
    Some(start)
}

/// The duration, which field, words and a schedule with a length of its own must say alike.
#[expect(clippy::option_option, reason = "nothing said is not an error")]
fn days(check: &mut Check<'_>, schedule: Option<&Schedule>, said: Option<u32>) -> Option<Option<u32>> {
    let by_schedule = match schedule {
        Some(Schedule::Once { .. }) => Some(1),
        Some(Schedule::Taper { steps }) => Some(steps.iter().map(|step| step.days).sum::<u32>()),
        _ => None,
    };
    let inherited = check.input.inherited.duration && said.is_some();
    let field = check.input.duration_days.filter(|_| !inherited);
    if field.is_some() && said.is_some() && field != said {
        check.contradiction("durationDays", "frequency");
        return None;
    }
    let days = field.or(said);
    if let (Some(days), Some(other)) = (days, by_schedule)
        && days != other
    {
        check.refuse_with("durationDays", "duration_contradicts", "days", other);
        return None;
    }
    if days.is_some_and(|days| !(1..MAX_DAYS).contains(&days)) {
        check.refuse_with("durationDays", "duration_out_of_range", "max", MAX_DAYS);
        return None;
    }
    Some(days.or(by_schedule))
}

fn last_of(start: NaiveDate, days: u32) -> Option<NaiveDate> {
    start.checked_add_days(Days::new(u64::from(days.saturating_sub(1))))
}

fn check_end(check: &mut Check<'_>, start: NaiveDate, until: NaiveDate, days: Option<u32>) {
    let latest = start.checked_add_days(Days::new(u64::from(MAX_DAYS)));
    if until < start || latest.is_some_and(|latest| until > latest) {
        check.refuse("endDate", "end_before_start");
    } else if days.is_some() && days.and_then(|days| last_of(start, days)) != Some(until) {
        check.refuse("endDate", "end_contradicts_duration");
    }
}

/// How long a quantity lasts. It is in what the pharmacy counts; a dose in another unit is converted by the medicine's
/// strength.
fn supplied(schedule: &Schedule, unit: DoseUnit, quantity: Amount, product: &Product) -> Option<Supplied> {
    let counted = product.counting_unit().unwrap_or(unit);
    let pieces = |amount: Amount| if unit == counted { Some(amount) } else { product.pieces(amount, unit) };
    counted.is_counted().then(|| schedule.supplied(quantity, pieces)).flatten()
}

/// Says what the quantity was taken for, and whether it fits a length that was said.
fn tell_of_quantity(
    check: &mut Check<'_>,
    length: Length,
    doses: Option<u32>,
    supply: Supplied,
    is_daily: bool,
) {
    match length {
        // Of a line that is changed, something may have been used.
        Length::Quantity if check.input.id.is_some() => {
            check.note("quantity", &Notice::new("notice_quantity_of_line"));
        }
        Length::Quantity => {
            let code = match (is_daily, supply.remainder) {
                (true, false) => "notice_quantity_days",
                (true, true) => "notice_quantity_days_remainder",
                (false, false) => "notice_quantity_doses",
                (false, true) => "notice_quantity_doses_remainder",
            };
            let count = if is_daily { supply.needs } else { supply.doses };
            check.note("quantity", &Notice::new(code).with("count", count.to_string()));
        }
        Length::Days(_) => {
            let doses = doses.unwrap_or(supply.doses);
            let (said, enough) = (doses.to_string(), supply.doses.to_string());
            if doses != supply.doses {
                let notice = Notice::new("notice_quantity_disagrees").with("doses", said);
                check.note("quantity", &notice.with("supply", enough));
            } else if supply.remainder {
                check.note("quantity", &Notice::new("notice_quantity_left_over").with("doses", said));
            }
        }
        Length::Ongoing => check.note("quantity", &Notice::new("notice_quantity_ongoing")),
        Length::Until(_) => {}
    }
}
