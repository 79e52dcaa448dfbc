//! A finding.

use serde::{Deserialize, Serialize};

use kuberewind_model::{Certainty, Duration, Seq};

/// Evidence keeps the first and the latest operations.
const FIRST_EVIDENCE: usize = 16;
const MAX_EVIDENCE: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// Work that never settles.
    Loops,
    /// A change lost, duplicated or undone because its writer acted on an outdated view.
    Races,
    /// Time and traffic.
    Slow,
    /// Failed calls.
    Errors,
    /// Which actors write which objects.
    Access,
    /// Expressions that do not hold.
    Invariants,
}

impl Class {
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// An observation that need not be a problem.
    Info,
    /// Probably a problem.
    Warning,
    /// A problem.
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

/// The cost of a trouble.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// Calls that belong to it, symptoms included.
    pub calls: u64,
    /// Their share of all operations, from 0 to 1.
    pub share: f64,
    /// Calls per second, 0 if unknown.
    pub rate_per_s: f64,
    /// Objects that take part.
    pub objects: u64,
}

/// One finding. Its JSON keys are stable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The name of the detector.
    pub detector: String,
    pub class: Class,
    pub severity: Severity,
    /// One sentence for people.
    pub sentence: String,
    /// Evidence: sorted operation numbers. At most the first 16 and the last 48.
    pub operations: Vec<u64>,
    /// The actors that take part, the cause first.
    pub actors: Vec<String>,
    /// `Kind/namespace/name`, `resource/namespace/name` if the kind is unknown, '' for none.
    pub object: String,
    pub fields: Vec<String>,
    /// Operations (or versions) per round.
    pub period_ops: Option<u64>,
    /// Duration of a round.
    pub period_ms: Option<f64>,
    /// Rounds (or events) per second.
    pub rate_per_s: Option<f64>,
    pub first: u64,
    pub last: u64,
    #[serde(with = "certainty")]
    pub certainty: Certainty,
    /// Findings of one trouble have the same number, from 1 in the order of what they cost. The first one of a group is the
    /// cause, the others are symptoms. 0 before the findings are grouped.
    #[serde(default)]
    pub group: u64,
    /// The cost of the trouble. Set for the first finding of a group.
    #[serde(default)]
    pub cost: Option<Cost>,
    /// The server's own words, or those of the operator's log. '' for none.
    #[serde(default)]
    pub message: String,
    /// Rounds (or events) so far. Part of the sentence and of `loops_detected`.
    #[serde(skip)]
    pub rounds: u64,
    /// Further objects that take part.
    #[serde(skip)]
    pub others: Vec<String>,
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
    /// Creates a finding without actors, object, fields and numbers.
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
            group: 0,
            cost: None,
            message: String::new(),
            rounds: 0,
            others: Vec::new(),
        }
    }

    /// True for severity info.
    #[must_use]
    pub fn is_info(&self) -> bool {
        self.severity == Severity::Info
    }

    #[must_use]
    pub fn object(mut self, object: &(impl ToString + ?Sized)) -> Finding {
        self.object = object.to_string();
        self
    }

    /// Sets the actors, the cause first, without duplicates.
    #[must_use]
    pub fn actors<T: AsRef<str>>(mut self, actors: impl IntoIterator<Item = T>) -> Finding {
        self.add_actors(actors);
        self
    }

    /// Like [`Finding::actors`], by reference.
    pub fn add_actors<T: AsRef<str>>(&mut self, actors: impl IntoIterator<Item = T>) {
        for actor in actors {
            let actor = actor.as_ref();
            if !self.actors.iter().any(|known| known == actor) {
                self.actors.push(actor.to_owned());
            }
        }
    }

    #[must_use]
    pub fn fields(mut self, fields: Vec<String>) -> Finding {
        self.fields = fields;
        self
    }

    /// Adds operations in any order.
    #[must_use]
    pub fn evidence(mut self, operations: impl IntoIterator<Item = Seq>) -> Finding {
        for seq in operations {
            self.add_evidence(seq);
        }
        self
    }

    /// The objects that take part.
    pub fn objects(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&*self.object).chain(self.others.iter().map(String::as_str)).filter(|object| !object.is_empty())
    }

    /// True for the first finding of a group, which names the cause. The others are its symptoms.
    #[must_use]
    pub fn is_head(&self) -> bool {
        self.group == 0 || self.cost.is_some()
    }

    /// Adds objects that take part.
    #[must_use]
    pub fn others(mut self, objects: impl IntoIterator<Item = String>) -> Finding {
        for object in objects {
            if object != self.object && !self.others.contains(&object) {
                self.others.push(object);
            }
        }
        self
    }

    /// Sets the words of the server or the log.
    #[must_use]
    pub fn message(mut self, words: &str) -> Finding {
        words.clone_into(&mut self.message);
        self
    }

    #[must_use]
    pub fn rounds(mut self, rounds: u64) -> Finding {
        self.rounds = rounds;
        self
    }

    /// Sets the pace from `rounds` rounds of `ops` operations that took `took` together.
    #[must_use]
    pub fn pace(mut self, ops: u64, rounds: u64, took: Duration) -> Finding {
        self.set_pace(ops, rounds, took);
        self
    }

    /// Like [`Finding::pace`], by reference.
    pub fn set_pace(&mut self, ops: u64, rounds: u64, took: Duration) {
        self.period_ops = Some(ops);
        let (Ok(count), true) = (u32::try_from(rounds), rounds > 0) else { return };
        let millis = millis(took) / f64::from(count);
        self.period_ms = Some((millis * 1_000.0).round() / 1_000.0);
        if millis > 0.0 {
            self.rate_per_s = Some((1_000_000.0 / millis).round() / 1_000.0);
        }
    }

    pub fn add_evidence(&mut self, seq: Seq) {
        if self.operations.is_empty() {
            self.first = seq.0;
        }
        if self.operations.last().is_some_and(|last| *last >= seq.0) {
            // Late operations are inserted in order, without duplicates.
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

    /// True if the ranges of the two findings overlap.
    #[must_use]
    pub fn overlaps(&self, other: &Finding) -> bool {
        self.first <= other.last && other.first <= self.last
    }
}

/// Milliseconds with fraction.
#[must_use]
pub fn millis(took: Duration) -> f64 {
    // Exact up to 2^53 ns (104 days).
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
    fn evidence_is_bounded_and_sorted() {
        let written = finding().evidence((1..=1_000).map(Seq).chain([Seq(500)]));
        assert_eq!(written.operations.len(), 64);
        assert_eq!((written.operations[0], written.operations[15], written.operations[63]), (1, 16, 1_000));
        assert!(written.operations.windows(2).all(|two| two[0] < two[1]));
        assert_eq!((written.first, written.last), (1, 1_000));
    }

    #[test]
    fn json_round_trip() {
        let written = finding().pace(2, 4, Duration::from_millis(1_000)).evidence([Seq(3)]);
        let text = serde_json::to_string(&written).expect("serialises");
        assert!(text.contains(r#""class":"loops","severity":"warning""#) && text.contains(r#""certainty":"likely""#), "{text}");
        assert!(text.contains(r#""period_ms":250.0,"rate_per_s":4.0"#), "{text}");
        assert_eq!(serde_json::from_str::<Finding>(&text).expect("reads"), written);
    }
}
