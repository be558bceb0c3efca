//! Names, numbers and lists as people read them.

/// `sigil.storage.write` of the service `sigil` as `Storage write`, `sigil.gc` as `GC`; a glob without words as `All operations`.
pub(crate) fn title(service: &str, name: &str) -> String {
    let name = name.strip_prefix("event ").unwrap_or(name);
    let own = name.strip_prefix(service).filter(|rest| rest.starts_with(['.', '_', '-'])).unwrap_or(name);
    let mut words = own.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(word);
    let Some(first) = words.next() else { return "All operations".to_owned() };
    let mut letters = first.chars();
    let head = letters.next().into_iter().flat_map(char::to_uppercase);
    let mut title: String = head.chain(letters.flat_map(|c| [c])).collect();
    for word in words {
        title.push(' ');
        title.push_str(&word);
    }
    title
}

/// A word without vowels is an abbreviation.
fn word(word: &str) -> String {
    match word.chars().any(|c| "aeiouyAEIOUY".contains(c) || !c.is_ascii_alphabetic()) {
        true => word.to_owned(),
        false => word.to_uppercase(),
    }
}

/// A number as people read it.
pub(crate) fn number(value: f64) -> String {
    format!("{value}")
}

/// A value with its unit: `0.5 s`, `1 GiB`.
pub(crate) fn with_unit(value: f64, unit: &str) -> String {
    if unit == "By" {
        let units = [(1_u64 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
        let fits = units.into_iter().find(|(size, _)| value >= *size as f64 && value % *size as f64 == 0.0);
        return match fits {
            Some((size, name)) => format!("{} {name}", value / size as f64),
            None => format!("{value} B"),
        };
    }
    match unit {
        "" | "1" => number(value),
        unit if unit.starts_with('{') => number(value),
        unit => format!("{value} {unit}"),
    }
}

/// A share as people say it: `0.95` as `95`.
pub(crate) fn percent(share: f64) -> String {
    format!("{}", (share * 1e8).round() / 1e6)
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn listed(all: &[String]) -> String {
    match all {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::{listed, title};

    #[test]
    fn names_are_read_without_the_service() {
        let cases = [
            ("sigil.storage.write", "Storage write"),
            ("sigil.gc", "GC"),
            ("sigil.gc.removed", "GC removed"),
            ("dnastore.circuit.state", "Dnastore circuit state"),
            ("event sigil.load_test.p95", "Load test p95"),
            ("*", "All operations"),
            ("sigil", "Sigil"),
            ("sigils.made", "Sigils made"),
        ];
        for (name, expected) in cases {
            assert_eq!(title("sigil", name), expected, "{name}");
        }
    }

    #[test]
    fn lists_end_with_and() {
        let all: Vec<String> = ["a", "b", "c"].map(str::to_owned).into();
        assert_eq!(
            [listed(&[]), listed(&all[..1]), listed(&all[..2]), listed(&all)],
            ["", "a", "a and b", "a, b and c"]
        );
    }
}
