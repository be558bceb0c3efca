//! Which file the environment names.

use std::path::PathBuf;

const NAME: &str = "OTEL_CONFIG_FILE";
const DEPRECATED: &str = "OTEL_EXPERIMENTAL_CONFIG_FILE";

/// The configuration file that `OTEL_CONFIG_FILE` names; unset and empty are the same.
///
/// Without it the deprecated `OTEL_EXPERIMENTAL_CONFIG_FILE` is used; [`load`](crate::load) then adds a warning.
pub fn file_from_env() -> Option<PathBuf> {
    choose(|name| std::env::var_os(name)).map(|(path, _)| path)
}

/// A warning if `path` was chosen by the deprecated variable.
pub(crate) fn deprecation(path: &std::path::Path) -> Option<crate::Finding> {
    deprecation_by(path, |name| std::env::var_os(name))
}

fn choose(env: impl Fn(&str) -> Option<std::ffi::OsString>) -> Option<(PathBuf, &'static str)> {
    let set = |name| env(name).filter(|value| !value.is_empty()).map(|value| (PathBuf::from(value), name));
    set(NAME).or_else(|| set(DEPRECATED))
}

fn deprecation_by(path: &std::path::Path, env: impl Fn(&str) -> Option<std::ffi::OsString>) -> Option<crate::Finding> {
    let (chosen, name) = choose(env)?;
    (name == DEPRECATED && chosen == path).then(|| crate::Finding {
        severity: crate::Severity::Warning,
        file: "environment".to_owned(),
        position: crate::Position { line: 1, column: 1 },
        line_text: format!("{DEPRECATED}={}", path.display()),
        cut: 0,
        width: DEPRECATED.len(),
        message: format!("`{DEPRECATED}` is deprecated"),
        help: Some(format!("set `{NAME}`")),
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_stable_variable_wins_and_empty_is_unset() {
        let both = |name: &str| (name == NAME).then(|| "a.yaml".into()).or(Some("b.yaml".into()));
        assert_eq!(choose(both), Some(("a.yaml".into(), NAME)));
        let empty = |name: &str| Some(if name == NAME { "".into() } else { "b.yaml".into() });
        assert_eq!(choose(empty), Some(("b.yaml".into(), DEPRECATED)));
        assert_eq!(choose(|_| Some("".into())), None);
        assert_eq!(choose(|_| None), None);
    }

    #[test]
    fn the_deprecated_variable_is_warned_about_when_it_chose_the_file() {
        let old = |name: &str| (name == DEPRECATED).then(|| "b.yaml".into());
        let warning = deprecation_by(Path::new("b.yaml"), old).unwrap();
        assert_eq!(
            warning.to_string(),
            "\
warning: `OTEL_EXPERIMENTAL_CONFIG_FILE` is deprecated
 --> environment:1:1
  |
1 | OTEL_EXPERIMENTAL_CONFIG_FILE=b.yaml
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  = help: set `OTEL_CONFIG_FILE`"
        );
        assert_eq!(deprecation_by(Path::new("c.yaml"), old), None);
    }
}
