//! The functions of PromQL: what they take, what they give, which Prometheus has them.

use std::fmt;

use ValueType::{Matrix, Scalar, String, Vector};

/// What an expression gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ValueType {
    /// One number.
    Scalar,
    /// Series with one value each.
    Vector,
    /// Series with values over a time.
    Matrix,
    /// Text.
    String,
    /// Depends on a Grafana variable.
    Unknown,
}

impl ValueType {
    /// Whether a value of this type can stand where `wanted` is.
    pub(crate) fn fits(self, wanted: ValueType) -> bool {
        self == wanted || self == ValueType::Unknown
    }
}

impl fmt::Display for ValueType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Scalar => "a scalar",
            Vector => "an instant vector",
            Matrix => "a range vector",
            String => "a string",
            ValueType::Unknown => "whatever its variable stands for",
        })
    }
}

/// Which Prometheus has something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Availability {
    /// Prometheus 2.42 has it.
    pub in_2_42: bool,
    /// The first 3.x that has it; `None` where Prometheus 3 has dropped it.
    pub since_3: Option<u8>,
    /// Only with `--enable-feature=promql-experimental-functions`.
    pub experimental: bool,
}

const ALWAYS: Availability = Availability { in_2_42: true, since_3: Some(0), experimental: false };
const SINCE_3: Availability = Availability { in_2_42: false, ..ALWAYS };
const EXPERIMENTAL: Availability = Availability { experimental: true, ..SINCE_3 };
const EXPERIMENTAL_3_5: Availability = Availability { since_3: Some(5), ..EXPERIMENTAL };
const EXPERIMENTAL_3_7: Availability = Availability { since_3: Some(7), ..EXPERIMENTAL };
const UNTIL_2: Availability = Availability { since_3: None, ..ALWAYS };

impl Availability {
    pub(crate) const SINCE_3: Availability = SINCE_3;
    pub(crate) const EXPERIMENTAL: Availability = EXPERIMENTAL;
}

/// A function.
#[derive(Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub args: &'static [ValueType],
    /// How many of [`Function::args`], from the last, may be left out.
    pub optional: usize,
    /// The last argument may be given any number of times.
    pub variadic: bool,
    /// What it gives.
    pub returns: ValueType,
    /// Which Prometheus has it.
    pub availability: Availability,
}

impl Function {
    /// The function of that name; case matters.
    pub fn by_name(name: &str) -> Option<&'static Function> {
        FUNCTIONS.binary_search_by(|function| function.name.cmp(name)).ok().map(|place| &FUNCTIONS[place])
    }

    /// All functions, by name.
    pub fn all() -> &'static [Function] {
        &FUNCTIONS
    }

    /// Works on the values of a range vector, each series by itself.
    pub fn is_over_time(&self) -> bool {
        self.args.contains(&Matrix)
    }
}

const fn function(
    name: &'static str,
    args: &'static [ValueType],
    optional: usize,
    variadic: bool,
    returns: ValueType,
    availability: Availability,
) -> Function {
    Function { name, args, optional, variadic, returns, availability }
}

#[rustfmt::skip]
static FUNCTIONS: [Function; 83] = [
    function("abs", &[Vector], 0, false, Vector, ALWAYS),
    function("absent", &[Vector], 0, false, Vector, ALWAYS),
    function("absent_over_time", &[Matrix], 0, false, Vector, ALWAYS),
    function("acos", &[Vector], 0, false, Vector, ALWAYS),
    function("acosh", &[Vector], 0, false, Vector, ALWAYS),
    function("asin", &[Vector], 0, false, Vector, ALWAYS),
    function("asinh", &[Vector], 0, false, Vector, ALWAYS),
    function("atan", &[Vector], 0, false, Vector, ALWAYS),
    function("atanh", &[Vector], 0, false, Vector, ALWAYS),
    function("avg_over_time", &[Matrix], 0, false, Vector, ALWAYS),
    function("ceil", &[Vector], 0, false, Vector, ALWAYS),
    function("changes", &[Matrix], 0, false, Vector, ALWAYS),
    function("clamp", &[Vector, Scalar, Scalar], 0, false, Vector, ALWAYS),
    function("clamp_max", &[Vector, Scalar], 0, false, Vector, ALWAYS),
    function("clamp_min", &[Vector, Scalar], 0, false, Vector, ALWAYS),
    function("cos", &[Vector], 0, false, Vector, ALWAYS),
    function("cosh", &[Vector], 0, false, Vector, ALWAYS),
    function("count_over_time", &[Matrix], 0, false, Vector, ALWAYS),
    function("day_of_month", &[Vector], 1, false, Vector, ALWAYS),
    function("day_of_week", &[Vector], 1, false, Vector, ALWAYS),
    function("day_of_year", &[Vector], 1, false, Vector, ALWAYS),
    function("days_in_month", &[Vector], 1, false, Vector, ALWAYS),
    function("deg", &[Vector], 0, false, Vector, ALWAYS),
    function("delta", &[Matrix], 0, false, Vector, ALWAYS),
    function("deriv", &[Matrix], 0, false, Vector, ALWAYS),
    function("double_exponential_smoothing", &[Matrix, Scalar, Scalar], 0, false, Vector, EXPERIMENTAL),
    function("exp", &[Vector], 0, false, Vector, ALWAYS),
    function("first_over_time", &[Matrix], 0, false, Vector, EXPERIMENTAL_3_7),
    function("floor", &[Vector], 0, false, Vector, ALWAYS),
    function("histogram_avg", &[Vector], 0, false, Vector, SINCE_3),
    function("histogram_count", &[Vector], 0, false, Vector, ALWAYS),
    function("histogram_fraction", &[Scalar, Scalar, Vector], 0, false, Vector, ALWAYS),
    function("histogram_quantile", &[Scalar, Vector], 0, false, Vector, ALWAYS),
    function("histogram_stddev", &[Vector], 0, false, Vector, SINCE_3),
    function("histogram_stdvar", &[Vector], 0, false, Vector, SINCE_3),
    function("histogram_sum", &[Vector], 0, false, Vector, ALWAYS),
    function("holt_winters", &[Matrix, Scalar, Scalar], 0, false, Vector, UNTIL_2),
    function("hour", &[Vector], 1, false, Vector, ALWAYS),
    function("idelta", &[Matrix], 0, false, Vector, ALWAYS),
    function("increase", &[Matrix], 0, false, Vector, ALWAYS),
    function("info", &[Vector, Vector], 1, false, Vector, EXPERIMENTAL),
    function("irate", &[Matrix], 0, false, Vector, ALWAYS),
    function("label_join", &[Vector, String, String, String], 1, true, Vector, ALWAYS),
    function("label_replace", &[Vector, String, String, String, String], 0, false, Vector, ALWAYS),
    function("last_over_time", &[Matrix], 0, false, Vector, ALWAYS),
    function("ln", &[Vector], 0, false, Vector, ALWAYS),
    function("log10", &[Vector], 0, false, Vector, ALWAYS),
    function("log2", &[Vector], 0, false, Vector, ALWAYS),
    function("mad_over_time", &[Matrix], 0, false, Vector, EXPERIMENTAL),
    function("max_over_time", &[Matrix], 0, false, Vector, ALWAYS),
    function("min_over_time", &[Matrix], 0, false, Vector, ALWAYS),
    function("minute", &[Vector], 1, false, Vector, ALWAYS),
    function("month", &[Vector], 1, false, Vector, ALWAYS),
    function("pi", &[], 0, false, Scalar, ALWAYS),
    function("predict_linear", &[Matrix, Scalar], 0, false, Vector, ALWAYS),
    function("present_over_time", &[Matrix], 0, false, Vector, ALWAYS),
    function("quantile_over_time", &[Scalar, Matrix], 0, false, Vector, ALWAYS),
    function("rad", &[Vector], 0, false, Vector, ALWAYS),
    function("rate", &[Matrix], 0, false, Vector, ALWAYS),
    function("resets", &[Matrix], 0, false, Vector, ALWAYS),
    function("round", &[Vector, Scalar], 1, false, Vector, ALWAYS),
    function("scalar", &[Vector], 0, false, Scalar, ALWAYS),
    function("sgn", &[Vector], 0, false, Vector, ALWAYS),
    function("sin", &[Vector], 0, false, Vector, ALWAYS),
    function("sinh", &[Vector], 0, false, Vector, ALWAYS),
    function("sort", &[Vector], 0, false, Vector, ALWAYS),
    function("sort_by_label", &[Vector, String], 1, true, Vector, EXPERIMENTAL),
    function("sort_by_label_desc", &[Vector, String], 1, true, Vector, EXPERIMENTAL),
    function("sort_desc", &[Vector], 0, false, Vector, ALWAYS),
    function("sqrt", &[Vector], 0, false, Vector, ALWAYS),
    function("stddev_over_time", &[Matrix], 0, false, Vector, ALWAYS),
    function("stdvar_over_time", &[Matrix], 0, false, Vector, ALWAYS),
    function("sum_over_time", &[Matrix], 0, false, Vector, ALWAYS),
    function("tan", &[Vector], 0, false, Vector, ALWAYS),
    function("tanh", &[Vector], 0, false, Vector, ALWAYS),
    function("time", &[], 0, false, Scalar, ALWAYS),
    function("timestamp", &[Vector], 0, false, Vector, ALWAYS),
    function("ts_of_first_over_time", &[Matrix], 0, false, Vector, EXPERIMENTAL_3_7),
    function("ts_of_last_over_time", &[Matrix], 0, false, Vector, EXPERIMENTAL_3_5),
    function("ts_of_max_over_time", &[Matrix], 0, false, Vector, EXPERIMENTAL_3_5),
    function("ts_of_min_over_time", &[Matrix], 0, false, Vector, EXPERIMENTAL_3_5),
    function("vector", &[Scalar], 0, false, Vector, ALWAYS),
    function("year", &[Vector], 1, false, Vector, ALWAYS),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_sorted_by_name() {
        assert!(FUNCTIONS.is_sorted_by(|a, b| a.name < b.name));
        assert!(FUNCTIONS.iter().all(|function| Function::by_name(function.name) == Some(function)));
        assert_eq!(Function::by_name("RATE"), None);
    }
}
