//! What the README and the pages behind it show is what happens.

use lapwing_config::{Measure, parse};

const README: &str = include_str!("../../../../README.md");
const ENDPOINT: &str = include_str!("../../../../docs/endpoint.md");

/// The first fenced block of `language`.
fn block<'a>(page: &'a str, language: &str) -> &'a str {
    let start = page.find(&format!("```{language}\n")).expect("the block is there") + language.len() + 4;
    &page[start..start + page[start..].find("```").expect("the block ends")]
}

#[test]
fn its_program_is_the_example_that_is_run() {
    assert_eq!(block(README, "rust"), include_str!("../../examples/ten_lines/app.rs"));
}

#[test]
fn its_configuration_measures_what_it_says() {
    let configuration = parse(block(README, "yaml"), "telemetry.yaml", &|_| None).unwrap();
    assert_eq!(configuration.warnings, []);
    let measures = &configuration.lapwing.rules[0].measures;
    let Measure::Duration(duration) = &measures[0] else { panic!("{measures:?}") };
    assert_eq!(duration.boundaries.as_deref(), Some(&[0.005, 0.01, 0.05, 0.1, 0.5, 1.0][..]));

    let telemetry = lapwing::builder()
        .config_text("telemetry.yaml", block(README, "yaml").to_owned())
        .global(false)
        .init()
        .unwrap();
    let snapshot = telemetry.snapshot().unwrap();
    for name in ["shop_checkout_duration_seconds", "shop_checkout_errors_total"] {
        let family = snapshot.family(name).unwrap_or_else(|| panic!("{name} is not there from the first scrape on"));
        assert!(!family.series.is_empty(), "{name}");
    }
}

#[test]
fn its_mistake_is_answered_as_shown() {
    let wrong = block(README, "yaml").replace("boundaries", "boundries");
    let error = parse(&wrong, "telemetry.yaml", &|_| None).unwrap_err();
    assert_eq!(error.to_string().trim_end(), block(README, "text").trim_end());
}

#[test]
fn settings_of_the_endpoint_page_are_read() {
    let settings = ENDPOINT.split("```yaml\n").nth(2).and_then(|rest| rest.split("```").next()).unwrap();
    let configuration = parse(&format!("file_format: \"1.1\"\n{settings}"), "telemetry.yaml", &|_| None).unwrap();
    let endpoint = configuration.lapwing.endpoint;
    assert_eq!((endpoint.allow.len(), endpoint.trusted_proxies.len()), (2, 1));
    assert_eq!(endpoint.rate_limit, Some(10.0));
}
