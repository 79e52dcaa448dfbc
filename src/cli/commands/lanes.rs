//! `kuberewind lanes`

use crate::cli::args::{Format, LanesArgs, PartArgs};
use crate::cli::part::Part;
use crate::cli::{Exit, Target, opening, output};
use crate::report::{Lanes, Names, json_text};
use crate::session::OpenRecording;
use kuberewind_model::{Result, Timestamp};

/// Prints who did how much when, or what was done to which object.
pub fn run(args: &LanesArgs) -> Result<Exit> {
    let target = Target::resolve(&args.recording)?;
    let mut recording = opening::one_session(&target, Some(&args.from))?;
    let part = PartArgs { from: args.from.clone(), to: args.to.clone(), limit: None };
    let part = Part::find(&mut recording, &part, target.moment.as_deref())?;
    let names = Names::read(recording.source())?;
    let (start, end) = times(&recording, &part)?;
    let mut lanes = Lanes::new(start, end, args.width, args.objects);
    for operation in part.operations(&recording) {
        lanes.add(&names, &operation?);
    }
    output::print(&match args.format.format {
        Format::Text => lanes.text(),
        Format::Json => json_text(&lanes.json()),
    })?;
    Ok(Exit::Done)
}

/// When the first and the last operation of a part were.
fn times(recording: &OpenRecording, part: &Part) -> Result<(Timestamp, Timestamp)> {
    let at = |seq| -> Result<Option<Timestamp>> {
        Ok(recording.source().operation(recording.lineage(), seq)?.map(|operation| operation.at))
    };
    let (start, end) = (at(part.from.next())?, at(part.to)?);
    let session = recording.session();
    Ok((start.unwrap_or(session.start), end.unwrap_or(session.end)))
}
