//! The token by which Bakong is asked: its end is watched, and it is renewed where the clinic's address is known.
//!
//! Bakong gives a new token to whoever names the address, and takes the call for it from the day's. So it is asked in the
//! last days of a token only, or when it refuses the one there is, and a few times a day at the most.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::auth::model::Caller;
use crate::domain::gate;
use crate::domain::notifications::model::Urgency;
use crate::domain::notifications::params::Params;
use crate::domain::payments::checking::{self, Asker};
use crate::domain::payments::tables::{BAKONG, CALLS, KNOWN_OF_BAKONG, KnownOfBakong};
use crate::domain::payments::token::current;
use crate::flows::delivery::tell_each_admin;
use crate::platform::bakong::answer::{Renewal, token_end};
use crate::platform::clock::{Span, Timestamp};
use crate::platform::context::Context;
use crate::platform::error::Result;
use crate::platform::jobs::{Every, Job, Jobs};
use crate::platform::store::{Reader, WriteTx};

/// So long before its end a token is renewed.
const RENEWED_BEFORE: Span = Span::days(7);
/// So many days before the end the admins are told that it comes.
const TOLD_DAYS: [i64; 4] = [0, 1, 3, 7];
/// Most requests for a new token in a day.
const RENEWALS_A_DAY: u8 = 4;

/// Looks at the token's end.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WatchToken {}

impl Job for WatchToken {
    const NAME: &'static str = "watch-bakong-token";
    const QUEUE: &'static str = "payments";
    const TIME_LIMIT_SECONDS: u32 = 60;
    const WAITS_FOR_CLOCK: bool = true;
}

/// Registers what this file does as a job.
pub(super) fn register(jobs: &mut Jobs) {
    jobs.register::<WatchToken, _, _>(watch_job);
    jobs.recurring(WatchToken::NAME, Every::hours(6), WatchToken {});
}

async fn watch_job(context: Arc<Context>, _: WatchToken) -> Result<()> {
    let (Some(bakong), Some(client)) = (context.settings.bakong.clone(), &context.bakong) else {
        return Ok(());
    };
    let caller = Caller::system(WatchToken::NAME);
    let zone = context.zone();
    let settings = bakong.clone();
    let is_asked = gate::write(&context, &caller, "payment.watch_token", move |tx| {
        let now = tx.now();
        let day = checking::day_of(now, settings.calls_begin_hour, zone);
        let mut calls = CALLS.get(tx, &day)?.unwrap_or_default();
        let end = current(tx, &settings)?.as_ref().and_then(token_end);
        let is_wanted = calls.is_token_refused || end.is_none_or(|end| end <= now.plus(RENEWED_BEFORE));
        let is_asked = is_wanted
            && settings.email.is_some()
            && calls.renewals < RENEWALS_A_DAY
            && calls.has_call(Asker::Server, settings.calls_per_day, now);
        if is_asked {
            (calls.used, calls.renewals) = (calls.used.saturating_add(1), calls.renewals.saturating_add(1));
            CALLS.put(tx, &day, &calls)?;
            tx.trail().change = Some(serde_json::json!({ "callOfDay": calls.used }));
        } else if settings.email.is_none() {
            tell_end(tx, end, zone)?;
        } else {
            tx.trail().found_done();
        }
        Ok(is_asked)
    })
    .await?;
    let Some(email) = bakong.email.as_ref().filter(|_| is_asked) else { return Ok(()) };
    let renewal = client.renew_token(email).await;
    gate::write(&context, &caller, "payment.renew_token", move |tx| {
        let now = tx.now();
        let day = checking::day_of(now, bakong.calls_begin_hour, zone);
        let mut calls = CALLS.get(tx, &day)?.unwrap_or_default();
        let token = match &renewal {
            Renewal::Token(token) if token_end(token).is_some_and(|end| now < end) => Some(token.clone()),
            Renewal::QuotaSpent => {
                calls.is_spent = true;
                None
            }
            Renewal::Token(_) | Renewal::NotRegistered | Renewal::Unknown(_) => None,
        };
        let Some(token) = token else {
            tracing::warn!(answer = ?renewal, "Bakong gave no new token");
            CALLS.put(tx, &day, &calls)?;
            let end = current(tx, &bakong)?.as_ref().and_then(token_end);
            return tell_end(tx, end, zone);
        };
        calls.is_token_refused = false;
        CALLS.put(tx, &day, &calls)?;
        let end = token_end(&token);
        let known = KNOWN_OF_BAKONG.get(tx, &BAKONG.to_owned())?.unwrap_or_default();
        let known = KnownOfBakong { token: Some(token), ..known };
        KNOWN_OF_BAKONG.put(tx, &BAKONG.to_owned(), &known)?;
        let ends = end.map(|end| end.to_utc().to_rfc3339());
        tx.trail().change = Some(serde_json::json!({ "tokenEnds": ends }));
        Ok(())
    })
    .await
}

/// Tells the admins that the token ends: some days before, and when it is over, once each.
fn tell_end(tx: &mut WriteTx<'_>, end: Option<Timestamp>, zone: chrono_tz::Tz) -> Result<()> {
    let now = tx.now();
    let key = BAKONG.to_owned();
    let mut known = KNOWN_OF_BAKONG.get(tx, &key)?.unwrap_or_default();
    let days = TOLD_DAYS.into_iter().find(|days| end.is_none_or(|end| end <= now.plus(Span::days(*days))));
    let Some(days) = days.filter(|days| known.told != Some((end, *days))) else {
        tx.trail().found_done();
        return Ok(());
    };
    known.told = Some((end, days));
    KNOWN_OF_BAKONG.put(tx, &key, &known)?;
    let date = end.map_or_else(String::new, |end| end.day_in(zone).to_string());
    let params = Params::new().text("date", date);
    let variant = if days == 0 { "payment_token_over" } else { "payment_token_ends" };
    tell_each_admin(tx, None, (variant, Urgency::Warning), &params, None)
}
