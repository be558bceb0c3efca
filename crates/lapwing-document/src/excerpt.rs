//! Lines of files, drawn with what to look at underlined.

use std::{
    fmt::{self, Write},
    iter::repeat_n,
};

use crate::Position;

/// A line of a file, with a run of its characters to underline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// File as given.
    pub file: String,
    /// First character to underline.
    pub position: Position,
    /// The line itself, as it may be shown; of a long one a part.
    pub line_text: String,
    /// How many characters of the line stand before that part.
    pub cut: usize,
    /// How many characters to underline; at least 1.
    pub width: usize,
    /// What to say beside the underline.
    pub label: Option<String>,
}

impl Excerpt {
    /// The same with a label.
    pub fn labelled(self, label: impl Into<String>) -> Self {
        Excerpt { label: Some(label.into()), ..self }
    }
}

/// Excerpts drawn below each other, the first being what it is about, and notes under them.
///
/// `Display` draws it, without a break at its end:
///
/// ```
/// use lapwing_document::{Excerpt, Picture, Position};
///
/// let first = Excerpt {
///     file: "rules.yaml".to_owned(),
///     position: Position { line: 12, column: 9 },
///     line_text: "  expr: up == 2".to_owned(),
///     cut: 0,
///     width: 7,
///     label: Some("is never 2".to_owned()),
/// };
/// let second = Excerpt { file: "scrape.yaml".to_owned(), position: Position { line: 3, column: 1 }, line_text: "job: a".to_owned(), cut: 0, width: 3, label: None };
/// let picture = Picture { excerpts: &[first, second], notes: &[("help", "compare with 0 or 1")] };
/// assert_eq!(
///     format!("\n{picture}"),
///     "
///   --> rules.yaml:12:9
///    |
/// 12 |   expr: up == 2
///    |         ^^^^^^^ is never 2
///    |
///   ::: scrape.yaml:3:1
///    |
///  3 | job: a
///    | ---
///    = help: compare with 0 or 1"
/// );
/// ```
///
/// Places of the first one's file stand in file order under one arrow, each line once, or each part of a long line;
/// `...` stands for lines left out.
#[derive(Clone, Copy, Debug)]
pub struct Picture<'a> {
    /// What to draw; the first is what it is about.
    pub excerpts: &'a [Excerpt],
    /// Kind and text of each note, such as `help`.
    pub notes: &'a [(&'a str, &'a str)],
}

impl fmt::Display for Picture<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let largest = self.excerpts.iter().map(|excerpt| excerpt.position.line).max().unwrap_or(0);
        let digits = largest.to_string().len();
        let gutter = " ".repeat(digits);
        let mut files: Vec<&str> = Vec::new();
        for excerpt in self.excerpts {
            if !files.contains(&excerpt.file.as_str()) {
                files.push(&excerpt.file);
            }
        }
        for (index, file) in files.iter().enumerate() {
            let mut excerpts: Vec<(usize, &Excerpt)> =
                self.excerpts.iter().enumerate().filter(|(_, excerpt)| excerpt.file == *file).collect();
            let Some(&(_, Excerpt { position: Position { line, column }, .. })) = excerpts.first() else { continue };
            let arrow = if index == 0 { "-->" } else { ":::" };
            if index > 0 {
                write!(f, "\n{gutter} |\n")?;
            }
            write!(f, "{gutter}{arrow} {file}:{line}:{column}\n{gutter} |")?;
            excerpts.sort_by_key(|(_, excerpt)| excerpt.position);
            let mut last: Option<&Excerpt> = None;
            for (number, excerpt) in excerpts {
                let line = excerpt.position.line;
                let drawn = match last.filter(|last| last.shows(excerpt)) {
                    Some(drawn) => drawn,
                    None => {
                        if last.is_some_and(|last| last.position.line + 1 < line) {
                            f.write_str("\n...")?;
                        }
                        write!(f, "\n{line:>digits$} | {}", excerpt.line_text.trim_end())?;
                        excerpt
                    }
                };
                excerpt.underline(f, &gutter, drawn.cut, if number == 0 { '^' } else { '-' })?;
                last = Some(drawn);
            }
        }
        for (index, (kind, text)) in self.notes.iter().enumerate() {
            let start = if index == 0 && self.excerpts.is_empty() { "" } else { "\n" };
            write!(f, "{start}{gutter} = {kind}: {text}")?;
        }
        Ok(())
    }
}

impl Excerpt {
    /// Whether what `other` underlines is in what this one shows.
    fn shows(&self, other: &Excerpt) -> bool {
        self.position.line == other.position.line
            && (self.cut == other.cut
                || (self.cut..self.cut + self.line_text.chars().count()).contains(&other.position.column))
    }

    fn underline(&self, f: &mut fmt::Formatter<'_>, gutter: &str, cut: usize, mark: char) -> fmt::Result {
        let indent = self.position.column.saturating_sub(1).saturating_sub(cut);
        write!(f, "\n{gutter} | ")?;
        // A width given to the formatter may not pass 65 535.
        let drawn = repeat_n(' ', indent).chain(repeat_n(mark, self.width.max(1)));
        drawn.into_iter().try_for_each(|character| f.write_char(character))?;
        match &self.label {
            Some(label) => write!(f, " {label}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excerpt(file: &str, line: usize, column: usize, width: usize, text: &str) -> Excerpt {
        let position = Position { line, column };
        Excerpt { file: file.to_owned(), position, line_text: text.to_owned(), cut: 0, width, label: None }
    }

    fn draw(excerpts: &[Excerpt], notes: &[(&str, &str)]) -> String {
        format!("\n{}", Picture { excerpts, notes })
    }

    #[test]
    fn one_place_is_underlined() {
        let one = excerpt("t.yaml", 2, 1, 15, "logger_provider:  ");
        assert_eq!(
            draw(&[one], &[]),
            "
 --> t.yaml:2:1
  |
2 | logger_provider:
  | ^^^^^^^^^^^^^^^"
        );
    }

    #[test]
    fn places_of_one_file_stand_in_its_order_and_the_first_given_has_the_carets() {
        let places = [
            excerpt("t.yaml", 10, 3, 4, "  name: b").labelled("given again"),
            excerpt("t.yaml", 2, 3, 4, "  name: a").labelled("first"),
            excerpt("t.yaml", 10, 9, 1, "  name: b"),
            excerpt("t.yaml", 11, 1, 1, "x"),
        ];
        assert_eq!(
            draw(&places, &[("help", "keep one"), ("note", "names are global")]),
            "
  --> t.yaml:10:3
   |
 2 |   name: a
   |   ---- first
...
10 |   name: b
   |   ^^^^ given again
   |         -
11 | x
   | -
   = help: keep one
   = note: names are global"
        );
    }

    #[test]
    fn parts_of_a_long_line_are_drawn_with_what_is_underlined_in_them() {
        let far = "b".repeat(70_000);
        let source = crate::Source::new("t.json", &format!("{}one two{far}three", "a".repeat(100)));
        let at = |column, width| source.excerpt(crate::Place { line: 1, column, width });
        let places = [at(70_108, 5).labelled("here"), at(101, 3), at(105, 3)];
        let (a, b) = ("a".repeat(39), "b".repeat(114));
        assert_eq!(
            draw(&places, &[]),
            format!(
                "
 --> t.json:1:70108
  |
1 | …{a}one two{}…
  | {indent}---
  | {indent}    ---
1 | …{b}three
  | {}^^^^^ here",
                "b".repeat(72),
                " ".repeat(115),
                indent = " ".repeat(40),
            )
        );
    }

    #[test]
    fn parts_of_a_long_line_that_read_the_same_are_drawn_each() {
        let source = crate::Source::new("t.json", &"one two ".repeat(10_000));
        let at = |column| source.excerpt(crate::Place { line: 1, column, width: 3 });
        let drawn = draw(&[at(70_005), at(8_005)], &[]);
        assert!(drawn.lines().all(|line| line.chars().count() < 130), "{drawn}");
        assert_eq!((drawn.matches('^').count(), drawn.matches('-').count()), (3, 3 + "-->".len() - 1), "{drawn}");
    }

    #[test]
    fn a_far_column_is_no_panic() {
        let far = excerpt("t.json", 1, 70_000, 1, "x");
        assert!(draw(&[far], &[]).ends_with(" ^"));
    }

    #[test]
    fn nothing_to_draw_is_nothing() {
        assert_eq!(draw(&[], &[]), "\n");
        assert_eq!(draw(&[], &[("help", "x")]), "\n  = help: x");
    }
}
