// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The same calls by Rust's hyper on one tokio thread, with its own pool, the system's TLS and serde. A semaphore is the
// queue where there are more calls than connections. Options and report are those of ../measure.hpp.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use hyper::client::HttpConnector;
use hyper::{Body, Client, Method, Request};
use hyper_tls::HttpsConnector;
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

const HOST: &str = "127.0.0.1";
const TOKEN: &str = "bench-token-0123456789abcdefghijklmnopqr";
const ID_LENGTH: usize = 36;
const LIST_LENGTH: usize = 1000;
const EVENTS: [&str; 9] = [
    "meeting.started",
    "meeting.ended",
    "meeting.participantJoined",
    "meeting.participantLeft",
    "meeting.chatSynced",
    "recording.statusUpdate",
    "livestreaming.statusUpdate",
    "meeting.transcript",
    "meeting.summary",
];

type Failure = Box<dyn std::error::Error>;

#[derive(Deserialize)]
#[allow(dead_code)] // read by whoever calls, which here is nobody
struct Webhook {
    id: String,
    name: String,
    url: String,
    events: Vec<String>,
    enabled: bool,
    created_at: String,
    updated_at: String,
}

impl Webhook {
    fn is_whole(&self) -> bool {
        self.id.len() == ID_LENGTH && self.events.len() == EVENTS.len()
    }
}

#[derive(Serialize)]
struct WebhookSpec<'a> {
    name: &'a str,
    url: &'a str,
    events: &'a [&'a str],
    enabled: bool,
}

#[derive(Deserialize)]
struct Answer<T> {
    data: T,
}

#[derive(Deserialize)]
struct ErrorAnswer {
    error: ErrorMessage,
}

#[derive(Deserialize)]
struct ErrorMessage {
    code: u16,
    message: String,
}

struct Options {
    port: u16,
    ca: String,
    target: String,
    operation: String,
    status: u16,
    connections: usize,
    concurrent: usize,
    requests: usize,
    warm_up: usize,
    resume: Option<bool>,
}

fn parse_options() -> Result<Options, Failure> {
    let mut made = Options {
        port: 0,
        ca: String::new(),
        target: String::new(),
        operation: "get".to_string(),
        status: 200,
        connections: 1,
        concurrent: 1,
        requests: 1000,
        warm_up: 100,
        resume: None,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or("an option lacks its value")?;
        match name.as_str() {
            "--port" => made.port = value.parse()?,
            "--ca" => made.ca = value,
            "--target" => made.target = value,
            "--operation" => made.operation = value,
            "--status" => made.status = value.parse()?,
            "--connections" => made.connections = value.parse()?,
            "--concurrent" => made.concurrent = value.parse()?,
            "--requests" => made.requests = value.parse()?,
            "--warm-up" => made.warm_up = value.parse()?,
            "--resume" => made.resume = Some(value == "yes"),
            _ => return Err(format!("unknown: {name}").into()),
        }
    }
    Ok(made)
}

struct Caller {
    client: Client<HttpsConnector<HttpConnector>>,
    url: hyper::Uri,
    authorization: String,
    turns: Semaphore,
    options: Options,
}

impl Caller {
    fn new(options: Options) -> Result<Caller, Failure> {
        let authority = native_tls::Certificate::from_pem(&std::fs::read(&options.ca)?)?;
        let tls = native_tls::TlsConnector::builder()
            .add_root_certificate(authority)
            .disable_built_in_roots(true)
            .min_protocol_version(Some(native_tls::Protocol::Tlsv12)) // it has no name for 1.3; the server insists
            .build()?;
        let mut tcp = HttpConnector::new();
        tcp.set_nodelay(true);
        tcp.enforce_http(false);
        let connector = HttpsConnector::from((tcp, tokio_native_tls::TlsConnector::from(tls)));
        Ok(Caller {
            client: Client::builder()
                .pool_max_idle_per_host(options.connections)
                .pool_idle_timeout(Duration::from_secs(3600))
                .build(connector),
            url: format!("https://{HOST}:{}{}", options.port, options.target).parse()?,
            authorization: format!("Bearer {TOKEN}"),
            turns: Semaphore::new(options.connections),
            options,
        })
    }

    fn request(&self) -> Result<Request<Body>, Failure> {
        let built = Request::builder()
            .uri(self.url.clone())
            .header("authorization", self.authorization.as_str())
            .header("accept", "application/json")
            .header("user-agent", "hyper");
        if self.options.operation != "create" {
            return Ok(built.body(Body::empty())?);
        }
        let body = serde_json::to_vec(&WebhookSpec {
            name: "Audit trail",
            url: "https://hooks.example.com/audit",
            events: &EVENTS,
            enabled: true,
        })?;
        Ok(built
            .method(Method::POST)
            .header("content-type", "application/json")
            .body(Body::from(body))?)
    }

    /// Makes a call and tells whether the answer is the one expected.
    async fn call(&self) -> Result<bool, Failure> {
        let (status, body) = {
            let _turn = self.turns.acquire().await?;
            let exchange = async {
                let response = self.client.request(self.request()?).await?;
                let status = response.status().as_u16();
                let body = hyper::body::to_bytes(response.into_body()).await?;
                Ok::<_, Failure>((status, body))
            };
            tokio::time::timeout(Duration::from_secs(60), exchange).await??
        };
        if status != self.options.status {
            return Ok(false);
        }
        if status >= 400 {
            let answer: ErrorAnswer = serde_json::from_slice(&body)?;
            return Ok(answer.error.code == status && !answer.error.message.is_empty());
        }
        if self.options.operation == "list" {
            let answer: Answer<Vec<Webhook>> = serde_json::from_slice(&body)?;
            return Ok(answer.data.len() == LIST_LENGTH && answer.data[LIST_LENGTH - 1].is_whole());
        }
        let answer: Answer<Webhook> = serde_json::from_slice(&body)?;
        Ok(answer.data.is_whole())
    }
}

struct Batch {
    left: Cell<usize>,
    latencies: RefCell<Vec<f32>>, // in µs
    failures: Cell<usize>,
}

async fn run(caller: &Rc<Caller>, requests: usize) -> Batch {
    let batch = Rc::new(Batch {
        left: Cell::new(requests),
        latencies: RefCell::new(Vec::with_capacity(requests)),
        failures: Cell::new(0),
    });
    let mut running = Vec::new();
    for _ in 0..caller.options.concurrent {
        let (caller, batch) = (caller.clone(), batch.clone());
        running.push(tokio::task::spawn_local(async move {
            while batch.left.get() > 0 {
                batch.left.set(batch.left.get() - 1);
                let began = Instant::now();
                let good = caller.call().await.unwrap_or_else(|failure| {
                    eprintln!("{failure}");
                    false
                });
                if !good {
                    batch.failures.set(batch.failures.get() + 1);
                }
                let took = began.elapsed().as_nanos() as f32 / 1000.0;
                batch.latencies.borrow_mut().push(took);
            }
        }));
    }
    for each in running {
        each.await.expect("a task that ends well");
    }
    Rc::try_unwrap(batch).ok().expect("all tasks have ended")
}

/// User and system time of this process.
fn cpu_seconds() -> f64 {
    // Safe: a rusage is numbers, which the call fills in.
    let used = unsafe {
        let mut used: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_SELF, &mut used);
        used
    };
    let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 / 1e6;
    seconds(used.ru_utime) + seconds(used.ru_stime)
}

/// A line of /proc/self/status, in KiB.
fn memory(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|number| number.parse().ok())
        .unwrap_or(0)
}

async fn measure(caller: Rc<Caller>) {
    run(&caller, caller.options.warm_up).await;
    let (began, cpu) = (Instant::now(), cpu_seconds());
    let batch = run(&caller, caller.options.requests).await;
    let (wall, cpu) = (began.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    let mut latencies = batch.latencies.into_inner();
    latencies.sort_unstable_by(f32::total_cmp);
    let report = serde_json::json!({
        "requests": latencies.len(), "failures": batch.failures.get(), "wall_s": wall, "cpu_s": cpu,
        "p50_us": latencies[latencies.len() / 2], "p99_us": latencies[latencies.len() * 99 / 100],
        "rss_kib": memory("VmRSS:"), "peak_rss_kib": memory("VmHWM:"), "opened": 0, "resumed": null,
    });
    println!("{report}");
}

fn main() -> Result<(), Failure> {
    let options = parse_options()?;
    if options.resume == Some(true) {
        println!("{{\"skipped\":\"native-tls keeps no sessions\"}}");
        return Ok(());
    }
    let caller = Rc::new(Caller::new(options)?);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    tokio::task::LocalSet::new().block_on(&runtime, measure(caller));
    Ok(())
}
