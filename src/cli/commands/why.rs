//! `kuberewind why`

use crate::cli::args::{Format, WhyArgs};
use crate::cli::{Exit, Target, object, opening, output};
use crate::report::{effects_text, json_of, why_text};
use kuberewind_analysis::queries::why::{EffectLimits, effects, why_field, why_operation};
use kuberewind_model::{Error, ErrorKind, Result, Seq};

/// Tells the chain of causes of an operation, or of a field's value.
pub fn run(args: &WhyArgs) -> Result<Exit> {
    let target = Target::database(args.object.database.as_deref(), args.object.session.as_deref())?;
    let word = args.object.object.join("/");
    let number = word.trim_start_matches('#').parse::<u64>().ok().map(Seq);
    let operation = number.is_some();
    let mut recording = opening::one_session(&target, Some(&args.at))?;
    // A number beyond the session's is no operation, whereas a moment beyond its end is its end.
    let at = number.map_or_else(|| object::find_moment(&mut recording, &args.at), Ok)?;
    let (source, lineage) = (recording.source(), recording.lineage());
    if args.effects && operation {
        let found = effects(source, lineage, at, EffectLimits::default())?;
        match args.format.format {
            Format::Text => output::print(&effects_text(&found))?,
            Format::Json => output::print(&json_of(&found)?)?,
        }
        return Ok(Exit::Done);
    }
    let chain = match (&args.field, operation) {
        (None, true) => why_operation(source, lineage, at, args.depth)?,
        (Some(field), false) => {
            why_field(source, lineage, object::find_object(&recording, &args.object, at)?, at, field, args.depth)?
        }
        (Some(_), true) => {
            return Err(
                Error::new(ErrorKind::Invalid, "an operation has no --field").hint("name an object, or leave --field away")
            );
        }
        (None, false) => {
            return Err(Error::new(ErrorKind::Invalid, format!("of {word} it takes a --field to ask why"))
                .hint("--field /spec/replicas; or ask about an operation, #412"));
        }
    };
    match args.format.format {
        Format::Text => output::print(&why_text(&chain))?,
        Format::Json => output::print(&json_of(&chain)?)?,
    }
    Ok(Exit::Done)
}
