//! Labels that queries ask for, held against those that the signals have.

use lapwing_config::{
    Translation,
    monitoring::{Condition, Filter, Good, Located, Query},
};
use lapwing_exposition::prometheus_label;

use crate::{GenerateError, Metric, Service, TARGET_LABELS, Values, expression::series};

/// # Errors
/// The first label or value that no series of the instrument has: the query would find nothing, or everything.
pub(super) fn check(service: &Service) -> Result<(), GenerateError> {
    let monitoring = &service.monitoring;
    let asked = Asked { service };
    for objective in &monitoring.objectives {
        let (Good::Events { instrument, good, of } | Good::Within { instrument, good, of, .. }) = &objective.good;
        asked.filter(instrument, good)?;
        asked.filter(instrument, of)?;
    }
    for alert in &monitoring.alerts {
        if let Condition::Threshold { query, .. } = &alert.condition {
            asked.query(query)?;
        }
    }
    for variable in &monitoring.dashboard.variables {
        asked.label(&variable.instrument, &variable.label)?;
    }
    for panel in monitoring.dashboard.rows.iter().flat_map(|row| &row.panels) {
        for (query, _) in &panel.queries {
            asked.query(query)?;
        }
    }
    Ok(())
}

struct Asked<'a> {
    service: &'a Service,
}

impl<'a> Asked<'a> {
    fn query(&self, query: &Query) -> Result<(), GenerateError> {
        let Some(of) = series(query) else { return Ok(()) };
        self.filter(&of.instrument, &of.filter)?;
        if let Query::Share { part, .. } = query {
            self.filter(&of.instrument, part)?;
        }
        of.by.iter().try_for_each(|label| self.label(&of.instrument, label).map(|_| ()))
    }

    fn filter(&self, instrument: &Located<String>, filter: &Filter) -> Result<(), GenerateError> {
        for (label, values) in filter {
            let Some(metric) = self.label(instrument, label)? else { continue };
            let Some(known) = metric.label(&prometheus_label(label, Translation::default())) else { continue };
            let Values::Closed(all) = &known.values else { continue };
            // Without a value are the series that lack the label.
            let is = |value: &String| all.contains(value) || known.optional && value.is_empty();
            if let Some(value) = values.iter().find(|value| !is(value)) {
                let message = format!("`{}` of `{}` is never `{value}`", label.value, instrument.value);
                let help = meant(value, all).unwrap_or_else(|| match &all[..] {
                    [] => "it has no value at all there".to_owned(),
                    all => format!("its values: `{}`", all.join("`, `")),
                });
                return Err(GenerateError::new(&self.service.monitoring.service, label, message, Some(help)));
            }
        }
        Ok(())
    }

    /// The metric of the instrument, which has the label. Of an instrument that isn't declared, others tell.
    fn label(
        &self,
        instrument: &Located<String>,
        label: &Located<String>,
    ) -> Result<Option<&'a Metric>, GenerateError> {
        let Some(metric) = self.service.signals.instrument(instrument) else { return Ok(None) };
        let name = prometheus_label(label, Translation::default());
        if metric.label(&name).is_some() || TARGET_LABELS.contains(&name.as_str()) {
            return Ok(Some(metric));
        }
        let message = format!("`{}` has no label `{}`", instrument.value, label.value);
        let all: Vec<String> = metric.labels.iter().map(|label| label.name.clone()).collect();
        let help = meant(&name, &all).unwrap_or_else(|| {
            let own = match &all[..] {
                [] => "it has none but those of its target, such as `instance`".to_owned(),
                all => format!("its labels: `{}`", all.join("`, `")),
            };
            format!("{own}; one that relabelling adds can be asked for by `promql`")
        });
        Err(GenerateError::new(&self.service.monitoring.service, label, message, Some(help)))
    }
}

fn meant(written: &str, all: &[String]) -> Option<String> {
    let all = || all.iter().map(String::as_str);
    let nearest = all().find(|known| known.eq_ignore_ascii_case(written));
    let nearest = nearest.or_else(|| lapwing_config::nearest(written, all()));
    nearest.map(|near| format!("did you mean `{near}`?"))
}
