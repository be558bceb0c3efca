//! Endpoints of every kind: refused, in both formats, hostile.

use std::{fs, net::TcpListener};

use lapwing_check::{Endpoint, Finding, Project, ReadOptions, ScrapeError, check};
use proptest::prelude::*;

use crate::{fixture::Fixture, served::Served};

const TEXT: &str = "HTTP/1.1 200 OK\nContent-Type: text/plain; version=0.0.4\n\n";
const OPENMETRICS: &str =
    "HTTP/1.1 200 OK\nContent-Type: application/openmetrics-text; version=1.0.0; charset=utf-8\n\n";

fn signer() -> Project {
    let folder = Fixture::of("live/missing-metric").folder.join("good");
    Project::read(&[&folder], &ReadOptions { base: Some(folder.clone()) }).unwrap()
}

fn found(endpoint: &Endpoint) -> Vec<Finding> {
    let mut project = signer();
    project.scrape(endpoint).unwrap();
    check(&project).findings
}

fn answered(answer: &str) -> Vec<Finding> {
    let served = Served::start(answer);
    found(&Endpoint { url: served.url.clone(), ..Endpoint::default() })
}

/// What the fixtures serve, in OpenMetrics.
fn openmetrics() -> String {
    let text = Fixture::of("live/missing-metric").read("good/metrics.http");
    let body = text.split_once("\n\n").unwrap().1;
    let lines = body.lines().map(|line| match line.strip_prefix("# ") {
        Some(comment) => {
            format!("# {}\n", comment.replacen("_total ", " ", 1).replace("target_info gauge", "target info"))
        }
        None if line.starts_with("sign_duration_seconds_bucket") => format!("{line} # {{trace_id=\"ab\"}} 0.05 1.5\n"),
        None => format!("{line} 1795266310.5\n"),
    });
    format!("{OPENMETRICS}{}# EOF\n", lines.collect::<String>())
}

#[test]
fn openmetrics_is_read_like_the_text_format() {
    let answer = openmetrics();
    assert!(answer.contains("# TYPE sign counter\n") && answer.contains("# TYPE target info\n"), "{answer}");
    assert_eq!(answered(&answer), []);
    let findings = answered(&answer.replace("# EOF\n", ""));
    assert_eq!(findings[0].id, "live/malformed");
    assert!(findings[0].message.contains("cut off"), "{findings:?}");
}

#[test]
fn refusals_say_what_to_do() {
    let findings = |status: &str| answered(&format!("HTTP/1.1 {status}\nContent-Type: text/plain\n\nno\n"));
    for (status, said) in [
        ("401 Unauthorized", "--token-file"),
        ("403 Forbidden", "allowlist"),
        ("404 Not Found", "another path"),
        ("429 Too Many Requests", "rate limit"),
        ("503 Service Unavailable", "busy"),
        ("500 Internal Server Error", "log"),
    ] {
        let findings = findings(status);
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert_eq!(findings[0].id, "live/unreachable");
        assert!(findings[0].message.contains(&status[..3]), "{findings:?}");
        assert!(findings[0].help.as_ref().unwrap().contains(said), "{findings:?}");
    }
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let findings = found(&Endpoint { url: format!("http://{closed}/metrics"), ..Endpoint::default() });
    assert!(findings[0].message.contains("nobody listens"), "{findings:?}");
    let findings = answered("HTTP/1.1 200 OK\nContent-Type: text/plain\nContent-Length: 100\n\na 1\n");
    assert!(findings[0].message.contains("breaks off"), "{findings:?}");
}

#[test]
fn the_token_is_sent_and_never_shown() {
    let served = Served::start(&Fixture::of("live/missing-metric").read("good/metrics.http"));
    let endpoint = Endpoint { url: served.url.clone(), token: Some("a-canary".to_owned()), service: None };
    assert_eq!(found(&endpoint), []);
    assert!(served.asked().contains("authorization: bearer a-canary\r\n"), "{}", served.asked());
    assert!(served.asked().contains("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8"));
    assert!(!format!("{endpoint:?}").contains("canary"));
    for (token, url) in [("line\nbreak", &*served.url), ("", &served.url)] {
        let endpoint = Endpoint { url: url.to_owned(), token: Some(token.to_owned()), service: None };
        assert!(matches!(signer().scrape(&endpoint), Err(ScrapeError::Token)));
    }
}

#[test]
fn what_cannot_be_asked_is_an_error() {
    for (url, said) in [
        ("localhost:9464", "write `http://` or `https://` in front"),
        ("/metrics", "in front"),
        ("ftp://host/metrics", "in front"),
        ("http://", "write `http://host:port/metrics`"),
        ("http://me:canary@host/metrics", "give a token"),
    ] {
        let error = signer().scrape(&Endpoint { url: url.to_owned(), ..Endpoint::default() }).unwrap_err().to_string();
        assert!(error.contains(said) && !error.contains("canary"), "{error}");
    }
    let endpoint = Endpoint { url: "http://host/".to_owned(), service: Some("sign".to_owned()), token: None };
    let error = signer().scrape(&endpoint).unwrap_err().to_string();
    assert_eq!(error, "no service `sign` is declared in the files; there is good");
}

#[test]
fn a_service_is_chosen_by_its_name() {
    let nameless = Fixture::of("live/missing-metric").read("good/metrics.http").replace("service_name", "a");
    // The only one that is declared.
    assert_eq!(answered(&nameless), []);
    let other =
        nameless.replace("# TYPE target_info", "# TYPE build_info").replace("target_info{a=", "build_info{service=");
    assert_eq!(answered(&other), []);
    let other = other.replace("\"signer\"", "\"verifier\"");
    let findings = answered(&other);
    assert_eq!(findings.iter().map(|finding| finding.id).collect::<Vec<_>>(), ["live/unknown-service"]);
    let served = Served::start(&other);
    assert_eq!(found(&Endpoint { url: served.url.clone(), service: Some("signer".to_owned()), token: None }), []);
}

#[test]
fn what_prometheus_refuses_is_found_in_its_place() {
    for (body, place, said) in [
        ("a 1\nb{c=\"d\" 2\n", (2, 9), "`,` or `}`"),
        ("a{b=\"c} 1\n", (1, 5), "not closed"),
        ("a{b=\"c\",b=\"d\"} 1\n", (1, 9), "twice"),
        ("a 1\na 2\n", (2, 1), "twice"),
        ("a one\n", (1, 3), "`one` is no number"),
        ("a\n", (1, 2), "a value is missing"),
        ("1a 1\n", (1, 1), "begins no name"),
        ("{b=\"c\"} 1\n", (1, 8), "no name"),
        ("a 1 2 3\n", (1, 7), "the line should end"),
        ("# TYPE a conter\na 1\n", (1, 10), "no type `conter`"),
        ("a 1", (1, 1), "cut off"),
        ("", (1, 1), "no sample"),
    ] {
        let findings = answered(&format!("{TEXT}{body}"));
        let finding = findings.iter().find(|finding| finding.id == "live/malformed");
        let finding = finding.unwrap_or_else(|| panic!("{body:?}: {findings:?}"));
        assert!(finding.message.contains(said), "{body:?}: {finding:?}");
        assert_eq!((finding.spot().place.line, finding.spot().place.column), place, "{body:?}");
    }
    for sound in [
        "a 1 1700000000000\n",
        "  a{} NaN\n\n# a comment\nb +Inf\n",
        "{\"a.b\",\"c.d\"=\"\\\\\\\"\\n\"} 1e-5\n",
        "a{b=\"\r\",} 0x\n",
    ] {
        let findings = answered(&format!("{TEXT}{sound}"));
        let malformed = findings.iter().any(|finding| finding.id == "live/malformed");
        assert_eq!(malformed, sound.contains("0x"), "{sound:?}: {findings:?}");
    }
    let findings = answered("HTTP/1.1 200 OK\nContent-Type: text/html\n\n<html>\n");
    assert!(findings[0].message.contains("text/html"), "{findings:?}");
    let findings = answered("HTTP/1.1 200 OK\n\na 1\n");
    assert!(findings.iter().any(|finding| finding.message.contains("no Content-Type")), "{findings:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// One server serves many hostile lines: whatever they are, they are read to the end and shown.
    #[test]
    fn no_answer_brings_it_down(
        lines in prop::collection::vec(prop_oneof![".{0,30}", "[a-z_{}\"=,# .+0-9\\\\]{0,30}", "# (TYPE|HELP) [a-z]* [a-z]*"], 0..20),
        openmetrics in any::<bool>(),
    ) {
        let body = lines.join("\n");
        let served = Served::start(&format!("{}{body}\n", if openmetrics { OPENMETRICS } else { TEXT }));
        let mut project = signer();
        project.scrape(&Endpoint { url: served.url.clone(), ..Endpoint::default() }).unwrap();
        let report = check(&project);
        prop_assert!(!report.findings.is_empty());
        let shown = report.render(lapwing_check::Format::Text, lapwing_check::Severity::Info, true);
        prop_assert!(!shown.is_empty());
    }
}

#[test]
fn a_finding_is_allowed_in_the_declaration() {
    let folder = tempfile::tempdir().unwrap();
    let fixture = Fixture::of("live/undeclared-metric");
    let telemetry = fixture.read("bad/telemetry.yaml");
    let allow = "# lapwing: allow-file live/undeclared-metric a library makes it\n";
    fs::write(folder.path().join("telemetry.yaml"), format!("{allow}{telemetry}")).unwrap();
    let served = Served::start(&fixture.read("bad/metrics.http"));
    let mut project = Project::read(&[folder.path()], &ReadOptions::default()).unwrap();
    project.scrape(&Endpoint { url: served.url.clone(), ..Endpoint::default() }).unwrap();
    let report = check(&project);
    assert_eq!((report.findings.as_slice(), report.suppressed), (&[][..], 1));
}

#[test]
fn attributes_of_the_resource_are_no_undeclared_labels() {
    let answer = Fixture::of("live/missing-metric").read("good/metrics.http");
    let on_each = answer.replace("{outcome=", "{service_name=\"signer\",outcome=");
    assert_eq!(answered(&on_each), []);
    let other = answer.replace("{outcome=", "{service_name=\"other\",outcome=");
    assert_eq!(answered(&other)[0].id, "live/undeclared-label");
}
