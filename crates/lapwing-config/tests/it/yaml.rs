//! YAML itself: what of it is served and what is refused.

use lapwing_config::AttributeValue;

use crate::support::{bad, errors, good};

#[test]
fn text_that_is_no_yaml_is_shown_where_it_breaks() {
    let found = bad("disabled: [true\nlog_level: info\n");
    assert_eq!(found.len(), 1);
    assert!(found[0].message.starts_with("this is not YAML: "), "{}", found[0].message);
    assert_eq!(found[0].file, "t.yaml");
}

#[test]
fn a_substitution_without_quotes_in_a_flow_mapping_is_explained() {
    let found = errors("resource: {schema_url: ${URL}}\n");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("a substitution needs quotes: \"${NAME}\""), "{found:?}");
}

#[test]
fn a_quoted_number_from_the_environment_is_explained() {
    let found = errors(
        "tracer_provider: {processors: [{simple: {exporter: {console: }}}], sampler: {trace_id_ratio_based: {ratio: \"${RATIO:-0}\"}}}",
    );
    assert_eq!(
        found,
        ["2:108 `ratio` must be a number, found a string from `${RATIO}` (quotes make it a string: leave them out; \
          inside `{…}` and `[…]` a substitution needs them, so write block style)"]
    );
}

#[test]
fn duplicate_keys_are_refused_with_both_lines() {
    assert_eq!(
        errors("disabled: true\nlog_level: info\ndisabled: false\n"),
        ["4:1 duplicate key `disabled` (it is first given on line 2: keep one)"]
    );
}

#[test]
fn a_second_document_is_refused() {
    assert_eq!(errors("---\na: b\n"), ["2:1 a second document begins here (a configuration is one document)"]);
}

#[test]
fn aliases_stand_for_their_anchors() {
    let configuration = good(
        "\
resource:
  attributes:
    - {name: a, value: &v text}
    - {name: b, value: *v}
",
    );
    assert_eq!(configuration.resource[1], ("b".to_owned(), AttributeValue::String("text".to_owned())));
}

#[test]
fn merge_keys_are_refused() {
    assert_eq!(
        errors("resource: &r {schema_url: u}\nattribute_limits:\n  <<: *r\n"),
        ["4:3 merge keys (`<<`) are not part of YAML 1.2 (write the keys out)"]
    );
}

#[test]
fn aliases_that_would_fill_memory_are_refused() {
    let mut body = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..20 {
        let items = vec![format!("*a{}", level - 1); 10].join(", ");
        body += &format!("a{level}: &a{level} [{items}]\n");
    }
    let found = errors(&body);
    assert_eq!(found.len(), 1);
    assert!(found[0].contains("aliases make the document too large"), "{found:?}");
}

#[test]
fn an_alias_inside_its_anchor_is_refused() {
    assert_eq!(
        errors("resource: &r {attributes: *r}\n"),
        ["2:27 this alias stands inside its own anchor (write the values out)"]
    );
}

#[test]
fn deep_nesting_is_refused() {
    let found = errors(&format!("resource: {}{}\n", "[".repeat(100), "]".repeat(100)));
    assert_eq!(found.len(), 1);
    assert!(found[0].contains("nested too deeply"), "{found:?}");
}

#[test]
fn tags_and_odd_keys_are_refused() {
    assert_eq!(
        errors("disabled: !secret x\n"),
        ["2:11 unknown tag (leave the tag out: only YAML's core types are known)"]
    );
    assert_eq!(errors("? [a]\n: b\n"), ["2:3 a key must be a plain word (lists and mappings cannot be keys)"]);
    assert_eq!(errors("disabled: !!int x\n"), ["2:11 the tag does not fit the value (leave the tag out)"]);
    let tagged = good("resource: {attributes: [{name: a, value: !!str 1}]}");
    assert_eq!(tagged.resource[0].1, AttributeValue::String("1".to_owned()));
}

#[test]
fn odd_line_ends_and_a_byte_order_mark_keep_the_positions() {
    for text in ["file_format: \"1.1\"\r\n\r\ndisabeld: 1\r\n", "\u{feff}file_format: \"1.1\"\n\ndisabeld: 1\n"] {
        let error = lapwing_config::parse(text, "t.yaml", &|_| None).expect_err("an unknown key");
        let finding = &error.findings()[0];
        assert_eq!((finding.position.line, finding.position.column, finding.line_text.as_str()), (3, 1, "disabeld: 1"));
    }
}

#[test]
fn wide_and_control_characters_do_not_spoil_the_picture() {
    let found = bad("resource: {schema_url: \"é\", \"\\e[31mx\": 1}\n");
    assert_eq!(found[0].message, "unknown key `\\u{1b}[31mx` in `resource`");
    assert_eq!(found[0].position.column, 29);
    assert!(!found[0].to_string().contains('\u{1b}'));
}
