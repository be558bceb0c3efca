//! Alertmanager's configuration in the operator's words: other keys, matchers as objects, secrets by reference.

use super::object_name;
use crate::yaml::Yaml;

/// The object of a configuration as the plain file has it.
pub(super) fn object(name: &str, config: &Yaml) -> Yaml {
    super::object("v1alpha1", "AlertmanagerConfig", name, translated("", config))
}

fn translated(key: &str, value: &Yaml) -> Yaml {
    match (key, value) {
        ("matchers" | "source_matchers" | "target_matchers", Yaml::List(matchers)) => {
            Yaml::List(matchers.iter().map(matcher).collect())
        }
        ("api_url_file" | "routing_key_file", Yaml::Text(path)) => secret(path),
        ("details", Yaml::Map(pairs)) => {
            let pair =
                |(key, value): &(String, Yaml)| Yaml::map([("key", key.clone().into()), ("value", value.clone())]);
            Yaml::List(pairs.iter().map(pair).collect())
        }
        // The text of a link has another name here.
        ("links", Yaml::List(links)) => Yaml::List(links.iter().map(link).collect()),
        (_, Yaml::Map(pairs)) => {
            Yaml::Map(pairs.iter().map(|(key, value)| (name(key), translated(key, value))).collect())
        }
        (_, Yaml::List(items)) => Yaml::List(items.iter().map(|item| translated("", item)).collect()),
        (_, value) => value.clone(),
    }
}

/// `group_by` as `groupBy`.
fn name(key: &str) -> String {
    match key {
        "api_url_file" => "apiURL".to_owned(),
        "routing_key_file" => "routingKey".to_owned(),
        "client_url" => "clientURL".to_owned(),
        "links" => "pagerDutyLinkConfigs".to_owned(),
        "source_matchers" => "sourceMatch".to_owned(),
        "target_matchers" => "targetMatch".to_owned(),
        key => {
            let mut words = key.split('_');
            let first = words.next().unwrap_or_default().to_owned();
            words.fold(first, |mut out, word| {
                let mut letters = word.chars();
                out.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
                out + letters.as_str()
            })
        }
    }
}

fn link(link: &Yaml) -> Yaml {
    let Yaml::Map(pairs) = link else { return link.clone() };
    let renamed = pairs.iter().map(|(key, value)| {
        let key = if key == "text" { "alt" } else { key };
        (key.to_owned(), value.clone())
    });
    Yaml::Map(renamed.collect())
}

/// `severity=~"warning|info"` as name, kind and value.
fn matcher(matcher: &Yaml) -> Yaml {
    let Yaml::Text(text) = matcher else { return matcher.clone() };
    let (label, rest) = text.split_at(text.find(['=', '!']).unwrap_or(text.len()));
    let (kind, value) = rest.split_at(rest.find('"').unwrap_or(rest.len()));
    Yaml::map([("name", label.into()), ("matchType", kind.into()), ("value", unquoted(value).into())])
}

/// The reverse of `expression::quoted`.
fn unquoted(text: &str) -> String {
    let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    let (mut out, mut letters) = (String::new(), inner.chars());
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some('n') => out.push('\n'),
                other => out.extend(other),
            },
            letter => out.push(letter),
        }
    }
    out
}

/// A secret named after its file: `/etc/secrets/slack_url` is the key `slack_url` of the Secret `slack-url`.
fn secret(path: &str) -> Yaml {
    let file = path.rsplit('/').find(|part| !part.is_empty()).unwrap_or("secret");
    let key = file.replace(|c: char| !c.is_ascii_alphanumeric() && !"-_.".contains(c), "-");
    Yaml::map([("name", object_name(file).into()), ("key", key.into())])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expression::quoted;

    #[test]
    fn matchers_keep_what_they_say() {
        for value in ["a", "", "a|b", "a\"b\\c\nd", "ä=~!"] {
            for kind in ["=", "=~", "!=", "!~"] {
                let expected = Yaml::map([("name", "l".into()), ("matchType", kind.into()), ("value", value.into())]);
                assert_eq!(matcher(&format!("l{kind}{}", quoted(value)).into()), expected);
            }
        }
    }

    #[test]
    fn keys_and_secrets_have_the_operators_names() {
        let names = ["group_by", "send_resolved", "title_link", "pagerduty_configs", "client_url", "color"].map(name);
        assert_eq!(names, ["groupBy", "sendResolved", "titleLink", "pagerdutyConfigs", "clientURL", "color"]);
        let expected = Yaml::map([("name", "slack-webhook-url".into()), ("key", "slack_webhook_url".into())]);
        assert_eq!(secret("/etc/alertmanager/secrets/slack_webhook_url"), expected);
    }
}
