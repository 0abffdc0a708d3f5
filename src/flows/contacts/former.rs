//! The last word to a contact that ended.
//!
//! Passes the gate by: no caller acts here, and what was told is told.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::users::contacts::FormerEnd;
use crate::domain::users::tables as users;
use crate::flows::{delivery, letters};
use crate::platform::context::Context;
use crate::platform::error::Result;
use crate::platform::ids::UserId;
use crate::platform::jobs::{Job, Jobs};
use crate::platform::store::WriteTx;

/// Tells a contact that it ended. Names the place where the contact is kept until then, never the contact.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TellFormer {
    /// Whose it was.
    pub user: UserId,
    /// Which of their former contacts.
    pub number: u32,
    /// What happened.
    pub end: FormerEnd,
}

impl Job for TellFormer {
    const NAME: &'static str = "tell-former-contact";
    const QUEUE: &'static str = delivery::CODES;
    const MAX_ATTEMPTS: u32 = 20;
}

/// Registers what this file does as a job.
pub fn register(jobs: &mut Jobs) {
    jobs.register::<TellFormer, _, _>(tell_former);
}

/// Handler of [`TellFormer`].
async fn tell_former(context: Arc<Context>, job: TellFormer) -> Result<()> {
    let user = context.store.read(|tx| users::require(tx, job.user))?;
    let former = user.contacts.iter().flat_map(|contacts| &contacts.former);
    let Some(former) = former.into_iter().find(|former| former.number == job.number).cloned() else {
        return Ok(());
    };
    // One that nothing can reach is told nothing, and is not kept for it either.
    if delivery::carries(&context, former.kind) {
        let (clinic, language) = (&context.settings.clinic, user.preferences.language);
        let id = format!("{}-former-{}", job.user, job.number);
        let letter = || letters::of_former_contact(clinic, job.end, language);
        let text = || letters::text_of_former_contact(clinic, job.end, language);
        let to = (job.user, former.kind, &former.address);
        delivery::send_direct(&context, to, id, letter, text).await?;
    }
    // Told, or it will never be taken: nothing is left to do.
    let told = move |tx: &mut WriteTx<'_>| {
        let mut user = users::require(tx, job.user)?;
        user.forget_former(job.number);
        users::save(tx, &user)
    };
    context.store.write(told).await
}
