//! JSON: escapes, positions, and what is refused.

use lapwing_document::{Document, Options, ProblemKind, Resolved};

fn read(text: &str) -> Document {
    Document::json("t.json", text, &Options::LENIENT)
}

/// `line:column message` of the only problem.
fn refused(text: &str) -> String {
    let document = read(text);
    let [problem] = document.problems() else { panic!("{:?}", document.problems()) };
    assert!(problem.fatal && problem.kind == ProblemKind::Syntax && document.roots().is_empty());
    format!("{}:{} {}", problem.place.line, problem.place.column, problem.message)
}

#[test]
fn every_escape_is_decoded() {
    let text =
        r#"["\"\\\/\b\f\n\r\t", "\u00e9\u00E9", "\ud83d\ude00", "\ud83d", "\ude00\ud83d", "\ud83d\u0041", "😀"]"#;
    let document = read(text);
    let texts: Vec<&str> = document.root().unwrap().items().iter().filter_map(|item| item.as_str()).collect();
    assert_eq!(texts, ["\"\\/\x08\x0c\n\r\t", "éé", "😀", "\u{fffd}", "\u{fffd}\u{fffd}", "\u{fffd}A", "😀"]);
}

#[test]
fn values_have_their_types_and_places() {
    let document = read("{\"a\": [1, -2.5e3, true],\r\n \"b\": {\"c\": null, \"d\": \"1\"}}\r\n");
    let root = document.root().unwrap();
    let items = root.get("a").unwrap().items();
    assert_eq!(items.iter().map(|item| item.as_f64()).collect::<Vec<_>>(), [Some(1.0), Some(-2500.0), None]);
    assert_eq!(items[2].as_bool(), Some(true));
    let d = root.at(&["b", "d"]).unwrap();
    assert_eq!((d.as_str(), d.as_i64(), d.place.line, d.place.column, d.place.width), (Some("1"), None, 2, 24, 3));
    assert_eq!(root.at(&["b", "c"]).unwrap().scalar().unwrap().resolved, Resolved::Null);
    assert_eq!(root.entry("b").unwrap().key_place.column, 2);
    assert_eq!((root.extent.end.line, root.extent.end.column), (2, 29));
}

#[test]
fn of_a_duplicate_key_the_last_stays_and_both_places_are_known() {
    let document = read("{\"a\": 1,\n\"b\": 2,\n\"a\": 3}");
    assert_eq!(document.root().unwrap().get("a").unwrap().as_i64(), Some(3));
    let [problem] = document.problems() else { panic!("{:?}", document.problems()) };
    assert_eq!((problem.message.as_str(), problem.place.line, problem.fatal), ("duplicate key `a`", 3, false));
    assert_eq!(problem.help.as_deref(), Some("it is first given on line 1: keep one"));
}

#[test]
fn what_is_no_json_is_refused_where_it_breaks() {
    for (text, found) in [
        ("{", "1:2 this is not JSON: the text ends too early"),
        ("{\"a\" 1}", "1:6 this is not JSON: expected `:`"),
        ("{\"a\": 1,}", "1:9 this is not JSON: expected a key in double quotes"),
        ("{a: 1}", "1:2 this is not JSON: expected a key in double quotes"),
        ("[1,]", "1:4 this is not JSON: expected a value: a string, a number, `true`, `false`, `null`, `[` or `{`"),
        ("[1 2]", "1:4 this is not JSON: expected `,` or the end of what is open"),
        ("[1}", "1:3 this is not JSON: expected `,` or the end of what is open"),
        ("[1]]", "1:4 this is not JSON: expected the end of the text"),
        ("[01]", "1:2 this is not JSON: expected a value: a string, a number, `true`, `false`, `null`, `[` or `{`"),
        ("[NaN]", "1:2 this is not JSON: expected a value: a string, a number, `true`, `false`, `null`, `[` or `{`"),
        ("[\n \"a\nb\"]", "2:4 this is not JSON: a control character in a string, which must be escaped"),
        ("[\"a]", "1:2 this is not JSON: a string without its closing quote"),
        ("[\"é\\x\"]", "1:4 this is not JSON: no escape of JSON"),
        ("[\"\\u12g4\"]", "1:3 this is not JSON: no escape of JSON"),
    ] {
        assert_eq!(refused(text), found, "{text}");
    }
    let deep = refused_kind(&"[".repeat(100));
    assert_eq!(deep, ProblemKind::Depth);
    assert!(read(" \n").root().is_none() && read(" \n").is_complete());
}

fn refused_kind(text: &str) -> ProblemKind {
    read(text).problems().last().expect("a problem").kind
}
