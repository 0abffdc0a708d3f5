//! What the bank shows, held against what is known here, for whoever keeps the books.

use chrono::NaiveDate;

use crate::domain::auth::model::Caller;
use crate::domain::gate;
use crate::domain::payments::model::Payment;
use crate::domain::payments::reconciling::{LINES_MAX, Unreadable, read, reconcile, write};
use crate::domain::payments::tables::{BY_BILL, BY_HASH, PAYMENTS};
use crate::domain::users::model::Role;
use crate::platform::clock::{Timestamp, start_of_day};
use crate::platform::context::Context;
use crate::platform::error::{Error, FieldError, Result};
use crate::platform::i18n::moment_text;
use crate::platform::store::{Direction, Reader, Step};

/// The report about a bank's file of the days from `from` to `to`, both included, as CSV.
///
/// # Errors
/// `role_not_allowed`; a bad `bankFile` or `to`.
pub async fn report(
    context: &Context,
    caller: &Caller,
    (from, to): (NaiveDate, NaiveDate),
    bank_file: String,
) -> Result<String> {
    let zone = context.zone();
    let report = gate::read(context, caller, "payment.reconcile", |tx| {
        caller.with_role(Role::Admin)?;
        tx.trail().must_record();
        if to < from {
            return Err(Error::invalid("to", "payment_days_in_order"));
        }
        let lines = read(&bank_file).map_err(|why| unreadable(&why))?;
        let begin = start_of_day(from, zone);
        let end = to.succ_opt().map_or(Timestamp::MAX, |next| start_of_day(next, zone));
        let mut paid: Vec<Payment> = Vec::new();
        PAYMENTS.visit_prefix(tx, &(), Direction::Forward, |_, payment| {
            let known = payment.settled.as_ref().map(|settled| settled.sent.unwrap_or(settled.known));
            if known.is_some_and(|known| begin <= known && known < end) {
                paid.push(payment);
            }
            Ok(Step::Continue)
        })?;
        reconcile(lines, paid, |hash, bill| {
            let id = match (hash, bill) {
                (Some(hash), _) => BY_HASH.find(tx, hash)?,
                (None, Some(bill)) => BY_BILL.find(tx, bill)?,
                (None, None) => None,
            };
            id.map_or(Ok(None), |id| PAYMENTS.get(tx, &id))
        })
    })
    .await?;
    let show = |time: Timestamp| moment_text(time.to_utc().with_timezone(&zone).naive_local());
    write(&report, show).map_err(|error| Error::internal(format!("a report: {error}")))
}

fn unreadable(why: &Unreadable) -> Error {
    let fault = match why {
        Unreadable::Csv(line) => FieldError::new("bankFile", "payment_file_not_csv").with("line", line),
        Unreadable::Column(name) => FieldError::new("bankFile", "payment_file_column").with("name", name),
        Unreadable::TooLong => FieldError::new("bankFile", "payment_file_too_long").with("max", LINES_MAX),
    };
    Error::invalid_fields(vec![fault])
}
