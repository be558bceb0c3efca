//! Labels of instruments.

use lapwing_document::{Node, Place, Value};

use crate::{
    Label, LabelSource,
    cursor::{Context, Field, Mapping},
    keys::LABEL,
};

/// Labels of a rule's instrument: names of fields, `outcome`, `span_name`, or mappings.
pub(super) fn labels(cx: &Context, field: Field<'_>) -> Vec<Label> {
    let mut labels: Vec<(Label, Place)> = Vec::new();
    for node in field.items(cx).unwrap_or_default() {
        let item = Field { key: "label", ..field.item(node) };
        let Some((label, place)) = label(cx, item) else { continue };
        if let Some((_, first)) = labels.iter().find(|(known, _)| known.name == label.name) {
            let help = format!("it is first given at {}: keep one", cx.name(*first));
            cx.error(place, format!("duplicate label {}", cx.shown(&label.name)), Some(help));
        } else {
            labels.push((label, place));
        }
    }
    labels.into_iter().map(|(label, _)| label).collect()
}

/// Label names of a gauge.
pub(super) fn names(cx: &Context, field: Field<'_>) -> Vec<String> {
    let items: &[Node] = field.items(cx).unwrap_or_default();
    distinct(cx, items.iter().map(|node| field.item(node)), "label")
}

fn label(cx: &Context, item: Field<'_>) -> Option<(Label, Place)> {
    if !matches!(item.node.value, Value::Mapping(_)) {
        let name = item.text(cx)?.to_owned();
        let source = match name.as_str() {
            "outcome" => LabelSource::Outcome,
            "span_name" => LabelSource::SpanName,
            _ => LabelSource::Field(name.clone()),
        };
        return Some((Label { name, source, default: None, values: None }, item.place()));
    }
    let mapping = Mapping::open(cx, item, &LABEL)?;
    let name = mapping.required("name").and_then(|field| Some((field.text(cx)?.to_owned(), field.place())));
    let (field, value, from) = (mapping.field("field"), mapping.field("value"), mapping.field("from"));
    let sources = [field, value, from];
    if let Some(second) = sources.iter().flatten().nth(1) {
        let help = "a label has one source: `field`, `value` or `from`".to_owned();
        cx.error(second.key_place, format!("`{}` is one source too many", second.key), Some(help));
    }
    let default = mapping.string("default");
    let values = mapping.items("values").map(|(list, items)| {
        let fields = items.iter().map(|node| list.item(node));
        distinct(cx, fields, "value")
    });
    if let Some(value) = value {
        for key in ["default", "values"] {
            if let Some(field) = mapping.present(key) {
                let help = format!("a label with a `{}` always has it", value.key);
                cx.error(field.key_place, format!("`{key}` has no effect beside `value`"), Some(help));
            }
        }
    }
    let (name, place) = name?;
    let source = match (field, value, from) {
        (Some(field), ..) => LabelSource::Field(field.text(cx)?.to_owned()),
        (_, Some(value), _) => LabelSource::Constant(value.string(cx)?.to_owned()),
        (.., Some(from)) => match from.word(cx, &[("outcome", Source::Outcome), ("span_name", Source::SpanName)])? {
            Source::Outcome => LabelSource::Outcome,
            Source::SpanName => LabelSource::SpanName,
        },
        _ => match name.as_str() {
            "outcome" => LabelSource::Outcome,
            "span_name" => LabelSource::SpanName,
            _ => LabelSource::Field(name.clone()),
        },
    };
    Some((Label { name, source, default, values }, place))
}

#[derive(Clone, Copy)]
enum Source {
    Outcome,
    SpanName,
}

/// Strings that are not empty and each there once.
fn distinct<'t>(cx: &Context, fields: impl Iterator<Item = Field<'t>>, what: &str) -> Vec<String> {
    let mut strings: Vec<String> = Vec::new();
    for field in fields {
        let Some(text) = field.text(cx) else { continue };
        if strings.iter().any(|known| known == text) {
            cx.error(field.place(), format!("duplicate {what} {}", cx.shown(text)), Some("keep one".to_owned()));
        } else {
            strings.push(text.to_owned());
        }
    }
    strings
}
