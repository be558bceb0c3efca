//! Plans by callsite, each found once.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tracing_core::Metadata;

use crate::{
    append_table::AppendTable,
    index::Inserted,
    parts::Place,
    plan::{BoundRule, CallsitePlan},
    problems::Problems,
    values::Values,
};

/// Names under which lapwing and OpenTelemetry's own crates log. These logs can come from inside a recording, even from
/// under a lock of the SDK, so they are neither measured nor do they make a span an error.
const OWN_TARGETS: [&str; 9] = [
    crate::problems::TARGET,
    crate::slow::TARGET,
    "opentelemetry",
    "opentelemetry_sdk",
    "opentelemetry-otlp",
    "opentelemetry-http",
    "opentelemetry-prometheus",
    "opentelemetry-stdout",
    "tracing-opentelemetry",
];

/// The rules, and what they mean for each callsite seen so far.
pub(crate) struct Callsites {
    rules: Box<[BoundRule]>,
    default: Option<BoundRule>,
    values: Arc<Values>,
    /// Whether exemplars are taken at all.
    exemplars: bool,
    plans: AppendTable<Known>,
    /// How many plans have missing fields of which nothing has been said yet.
    unsaid: AtomicUsize,
}

struct Known {
    metadata: &'static Metadata<'static>,
    /// Boxed, as most callsites have none and the table has room to spare.
    plan: Option<Box<CallsitePlan>>,
}

impl Callsites {
    pub(crate) fn new(rules: Vec<BoundRule>, default: Option<BoundRule>, values: Arc<Values>, exemplars: bool) -> Self {
        Self { rules: rules.into(), default, values, exemplars, plans: AppendTable::new(), unsaid: AtomicUsize::new(0) }
    }

    /// The plan for a callsite, and its place; none if no rule selects it. Some nanoseconds, without a lock, but for the
    /// first time.
    #[inline(always)]
    pub(crate) fn plan(&self, metadata: &'static Metadata<'static>) -> Option<(&CallsitePlan, Place)> {
        let hash = (std::ptr::from_ref(metadata).addr() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(20);
        let same = |known: &Known| std::ptr::eq(known.metadata, metadata);
        let (known, place) = match self.plans.find(hash, same) {
            Some(found) => found,
            None => self.add(hash, metadata)?,
        };
        Some((known.plan.as_deref()?, place))
    }

    /// The plan in a place that [`Callsites::plan`] gave.
    #[inline(always)]
    pub(crate) fn at(&self, place: Place) -> Option<&CallsitePlan> {
        self.plans.at(place)?.plan.as_deref()
    }

    /// Says of each callsite once which fields rules want of it in vain.
    ///
    /// To be called without any lock held, so not while the callsite is being registered. Nor while a span is being made:
    /// `Span::new` hides a thread's default subscriber from what is logged meanwhile.
    pub(crate) fn report_missing(&self, plan: &CallsitePlan, problems: &Problems) {
        if plan.missing.report(problems) {
            self.unsaid.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Whether [`Callsites::report_missing`] has anything left to say.
    pub(crate) fn misses_fields(&self) -> bool {
        self.unsaid.load(Ordering::Relaxed) > 0
    }

    #[cold]
    fn add(&self, hash: u64, metadata: &'static Metadata<'static>) -> Option<(&Known, Place)> {
        let plan = self.resolve(metadata).map(Box::new);
        let misses = plan.as_ref().is_some_and(|plan| plan.missing.any());
        if misses {
            self.unsaid.fetch_add(1, Ordering::Relaxed);
        }
        match self.plans.insert(hash, Known { metadata, plan }, |known| std::ptr::eq(known.metadata, metadata)) {
            Inserted::Added(added) => Some(added),
            unused => {
                if misses {
                    self.unsaid.fetch_sub(1, Ordering::Relaxed);
                }
                match unused {
                    Inserted::Added(known) | Inserted::Present(known) => Some(known),
                    Inserted::Full => None,
                }
            }
        }
    }

    fn resolve(&self, metadata: &'static Metadata<'static>) -> Option<CallsitePlan> {
        if is_own(metadata) {
            return None;
        }
        let mut selected: Vec<_> = self.rules.iter().filter(|bound| bound.rule.matches.selects(metadata)).collect();
        if selected.is_empty() {
            selected.extend(self.default.iter().filter(|bound| bound.rule.matches.selects(metadata)));
        }
        (!selected.is_empty()).then(|| CallsitePlan::new(metadata, &selected, &self.values, self.exemplars))
    }
}

/// Whether an event is one of the telemetry's own logs.
pub(crate) fn is_own(metadata: &Metadata<'_>) -> bool {
    metadata.is_event() && OWN_TARGETS.contains(&metadata.target())
}
