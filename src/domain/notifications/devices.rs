//! Browsers and telephones that get push messages, and their table.
//!
//! # Why a device lives and ends with a session
//! A message on a locked screen is seen by whoever holds the device. Whoever signs out there, or is signed out by
//! a new password, a change of role or the clinic, gets nothing more on it: a device counts only while the session
//! that registered it is open. Clients register at every start, which moves the device to the session of that
//! moment. An address that another person registers moves to them: the telephone is shared, and they are signed in.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::model::Carrier;
use crate::platform::clock::Timestamp;
use crate::platform::error::{Error, Result};
use crate::platform::ids::{DeviceId, SessionId, UserId};
use crate::platform::push::Subscription;
use crate::platform::secret::Phi;
use crate::platform::store::{Entries, Index, Reader, Table, WriteTx};

/// Devices of one person.
pub const DEVICES_MAX: usize = 10;

/// Devices by person, oldest first.
pub const DEVICES: Table<(UserId, DeviceId), Device> = Table::new(82, "devices").indexed(index);
/// By what tells one address from another: an address belongs to one person.
const BY_ADDRESS: Index<[u8; 32], (UserId, DeviceId)> = Index::unique(82, 1, "device_exists");

fn index(_: &(UserId, DeviceId), device: &Device, entries: &mut Entries) {
    entries.add(&BY_ADDRESS, &device.address.digest());
}

/// Where push messages to a device go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Address {
    /// A browser's subscription.
    WebPush(Subscription),
    /// The registration token of an app.
    Fcm(Phi<String>),
}

impl Address {
    /// What carries messages there.
    pub const fn carrier(&self) -> Carrier {
        match self {
            Self::WebPush(_) => Carrier::WebPush,
            Self::Fcm(_) => Carrier::Fcm,
        }
    }

    fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        match self {
            Self::WebPush(subscription) => {
                hash.update([1]);
                hash.update(subscription.endpoint().reveal());
            }
            Self::Fcm(token) => {
                hash.update([2]);
                hash.update(token.reveal());
            }
        }
        hash.finalize().into()
    }
}

/// A browser or telephone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// Where messages go.
    pub address: Address,
    /// As its owner calls it.
    #[serde(default)]
    pub name: Option<String>,
    /// The session that registered it.
    pub session: SessionId,
    /// When it was registered first.
    pub registered_at: Timestamp,
}

/// What is to be registered.
#[derive(Debug, Clone)]
pub struct NewDevice {
    /// Where messages go.
    pub address: Address,
    /// As its owner calls it.
    pub name: Option<String>,
    /// The session that registers it.
    pub session: SessionId,
}

/// Registers a device of `user`, or renews it when its address is known; `is_open` says whether a session is.
///
/// # Errors
/// `devices_too_many`.
pub fn register(
    tx: &mut WriteTx<'_>,
    user: UserId,
    new: NewDevice,
    is_open: impl Fn(&dyn Reader, SessionId) -> Result<bool>,
) -> Result<Device> {
    let (mut id, mut registered_at) = (tx.new_id()?, tx.now());
    if let Some(key) = BY_ADDRESS.find(tx, &new.address.digest())?
        && let Some(known) = DEVICES.delete(tx, &key)?
        && key.0 == user
    {
        (id, registered_at) = (known.id, known.registered_at);
    }
    // What ended with its session makes room.
    for (key, device) in DEVICES.list_prefix(tx, &user)? {
        if !is_open(tx, device.session)? {
            DEVICES.delete(tx, &key)?;
        }
    }
    if DEVICES.list_prefix(tx, &user)?.len() >= DEVICES_MAX {
        return Err(Error::conflict("devices_too_many").with("max", DEVICES_MAX));
    }
    let device = Device { id, address: new.address, name: new.name, session: new.session, registered_at };
    DEVICES.put(tx, &(user, id), &device)?;
    Ok(device)
}

/// The devices of `user` that get messages now, oldest first.
///
/// # Errors
/// When the store cannot be read.
pub fn live(
    tx: &dyn Reader,
    user: UserId,
    is_open: impl Fn(&dyn Reader, SessionId) -> Result<bool>,
) -> Result<Vec<Device>> {
    let mut live = Vec::new();
    for (_, device) in DEVICES.list_prefix(tx, &user)? {
        if is_open(tx, device.session)? {
            live.push(device);
        }
    }
    Ok(live)
}

/// Forgets all devices of `user`.
///
/// # Errors
/// When the store cannot be read.
pub fn forget_all(tx: &mut WriteTx<'_>, user: UserId) -> Result<()> {
    for (key, _) in DEVICES.list_prefix(tx, &user)? {
        DEVICES.delete(tx, &key)?;
    }
    Ok(())
}
