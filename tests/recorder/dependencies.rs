//! The crates and features that the recorder brings into an operator, beside those of kube's client.

use std::collections::BTreeSet;
use std::process::Command;

/// The crates that only the recorder needs, each with the reason.
const ADDED: &[(&str, &str)] = &[
    ("kuberewind-recorder", "the recorder"),
    ("kuberewind-capture", "turns traffic into events"),
    ("kuberewind-kinds", "decodes protobuf bodies"),
    ("kuberewind-file", "writes the recording"),
    ("kuberewind-model", "types, redaction"),
    ("rusqlite", "the recording is a SQLite file"),
    ("libsqlite3-sys", "rusqlite: SQLite itself, so that all operators write with the same version"),
    ("fallible-iterator", "rusqlite: rows"),
    ("fallible-streaming-iterator", "rusqlite: rows"),
    ("hashlink", "rusqlite: the cache of prepared statements"),
    ("hashbrown", "rusqlite: hashlink"),
    ("pkg-config", "finds C libraries at build time"),
    ("vcpkg", "finds C libraries at build time on Windows"),
    ("zstd", "compresses bodies"),
    ("zstd-safe", "zstd"),
    ("zstd-sys", "zstd: the C library"),
    ("flate2", "reads Helm's releases for the secrets in them"),
    ("crc32fast", "flate2"),
    ("miniz_oxide", "flate2"),
    ("adler2", "flate2"),
    ("simd-adler32", "flate2"),
    ("blake3", "keyed hashes of secrets, hashes of bodies"),
    ("arrayvec", "blake3"),
    ("constant_time_eq", "blake3"),
    ("cpufeatures", "blake3: chooses the implementation for the processor"),
    ("foldhash", "hashes the writer's maps"),
    ("getrandom", "the session's id and redaction key; the version with the oldest minimum Rust"),
    ("tracing-subscriber", "layers that read reconciles and log lines"),
    ("sharded-slab", "tracing-subscriber: the registry of spans"),
    ("lazy_static", "tracing-subscriber: sharded-slab"),
    ("thread_local", "tracing-subscriber: the registry of spans"),
];

/// Features of shared dependencies that change what the operator's own code does, or that the recorder does not use. A `*` at the end
/// matches any rest.
const FORBIDDEN: &[(&str, &[&str])] = &[
    ("serde_json", &["preserve_order", "arbitrary_precision", "float_roundtrip", "unbounded_depth"]),
    ("k8s-openapi", &["latest", "earliest", "v1_*"]),
    ("kube", &["default", "runtime", "rustls-tls", "openssl-tls"]),
    ("tokio", &["full", "macros", "rt-multi-thread", "test-util"]),
    ("tracing", &["max_level_*", "release_max_level_*"]),
    ("tracing-subscriber", &["default", "env-filter", "fmt"]),
];

fn tree(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--package", "kuberewind-recorder", "--locked", "--offline"])
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "cargo tree: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("cargo tree prints UTF-8")
}

#[test]
fn only_crates_with_a_reason_are_added_to_those_of_kubes_client() {
    let tree = tree(&["--edges", "normal,build", "--prefix", "depth", "--no-dedupe", "--format", " {p}"]);
    let (mut all, mut of_kube, mut in_kube) = (BTreeSet::new(), BTreeSet::new(), false);
    for line in tree.lines() {
        let mut words = line.split(' ');
        let depth: usize = words.next().and_then(|depth| depth.parse().ok()).expect("a line begins with its depth");
        let name = words.next().expect("a line has a crate");
        if depth <= 1 {
            in_kube = name == "kube";
        }
        all.insert(name);
        if in_kube {
            of_kube.insert(name);
        }
    }
    assert!(of_kube.contains("hyper"), "kube's client is in the tree");
    let added: BTreeSet<&str> = all.difference(&of_kube).copied().collect();
    let listed: BTreeSet<&str> = ADDED.iter().map(|(name, _)| *name).collect();
    let unlisted: Vec<_> = added.difference(&listed).collect();
    assert!(unlisted.is_empty(), "new dependencies of the recorder: {unlisted:?}. Remove them, or list them with a reason.");
    let unused: Vec<_> = listed.difference(&added).filter(|name| !of_kube.contains(*name)).collect();
    assert!(unused.is_empty(), "no dependencies of the recorder any more: {unused:?}. Remove them from the list.");
}

#[test]
fn no_feature_changes_the_operators_own_code() {
    let tree = tree(&["--edges", "normal,build", "--prefix", "none", "--format", "{p}|{f}"]);
    let mut enabled = BTreeSet::new();
    for line in tree.lines() {
        let (package, features) = line.split_once('|').expect("a line has features");
        let name = package.split(' ').next().unwrap_or_default();
        enabled.extend(features.trim_end_matches(" (*)").split(',').map(|feature| (name, feature)));
    }
    assert!(enabled.contains(&("serde_json", "std")), "the tree has features: {enabled:?}");
    let forbidden = |name: &str, feature: &str| {
        let patterns = FORBIDDEN.iter().filter(|(of, _)| *of == name).flat_map(|(_, patterns)| *patterns);
        patterns.into_iter().any(|pattern| match pattern.strip_suffix('*') {
            Some(start) => feature.starts_with(start),
            None => feature == *pattern,
        })
    };
    let found: Vec<_> = enabled.iter().filter(|(name, feature)| forbidden(name, feature)).collect();
    assert!(found.is_empty(), "the recorder enables {found:?}");
}
