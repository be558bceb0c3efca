//! The interface as a client sees it.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use crate::sigil::{PATIENCE, Setup, Sigil, eventually, id_of};

const TEXT: &str = "The crew left the harbour before dawn, because the wind had turned in the night and the master did not want \
    to wait for another tide. By noon the coast was a thin line behind them, and nobody spoke of the letter any more.";

#[test]
fn seals_and_verifies() {
    let sigil = Sigil::start();
    let response = sigil.post("/api/sigils", &json!({"content": TEXT, "ttl_seconds": 3600}));
    assert_eq!(response.status(), 201);
    let sealed: Value = response.json().unwrap();
    let bytes = |field: &str| BASE64_STANDARD.decode(sealed[field].as_str().unwrap()).unwrap().len();
    assert_eq!((bytes("fingerprint"), bytes("signature"), bytes("public_key"), bytes("digest")), (128, 64, 32, 32));
    assert!(sealed["created_at"].as_str().unwrap() < sealed["expires_at"].as_str().unwrap());

    let id = id_of(&sealed);
    let same = sigil.verify(&id, TEXT);
    let expected =
        json!({"valid_signature": true, "status": "active", "identical": true, "resonance": 1.0, "resonates": true});
    assert_eq!(same, expected);
    let near = sigil.verify(&id, &TEXT.replace("noon", "evening"));
    assert!(
        near["resonance"].as_f64().unwrap() > 0.7 && near["resonates"] == true && near["identical"] == false,
        "{near}"
    );
    let other =
        sigil.verify(&id, "A completely different message, about nothing that was ever sealed with this service.");
    assert!(other["resonance"].as_f64().unwrap() < 0.3 && other["resonates"] == false, "{other}");
    assert_eq!(other["valid_signature"], true);
}

#[test]
fn shows_and_revokes() {
    let sigil = Sigil::start();
    let (id, path) = {
        let id = sigil.seal(TEXT);
        let path = format!("/api/sigils/{id}");
        (id, path)
    };
    let shown: Value = sigil.get(&path).json().unwrap();
    assert_eq!(
        (&shown["status"], &shown["revoked_at"], &shown["expires_at"]),
        (&json!("active"), &Value::Null, &Value::Null)
    );
    for _again in 0..2 {
        assert_eq!(sigil.delete(&path).status(), 204);
    }
    assert_eq!(sigil.verify(&id, TEXT)["status"], "revoked");
    let shown: Value = sigil.get(&path).json().unwrap();
    assert!(shown["status"] == "revoked" && shown["revoked_at"].is_string(), "{shown}");
}

#[test]
fn expires() {
    let sigil = Sigil::start();
    let sealed: Value = sigil.post("/api/sigils", &json!({"content": TEXT, "ttl_seconds": 1})).json().unwrap();
    let id = id_of(&sealed);
    eventually("it expires", PATIENCE, || (sigil.status(&id).as_deref() == Some("expired")).then_some(()));
    assert_eq!(sigil.verify(&id, TEXT)["status"], "expired");
}

#[test]
fn takes_bytes() {
    let sigil = Sigil::start();
    let content = BASE64_STANDARD.encode([0xff, 0, 0xfe, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    let sealed: Value = sigil.post("/api/sigils", &json!({"content_base64": content})).json().unwrap();
    let body = json!({"id": sealed["id"], "content_base64": content});
    let verified: Value = sigil.post("/api/sigils/verify", &body).json().unwrap();
    assert_eq!((&verified["resonance"], &verified["identical"]), (&json!(1.0), &json!(true)));
}

#[test]
fn batches_answer_each_item_in_its_place() {
    let sigil = Sigil::start();
    let contents: Vec<String> = (0..40).map(|n| format!("{TEXT} Entry number {n} of the log.")).collect();
    let items: Vec<Value> = contents.iter().map(|content| json!({"content": content})).collect();
    let response = sigil.post("/api/sigils", &json!({"items": items}));
    assert_eq!(response.status(), 201);
    let sealed: Value = response.json().unwrap();
    let mut items: Vec<Value> = sealed["items"]
        .as_array()
        .unwrap()
        .iter()
        .zip(&contents)
        .map(|(sealed, content)| json!({"id": sealed["id"], "content": content}))
        .collect();
    let response = sigil.post("/api/sigils/verify", &json!({"items": items}));
    assert_eq!(response.status(), 200);
    let verified: Value = response.json().unwrap();
    assert!(verified["items"].as_array().unwrap().iter().all(|item| item["identical"] == true), "{verified}");

    items[3]["id"] = json!("0".repeat(32));
    let response = sigil.post("/api/sigils/verify", &json!({"items": items}));
    assert_eq!(response.status(), 207);
    let verified: Value = response.json().unwrap();
    assert_eq!(verified["items"][3]["error"]["code"], "unknown_sigil");
    assert_eq!(verified["items"][4]["identical"], true);
}

#[test]
fn every_error_is_json_with_a_code() {
    let sigil = Setup::default().arg("--max-content", "1000").arg("--max-body", "5000").arg("--max-batch", "3").start();
    let none = format!("/api/sigils/{}", "0".repeat(32));
    let long = "x".repeat(1001);
    let longer = json!({"content": "x".repeat(6000)}).to_string();
    let post = |path: &'static str, body: String, status: u16, code: &'static str| ("POST", path, body, status, code);
    let cases = [
        post("/api/sigils", "{".into(), 400, "malformed_request"),
        post("/api/sigils", "[]".into(), 400, "malformed_request"),
        post("/api/sigils", "{}".into(), 400, "malformed_request"),
        post("/api/sigils", "".into(), 400, "malformed_request"),
        post("/api/sigils", r#"{"content": "a", "content_base64": "YQ=="}"#.into(), 400, "malformed_request"),
        post("/api/sigils", r#"{"content_base64": "?"}"#.into(), 400, "malformed_request"),
        post("/api/sigils", r#"{"content": "a", "ttl": 5}"#.into(), 400, "malformed_request"),
        post("/api/sigils", r#"{"content": "a", "ttl_seconds": 0}"#.into(), 400, "malformed_request"),
        post(
            "/api/sigils",
            r#"{"content": "a", "ttl_seconds": 18446744073709551615}"#.into(),
            400,
            "malformed_request",
        ),
        post("/api/sigils", r#"{"content": "a", "ttl_seconds": -1}"#.into(), 400, "malformed_request"),
        post("/api/sigils", r#"{"items": []}"#.into(), 400, "malformed_request"),
        post("/api/sigils", r#"{"items": [{}]}"#.into(), 400, "malformed_request"),
        post("/api/sigils", r#"{"items": [{"content": "a"}], "content": "b"}"#.into(), 400, "malformed_request"),
        post(
            "/api/sigils",
            json!({"items": [{"content": "a"}, {"content": "a"}, {"content": "a"}, {"content": "a"}]}).to_string(),
            413,
            "too_large",
        ),
        post("/api/sigils", json!({"content": long}).to_string(), 413, "too_large"),
        post("/api/sigils", longer, 413, "too_large"),
        post("/api/sigils/verify", r#"{"content": "a"}"#.into(), 400, "malformed_request"),
        post("/api/sigils/verify", r#"{"id": "1", "content": "a"}"#.into(), 400, "malformed_request"),
        post("/api/sigils/verify", json!({"id": "0".repeat(32), "content": "a"}).to_string(), 404, "unknown_sigil"),
        ("GET", &none, String::new(), 404, "unknown_sigil"),
        ("DELETE", &none, String::new(), 404, "unknown_sigil"),
        ("GET", "/api/sigils/short", String::new(), 400, "malformed_request"),
        ("GET", "/api/sigils", String::new(), 405, "method_not_allowed"),
        ("PUT", &none, String::new(), 405, "method_not_allowed"),
        ("POST", "/health", String::new(), 405, "method_not_allowed"),
        ("GET", "/", String::new(), 404, "not_found"),
        ("GET", "/api/nothing%22here", String::new(), 404, "not_found"),
    ];
    for (method, path, body, status, code) in cases {
        let shown = format!("{method} {path} {}", &body[..body.len().min(100)]);
        let request = sigil.client.request(method.parse().unwrap(), format!("{}{path}", sigil.url));
        let response = request.header("content-type", "application/json").body(body).send().unwrap();
        assert_eq!(response.status(), status, "{shown}");
        assert_eq!(response.headers()["content-type"], "application/json", "{shown}");
        assert_eq!(response.headers().contains_key("allow"), status == 405, "{shown}");
        let answer: Value = response.json().unwrap();
        assert_eq!(answer["error"]["code"], code, "{shown}: {answer}");
        assert!(!answer["error"]["message"].as_str().unwrap().is_empty(), "{shown}");
    }
    let plain = sigil.client.post(format!("{}/api/sigils", sigil.url)).body("{}").send().unwrap();
    assert_eq!(plain.status(), 415);
    assert_eq!(plain.json::<Value>().unwrap()["error"]["code"], "unsupported_media_type");
    // Refused requests are no operations, and unknown ids are truthful answers.
    let scrape = sigil.scrape();
    assert_eq!(scrape.value("sigil_encode_total", &[("outcome", "ok")]), Some(0.0));
    assert_eq!(scrape.value("sigil_verify_total", &[("outcome", "ok")]), Some(1.0));
    assert_eq!(scrape.value("sigil_revoke_total", &[("outcome", "ok")]), Some(1.0));
    for operation in ["encode", "verify", "revoke", "gc"] {
        assert_eq!(scrape.value("sigil_error_total", &[("operation", operation)]), Some(0.0), "{operation}");
    }
}

#[test]
fn a_body_without_length_is_cut_at_the_limit() {
    let sigil = Setup::default().arg("--max-body", "5000").start();
    let body = std::io::Cursor::new(format!("{{\"content\": \"{}", "x".repeat(100_000)).into_bytes());
    let request = sigil.client.post(format!("{}/api/sigils", sigil.url)).header("content-type", "application/json");
    let response = request.body(reqwest::blocking::Body::new(body)).send().unwrap();
    assert_eq!(response.status(), 413);
}

#[test]
fn more_than_the_limit_in_flight_is_refused() {
    let sigil = Setup::default().arg("--max-in-flight", "2").start();
    sigil.fault(json!({"operation": "encode", "latency": {"distribution": "fixed", "ms": 60_000}}));
    let body = json!({"content": TEXT});
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                sigil.client.post(format!("{}/api/sigils", sigil.url)).json(&body).timeout(PATIENCE).send().is_err()
            });
        }
        eventually("both are in flight", PATIENCE, || (sigil.store()["in_flight"] == 2).then_some(()));
        let refused = sigil.post("/api/sigils", &body);
        assert_eq!(refused.status(), 503);
        assert!(refused.headers().contains_key("retry-after"));
        assert_eq!(refused.json::<Value>().unwrap()["error"]["code"], "overloaded");
        // Health and metrics answer all the same.
        assert_eq!(sigil.get("/health").status(), 200);
        sigil.scrape();
        // Nobody waits the minute out.
        sigil.kill_now();
    });
}

#[test]
fn unfinished_bodies_do_not_pile_up() {
    use std::{io::Write as _, net::TcpStream};
    let sigil = Setup::default().arg("--max-in-flight", "1").start();
    let address = sigil.url.strip_prefix("http://").unwrap();
    let slow = || {
        let mut stream = TcpStream::connect(address).unwrap();
        let head =
            "POST /api/sigils HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{";
        stream.write_all(head.as_bytes()).unwrap();
        stream
    };
    let body = json!({"content": TEXT});
    // One that comes while a probing request has its place is refused, so there is another each time.
    let mut streams = Vec::new();
    eventually("no further request is taken", PATIENCE, || {
        streams.push(slow());
        (sigil.post("/api/sigils", &body).status() == 503).then_some(())
    });
    drop(streams);
    eventually("requests are taken again", PATIENCE, || {
        (sigil.post("/api/sigils", &body).status() == 201).then_some(())
    });
}

#[test]
fn many_clients_at_once_get_what_they_sealed() {
    let sigil = Sigil::start();
    let ids: Vec<(String, String)> = std::thread::scope(|scope| {
        let client = |n: usize| {
            let sigil = &sigil;
            move || -> Vec<(String, String)> {
                (0..20)
                    .map(|m| {
                        let content = format!("client {n} content {m}: {}", "word ".repeat(n + m));
                        (sigil.seal(&content), content)
                    })
                    .collect()
            }
        };
        let clients: Vec<_> = (0..16).map(|n| scope.spawn(client(n))).collect();
        clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
    });
    assert_eq!(sigil.store()["records"], 320);
    for (id, content) in ids.iter().step_by(7) {
        assert_eq!(sigil.verify(id, content)["identical"], true);
    }
    let scrape = sigil.scrape();
    assert_eq!(scrape.value("sigil_encode_total", &[("outcome", "ok")]), Some(320.0));
}

#[test]
fn admin_refuses_web_pages_and_nonsense() {
    let sigil = Sigil::start();
    let page =
        sigil.client.post(format!("{}/admin/gc", sigil.admin)).header("origin", "http://evil.example").send().unwrap();
    assert_eq!(page.status(), 403);
    for fault in [json!({"operation": "nope"}), json!({"operation": "gc", "error_rate": 7})] {
        let response = sigil.client.put(format!("{}/admin/faults", sigil.admin)).json(&fault).send().unwrap();
        assert_eq!(response.status(), 400);
    }
    assert_eq!(sigil.admin_post("/admin/load-runs", &json!({"scenario": "No!"})).status(), 400);
    // Not on the public listener.
    assert_eq!(sigil.get("/admin/store").status(), 404);
}

/// A body that never ends must not keep a connection, whatever is wrong with the request.
#[test]
fn slow_request_bodies_are_cut_once_they_are_answered() {
    use std::{
        io::{BufReader, Read as _, Write as _},
        net::TcpStream,
    };

    let sigil = Sigil::start();
    let address = sigil.url.strip_prefix("http://").unwrap();
    for (path, kind, status) in [
        ("/api/sigils", "text/plain", "415"),
        ("/nowhere", "text/plain", "404"),
        ("/health", "application/json", "405"),
    ] {
        for body in ["Content-Length: 1000\r\n\r\n{", "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"] {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.set_read_timeout(Some(PATIENCE / 2)).unwrap();
            write!(stream, "POST {path} HTTP/1.1\r\nHost: test\r\nContent-Type: {kind}\r\n{body}").unwrap();
            let mut answer = Vec::new();
            // Its end comes from the other side: this one neither ends its request nor closes.
            BufReader::new(&stream).read_to_end(&mut answer).unwrap_or_else(|error| panic!("{path} {body:?}: {error}"));
            assert!(answer.starts_with(format!("HTTP/1.1 {status} ").as_bytes()), "{path} {body:?}");
        }
    }
    // The connection of a request that was read is kept.
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE / 2)).unwrap();
    for _ in 0..2 {
        stream.write_all(b"POST /api/sigils HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nf\r\n{\"content\":\"a\"}\r\n0\r\n\r\n").unwrap();
        let mut start = [0; 12];
        stream.read_exact(&mut start).unwrap();
        assert_eq!(&start, b"HTTP/1.1 201");
        let mut rest = Vec::new();
        let mut byte = [0];
        while !rest.ends_with(b"}") {
            stream.read_exact(&mut byte).unwrap();
            rest.push(byte[0]);
        }
    }
}
