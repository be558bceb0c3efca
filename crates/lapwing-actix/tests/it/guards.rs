//! Who is let in.

use std::{fs, path::Path};

use ipnet::IpNet;
use lapwing_actix::{BuildError, Token, TokenError};

use crate::{
    client::{Answer, ask, get},
    source::{Source, listen},
};

fn net(text: &str) -> IpNet {
    text.parse().unwrap()
}

fn with_token(address: std::net::SocketAddr, token: &str) -> Answer {
    get(address, &[("Authorization", &format!("Bearer {token}"))])
}

/// As an orchestrator rotates a secret: the new file takes the place of the old in one step.
fn replace(path: &Path, token: &str) {
    let next = path.with_extension("next");
    fs::write(&next, token).unwrap();
    fs::rename(next, path).unwrap();
}

#[test]
fn only_the_right_token_opens() {
    let listener = listen(Source::small().endpoint().token(Token::fixed("open sesame".replace(' ', "-")).unwrap()));
    assert_eq!(with_token(listener.address(), "open-sesame").status, 200);
    for header in [
        "",
        "Bearer",
        "Bearer ",
        "Bearer open",
        "Bearer open-sesame2",
        "Basic open-sesame",
        "open-sesame",
        "Bearer open-sesame, Bearer open-sesame",
    ] {
        let answer = get(listener.address(), &[("Authorization", header)]);
        assert_eq!(answer.status, 401, "{header:?}");
        assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"metrics\""));
        assert_eq!(answer.text(), "a valid bearer token is required\n");
    }
    let twice = [("Authorization", "Bearer open-sesame"), ("Authorization", "Bearer open-sesame")];
    assert_eq!(get(listener.address(), &twice).status, 401);
    assert_eq!(get(listener.address(), &[("Authorization", "bEARER   open-sesame")]).status, 200);
    // health asks for nothing and tells nothing
    assert_eq!(ask(listener.address(), "GET", "/metrics/health", &[]).text(), "ok\n");
}

#[test]
fn forwarded_headers_do_not_spoof_the_allowlist() {
    let spoofs = [
        ("X-Forwarded-For", "192.0.2.1"),
        ("Forwarded", "for=192.0.2.1"),
        ("X-Real-IP", "192.0.2.1"),
        ("X-Forwarded-For", "::ffff:192.0.2.1"),
    ];
    // nobody is trusted: the peer counts
    let stranger = listen(Source::small().endpoint().allow([net("192.0.2.0/24")]));
    for spoof in spoofs {
        assert_eq!(get(stranger.address(), &[spoof]).status, 403, "{spoof:?}");
    }
    // behind a trusted proxy: what it saw itself counts, which is written right-most
    let proxied = listen(
        Source::small()
            .endpoint()
            .allow([net("192.0.2.0/24")])
            .trusted_proxies([net("127.0.0.1/32"), net("10.0.0.0/8")]),
    );
    for (headers, status) in [
        (&[("X-Forwarded-For", "192.0.2.1")][..], 200),
        (&[("X-Forwarded-For", "192.0.2.1, 10.0.0.7")], 200),
        (&[("X-Forwarded-For", "203.0.113.5, 192.0.2.1")], 200),
        (&[("X-Forwarded-For", "192.0.2.1, 203.0.113.5")], 403),
        (&[("X-Forwarded-For", "192.0.2.1"), ("X-Forwarded-For", "203.0.113.5")], 403),
        (&[("X-Forwarded-For", "203.0.113.5"), ("Forwarded", "for=192.0.2.1")], 403),
        (&[("X-Forwarded-For", "192.0.2.1, nonsense")], 403),
        (&[("X-Forwarded-For", "")], 403),
        (&[("Forwarded", "for=192.0.2.1;proto=https")], 200),
        (&[("Forwarded", "for=\"[::ffff:192.0.2.1]:4711\"")], 200),
        (&[("Forwarded", "for=192.0.2.1, for=unknown")], 403),
        (&[("X-Real-IP", "192.0.2.1")], 403),
        (&[], 403),
    ] {
        let answer = get(proxied.address(), headers);
        assert_eq!(answer.status, status, "{headers:?}");
        if status == 403 {
            assert_eq!(answer.text(), "not allowed from this address\n");
        }
    }
}

#[test]
fn allowlist_knows_the_peer() {
    let listener = listen(Source::small().endpoint().allow([net("127.0.0.0/8"), net("10.0.0.0/8")]));
    assert_eq!(get(listener.address(), &[]).status, 200);
    let mapped = listen(Source::small().endpoint().allow([net("::ffff:127.0.0.0/104")]));
    assert_eq!(get(mapped.address(), &[]).status, 200);
}

#[test]
fn each_client_has_its_rate() {
    let proxy: std::net::IpAddr = "127.0.0.1".parse().unwrap();
    let listener = listen(Source::small().endpoint().trusted_proxies([proxy]).rate_limit(0.001, 3));
    let from = |client| get(listener.address(), &[("X-Forwarded-For", client)]);
    for _ in 0..3 {
        assert_eq!(from("192.0.2.1").status, 200);
    }
    let answer = from("192.0.2.1");
    assert_eq!(answer.status, 429);
    let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((900..=1000).contains(&wait), "{wait} s");
    let answer = from("192.0.2.2");
    assert_eq!(answer.sample("lapwing_endpoint_rejected_total{cause=\"rate_limit\"}"), 1.0);
}

#[test]
fn the_rate_comes_before_the_allowlist_and_that_before_the_token() {
    let guarded = || {
        Source::small()
            .endpoint()
            .allow([net("192.0.2.0/24")])
            .token(Token::fixed("right").unwrap())
            .rate_limit(0.001, 2)
    };
    let listener = listen(guarded());
    assert_eq!(with_token(listener.address(), "wrong").status, 403);
    assert_eq!(with_token(listener.address(), "right").status, 403);
    assert_eq!(with_token(listener.address(), "right").status, 429);
    let inside = listen(guarded().trusted_proxies([net("127.0.0.1/32")]));
    let client = ("X-Forwarded-For", "192.0.2.1");
    assert_eq!(ask(inside.address(), "PUT", "/metrics", &[client]).status, 401);
    assert_eq!(ask(inside.address(), "PUT", "/metrics", &[client, ("Authorization", "Bearer right")]).status, 405);
}

#[test]
fn guesses_are_limited_before_they_are_compared() {
    let proxy: std::net::IpAddr = "127.0.0.1".parse().unwrap();
    let endpoint = Source::small().endpoint().trusted_proxies([proxy]).token(Token::fixed("right").unwrap());
    let listener = listen(endpoint.failed_token_limit(0.001, 5));
    let guess = |client: &str, token: &str| {
        let bearer = format!("Bearer {token}");
        get(listener.address(), &[("X-Forwarded-For", client), ("Authorization", &bearer)])
    };
    for n in 0..5 {
        assert_eq!(guess("192.0.2.1", &format!("guess{n}")).status, 401);
    }
    let answer = guess("192.0.2.1", "guess");
    assert_eq!((answer.status, answer.text()), (429, "too many wrong tokens; try again later\n"));
    assert!(answer.header("retry-after").is_some());
    assert_eq!(guess("192.0.2.1", "right").status, 429, "the sixth guess is right and learns nothing");
    let answer = guess("192.0.2.2", "right");
    assert_eq!(answer.sample("lapwing_endpoint_rejected_total{cause=\"token\"}"), 5.0);
    assert_eq!(answer.sample("lapwing_endpoint_rejected_total{cause=\"failed_tokens\"}"), 2.0);
    for _ in 0..50 {
        assert_eq!(guess("192.0.2.2", "right").status, 200, "the right token is never limited");
    }
}

#[test]
fn rotated_token_fails_no_scrape() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    replace(&path, "token-0\n");
    let listener = listen(Source::small().endpoint().token(Token::file(&path)));
    assert_eq!(with_token(listener.address(), "token-0").status, 200);
    for n in 1..5 {
        replace(&path, &format!("token-{n}\n"));
        // a scraper that has read the new file already, and one that hasn't yet
        assert_eq!(with_token(listener.address(), &format!("token-{n}")).status, 200);
        assert_eq!(with_token(listener.address(), &format!("token-{}", n - 1)).status, 200);
    }
    assert_eq!(with_token(listener.address(), "token-0").status, 401, "long replaced");
}

#[test]
fn bad_token_file_keeps_the_token_and_shows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    let build = || Source::small().endpoint().token(Token::file(&path)).build();
    assert!(matches!(build(), Err(BuildError::Token(TokenError::File { .. }))));
    replace(&path, " \n");
    assert!(matches!(build(), Err(BuildError::Token(TokenError::Content { .. }))));
    replace(&path, "right");
    let listener = listen(Source::small().endpoint().token(Token::file(&path)));
    assert_eq!(with_token(listener.address(), "right").sample("lapwing_endpoint_token_file_ok"), 1.0);
    let spoil: [&dyn Fn(); 4] =
        [&|| replace(&path, ""), &|| replace(&path, "two words"), &|| fs::remove_file(&path).unwrap(), &|| {
            fs::create_dir(&path).unwrap()
        }];
    for spoil in spoil {
        spoil();
        // a wrong token makes it look at the file at once
        assert_eq!(with_token(listener.address(), "wrong").status, 401);
        assert_eq!(with_token(listener.address(), "right").sample("lapwing_endpoint_token_file_ok"), 0.0);
    }
    fs::remove_dir(&path).unwrap();
    replace(&path, "new");
    assert_eq!(with_token(listener.address(), "new").sample("lapwing_endpoint_token_file_ok"), 1.0);
}
