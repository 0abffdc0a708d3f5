//! Request bodies. [`Body`] reports every bad field, not the first.
//!
//! # Why a walk of the schema
//! The framework's parser stops at the first bad field. It stays the judge of what is accepted; when it refuses,
//! the JSON is held against the schema that the OpenAPI document publishes for the type, and every field that
//! does not fit is named. So the document and the messages cannot disagree.
//!
//! # Unknown fields
//! A field that the schema does not know is an error in every body, with the known name that is nearest: a limit
//! that is lost in silence may be a life. Only what browsers fill in by themselves may hold more (`names::OPEN_SCHEMAS`).
//! An operation without a body takes none: `refuse_untaken`.

mod json;
mod names;
mod unreadable;

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use bytes::Bytes;
use chrono::{NaiveDate, NaiveTime};
use poem::{Request, RequestBody, Result};
use poem_openapi::registry::{MetaMediaType, MetaRequest, MetaSchema, MetaSchemaRef, Registry};
use poem_openapi::types::ParseFromJSON;
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};
use regex::Regex;
use serde_json::{Map, Value};
use uuid::Uuid;

pub(super) use names::{OPEN_SCHEMAS, unknown_name};

use super::caller::info_of;
use super::incoming::{self, is_json};
use super::problem::{Problem, unsupported_media_type};
use super::types::parse_moment;
use crate::platform::error::{Error, FieldError};
use crate::platform::text::turns_or_breaks;

/// Most bad fields named in one answer.
pub(super) const FIELDS_MAX: usize = 100;

/// A JSON body of type `T`.
pub struct Body<T>(pub T);

impl<'a, T: ParseFromJSON + 'static> ApiExtractor<'a> for Body<T> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        T::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        Some(MetaRequest {
            description: None,
            content: vec![MetaMediaType {
                content_type: "application/json; charset=utf-8",
                schema: T::schema_ref(),
            }],
            required: T::IS_REQUIRED,
        })
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _options: ExtractParamOptions<()>,
    ) -> Result<Self> {
        Ok(Self(parse(&read_json::<T>(request, body).await?).map_err(Problem::from)?))
    }
}

/// The bytes of a JSON body. One of another kind is refused before it is read: nobody is asked to send it.
///
/// # Errors
/// `media_type_not_supported`, and those of [`incoming::read`].
pub(super) async fn read_json<T: ParseFromJSON>(request: &Request, body: &mut RequestBody) -> Result<Bytes> {
    let (body, kind) = (body.take()?, request.content_type());
    let is_typed = kind.is_some_and(is_json);
    let refused = || Err(unsupported_media_type("application/json").into());
    // A body that may be left out may also come without a type.
    let may_lack_type = !T::IS_REQUIRED && (body.is_empty() || kind.is_none());
    if !is_typed && !may_lack_type {
        return refused();
    }
    let bytes = incoming::read(info_of(request)?, body).await?;
    if is_typed || bytes.is_empty() { Ok(bytes) } else { refused() }
}

/// Refuses fields that were sent to an operation that takes no body: somebody meant something by them. Nothing in braces
/// says nothing, and forms are left alone: mail programs send one to unsubscribe (RFC 8058).
///
/// # Errors
/// Names every field that was sent; those of [`incoming::read`].
pub(super) async fn refuse_untaken(request: &Request, body: &mut RequestBody) -> Result<()> {
    let info = info_of(request)?;
    let takes_none = info.route.get().is_some_and(|route| route.takes_no_body(request.method()));
    if !takes_none {
        return Ok(());
    }
    let body = body.take()?;
    if body.is_empty() {
        return Ok(());
    }
    let bytes = incoming::read(info, body).await?;
    let is_typed = request.content_type().is_some_and(is_json);
    let fields = match serde_json::from_slice(&bytes) {
        Ok(Value::Object(members)) => members.into_iter().map(|(name, _)| name).take(FIELDS_MAX).collect(),
        Ok(Value::Null) => Vec::new(),
        Ok(_) => vec!["body".to_owned()],
        Err(_) if !is_typed || bytes.iter().all(u8::is_ascii_whitespace) => Vec::new(),
        Err(_) => vec!["body".to_owned()],
    };
    if fields.is_empty() {
        return Ok(());
    }
    let fault = |name: String| FieldError::new(name, "field_not_taken");
    Err(Problem::from(Error::invalid_fields(fields.into_iter().map(fault).collect())).into())
}

/// Reads a `T` from JSON text.
///
/// # Errors
/// Names every field that does not fit the schema of `T` or that it does not know.
pub fn parse<T: ParseFromJSON + 'static>(bytes: &[u8]) -> Result<T, Error> {
    let value: Value = if bytes.is_empty() {
        Value::Null
    } else {
        let read = json::read(bytes).map_err(|error| {
            Error::invalid("body", "body_unreadable").context(format!("line {}", error.line()))
        })?;
        read.map_err(|name| Error::invalid(name, "field_twice"))?
    };
    let registry = registry_of::<T>();
    let mut unknown = names::unknown_in(&registry, &T::schema_ref(), &value);
    unknown.extend(unreadable::unreadable_in(&value));
    let parsed = T::parse_from_json(Some(value));
    let (mut faults, context) = match parsed {
        Ok(parsed) if unknown.is_empty() => return Ok(parsed),
        Ok(_) => (Vec::new(), "unknown fields, or texts that cannot be shown".to_owned()),
        Err(refusal) => {
            let value = serde_json::from_slice(bytes).unwrap_or(Value::Null);
            let mut walk = Walk { registry: &registry, faults: Vec::new() };
            walk.check(&T::schema_ref(), &value, "");
            (walk.faults, refusal.into_message())
        }
    };
    let is_new = |fault: &FieldError| !faults.iter().any(|known| known.field == fault.field);
    let unknown: Vec<FieldError> = unknown.into_iter().filter(is_new).collect();
    faults.extend(unknown);
    if faults.is_empty() {
        faults.push(FieldError::new("body", "body_invalid"));
    }
    faults.truncate(FIELDS_MAX);
    Err(Error::invalid_fields(faults).context(context))
}

/// The schemas that `T` consists of, put together once for each type.
fn registry_of<T: ParseFromJSON + 'static>() -> Arc<Registry> {
    static KNOWN: LazyLock<RwLock<HashMap<TypeId, Arc<Registry>>>> = LazyLock::new(RwLock::default);
    let id = TypeId::of::<T>();
    if let Some(registry) = KNOWN.read().unwrap_or_else(PoisonError::into_inner).get(&id) {
        return Arc::clone(registry);
    }
    let mut registry = Registry::new();
    T::register(&mut registry);
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(known.entry(id).or_insert_with(|| Arc::new(registry)))
}

struct Walk<'a> {
    registry: &'a Registry,
    faults: Vec<FieldError>,
}

impl Walk<'_> {
    fn fault(&mut self, path: &str, code: &'static str) {
        self.push(path, FieldError::new("", code));
    }

    fn push(&mut self, path: &str, mut fault: FieldError) {
        fault.field = if path.is_empty() { "body".to_owned() } else { path.to_owned() };
        // A field that is given twice by its schema is named once.
        if self.faults.len() < FIELDS_MAX && !self.faults.iter().any(|known| known.field == fault.field) {
            self.faults.push(fault);
        }
    }

    fn check(&mut self, schema: &MetaSchemaRef, value: &Value, path: &str) {
        if self.faults.len() >= FIELDS_MAX {
            return;
        }
        match schema {
            MetaSchemaRef::Inline(schema) => self.check_schema(schema, value, path),
            MetaSchemaRef::Reference(name) => {
                if let Some(schema) = self.registry.schemas.get(name) {
                    self.check_schema(schema, value, path);
                }
            }
        }
    }

    fn check_schema(&mut self, schema: &MetaSchema, value: &Value, path: &str) {
        if value.is_null() && schema.nullable {
            return;
        }
        for part in &schema.all_of {
            self.check(part, value, path);
        }
        let branches = if schema.any_of.is_empty() { &schema.one_of } else { &schema.any_of };
        if !branches.is_empty() {
            self.check_branches(branches, value, path);
        }
        if !schema.enum_items.is_empty() {
            if !schema.enum_items.contains(value) {
                let allowed: Vec<&str> = schema.enum_items.iter().filter_map(Value::as_str).collect();
                self.push(path, FieldError::new("", "field_choice").with("choices", allowed.join(", ")));
            }
            return;
        }
        match (schema.ty, value) {
            ("object", Value::Object(members)) => self.check_object(schema, members, path),
            ("array", Value::Array(items)) => self.check_array(schema, items, path),
            ("string", Value::String(text)) => self.check_string(schema, text, path),
            ("integer", Value::Number(number)) if number.is_i64() || number.is_u64() => {
                self.check_number(schema, number.as_f64(), path);
            }
            ("number", Value::Number(number)) => self.check_number(schema, number.as_f64(), path),
            ("boolean", Value::Bool(_)) | ("", _) => {}
            ("object", _) => self.fault(path, "field_object"),
            ("array", _) => self.fault(path, "field_array"),
            ("string", _) => self.fault(path, "field_string"),
            ("integer", _) => self.fault(path, "field_integer"),
            ("number", _) => self.fault(path, "field_number"),
            ("boolean", _) => self.fault(path, "field_boolean"),
            _ => {}
        }
    }

    /// One of the branches must fit. When none does, the faults of the nearest one are shown.
    fn check_branches(&mut self, branches: &[MetaSchemaRef], value: &Value, path: &str) {
        let nearest = branches
            .iter()
            .map(|branch| {
                let mut walk = Walk { registry: self.registry, faults: Vec::new() };
                walk.check(branch, value, path);
                walk.faults
            })
            .min_by_key(Vec::len)
            .unwrap_or_default();
        for fault in nearest {
            let field = fault.field.clone();
            self.push(&field, fault);
        }
    }

    fn check_object(&mut self, schema: &MetaSchema, members: &Map<String, Value>, path: &str) {
        let inside = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        for (name, property) in &schema.properties {
            let required = schema.required.contains(name);
            match members.get(*name) {
                None | Some(Value::Null) if required => self.fault(&inside(name), "field_required"),
                None | Some(Value::Null) => {}
                Some(value) => self.check(property, value, &inside(name)),
            }
        }
        if let Some(property) = &schema.additional_properties {
            let known = |name: &String| schema.properties.iter().any(|(property, _)| property == name);
            for (name, value) in members.iter().filter(|(name, _)| !known(name)) {
                self.check(property, value, &inside(name));
            }
        }
    }

    fn check_array(&mut self, schema: &MetaSchema, items: &[Value], path: &str) {
        let count = items.len();
        if let Some(min) = schema.min_items.filter(|&min| count < min) {
            self.push(path, FieldError::new("", "field_items_min").with("min", min));
        }
        if let Some(max) = schema.max_items.filter(|&max| count > max) {
            self.push(path, FieldError::new("", "field_items_max").with("max", max));
            return;
        }
        if let Some(item_schema) = &schema.items {
            for (place, item) in items.iter().enumerate() {
                self.check(item_schema, item, &format!("{path}[{place}]"));
            }
        }
    }

    fn check_string(&mut self, schema: &MetaSchema, text: &str, path: &str) {
        // What turns the direction of writing makes a text look like another one.
        if text.chars().any(turns_or_breaks) {
            return self.fault(path, "text_unreadable");
        }
        let length = text.chars().count();
        if let Some(min) = schema.min_length.filter(|&min| length < min) {
            return self.push(path, FieldError::new("", "field_length_min").with("min", min));
        }
        if let Some(max) = schema.max_length.filter(|&max| length > max) {
            return self.push(path, FieldError::new("", "field_length_max").with("max", max));
        }
        let code = match schema.format {
            Some("uuid") if Uuid::parse_str(text).is_err() => "field_uuid",
            Some("date" | "naive-date") if text.parse::<NaiveDate>().is_err() => "field_date",
            Some("date-time") if parse_moment(text).is_none() => "field_date_time",
            Some("time" | "naive-time") if !is_time(text) => "field_time",
            _ => match &schema.pattern {
                Some(pattern) if Regex::new(pattern).is_ok_and(|pattern| !pattern.is_match(text)) => {
                    "field_pattern"
                }
                _ => return,
            },
        };
        self.fault(path, code);
    }

    fn check_number(&mut self, schema: &MetaSchema, number: Option<f64>, path: &str) {
        let Some(number) = number else { return };
        let below = |min: f64| number < min || (schema.exclusive_minimum == Some(true) && number <= min);
        let above = |max: f64| number > max || (schema.exclusive_maximum == Some(true) && number >= max);
        match (schema.minimum, schema.maximum) {
            (Some(min), Some(max)) if below(min) || above(max) => {
                self.push(path, FieldError::new("", "field_range").with("min", min).with("max", max));
            }
            (Some(min), None) if below(min) => {
                self.push(path, FieldError::new("", "field_number_min").with("min", min));
            }
            (None, Some(max)) if above(max) => {
                self.push(path, FieldError::new("", "field_number_max").with("max", max));
            }
            _ => self.check_whole_range(schema, number, path),
        }
    }

    /// Integers must also fit the type that holds them.
    fn check_whole_range(&mut self, schema: &MetaSchema, number: f64, path: &str) {
        let (min, max) = match schema.format {
            Some("int8") => (f64::from(i8::MIN), f64::from(i8::MAX)),
            Some("int16") => (f64::from(i16::MIN), f64::from(i16::MAX)),
            Some("int32") => (f64::from(i32::MIN), f64::from(i32::MAX)),
            Some("uint8") => (0.0, f64::from(u8::MAX)),
            Some("uint16") => (0.0, f64::from(u16::MAX)),
            Some("uint32") => (0.0, f64::from(u32::MAX)),
            Some("uint64") => (0.0, f64::MAX),
            _ => return,
        };
        if number < min || number > max {
            self.push(path, FieldError::new("", "field_range").with("min", min).with("max", max));
        }
    }
}

fn is_time(text: &str) -> bool {
    ["%H:%M", "%H:%M:%S"].iter().any(|format| NaiveTime::parse_from_str(text, format).is_ok())
}
