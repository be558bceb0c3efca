//! From attribute keys to label names.

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use crate::{Labels, Problems, Reason, Translation, labels::Label, name};

/// Names that mean something to Prometheus: bounds, quantiles and the target's own labels.
const RESERVED: [&str; 4] = ["instance", "job", "le", "quantile"];

/// How many translations are remembered; an application that makes up keys endlessly pays the translation each time.
const REMEMBERED: usize = 10_000;

/// Translates attribute keys, remembering each.
#[derive(Default)]
pub(crate) struct LabelNames {
    utf8: bool,
    known: HashMap<Box<str>, Known>,
    /// Counted up at each gather: a renamed key is counted once in each.
    round: u64,
    /// How many keys that aren't allowed were asked for.
    odd: u64,
}

struct Known {
    name: Arc<str>,
    /// The round it was last counted in, for a key that isn't allowed as it is.
    renamed: Option<u64>,
}

impl LabelNames {
    pub(crate) fn new(utf8: bool) -> LabelNames {
        LabelNames { utf8, ..LabelNames::default() }
    }

    pub(crate) fn next_round(&mut self) {
        self.round += 1;
    }

    /// How many keys that aren't allowed were asked for.
    pub(crate) fn odd(&self) -> u64 {
        self.odd
    }

    pub(crate) fn get(&mut self, key: &str, problems: &Problems) -> Arc<str> {
        if let Some(known) = self.known.get_mut(key) {
            if let Some(counted) = &mut known.renamed {
                self.odd += 1;
                if *counted != self.round {
                    *counted = self.round;
                    say(key, &known.name, problems);
                }
            }
            return Arc::clone(&known.name);
        }
        let (name, renamed) = label_name(key, self.utf8);
        let name: Arc<str> = name.into();
        if renamed {
            self.odd += 1;
            say(key, &name, problems);
        }
        if self.known.len() < REMEMBERED {
            let renamed = renamed.then_some(self.round);
            self.known.insert(key.into(), Known { name: Arc::clone(&name), renamed });
        }
        name
    }
}

fn say(key: &str, name: &str, problems: &Problems) {
    let message = format_args!("the label name {key:?} is reserved or not allowed; it is exported as {name:?}");
    problems.count(Reason::LabelRenamed, key, &message);
}

/// The label that an attribute becomes.
///
/// ```
/// use lapwing_exposition::{Translation, prometheus_label};
///
/// assert_eq!(prometheus_label("http.request.method", Translation::default()), "http_request_method");
/// assert_eq!(prometheus_label("job", Translation::default()), "exported_job");
/// ```
pub fn prometheus_label(key: &str, translation: Translation) -> String {
    label_name(key, !translation.escapes()).0.into_owned()
}

/// The label name for an attribute key, and whether the key is one that isn't allowed: dots and alike are ordinary, but
/// reserved names, empty ones, leading digits and colons are mistakes worth telling.
pub(crate) fn label_name(key: &str, utf8: bool) -> (Cow<'_, str>, bool) {
    let name = if utf8 { quotable(key) } else { collapsed(key) };
    let odd = key.is_empty()
        || key.starts_with("__")
        || !utf8 && (key.starts_with(|c: char| c.is_ascii_digit()) || key.contains(':'));
    match unreserved(name) {
        (name, true) => (name, true),
        (name, false) => (name, odd),
    }
}

/// A label name for a scraper that doesn't take UTF-8 names.
pub(crate) fn underscored(name: &str) -> Cow<'_, str> {
    if is_classic(name) {
        return Cow::Borrowed(name);
    }
    Cow::Owned(unreserved(Cow::Owned(name::underscored(name).replace(':', "_"))).0.into_owned())
}

/// Whether `name` needs no quotes.
pub(crate) fn is_classic(name: &str) -> bool {
    name::is_classic(name) && !name.contains(':')
}

/// Whether no name in any of these labels needs quotes.
pub(crate) fn are_classic<'a>(labels: impl Iterator<Item = &'a Labels>) -> bool {
    let mut before: &[Label] = &[];
    for labels in labels {
        let labels = labels.as_slice();
        // The series of a family mostly share their names.
        let known = |i: usize, name| before.get(i).is_some_and(|label: &Label| Arc::ptr_eq(&label.name, name));
        if !labels.iter().enumerate().all(|(i, label)| known(i, &label.name) || is_classic(&label.name)) {
            return false;
        }
        before = labels;
    }
    true
}

fn unreserved(name: Cow<'_, str>) -> (Cow<'_, str>, bool) {
    if name.starts_with("__") || RESERVED.contains(&&*name) {
        (Cow::Owned(format!("exported_{name}")), true)
    } else {
        (name, false)
    }
}

fn quotable(key: &str) -> Cow<'_, str> {
    if key.is_empty() || key.contains(char::is_control) { Cow::Owned(name::printable(key)) } else { Cow::Borrowed(key) }
}

fn collapsed(key: &str) -> Cow<'_, str> {
    if is_classic(key) && !key.contains("__") {
        return Cow::Borrowed(key);
    }
    let mut out = String::with_capacity(key.len() + 1);
    for c in key.chars() {
        match c {
            '0'..='9' if out.is_empty() => out.extend(['_', c]),
            'a'..='z' | 'A'..='Z' | '0'..='9' => out.push(c),
            _ if out.ends_with('_') => {}
            _ => out.push('_'),
        }
    }
    if out.is_empty() {
        out.push('_');
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keys_that_are_not_allowed_are_renamed() {
        for (key, classic, utf8, counted) in [
            ("outcome", "outcome", "outcome", false),
            ("http.method", "http_method", "http.method", false),
            ("a..b", "a_b", "a..b", false),
            ("le", "exported_le", "exported_le", true),
            ("quantile", "exported_quantile", "exported_quantile", true),
            ("job", "exported_job", "exported_job", true),
            ("instance", "exported_instance", "exported_instance", true),
            ("__name__", "_name_", "exported___name__", true),
            ("", "_", "_", true),
        ] {
            assert_eq!(label_name(key, false), (classic.into(), counted), "{key}");
            assert_eq!(label_name(key, true), (utf8.into(), counted), "{key}");
        }
        assert_eq!(label_name("1d", false), ("_1d".into(), true));
        assert_eq!(label_name("1d", true), ("1d".into(), false));
        assert_eq!(label_name("a:b", false), ("a_b".into(), true));
        assert_eq!(label_name("a:b", true), ("a:b".into(), false));
        assert_eq!(label_name("a\0", true), ("a_".into(), false));
        assert_eq!(label_name("日", false), ("_".into(), false));
    }

    #[test]
    fn a_renamed_key_is_counted_once_in_each_round() {
        let (mut names, problems) = (LabelNames::new(false), Problems::default());
        for round in 1..=3 {
            names.next_round();
            for _ in 0..10 {
                assert_eq!(&*names.get("le", &problems), "exported_le");
                assert_eq!(&*names.get("a.b", &problems), "a_b");
            }
            assert_eq!(problems.get(Reason::LabelRenamed), round);
        }
    }

    proptest! {
        #[test]
        fn any_key_becomes_a_valid_name(key: String) {
            let (classic, _) = label_name(&key, false);
            let (utf8, _) = label_name(&key, true);
            for name in [&classic, &underscored(&classic), &underscored(&utf8)] {
                prop_assert!(is_classic(name) && !name.starts_with("__"), "{key:?} became {name:?}");
                prop_assert!(!RESERVED.contains(&&**name));
            }
            prop_assert!(!utf8.is_empty() && !utf8.contains(char::is_control) && !utf8.starts_with("__"));
        }
    }
}
