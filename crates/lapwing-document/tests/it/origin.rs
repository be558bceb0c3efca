//! Where the characters of a scalar are, style by style.

use lapwing_document::{Document, Options, Place, Scalar};

/// The only value of the only mapping in `text`.
fn scalar(document: &Document) -> &Scalar {
    assert_eq!(document.problems(), []);
    document.root().and_then(|root| root.entries().first()).and_then(|entry| entry.value.scalar()).expect("a scalar")
}

/// `line:column+width` of where `part` of the value is.
fn places(text: &str, part: &str) -> Vec<String> {
    let document = Document::yaml("t.yaml", text, &Options::STRICT);
    let scalar = scalar(&document);
    assert!(scalar.origin.is_known(), "{:?} is lost", scalar.text);
    let start = scalar.text.find(part).unwrap_or_else(|| panic!("no {part:?} in {:?}", scalar.text));
    let show = |place: Place| format!("{}:{}+{}", place.line, place.column, place.width);
    scalar.places_of(start..start + part.len()).into_iter().map(show).collect()
}

#[test]
fn a_plain_scalar_is_folded_over_lines() {
    assert_eq!(places("a: up == 2 # note", "=="), ["1:7+2"]);
    assert_eq!(places("a: sum(up)\n  by (job)  \n\n   > 1\n", "job"), ["2:7+3"]);
    assert_eq!(places("a: sum(up)\n  by (job)  \n\n   > 1\n", "> 1"), ["4:4+3"]);
    assert_eq!(places("a: sum(up)\n  by (job)  \n\n   > 1\n", "(up) by (job)\n> 1"), ["1:7+4", "2:3+8", "4:4+3"]);
    assert_eq!(places("a:\n  éé ü\n  ß\n", "ß"), ["3:3+1"]);
    assert_eq!(places("{a: x\n  y, b: 1}", "y"), ["2:3+1"]);
}

#[test]
fn quotes_and_escapes_are_counted_as_written() {
    assert_eq!(places("a: 'it''s x'", "'"), ["1:7+2"]);
    assert_eq!(places("a: 'it''s x'", "x"), ["1:11+1"]);
    assert_eq!(places("a: 'one\n\n  two'", "two"), ["3:3+3"]);
    assert_eq!(places(r#"a: "\u00e9\t\"x\"""#, "é"), ["1:5+6"]);
    assert_eq!(places(r#"a: "\u00e9\t\"x\"""#, "\"x\""), ["1:13+5"]);
    assert_eq!(places("a: \"one \\\n   two\\x41\n  three\"", "two"), ["2:4+3"]);
    assert_eq!(places("a: \"one \\\n   two\\x41\n  three\"", "A three"), ["2:7+4", "3:3+5"]);
    assert_eq!(places("a: &x !!str \"b\"", "b"), ["1:14+1"]);
}

#[test]
fn blocks_keep_their_indentation_out() {
    let text = "a: |\n\n    one\n      two\n\n    three\n";
    assert_eq!(places(text, "one"), ["3:5+3"]);
    assert_eq!(places(text, "  two"), ["4:5+5"]);
    assert_eq!(places(text, "two\n\nthree"), ["4:7+3", "6:5+5"]);
    assert_eq!(places("a: |2-\n    one\n  two", "one"), ["2:5+3"]);
    assert_eq!(places("a: |2-\n    one\n  two", "two"), ["3:3+3"]);
    assert_eq!(places("a: | # why\r\n  one\r\n  two\r\n", "two"), ["3:3+3"]);
    let text = "a: >-\n  one\n  two\n\n  three\n    more\n  end\n\n";
    for (part, place) in [("one", "2:3+3"), ("two", "3:3+3"), ("three", "5:3+5"), ("more", "6:5+4"), ("end", "7:3+3")] {
        assert_eq!(places(text, part), [place]);
    }
    assert_eq!(places("a: >+\n  x\n\n\nb: 1", "\n\n\n"), ["2:4+1"]);
    assert_eq!(places("a: | # of all\n  | x\n", "x"), ["2:5+1"]);
    assert_eq!(places("a: !!str &b |2-\n\n    & one\n  two", "two"), ["4:3+3"]);
    assert_eq!(places("a: &b # why\n  !!str >\n\n  one\n  two", "one two"), ["4:3+3", "5:3+3"]);
    assert_eq!(places("a: |2\n     \nb: 1", "   "), ["2:3+3"]);
}

#[test]
fn ranges_outside_are_held_inside() {
    let document = Document::yaml("t.yaml", "a: 'x é'", &Options::STRICT);
    let scalar = scalar(&document);
    let place = |range| {
        let place: Place = scalar.place_of(range);
        (place.column, place.width)
    };
    assert_eq!(place(0..99), (5, 3));
    assert_eq!(place(3..4), (7, 1));
    assert_eq!(place(4..4), (8, 1));
    assert_eq!(place(70..99), (8, 1));
    #[expect(clippy::reversed_empty_ranges, reason = "what a caller may get wrong")]
    let reversed = place(2..0);
    assert_eq!(reversed, (7, 1));
}

#[test]
fn an_empty_or_substituted_text_is_the_whole_scalar() {
    let document = Document::yaml("t.yaml", "a: ''", &Options::STRICT);
    assert_eq!(scalar(&document).place_of(0..1), Place { line: 1, column: 4, width: 2 });
    let mut hook = |scalar: &Scalar| {
        let text = scalar.text.replace("$X", "long");
        (text != scalar.text).then_some(lapwing_document::Substituted { text, replaced: true, unset: None })
    };
    let syntax = lapwing_document::Syntax::Yaml;
    let document = Document::parse_with("t.yaml", "a: b $X", syntax, &Options::STRICT, &mut hook);
    let scalar = scalar(&document);
    assert_eq!((scalar.text.as_str(), scalar.written.as_deref()), ("b long", Some("b $X")));
    assert_eq!(scalar.place_of(2..6), Place { line: 1, column: 4, width: 4 });
}
