//! What is wrong with a PagerDuty event, in PagerDuty's words.

use serde_json::Value;

const SUMMARY: usize = 1024;
const DEDUP_KEY: usize = 255;
const SEVERITIES: [&str; 4] = ["critical", "warning", "error", "info"];

/// All that is wrong with an object, but for its routing key.
pub(crate) fn problems(event: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let action = match event.get("event_action").and_then(Value::as_str) {
        None | Some("") => {
            found.push("'event_action' is missing or blank".to_owned());
            ""
        }
        Some(action @ ("trigger" | "acknowledge" | "resolve")) => action,
        Some(_) => {
            found.push(
                "'event_action' is invalid (must be one of the following: 'trigger', 'acknowledge' or 'resolve')"
                    .to_owned(),
            );
            ""
        }
    };
    check_dedup_key(event, action, &mut found);
    if action == "trigger" {
        check_payload(event.get("payload").unwrap_or(&Value::Null), &mut found);
    }
    for name in ["client", "client_url"] {
        check_text(event, name, name, &mut found);
    }
    check_list(event, "links", "href", &mut found);
    check_list(event, "images", "src", &mut found);
    found
}

fn check_dedup_key(event: &Value, action: &str, found: &mut Vec<String>) {
    let length = check_text(event, "dedup_key", "dedup_key", found).unwrap_or("").chars().count();
    if length > DEDUP_KEY {
        found.push(format!("'dedup_key' is too long (maximum is {DEDUP_KEY} characters)"));
    } else if length == 0 && matches!(action, "acknowledge" | "resolve") {
        found.push("'dedup_key' is missing or blank".to_owned());
    }
}

fn check_payload(payload: &Value, found: &mut Vec<String>) {
    if !payload.is_object() {
        found.push("'payload' is missing or blank".to_owned());
        return;
    }
    for name in ["summary", "source", "severity"] {
        let path = format!("payload.{name}");
        if check_text(payload, name, &path, found).is_some_and(|text| text.trim().is_empty()) {
            found.push(format!("'{path}' is missing or blank"));
        }
    }
    let text = |name: &str| payload.get(name).and_then(Value::as_str).unwrap_or("");
    if text("summary").chars().count() > SUMMARY {
        found.push(format!("'payload.summary' is too long (maximum is {SUMMARY} characters)"));
    }
    if !text("severity").trim().is_empty() && !SEVERITIES.contains(&text("severity")) {
        found.push(
            "'payload.severity' is invalid (must be one of the following: 'critical', 'warning', 'error' or 'info')"
                .to_owned(),
        );
    }
    for name in ["timestamp", "class", "component", "group"] {
        check_text(payload, name, &format!("payload.{name}"), found);
    }
    if !text("timestamp").is_empty() && !is_iso_8601(text("timestamp")) {
        found.push("'payload.timestamp' is invalid (must be ISO 8601)".to_owned());
    }
    if payload.get("custom_details").is_some_and(|details| !details.is_object() && !details.is_null()) {
        found.push("'payload.custom_details' is invalid (must be an object)".to_owned());
    }
}

/// The text at `name`, empty where there is none. Says where it is something else than a text, and is none then.
fn check_text<'a>(object: &'a Value, name: &str, path: &str, found: &mut Vec<String>) -> Option<&'a str> {
    match object.get(name) {
        None => Some(""),
        Some(Value::String(text)) => Some(text),
        Some(_) => {
            found.push(format!("'{path}' is invalid (must be a string)"));
            None
        }
    }
}

/// A list of objects that each have a text called `needed`.
fn check_list(event: &Value, name: &str, needed: &str, found: &mut Vec<String>) {
    let Some(list) = event.get(name) else { return };
    let Some(items) = list.as_array() else {
        found.push(format!("'{name}' is invalid (must be an array)"));
        return;
    };
    let whole = |item: &Value| item.get(needed).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
    for number in items.iter().enumerate().filter(|(_, item)| !whole(item)).map(|(number, _)| number) {
        found.push(format!("'{name}[{number}].{needed}' is missing or blank"));
    }
}

/// A date and time of the form `2026-11-21T06:12:42.923+01:00`; fraction and offset may be missing.
fn is_iso_8601(text: &str) -> bool {
    let Some((date, time)) = text.split_once(['T', 't', ' ']) else { return false };
    let (time, offset) = match time.find(['Z', 'z', '+', '-']) {
        Some(at) => time.split_at(at),
        None => (time, "Z"),
    };
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let offset = match offset {
        "Z" | "z" => Some(vec![0, 0]),
        // `+0100` as well as `+01:00`.
        _ if offset.len() == 5 && offset.is_ascii() => {
            numbers(&format!("{}:{}", &offset[1..3], &offset[3..]), ':', &[2, 2])
        }
        _ => offset.get(1..).and_then(|offset| numbers(offset, ':', &[2, 2])),
    };
    let in_order = |values: Option<Vec<u32>>, limits: &[(u32, u32)]| {
        values.is_some_and(|values| values.iter().zip(limits).all(|(value, (from, to))| (from..=to).contains(&value)))
    };
    in_order(numbers(date, '-', &[4, 2, 2]), &[(0, 9999), (1, 12), (1, 31)])
        && in_order(numbers(time, ':', &[2, 2, 2]), &[(0, 23), (0, 59), (0, 60)])
        && in_order(offset, &[(0, 23), (0, 59)])
        && !fraction.is_empty()
        && fraction.bytes().all(|byte| byte.is_ascii_digit())
}

/// Numbers of these many digits each.
fn numbers(text: &str, separator: char, digits: &[usize]) -> Option<Vec<u32>> {
    let parts: Vec<&str> = text.split(separator).collect();
    let whole = parts.len() == digits.len()
        && parts.iter().zip(digits).all(|(part, n)| part.len() == *n && part.bytes().all(|byte| byte.is_ascii_digit()));
    whole.then(|| parts.iter().filter_map(|part| part.parse().ok()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_from_what_looks_like_them() {
        for right in [
            "2026-11-21T06:12:42Z",
            "2015-07-17T08:42:58.315+0000",
            "2026-11-21T06:12:42.9+01:00",
            "2026-11-21 06:12:42",
            "2026-11-21T06:12:42-11:30",
        ] {
            assert!(is_iso_8601(right), "{right}");
        }
        for wrong in [
            "",
            "now",
            "2026-11-21",
            "1763705562",
            "2026-13-21T06:12:42Z",
            "2026-11-21T24:12:42Z",
            "2026-11-21T06:12Z",
            "2026-11-21T06:12:42.Z",
            "2026-11-21T06:12:42+1",
            "2026-11-21T06:12:42+25:00",
            "2026-11-21T06:12:42+éé1",
            "26-11-21T06:12:42Z",
        ] {
            assert!(!is_iso_8601(wrong), "{wrong}");
        }
    }
}
