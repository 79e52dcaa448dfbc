//! The arguments of `import`.

use std::path::PathBuf;

use clap::Args;

use super::FormatArgs;

/// What to import, and where to.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// The files, recognised by their content; `-` is standard input. Those of one format become one session, in order of time.
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// The recording to make. It must not exist.
    #[arg(short, long, value_name = "OUT")]
    pub output: PathBuf,
    /// The session's name; by default the first file's.
    #[arg(long, value_name = "NAME")]
    pub session: Option<String>,
    /// Replace this field's values by a keyed hash: RESOURCE:JSON-POINTER, with * for any step. May be given several times.
    #[arg(long, value_name = "PATH")]
    pub redact: Vec<String>,
    /// Which format.
    #[command(flatten)]
    pub format: FormatArgs,
}
