//! JSON Schemas (draft 2020-12) of the files, made from the tables they are checked with.
//!
//! Editors complete and check files with them. A schema is laxer than the reader where it can't say what the reader
//! knows, such as an order or a name that is declared elsewhere. It is stricter only where the reader warns.
//!
//! ```
//! let schema = lapwing_config::schema::monitoring();
//! assert!(schema.contains("\"$schema\": \"https://json-schema.org/draft/2020-12/schema\""));
//! ```

use crate::{
    json::Json,
    keys::{self, Bound, Key, Object, Status, Type},
};

/// The schema of `telemetry.yaml`: the standard's keys and Lapwing's own.
pub fn telemetry() -> String {
    let title = "telemetry.yaml: OpenTelemetry declarative configuration with Lapwing's rules";
    Schema { substitutes: true, objects: keys::reference() }.document(title)
}

/// The schema of `monitoring.yaml`.
pub fn monitoring() -> String {
    let title = "monitoring.yaml: what is watched of a service, and who is told";
    Schema { substitutes: false, objects: keys::of_monitoring() }.document(title)
}

/// One schema in the making.
struct Schema {
    /// Whether variables may stand where other types belong.
    substitutes: bool,
    /// The root first.
    objects: &'static [&'static Object],
}

const DURATION: &str = "^([0-9]+y)?([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$";

impl Schema {
    fn document(&self, title: &str) -> String {
        let mut schema = Json::object([
            ("$schema", Json::text("https://json-schema.org/draft/2020-12/schema")),
            ("$comment", Json::text("Made from the tables of lapwing-config, do not edit.")),
            ("title", Json::text(title)),
        ]);
        if let (Some(root), Json::Object(members)) = (self.objects.first(), &mut schema)
            && let Json::Object(more) = self.object(root, false)
        {
            members.extend(more);
        }
        let definitions = self.objects.iter().skip(1).map(|object| {
            let Json::Object(members) = self.object(object, true) else { return (slug(object), Json::Null) };
            let title = [("title".to_owned(), Json::text(object.name))];
            (slug(object), Json::Object(title.into_iter().chain(members).collect()))
        });
        let mut definitions: Vec<_> = definitions.collect();
        if self.substitutes {
            let substitution = Json::object([
                ("title", Json::text("substitution")),
                ("description", Json::text("A variable of the environment, `${NAME}` or `${NAME:-default}`.")),
                ("type", Json::text("string")),
                ("pattern", Json::text("\\$\\{[^}]*\\}")),
                ("examples", Json::texts(["${NAME:-default}"])),
            ]);
            definitions.push(("substitution".to_owned(), substitution));
        }
        format!("{}\n", schema.with("$defs", Json::Object(definitions)))
    }

    /// A mapping. Null stands for an empty one, but at the root.
    fn object(&self, object: &Object, nullable: bool) -> Json {
        let kind = if nullable { Json::texts(["object", "null"]) } else { Json::text("object") };
        let mut schema = Json::object([("type", kind)]);
        schema = schema.with("additionalProperties", Json::Bool(object.extensible));
        let required: Vec<&str> = object.keys.iter().filter(|key| is_required(key)).map(|key| key.name).collect();
        if !required.is_empty() {
            schema = schema.with("required", Json::texts(required));
        }
        if object.choice {
            schema = schema.with("minProperties", Json::Integer(1)).with("maxProperties", Json::Integer(1));
        }
        let groups: Vec<Json> = object.groups.iter().map(|group| one_of(group)).collect();
        if !groups.is_empty() {
            schema = schema.with("allOf", Json::List(groups));
        }
        let properties = object.keys.iter().map(|key| (key.name.to_owned(), self.property(key)));
        schema.with("properties", Json::Object(properties.collect()))
    }

    fn property(&self, key: &Key) -> Json {
        let (value, default) = match key.status {
            Status::Served { value, default } => (value, default),
            Status::Unserved { why } => {
                let description = format!("Accepted, but has no effect: {why}.");
                return Json::object([("description", Json::text(description)), ("deprecated", Json::Bool(true))]);
            }
            Status::Ignored { why } => {
                return Json::object([("description", Json::text(format!("Not for Lapwing: {why}.")))]);
            }
        };
        let mut description = value.to_owned();
        if let Some((edition, _)) = key.only {
            description += &format!(" (only {edition})");
        }
        if !default.is_empty() && default != "required" {
            description += &format!(". Default: {default}");
        }
        let mut schema = Json::object([("description", Json::text(description))]);
        if let Json::Object(members) = &mut schema
            && let Json::Object(more) = self.value(key.kind, !is_required(key))
        {
            members.extend(more);
        }
        match literal(default, key.kind) {
            Some(default) => schema.with("default", default),
            None => schema,
        }
    }

    /// What a value must be; `nullable` if null stands for leaving it out.
    fn value(&self, kind: Type, nullable: bool) -> Json {
        let mut types: Vec<Json> = match kind {
            Type::Any => return Json::Object(Vec::new()),
            Type::Object(object) => return reference(object),
            Type::Boolean => vec![typed("boolean")],
            Type::Integer(least, most) => vec![integer(least, most)],
            Type::Number(least, most) => vec![number(least, most)],
            Type::Text => vec![typed("string")],
            Type::TextOrNull => vec![typed("string"), typed("null")],
            Type::Form(pattern, example) => vec![form(pattern, example)],
            Type::Duration => vec![duration()],
            Type::DurationOrOff => vec![duration(), Json::object([("const", Json::text("off"))])],
            Type::NumberOrDuration => vec![typed("number"), duration()],
            Type::Words(words) => vec![Json::object([("enum", Json::texts(words.iter().copied()))])],
            Type::List(item) => vec![list(self.value(*item, false))],
            Type::Objects(object) => vec![list(reference(object))],
            Type::Mixed(object) => vec![list(any_of(vec![typed("string"), reference(object)]))],
            Type::Labels => vec![map(typed("string"))],
            Type::Filter => vec![map(any_of(vec![typed("string"), list(typed("string"))]))],
        };
        let is_string = matches!(
            kind,
            Type::Text | Type::TextOrNull | Type::List(_) | Type::Objects(_) | Type::Mixed(_) | Type::Labels
        );
        if self.substitutes && !is_string {
            types.push(Json::object([("$ref", Json::text("#/$defs/substitution"))]));
        }
        if nullable {
            types.push(typed("null"));
        }
        any_of(types)
    }
}

fn is_required(key: &Key) -> bool {
    matches!(key.status, Status::Served { default: "required", .. })
}

/// Exactly one of the keys of a group.
fn one_of(group: &[&str]) -> Json {
    let required = |key: &&str| Json::object([("required", Json::texts([*key]))]);
    Json::object([("oneOf", Json::List(group.iter().map(required).collect()))])
}

fn any_of(mut kinds: Vec<Json>) -> Json {
    match (kinds.pop(), kinds.is_empty()) {
        (Some(only), true) => only,
        (Some(last), false) => {
            kinds.push(last);
            Json::object([("anyOf", Json::List(kinds))])
        }
        (None, _) => Json::Object(Vec::new()),
    }
}

fn typed(kind: &str) -> Json {
    Json::object([("type", Json::text(kind))])
}

fn integer(least: i64, most: i64) -> Json {
    let schema = typed("integer").with("minimum", Json::Integer(least));
    if most == i64::MAX { schema } else { schema.with("maximum", Json::Integer(most)) }
}

fn number(least: Bound, most: Bound) -> Json {
    let schema = match least {
        Bound::None => typed("number"),
        Bound::At(value) => typed("number").with("minimum", Json::Number(value)),
        Bound::Beyond(value) => typed("number").with("exclusiveMinimum", Json::Number(value)),
    };
    match most {
        Bound::None => schema,
        Bound::At(value) => schema.with("maximum", Json::Number(value)),
        Bound::Beyond(value) => schema.with("exclusiveMaximum", Json::Number(value)),
    }
}

fn form(pattern: &str, example: &str) -> Json {
    let schema = typed("string");
    let schema = if pattern.is_empty() { schema } else { schema.with("pattern", Json::text(pattern)) };
    schema.with("examples", Json::texts([example]))
}

fn duration() -> Json {
    let schema = typed("string").with("minLength", Json::Integer(2)).with("pattern", Json::text(DURATION));
    schema.with("examples", Json::texts(["30s", "5m", "1h30m"]))
}

fn list(item: Json) -> Json {
    typed("array").with("items", item)
}

fn map(value: Json) -> Json {
    typed("object").with("additionalProperties", value)
}

fn reference(object: &Object) -> Json {
    Json::object([("$ref", Json::text(format!("#/$defs/{}", slug(object))))])
}

/// An object's name as part of a pointer.
fn slug(object: &Object) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    object.name.chars().map(plain).collect::<String>().trim_end_matches('_').to_owned()
}

/// A default as a value, where its text is one.
fn literal(default: &str, kind: Type) -> Option<Json> {
    let word = default.strip_prefix('`').and_then(|rest| rest.strip_suffix('`')).filter(|word| !word.contains('`'));
    match kind {
        Type::Boolean => word?.parse().ok().map(Json::Bool),
        Type::Integer(..) => default.parse().ok().map(Json::Integer),
        Type::Number(..) => default.parse().ok().map(Json::Number),
        Type::Text | Type::Form(..) | Type::Duration | Type::DurationOrOff | Type::Words(_) => word.map(Json::text),
        _ => None,
    }
}
