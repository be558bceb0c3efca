use stack::{Part, Promtool, PromtoolError, need};

#[test]
fn promtool_judges_metrics() {
    for part in [Part::Prometheus2, Part::Prometheus3] {
        let Some(located) = need(part) else { continue };
        let promtool = Promtool::new(&located);
        promtool.check_metrics("# HELP a_total Things.\n# TYPE a_total counter\na_total 1\n").unwrap();
        let lint = promtool.check_metrics("# HELP a Things.\n# TYPE a counter\na 1\n").unwrap_err();
        assert!(matches!(&lint, PromtoolError::Lint(said) if said.contains("_total")), "{part}: {lint}");
        let invalid = promtool.check_metrics("a{ 1\n").unwrap_err();
        assert!(matches!(&invalid, PromtoolError::Invalid(_)), "{part}: {invalid}");
    }
}

#[test]
fn promtool_reads_more_than_a_pipe_holds() {
    let Some(located) = need(Part::Prometheus3) else { return };
    let mut text = "# HELP a Things.\n# TYPE a gauge\n".to_owned();
    // Few but long lines: promtool's time grows with the square of the number of series.
    let long = "x".repeat(4000);
    for number in 0..200 {
        text.push_str(&format!("a{{n=\"{number}{long}\"}} 1\n"));
    }
    Promtool::new(&located).check_metrics(&text).unwrap();
}

#[test]
fn promtool_judges_rules_and_configurations() {
    let Some(located) = need(Part::Prometheus3) else { return };
    let promtool = Promtool::new(&located);
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "groups: [{name: g, rules: [{record: a:b:sum, expr: sum(up)}]}]").unwrap();
    promtool.check_rules(file.path()).unwrap();
    assert!(promtool.check_config(file.path()).is_err());
    std::fs::write(file.path(), "scrape_configs: [{job_name: a}]").unwrap();
    promtool.check_config(file.path()).unwrap();
}
