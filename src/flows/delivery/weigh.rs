//! What an attempt says of the carrier, and of the address.
//!
//! Passes the gate by: no caller acts here, and what was sent is kept on the message itself.

use sha2::{Digest, Sha256};

use super::direct::{CODES, carrier_of};
use super::outcome::Outcome;
use super::{tell_admins_of_email, tell_owner};
use crate::domain::notifications::devices::DEVICES;
use crate::domain::notifications::health::{
    self, Place, TRIED_FOR, TROUBLED, Trouble, is_failing, note_failure, note_success, note_trouble,
    people_in_trouble,
};
use crate::domain::notifications::model::Carrier;
use crate::domain::notifications::params::{Params, Word};
use crate::domain::users::contacts::ContactKind;
use crate::domain::users::tables as users;
use crate::platform::clock::Span;
use crate::platform::error::{Error, Result};
use crate::platform::ids::{DeviceId, UserId};
use crate::platform::jobs;
use crate::platform::outbound::Fault;
use crate::platform::secret::Phi;
use crate::platform::store::{Reader, WriteTx};
use crate::platform::text::hex;

/// Errands that are brought forward when a carrier works again; more than that come by themselves.
const HASTENED_MAX: usize = 5_000;
/// After a shorter failure what waits comes soon enough by itself.
const HASTENED_AFTER: Span = Span::minutes(1);
/// One person's addresses say nothing about the carrier; those of so many people do.
const PEOPLE: usize = 2;
/// When more people than this are refused, it is no matter of single addresses for the admins to decide.
const SINGLE_ADDRESSES_MAX: usize = 3;

/// Where a message was to go.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) carrier: Carrier,
    pub(super) person: UserId,
    pub(super) device: Option<DeviceId>,
    /// The server, for carriers whose addresses name one.
    pub(super) server: String,
    /// A digest of the address.
    pub(super) address: String,
}

impl Target {
    /// An e-mail address or phone of a person.
    pub(super) fn contact(person: UserId, kind: ContactKind, address: &Phi<String>) -> Self {
        let address = digest(address.reveal());
        Self { carrier: carrier_of(kind), person, device: None, server: String::new(), address }
    }

    fn place(&self) -> Place {
        (self.carrier.queue().to_owned(), self.person, self.device)
    }
}

/// What tells one address from another without keeping it.
pub(super) fn digest(address: &str) -> String {
    let [a, b, c, d, e, f, g, h, ..] = <[u8; 32]>::from(Sha256::digest(address));
    hex(&[a, b, c, d, e, f, g, h])
}

/// Notes what an attempt says of its carrier and address, and decides what is doubtful.
pub(super) fn weigh(tx: &mut WriteTx<'_>, target: &Target, outcome: Outcome) -> Result<Outcome> {
    let carrier = target.carrier;
    match outcome {
        Outcome::Sent => {
            let failing_since = note_success(tx, carrier, &target.place(), &target.server)?;
            // A carrier that works again sends at once what waited for it.
            if failing_since.is_some_and(|since| tx.now().since(since) >= HASTENED_AFTER) {
                jobs::hasten(tx, carrier.queue(), HASTENED_MAX)?;
                if carrier == Carrier::Email {
                    jobs::hasten(tx, CODES, HASTENED_MAX)?;
                }
            }
        }
        Outcome::Gone(_) => health::forget_trouble(tx, &target.place())?,
        Outcome::Later { ref error, fault: Fault::Carrier } => note_failure(tx, carrier, error.code())?,
        Outcome::Later { error, fault: Fault::Address } => return of_address(tx, target, error),
        Outcome::Doubtful { error, condemns } => return decide(tx, target, error, condemns),
        Outcome::Refused(_) | Outcome::NotConfigured | Outcome::NoAddress => {}
    }
    Ok(outcome)
}

/// Notes the trouble of one address; that of several people is the carrier's.
fn trouble(tx: &mut WriteTx<'_>, target: &Target, error: &Error) -> Result<(Trouble, bool, usize)> {
    let (carrier, named) = (target.carrier, (target.address.as_str(), error.code()));
    let (trouble, is_alone) = note_trouble(tx, carrier, &target.place(), &target.server, named)?;
    let people = people_in_trouble(tx, carrier, SINGLE_ADDRESSES_MAX + 1)?;
    if people >= PEOPLE {
        note_failure(tx, carrier, error.code())?;
    }
    Ok((trouble, is_alone, people))
}

fn of_address(tx: &mut WriteTx<'_>, target: &Target, error: Error) -> Result<Outcome> {
    let (trouble, _, _) = trouble(tx, target, &error)?;
    let is_given_up = target.carrier == Carrier::WebPush
        && tx.now().since(trouble.since) >= TRIED_FOR
        && health::accepted(tx, target.carrier, "")?.at > trouble.since
        && !is_failing(tx, target.carrier)?;
    if is_given_up {
        health::forget_trouble(tx, &target.place())?;
        return Ok(Outcome::Gone("push_endpoint_silent"));
    }
    Ok(Outcome::Later { error, fault: Fault::Address })
}

/// Decides whose fault a refusal is that may be the address's, the message's or ours.
fn decide(
    tx: &mut WriteTx<'_>,
    target: &Target,
    error: Error,
    condemns: Option<&'static str>,
) -> Result<Outcome> {
    let carrier = target.carrier;
    let worked = health::worked_lately(tx, carrier)?;
    let (mut trouble, is_alone, people) = trouble(tx, target, &error)?;
    let Some(code) = condemns else {
        let is_ours = people >= PEOPLE;
        return Ok(if is_ours {
            Outcome::Later { error, fault: Fault::Carrier }
        } else {
            Outcome::Refused(error)
        });
    };
    if is_alone {
        health::forget_trouble(tx, &target.place())?;
        return Ok(Outcome::Gone(code));
    }
    if carrier == Carrier::Email && !worked {
        note_failure(tx, carrier, error.code())?;
    }
    if tx.now().since(trouble.since) < TRIED_FOR || people > SINGLE_ADDRESSES_MAX {
        return Ok(Outcome::Later { error, fault: Fault::Address });
    }
    if carrier == Carrier::Email && trouble.told_at.is_none() {
        trouble.told_at = Some(tx.now());
        TROUBLED.put(tx, &target.place(), &trouble)?;
        tell_admins_of_email(tx, target.person, "email_doubtful")?;
    }
    Ok(Outcome::Refused(error))
}

/// Gives a dead address up and tells its owner, of an e-mail address also the admins.
pub(super) fn give_up(tx: &mut WriteTx<'_>, target: &Target) -> Result<()> {
    match (target.carrier, target.device) {
        (Carrier::Email, _) => {
            let Some(mut user) = users::USERS.get(tx, &target.person)? else { return Ok(()) };
            // It may have been corrected while the letter was under way.
            if user.email.as_ref().is_none_or(|email| digest(email.reveal()) != target.address) {
                return Ok(());
            }
            user.refused_email.clone_from(&user.email);
            users::save(tx, &user)?;
            tell_owner(tx, user.id, "email_refused", Params::new())?;
            tell_admins_of_email(tx, user.id, "email_dead")
        }
        (_, Some(id)) => {
            let Some(device) = DEVICES.delete(tx, &(target.person, id))? else { return Ok(()) };
            let params = match device.name {
                Some(name) => Params::new().text("device", name),
                None => Params::new().word("device", Word::new("carrier", target.carrier.queue())),
            };
            tell_owner(tx, target.person, "device_gone", params)
        }
        _ => Ok(()),
    }
}
