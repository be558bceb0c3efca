//! Where two texts differ, in short.

/// Lines shown of each side.
const MOST: usize = 6;

/// The lines that differ, those of `before` with `-` and those of `after` with `+`, with the number of the first.
pub(super) fn lines(before: &str, after: &str) -> String {
    let (before, after): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let same = before.iter().zip(&after).take_while(|(a, b)| a == b).count();
    let (before, after) = (&before[same..], &after[same..]);
    let tail = before.iter().rev().zip(after.iter().rev()).take_while(|(a, b)| a == b).count();
    let (before, after) = (&before[..before.len() - tail], &after[..after.len() - tail]);
    let mut out = format!("  from line {} on\n", same + 1);
    for (sign, lines) in [('-', before), ('+', after)] {
        for line in lines.iter().take(MOST) {
            out += &format!("  {sign} {line}\n");
        }
        if lines.len() > MOST {
            out += &format!("  {sign} … {} more lines\n", lines.len() - MOST);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_shown() {
        assert_eq!(lines("a\nb\nc\n", "a\nx\ny\nc\n"), "  from line 2 on\n  - b\n  + x\n  + y\n");
        assert_eq!(lines("a\n", "a\nb\n"), "  from line 2 on\n  + b\n");
        let long: String = (0..9).map(|number| format!("{number}\n")).collect();
        assert!(lines(&long, "").ends_with("  - 5\n  - … 3 more lines\n"));
    }
}
