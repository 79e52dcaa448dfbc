//! `kuberewind bundle`

use std::fs::File;
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use tempfile::NamedTempFile;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::cli::exit::Exit;
use crate::cli::moment::find_moment;
use crate::cli::progress::Progress;
use crate::cli::target::{RecordingArgs, Target};
use crate::cli::{output, session, source};
use kuberewind_analysis::findings;
use kuberewind_analysis::settings::Settings;
use kuberewind_file::{OpenOptions, Recording};
use kuberewind_model::{Error, ErrorKind, Result};
use kuberewind_report::scan::{ScanReport, scan, scan_text};
use kuberewind_report::{bookmarks_text, findings as lines, sessions_text};
use kuberewind_text::{counted, printable, shell_quote};

/// Places of possible secrets that the description lists.
const LISTED: usize = 100;

#[derive(Debug, Args)]
pub struct BundleArgs {
    #[command(flatten)]
    recording: RecordingArgs,
    /// Write the archive to this file, which must not exist [default: NAME.zip]
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,
    /// Pack the recording even if something in it looks like a secret
    #[arg(long)]
    yes: bool,
}

/// Exits with 1 if something in the recording looks like a secret and `--yes` is not given.
pub fn run(args: &BundleArgs) -> Result<Exit> {
    let target = args.recording.target()?;
    let name = name_of(&target.path);
    let output = args.output.clone().unwrap_or_else(|| PathBuf::from(format!("{name}.zip")));
    if output.symlink_metadata().is_ok() {
        return Err(
            Error::new(ErrorKind::Invalid, format!("{} exists already", output.display())).hint("choose another file with -o")
        );
    }
    let folder = match output.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let cannot = |error: io::Error| cannot_write(&output, error);
    let scratch = tempfile::Builder::new().prefix(".kuberewind-").tempdir_in(folder).map_err(cannot)?;
    // What leaves the machine is what is searched, also while the recording goes on.
    let copy = scratch.path().join(format!("{name}.db"));
    kuberewind_file::copy(&source::recording_path(&target.path)?, &copy, &source::open_options()?)?;
    let found = scan(&Recording::open(&copy, &OpenOptions::default())?, LISTED)?;
    if found.count > 0 && !args.yes {
        output::note(&format!(
            "{} may be secrets, and nothing was written: `kuberewind scan {}` lists them, --yes packs them nevertheless",
            counted(found.count, "value"),
            shell_quote(&target.path.display().to_string())
        ));
        return Ok(Exit::Negative);
    }
    let archive = NamedTempFile::new_in(folder).map_err(cannot)?;
    let opened = output.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let Some(description) = describe(&Target { path: copy.clone(), ..target }, &opened, &found)? else {
        return Ok(Exit::INTERRUPTED);
    };
    pack(archive.as_file(), &copy, &name, &description).map_err(cannot)?;
    archive.as_file().sync_all().map_err(cannot)?;
    archive.persist_noclobber(&output).map_err(|error| cannot_write(&output, error.error))?;
    output::print(&format!("{}\n", printable(&output.display().to_string())))?;
    Ok(Exit::Done)
}

/// The name of a recording without its ending.
fn name_of(path: &Path) -> String {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    stem.filter(|stem| !stem.is_empty()).unwrap_or_else(|| "recording".to_owned())
}

fn cannot_write(path: &Path, error: io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("cannot write {}", path.display())).because(error)
}

/// The text that is packed beside the recording: what it is, how to open it, and what was found in it. `None` after ctrl-c.
fn describe(target: &Target, archive: &str, found: &ScanReport) -> Result<Option<String>> {
    let mut recording = session::open_newest(target)?;
    let opened = match &target.moment {
        Some(moment) => {
            find_moment(&mut recording, moment)?;
            format!("{archive}#{moment}")
        }
        None => archive.to_owned(),
    };
    let mut progress = Progress::start("looking for findings")?;
    let (source, of) = (recording.source(), (recording.session(), recording.lineage()));
    let analysis = findings(source, source, of, &Settings::default(), &mut |at| progress.update(at.at.0, at.of.0));
    let Some(analysis) = progress.unless_interrupted(analysis)? else { return Ok(None) };
    drop(progress);
    let mut text = format!(
        "# A recording of kuberewind\n\nThe calls between operators and the API server of a Kubernetes cluster. To open it:\n\n    kuberewind {}\n",
        printable(&shell_quote(&opened))
    );
    let mut section = |title: &str, lines: &str| {
        text.push_str(&format!("\n## {title}\n\n"));
        lines.lines().for_each(|line| text.push_str(&format!("    {line}\n")));
    };
    section("Sessions", &sessions_text(source)?);
    section("Findings", &lines::text(&analysis, false));
    let bookmarks = source.bookmarks()?;
    if !bookmarks.is_empty() {
        section("Bookmarks", &bookmarks_text(&bookmarks, &source.sessions()?));
    }
    section("Secrets", &scan_text(found));
    text.push_str(&format!("\nPacked by kuberewind {}.\n", env!("CARGO_PKG_VERSION")));
    Ok(Some(text))
}

/// Writes the archive: a folder with the recording and its description.
fn pack(archive: &File, recording: &Path, name: &str, description: &str) -> io::Result<()> {
    let mut zip = ZipWriter::new(archive);
    // Large recordings need it, and every program that opens archives reads it.
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).large_file(true);
    zip.start_file(format!("{name}/README.md"), options)?;
    zip.write_all(description.as_bytes())?;
    zip.start_file(format!("{name}/{name}.db"), options)?;
    io::copy(&mut File::open(recording)?, &mut zip)?;
    zip.finish()?.rewind()
}
