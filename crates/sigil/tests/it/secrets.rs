//! Secrets stay where they are.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::json;

use crate::sigil::{PATIENCE, Setup, eventually};

#[test]
fn canary_secrets_are_found_nowhere() {
    let canary = "c4n4ry-p4ssw0rd";
    let mut sigil = Setup::default()
        .env("DATABASE_URL", &format!("postgres://sigil:{canary}@127.0.0.1:9/db"))
        .env("SIGIL_LOG", "trace")
        .env("METRICS_TOKEN", "c4n4ry-t0ken")
        .start();
    let key = std::fs::read(sigil.data.join("signing.key")).unwrap();
    let mut said = String::new();
    let mut say = |response: reqwest::blocking::Response| {
        said.push_str(&format!("{:?}\n", response.headers()));
        said.push_str(&response.text().unwrap());
    };
    say(sigil.post("/api/sigils", &json!({"content": "content"})));
    say(sigil.post("/api/sigils", &json!({"content": 5})));
    for operation in ["encode", "verify", "revoke", "gc", "storage.embedded", "storage.postgres"] {
        sigil.fault(json!({"operation": operation, "outage": true}));
        say(sigil.post("/api/sigils", &json!({"content": "content"})));
        say(sigil.admin_post("/admin/gc", &json!({})));
    }
    sigil.clear_faults();
    eventually("the database is found unreachable and its circuit opens", PATIENCE, || {
        (sigil.store()["circuits"]["postgres"] == "open").then_some(())
    });
    say(sigil.get("/health"));
    say(sigil.get("/metrics"));
    say(sigil.client.get(format!("{}/metrics", sigil.url)).bearer_auth("c4n4ry-t0ken").send().unwrap());
    sigil.signal(rustix::process::Signal::TERM);
    sigil.process.wait_exit(PATIENCE).unwrap().expect("it ends");
    said.push_str(&sigil.process.output());
    assert!(said.contains("sigil_encode_total") && said.contains("PostgreSQL"), "{said}");

    let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    let decimal = format!("{key:?}");
    let encoded = BASE64_STANDARD.encode(&key);
    for secret in [canary, "c4n4ry-t0ken", &hex, &hex.to_uppercase(), &encoded[..42], &decimal[1..decimal.len() - 1]] {
        assert!(!said.contains(secret), "{secret} in {said}");
    }
    let encoded_password = BASE64_STANDARD.encode(canary);
    assert!(!said.contains(&encoded_password[..16]));
}

#[test]
fn data_is_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let sigil = Setup::default().start();
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&sigil.data), 0o700);
    assert_eq!(mode(&sigil.data.join("signing.key")), 0o600);
}
