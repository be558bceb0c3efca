//! What `cargo xtask test` looks at: only what is the same on every machine, never a time.

use stack::{Part, Parts};

use super::{
    BenchError, memory,
    programs::Programs,
    scrapes, spans,
    targets::{Bound, shown},
};
use crate::step::StepError;

/// Something that must not become worse unnoticed.
struct Limit {
    name: &'static str,
    bound: Bound,
    /// How to find out why.
    look: &'static str,
}

const CALLGRIND: &str = "`valgrind --tool=callgrind --zero-before='*Runner::round_here' target/measured/bench span --variant lapwing`, \
    then `callgrind_annotate callgrind.out.*`";
const CALLGRIND_SCRAPE: &str = "`valgrind --tool=callgrind target/measured/bench scrape --variant lapwing`, then `callgrind_annotate callgrind.out.*`";
const ALLOCATIONS: &str = "`target/measured/bench-heap allocations --variant lapwing`; where: `valgrind --tool=callgrind` as for \
    instructions, the callers of `malloc`";
const PEAK: &str = "`target/measured/bench-heap peak --variant lapwing`; where: `valgrind --tool=massif target/measured/bench scrape \
    --variant lapwing --series 10000`";
const MEMORY: &str = "`target/measured/bench-heap memory`, which tells each holder apart";

const fn limit(name: &'static str, bound: Bound, look: &'static str) -> Limit {
    Limit { name, bound, look }
}

/// The targets where they are met. Where one is missed (`MISSED`) and for what has no target: what has been reached, with some
/// room for others becoming quicker.
const LIMITS: [Limit; 8] = [
    limit("span.instructions_over_floor", Bound::AtMost(1200.0), CALLGRIND),
    limit("span.instructions_vs_handwritten", Bound::AtMost(1.05), CALLGRIND),
    limit("span.instructions_vs_naive_over_floor", Bound::AtLeast(2.65), CALLGRIND),
    limit("span.instructions_vs_export_route", Bound::AtLeast(15.5), CALLGRIND),
    limit("span.allocations", Bound::AtMost(0.0), ALLOCATIONS),
    limit("scrape.instruction_ratio", Bound::AtLeast(11.2), CALLGRIND_SCRAPE),
    limit("scrape.peak_heap_10k_bytes", Bound::AtMost(1e6), PEAK),
    limit("memory.bytes_per_series", Bound::AtMost(700.0), MEMORY),
];

/// Targets that are missed; docs/performance.md tells why.
#[cfg(test)]
const MISSED: [&str; 2] = ["span.instructions_over_floor", "scrape.instruction_ratio"];

/// Counts, prints a table, and fails with all that is beyond its limit.
pub(crate) fn check() -> Result<(), StepError> {
    let failed = |error: BenchError| StepError::Count(error.to_string());
    let valgrind = Parts::from_env().get_or_fetch(Part::Valgrind, &mut |line| println!("{line}"))?;
    let programs = Programs::build(valgrind).map_err(failed)?;
    let figures = count(&programs).map_err(failed)?;
    let mut beyond = Vec::new();
    for Limit { name, bound, look } in LIMITS {
        let figure = figures.iter().find(|(figure, _)| *figure == name).map_or(f64::NAN, |(_, value)| *value);
        let met = bound.is_met(figure);
        println!("  {name:<40} {:>10}   {bound:<12} {}", shown(figure), if met { "" } else { "EXCEEDED" });
        if !met {
            beyond.push(format!("{name} is {}, to be {bound}; to look closer: {look}", shown(figure)));
        }
    }
    match beyond.is_empty() {
        true => Ok(()),
        false => Err(StepError::Cost(beyond.join("\n"))),
    }
}

fn count(programs: &Programs) -> Result<Vec<(&'static str, f64)>, BenchError> {
    let mut instructions = [0.0; 5];
    for (count, variant) in instructions.iter_mut().zip(["floor", "lapwing", "by-hand", "naive", "export"]) {
        println!("  counting instructions of {variant}");
        *count = spans::instructions(programs, variant)?;
    }
    let [over_floor, handwritten, naive, export] = spans::counted(instructions).map(|(_, figure)| figure);
    println!("  counting instructions of a scrape");
    let [ours, stock] = ["lapwing", scrapes::STOCK].map(|variant| scrapes::instructions(programs, variant, 100));
    Ok(vec![
        ("span.instructions_over_floor", over_floor),
        ("span.instructions_vs_handwritten", handwritten),
        ("span.instructions_vs_naive_over_floor", naive),
        ("span.instructions_vs_export_route", export),
        ("span.allocations", spans::allocations(programs, "lapwing")?),
        ("scrape.instruction_ratio", stock? / ours?),
        ("scrape.peak_heap_10k_bytes", scrapes::peak(programs, "lapwing")?),
        ("memory.bytes_per_series", memory::figures(memory::per_series(programs)?)["bytes_per_series"]),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::targets::TARGETS;

    #[test]
    fn no_limit_is_a_time() {
        for Limit { name, .. } in LIMITS {
            assert!(["instruction", "allocations", "bytes"].iter().any(|counted| name.contains(counted)), "{name}");
        }
    }

    #[test]
    fn limits_are_the_targets_but_where_those_are_missed() {
        for target in TARGETS {
            if let Some(limit) = LIMITS.iter().find(|limit| limit.name == target.key) {
                assert_eq!(limit.bound == target.bound, !MISSED.contains(&target.key), "{}", target.key);
            }
        }
    }
}
