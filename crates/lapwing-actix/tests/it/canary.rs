//! A secret that sings when it gets out.

use std::{
    fs,
    io::{self, Write},
    sync::{Arc, Mutex},
};

use lapwing_actix::Token;
use lapwing_exposition::GatherError;

use crate::{
    client::{ask, get},
    source::{Source, listen, serve},
};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn token_is_found_nowhere() {
    const CANARY: &str = "canary-4f1d";
    let log = Log::default();
    // for the whole process: the endpoint's threads are not the test's, and other tests log what they like
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .init();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    let mut seen = Vec::new();

    let fixed = Token::fixed(CANARY).unwrap();
    let file = Token::file(&path);
    seen.push(format!("{fixed:?} {file:?}"));
    for unusable in [format!("{CANARY} {CANARY}"), CANARY.repeat(1000), format!("{CANARY}\u{7f}")] {
        let error = Token::fixed(&unusable).unwrap_err();
        seen.push(format!("{error} {error:?}"));
        fs::write(&path, unusable).unwrap();
        let error = Source::small().endpoint().token(file.clone()).build().unwrap_err();
        seen.push(format!("{error} {error:?}"));
    }
    fs::write(&path, format!("{CANARY}-in-file")).unwrap();
    let endpoint = Source::small().endpoint().token(file).build().unwrap();
    seen.push(format!("{endpoint:?}"));
    let served = serve(true, move |config| {
        config.service(endpoint.clone());
    });
    let broken = listen(Source::new(|| Err(GatherError::Collect("broken".to_owned()))).endpoint().token(fixed.clone()));
    let panicking = listen(Source::new(|| panic!("as this test wants")).endpoint().token(fixed));
    seen.push(format!("{broken:?}"));
    let right = format!("Bearer {CANARY}");
    let right_file = format!("Bearer {CANARY}-in-file");
    let wrong = format!("Bearer {CANARY}-wrong");
    for address in [served.address, broken.address(), panicking.address()] {
        for bearer in [&right, &right_file, &wrong] {
            for (method, target) in
                [("GET", "/metrics"), ("PUT", "/metrics"), ("GET", "/metrics/health"), ("GET", "/nowhere")]
            {
                let answer = ask(address, method, target, &[("Authorization", bearer)]);
                seen.push(format!("{:?} {}", answer.headers, answer.text()));
            }
        }
    }
    // the file goes bad, and comes back with another token
    for content in [format!("{CANARY} bad"), format!("{CANARY}-next")] {
        fs::write(&path, content).unwrap();
        get(served.address, &[("Authorization", &wrong)]);
    }
    let answer = get(served.address, &[("Authorization", &format!("Bearer {CANARY}-next"))]);
    assert_eq!(answer.sample("lapwing_endpoint_token_file_ok"), 1.0);
    seen.push(answer.text().to_owned());

    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    for told in ["token file is not usable", "token file is usable again", "token was replaced", "can't be gathered"] {
        assert!(log.contains(told), "{told:?} should be in the log:\n{log}");
    }
    for text in seen.iter().chain([&log]) {
        if let Some(at) = text.find(CANARY) {
            let from = text[..at].rfind('\n').unwrap_or(0);
            panic!("the token got out: {}", text[from..].lines().take(3).collect::<String>());
        }
    }
}
