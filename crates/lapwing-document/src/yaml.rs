//! Reads YAML.

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span, Tag};

use crate::{
    Extent, Origin, Position, ProblemKind, Resolved, Scalar, resolve,
    trace::{Parsed, trace},
    tree::{Stop, Tree},
};

/// Reads the whole text of the tree's source into the tree.
pub(crate) fn read(tree: &mut Tree<'_, '_>) -> Result<(), Stop> {
    let mut parser = Parser::new_from_str(tree.source.text());
    while let Some(event) = parser.next_event() {
        match event {
            Ok((event, span)) => read_event(tree, event, span)?,
            Err(error) => {
                let place = tree.source.place(extent(Span::empty(*error.marker())));
                let message = format!("this is not YAML: {}", error.info().replace(char::is_control, " "));
                return tree.refuse(ProblemKind::Syntax, place, message, None);
            }
        }
    }
    Ok(())
}

fn extent(span: Span) -> Extent {
    let position = |marker: Marker| Position { line: marker.line().max(1), column: marker.col() + 1 };
    Extent { start: position(span.start), end: position(span.end) }
}

fn read_event(tree: &mut Tree<'_, '_>, event: Event<'_>, span: Span) -> Result<(), Stop> {
    let place = tree.source.place(extent(span));
    match event {
        Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
        Event::DocumentStart(_) => tree.document(place),
        Event::Alias(anchor) => tree.alias(anchor, place),
        Event::Scalar(text, style, anchor, tag) if !tree.expects_key() => {
            let extent = extent(span);
            let origin = match tree.source.offset(extent.start) {
                Some(offset) if !text.is_empty() => {
                    let (at, has_properties) = (extent.start, anchor > 0 || tag.is_some());
                    trace(tree.source, Parsed { style, text: &text, at, offset, has_properties, whole: place })
                }
                _ => Origin::lost(place),
            };
            let quoted = style != ScalarStyle::Plain;
            let (text, resolved) = (text.into_owned(), Resolved::Str);
            let mut scalar = Scalar { text, resolved, quoted, written: None, unset: None, origin };
            tree.substitute(&mut scalar);
            scalar.resolved = match typed(&scalar, tag.as_deref()) {
                Ok(resolved) => resolved,
                Err(message) => {
                    let help = match message {
                        UNKNOWN => "leave the tag out: only YAML's core types are known",
                        _ => "leave the tag out",
                    };
                    tree.treat(tree.options.tags, ProblemKind::Tag, place, message, help)?;
                    typed(&scalar, None).unwrap_or(Resolved::Str)
                }
            };
            tree.scalar(scalar, place, extent, anchor)
        }
        Event::Scalar(text, style, ..) => {
            let merge = text == "<<" && style == ScalarStyle::Plain;
            tree.key(text.into_owned(), place, merge)
        }
        Event::SequenceStart(anchor, tag) => {
            collection_tag(tree, tag.as_deref(), "seq", span)?;
            tree.begin_sequence(anchor, extent(span))
        }
        Event::MappingStart(anchor, tag) => {
            collection_tag(tree, tag.as_deref(), "map", span)?;
            tree.begin_mapping(anchor, extent(span))
        }
        Event::SequenceEnd | Event::MappingEnd => tree.end(extent(span)),
    }
}

const UNKNOWN: &str = "unknown tag";

/// The type a scalar has, or what is wrong with its tag.
fn typed(scalar: &Scalar, tag: Option<&Tag>) -> Result<Resolved, &'static str> {
    match tag {
        None if scalar.quoted => Ok(Resolved::Str),
        None => Ok(resolve(&scalar.text)),
        Some(tag) if tag.handle == "!" && tag.suffix.is_empty() => Ok(Resolved::Str),
        Some(tag) if tag.is_yaml_core_schema() => match (tag.suffix.as_str(), resolve(&scalar.text)) {
            ("str", _) => Ok(Resolved::Str),
            ("null", _) => Ok(Resolved::Null),
            ("int", value @ Resolved::Int(_)) | ("bool", value @ Resolved::Bool(_)) => Ok(value),
            ("float", value @ Resolved::Float(_)) => Ok(value),
            ("float", Resolved::Int(value)) => Ok(Resolved::Float(value as f64)),
            _ => Err("the tag does not fit the value"),
        },
        Some(_) => Err(UNKNOWN),
    }
}

fn collection_tag(tree: &mut Tree<'_, '_>, tag: Option<&Tag>, core: &str, span: Span) -> Result<(), Stop> {
    match tag {
        Some(tag) if !(tag.is_yaml_core_schema() && tag.suffix == core) => {
            let help = "leave the tag out: only YAML's core types are known";
            let place = tree.source.place(extent(span));
            tree.treat(tree.options.tags, ProblemKind::Tag, place, UNKNOWN, help)
        }
        _ => Ok(()),
    }
}
