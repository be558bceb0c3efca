//! No text makes the reader panic, and every place lies inside its file.

use lapwing_document::{Document, Node, Options, Picture, Place, Syntax, Treatment};
use proptest::prelude::*;

fn inside(document: &Document, place: Place) -> Result<(), TestCaseError> {
    let source = document.source();
    prop_assert!((1..=source.line_count()).contains(&place.line), "{place:?}");
    let length = source.line(place.line).chars().count();
    prop_assert!((1..=length + 1).contains(&place.column), "{place:?} of {length}");
    prop_assert!(place.width >= 1 && (place.width == 1 || place.column + place.width <= length + 1), "{place:?}");
    Ok(())
}

fn check(text: &str, syntax: Syntax, options: &Options) -> Result<(), TestCaseError> {
    let document = Document::parse_with("fuzz", text, syntax, options, &mut |_| None);
    for problem in document.problems() {
        inside(&document, problem.place)?;
        let excerpts = [document.excerpt(problem.place).labelled(&problem.message)];
        let picture = Picture { excerpts: &excerpts, notes: &[] }.to_string();
        prop_assert!(picture.lines().count() >= 4);
    }
    let mut nodes: Vec<&Node> = Vec::new();
    document.roots().iter().for_each(|root| root.walk(&mut |_, node| nodes.push(node)));
    for node in nodes {
        inside(&document, node.place)?;
        node.entries().iter().try_for_each(|entry| inside(&document, entry.key_place))?;
        if let Some(scalar) = node.scalar() {
            for offset in 0..=scalar.text.len() {
                inside(&document, scalar.place_of(offset..offset + 1))?;
                inside(&document, scalar.place_of(offset..usize::MAX))?;
            }
        }
    }
    Ok(())
}

fn check_all(text: &str) -> Result<(), TestCaseError> {
    let mut reporting = Options { max_nodes: 50, ..Options::LENIENT };
    (reporting.merge_keys, reporting.tags) = (Treatment::Report, Treatment::Report);
    for options in [Options::STRICT, Options::LENIENT, reporting] {
        check(text, Syntax::Yaml, &options)?;
        check(text, Syntax::Json, &options)?;
    }
    Ok(())
}

/// What means something in YAML or JSON, and some that does not.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(vec![
            ":", ": ", "- ", "{", "}", "[", "]", ",", "\n", "\n  ", "\n    ", "#", "&a ", "*a", "!", "!!int ", "!x ", "|\n", "|2-\n",
            ">\n", ">+\n", "'", "\"", "%", "? ", "---\n", "...\n", "~", "null", "true", "-1", "1e999", "<<: *a", "\t", "\r", "\r\n",
            "\u{feff}", "\u{0}", "é", "😀", "\u{85}", "\u{2028}", "\\", "\\n", "\\u00e9", "\\ud83d", "\\ude00", "\\\n", "a", "b c", " ",
            "\"k\":", "\"v\"", "k: ",
        ]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(4_000) })]

    #[test]
    fn arbitrary_pieces_never_panic(pieces in prop::collection::vec(piece(), 0..40)) {
        check_all(&pieces.concat())?;
    }

    #[test]
    fn arbitrary_text_never_panics(text in any::<String>()) {
        check_all(&text)?;
    }
}
