//! Any text, written in any style, is read back with every character at its place.

use lapwing_document::{Document, Options, Scalar};
use proptest::prelude::*;

/// Fragments of what such files hold, and characters that are written otherwise than they are read.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        6 => prop::sample::select(vec![
            "sum", " by ", "(", "rate", "[5m]", " ", "  ", "\n", "\n\n", "\n  ", "'", "\"", "\\", "/", "{{ $labels.x }}", "é", "ü ",
            "😀", "日本", "\t", "#", ": ", "- ", "%", "a", "\u{a0}", "0",
        ])
        .prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 1..24).prop_map(|pieces| pieces.concat())
}

/// Characters YAML takes unescaped, and which do not move the cursor of those who count columns otherwise.
fn is_printable(c: char) -> bool {
    matches!(c, '\n' | '\t' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}' | '\u{10000}'..)
}

fn printable(text: &str) -> String {
    text.chars().filter(|&c| is_printable(c)).collect()
}

fn read(written: &str, json: bool) -> Document {
    let file = if json { "t.json" } else { "t.yaml" };
    Document::parse(file, written, &Options::STRICT)
}

/// Every character of the value is at its place: itself, an escape that stands for it, or a line break.
fn check(written: &str, json: bool, wanted: &str) -> Result<(), TestCaseError> {
    let document = read(written, json);
    let scalar = document.root().and_then(|root| root.get("k")).and_then(|node| node.scalar());
    let Some(scalar) = scalar else {
        return Err(TestCaseError::fail(format!("{:?} of {written:?}", document.problems())));
    };
    prop_assert_eq!(&scalar.text, wanted, "{:?}", written);
    prop_assert!(wanted.is_empty() || scalar.origin.is_known(), "lost: {:?}", written);
    for (offset, character) in scalar.text.char_indices() {
        let place = scalar.place_of(offset..offset + character.len_utf8());
        let line = document.source().line(place.line);
        let found: String = line.chars().skip(place.column - 1).take(place.width).collect();
        prop_assert!(stands_for(&found, character, line, place.column), "{character:?} is {found:?} in {written:?}");
    }
    whole_range(scalar, &document, json)
}

fn stands_for(found: &str, character: char, line: &str, column: usize) -> bool {
    if found == character.to_string() {
        return true;
    }
    // A break, kept or folded to a blank, is behind its line.
    if found.is_empty() {
        return matches!(character, '\n' | ' ') && column == line.chars().count() + 1;
    }
    let escape = found.strip_prefix('\\').map(|rest| (&rest[..1], rest.get(1..).unwrap_or("")));
    match escape {
        Some(("x" | "U", digits)) => u32::from_str_radix(digits, 16) == Ok(u32::from(character)),
        Some(("u", digits)) => {
            let units: Vec<u16> = digits.split("\\u").filter_map(|unit| u16::from_str_radix(unit, 16).ok()).collect();
            String::from_utf16(&units).is_ok_and(|text| text == character.to_string())
        }
        Some(("n", "")) => character == '\n',
        Some(("t", "")) => character == '\t',
        Some((itself, "")) => itself == character.to_string(),
        Some(_) => false,
        None => found == "''" && character == '\'',
    }
}

/// Lines of the whole value's places rise, and all lie inside the file.
fn whole_range(scalar: &Scalar, document: &Document, json: bool) -> Result<(), TestCaseError> {
    let places = scalar.places_of(0..scalar.text.len());
    prop_assert!(!json || places.len() == 1);
    prop_assert!(places.windows(2).all(|pair| pair[0].line < pair[1].line), "{places:?}");
    for place in places {
        let length = document.source().line(place.line).chars().count();
        prop_assert!(place.column >= 1 && place.column + place.width <= length + 2, "{place:?}");
    }
    Ok(())
}

/// Writes in double quotes; `choices` says for each character whether and how it is escaped.
fn double_quoted(text: &str, choices: &[u8], json: bool) -> String {
    let mut written = "\"".to_owned();
    for (character, choice) in text.chars().zip(choices.iter().cycle()) {
        match (character, choice % 4) {
            ('"' | '\\', _) => written.extend(['\\', character]),
            ('\n', _) => written.push_str("\\n"),
            ('/', 0) => written.push_str("\\/"),
            ('\t', 0) => written.push_str("\\t"),
            (_, 0) if json => {
                character.encode_utf16(&mut [0; 2]).iter().for_each(|unit| written += &format!("\\u{unit:04x}"))
            }
            (_, 0) if u32::from(character) < 0x100 => written += &format!("\\x{:02x}", u32::from(character)),
            (_, 0) => written += &format!("\\U{:08x}", u32::from(character)),
            // An escaped break is nothing, but would eat blanks around it.
            (c, 1) if !json && !c.is_whitespace() && is_printable(c) => written.extend(['\\', '\n', ' ', c]),
            (c, _) if !is_printable(c) || c == '\t' => written += &format!("\\u{:04x}", u32::from(c) & 0xffff),
            (c, _) => written.push(c),
        }
    }
    written + "\""
}

/// Lines folded as YAML folds them: one break of the text is two in the file.
fn folded(text: &str) -> String {
    text.replace('\n', "\n\n  ")
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 1_500 }) })]

    #[test]
    fn double_quotes(text in text(), choices in prop::collection::vec(any::<u8>(), 1..9)) {
        let text: String = text.chars().filter(|&c| is_printable(c) || u32::from(c) < 0x1_0000).collect();
        check(&format!("k: {}\n", double_quoted(&text, &choices, false)), false, &text)?;
    }

    #[test]
    fn json_strings(text in text(), choices in prop::collection::vec(any::<u8>(), 1..9)) {
        let text: String = text.chars().filter(|&c| is_printable(c) || u32::from(c) < 0x1_0000).collect();
        check(&format!("{{\"é\": 1,\r\n \"k\": {}}}", double_quoted(&text, &choices, true)), true, &text)?;
    }

    #[test]
    fn single_quotes(text in text()) {
        // White space around breaks is not part of a folded text.
        let lines: Vec<String> = printable(&text).lines().map(|line| line.trim().replace('\t', "")).filter(|line| !line.is_empty()).collect();
        let text = lines.join("\n");
        check(&format!("k: '{}'\n", folded(&text.replace('\'', "''"))), false, &text)?;
    }

    #[test]
    fn plain(words in prop::collection::vec("[a-zß-öΑ-Ω(){}=~<>+*/'\"|!@,.\\[\\]]{1,9}", 1..8), breaks in prop::collection::vec(0_usize..4, 8)) {
        let (mut text, mut written) = ("x".to_owned(), "x".to_owned());
        for (word, breaks) in words.iter().zip(breaks) {
            match breaks {
                0 => (text.push(' '), written.push(' ')),
                1 => (text.push(' '), written.push_str(" \n   ")),
                more => (text.push_str(&"\n".repeat(more - 1)), written.push_str(&("\n  ".repeat(more)))),
            };
            text += word;
            written += word;
        }
        check(&format!("k: {written} # é\nl: 1\n"), false, &text)?;
    }

    #[test]
    fn literal_blocks(text in text(), indentation in 1_usize..5, deep in any::<bool>(), crlf in any::<bool>()) {
        let text = printable(&text).replace('\u{feff}', "");
        // Something to tell the indentation by.
        let text = format!("x{text}é");
        let text = if deep { format!("\n  {text}") } else { text };
        let pad = " ".repeat(indentation);
        let lines: Vec<String> = text.split('\n').map(|line| if line.is_empty() { String::new() } else { format!("{pad}{line}") }).collect();
        let written = format!("k: |{indentation}-\n{}\n\n# end\nl: 1\n", lines.join("\n"));
        let written = if crlf { written.replace('\n', "\r\n") } else { written };
        check(&written, false, &text)?;
    }

    #[test]
    fn folded_blocks(lines in prop::collection::vec(("( {0,2})[a-zé😀#:'\"\\\\]{1,6}", 1_usize..4), 1..9), keep in any::<bool>(), more in 0_usize..3) {
        // Lines that are indented more keep the breaks around them.
        let mut text = String::new();
        let mut written = format!("k: >2{}\n", if keep { "+" } else { "-" });
        for (index, ((line, breaks), next)) in lines.iter().zip(lines.iter().skip(1).map(Some).chain([None])).enumerate() {
            let line = if index == 0 { line.trim_start() } else { line.as_str() };
            text += line;
            written += &format!("  {line}");
            let Some((next, _)) = next else { break };
            written += &"\n".repeat(*breaks);
            let indented = line.starts_with(' ') || next.starts_with(' ');
            text += &if indented { "\n".repeat(*breaks) } else if *breaks == 1 { " ".to_owned() } else { "\n".repeat(breaks - 1) };
        }
        written += &"\n".repeat(more + 1);
        if keep {
            text += &"\n".repeat(more + 1);
        }
        check(&written, false, &text)?;
    }
}
