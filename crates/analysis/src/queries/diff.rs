//! What differs between two moments, or two versions, of an object: only between shapes that can be compared, and with
//! a sentence that says which versions these are.

use serde::Serialize;

use super::context::QueryContext;
use super::history::FieldChange;
use super::serialize;
use kuberewind_model::json::paths::{self, Limits};
use kuberewind_model::{
    Error, ErrorKind, History, Lineage, Moment, ObjectAt, ObjectId, Perspective, Presence, Result, Seq, Version, VersionId,
};

/// One side of a comparison.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Side {
    /// `present`, `absent` or `unknown`.
    pub presence: &'static str,
    /// Its resourceVersion, '' where none is known.
    pub resource_version: String,
    /// How completely it is known.
    pub shape: &'static str,
    /// The operation that first showed it.
    #[serde(serialize_with = "serialize::optional_seq")]
    pub operation: Option<Seq>,
    #[serde(skip)]
    version: Option<Version>,
}

impl Side {
    fn of(presence: Presence, version: Option<Version>) -> Side {
        Side {
            presence: presence.as_str(),
            resource_version: version.as_ref().map(|version| version.resource_version.to_string()).unwrap_or_default(),
            shape: version.as_ref().map_or("", |version| version.shape.as_str()),
            operation: version.as_ref().map(|version| version.first_observed),
            version,
        }
    }

    /// The version, where there is one.
    #[must_use]
    pub fn version(&self) -> Option<&Version> {
        self.version.as_ref()
    }

    fn words(&self) -> String {
        match &self.version {
            Some(version) if version.gone => format!("gone as of {}", version.first_observed),
            Some(version) if version.resource_version.is_empty() => format!("the version of {}", version.first_observed),
            Some(version) => format!("version {} of {}", version.resource_version, version.first_observed),
            None => self.presence.to_owned(),
        }
    }
}

/// What differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// `Kind/namespace/name`.
    pub object: String,
    /// The earlier side.
    pub from: Side,
    /// The later side.
    pub to: Side,
    /// Whether the two could be compared.
    pub comparable: bool,
    /// Which versions were compared, or why they were not, in a sentence.
    pub words: String,
    /// The fields that differ.
    pub changed: Vec<FieldChange>,
}

/// What differs in an object between two moments, in the world or in an actor's view.
///
/// # Errors
/// When a moment lies outside the lineage, the object is unknown, or the recording cannot be read.
pub fn between_moments(
    history: &dyn History,
    lineage: &Lineage,
    object: ObjectId,
    (from, to): (Moment, Moment),
    perspective: Perspective,
) -> Result<Difference> {
    let context = QueryContext::new(history, lineage);
    let side = |at: Moment| -> Result<Side> {
        let ObjectAt { presence, version, .. } = history.object_at(lineage, context.check(at)?, perspective, object)?;
        Ok(Side::of(presence, version))
    };
    compare(&context, context.object(object)?.to_string(), side(from)?, side(to)?)
}

/// What differs between two versions, which may even be of two objects.
///
/// # Errors
/// When a version is unknown or the recording cannot be read.
pub fn between_versions(history: &dyn History, lineage: &Lineage, from: VersionId, to: VersionId) -> Result<Difference> {
    let context = QueryContext::new(history, lineage);
    let side = |version: VersionId| -> Result<(ObjectId, Side)> {
        let found = history.version(version)?;
        let version = found.ok_or_else(|| Error::new(ErrorKind::NotFound, "the recording knows no such version"))?;
        let presence = if version.gone { Presence::Absent } else { Presence::Present };
        Ok((version.object, Side::of(presence, Some(version))))
    };
    let ((_, from), (object, to)) = (side(from)?, side(to)?);
    compare(&context, context.object(object)?.to_string(), from, to)
}

fn compare(context: &QueryContext<'_>, object: String, from: Side, to: Side) -> Result<Difference> {
    let mut difference = Difference {
        object,
        words: format!("{} → {}", from.words(), to.words()),
        comparable: false,
        changed: Vec::new(),
        from,
        to,
    };
    let (Some(was), Some(is)) = (&difference.from.version, &difference.to.version) else {
        difference.words.push_str("; nothing to compare");
        return Ok(difference);
    };
    if was.id == is.id {
        difference.comparable = true;
        difference.words.push_str("; the same version");
        return Ok(difference);
    }
    if was.gone || is.gone {
        difference.words.push_str(match (was.gone, is.gone) {
            (false, true) => "; deleted in between",
            (true, false) => "; created in between",
            _ => "; gone at both",
        });
        return Ok(difference);
    }
    if !was.shape.comparable(is.shape) {
        let words = format!("; not comparable: the one is known as {}, the other as {}", was.shape.as_str(), is.shape.as_str());
        difference.words.push_str(&words);
        return Ok(difference);
    }
    let (Some(before), Some(after)) = (context.content(was)?, context.content(is)?) else {
        difference.words.push_str("; the content of one is not kept");
        return Ok(difference);
    };
    if was.api_version != is.api_version && !was.api_version.is_empty() && !is.api_version.is_empty() {
        difference
            .words
            .push_str(&format!("; shown as {} and {}, so fields may differ by name alone", was.api_version, is.api_version));
    }
    if context.gap_between(is.object, was.first_observed, is.first_observed)? {
        difference.words.push_str("; the recording has a gap in between");
    }
    let changes = paths::changed(&before, &after, Limits::default());
    difference.comparable = true;
    difference.changed = changes.leaves.into_iter().map(FieldChange::from).collect();
    Ok(difference)
}
