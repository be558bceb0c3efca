//! PostgreSQL behind the embedded store: followed, lost, silent, crashed, and restored from.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use stack::{Part, Postgres};

use crate::{
    proxy::Proxy,
    sigil::{PATIENCE, Setup, Sigil, eventually, id_of},
};

const POSTGRES: &[(&str, &str)] = &[("backend", "postgres")];

fn database() -> Option<Postgres> {
    stack::need(Part::Postgres15).map(|located| Postgres::start(&located).unwrap())
}

/// Rows of a query whose columns are all text.
fn rows(postgres: &Postgres, sql: &str) -> Vec<Vec<Option<String>>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(&postgres.url(), tokio_postgres::NoTls).await.unwrap();
        let connection = tokio::spawn(connection);
        let rows = client.query(sql, &[]).await.unwrap();
        drop(client);
        connection.await.unwrap().unwrap();
        rows.iter().map(|row| (0..row.len()).map(|column| row.get(column)).collect()).collect()
    })
}

/// id → whether it is revoked there.
fn mirrored(postgres: &Postgres) -> std::collections::BTreeMap<String, bool> {
    let rows = rows(postgres, "SELECT encode(id, 'hex'), revoked_at::text FROM sigils");
    let count = rows.len();
    let by_id: std::collections::BTreeMap<_, _> =
        rows.into_iter().map(|row| (row[0].clone().unwrap(), row[1].is_some())).collect();
    assert_eq!(by_id.len(), count, "an id is there twice");
    by_id
}

fn drained(sigil: &Sigil) -> Duration {
    let start = Instant::now();
    eventually("the outbox is empty", PATIENCE, || (sigil.store()["outbox_pending"] == 0).then_some(()));
    start.elapsed()
}

#[test]
fn the_mirror_follows_and_shows() {
    let Some(postgres) = database() else { return };
    let sigil = Setup::default().env("DATABASE_URL", &postgres.url()).arg("--retention", "0").start();
    let ids: Vec<String> = (0..30).map(|n| sigil.seal(&format!("content {n}"))).collect();
    sigil.delete(&format!("/api/sigils/{}", ids[0]));
    drained(&sigil);
    let there = mirrored(&postgres);
    assert_eq!(there.len(), 30);
    assert!(ids.iter().all(|id| there[id] == (*id == ids[0])));

    assert_eq!(sigil.admin_post("/admin/gc", &json!({})).json::<Value>().unwrap()["removed"], 1);
    drained(&sigil);
    assert!(!mirrored(&postgres).contains_key(&ids[0]));

    let scrape = eventually("the size is known", PATIENCE, || {
        let scrape = sigil.scrape();
        scrape.value("sigil_store_size_bytes", POSTGRES).is_some().then_some(scrape)
    });
    assert_eq!(scrape.value("sigil_database_up", POSTGRES), Some(1.0));
    assert_eq!(scrape.value("dnastore_circuit_state", POSTGRES), Some(0.0));
    assert_eq!(scrape.value("sigil_outbox_pending", POSTGRES), Some(0.0));
    let connections = ["sigil_pool_in_use", "sigil_pool_idle"].map(|name| scrape.value(name, POSTGRES).unwrap());
    assert!(connections.iter().sum::<f64>() >= 1.0, "{connections:?}");
    let written = scrape.value("sigil_storage_write_seconds_count", &[("backend", "postgres"), ("outcome", "ok")]);
    assert!(written.unwrap() >= 2.0);
    let health: Value = sigil.get("/health").json().unwrap();
    assert_eq!((&health["status"], &health["postgres"]), (&json!("ok"), &json!("ok")));
}

#[test]
fn an_outage_of_the_database_loses_nothing() {
    let Some(mut postgres) = database() else { return };
    let sigil = Setup::default().env("DATABASE_URL", &postgres.url()).start();
    let mut ids: Vec<String> = (0..10).map(|n| sigil.seal(&format!("before {n}"))).collect();
    drained(&sigil);
    postgres.stop().unwrap();
    ids.extend((0..50).map(|n| sigil.seal(&format!("during {n}"))));
    sigil.delete(&format!("/api/sigils/{}", ids[0]));
    eventually("the circuit opens", PATIENCE, || {
        (sigil.scrape().value("dnastore_circuit_state", POSTGRES) == Some(2.0)).then_some(())
    });
    // One after that: a scrape may have read the writes before the last of them failed and the state afterwards.
    let open = sigil.scrape();
    assert!(open.value("sigil_outbox_pending", POSTGRES).unwrap() >= 51.0);
    assert_eq!(open.value("sigil_database_up", POSTGRES), Some(0.0));
    assert!(
        open.value("sigil_storage_write_seconds_count", &[("backend", "postgres"), ("outcome", "error")]).unwrap()
            >= 5.0
    );
    // Not the service's failure: it took the work.
    assert_eq!(open.value("sigil_error_total", &[("operation", "encode")]), Some(0.0));
    assert_eq!(sigil.get("/health").status(), 200);

    postgres.restart().unwrap();
    drained(&sigil);
    let there = mirrored(&postgres);
    assert_eq!(there.len(), 60);
    assert!(ids.iter().all(|id| there[id] == (*id == ids[0])));
    eventually("the circuit closes", PATIENCE, || {
        (sigil.scrape().value("dnastore_circuit_state", POSTGRES) == Some(0.0)).then_some(())
    });
    eventually("the database counts as reachable", PATIENCE, || {
        (sigil.scrape().value("sigil_database_up", POSTGRES) == Some(1.0)).then_some(())
    });
}

#[test]
fn silent_sockets_are_given_up_and_everything_arrives() {
    let Some(postgres) = database() else { return };
    let proxy = Proxy::to(postgres.address());
    let url = format!("postgres://lapwing@{}/postgres", proxy.address);
    let sigil = Setup::default().env("DATABASE_URL", &url).start();
    sigil.seal("before");
    drained(&sigil);

    proxy.silence(true);
    for n in 0..20 {
        sigil.seal(&format!("during {n}"));
    }
    eventually("the silence is noticed", PATIENCE, || {
        let scrape = sigil.scrape();
        let failed =
            scrape.value("sigil_storage_write_seconds_count", &[("backend", "postgres"), ("outcome", "error")]);
        (failed >= Some(1.0) && scrape.value("sigil_database_up", POSTGRES) == Some(0.0)).then_some(())
    });
    proxy.silence(false);
    let took = drained(&sigil);
    eprintln!("recovered in {took:?}");
    assert!(took < Duration::from_secs(30), "{took:?}");
    assert_eq!(mirrored(&postgres).len(), 21);
    // No connection is held by something that waits for ever.
    eventually("all connections are given back", PATIENCE, || {
        (sigil.scrape().value("sigil_pool_in_use", POSTGRES) == Some(0.0)).then_some(())
    });
}

#[test]
fn killed_service_and_killed_database_agree_in_the_end() {
    let Some(mut postgres) = database() else { return };
    let data = tempfile::tempdir().unwrap();
    let setup = |postgres: &Postgres| Setup::default().env("DATABASE_URL", &postgres.url()).on(data.path());
    let mut random = fastrand::Rng::new();
    let mut ids = Vec::new();
    let mut revoked = Vec::new();
    for round in 0..6 {
        let mut sigil = setup(&postgres).start();
        let (sealed, withdrawn) = std::thread::scope(|scope| {
            let (client, url) = (&sigil.client, &sigil.url);
            let worker = scope.spawn(move || {
                let (mut sealed, mut withdrawn) = (Vec::new(), Vec::new());
                loop {
                    let body = json!({"content": format!("round {round} content {}", sealed.len())});
                    let Ok(response) = client.post(format!("{url}/api/sigils")).json(&body).send() else { break };
                    let Ok(answer) = response.json::<Value>() else { break };
                    sealed.push(id_of(&answer));
                    if sealed.len() % 5 == 0 {
                        let id = sealed[sealed.len() / 2].clone();
                        let Ok(response) = client.delete(format!("{url}/api/sigils/{id}")).send() else { break };
                        assert_eq!(response.status(), 204);
                        withdrawn.push(id);
                    }
                }
                (sealed, withdrawn)
            });
            // The moments are what is random here.
            std::thread::sleep(Duration::from_millis(random.u64(20..300)));
            if round % 2 == 1 {
                postgres.kill().unwrap();
                std::thread::sleep(Duration::from_millis(random.u64(20..300)));
            }
            sigil.process.kill().unwrap();
            worker.join().unwrap()
        });
        ids.extend(sealed);
        revoked.extend(withdrawn);
        if round % 2 == 1 {
            postgres.restart().unwrap();
        }
    }
    let sigil = setup(&postgres).start();
    drained(&sigil);
    let there = mirrored(&postgres);
    assert_eq!(sigil.store()["records"], there.len());
    for id in &ids {
        assert!(there.contains_key(id), "{id} was acknowledged and is not in PostgreSQL");
        assert_eq!(sigil.status(id).as_deref() == Some("revoked"), there[id], "{id}");
    }
    assert!(revoked.iter().all(|id| there[id]));
    assert!(!ids.is_empty());
}

#[test]
fn an_empty_data_directory_is_restored() {
    let Some(postgres) = database() else { return };
    let sigil = Setup::default().env("DATABASE_URL", &postgres.url()).start();
    let items: Vec<Value> = (0..100).map(|n| json!({"content": format!("content {n}")})).collect();
    // More than a page.
    let ids: Vec<String> = (0..7)
        .flat_map(|_| {
            let sealed: Value = sigil.post("/api/sigils", &json!({"items": items})).json().unwrap();
            sealed["items"].as_array().unwrap().iter().map(id_of).collect::<Vec<_>>()
        })
        .collect();
    sigil.delete(&format!("/api/sigils/{}", ids[0]));
    drained(&sigil);
    drop(sigil);

    let sigil = Setup::default().env("DATABASE_URL", &postgres.url()).start();
    eventually("it is restored", PATIENCE, || (sigil.store()["restoring"] == false).then_some(()));
    assert_eq!(sigil.store()["records"], 700);
    assert_eq!(sigil.status(&ids[0]).as_deref(), Some("revoked"));
    // Sealed with the lost key, which stays trusted.
    let verified = sigil.verify(&ids[1], "content 1");
    assert_eq!(
        (&verified["valid_signature"], &verified["status"], &verified["identical"]),
        (&json!(true), &json!("active"), &json!(true))
    );
    assert_eq!(sigil.status(&"0".repeat(32)), None);
    sigil.seal("sealed with the new key");
    drained(&sigil);
    assert_eq!(rows(&postgres, "SELECT encode(public_key, 'hex') FROM sigil_keys").len(), 2);

    // A row that somebody changed in PostgreSQL does not verify after the next restore.
    rows(&postgres, &format!("UPDATE sigils SET expires_at = 1 WHERE encode(id, 'hex') = '{}'", ids[2]));
    drop(sigil);
    let sigil = Setup::default().env("DATABASE_URL", &postgres.url()).start();
    eventually("it is restored again", PATIENCE, || (sigil.store()["restoring"] == false).then_some(()));
    assert_eq!(sigil.verify(&ids[2], "content 2")["valid_signature"], false);
    assert_eq!(sigil.verify(&ids[3], "content 3")["valid_signature"], true);
}

#[test]
fn unknown_ids_are_not_denied_before_the_restore_is_done() {
    // No database needed: one that never answers is what this is about.
    let sigil = Setup::default().env("DATABASE_URL", "postgres://u@127.0.0.1:9/db").start();
    let response = sigil.get(&format!("/api/sigils/{}", "0".repeat(32)));
    assert_eq!(response.status(), 503);
    assert_eq!(response.json::<Value>().unwrap()["error"]["code"], "restoring");
    // What is sealed meanwhile is there.
    let id = sigil.seal("sealed meanwhile");
    assert_eq!(sigil.status(&id).as_deref(), Some("active"));
    assert_eq!(sigil.store()["outbox_pending"], 2);

    // The database is not coming back.
    let data = tempfile::tempdir().unwrap();
    drop(Setup::default().env("DATABASE_URL", "postgres://u@127.0.0.1:9/db").on(data.path()).start());
    let sigil = Setup::default().on(data.path()).start();
    assert_eq!(sigil.get(&format!("/api/sigils/{}", "0".repeat(32))).status(), 503);
    drop(sigil);
    let sigil = Setup::default().on(data.path()).flag("--forget-mirror").start();
    assert_eq!(sigil.status(&"0".repeat(32)), None);
    assert_eq!(sigil.store()["outbox_pending"], Value::Null);
}

#[test]
fn a_full_outbox_refuses_new_sigils_but_not_revocations() {
    let sigil = Setup::default().env("DATABASE_URL", "postgres://u@127.0.0.1:9/db").arg("--outbox-limit", "3").start();
    let ids = [sigil.seal("one"), sigil.seal("two")];
    let refused = sigil.post("/api/sigils", &json!({"content": "three"}));
    assert_eq!(refused.status(), 503);
    assert_eq!(refused.json::<Value>().unwrap()["error"]["code"], "outbox_full");
    assert_eq!(sigil.delete(&format!("/api/sigils/{}", ids[0])).status(), 204);
    assert_eq!(sigil.status(&ids[0]).as_deref(), Some("revoked"));
}
