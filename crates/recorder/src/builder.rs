//! How a recorder is set up and started.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, mpsc};

use tokio::sync::oneshot;

use super::Recorder;
use super::queue::Queue;
use super::shared::Shared;
use super::writer::Writer;
use kuberewind_capture::{Capture, Limits};
use kuberewind_file::{NewSession, SessionWriter, WriterLimits};
use kuberewind_model::redact::{PathRule, Redactor, SessionKey};
use kuberewind_model::{Clock, Error, ErrorKind, Result, Sink, SystemClock};

/// Bytes that the queue may keep alive unless told otherwise.
const QUEUE: usize = 64 * 1024 * 1024;

/// Where a recording goes.
pub(super) enum Target {
    File(PathBuf),
    Sink(Box<dyn Sink>),
}

/// Sets a recorder up.
#[must_use = "a builder does nothing until it is started"]
pub struct RecorderBuilder {
    target: Target,
    session: Option<String>,
    cluster: String,
    operations: u64,
    process: String,
    queue: usize,
    limits: Limits,
    rules: Vec<PathRule>,
    clock: Arc<dyn Clock>,
    key: Option<[u8; 32]>,
    secrets: Vec<String>,
    enabled: bool,
}

impl RecorderBuilder {
    pub(super) fn new(target: Target) -> RecorderBuilder {
        RecorderBuilder {
            target,
            session: None,
            cluster: String::new(),
            operations: WriterLimits::default().max_operations,
            process: "operator".into(),
            queue: QUEUE,
            limits: Limits::default(),
            rules: Vec::new(),
            clock: Arc::new(SystemClock::start()),
            key: None,
            secrets: Vec::new(),
            enabled: true,
        }
    }

    /// The process' name: the actor that its controllers are parts of. `operator` unless told. '' where one process
    /// plays several: then controllers are named whole, `shop-operator/checkout`.
    pub fn process(mut self, name: impl Into<String>) -> RecorderBuilder {
        self.process = name.into();
        self
    }

    /// The session's name, unique in the file; the process' name and the time of the start unless told.
    pub fn session(mut self, name: impl Into<String>) -> RecorderBuilder {
        self.session = Some(name.into());
        self
    }

    /// The cluster's name or address, as it is to be shown.
    pub fn cluster(mut self, name: impl Into<String>) -> RecorderBuilder {
        self.cluster = name.into();
        self
    }

    /// How many operations a session in a file may have; what comes after is counted in a gap. 1,000,000 unless told.
    pub fn operations(mut self, most: u64) -> RecorderBuilder {
        self.operations = most;
        self
    }

    /// How many bytes the queue to the writer may keep alive; 64 MiB unless told.
    pub fn queue_bytes(mut self, bytes: usize) -> RecorderBuilder {
        self.queue = bytes;
        self
    }

    /// The limits on objects, held bytes and operations.
    pub fn limits(mut self, limits: Limits) -> RecorderBuilder {
        self.limits = limits;
        self
    }

    /// A further rule for what is secret, see [`PathRule::parse`].
    pub fn redact(mut self, rule: PathRule) -> RecorderBuilder {
        self.rules.push(rule);
        self
    }

    /// Another clock than the machine's.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> RecorderBuilder {
        self.clock = clock;
        self
    }

    /// The key of replaced values in place of a random one: for tests and simulations that are to repeat exactly.
    pub fn redaction_key(mut self, key: [u8; 32]) -> RecorderBuilder {
        self.key = Some(key);
        self
    }

    /// A value that must not be written wherever it shows itself: a token of this process, a key. For a handful of values.
    pub fn secret(mut self, value: impl Into<String>) -> RecorderBuilder {
        self.secrets.push(value.into());
        self
    }

    /// Whether recording is on from the start; it is unless told.
    pub fn enabled(mut self, enabled: bool) -> RecorderBuilder {
        self.enabled = enabled;
        self
    }

    /// Begins the session and starts the writer's thread.
    ///
    /// # Errors
    /// When the file cannot be written, the session's name is taken, or the system has no random bytes or no thread to give.
    pub fn start(self) -> Result<Recorder> {
        let key = match self.key {
            Some(key) => key,
            None => random()?,
        };
        let mut redactor = Redactor::new(SessionKey::new(key), self.rules);
        self.secrets.iter().for_each(|secret| redactor.know(secret));
        let sink = match self.target {
            Target::Sink(sink) => sink,
            Target::File(path) => {
                let start = self.clock.now();
                let name = self.session.unwrap_or_else(|| format!("{} {}", self.process, start.rfc3339(3)));
                let mut session = NewSession::new(name, start, u128::from_le_bytes(random()?));
                session.cluster = self.cluster;
                session.limits.max_operations = self.operations;
                Box::new(SessionWriter::begin(&path, session)?)
            }
        };
        let (queue, receiver) = Queue::new(self.queue);
        let shared = Arc::new(Shared::new(&self.process, queue, self.clock));
        let capture = Capture::new(sink, redactor, self.limits, &self.process);
        let writer = Writer::new(Arc::clone(&shared), receiver, capture);
        let (done, ended) = oneshot::channel();
        let (gone, waited) = mpsc::sync_channel(1);
        let thread = std::thread::Builder::new()
            .name("kuberewind".into())
            .spawn(move || {
                // Nobody waits any more where these fail: then nobody is to be told.
                let _told = done.send(writer.run());
                let _told = gone.send(());
            })
            .map_err(|error| Error::new(ErrorKind::Io, "the recorder's thread could not be started").because(error))?;
        shared.queue.written_by(thread.thread().clone());
        let recorder = Recorder { shared, ended: Mutex::new(Some(ended)), waited: Mutex::new(waited) };
        if !self.enabled {
            recorder.disable();
        }
        Ok(recorder)
    }
}

fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| Error::new(ErrorKind::Io, "the system has no random bytes to give").because(error.to_string()))?;
    Ok(bytes)
}
