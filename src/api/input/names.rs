//! Fields that a schema does not know, and numbers where it asks for text.

use poem_openapi::registry::{MetaSchema, MetaSchemaRef, Registry};
use serde_json::{Map, Value};

use super::FIELDS_MAX;
use crate::platform::error::FieldError;
use crate::platform::text::nearest;

/// Schemas that may hold fields that are not named: browsers write a push subscription and add their own.
pub(in crate::api) const OPEN_SCHEMAS: [&str; 3] = ["DeviceRequest", "PaymentMessage", "SubscriptionKeys"];

/// Every field of `value` that `schema` does not know, at any depth, each with the known name that is nearest, and every
/// one that holds a number or a truth value in the place of text.
pub(super) fn unknown_in(registry: &Registry, schema: &MetaSchemaRef, value: &Value) -> Vec<FieldError> {
    let mut search = Search { registry, faults: Vec::new() };
    search.value(schema, value, "");
    search.faults
}

struct Search<'r> {
    registry: &'r Registry,
    faults: Vec<FieldError>,
}

/// What all parts of a schema together say of an object or a list.
#[derive(Default)]
struct Shape<'r> {
    properties: Vec<(&'static str, &'r MetaSchemaRef)>,
    items: Option<&'r MetaSchemaRef>,
    /// The type, where one part names it.
    ty: &'static str,
    /// Values of fields that are not named.
    others: Option<&'r MetaSchemaRef>,
    /// Whether fields that are not named are left alone.
    is_open: bool,
}

impl<'r> Shape<'r> {
    fn add(&mut self, registry: &'r Registry, schema: &'r MetaSchemaRef) {
        let schema: &MetaSchema = match schema {
            MetaSchemaRef::Inline(schema) => schema,
            MetaSchemaRef::Reference(name) => {
                self.is_open |= OPEN_SCHEMAS.contains(&name.as_str());
                let Some(schema) = registry.schemas.get(name) else { return };
                schema
            }
        };
        self.properties.extend(schema.properties.iter().map(|(name, property)| (*name, property)));
        self.ty = if self.ty.is_empty() { schema.ty } else { self.ty };
        self.items = self.items.or(schema.items.as_deref());
        self.others = self.others.or(schema.additional_properties.as_deref());
        for part in schema.all_of.iter().chain(&schema.any_of).chain(&schema.one_of) {
            self.add(registry, part);
        }
    }
}

impl<'r> Search<'r> {
    fn value<'v>(&mut self, schema: &'v MetaSchemaRef, value: &Value, path: &str)
    where
        'r: 'v,
    {
        if value.is_null() || value.is_string() || self.faults.len() >= FIELDS_MAX {
            return;
        }
        let mut shape = Shape::default();
        shape.add(self.registry, schema);
        match value {
            Value::Object(members) => self.object(&shape, members, path),
            Value::Array(items) => {
                let Some(item_schema) = shape.items else { return };
                for (place, item) in items.iter().enumerate() {
                    self.value(item_schema, item, &format!("{path}[{place}]"));
                }
            }
            // The framework would take a number or a truth value for its text.
            Value::Number(_) | Value::Bool(_) if shape.ty == "string" => {
                let field = if path.is_empty() { "body" } else { path };
                self.faults.push(FieldError::new(field, "field_string"));
            }
            _ => {}
        }
    }

    fn object(&mut self, shape: &Shape<'_>, members: &Map<String, Value>, path: &str) {
        // A schema without any property is free.
        let is_free = shape.is_open || (shape.properties.is_empty() && shape.others.is_none());
        for (name, value) in members {
            if self.faults.len() >= FIELDS_MAX {
                return;
            }
            let inside = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            let property = shape.properties.iter().find(|(known, _)| known == name);
            match property.map(|(_, property)| *property).or(shape.others) {
                Some(property) => self.value(property, value, &inside),
                None if is_free => {}
                None => self.faults.push(unknown(inside, name, shape)),
            }
        }
    }
}

fn unknown(path: String, name: &str, shape: &Shape<'_>) -> FieldError {
    let known: Vec<&str> = shape.properties.iter().map(|(name, _)| *name).collect();
    unknown_name(path, name, &known)
}

/// The fault of a name that is not among the `known` ones, with the nearest of them.
pub(in crate::api) fn unknown_name(path: String, name: &str, known: &[&str]) -> FieldError {
    match nearest(name, known.iter().copied()) {
        Some(nearest) => FieldError::new(path, "field_unknown_near").with("nearest", nearest),
        None => FieldError::new(path, "field_unknown").with("known", known.join(", ")),
    }
}
