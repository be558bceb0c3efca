use crate::{
    declarations::{declared_sigil, sigil},
    runbooks::pages,
};

#[test]
fn every_metric_is_described() {
    for service in [sigil(), declared_sigil()] {
        let page = &pages(&service)["metrics/sigil.md"];
        for metric in service.signals.metrics() {
            let (_, entry) = page.split_once(&format!("\n### `{}`\n", metric.name)).unwrap();
            let entry = entry.split("\n#").next().unwrap();
            assert!(entry.contains(&format!("\n- type: {}\n", metric.kind.as_str())), "{entry}");
            assert!(entry.contains("\n- panels: "), "{entry}");
            for label in &metric.labels {
                assert!(entry.contains(&format!("\n- label `{}`: ", label.name)), "{entry}");
            }
        }
    }
}

#[test]
fn an_entry_says_where_a_metric_comes_from_and_what_uses_it() {
    let page = &pages(&sigil())["metrics/sigil.md"];
    let (_, entry) = page.split_once("\n### `sigil_storage_write_seconds`\n").unwrap();
    let entry = entry.split("\n###").next().unwrap();
    for line in [
        "Time of a write to a store until it is durable there.",
        "- type: histogram\n- unit: `s`\n- instrument: `sigil.storage.write`\n- from: spans `sigil.storage.write`\n",
        "- label `outcome`: `error`, `ok`\n",
        "- bounds: 0.001 s, 0.005 s, 0.01 s, 0.05 s, 0.1 s, 0.2 s, 0.5 s, 1 s, 2 s\n",
        "[Storage write latency](",
    ] {
        assert!(entry.contains(line), "{line}\n{entry}");
    }
    assert!(page.contains("- alerts: [SigilErrors](../runbooks/sigil/SigilErrors.md) (warning)\n"));
    assert!(page.contains("- from: the source `disk.free`, asked at each scrape\n"));
}
