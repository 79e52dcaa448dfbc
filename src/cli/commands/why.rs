//! `kuberewind why`

use clap::Args;

use crate::cli::exit::Exit;
use crate::cli::format::{Format, FormatArgs};
use crate::cli::moment::{AtArgs, find_moment};
use crate::cli::object::ObjectArgs;
use crate::cli::{output, session};
use kuberewind_analysis::queries::why::{EffectLimits, effects, why_field, why_operation};
use kuberewind_model::json::pointer;
use kuberewind_model::{Error, ErrorKind, Result, Seq};
use kuberewind_report::{effects_text, json_of, why_text};

#[derive(Debug, Args)]
#[command(after_help = "OBJECT may also be the number of an operation: 412 or '#412'. An object needs --field.")]
pub struct WhyArgs {
    #[command(flatten)]
    object: ObjectArgs,
    /// Explain the value of this field: /spec/replicas, .spec.replicas or spec.replicas
    #[arg(long, value_name = "POINTER")]
    field: Option<String>,
    #[command(flatten)]
    moment: AtArgs,
    /// Print at most N links
    #[arg(long, value_name = "N", default_value_t = 32)]
    depth: usize,
    /// Print the effects of the operation instead of its causes
    #[arg(long, conflicts_with = "field")]
    effects: bool,
    #[command(flatten)]
    format: FormatArgs,
}

pub fn run(args: &WhyArgs) -> Result<Exit> {
    let target = args.object.target()?;
    let word = args.object.words().join("/");
    let number = word.trim_start_matches('#').parse::<u64>().ok().map(Seq);
    let is_operation = number.is_some();
    let mut recording = session::open_only(&target, Some(&args.moment.at))?;
    // A number beyond the end must fail. `find_moment` would turn it into the end.
    let at = number.map_or_else(|| find_moment(&mut recording, &args.moment.at), Ok)?;
    let (source, lineage) = (recording.source(), recording.lineage());
    if args.effects && is_operation {
        let found = effects(source, lineage, at, EffectLimits::default())?;
        match args.format.format {
            Format::Text => output::print(&effects_text(&found))?,
            Format::Json => output::print(&json_of(&found)?)?,
        }
        return Ok(Exit::Done);
    }
    let chain = match (&args.field, is_operation) {
        (None, true) => why_operation(source, lineage, at, args.depth)?,
        (Some(field), false) => {
            why_field(source, lineage, args.object.find_object(&recording, at)?, at, &pointer::of_field(field), args.depth)?
        }
        (Some(_), true) => {
            return Err(Error::new(ErrorKind::Invalid, format!("cannot use --field with operation {word}"))
                .hint("name an object, or leave --field out"));
        }
        (None, false) => {
            return Err(Error::new(ErrorKind::Invalid, format!("cannot explain {word}: no field is given"))
                .hint("add a field (--field /spec/replicas), or name an operation (#412)"));
        }
    };
    match args.format.format {
        Format::Text => output::print(&why_text(&chain))?,
        Format::Json => output::print(&json_of(&chain)?)?,
    }
    Ok(Exit::Done)
}
