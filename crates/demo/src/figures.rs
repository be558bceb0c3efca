//! The live figures: rates, errors and quantiles per operation, as Prometheus computes them.

use std::time::Duration;

use stack::{ApiError, PrometheusClient};

use crate::catalogue::Operation;

/// What `rate` looks back on.
pub(crate) const WINDOW: &str = "30s";
pub(crate) const WINDOW_LENGTH: Duration = Duration::from_secs(30);

/// Figures of one operation; `None` where Prometheus has no number.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Figures {
    pub(crate) title: String,
    /// Operations a second.
    pub(crate) rate: Option<f64>,
    /// Errors a second.
    pub(crate) errors: Option<f64>,
    /// P50, P95, P99.
    pub(crate) quantiles: [Option<f64>; 3],
    pub(crate) seconds: bool,
}

impl Figures {
    /// Whether Prometheus has any number of it.
    pub(crate) fn known(&self) -> bool {
        self.rate.is_some() || self.quantiles.iter().any(Option::is_some)
    }
}

/// The quantiles that are shown, in order.
pub(crate) const QUANTILES: [(&str, f64); 3] = [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)];

/// Asks for the figures of all operations.
pub(crate) fn ask(client: &PrometheusClient, operations: &[Operation]) -> Result<Vec<Figures>, ApiError> {
    let rate = |selector: &Option<String>| match selector {
        Some(selector) => number(client, &format!("sum(rate({selector}[{WINDOW}]))")),
        None => Ok(None),
    };
    let figures = operations.iter().map(|operation| {
        let mut quantiles = [None; 3];
        if let Some(histogram) = &operation.histogram {
            for (value, (_, quantile)) in quantiles.iter_mut().zip(QUANTILES) {
                *value = number(client, &quantile_of(histogram, quantile))?;
            }
        }
        Ok(Figures {
            title: operation.title.clone(),
            rate: rate(&operation.calls)?,
            errors: rate(&operation.errors)?,
            quantiles,
            seconds: operation.seconds,
        })
    });
    figures.collect()
}

/// The query for a quantile over all series of a histogram.
pub(crate) fn quantile_of(histogram: &str, quantile: f64) -> String {
    format!("histogram_quantile({quantile}, sum by (le) (rate({histogram}_bucket[{WINDOW}])))")
}

fn number(client: &PrometheusClient, promql: &str) -> Result<Option<f64>, ApiError> {
    Ok(client.value(promql)?.filter(|value| value.is_finite()))
}
