//! YAML: documents, aliases, and what options say of the rest.

use lapwing_document::{Document, Options, Problem, ProblemKind, Treatment};

fn read(text: &str) -> Document {
    Document::yaml("t.yaml", text, &Options::LENIENT)
}

fn brief(problem: &Problem) -> String {
    let help = problem.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
    format!("{}:{} {}{help}", problem.place.line, problem.place.column, problem.message)
}

#[test]
fn every_document_has_its_root() {
    let document = read("a: 1\n---\n- x\n--- # empty\n...\n---\nb: é\n");
    let nouns: Vec<&str> = document.roots().iter().map(|root| root.noun()).collect();
    assert_eq!(nouns, ["a mapping", "a list", "null", "a mapping"]);
    assert_eq!(document.roots()[3].get("b").unwrap().place.line, 7);
    assert!(read("# nothing\n").roots().is_empty());
    let strict = Document::yaml("t.yaml", "a: 1\n---\nb: 2\n", &Options::STRICT);
    assert_eq!(strict.roots().len(), 1);
    assert_eq!(brief(&strict.problems()[0]), "2:1 a second document begins here");
}

#[test]
fn an_anchor_ends_with_its_document() {
    let document = read("a: &x 1\n---\nb: *x\n");
    assert_eq!(document.roots().len(), 1);
    assert_eq!(document.problems()[0].kind, ProblemKind::Alias);
    assert_eq!(
        brief(&document.problems()[0]),
        "3:4 the anchor of this alias is in another document (write the values out)"
    );
}

#[test]
fn what_was_read_before_a_mistake_stays() {
    let document = read("a: 1\n---\nb: [\n");
    assert!(!document.is_complete());
    assert_eq!(document.root().unwrap().get("a").unwrap().as_i64(), Some(1));
    assert_eq!(document.problems()[0].kind, ProblemKind::Syntax);
}

#[test]
fn merge_keys_are_merged_and_given_keys_win() {
    let text = "base: &b {a: 1, b: 2}\nmore: &m {b: 3, c: 4}\nx:\n  <<: [*b, *m]\n  a: 9\n";
    let document = read(text);
    assert_eq!(document.problems(), []);
    let x = document.root().unwrap().get("x").unwrap();
    let values: Vec<_> = x.entries().iter().map(|entry| (entry.key.as_str(), entry.value.as_i64())).collect();
    assert_eq!(values, [("a", Some(9)), ("b", Some(2)), ("c", Some(4))]);

    let reported = Document::yaml("t.yaml", text, &Options { merge_keys: Treatment::Report, ..Options::LENIENT });
    assert_eq!(
        reported.problems().iter().map(brief).collect::<Vec<_>>(),
        ["4:3 merge keys (`<<`) are not part of YAML 1.2 (write the keys out)"]
    );
    assert_eq!(reported.root().unwrap().get("x").unwrap().entries().len(), 3);
    let refused = Document::yaml("t.yaml", text, &Options { merge_keys: Treatment::Refuse, ..Options::LENIENT });
    assert!(refused.root().is_none() && !refused.is_complete());
}

#[test]
fn what_cannot_be_merged_is_reported() {
    let document = read("a:\n  <<: [{x: 1}, 2]\n");
    let found: Vec<String> = document.problems().iter().map(brief).collect();
    assert_eq!(found, ["2:16 an integer cannot be merged (`<<` takes an alias of a mapping, or a list of such)"]);
    assert_eq!(document.root().unwrap().at(&["a", "x"]).unwrap().as_i64(), Some(1));
    assert_eq!(read("a: {'<<': 1}").root().unwrap().at(&["a", "<<"]).unwrap().as_i64(), Some(1));
}

#[test]
fn tags_are_left_out_when_they_are_taken() {
    let document = read("a: !secret 1\nb: !Sub [x]\nc: !!int x\n");
    assert_eq!(document.problems(), []);
    assert_eq!(document.root().unwrap().get("a").unwrap().as_i64(), Some(1));
    assert_eq!(document.root().unwrap().get("c").unwrap().as_str(), Some("x"));
    let options = Options { tags: Treatment::Report, ..Options::LENIENT };
    let found: Vec<String> =
        Document::yaml("t.yaml", "a: !secret 1\nc: !!int x\n", &options).problems().iter().map(brief).collect();
    assert_eq!(
        found,
        [
            "1:4 unknown tag (leave the tag out: only YAML's core types are known)",
            "2:4 the tag does not fit the value (leave the tag out)"
        ]
    );
}

#[test]
fn of_a_duplicate_key_the_first_stays() {
    let document = read("a: 1\nb: 2\na: 3\n");
    assert_eq!(document.root().unwrap().get("a").unwrap().as_i64(), Some(1));
    assert_eq!(
        document.problems().iter().map(brief).collect::<Vec<_>>(),
        ["3:1 duplicate key `a` (it is first given on line 1: keep one)"]
    );
    let options = Options { duplicate_keys: Treatment::Accept, ..Options::LENIENT };
    assert_eq!(Document::yaml("t.yaml", "a: 1\na: 3\n", &options).problems(), []);
}

#[test]
fn the_limit_of_nodes_holds_for_what_is_written_and_for_aliases() {
    let options = Options { max_nodes: 10, ..Options::LENIENT };
    let read = |text: &str| Document::yaml("t.yaml", text, &options).problems().iter().map(brief).collect::<Vec<_>>();
    assert!(read("[1, 2, 3, 4, 5, 6, 7, 8, 9]").is_empty());
    assert_eq!(read("[1, 2, 3, 4, 5, 6, 7, 8, 9, 0]"), ["1:29 the document is too large (10 values are the most)"]);
    assert_eq!(read("[&a [1, 2], *a, *a, *a]"), ["1:21 aliases make the document too large (write the values out)"]);
}

#[test]
fn a_walk_names_the_way() {
    let document = read("panels: [{}, {targets: [{expr: up}]}]\n");
    let mut paths = Vec::new();
    document.root().unwrap().walk(&mut |path, node| {
        if path.key() == Some("expr") {
            paths.push((path.to_string(), node.as_str()));
        }
    });
    assert_eq!(paths, [("panels[1].targets[0].expr".to_owned(), Some("up"))]);
}

/// The parser counts bytes in comments; positions must not follow it.
#[test]
fn wide_characters_in_comments_move_nothing() {
    let document = read("a: x # é日本\nb: [\"ü\", 'it''s', y] # ü\nc: \"\\x41b\"\n");
    let root = document.root().unwrap();
    for (keys, part, column) in [("a", "x", 4), ("c", "b", 9)] {
        let scalar = root.get(keys).and_then(|node| node.scalar()).unwrap();
        let start = scalar.text.find(part).unwrap();
        assert_eq!(scalar.place_of(start..start + 1).column, column);
    }
    let items = root.get("b").unwrap().items();
    assert_eq!(items[1].scalar().unwrap().place_of(3..4).column, 15);
    assert_eq!(items[2].scalar().unwrap().place_of(0..1).column, 19);
}
