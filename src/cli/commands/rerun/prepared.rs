//! What a rerun starts from: the recording, the moment and the actor.

use std::path::PathBuf;

use super::args::RerunArgs;
use crate::cli::moment::find_moment;
use crate::cli::target::Target;
use crate::cli::{output, session, source};
use kuberewind_model::k8s::actor_name::process_of;
use kuberewind_model::{Error, ErrorKind, Moment, MomentSpec, Origin, Result, Session};
use kuberewind_rerun::Replacement;
use kuberewind_session::OpenRecording;
use kuberewind_text::nearest;

/// A rerun that is ready to start.
pub struct Prepared {
    pub recording: OpenRecording,
    /// The file to which the new session is added.
    pub file: PathBuf,
    pub at: Moment,
    /// The session that has the moment, or ends with it.
    pub parent: Session,
    pub replaced: Replacement,
    /// The new session's name.
    pub session: String,
}

/// Checks the arguments, and copies the recording if both sessions go into a new file.
pub fn prepare(args: &RerunArgs) -> Result<Prepared> {
    let target = args.recording.target()?;
    let opened = source::opened(&target.path)?;
    let file = match (&args.output, opened) {
        (None, source::Opened::Recording(path)) => path,
        (None, source::Opened::Foreign(_)) => {
            return Err(Error::new(
                ErrorKind::Invalid,
                format!("cannot add a session to {}: it is no recording", target.path.display()),
            )
            .hint("write a recording with both sessions with -o FILE"));
        }
        (Some(out), _) => {
            let from = source::recording_path(&target.path)?;
            kuberewind_file::copy(&from, out, &source::open_options()?)?;
            out.clone()
        }
    };
    let target = Target { path: file.clone(), ..target };
    let moment = target.moment.clone().or_else(|| args.from.clone()).ok_or_else(|| {
        Error::new(ErrorKind::Invalid, "no moment is given").hint("choose one with --from, such as --from '#412'")
    })?;
    let mut recording = open(&target, &moment)?;
    let at = find_moment(&mut recording, &moment)?;
    let sessions = recording.source().sessions()?;
    let owner = recording.lineage().session_of(at).unwrap_or(recording.session().no);
    let parent = sessions.iter().find(|session| session.no == owner).unwrap_or(recording.session()).clone();
    let taken = |name: &String| sessions.iter().any(|session| session.session_id == *name);
    let session = (1_u32..).map(|number| format!("rerun-{number}")).find(|name| !taken(name)).unwrap_or_default();
    let replaced = Replacement::of(&actor(args, &recording)?);
    warn_within_reconcile(&recording, at, &replaced)?;
    Ok(Prepared { recording, file, at, parent, replaced, session })
}

/// Opens the session of the moment. Without a name, the only one that is not a rerun itself.
fn open(target: &Target, moment: &str) -> Result<OpenRecording> {
    let source = source::open(&target.path)?;
    let named = target.session.is_some() || MomentSpec::parse(moment).is_ok_and(|spec| spec.session.is_some());
    let mut recorded = source.sessions()?.into_iter().filter(|session| session.origin != Origin::Rerun);
    match (named, recorded.next(), recorded.next()) {
        (false, Some(only), None) => OpenRecording::new(source, Some(&only.session_id)),
        _ => session::select_only(source, target, Some(moment)),
    }
}

/// The actor to replace: the named one, or the only one that reconciles.
fn actor(args: &RerunArgs, recording: &OpenRecording) -> Result<String> {
    let source = recording.source();
    let mut names = Vec::new();
    for actor in source.actors()? {
        if !source.viewers(recording.lineage(), actor.id)?.is_empty() {
            names.push(actor.name.to_string());
        }
    }
    let processes = |name: &str| names.iter().filter(|other| other.starts_with(&format!("{name}@"))).cloned().collect::<Vec<_>>();
    let hint = || format!("the actors are {}", names.join(", "));
    match &args.actor {
        None => match names.as_slice() {
            [only] => Ok(only.clone()),
            _ => Err(Error::new(ErrorKind::Invalid, "cannot choose the actor to replace: several made calls")
                .hint(format!("choose one with --actor; {}", hint()))),
        },
        Some(name) => {
            let below = format!("{name}/");
            if !names.iter().any(|known| known == name || known.starts_with(&below)) {
                let near = nearest(name, names.iter().map(String::as_str));
                let meant = near.map_or_else(String::new, |near| format!("did you mean {near}? "));
                let error = Error::new(ErrorKind::NotFound, format!("the recording has no actor {name:?}"));
                return Err(error.hint(format!("{meant}{}", hint())));
            }
            let others = processes(process_of(name));
            if !others.is_empty() {
                output::note(&format!("{name} made calls in several processes: {} is not replaced", others.join(", ")));
            }
            Ok(name.clone())
        }
    }
}

/// Says so if the moment is within a reconcile of the actor: the new process begins it again.
fn warn_within_reconcile(recording: &OpenRecording, at: Moment, replaced: &Replacement) -> Result<()> {
    let source = recording.source();
    let actors = source.actors()?;
    for span in source.spans(recording.lineage(), at..=at, 100)? {
        let is_ours = actors.iter().any(|actor| actor.id == span.actor && replaced.includes(&actor.name));
        if is_ours && span.started_after < at && span.ended_after.is_none_or(|ended| at < ended) {
            output::note(&format!(
                "{at} is within the reconcile {} of {}: what it wrote until then stays",
                span.label,
                replaced.actor()
            ));
        }
    }
    Ok(())
}
