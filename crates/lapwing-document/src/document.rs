//! A text as trees.

use crate::{
    Excerpt, Node, Options, Place, Problem, Scalar, Source, Substituted, Syntax, json,
    tree::{Hook, Tree},
    yaml,
};

/// A file's text, its documents as trees, and what is wrong with it as YAML or JSON.
#[derive(Clone, Debug)]
pub struct Document {
    source: Source,
    roots: Vec<Node>,
    problems: Vec<Problem>,
}

impl Document {
    /// Reads a text; `file` is its name in excerpts and says whether it is YAML or JSON ([`Syntax::of`]).
    pub fn parse(file: &str, text: &str, options: &Options) -> Document {
        Document::parse_with(file, text, Syntax::of(file), options, &mut |_| None)
    }

    /// Reads YAML: none, one or many documents.
    pub fn yaml(file: &str, text: &str, options: &Options) -> Document {
        Document::parse_with(file, text, Syntax::Yaml, options, &mut |_| None)
    }

    /// Reads JSON.
    pub fn json(file: &str, text: &str, options: &Options) -> Document {
        Document::parse_with(file, text, Syntax::Json, options, &mut |_| None)
    }

    /// Reads a text and lets `hook` change the text of each value (not of keys) before its type is found. The hook
    /// gets the value as written and answers with none to leave it so.
    ///
    /// ```
    /// use lapwing_document::{Document, Options, Resolved, Substituted, Syntax};
    ///
    /// let mut hook = |scalar: &lapwing_document::Scalar| {
    ///     let text = scalar.text.replace("${PORT}", "9000");
    ///     (text != scalar.text).then_some(Substituted { text, replaced: true, unset: None })
    /// };
    /// let document = Document::parse_with("a.yaml", "port: ${PORT}", Syntax::Yaml, &Options::STRICT, &mut hook);
    /// assert_eq!(document.roots()[0].get("port").and_then(|port| port.as_i64()), Some(9000));
    /// ```
    pub fn parse_with(
        file: &str,
        text: &str,
        syntax: Syntax,
        options: &Options,
        hook: &mut dyn FnMut(&Scalar) -> Option<Substituted>,
    ) -> Document {
        let hook: Hook<'_> = hook;
        let source = Source::new(file, text);
        let mut tree = Tree::new(&source, options, hook, syntax == Syntax::Json);
        // Why it stopped is the last problem.
        let _ = match syntax {
            Syntax::Yaml => yaml::read(&mut tree),
            Syntax::Json => json::read(&mut tree),
        };
        let (roots, problems) = (tree.roots, tree.problems);
        Document { source, roots, problems }
    }

    /// The documents that were read to their end, each its root.
    pub fn roots(&self) -> &[Node] {
        &self.roots
    }

    /// The first document's root.
    pub fn root(&self) -> Option<&Node> {
        self.roots.first()
    }

    /// What is wrong, in file order.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Whether all of the text was read.
    pub fn is_complete(&self) -> bool {
        !self.problems.iter().any(|problem| problem.fatal)
    }

    /// The text by lines.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The text by lines, to star out what must not be shown.
    pub fn source_mut(&mut self) -> &mut Source {
        &mut self.source
    }

    /// The line at `place`, with what to underline.
    pub fn excerpt(&self, place: Place) -> Excerpt {
        self.source.excerpt(place)
    }

    /// Its parts.
    pub fn into_parts(self) -> (Source, Vec<Node>, Vec<Problem>) {
        (self.source, self.roots, self.problems)
    }
}
