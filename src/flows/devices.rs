//! Devices that get push messages.

use super::sessions::own_session;
use crate::domain::auth::model::Caller;
use crate::domain::auth::tables::is_open;
use crate::domain::gate;
use crate::domain::notifications::devices::{self, Address, DEVICES, Device, NewDevice};
use crate::domain::users::rules::{check_text, keep};
use crate::platform::context::Context;
use crate::platform::error::{Error, FieldErrors, Result};
use crate::platform::ids::DeviceId;
use crate::platform::secret::Phi;
use crate::platform::store::Reader;

/// Longest registration token of an app.
const TOKEN_LENGTH_MAX: usize = 4_096;

/// An address as a client gives it.
#[derive(Debug, Clone)]
pub enum TypedAddress {
    /// A browser's subscription.
    WebPush {
        /// Its address at the push service.
        endpoint: Option<String>,
        /// The browser's public key and its secret, both base64url.
        keys: Option<(String, String)>,
    },
    /// An app's registration token.
    Fcm {
        /// The token.
        token: Option<String>,
    },
}

/// Registers a device of the caller, or renews it.
///
/// # Errors
/// `account_not_active`; names every bad field; `devices_too_many`.
pub async fn register(
    context: &Context,
    caller: &Caller,
    address: TypedAddress,
    name: Option<String>,
) -> Result<Device> {
    let (user, session) = (caller.active()?, own_session(caller)?);
    let mut errors = FieldErrors::new();
    let name = name.and_then(|name| keep(&mut errors, check_text("name", &name)));
    let address = errors.take(read(context, address))?;
    errors.finish()?;
    let Some(address) = address else { return Err(Error::internal("a checked field is missing")) };
    gate::write(context, caller, "device.register", move |tx| {
        let new = NewDevice { address: address.clone(), name: name.clone(), session };
        let device = devices::register(tx, user, new, is_open)?;
        let mut trail = tx.trail();
        trail.resource = Some(("device", device.id.to_string()));
        trail.change = Some(serde_json::json!({ "carrier": device.address.carrier() }));
        Ok(device)
    })
    .await
}

fn read(context: &Context, typed: TypedAddress) -> Result<Address> {
    let mut errors = FieldErrors::new();
    match typed {
        TypedAddress::WebPush { endpoint, keys } => {
            if endpoint.is_none() {
                errors.add("endpoint", "field_required");
            }
            if keys.is_none() {
                errors.add("keys", "field_required");
            }
            errors.finish()?;
            let (endpoint, (p256dh, auth)) = (endpoint.unwrap_or_default(), keys.unwrap_or_default());
            context.push.subscription(&endpoint, &p256dh, &auth).map(Address::WebPush)
        }
        TypedAddress::Fcm { token } => {
            let token = token.unwrap_or_default();
            let fits = token.len() <= TOKEN_LENGTH_MAX && token.bytes().all(|byte| byte.is_ascii_graphic());
            if token.is_empty() {
                errors.add("token", "field_required");
            } else if !fits {
                errors.add("token", "device_token_invalid");
            }
            errors.finish()?;
            Ok(Address::Fcm(Phi::new(token)))
        }
    }
}

/// Removes a device of the caller.
///
/// # Errors
/// `device_not_found`.
pub async fn remove(context: &Context, caller: &Caller, id: DeviceId) -> Result<()> {
    let user = caller.user_id()?;
    gate::write(context, caller, "device.remove", move |tx| {
        tx.trail().resource = Some(("device", id.to_string()));
        match DEVICES.delete(tx, &(user, id))? {
            Some(_) => Ok(()),
            None => Err(Error::not_found("device_not_found")),
        }
    })
    .await
}
