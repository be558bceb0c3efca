//! Labels: their names, where their values come from, which values are allowed.

/// A label: its name, where its value comes from, and which values are allowed.
///
/// Values are always recorded as strings, as `{}` prints them (a `?field` as `{:?}` prints it), so that a number
/// recorded late, a default and a closed list mean the same series. A value longer than
/// [`Label::VALUE_LIMIT`] bytes is cut at the last whole character before it and counted as the problem `label_cut`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Attribute key the value is recorded under.
    pub name: String,
    /// Where the value comes from.
    pub source: LabelSource,
    /// Value when the field is missing; without one a missing field leaves the label out.
    pub default: Option<String>,
    /// Closed list of values: anything else becomes `other`. Closed lists also allow series to exist at 0 from the start.
    pub values: Option<Vec<String>>,
}

/// Where a label's value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LabelSource {
    /// A field of the span or event.
    Field(String),
    /// `ok` or `error`.
    Outcome,
    /// The span's name.
    SpanName,
    /// Always the same value.
    Constant(String),
}

impl Label {
    /// Longest label value, in bytes; longer ones are cut.
    pub const VALUE_LIMIT: usize = 1024;

    /// What a value outside a closed list becomes.
    pub const OTHER: &'static str = "other";

    /// The value of the field `name`, under that name.
    pub fn field(name: impl Into<String>) -> Self {
        let name = name.into();
        Self { name: name.clone(), source: LabelSource::Field(name), default: None, values: None }
    }

    /// `ok` or `error`, under the name `outcome`.
    pub fn outcome() -> Self {
        Self { name: "outcome".to_owned(), source: LabelSource::Outcome, default: None, values: None }
    }

    /// The name of the span or event, under the name `span_name`.
    pub fn span_name() -> Self {
        Self { name: "span_name".to_owned(), source: LabelSource::SpanName, default: None, values: None }
    }

    /// Always `value`, under `name`.
    pub fn constant(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), source: LabelSource::Constant(value.into()), default: None, values: None }
    }

    /// The same value under another name.
    #[must_use]
    pub fn renamed(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Value when the field is missing. Default: the label is left out.
    #[must_use]
    pub fn or(mut self, default: impl Into<String>) -> Self {
        self.default = Some(default.into());
        self
    }

    /// Closes the list of values: any other becomes `other`. Default: any value.
    ///
    /// Close the list of whatever comes from outside, such as a method, a path or a user's name: an open label lets the
    /// outside decide how many series there are.
    #[must_use]
    pub fn one_of<V: Into<String>>(mut self, values: impl IntoIterator<Item = V>) -> Self {
        self.values = Some(values.into_iter().map(Into::into).collect());
        self
    }
}
