//! Labels that queries ask for, held against those that the signals have.

use lapwing_config::monitoring::{Condition, Filter, Good, Located, Query, Variable};

use crate::{GenerateError, Label, Metric, Service, TARGET_LABELS, Values, expression::series};

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
        asked.variable(variable)?;
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
            let name = metric.in_promql(label);
            let job = [self.service.monitoring.scrape.job.value.clone()];
            let (all, optional) = match metric.label(&name) {
                Some(Label { values: Values::Closed(all), optional, .. }) => (&all[..], *optional),
                // All that is asked for is of the service's own job.
                None if name == "job" => (&job[..], false),
                _ => continue,
            };
            // Without a value are the series that lack the label.
            let is = |value: &String| all.contains(value) || optional && value.is_empty();
            if let Some(value) = values.iter().find(|value| !is(value)) {
                let message = format!("`{}` of `{}` is never `{value}`", label.value, instrument.value);
                let help = meant(value, all).unwrap_or_else(|| match all {
                    [] => "it has no value at all there".to_owned(),
                    all => format!("its values: `{}`", all.join("`, `")),
                });
                return Err(GenerateError::new(&self.service.monitoring.service, label, message, Some(help)));
            }
        }
        Ok(())
    }

    /// A variable of the dashboard that filters something, and is not there without being declared.
    fn variable(&self, variable: &Variable) -> Result<(), GenerateError> {
        let service = &self.service.monitoring.service;
        let Some(metric) = self.label(&variable.instrument, &variable.label)? else {
            let message = format!("no instrument `{}` is declared", variable.instrument.value);
            let all = self.service.signals.metrics().iter();
            let all: Vec<String> =
                all.map(|metric| metric.instrument.as_ref().unwrap_or(&metric.name).clone()).collect();
            return Err(GenerateError::new(service, &variable.instrument, message, meant(&variable.instrument, &all)));
        };
        match metric.in_promql(&variable.label).as_str() {
            name @ ("datasource" | "instance") => {
                let message = format!("every dashboard has a variable `{name}` of its own");
                let help = "leave it out".to_owned();
                Err(GenerateError::new(service, &variable.label, message, Some(help)))
            }
            "job" => {
                let message = "a dashboard shows one `job`: there is nothing to choose".to_owned();
                Err(GenerateError::new(service, &variable.label, message, Some("leave it out".to_owned())))
            }
            _ => Ok(()),
        }
    }

    /// The metric of the instrument, which has the label. Of an instrument that isn't declared, others tell.
    fn label(
        &self,
        instrument: &Located<String>,
        label: &Located<String>,
    ) -> Result<Option<&'a Metric>, GenerateError> {
        let Some(metric) = self.service.signals.instrument(instrument) else { return Ok(None) };
        let name = metric.in_promql(label);
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
