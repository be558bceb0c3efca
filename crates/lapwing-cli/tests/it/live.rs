//! `lapwing check --live`. What is found is tested where it is found.

use std::{fs, net::TcpListener};

use crate::lapwing::lapwing;

const TELEMETRY: &str = "\
file_format: \"1.1\"
meter_provider:
  readers: [{pull: {exporter: {prometheus/development: {scope_info_enabled: false}}}}]
";

#[test]
fn an_endpoint_that_is_not_there_is_a_finding_and_a_wrong_option_a_failure() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("telemetry.yaml"), TELEMETRY).unwrap();
    fs::write(folder.path().join("empty"), "\n").unwrap();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{closed}/metrics");
    let ran = lapwing(folder.path(), &["check", "--live", &url, "telemetry.yaml"]);
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    let head = "error[live/unreachable]: the endpoint can't be scraped: nobody listens there\n";
    assert!(ran.out.starts_with(&format!("{head} --> {url}:1:1\n")), "{}", ran.out);

    for (options, said) in [
        (&["--live", "localhost:1"][..], "`localhost:1` is no URL to scrape: write `http://` or `https://` in front"),
        (&["--live", &url, "--token-file", "none"], "cannot read the token file `none`: "),
        (&["--live", &url, "--token-file", "empty"], "the token file `empty` is empty"),
        (&["--live", &url, "--service", "sigil"], "no service `sigil` is declared in the files; there is "),
    ] {
        let ran = lapwing(folder.path(), &[&["check", "telemetry.yaml"], options].concat());
        assert!(ran.code == 2 && ran.err.starts_with(&format!("lapwing: {said}")), "{options:?}: {}", ran.err);
    }
}
