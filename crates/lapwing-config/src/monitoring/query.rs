//! Queries on declared signals, which alerts and panels share.

use std::time::Duration;

use super::Located;

/// Label values that series must have: all labels must match, each one of its values.
pub type Filter = Vec<(Located<String>, Vec<String>)>;

/// What is asked of a signal, or any PromQL.
#[derive(Clone, Debug, PartialEq)]
pub enum Query {
    /// `quantile: {instrument, q, over, by, where}`: of a histogram, in its unit. Against a threshold that is one of the
    /// histogram's bounds it is asked exactly, as the share of events beyond it.
    Quantile {
        /// Which series.
        of: Series,
        /// `q`, between 0 and 1.
        q: Located<f64>,
    },
    /// `rate: {instrument, over, per, by, where}`: events (of a counter, or a histogram's count) per `per`.
    Rate {
        /// Which series.
        of: Series,
        /// `per`, default 1 s.
        per: Duration,
    },
    /// `increase: {instrument, over, by, where}`: events in the window.
    Increase(Series),
    /// `share: {instrument, part, over, by, where}`: which part of the events has the labels of `part`, 0 to 1.
    Share {
        /// Which series.
        of: Series,
        /// `part`: what the part has.
        part: Filter,
    },
    /// `value: {instrument, aggregate, by, where}`: of a gauge, now.
    Value {
        /// Which series; `over` has no meaning.
        of: Series,
        /// `aggregate`: how series are joined that `by` doesn't tell apart.
        aggregate: Aggregate,
    },
    /// `promql`: any expression.
    PromQl(Located<String>),
}

/// Series of one instrument.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// `instrument`: its OpenTelemetry name, as in `telemetry.yaml`, or the Prometheus name of a metric that Lapwing exports itself.
    pub instrument: Located<String>,
    /// `over`: window of rates, default 5 m.
    pub over: Duration,
    /// `by`: labels that stay apart.
    pub by: Vec<Located<String>>,
    /// `where`.
    pub filter: Filter,
}

/// `aggregate`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are PromQL's operators")]
pub enum Aggregate {
    Sum,
    #[default]
    Max,
    Min,
    Avg,
    Count,
}
