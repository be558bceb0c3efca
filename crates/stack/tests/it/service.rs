//! A service to scrape: answers `/metrics` with a fixed body in a fixed format.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

pub(crate) const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
pub(crate) const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What a scraper asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    pub(crate) accept: String,
    pub(crate) authorization: String,
}

pub(crate) struct Service {
    pub(crate) address: String,
    asked: Arc<Mutex<Asked>>,
    body: Arc<Mutex<&'static str>>,
}

impl Service {
    pub(crate) fn start(content_type: &'static str, body: &'static str) -> Service {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let asked = Arc::new(Mutex::new(Asked::default()));
        let body = Arc::new(Mutex::new(body));
        let (heard, served) = (asked.clone(), body.clone());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if let Some(request) = answer(stream, content_type, &served) {
                    *heard.lock().unwrap() = request;
                }
            }
        });
        Service { address, asked, body }
    }

    /// Answers with this from now on.
    pub(crate) fn serve(&self, body: &'static str) {
        *self.body.lock().unwrap() = body;
    }

    /// The last request's headers.
    pub(crate) fn asked(&self) -> Asked {
        self.asked.lock().unwrap().clone()
    }
}

fn answer(mut stream: TcpStream, content_type: &str, body: &Mutex<&'static str>) -> Option<Asked> {
    let mut asked = Asked::default();
    for line in BufReader::new(stream.try_clone().ok()?).lines() {
        let line = line.ok()?;
        if line.is_empty() {
            break;
        }
        match line.split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("accept") => asked.accept = value.to_owned(),
            Some((name, value)) if name.eq_ignore_ascii_case("authorization") => asked.authorization = value.to_owned(),
            _ => {}
        }
    }
    let body = *body.lock().unwrap();
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
    .ok()?;
    Some(asked)
}
