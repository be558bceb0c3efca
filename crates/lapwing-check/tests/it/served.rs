//! An endpoint that answers each request alike.

use std::{
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
};

/// An endpoint. Ends when dropped.
pub(crate) struct Served {
    pub(crate) url: String,
    address: SocketAddr,
    /// The head of the last request.
    asked: Arc<Mutex<String>>,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Served {
    /// Answers with this: status line, headers, an empty line, the body.
    pub(crate) fn start(answer: &str) -> Served {
        let (head, body) = answer.split_once("\n\n").unwrap_or((answer.trim_end(), ""));
        let answer = format!("{}\r\nConnection: close\r\n\r\n{body}", head.replace('\n', "\r\n"));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (asked, over) = (Arc::<Mutex<String>>::default(), Arc::<AtomicBool>::default());
        let (last, ended) = (asked.clone(), over.clone());
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if ended.load(Ordering::SeqCst) {
                    return;
                }
                // A client that went away is its own matter.
                let _ = serve(stream, &answer, &last);
            }
        });
        Served { url: format!("http://{address}/metrics"), address, asked, over, thread: Some(thread) }
    }

    /// The head of the last request, in small letters.
    pub(crate) fn asked(&self) -> String {
        self.asked.lock().unwrap().to_ascii_lowercase()
    }
}

fn serve(mut stream: TcpStream, answer: &str, last: &Mutex<String>) -> std::io::Result<()> {
    let mut head = String::new();
    let mut reader = BufReader::new(stream.try_clone()?);
    while reader.read_line(&mut head)? > 2 {}
    *last.lock().unwrap() = head;
    stream.write_all(answer.as_bytes())
}

impl Drop for Served {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        // Wakes it from waiting.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
