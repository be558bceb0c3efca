//! Patterns of the declarative configuration: `*` for any text, `?` for one character.

/// Which names are wanted: those that an `included` pattern matches and no `excluded` one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Patterns {
    pub(crate) included: Vec<String>,
    pub(crate) excluded: Vec<String>,
}

impl Patterns {
    pub(crate) fn want(&self, name: &str) -> bool {
        let any = |patterns: &[String]| patterns.iter().any(|pattern| matches(pattern, name));
        any(&self.included) && !any(&self.excluded)
    }
}

/// Linear in the text for each `*`: on a mismatch only the latest `*` takes one character more.
fn matches(pattern: &str, text: &str) -> bool {
    let (mut pattern, mut text) = (pattern.chars(), text.chars());
    let mut retry = None;
    loop {
        let there = text.clone();
        match (pattern.next(), text.next()) {
            (None, None) => return true,
            (Some('*'), _) => {
                text = there.clone();
                retry = Some((pattern.clone(), there));
            }
            (Some('?'), Some(_)) => {}
            (Some(p), Some(t)) if p == t => {}
            _ => {
                let Some((after_star, mut longer)) = retry.take() else { return false };
                if longer.next().is_none() {
                    return false;
                }
                pattern = after_star.clone();
                text = longer.clone();
                retry = Some((after_star, longer));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks_match() {
        for (pattern, text, expected) in [
            ("service*", "service.name", true),
            ("service*", "my.service", false),
            ("*", "", true),
            ("*.name", "service.name", true),
            ("s*i?e.*e", "service.name", true),
            ("s*x*e", "service.name", false),
            ("?", "", false),
            ("?", "é", true),
            ("a*b*c", "aXbXbc", true),
            ("", "", true),
            ("", "a", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn excluded_wins() {
        let patterns = Patterns { included: vec!["a*".into()], excluded: vec!["ab".into()] };
        assert!(patterns.want("ac") && !patterns.want("ab") && !patterns.want("b"));
        assert!(!Patterns::default().want("a"));
    }
}
