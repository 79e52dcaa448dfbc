//! Re-enacted public bug reports, each with a healthy twin, and recordings of a real control plane, if they are present.
//!
//! Each folder has an `expect.txt`: `FILE: CLASS | ACTOR | OBJECT | WORDS`, or `FILE: silent`. FILE may be a prefix with a `*`.

use std::path::{Path, PathBuf};

use kuberewind_analysis::Analysis;
use kuberewind_analysis::finding::{Class, Finding, Severity};
use kuberewind_analysis::settings::Settings;
use kuberewind_file::{OpenOptions, Recording};
use kuberewind_model::History;

use crate::real::{imported, real_input};
use crate::story::analyse_session;

/// The meaning of a line of `expect.txt`.
#[derive(Debug)]
enum Expected {
    Silent,
    Trouble { classes: Vec<Class>, actors: String, objects: Vec<String>, pointers: Vec<String> },
}

/// The files of a folder that a line is about, and what it expects. `None` for lines of another kind.
fn parse(line: &str, files: &[PathBuf]) -> Option<(Vec<PathBuf>, Expected)> {
    let name = |file: &PathBuf| file.file_name().unwrap().to_string_lossy().into_owned();
    let (subject, says) = match line.split_once(": ") {
        Some((subject, says)) if !subject.contains(' ') && subject != "source" => (subject, says),
        _ if line.starts_with("silent") => ("*", line),
        _ => return None,
    };
    let wanted = |file: &&PathBuf| match subject.split_once('*') {
        Some((prefix, _)) => name(file).starts_with(prefix),
        None => name(file) == subject,
    };
    let about: Vec<PathBuf> = files.iter().filter(wanted).cloned().collect();
    if says.starts_with("silent") || says.starts_with("healthy") {
        return Some((about, Expected::Silent));
    }
    let parts: Vec<&str> = says.split(" | ").filter(|part| *part != "trouble").collect();
    let [class, actors, rest @ ..] = &parts[..] else { return None };
    let named: Vec<Class> = Class::ALL.into_iter().filter(|known| class.contains(known.as_str())).collect();
    let classes = if named.is_empty() { Class::ALL.to_vec() } else { named };
    let words: Vec<&str> =
        rest.iter().flat_map(|part| part.split_whitespace()).map(|word| word.trim_matches([',', ';', ':', '(', ')'])).collect();
    let is_object = |word: &&&str| word.contains('/') && word.starts_with(|letter: char| letter.is_uppercase());
    let objects = rest
        .first()
        .map_or(Vec::new(), |part| part.split_whitespace().filter(|word| is_object(&word)).map(str::to_owned).collect());
    let pointers = words.iter().filter(|word| word.starts_with('/')).map(|word| (*word).to_owned()).collect();
    Some((about, Expected::Trouble { classes, actors: (*actors).to_owned(), objects, pointers }))
}

fn analysed(file: &Path) -> Vec<Analysis> {
    if file.extension().is_none_or(|extension| extension != "db") {
        return vec![imported(file)];
    }
    // Reading a recording may add its indexes.
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("run.db");
    std::fs::write(&copy, std::fs::read(file).unwrap()).unwrap();
    let recording = Recording::open(&copy, &OpenOptions::default()).unwrap();
    let sessions = recording.sessions().unwrap();
    sessions.iter().map(|session| analyse_session(&recording, session.no, &Settings::default())).collect()
}

fn serious(analysis: &Analysis) -> Vec<&Finding> {
    let work = |finding: &&Finding| matches!(finding.class, Class::Loops | Class::Races) && finding.severity >= Severity::Warning;
    analysis.findings.iter().filter(work).collect()
}

fn sentences(analysis: &Analysis) -> Vec<String> {
    let line = |finding: &Finding| format!("{} {} {}", finding.severity.as_str(), finding.detector, finding.sentence);
    analysis.findings.iter().filter(|finding| !finding.is_info()).map(line).collect()
}

/// Compares an analysis with what is expected. Returns what is wrong.
fn wrong(analysis: &Analysis, expected: &Expected) -> Option<String> {
    let (classes, actors, objects, pointers) = match expected {
        Expected::Silent => {
            let found = serious(analysis);
            return (!found.is_empty()).then(|| format!("expected silence, found {:#?}", sentences(analysis)));
        }
        Expected::Trouble { classes, actors, objects, pointers } => (classes, actors, objects, pointers),
    };
    let Some(first) = analysis.findings.first().filter(|finding| !finding.is_info()) else {
        return Some("expected a finding, found none".to_owned());
    };
    // Names that the expectation and the finding share: the first word names the actor.
    let actor = actors.split_whitespace().next().unwrap_or_default();
    let missing: Vec<String> = [
        (!classes.contains(&first.class)).then(|| format!("a class of {classes:?}")),
        (!first.actors.iter().any(|name| name.contains(actor))).then(|| format!("the actor {actor}")),
    ]
    .into_iter()
    .flatten()
    .chain(objects.iter().filter(|object| !first.sentence.contains(object.as_str()) && first.object != **object).cloned())
    .chain(pointers.iter().filter(|pointer| !first.fields.contains(pointer)).cloned())
    .collect();
    (!missing.is_empty()).then(|| format!("the first finding lacks {missing:?}: {first:#?}\n{:#?}", sentences(analysis)))
}

#[test]
fn every_expectation_of_a_report_holds() {
    let Some(root) = real_input("reports") else { return };
    let (mut failures, mut checked) = (Vec::new(), 0);
    let mut folders: Vec<PathBuf> = std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    for folder in folders.iter().filter(|folder| folder.join("expect.txt").exists()) {
        let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.retain(|file| file.file_name().is_some_and(|name| name != "expect.txt"));
        files.sort();
        for line in std::fs::read_to_string(folder.join("expect.txt")).unwrap().lines() {
            let Some((about, expected)) = parse(line, &files) else { continue };
            assert!(!about.is_empty(), "{line:?} is about no file of {}", folder.display());
            for file in about {
                checked += 1;
                for analysis in analysed(&file) {
                    failures.extend(wrong(&analysis, &expected).map(|what| format!("{}: {what}", file.display())));
                }
            }
        }
    }
    assert!(checked > 0 && failures.is_empty(), "{} of {checked}:\n{}", failures.len(), failures.join("\n\n"));
}

#[test]
fn fights_in_a_watch_stream_are_named_and_few_writes_are_not() {
    let Some(root) = real_input("reports/27-watch-only") else { return };
    for file in ["fight-40.watch.jsonl", "k8shark-fight.kshrk"] {
        let analysis = imported(&root.join(file));
        let first = analysis.findings.first().unwrap_or_else(|| panic!("{file}: nothing is found"));
        assert_eq!(first.class, Class::Loops, "{file}: {}", first.sentence);
    }
    let analysis = imported(&root.join("fast-writes-one.watch.jsonl"));
    assert!(serious(&analysis).is_empty(), "{:#?}", sentences(&analysis));
}

/// The first finding of a real recording: its detector, and words of its sentence. No detector for a healthy one.
const REAL: [(&str, Option<&str>, &str); 8] = [
    ("01-kcm-rbac-protobuf-pruned.db", Some("error-retry"), "cannot"),
    ("02-kcm-sa-credentials-401.db", None, ""),
    ("03-kcm-healthy-rollout.db", None, ""),
    ("05-stalecreate-duplicates-missed.db", Some("duplicates"), "ConfigMap/stalecreate/"),
    ("07-finalizer-stuck-missed.db", Some("stuck-deletion"), "Memcached/finalizer/a"),
    ("09-recreate-service-missed.db", Some("recreate"), "Service/recreate/a-svc"),
    ("14-chain-audit-stale-write-false.db", Some("error-retry"), "Pod/chain"),
    ("11-chain-scale-subresource.db", Some("two-writers"), "kubectl and manager keep undoing each other on /spec/replicas"),
];

#[test]
fn recordings_of_a_real_control_plane() {
    let Some(root) = real_input("realcluster") else { return };
    let mut failures = Vec::new();
    for (file, detector, words) in REAL {
        for analysis in analysed(&root.join(file)) {
            let first = analysis.findings.first().filter(|finding| !finding.is_info());
            let found = first.map(|finding| finding.detector.as_str());
            let quiet = detector.is_none() && serious(&analysis).is_empty();
            let named = detector.is_some() && found == detector && first.is_some_and(|finding| finding.sentence.contains(words));
            if !quiet && !named {
                failures.push(format!("{file}: {:#?}", sentences(&analysis)));
            }
            // Detectors compare no opaque body with anything, and judge no view that is not recorded.
            let never = ["pruned-field", "stale-write", "conflict-storm"];
            assert!(
                !analysis.findings.iter().any(|finding| never.contains(&&*finding.detector)),
                "{file}: {:#?}",
                sentences(&analysis)
            );
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
