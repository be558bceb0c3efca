//! Patterns of the declarative configuration: `*` for any text, `?` for one character.

use wildmatch::WildMatch;

/// Which names are wanted: those that an `included` pattern matches and no `excluded` one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Patterns {
    pub(crate) included: Vec<String>,
    pub(crate) excluded: Vec<String>,
}

impl Patterns {
    pub(crate) fn want(&self, name: &str) -> bool {
        let any = |patterns: &[String]| patterns.iter().any(|pattern| WildMatch::new(pattern).matches(name));
        any(&self.included) && !any(&self.excluded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excluded_wins() {
        let patterns = Patterns { included: vec!["a*".into()], excluded: vec!["ab".into()] };
        assert!(patterns.want("ac") && !patterns.want("ab") && !patterns.want("b"));
        assert!(!Patterns::default().want("a"));
    }
}
