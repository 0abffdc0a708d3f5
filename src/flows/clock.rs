//! What follows from a change of belief in the wall clock (`platform/clock/belief.rs`): the admins are told, and what
//! the time did that turned out to be wrong is put right.
//!
//! Passes the gate by: the shortening of sessions, which changes nobody's rights but by the time.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::delivery::tell_each_admin;
use super::{doses, notifications, vitals};
use crate::domain::auth::model::{Attempts, Caller, Session};
use crate::domain::auth::rules::LOCK;
use crate::domain::auth::tables::{ATTEMPTS, SESSIONS, save_session};
use crate::domain::doubted_time::{DOUBTED, DoubtedTime};
use crate::domain::gate;
use crate::domain::notifications::model::Urgency;
use crate::domain::notifications::params::Params;
use crate::domain::users::model::Role;
use crate::platform::clock::belief::{Cause, Settlement, Turn};
use crate::platform::clock::lead::Lead;
use crate::platform::clock::{Clock, Span, Timestamp};
use crate::platform::context::Context;
use crate::platform::error::{Error, FieldError, Result};
use crate::platform::i18n::moment_text;
use crate::platform::jobs::{self, Job, Jobs, Waiter};
use crate::platform::store::{Direction, Reader, Step, Store, WriteTx};

/// How often the clocks are compared, whether or not anything else happens.
const LOOK_EVERY: Span = Span::seconds(10);
/// A time that went back by more than this may have done what is to be put right.
const SET_BACK: Span = Span::seconds(2);
/// Sessions changed in one transaction, so that it stays short.
const SESSIONS_BATCH: usize = 500;
/// Longest reason an admin may give.
const REASON_LENGTH_MAX: usize = 500;

/// Registers what this file does as a job.
pub fn register(jobs: &mut Jobs) {
    jobs.register::<UndoWrongTime, _, _>(undo_wrong_time);
}

/// Puts right what a time did that turned out to lie ahead.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct UndoWrongTime {
    /// By how much it was ahead; of a job that an older program wrote down, nothing.
    #[serde(default)]
    lead: Lead,
}

impl Job for UndoWrongTime {
    const NAME: &'static str = "undo-wrong-time";
    const QUEUE: &'static str = "doses";
}

async fn undo_wrong_time(context: Arc<Context>, job: UndoWrongTime) -> Result<()> {
    shorten_sessions(&context).await?;
    doses::take_back_missed_ahead(&context).await?;
    doses::put_right_ahead(&context, job.lead).await?;
    vitals::put_right_ahead(&context, job.lead).await?;
    notifications::put_right_ahead(&context, job.lead).await
}

/// A session that was opened or used by a time that lies ahead lives no longer than one that is used now.
async fn shorten_sessions(context: &Context) -> Result<()> {
    let life = context.settings.auth.refresh_absolute_life();
    let is_wrong = move |session: &Session, now: Timestamp| {
        session.last_used_at > now || session.expires_at > now.plus(life)
    };
    let wrong = context.store.read(|tx| {
        let mut wrong = Vec::new();
        SESSIONS.visit_prefix(tx, &(), Direction::Forward, |id, session| {
            wrong.extend(is_wrong(&session, tx.now()).then_some(id));
            Ok(Step::Continue)
        })?;
        Ok(wrong)
    })?;
    for batch in wrong.chunks(SESSIONS_BATCH) {
        let batch = batch.to_vec();
        let shorten = move |tx: &mut WriteTx<'_>| {
            let now = tx.now();
            for id in &batch {
                let Some(mut session) = SESSIONS.get(tx, id)? else { continue };
                session.last_used_at = session.last_used_at.min(now);
                session.expires_at = session.expires_at.min(now.plus(life));
                save_session(tx, &session)?;
            }
            Ok(())
        };
        context.store.write(shorten).await?;
    }
    Ok(())
}

/// Compares the clocks every few seconds, as long as the server lives.
///
/// # Errors
/// Never; what cannot be saved is tried again at the next look.
pub async fn watch(context: Arc<Context>, waiter: Arc<dyn Waiter>) -> Result<()> {
    loop {
        if let Err(error) = tend(&context).await {
            tracing::warn!(%error, "what follows from a change of the clock waits for the store");
        }
        tokio::select! {
            () = waiter.wait(LOOK_EVERY) => {}
            () = context.stopping.begun() => return Ok(()),
        }
    }
}

/// What a start needs to know of the run before, before anything is served: whether it ended in doubt, by a time that it
/// had from nowhere else than the wall clock. What it did by a time that lies ahead is put right.
///
/// # Errors
/// When the store cannot be written.
pub async fn start(context: &Context) -> Result<()> {
    let (doubted, known) = context.store.read(|tx| Ok((DOUBTED.get(tx, &())?, Store::known_time_of(tx)?)))?;
    if let Some(doubted) = doubted {
        context.clock.recall(doubted.ahead, known);
    }
    context.clock.look();
    if !context.clock.moment().in_doubt {
        gate::write(context, &Caller::system("clock"), "clock.turn", |tx| {
            let Some(doubted) = DOUBTED.get(tx, &())? else {
                tx.trail().found_done();
                return Ok(());
            };
            DOUBTED.delete(tx, &())?;
            let moved = tx.now().since(doubted.time);
            tx.trail().change = Some(serde_json::json!({ "restartedAfterDoubt": moved.as_milliseconds() }));
            move_locks(tx, moved)?;
            put_right(tx, moved, false)
        })
        .await?;
    }
    tend(context).await
}

/// Compares the clocks, and does what follows from each change of belief that was not told of yet.
///
/// # Errors
/// When the store cannot be written; then it is done at the next call.
pub async fn tend(context: &Context) -> Result<()> {
    context.clock.look();
    while let Some(turn) = context.clock.next_turn() {
        let zone = context.zone();
        let caller = Caller::system("clock");
        gate::write(context, &caller, "clock.turn", move |tx| {
            tx.trail().change = Some(in_words(turn));
            let time = |time: Timestamp| moment_text(time.local(zone));
            match turn {
                Turn::Doubted { cause, wall, holds } => {
                    if matches!(cause, Cause::FarAheadOfStore | Cause::JumpedForward) {
                        let ahead = wall.since(holds);
                        DOUBTED.put(tx, &(), &DoubtedTime { time: holds, ahead })?;
                    }
                    let known = Store::known_time_of(tx)?.filter(|_| cause == Cause::FarAheadOfStore);
                    let Some(known) = known else {
                        let params = Params::new().text("shown", time(wall)).text("time", time(holds));
                        return tell_each_admin(tx, None, ("clock_doubted", Urgency::Warning), &params, None);
                    };
                    // It goes by the clock, because nothing else is known: a lock lasts as long as before all the same.
                    move_locks(tx, holds.since(known))?;
                    let params = Params::new().text("shown", time(wall)).text("time", time(known));
                    tell_each_admin(tx, None, ("clock_far_ahead", Urgency::Warning), &params, None)
                }
                Turn::Moved { moved } => {
                    move_locks(tx, moved)?;
                    if let Some(doubted) = DOUBTED.get(tx, &())? {
                        let time = doubted.time.plus(moved);
                        DOUBTED.put(tx, &(), &DoubtedTime { time, ahead: Span::ZERO })?;
                    }
                    put_right(tx, moved, true)
                }
                Turn::Settled { moved, is_measured, .. } => {
                    DOUBTED.delete(tx, &())?;
                    move_locks(tx, moved)?;
                    put_right(tx, moved, is_measured)?;
                    let params = Params::new().text("time", time(tx.now()));
                    tell_each_admin(tx, None, ("clock_settled", Urgency::Normal), &params, None)
                }
            }
        })
        .await?;
        context.clock.turn_was_told();
    }
    Ok(())
}

/// A lock lasts as long as it did before the time moved: whoever has ten minutes to wait has ten minutes to wait.
fn move_locks(tx: &mut WriteTx<'_>, moved: Span) -> Result<()> {
    let (now, before) = (tx.now(), tx.now().minus(moved));
    for (subject, attempts) in ATTEMPTS.list_prefix(tx, &())? {
        let Some(until) = attempts.locked_until.filter(|until| *until > before) else { continue };
        let locked_until = Some(until.plus(moved).min(now.plus(LOCK)));
        ATTEMPTS.put(
            tx,
            &subject,
            &Attempts { locked_until, last_at: attempts.last_at.min(now), ..attempts },
        )?;
    }
    Ok(())
}

/// Puts right what was done by a time that has moved by `moved` since, if it went back.
fn put_right(tx: &mut WriteTx<'_>, moved: Span, is_measured: bool) -> Result<()> {
    if moved >= Span::ZERO.minus(SET_BACK) {
        return Ok(());
    }
    let lead = Lead { back: Span::ZERO.minus(moved), is_measured };
    jobs::set_back(tx, lead.back)?;
    // Each with its own lead, also when the one before was not done yet.
    let now = tx.now();
    let key = format!("{}-{}", UndoWrongTime::NAME, now.as_milliseconds());
    jobs::enqueue_once(tx, &UndoWrongTime { lead }, key, now).map(drop)
}

/// A change of belief, for the audit.
fn in_words(turn: Turn) -> serde_json::Value {
    match turn {
        Turn::Doubted { cause, wall, holds } => {
            let cause = match cause {
                Cause::JumpedForward => "jumped forward",
                Cause::JumpedBack => "jumped back",
                Cause::BehindStore => "behind the store",
                Cause::FarAheadOfStore => "far ahead of the store",
            };
            serde_json::json!({
                "doubted": cause, "wall": wall.to_utc().to_rfc3339(), "time": holds.to_utc().to_rfc3339(),
            })
        }
        Turn::Settled { how, moved, .. } => {
            let how = match how {
                Settlement::CameBack => "came back",
                Settlement::Synchronised => "set by a time server",
                Settlement::Agreed => "ran evenly for ten minutes",
                Settlement::Confirmed => "confirmed by an admin",
            };
            serde_json::json!({ "settled": how, "movedMilliseconds": moved.as_milliseconds() })
        }
        Turn::Moved { moved } => serde_json::json!({ "movedInDoubtMilliseconds": moved.as_milliseconds() }),
    }
}

/// An admin says that the machine's clock is right.
///
/// # Errors
/// `role_not_allowed`; a bad field when the reason is missing or too long; `clock_not_in_doubt`.
pub async fn confirm(context: &Context, caller: &Caller, reason: String) -> Result<()> {
    let by = caller.clone();
    let wall = context.clock.wall();
    let is_in_doubt = context.clock.moment().in_doubt;
    gate::write(context, caller, "clock.confirm", move |tx: &mut WriteTx<'_>| {
        by.with_role(Role::Admin)?;
        let reason = reason.trim();
        if reason.is_empty() || reason.chars().count() > REASON_LENGTH_MAX {
            let fault = FieldError::new("reason", "job_reason_length").with("max", REASON_LENGTH_MAX);
            return Err(Error::invalid_fields(vec![fault]));
        }
        if !is_in_doubt {
            return Err(Error::conflict("clock_not_in_doubt"));
        }
        let mut trail = tx.trail();
        trail.resource = Some(("clock", "wall".to_owned()));
        trail.reason = Some(reason.to_owned());
        trail.change = Some(serde_json::json!({ "wall": wall.to_utc().to_rfc3339() }));
        Ok(())
    })
    .await?;
    // Written down first: what follows is done by the time that was confirmed.
    context.clock.confirm();
    tend(context).await
}
