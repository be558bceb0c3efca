//! `resource`.

use std::collections::HashMap;

use lapwing_document::{Node, Resolved};

use crate::{
    AttributeValue, Configuration,
    cursor::{Context, Field, Mapping},
    keys::{ATTRIBUTE, RESOURCE},
    percent::pairs,
};

#[derive(Clone, Copy)]
enum Type {
    String,
    Bool,
    Int,
    Double,
    StringArray,
    BoolArray,
    IntArray,
    DoubleArray,
}

const TYPES: [(&str, Type); 8] = [
    ("string", Type::String),
    ("bool", Type::Bool),
    ("int", Type::Int),
    ("double", Type::Double),
    ("string_array", Type::StringArray),
    ("bool_array", Type::BoolArray),
    ("int_array", Type::IntArray),
    ("double_array", Type::DoubleArray),
];

pub(super) fn resource(cx: &Context, field: Field<'_>, configuration: &mut Configuration) {
    let Some(mapping) = Mapping::open(cx, field, &RESOURCE) else { return };
    configuration.resource_schema_url = mapping.string("schema_url");
    let attributes = &mut configuration.resource;
    let mut lines = HashMap::new();
    if let Some((list, items)) = mapping.items("attributes") {
        for node in items {
            let Some(entry) = Mapping::open(cx, list.item(node), &ATTRIBUTE) else { continue };
            let name = entry.required("name").and_then(|name| Some((name.text(cx)?, name.place())));
            let kind = entry.field("type").map_or(Some(Type::String), |kind| kind.word(cx, &TYPES));
            if entry.present("value").is_none() {
                entry.required("value");
            }
            let Some((name, place)) = name else { continue };
            if let Some(line) = lines.insert(name.to_owned(), place.line) {
                let help = format!("it is first given on line {line}: keep one");
                cx.error(place, format!("duplicate attribute {}", cx.shown(name)), Some(help));
                continue;
            }
            let value = kind.zip(entry.field("value")).and_then(|(kind, field)| value(cx, field, kind));
            attributes.extend(value.map(|value| (name.to_owned(), value)));
        }
    }
    let Some((field, text)) = mapping.field("attributes_list").and_then(|f| Some((f, f.string(cx)?))) else { return };
    match pairs(text) {
        Ok(pairs) => {
            for (name, value) in pairs {
                let value = AttributeValue::String(value);
                match attributes.iter().position(|(known, _)| *known == name) {
                    Some(_) if lines.contains_key(&name) => {}
                    Some(index) => attributes[index].1 = value,
                    None => attributes.push((name, value)),
                }
            }
        }
        Err(flaw) => {
            let help = "write `key=value,key=value`, with `,` `=` `%` in values percent-encoded".to_owned();
            cx.error(field.place(), format!("`attributes_list` {flaw}"), Some(help));
        }
    }
}

fn value(cx: &Context, field: Field<'_>, kind: Type) -> Option<AttributeValue> {
    Some(match kind {
        Type::String => AttributeValue::String(string(cx, field)?),
        Type::Bool => AttributeValue::Bool(field.bool(cx)?),
        Type::Int => AttributeValue::Int(field.integer(cx, i64::MIN..=i64::MAX)?),
        Type::Double => AttributeValue::Double(field.number(cx)?),
        Type::StringArray => AttributeValue::StringArray(all(cx, field, string)?),
        Type::BoolArray => AttributeValue::BoolArray(all(cx, field, |cx, field| field.bool(cx))?),
        Type::IntArray => AttributeValue::IntArray(all(cx, field, |cx, field| field.integer(cx, i64::MIN..=i64::MAX))?),
        Type::DoubleArray => AttributeValue::DoubleArray(all(cx, field, |cx, field| field.number(cx))?),
    })
}

/// A string, with the way out for a value of another type: here the type can be said.
fn string(cx: &Context, field: Field<'_>) -> Option<String> {
    let named = match field.node.scalar().map(|scalar| scalar.resolved) {
        Some(Resolved::Int(_)) => "int",
        Some(Resolved::Float(_)) => "double",
        Some(Resolved::Bool(_)) => "bool",
        _ => return field.string(cx).map(str::to_owned),
    };
    let message = format!("`value` must be a string, found {}", field.node.noun());
    cx.error(field.place(), message, Some(format!("put it in quotes, or add `type: {named}`")));
    None
}

fn all<T>(cx: &Context, field: Field<'_>, read: impl Fn(&Context, Field<'_>) -> Option<T>) -> Option<Vec<T>> {
    let items: &[Node] = field.items(cx)?;
    if items.is_empty() {
        cx.error(field.place(), "`value` is an empty list", Some("leave the attribute out".to_owned()));
        return None;
    }
    items.iter().map(|node| read(cx, field.item(node))).collect()
}
