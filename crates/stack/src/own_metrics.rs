//! What a server exposes of itself.

/// Sum of those metrics in an exposition in text that are called `name` and have all of `labels`; 0 where there is none.
pub(crate) fn sum_of(text: &str, name: &str, labels: &[(&str, &str)]) -> f64 {
    let values = text.lines().filter_map(|line| {
        let (series, value) = line.rsplit_once(' ')?;
        let rest = series.strip_prefix(name).filter(|rest| rest.is_empty() || rest.starts_with('{'))?;
        labels.iter().all(|(label, wanted)| has_label(rest, label, wanted)).then(|| value.parse::<f64>().ok())?
    });
    // Not `sum()`, which is -0 of nothing.
    values.fold(0.0, |sum, value| sum + value)
}

/// Whether `{a="b",c="d"}` has this label with this value.
fn has_label(labels: &str, name: &str, value: &str) -> bool {
    let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    let pair = format!("{name}=\"{value}\"");
    // Between `{` or `,` and `,` or `}`: no other label's name or value ends or begins like that. VictoriaMetrics adds spaces.
    let begins = |rest: &str| rest.trim_end().ends_with(['{', ',']);
    let ends = |rest: &str| rest.starts_with([',', '}']);
    labels.match_indices(&pair).any(|(at, _)| begins(&labels[..at]) && ends(&labels[at + pair.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn label_is_told_from_those_that_look_like_it() {
        let labels = r#"{integration="slack",reason="a,b \"c\""}"#;
        assert!(has_label(labels, "integration", "slack"));
        assert!(has_label(r#"{a="b", integration="slack"}"#, "integration", "slack"));
        assert!(has_label(labels, "reason", "a,b \"c\""));
        for (name, value) in [("integration", "slac"), ("gration", "slack"), ("reason", "a"), ("b", "c")] {
            assert!(!has_label(labels, name, value), "{name}={value}");
        }
        assert!(!has_label("", "a", "b"));
    }

    #[test]
    fn metrics_are_told_from_those_whose_names_begin_alike() {
        let text = "# TYPE a counter\na 1\na{x=\"1\"} 2\na{x=\"2\"} 4\nab 8\n";
        assert_eq!((sum_of(text, "a", &[]), sum_of(text, "a", &[("x", "2")]), sum_of(text, "b", &[])), (7.0, 4.0, 0.0));
    }
}
