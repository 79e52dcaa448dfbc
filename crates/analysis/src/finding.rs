//! What analysis reports.

use serde::{Deserialize, Serialize};

use kuberewind_model::{Certainty, Duration, Seq};

/// Operations named as evidence: the first few and the latest.
const FIRST_EVIDENCE: usize = 16;
const MAX_EVIDENCE: usize = 64;

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// Work that never settles.
    Loops,
    /// Somebody's change lost, doubled or undone because of what had not been seen.
    Races,
    /// Time and traffic.
    Slow,
    /// Refusals and failures.
    Errors,
    /// Who touches what.
    Access,
    /// Expressions that do not hold.
    Invariants,
}

impl Class {
    /// All of them.
    pub const ALL: [Class; 6] = [Class::Loops, Class::Races, Class::Slow, Class::Errors, Class::Access, Class::Invariants];

    /// The word in JSON and on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Class::Loops => "loops",
            Class::Races => "races",
            Class::Slow => "slow",
            Class::Errors => "errors",
            Class::Access => "access",
            Class::Invariants => "invariants",
        }
    }
}

/// How bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know.
    Info,
    /// Probably wrong.
    Warning,
    /// Wrong.
    Error,
}

impl Severity {
    /// The word in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// One finding. Its JSON keys are stable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The detector's name in the table.
    pub detector: String,
    /// What it is about.
    pub class: Class,
    /// How bad.
    pub severity: Severity,
    /// One sentence for people.
    pub sentence: String,
    /// Evidence: numbers of operations, rising; of long stories the first 16 and the last 48.
    pub operations: Vec<u64>,
    /// Who took part, the cause first.
    pub actors: Vec<String>,
    /// `Kind/namespace/name`, `resource/namespace/name` where the kind is not known, '' where it is about no object.
    pub object: String,
    /// JSON pointers.
    pub fields: Vec<String>,
    /// How many operations (or versions) make one round, where it repeats.
    pub period_ops: Option<u64>,
    /// How long a round takes, in milliseconds.
    pub period_ms: Option<f64>,
    /// Rounds (or events) per second.
    pub rate_per_s: Option<f64>,
    /// The first operation of it.
    pub first: u64,
    /// The last operation of it so far.
    pub last: u64,
    /// How sure.
    #[serde(with = "certainty")]
    pub certainty: Certainty,
    /// How often so far; in the sentence, and in `loops_detected`.
    #[serde(skip)]
    pub rounds: u64,
}

mod certainty {
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    use kuberewind_model::Certainty;

    pub fn serialize<S: Serializer>(certainty: &Certainty, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(certainty.as_str())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Certainty, D::Error> {
        let word = String::deserialize(from)?;
        [Certainty::Exact, Certainty::Likely, Certainty::Guess]
            .into_iter()
            .find(|certainty| certainty.as_str() == word)
            .ok_or_else(|| D::Error::custom(format!("{word:?} is no certainty")))
    }
}

impl Finding {
    /// A finding without actors, object, fields and numbers yet.
    #[must_use]
    pub fn new(class: Class, severity: Severity, certainty: Certainty, sentence: String) -> Finding {
        Finding {
            detector: String::new(),
            class,
            severity,
            sentence,
            operations: Vec::new(),
            actors: Vec::new(),
            object: String::new(),
            fields: Vec::new(),
            period_ops: None,
            period_ms: None,
            rate_per_s: None,
            first: 0,
            last: 0,
            certainty,
            rounds: 0,
        }
    }

    /// Whether it remarks on something that need not be wrong.
    #[must_use]
    pub fn is_info(&self) -> bool {
        self.severity == Severity::Info
    }

    /// Names the object.
    #[must_use]
    pub fn object(mut self, object: &(impl ToString + ?Sized)) -> Finding {
        self.object = object.to_string();
        self
    }

    /// Names the actors, the cause first; each once.
    #[must_use]
    pub fn actors<T: AsRef<str>>(mut self, actors: impl IntoIterator<Item = T>) -> Finding {
        for actor in actors {
            let actor = actor.as_ref();
            if !self.actors.iter().any(|known| known == actor) {
                self.actors.push(actor.to_owned());
            }
        }
        self
    }

    /// Names the fields.
    #[must_use]
    pub fn fields(mut self, fields: Vec<String>) -> Finding {
        self.fields = fields;
        self
    }

    /// Gives the evidence, in rising order.
    #[must_use]
    pub fn evidence(mut self, operations: impl IntoIterator<Item = Seq>) -> Finding {
        for seq in operations {
            self.add_evidence(seq);
        }
        self
    }

    /// Says how often it happened.
    #[must_use]
    pub fn rounds(mut self, rounds: u64) -> Finding {
        self.rounds = rounds;
        self
    }

    /// Says how long `rounds` rounds of `ops` operations took together.
    #[must_use]
    pub fn pace(mut self, ops: u64, rounds: u64, took: Duration) -> Finding {
        self.set_pace(ops, rounds, took);
        self
    }

    /// As [`Finding::pace`], for one that grows.
    pub fn set_pace(&mut self, ops: u64, rounds: u64, took: Duration) {
        self.period_ops = Some(ops);
        let (Ok(count), true) = (u32::try_from(rounds), rounds > 0) else { return };
        let millis = millis(took) / f64::from(count);
        self.period_ms = Some((millis * 1_000.0).round() / 1_000.0);
        if millis > 0.0 {
            self.rate_per_s = Some((1_000_000.0 / millis).round() / 1_000.0);
        }
    }

    /// One more operation of it.
    pub fn add_evidence(&mut self, seq: Seq) {
        if self.operations.is_empty() {
            self.first = seq.0;
        }
        if self.operations.last().is_some_and(|last| *last >= seq.0) {
            // Kept rising, each once: what arrives late takes its place.
            if let Err(place) = self.operations.binary_search(&seq.0) {
                self.operations.insert(place, seq.0);
            }
        } else {
            self.operations.push(seq.0);
        }
        if self.operations.len() > MAX_EVIDENCE {
            self.operations.remove(FIRST_EVIDENCE);
        }
        self.first = self.first.min(seq.0);
        self.last = self.last.max(seq.0);
    }

    /// Whether two findings are about overlapping ranges.
    #[must_use]
    pub fn overlaps(&self, other: &Finding) -> bool {
        self.first <= other.last && other.first <= self.last
    }
}

/// A length of time in milliseconds, with its fraction.
#[must_use]
pub fn millis(took: Duration) -> f64 {
    // Exact up to 2^53 ns (104 days); beyond, a ratio does not need the last digit.
    #[allow(clippy::cast_precision_loss)]
    let nanos = took.0 as f64;
    nanos / 1_000_000.0
}

#[cfg(test)]
mod tests {
    use super::{Class, Finding, Severity};
    use kuberewind_model::{Certainty, Duration, Seq};

    fn finding() -> Finding {
        Finding::new(Class::Loops, Severity::Warning, Certainty::Likely, "it goes round".into())
    }

    #[test]
    fn evidence_is_bounded_rising_and_keeps_both_ends() {
        let written = finding().evidence((1..=1_000).map(Seq).chain([Seq(500)]));
        assert_eq!(written.operations.len(), 64);
        assert_eq!((written.operations[0], written.operations[15], written.operations[63]), (1, 16, 1_000));
        assert!(written.operations.windows(2).all(|two| two[0] < two[1]));
        assert_eq!((written.first, written.last), (1, 1_000));
    }

    #[test]
    fn json_and_back() {
        let written = finding().pace(2, 4, Duration::from_millis(1_000)).evidence([Seq(3)]);
        let text = serde_json::to_string(&written).expect("serialises");
        assert!(text.contains(r#""class":"loops","severity":"warning""#) && text.contains(r#""certainty":"likely""#), "{text}");
        assert!(text.contains(r#""period_ms":250.0,"rate_per_s":4.0"#), "{text}");
        assert_eq!(serde_json::from_str::<Finding>(&text).expect("reads"), written);
    }
}
