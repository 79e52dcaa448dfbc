//! The diff of an object: against the previous version, a mark, or the last version that the actor received.

use crate::actors::ActorNames;
use crate::doc::{Doc, Tone};
use crate::protocol::{DiffBase, DocRequest};
use kuberewind_analysis::queries::view;
use kuberewind_model::{Operation, Perspective, Presence, Result, Version};
use kuberewind_render::diff::{DiffOptions, Lists, Noise, diff};
use kuberewind_render::document::Sign;
use kuberewind_render::highlight;
use kuberewind_render::yaml;

use super::Worker;
use super::object::{about, left_out};

/// The older side of a diff.
enum Base {
    Version(Box<Version>),
    /// No version, and the reason.
    None(&'static str),
}

impl Base {
    fn of(version: Option<Version>, otherwise: &'static str) -> Base {
        version.map_or(Base::None(otherwise), |version| Base::Version(Box::new(version)))
    }
}

impl Worker {
    pub(super) fn changes(
        &mut self,
        doc: &mut Doc,
        operation: &Operation,
        version: &Version,
        request: &DocRequest,
    ) -> Result<()> {
        let base = self.base(doc, operation, version, request.base)?;
        let before = match base {
            Base::Version(before) => before,
            Base::None(words) => {
                doc.about.push_str(&about(version));
                doc.say(Tone::Notice, if version.gone { "gone; its state is unknown" } else { words });
                return if version.gone && version.body.is_none() { Ok(()) } else { self.state(doc, version, request.noise) };
            }
        };
        if version.gone {
            doc.about.push_str(&format!("{} → gone", about(&before)));
            doc.say(Tone::Notice, "gone: deleted, this was the state before");
            let Some(value) = self.value(doc, &before)? else { return Ok(()) };
            let document = yaml::render_as(Sign::Removed, &value);
            left_out(doc, &document);
            doc.tree(document.lines);
            return Ok(());
        }
        // Use resourceVersions only if both versions have one.
        let after = if version.resource_version.is_empty() || before.resource_version.is_empty() {
            about(version)
        } else {
            version.resource_version.to_string()
        };
        doc.about.push_str(&format!("{} → {after}", about(&before)));
        if before.id == version.id {
            doc.say(Tone::Notice, "the same version: nothing changed in between");
            return self.state(doc, version, request.noise);
        }
        if !version.shape.comparable(before.shape) {
            let words = format!("not comparable: before {}, now {}", before.shape.as_str(), version.shape.as_str());
            doc.say(Tone::Notice, words);
            return self.state(doc, version, request.noise);
        }
        let (Some(old), Some(new)) = (self.value(doc, &before)?, self.value(doc, version)?) else { return Ok(()) };
        let mut document = diff(&old, &new, DiffOptions { noise: request.noise, lists: request.lists });
        highlight::colour(&mut document, &mut self.colours);
        doc.changes = document.changes.len() - document.hidden_changes();
        doc.hidden = document.hidden_changes();
        doc.hidden_names = document.hidden.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        left_out(doc, &document);
        if request.lists == Lists::AnyOrder {
            doc.say(Tone::Muted, any_order(document.reordered));
        }
        if doc.changes == 0 {
            let words = match (document.changes.is_empty(), document.reordered) {
                (false, _) => "no change but noise",
                (true, 0) => "no change",
                (true, _) => "no change but the order of lists",
            };
            doc.say(Tone::Notice, words);
        }
        doc.tree(document.lines);
        Ok(())
    }

    /// The diff of a write that changed nothing: the difference to the version before is another write's, so it is not shown.
    pub(super) fn unchanged(&mut self, doc: &mut Doc, version: &Version, noise: Noise) -> Result<()> {
        doc.about.push_str(&about(version));
        doc.say(Tone::Notice, format!("changed nothing: the object has been in this state since {}", version.first_observed));
        self.state(doc, version, noise)
    }

    /// Finds the older side of the diff and describes it in the title.
    fn base(&mut self, doc: &mut Doc, operation: &Operation, version: &Version, to: DiffBase) -> Result<Base> {
        let (source, lineage) = (self.recording.source(), self.recording.lineage());
        match to {
            DiffBase::Previous => {
                let before = source.previous_version(lineage, version.id)?.filter(|before| !before.gone);
                Ok(Base::of(before, "first observation: earlier versions are unknown"))
            }
            DiffBase::Mark(letter, at) => {
                let object_at = source.object_at(lineage, at, Perspective::World, version.object)?;
                doc.about = format!("'{letter} {at}: ");
                Ok(match object_at.presence {
                    Presence::Present => Base::of(object_at.version, "at the mark its content was not known"),
                    Presence::Absent => Base::None("absent at the mark: all of it is new since"),
                    Presence::Unknown => Base::None("unknown at the mark: no actor had received it"),
                })
            }
            DiffBase::View => {
                let at = operation.seq.prev();
                let viewers = view::viewers(source, lineage, operation.actor, at)?;
                let object_at = view::seen(source, lineage, &viewers, at, version.object)?;
                let Some(object_at) = object_at else { return Ok(Base::None("the actor had not received it before")) };
                let actor = self.names.actor(source, operation.actor)?;
                doc.about = format!("as {} saw it: ", ActorNames::of(&source.actors()?).short(&actor));
                Ok(match object_at.presence {
                    Presence::Present => Base::of(object_at.version, "the actor had not received its content"),
                    Presence::Absent => Base::None("the actor had received its deletion"),
                    Presence::Unknown => Base::None("the actor had not received it before"),
                })
            }
        }
    }
}

/// The note that the order of lists is ignored, with the number of reordered lists.
fn any_order(reordered: usize) -> String {
    let ignored = "the order of lists without a merge key is ignored";
    match reordered {
        0 => ignored.to_owned(),
        1 => format!("{ignored}: 1 list has another one"),
        many => format!("{ignored}: {many} lists have another one"),
    }
}
