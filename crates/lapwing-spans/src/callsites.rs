//! Plans by callsite, each found once.

use tracing_core::Metadata;

use crate::{
    append_table::{AppendTable, Inserted},
    plan::{BoundRule, CallsitePlan},
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
    plans: AppendTable<Known>,
}

struct Known {
    metadata: &'static Metadata<'static>,
    /// Boxed, as most callsites have none and the table has room to spare.
    plan: Option<Box<CallsitePlan>>,
}

impl Callsites {
    pub(crate) fn new(rules: Vec<BoundRule>, default: Option<BoundRule>) -> Self {
        Self { rules: rules.into(), default, plans: AppendTable::new() }
    }

    /// The plan for a callsite; none if no rule selects it. Some nanoseconds, without a lock, but for the first time.
    pub(crate) fn plan(&self, metadata: &'static Metadata<'static>) -> Option<&CallsitePlan> {
        let hash = (std::ptr::from_ref(metadata).addr() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(20);
        let same = |known: &Known| std::ptr::eq(known.metadata, metadata);
        if let Some((known, _)) = self.plans.find(hash, same) {
            return known.plan.as_deref();
        }
        let known = Known { metadata, plan: self.resolve(metadata).map(Box::new) };
        match self.plans.insert(hash, known, same) {
            Inserted::Added(known, _) | Inserted::Present(known, _) => known.plan.as_deref(),
            Inserted::Full => None,
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
        (!selected.is_empty()).then(|| CallsitePlan::new(metadata, &selected))
    }
}

/// Whether an event is one of the telemetry's own logs.
pub(crate) fn is_own(metadata: &Metadata<'_>) -> bool {
    metadata.is_event() && OWN_TARGETS.contains(&metadata.target())
}
