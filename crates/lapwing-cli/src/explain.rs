//! `lapwing explain`: what a finding means.

use lapwing_check::Rule;
use lapwing_config::nearest;

/// All rules, one a line.
pub(crate) fn list() -> String {
    let rules = Rule::all();
    let width = rules.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    rules.iter().map(|rule| format!("{:width$}  {:7}  {}\n", rule.id, rule.severity.as_str(), rule.headline)).collect()
}

/// The page of a rule.
pub(crate) fn page(id: &str) -> Result<String, String> {
    Rule::by_id(id).map(Rule::page).ok_or_else(|| match nearest(id, Rule::all().into_iter().map(|rule| rule.id)) {
        Some(meant) => format!("there is no rule `{id}`; did you mean `{meant}`?"),
        None => format!("there is no rule `{id}`; `lapwing explain` lists all"),
    })
}
