//! A web server on the loopback interface that answers as badly as a test wants.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// What a client asked for.
#[derive(Clone, Debug)]
pub struct Request {
    pub path: String,
    /// By their names in lower case.
    pub headers: BTreeMap<String, String>,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// The first byte of `Range: bytes=FIRST-`.
    pub fn first_byte(&self) -> Option<usize> {
        Some(self.header("range")?.strip_prefix("bytes=")?.strip_suffix('-')?.parse().unwrap())
    }
}

/// What the server says to it, byte by byte.
#[derive(Clone, Debug)]
pub struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    /// So many bytes of the body are sent.
    sent: usize,
    /// Whether the server falls silent behind them, instead of closing the connection.
    stalls: bool,
}

impl Answer {
    /// An answer with nothing in it, not even a length.
    pub fn bare(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new(), sent: usize::MAX, stalls: false }
    }

    /// The whole of `body`.
    pub fn whole(body: &[u8]) -> Self {
        Self::bare(200).with("Content-Length", body.len()).body(body)
    }

    /// `body` from its byte `first` on.
    pub fn rest(body: &[u8], first: usize) -> Self {
        let range = format!("bytes {first}-{}/{}", body.len() - 1, body.len());
        let answer = Self::bare(206).with("Content-Range", range).with("Content-Length", body.len() - first);
        answer.body(&body[first..])
    }

    /// What a proper server answers for a file of this `ETag`.
    pub fn file(request: &Request, body: &[u8], tag: &str) -> Self {
        let same = request.header("if-range").is_none_or(|condition| condition == tag);
        match request.first_byte().filter(|_| same) {
            Some(first) if first >= body.len() => Self::bare(416).with("Content-Length", 0),
            Some(first) => Self::rest(body, first),
            None => Self::whole(body),
        }
        .with("ETag", tag)
    }

    pub fn redirect(to: &str) -> Self {
        Self::bare(302).with("Location", to).with("Content-Length", 0)
    }

    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value.to_string()));
        self
    }

    pub fn body(mut self, body: &[u8]) -> Self {
        self.body = body.to_vec();
        self
    }

    /// Closes the connection after so many bytes of the body.
    pub fn cut(mut self, sent: usize) -> Self {
        self.sent = sent;
        self
    }

    /// Falls silent after so many bytes of the body.
    pub fn stall(mut self, sent: usize) -> Self {
        (self.sent, self.stalls) = (sent, true);
        self
    }
}

/// A running server; it ends with the value.
pub struct Server {
    port: u16,
    requests: Arc<Mutex<Vec<Request>>>,
    ended: Arc<AtomicBool>,
}

impl Server {
    /// Starts a server that answers each request by what `answer` says to it and its number, counted from 0.
    pub fn start(answer: impl Fn(&Request, usize) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (requests, ended) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (noted, over, answer) = (requests.clone(), ended.clone(), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming() {
                if over.load(Ordering::SeqCst) {
                    break;
                }
                let (noted, over, answer) = (noted.clone(), over.clone(), answer.clone());
                thread::spawn(move || serve(stream.unwrap(), &noted, &over, &*answer));
            }
        });
        Self { port, requests, ended }
    }

    pub fn address(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// All requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// The first byte that each request asked for.
    pub fn first_bytes(&self) -> Vec<Option<usize>> {
        self.requests().iter().map(Request::first_byte).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        // Wakes the listener.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

/// An address at which nothing listens.
pub fn nowhere() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://127.0.0.1:{}/file", listener.local_addr().unwrap().port())
}

fn serve(
    mut stream: TcpStream,
    noted: &Mutex<Vec<Request>>,
    over: &AtomicBool,
    answer: &dyn Fn(&Request, usize) -> Answer,
) {
    let Some(request) = read(&stream) else { return };
    let number = {
        let mut noted = noted.lock().unwrap();
        noted.push(request.clone());
        noted.len() - 1
    };
    let answer = answer(&request, number);
    let mut bytes = format!("HTTP/1.1 {} Answer\r\nConnection: close\r\n", answer.status).into_bytes();
    for (name, value) in &answer.headers {
        bytes.extend(format!("{name}: {value}\r\n").into_bytes());
    }
    bytes.extend(b"\r\n");
    bytes.extend(&answer.body[..answer.sent.min(answer.body.len())]);
    // The client may have had enough by now.
    let _ = stream.write_all(&bytes);
    let silent = Instant::now();
    while answer.stalls && !over.load(Ordering::SeqCst) && silent.elapsed() < Duration::from_secs(20) {
        thread::sleep(Duration::from_millis(5));
    }
    let _ = stream.shutdown(Shutdown::Both);
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut lines = BufReader::new(stream).lines();
    let path = lines.next()?.ok()?.split(' ').nth(1)?.to_owned();
    let mut headers = BTreeMap::new();
    for line in lines {
        let line = line.ok()?;
        let Some((name, value)) = line.split_once(": ") else { break };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    Some(Request { path, headers })
}
