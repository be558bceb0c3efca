//! Killed with SIGKILL at random moments.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use serde_json::{Value, json};

use crate::sigil::{Setup, id_of};

/// What the service acknowledged.
#[derive(Default)]
struct Acknowledged {
    active: Vec<String>,
    revoked: Vec<String>,
    /// A revocation was sent and not answered: either is right.
    either: Vec<String>,
}

/// Seals and revokes until the service is gone.
fn work(client: &reqwest::blocking::Client, url: &str, sent: &AtomicU64, seed: u64) -> Acknowledged {
    let mut done = Acknowledged::default();
    let mut random = fastrand::Rng::with_seed(seed);
    loop {
        sent.fetch_add(1, Ordering::Relaxed);
        let body = json!({"content": format!("content {}", random.u64(..))});
        let Ok(response) = client.post(format!("{url}/api/sigils")).json(&body).send() else { return done };
        assert_eq!(response.status(), 201);
        let Ok(sealed) = response.json::<Value>() else { return done };
        let id = id_of(&sealed);
        if random.u8(..3) == 0 {
            match client.delete(format!("{url}/api/sigils/{id}")).send() {
                Ok(response) => {
                    assert_eq!(response.status(), 204);
                    done.revoked.push(id);
                }
                Err(_) => {
                    done.either.push(id);
                    return done;
                }
            }
        } else {
            done.active.push(id);
        }
    }
}

#[test]
fn killed_at_random_moments_loses_nothing_acknowledged() {
    let rounds = if std::env::var_os("LAPWING_SOAK").is_some_and(|v| v == "1") { 200 } else { 30 };
    let seed = fastrand::u64(..);
    eprintln!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let data = tempfile::tempdir().unwrap();
    let mut all = Acknowledged::default();
    let sent = AtomicU64::new(0);
    for round in 0..=rounds {
        let mut sigil = Setup::default().on(data.path()).start();
        let records = sigil.store()["records"].as_u64().unwrap();
        let acknowledged = (all.active.len() + all.revoked.len() + all.either.len()) as u64;
        let sent_so_far = sent.load(Ordering::Relaxed);
        assert!(
            (acknowledged..=sent_so_far).contains(&records),
            "round {round}: {acknowledged} ≤ {records} ≤ {sent_so_far}"
        );
        // The latest of each kind after every kill, everything after the last.
        let look = |ids: &[String], statuses: &[&str]| {
            let from = if round == rounds { 0 } else { ids.len().saturating_sub(60) };
            for id in &ids[from..] {
                let status = sigil.status(id).unwrap_or_else(|| panic!("round {round}: {id} is lost"));
                assert!(statuses.contains(&status.as_str()), "round {round}: {id} is {status}, not {statuses:?}");
            }
        };
        look(&all.active, &["active"]);
        look(&all.revoked, &["revoked"]);
        look(&all.either, &["active", "revoked"]);
        if round == rounds {
            break;
        }
        let parts: Vec<Acknowledged> = std::thread::scope(|scope| {
            let (client, url, sent) = (&sigil.client, &sigil.url, &sent);
            let workers: Vec<_> = (0..4)
                .map(|_| {
                    let seed = random.u64(..);
                    scope.spawn(move || work(client, url, sent, seed))
                })
                .collect();
            // The moment is what is random here, not something to be waited for.
            std::thread::sleep(Duration::from_micros(random.u64(1000..150_000)));
            sigil.process.kill().unwrap();
            workers.into_iter().map(|worker| worker.join().unwrap()).collect()
        });
        for part in parts {
            all.active.extend(part.active);
            all.revoked.extend(part.revoked);
            all.either.extend(part.either);
        }
    }
    eprintln!("{rounds} kills, {} acknowledged, {} revoked", all.active.len() + all.revoked.len(), all.revoked.len());
    assert!(!all.active.is_empty() && !all.revoked.is_empty());
}
