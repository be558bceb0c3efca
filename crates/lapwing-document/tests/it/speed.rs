//! Large files are read in time that grows with their size, not with its square, even on one line.

use std::time::{Duration, Instant};

use lapwing_document::{Document, Options};

/// A dashboard of about a megabyte, on one line if `minified`.
fn dashboard(minified: bool) -> String {
    let (line, indent) = if minified { ("", "") } else { ("\n", "      ") };
    let panel = |id: usize| {
        format!(
            "{indent}{{\"id\": {id}, \"title\": \"Größe {id}\", \"gridPos\": {{\"h\": 8, \"w\": 12, \"x\": 0, \"y\": {id}}},{line}\
             {indent}\"targets\": [{{\"expr\": \"sum by (le) (rate(sigil_seal_seconds_bucket{{job=\\\"sigil\\\"}}[$__rate_interval]))\"}}]}}"
        )
    };
    let panels: Vec<String> = (0..5_000).map(panel).collect();
    format!("{{\"panels\": [{line}{}{line}]}}{line}", panels.join(&format!(",{line}")))
}

/// Generous, since machines differ and this is no optimised build: what is quadratic takes minutes.
const ENOUGH: Duration = Duration::from_secs(20);

#[test]
fn a_megabyte_is_read_in_good_time_as_either_syntax() {
    for text in [dashboard(false), dashboard(true)] {
        assert!(text.len() > 900_000, "{}", text.len());
        for document in [Document::json, Document::yaml] {
            let start = Instant::now();
            let document = document("d", &text, &Options::LENIENT);
            let took = start.elapsed();
            assert_eq!(document.problems(), []);
            let panels = document.root().unwrap().get("panels").unwrap().items();
            let target = &panels[4_999].get("targets").unwrap().items()[0];
            let scalar = target.get("expr").unwrap().scalar().unwrap();
            assert!(scalar.origin.is_known());
            let place = scalar.place_of(scalar.text.find("sigil\"").unwrap()..scalar.text.len());
            let line = document.source().line(place.line);
            let found: String = line.chars().skip(place.column - 1).take(place.width).collect();
            assert_eq!(found, "sigil\\\"}[$__rate_interval]))");
            println!("{} bytes in {took:?}", text.len());
            assert!(took < ENOUGH, "{took:?}");
        }
    }
}
