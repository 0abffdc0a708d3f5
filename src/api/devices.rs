//! Devices that get push messages, and the way out of e-mails.

use std::sync::Arc;

use poem_openapi::param::Query;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::Area;
use super::caller::{Anyone, SignedIn};
use super::input::Body;
use super::output::{Created, Listed, NoContent};
use super::problem::Problem;
use super::types::{Instant, named_lists};
use crate::domain::notifications::devices::{Address, Device};
use crate::flows::devices::{self as flows, TypedAddress};
use crate::flows::unsubscribe::unsubscribe;
use crate::platform::context::Context;
use crate::platform::ids::DeviceId;
use crate::views::devices as views;

/// What carries push messages to a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DeviceKind {
    /// Web Push to a browser.
    WebPush,
    /// Firebase Cloud Messaging to an app.
    Fcm,
}

named_lists! {
    /// What carries push messages to a device.
    DeviceKind as "DeviceKind": WebPush, Fcm;
}

/// Devices.
pub struct DevicesApi(pub Arc<Context>);

/// The keys of a browser's subscription, base64url.
#[derive(Debug, Object)]
pub struct SubscriptionKeys {
    /// The browser's public key on P-256.
    #[oai(validator(max_length = 200))]
    p256dh: String,
    /// The secret shared with the browser.
    #[oai(validator(max_length = 100))]
    auth: String,
}

/// A device that shall get push messages: `PushSubscription.toJSON()` of a browser with `kind` WEB_PUSH, or the
/// registration token of an app with `kind` FCM.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct DeviceRequest {
    /// Browser or app.
    kind: DeviceKind,
    /// WEB_PUSH: the address at the push service, https.
    endpoint: Option<String>,
    /// WEB_PUSH: the keys.
    keys: Option<SubscriptionKeys>,
    /// FCM: the registration token.
    token: Option<String>,
    /// As its owner calls it.
    #[oai(validator(max_length = 100))]
    name: Option<String>,
}

impl DeviceRequest {
    fn address(self) -> (TypedAddress, Option<String>) {
        let keys = self.keys.map(|keys| (keys.p256dh, keys.auth));
        let address = match self.kind {
            DeviceKind::WebPush => TypedAddress::WebPush { endpoint: self.endpoint, keys },
            DeviceKind::Fcm => TypedAddress::Fcm { token: self.token },
        };
        (address, self.name)
    }
}

/// A device that gets push messages. Its address is a secret and not shown.
#[derive(Debug, Object)]
#[oai(rename = "Device", rename_all = "camelCase")]
pub struct DeviceAnswer {
    /// Its id.
    id: DeviceId,
    /// Browser or app.
    kind: DeviceKind,
    /// As its owner calls it.
    name: Option<String>,
    /// When it was registered first.
    registered_at: Instant,
}

impl DeviceAnswer {
    pub(super) fn of(device: Device) -> Self {
        let kind = match device.address {
            Address::WebPush(_) => DeviceKind::WebPush,
            Address::Fcm(_) => DeviceKind::Fcm,
        };
        Self { id: device.id, kind, name: device.name, registered_at: Instant(device.registered_at) }
    }
}

/// What browsers subscribe with.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct PushKey {
    /// Whether Web Push is configured.
    configured: bool,
    /// The clinic's public key, base64url: `applicationServerKey`. Null when Web Push is not configured.
    public_key: Option<String>,
}

#[OpenApi(prefix_path = "/notifications", tag = "Area::Notifications")]
impl DevicesApi {
    /// My devices
    ///
    /// Those that get push messages now. A device counts as long as the session that registered it is open.
    #[oai(path = "/devices", method = "get", operation_id = "list_devices")]
    async fn list(&self, SignedIn(caller): SignedIn) -> Result<Json<Listed<DeviceAnswer>>, Problem> {
        let devices = views::list(&self.0, &caller).await?;
        Ok(Json(Listed::whole(devices.into_iter().map(DeviceAnswer::of).collect())))
    }

    /// Register a device
    ///
    /// A browser's push subscription or an app's FCM token; at most ten for each person. One that is known is
    /// renewed; one that belonged to another person moves to the caller.
    #[oai(path = "/devices", method = "post", operation_id = "register_device")]
    async fn register(
        &self,
        SignedIn(caller): SignedIn,
        Body(wanted): Body<DeviceRequest>,
    ) -> Result<Created<DeviceAnswer>, Problem> {
        let (address, name) = wanted.address();
        Ok(Created(DeviceAnswer::of(flows::register(&self.0, &caller, address, name).await?)))
    }

    /// Remove a device
    ///
    /// It gets no more messages.
    #[oai(path = "/devices", method = "delete", operation_id = "remove_device")]
    async fn remove(&self, SignedIn(caller): SignedIn, id: Query<DeviceId>) -> Result<NoContent, Problem> {
        flows::remove(&self.0, &caller, id.0).await?;
        Ok(NoContent)
    }

    /// No more e-mails of a type
    ///
    /// By the link in an e-mail's header, without sign-in (RFC 8058). Only e-mails of the type that the link names end.
    #[oai(path = "/unsubscribe", method = "post", operation_id = "unsubscribe_from_email")]
    async fn unsubscribe(&self, Anyone(caller): Anyone, token: Query<String>) -> Result<NoContent, Problem> {
        unsubscribe(&self.0, &caller, &token.0).await?;
        Ok(NoContent)
    }

    /// The key that browsers subscribe with
    ///
    /// What a browser needs to subscribe to push messages of this clinic.
    #[oai(path = "/push-key", method = "get", operation_id = "get_push_key")]
    async fn push_key(&self, SignedIn(caller): SignedIn) -> Result<Json<PushKey>, Problem> {
        caller.active()?;
        let key = self.0.push.public_key_base64url();
        Ok(Json(PushKey { configured: key.is_some(), public_key: key.map(str::to_owned) }))
    }
}
