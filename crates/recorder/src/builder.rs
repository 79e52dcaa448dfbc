//! Configures and starts a recorder.

use std::path::PathBuf;
use std::sync::{Arc, mpsc};

use tokio::sync::oneshot;

use super::queue::Queue;
use super::recorder::Recorder;
use super::shared::Shared;
use super::writer::{OnProblem, Writer};
use kuberewind_capture::{Capture, Limits};
use kuberewind_file::{NewSession, SessionWriter, WriterLimits};
use kuberewind_model::redact::{Looks, PathRule, Redactor, SessionKey};
use kuberewind_model::{Clock, Error, ErrorKind, Result, Sink, SystemClock};

/// Default memory of the queue, in bytes.
const QUEUE_BYTES: usize = 64 * 1024 * 1024;

/// Where the recorder writes.
enum Target {
    File(PathBuf),
    Sink(Box<dyn Sink>),
}

/// Configures a recorder; see [`Recorder::builder`].
#[must_use = "a builder does nothing until it is started"]
pub struct RecorderBuilder {
    target: Target,
    session: Option<String>,
    cluster: String,
    operations: u64,
    process: String,
    queue_bytes: usize,
    limits: Limits,
    rules: Vec<PathRule>,
    looks: Looks,
    clock: Arc<dyn Clock>,
    key: Option<[u8; 32]>,
    secrets: Vec<String>,
    enabled: bool,
    on_problem: Option<OnProblem>,
}

impl Recorder {
    /// Configures a recorder that writes a new session into the file at `path`, which is created if it does not exist.
    pub fn builder(path: impl Into<PathBuf>) -> RecorderBuilder {
        RecorderBuilder::new(Target::File(path.into()))
    }

    /// Configures a recorder that writes into `sink`. Not a part of the stable interface.
    #[doc(hidden)]
    pub fn to_sink(sink: Box<dyn Sink>) -> RecorderBuilder {
        RecorderBuilder::new(Target::Sink(sink))
    }
}

impl RecorderBuilder {
    fn new(target: Target) -> RecorderBuilder {
        RecorderBuilder {
            target,
            session: None,
            cluster: String::new(),
            operations: WriterLimits::default().max_operations,
            process: "operator".into(),
            queue_bytes: QUEUE_BYTES,
            limits: Limits::default(),
            rules: Vec::new(),
            looks: Looks::ALL,
            clock: Arc::new(SystemClock::start()),
            key: None,
            secrets: Vec::new(),
            enabled: true,
            on_problem: None,
        }
    }

    /// Sets the name of the process, which begins the names of its actors [default: `operator`]. With '' the names of controllers are
    /// used as they are.
    pub fn process(mut self, name: impl Into<String>) -> RecorderBuilder {
        self.process = name.into();
        self
    }

    /// Sets the name of the session, which must be unique in the file [default: the process and the start time].
    pub fn session(mut self, name: impl Into<String>) -> RecorderBuilder {
        self.session = Some(name.into());
        self
    }

    /// Sets the name or address of the cluster that the debugger shows [default: none].
    pub fn cluster(mut self, name: impl Into<String>) -> RecorderBuilder {
        self.cluster = name.into();
        self
    }

    /// Limits the operations of the session; later ones are counted in a gap [default: 1,000,000].
    pub fn operations(mut self, most: u64) -> RecorderBuilder {
        self.operations = most;
        self
    }

    /// Limits the memory of the queue to the writer, in bytes [default: 64 MiB].
    pub fn queue_bytes(mut self, bytes: usize) -> RecorderBuilder {
        self.queue_bytes = bytes;
        self
    }

    /// Limits object size, incomplete responses and concurrent calls.
    pub fn limits(mut self, limits: Limits) -> RecorderBuilder {
        self.limits = limits;
        self
    }

    /// Adds a rule that redacts values by their path, see [`PathRule::parse`].
    pub fn redact(mut self, rule: PathRule) -> RecorderBuilder {
        self.rules.push(rule);
        self
    }

    /// Chooses what is redacted because it looks like a secret [default: everything].
    pub fn redact_looks(mut self, looks: Looks) -> RecorderBuilder {
        self.looks = looks;
        self
    }

    /// Sets the clock of the session [default: the system's].
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> RecorderBuilder {
        self.clock = clock;
        self
    }

    /// Sets the key of the hashes that replace secrets, for tests that must repeat exactly [default: random].
    pub fn redaction_key(mut self, key: [u8; 32]) -> RecorderBuilder {
        self.key = Some(key);
        self
    }

    /// Adds a value that is redacted wherever it occurs, such as a token of this process. Meant for a handful of values.
    pub fn secret(mut self, value: impl Into<String>) -> RecorderBuilder {
        self.secrets.push(value.into());
        self
    }

    /// Sets whether recording is enabled from the start [default: true].
    pub fn enabled(mut self, enabled: bool) -> RecorderBuilder {
        self.enabled = enabled;
        self
    }

    /// Passes each kind of problem to `report` once, from the recorder's thread, in addition to the log. Not a part of the stable interface.
    #[doc(hidden)]
    pub fn on_problem(mut self, report: impl Fn(&str) + Send + 'static) -> RecorderBuilder {
        self.on_problem = Some(Box::new(report));
        self
    }

    /// Starts the session and the writer's thread.
    ///
    /// # Errors
    /// The file cannot be written, the session's name exists already, or the system provides no random bytes or no thread.
    pub fn start(self) -> Result<Recorder> {
        let key = match self.key {
            Some(key) => key,
            None => random()?,
        };
        let mut redactor = Redactor::new(SessionKey::new(key), self.rules).with_looks(self.looks);
        self.secrets.iter().for_each(|secret| redactor.add_secret(secret));
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
        let (queue, receiver) = Queue::new(self.queue_bytes);
        let shared = Arc::new(Shared::new(&self.process, queue, self.clock));
        let capture = Capture::new(sink, redactor, self.limits, &self.process);
        let writer = Writer::new(Arc::clone(&shared), receiver, capture, self.on_problem);
        let (send_result, result) = oneshot::channel();
        let (send_end, ended) = mpsc::sync_channel(1);
        let thread = std::thread::Builder::new()
            .name("kuberewind".into())
            .spawn(move || {
                // Sending fails if the recorder was dropped and does not wait any more.
                let _dropped = send_result.send(writer.run());
                let _dropped = send_end.send(());
            })
            .map_err(|error| Error::new(ErrorKind::Io, "cannot start the recorder's thread").because(error))?;
        shared.queue.set_writer(thread.thread().clone());
        let recorder = Recorder::new(shared, result, ended);
        if !self.enabled {
            recorder.disable();
        }
        Ok(recorder)
    }
}

fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| Error::new(ErrorKind::Io, "the system provides no random bytes").because(error.to_string()))?;
    Ok(bytes)
}
