//! The actions of a sync, each judged alone: one that cannot be read keeps no other back.
//!
//! # What stays accepted
//! Devices keep actions for weeks and send them with the program that was current when they were recorded. A field or
//! a value that was accepted here once stays accepted for twelve months: only add to [`SyncAction`], and mark what is
//! to go as deprecated with the month in which it may.

use std::borrow::Cow;

use chrono_tz::Tz;
use poem_openapi::Object;
use poem_openapi::registry::{MetaSchema, MetaSchemaRef, Registry};
use poem_openapi::types::{ParseFromJSON, ParseResult, ToJSON, Type};
use serde_json::Value;

use crate::api::input;
use crate::api::types::Moment;
use crate::domain::doses::model::SkipReason;
use crate::flows::doses::{self as flows, ActionKind};

/// One action recorded without a connection.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct SyncAction {
    /// The client's id for it, by which a replay is known; at most 64 bytes.
    pub(in crate::api) client_id: String,
    /// Which dose.
    pub(in crate::api) dose_id: String,
    /// What was done.
    pub(in crate::api) action: ActionKind,
    /// When, by the device's clock. A time without a zone is meant in the clinic's.
    pub(in crate::api) at: Moment,
    /// Why it was left out; OTHER when not said.
    pub(in crate::api) reason: Option<SkipReason>,
}

/// Most characters of an unreadable action's ids that are sent back.
const SHOWN_MAX: usize = 64;

/// An action as it was sent: documented as a [`SyncAction`], read one by one.
#[derive(Debug)]
pub struct SentAction(Value);

impl SentAction {
    /// The action, or what is wrong with it.
    pub(in crate::api) fn read(self, zone: Tz) -> flows::Sent {
        match input::parse::<SyncAction>(self.0.to_string().as_bytes()) {
            Ok(action) => flows::Sent::Action(flows::Action {
                client_id: action.client_id,
                dose_id: action.dose_id,
                kind: action.action,
                at: action.at.resolve(zone),
                reason: action.reason,
            }),
            Err(error) => flows::Sent::Unreadable {
                client_id: self.shown("clientId"),
                dose_id: self.shown("doseId"),
                error,
            },
        }
    }

    /// A text of an action that cannot be read, so that the client finds it again.
    fn shown(&self, name: &str) -> String {
        let text = self.0.get(name).and_then(Value::as_str).unwrap_or_default();
        text.chars().take(SHOWN_MAX).collect()
    }
}

impl Type for SentAction {
    const IS_REQUIRED: bool = true;
    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        SyncAction::name()
    }

    fn schema_ref() -> MetaSchemaRef {
        SyncAction::schema_ref()
    }

    fn register(registry: &mut Registry) {
        SyncAction::register(registry);
        // What is wrong inside an action is no fault of the call.
        if let Some(schema) = registry.schemas.get_mut(SyncAction::name().as_ref()) {
            schema.additional_properties = Some(Box::new(MetaSchemaRef::Inline(Box::new(MetaSchema::ANY))));
        }
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new(self.as_raw_value().into_iter())
    }
}

impl ParseFromJSON for SentAction {
    fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
        Ok(Self(value.unwrap_or_default()))
    }
}

impl ToJSON for SentAction {
    fn to_json(&self) -> Option<Value> {
        Some(self.0.clone())
    }
}
