//! From text to a model or findings, whatever the file is about.

use lapwing_document::{Document, Node, Options, Scalar, Syntax};

use crate::{ConfigError, Finding, Severity, cursor::Context, secret, substitution};

/// Reads a text and decodes it; the findings are warnings. Without `env` nothing is substituted.
pub(crate) fn read<T: Default>(
    text: &str,
    file: &str,
    env: Option<substitution::Environment<'_>>,
    decode: impl FnOnce(&Context, Option<&Node>) -> T,
) -> Result<(T, Vec<Finding>), ConfigError> {
    let cx = Context::new(file);
    let mut substitute = |scalar: &Scalar| substitution::apply(scalar, env?, &cx);
    let document = Document::parse_with(file, text, Syntax::Yaml, &Options::STRICT, &mut substitute);
    let complete = document.is_complete();
    let (mut source, roots, problems) = document.into_parts();
    problems.into_iter().for_each(|problem| cx.problem(problem, &source, env.is_some()));
    let mut model = T::default();
    if complete {
        model = decode(&cx, roots.first());
        roots.iter().for_each(|root| secret::mask(root, &mut source));
    } else {
        let secrets: Vec<_> = cx.lines().into_iter().filter_map(|line| secret::in_unparsed(line, &source)).collect();
        secrets.into_iter().for_each(|extent| source.mask(extent));
    }
    let (errors, warnings): (Vec<_>, Vec<_>) =
        cx.into_findings(&source).into_iter().partition(|finding| finding.severity == Severity::Error);
    if errors.is_empty() { Ok((model, warnings)) } else { Err(ConfigError::Invalid(errors)) }
}
