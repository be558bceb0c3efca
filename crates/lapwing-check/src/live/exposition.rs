//! The text and OpenMetrics formats, read as Prometheus reads them.

use std::collections::{HashMap, HashSet};

use lapwing_document::Place;
use lapwing_monitor::Kind;

use super::{
    Family, Sample, Type,
    line::{Cursor, Wrong},
};

/// What was served.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Exposition {
    families: Vec<Family>,
    by_name: HashMap<String, usize>,
    /// What Prometheus refuses: nothing behind the first counts.
    pub(crate) malformed: Vec<Malformed>,
}

/// What Prometheus refuses, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Malformed {
    pub(crate) place: Place,
    pub(crate) message: String,
    pub(crate) help: &'static str,
}

const REFUSED: &str = "Prometheus takes nothing of the scrape and sets `up` to 0: mend what writes this line";
const DUPLICATE: &str =
    "Prometheus keeps one of the two and says so only in its log: give one of them another name or label";

impl Exposition {
    /// Reads what was served with this Content-Type.
    pub(crate) fn read(text: &str, content_type: Option<&str>) -> Exposition {
        let mut reader = Reader::default();
        let kind = content_type.map(|value| value.split(';').next().unwrap_or("").trim().to_ascii_lowercase());
        reader.openmetrics = kind.as_deref() == Some("application/openmetrics-text");
        match kind.as_deref() {
            Some("application/openmetrics-text" | "text/plain") => {}
            Some("") | None => reader.malformed(
                1,
                (1, "the answer has no Content-Type".to_owned()),
                "Prometheus 3 does not scrape such a target: send `text/plain; version=0.0.4; charset=utf-8`",
            ),
            Some(other) => {
                let message = format!("the Content-Type is `{other}`, which is no exposition of metrics");
                reader.malformed(
                    1,
                    (1, message),
                    "is the path right? Metrics are `text/plain` or `application/openmetrics-text`",
                );
                // A page for people would be wrong in each line.
                return reader.exposition;
            }
        }
        reader.text(text);
        let empty = reader.exposition.families.iter().all(|family| family.samples.is_empty());
        if empty && reader.exposition.malformed.is_empty() {
            let wrong = (1, "the answer holds no sample".to_owned());
            reader.malformed(
                1,
                wrong,
                "`up` stays 1, so nobody is told: see the service's log for why it gathered nothing",
            );
        }
        reader.exposition
    }

    /// All metrics, in their order.
    pub(crate) fn families(&self) -> &[Family] {
        &self.families
    }

    /// The metric of this name, as in PromQL.
    pub(crate) fn family(&self, name: &str) -> Option<&Family> {
        self.by_name.get(name).map(|&index| &self.families[index])
    }

    /// The name that the service gives itself, with its line.
    pub(crate) fn service(&self) -> Option<(String, usize)> {
        let named = |metric: &str, labels: [&str; 2]| {
            let sample = self.family(metric)?.samples.first()?;
            let name = labels.into_iter().find_map(|label| sample.label(label))?;
            Some((name.to_owned(), sample.line))
        };
        named("target_info", ["service_name", "service.name"]).or_else(|| named("build_info", ["service", "service"]))
    }
}

#[derive(Default)]
struct Reader {
    exposition: Exposition,
    openmetrics: bool,
    seen: HashSet<(String, Vec<(String, String)>)>,
}

impl Reader {
    fn malformed(&mut self, line: usize, (column, message): Wrong, help: &'static str) {
        let place = Place { line, column, width: 1 };
        self.exposition.malformed.push(Malformed { place, message, help });
    }

    fn text(&mut self, text: &str) {
        let lines: Vec<&str> = text.strip_suffix('\n').unwrap_or(text).split('\n').collect();
        let mut ended = false;
        for (index, line) in lines.iter().enumerate() {
            if ended {
                let wrong = (1, "something follows `# EOF`".to_owned());
                return self.malformed(index + 1, wrong, REFUSED);
            }
            ended = self.openmetrics && *line == "# EOF";
            if let (false, Err(wrong)) = (ended, self.line(line, index + 1)) {
                return self.malformed(index + 1, wrong, REFUSED);
            }
        }
        if self.openmetrics && !ended {
            let wrong = (1, "the last line is not `# EOF`: the answer is cut off".to_owned());
            self.malformed(lines.len(), wrong, REFUSED);
        } else if !self.openmetrics && !text.is_empty() && !text.ends_with('\n') {
            let wrong = (1, "the last line has no end: the answer is cut off".to_owned());
            self.malformed(lines.len(), wrong, REFUSED);
        }
    }

    fn line(&mut self, line: &str, number: usize) -> Result<(), Wrong> {
        let mut cursor = Cursor::new(line);
        if !self.openmetrics {
            cursor.spaces();
        }
        match cursor.rest().strip_prefix('#') {
            Some(_) => self.comment(cursor, number),
            None if !cursor.rest().is_empty() => self.sample(cursor, number),
            None if self.openmetrics => cursor.wrong("an empty line"),
            None => Ok(()),
        }
    }

    fn comment(&mut self, mut cursor: Cursor<'_>, number: usize) -> Result<(), Wrong> {
        cursor.word();
        cursor.spaces();
        if cursor.word() != "TYPE" {
            return Ok(());
        }
        cursor.spaces();
        let name = cursor.name(true)?;
        cursor.spaces();
        let kind = cursor.rest().trim_end();
        let (name, kind) = match kind {
            "counter" if self.openmetrics => (format!("{name}_total"), Type::Known(Kind::Counter)),
            "info" if self.openmetrics => (format!("{name}_info"), Type::Known(Kind::Gauge)),
            "counter" => (name, Type::Known(Kind::Counter)),
            "gauge" => (name, Type::Known(Kind::Gauge)),
            "histogram" => (name, Type::Known(Kind::Histogram)),
            "summary" => (name, Type::Other("summary".to_owned())),
            "untyped" if !self.openmetrics => (name, Type::Other("untyped".to_owned())),
            "unknown" | "stateset" | "gaugehistogram" if self.openmetrics => (name, Type::Other(kind.to_owned())),
            other => return cursor.wrong(format!("there is no type `{other}`")),
        };
        let index = self.family(name, number);
        self.exposition.families[index].kind = kind;
        self.exposition.families[index].line = number;
        Ok(())
    }

    fn family(&mut self, name: String, line: usize) -> usize {
        let families = &mut self.exposition.families;
        *self.exposition.by_name.entry(name).or_insert_with_key(|name| {
            let kind = Type::Other("untyped".to_owned());
            families.push(Family { name: name.clone(), kind, line, samples: Vec::new() });
            families.len() - 1
        })
    }

    fn sample(&mut self, mut cursor: Cursor<'_>, number: usize) -> Result<(), Wrong> {
        let written = cursor.sample(self.openmetrics)?;
        let index = match self.owner(&written.name) {
            Some(index) => index,
            None => self.family(written.name.clone(), number),
        };
        if !self.seen.insert((written.name.clone(), written.labels.clone())) {
            self.malformed(number, (1, format!("this series of `{}` is there twice", written.name)), DUPLICATE);
        }
        let (name, labels, value) = (written.name, written.labels, written.value);
        self.exposition.families[index].samples.push(Sample { name, labels, value, line: number });
        Ok(())
    }

    /// The family that a sample of this name belongs to, if one of a type that has such samples was declared before it.
    fn owner(&self, name: &str) -> Option<usize> {
        let family = |name: &str| self.exposition.by_name.get(name).copied();
        let of = |suffix: &str, kinds: &[&str]| {
            let index = family(name.strip_suffix(suffix)?)?;
            kinds.contains(&self.exposition.families[index].kind.as_str()).then_some(index)
        };
        family(name)
            .or_else(|| of("_bucket", &["histogram", "gaugehistogram"]))
            .or_else(|| ["_sum", "_count"].iter().find_map(|suffix| of(suffix, &["histogram", "summary"])))
            .or_else(|| ["_gsum", "_gcount"].iter().find_map(|suffix| of(suffix, &["gaugehistogram"])))
            .or_else(|| of("_created", &["histogram", "summary"]))
            .or_else(|| family(&format!("{}_total", name.strip_suffix("_created")?)))
    }
}
