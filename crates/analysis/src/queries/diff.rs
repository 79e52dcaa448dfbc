//! Differences of an object between two moments or versions. Only comparable shapes are compared.

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
    pub presence: &'static str,
    /// '' if unknown.
    pub resource_version: String,
    pub shape: &'static str,
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

/// The differences of an object.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    pub object: String,
    pub from: Side,
    pub to: Side,
    /// True if the two versions were compared.
    pub comparable: bool,
    /// Which versions were compared, or why not, in a sentence.
    pub words: String,
    pub changed: Vec<FieldChange>,
}

/// The differences of an object between two moments, in the world or in an actor's view.
///
/// # Errors
/// A moment is outside the lineage, the object is unknown, or the recording cannot be read.
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

/// The differences between two versions, possibly of two objects.
///
/// # Errors
/// A version is unknown, or the recording cannot be read.
pub fn between_versions(history: &dyn History, lineage: &Lineage, from: VersionId, to: VersionId) -> Result<Difference> {
    let context = QueryContext::new(history, lineage);
    let side = |version: VersionId| -> Result<(ObjectId, Side)> {
        let found = history.version(version)?;
        let version = found.ok_or_else(|| Error::new(ErrorKind::NotFound, "the recording has no such version"))?;
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
        let words = format!("; not comparable: one is known as {}, the other as {}", was.shape.as_str(), is.shape.as_str());
        difference.words.push_str(&words);
        return Ok(difference);
    }
    let (Some(before), Some(after)) = (context.content(was)?, context.content(is)?) else {
        difference.words.push_str("; the content of one version is not stored");
        return Ok(difference);
    };
    if was.api_version != is.api_version && !was.api_version.is_empty() && !is.api_version.is_empty() {
        difference.words.push_str(&format!(
            "; the API versions are {} and {}, so fields may differ only by name",
            was.api_version, is.api_version
        ));
    }
    if context.gap_between(is.object, was.first_observed, is.first_observed)? {
        difference.words.push_str("; the recording has a gap in between");
    }
    let changes = paths::changed(&before, &after, Limits::default());
    difference.comparable = true;
    difference.changed = changes.leaves.into_iter().map(FieldChange::from).collect();
    Ok(difference)
}
