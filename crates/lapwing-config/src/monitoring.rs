//! `monitoring.yaml`: what is watched of a service, said in the names of its `telemetry.yaml`.

mod dashboard;
mod decode;
mod located;
mod model;
mod query;
mod receiver;
mod severity;

pub use dashboard::*;
pub use located::Located;
pub use model::*;
pub use query::*;
pub use receiver::*;
pub use severity::Severity;

use std::path::Path;

use lapwing_document::{Document, Excerpt, Place};

use crate::{ConfigError, Object, keys, reading, secret};

/// Reads a `monitoring.yaml`.
///
/// # Errors
/// [`ConfigError::Read`] if there is no such file or it is no UTF-8, else as [`parse`].
pub fn load(path: impl AsRef<Path>) -> Result<Monitoring, ConfigError> {
    let path = path.as_ref();
    let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
    parse(&text, &path.display().to_string())
}

/// Reads a `monitoring.yaml` from text; `file` is its name in findings. Nothing is substituted: what is made from the
/// file is the same wherever it is made.
///
/// ```
/// use lapwing_config::monitoring::{Severity, parse};
///
/// let text = r#"
/// file_format: "1.0"
/// service: signer
/// alerts:
///   - name: SignSlow
///     severity: warning
///     summary: P95 of signing is above 1 s
///     condition:
///       quantile: {instrument: sign.duration, q: 0.95}
///       above: 1s
/// "#;
/// let monitoring = parse(text, "monitoring.yaml")?;
/// assert_eq!((monitoring.alerts[0].name.as_str(), monitoring.alerts[0].severity.value), ("SignSlow", Severity::Warning));
///
/// let wrong = parse(&text.replace("warning", "warnig"), "monitoring.yaml").unwrap_err();
/// assert_eq!(
///     wrong.to_string(),
///     "\
/// error: `warnig` is no `severity`
///  --> monitoring.yaml:6:15
///   |
/// 6 |     severity: warnig
///   |               ^^^^^^
///   = help: did you mean `warning`?"
/// );
/// # Ok::<(), lapwing_config::ConfigError>(())
/// ```
///
/// # Errors
/// [`ConfigError::Invalid`] with every error of the file, in file order.
pub fn parse(text: &str, file: &str) -> Result<Monitoring, ConfigError> {
    let (model, _) = reading::read(text, file, None, decode::monitoring)?;
    // Without a model there were errors.
    model.ok_or_else(|| ConfigError::Invalid(Vec::new()))
}

/// The lines at `place` of a `monitoring.yaml`, secrets starred out, to show what is wrong there.
pub fn excerpt(text: &str, file: &str, place: Place) -> Excerpt {
    let document = Document::yaml(file, text, &lapwing_document::Options::LENIENT);
    let (mut source, roots, _) = document.into_parts();
    roots.iter().for_each(|root| secret::mask(root, &mut source));
    source.excerpt(place)
}

/// Every object of `monitoring.yaml` with its keys, the root first: the table files are checked with.
pub fn reference() -> &'static [&'static Object] {
    keys::of_monitoring()
}
