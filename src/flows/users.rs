//! What people do with their own accounts.

use chrono::{NaiveDate, NaiveTime};

use super::auth::confirm_password;
use super::contacts::follow_change;
use super::moving::move_doses;
use super::one_time::Sender;
use super::sessions::note_account;
use crate::domain::auth::model::Caller;
use crate::domain::auth::second_factor_rows::demand_fresh;
use crate::domain::connections::access::{self, Access};
use crate::domain::connections::model::{Mode, Scope};
use crate::domain::doses::tables as doses;
use crate::domain::gate;
use crate::domain::users::change::{Changed, ProfileChange, apply};
use crate::domain::users::meals::too_close;
use crate::domain::users::model::{GraceChange, MealTimes, Role, User};
use crate::domain::users::rules::{GRACE_MINUTES, parse_meal_time};
use crate::domain::users::tables as users;
use crate::platform::context::Context;
use crate::platform::error::{Error, FieldError, FieldErrors, Result};
use crate::platform::ids::UserId;
use crate::platform::secret::Secret;
use crate::platform::settings::NameOrder;
use crate::platform::store::{Reader, WriteTx};

/// Changes of the grace period that are remembered; doses older than that were judged long ago.
const GRACE_CHANGES_MAX: usize = 100;

/// Changes the caller's own profile. A new e-mail or phone needs the password, and waits beside the old one until it is
/// confirmed.
///
/// # Errors
/// Names every bad field; `email_taken`, `phone_taken`; `wrong_credentials`; `code_sent_recently`; `revision_changed` when
/// the profile has another revision than the one named.
pub async fn update_own(
    context: &Context,
    caller: &Caller,
    change: ProfileChange,
    password: Option<Secret<String>>,
    revision: Option<u64>,
) -> Result<User> {
    const ACTION: &str = "user.update_own";
    let id = caller.user_id()?;
    let current = context.store.read(|tx| users::require(tx, id))?;
    let is_other = move |user: &User| revision.is_some_and(|revision| revision != user.revision);
    let changed_meanwhile = || Error::precondition_failed("revision_changed");
    if is_other(&current) {
        return Err(changed_meanwhile());
    }
    let today = context.now().day_in(context.zone());
    let order = context.settings.clinic.name_order;
    let changed = apply(&current, &change, today, order)?;
    let touches_contacts = changed.fields.iter().any(|&field| field == "email" || field == "phone");
    if touches_contacts {
        let Some(password) = password else {
            return Err(Error::invalid("currentPassword", "password_needed"));
        };
        confirm_password(context, caller, ACTION, &password).await?;
    }
    let sender = Sender::of(context, caller)?;
    let (by, auth) = (caller.clone(), context.settings.auth.clone());
    gate::write(context, caller, ACTION, move |tx| {
        if touches_contacts {
            demand_fresh(tx, &by, &auth)?;
        }
        if is_other(&users::require(tx, id)?) {
            return Err(changed_meanwhile());
        }
        let changed = save_change(tx, id, &change, today, order)?;
        follow_change(tx, &sender, &changed)?;
        Ok(changed.user)
    })
    .await
}

/// Applies a change to the row as it is now.
pub(super) fn save_change(
    tx: &mut WriteTx<'_>,
    id: UserId,
    change: &ProfileChange,
    today: NaiveDate,
    order: NameOrder,
) -> Result<Changed> {
    let current = users::require(tx, id)?;
    note_account(tx, &current);
    let mut changed = apply(&current, change, today, order)?;
    if changed.fields.is_empty() {
        tx.trail().found_done();
        return Ok(changed);
    }
    // Names of fields only: what a person is called is no matter for the audit.
    tx.trail().change = Some(serde_json::json!({ "fields": changed.fields }));
    users::update(tx, &mut changed.user)?;
    Ok(changed)
}

/// Sets how many minutes after its time a dose still counts as on time, from now on.
///
/// # Errors
/// Names the accepted values.
pub async fn set_grace_period(context: &Context, caller: &Caller, minutes: u32) -> Result<User> {
    let id = caller.active()?;
    if !GRACE_MINUTES.contains(&minutes) {
        let choices = GRACE_MINUTES.map(|minutes| minutes.to_string()).join(", ");
        let fault = FieldError::new("gracePeriodMinutes", "grace_period_choice").with("choices", choices);
        return Err(Error::invalid_fields(vec![fault]));
    }
    let by = caller.clone();
    gate::write(context, caller, "user.set_grace_period", move |tx| {
        let mut user = users::require(tx, id)?;
        note_account(tx, &user);
        let now = tx.now();
        let before = user.preferences.grace_minutes_at(now);
        if before == minutes {
            tx.trail().found_done();
            return Ok(user);
        }
        tx.trail().change = Some(serde_json::json!({ "old": before, "new": minutes }));
        let grace = &mut user.preferences.grace;
        grace.push(GraceChange { since: now, minutes });
        let surplus = grace.len().saturating_sub(GRACE_CHANGES_MAX);
        grace.drain(..surplus);
        users::update(tx, &mut user)?;
        if user.role == Role::Patient {
            look_again(tx, &own_doses(tx, &by, id)?)?;
        }
        Ok(user)
    })
    .await
}

/// Meal times as typed: `07:00`, or a range such as `6-7AM`; an empty text takes one back to the clinic's time.
#[derive(Debug, Clone, Default)]
pub struct TypedMealTimes {
    /// Breakfast.
    pub morning: Option<String>,
    /// Lunch.
    pub afternoon: Option<String>,
    /// Dinner.
    pub night: Option<String>,
}

/// Sets when the caller eats; what is not given stays. Their doses from tomorrow on move with their meals.
///
/// # Errors
/// Names every time that cannot be read, and one that is not two hours after the meal before it.
pub async fn set_meal_times(context: &Context, caller: &Caller, typed: TypedMealTimes) -> Result<User> {
    let id = caller.active()?;
    let mut errors = FieldErrors::new();
    let morning = meal(&mut errors, "morningMeal", typed.morning.as_deref());
    let afternoon = meal(&mut errors, "afternoonMeal", typed.afternoon.as_deref());
    let night = meal(&mut errors, "nightMeal", typed.night.as_deref());
    errors.finish()?;
    let (by, zone) = (caller.clone(), context.zone());
    gate::write(context, caller, "user.set_meal_times", move |tx| {
        let mut user = users::require(tx, id)?;
        note_account(tx, &user);
        let before = user.preferences.meal_times.clone();
        let times = MealTimes {
            morning: morning.unwrap_or(before.morning),
            afternoon: afternoon.unwrap_or(before.afternoon),
            night: night.unwrap_or(before.night),
            moved: before.moved.clone(),
        };
        if let Some((earlier, later)) = too_close(&times) {
            let sent = [morning, afternoon, night].map(|meal| meal.is_some());
            let is_sent = |place: usize| sent.get(place) == Some(&true);
            let place = if is_sent(earlier) && !is_sent(later) { earlier } else { later };
            let field = ["morningMeal", "afternoonMeal", "nightMeal"].get(place).copied();
            return Err(Error::invalid(field.unwrap_or("nightMeal"), "meal_times_order"));
        }
        if times == before {
            tx.trail().found_done();
            return Ok(user);
        }
        tx.trail().change = Some(serde_json::json!({ "old": before, "new": times }));
        user.preferences.meal_times = times;
        users::update(tx, &mut user)?;
        if user.role == Role::Patient {
            move_doses(tx, &own_doses(tx, &by, id)?, &user, zone)?;
        }
        Ok(user)
    })
    .await
}

/// `None`: leave as it is; `Some(None)`: as the clinic has it.
fn meal(errors: &mut FieldErrors, field: &'static str, typed: Option<&str>) -> Option<Option<NaiveTime>> {
    let typed = typed?;
    if typed.trim().is_empty() {
        return Some(None);
    }
    let time = parse_meal_time(typed);
    if time.is_none() {
        errors.add(field, "meal_time_unreadable");
    }
    time.map(Some)
}

fn own_doses(tx: &dyn Reader, caller: &Caller, patient: UserId) -> Result<Access> {
    access::check(tx, caller, patient, Scope::Doses, Mode::Write)
}

/// With a shorter grace period a dose may be overdue sooner than the sweep expects: it looks at once.
fn look_again(tx: &mut WriteTx<'_>, access: &Access) -> Result<()> {
    let mut care = doses::care(tx, access)?;
    let now = tx.now();
    // Never later than it was: what is overdue already must still be found.
    if care.sweep_at.is_some_and(|sweep_at| sweep_at > now) {
        care.sweep_at = Some(now);
        doses::save_care(tx, access, &care)?;
    }
    Ok(())
}
