//! How a scraper chooses a format.

use crate::Format;

impl Format {
    /// The best format for an `Accept` header by its q-values; never fails: what is not understood gets [`Format::Text0`].
    ///
    /// Of equal q-values the more specific one wins, then the earlier. `version` must be one that is written here
    /// (OpenMetrics 1.0.0, text 0.0.4 and 1.0.0); without `version`, `application/openmetrics-text` means 1.0.0 and
    /// `text/plain` 0.0.4. `escaping=allow-utf-8` allows UTF-8 names; any other or none means underscores.
    ///
    /// ```
    /// use lapwing_exposition::Format;
    ///
    /// let accept = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
    /// assert_eq!(Format::negotiate(Some(accept)), Format::OpenMetrics1 { utf8_names: false });
    /// assert_eq!(Format::negotiate(Some("application/json")), Format::Text0);
    /// assert_eq!(Format::negotiate(None), Format::Text0);
    /// ```
    pub fn negotiate(accept: Option<&str>) -> Format {
        let mut best: Option<(u16, u8, Format)> = None;
        for range in split_unquoted(accept.unwrap_or_default(), ',') {
            let Some((q, specific, format)) = media_range(range) else { continue };
            if q > 0 && best.is_none_or(|(best_q, best_specific, _)| (q, specific) > (best_q, best_specific)) {
                best = Some((q, specific, format));
            }
        }
        best.map_or(Format::Text0, |(_, _, format)| format)
    }
}

/// `(q in thousandths, how specific, format)` of one media range that can be served.
fn media_range(range: &str) -> Option<(u16, u8, Format)> {
    let mut parts = split_unquoted(range, ';');
    let media_type = parts.next()?.trim().to_ascii_lowercase();
    let (mut q, mut version, mut utf8_names) = (1000, None, false);
    for parameter in parts {
        let (key, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let value = unquote(value.trim());
        match key.trim().to_ascii_lowercase().as_str() {
            "q" => q = thousandths(&value)?,
            "version" => version = Some(value),
            "escaping" => utf8_names = value.eq_ignore_ascii_case("allow-utf-8"),
            _ => {}
        }
    }
    let (specific, format) = match (media_type.as_str(), version.as_deref()) {
        ("application/openmetrics-text", None | Some("1.0.0")) => (2, Format::OpenMetrics1 { utf8_names }),
        ("text/plain", None | Some("0.0.4")) => (2, Format::Text0),
        ("text/plain", Some("1.0.0")) => (2, Format::Text1 { utf8_names }),
        ("text/*", _) => (1, Format::Text0),
        ("*/*", _) => (0, Format::Text0),
        _ => return None,
    };
    Some((q, specific, format))
}

/// A q-value as RFC 9110 allows it: 0 to 1 with at most three decimals.
fn thousandths(q: &str) -> Option<u16> {
    let (whole, decimals) = q.split_once('.').unwrap_or((q, ""));
    if decimals.len() > 3 || !decimals.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let decimals = format!("{decimals:0<3}").parse::<u16>().ok()?;
    match (whole, decimals) {
        ("0", decimals) => Some(decimals),
        ("1", 0) => Some(1000),
        _ => None,
    }
}

fn split_unquoted(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(move |c| {
        let was_escaped = std::mem::take(&mut escaped);
        match c {
            '"' if !was_escaped => quoted = !quoted,
            '\\' if quoted && !was_escaped => escaped = true,
            _ => {}
        }
        c == separator && !quoted
    })
}

fn unquote(value: &str) -> String {
    match value.strip_prefix('"').and_then(|v| v.strip_suffix('"')) {
        Some(inner) => inner.replace('\\', ""),
        None => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OPENMETRICS: Format = Format::OpenMetrics1 { utf8_names: false };
    const OPENMETRICS_UTF8: Format = Format::OpenMetrics1 { utf8_names: true };
    const TEXT1: Format = Format::Text1 { utf8_names: false };

    #[test]
    fn both_generations_of_prometheus_get_what_they_ask_for() {
        let v3 = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
        let v2 = "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
        assert_eq!(Format::negotiate(Some(v3)), OPENMETRICS_UTF8);
        assert_eq!(Format::negotiate(Some(v2)), OPENMETRICS);
    }

    #[test]
    fn q_values_decide_then_precision_then_order() {
        for (accept, format) in [
            ("", Format::Text0),
            ("*/*", Format::Text0),
            ("text/*", Format::Text0),
            ("text/plain", Format::Text0),
            ("text/plain;version=1.0.0", TEXT1),
            ("text/plain; version=\"1.0.0\"; escaping=\"allow-utf-8\"", Format::Text1 { utf8_names: true }),
            ("text/plain;version=1.0.0;escaping=dots", TEXT1),
            ("TEXT/PLAIN;VERSION=1.0.0", TEXT1),
            ("text/plain;version=0.0.4;q=0.3,application/openmetrics-text;version=1.0.0;q=0.31", OPENMETRICS),
            ("text/plain;version=0.0.4;q=0.3, application/openmetrics-text;q=0.3", Format::Text0),
            ("*/*, application/openmetrics-text", OPENMETRICS),
            ("application/openmetrics-text;q=0, */*;q=0.1", Format::Text0),
            ("application/openmetrics-text;q=0", Format::Text0),
            ("application/openmetrics-text;q=1.5", Format::Text0),
            ("application/openmetrics-text;q=0.1234", Format::Text0),
            ("application/openmetrics-text;q=+1", Format::Text0),
            ("application/openmetrics-text;version=0.0.1", Format::Text0),
            ("application/openmetrics-text;version=2.0.0", Format::Text0),
            ("application/openmetrics-text;version=1.0.0;charset=utf-8;q=1.000", OPENMETRICS),
            (
                "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
                Format::Text0,
            ),
            ("text/html, application/json;q=0.9", Format::Text0),
            ("foo=\"a,application/openmetrics-text\"", Format::Text0),
        ] {
            assert_eq!(Format::negotiate(Some(accept)), format, "{accept}");
        }
    }

    #[test]
    fn every_format_is_negotiated_by_its_own_content_type() {
        for format in Format::ALL {
            assert_eq!(Format::negotiate(Some(format.content_type())), format);
        }
    }

    proptest! {
        #[test]
        fn any_header_gets_an_answer(accept: String) {
            let _ = Format::negotiate(Some(&accept));
        }
    }
}
