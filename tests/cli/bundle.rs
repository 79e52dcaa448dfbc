//! What leaves the machine: `scan` and `bundle`.

use std::fs::File;
use std::io::Read;

use super::program::Sandbox;

/// A note with the password of a database in an address.
const NOTE: &str = "postgres://shop:Tr0ub4dor-and-3@db.example.com/orders refuses the login";

/// Returns the names and contents of the files in an archive.
fn unpacked(sandbox: &Sandbox, name: &str) -> Vec<(String, Vec<u8>)> {
    let mut zip = zip::ZipArchive::new(File::open(sandbox.path(name)).unwrap()).unwrap();
    let count = zip.len();
    let read = |index| {
        let mut file = zip.by_index(index).unwrap();
        let mut content = Vec::new();
        file.read_to_end(&mut content).unwrap();
        (file.name().to_owned(), content)
    };
    (0..count).map(read).collect()
}

#[test]
fn a_recording_travels_as_one_file_that_opens_at_its_bookmark() {
    let sandbox = Sandbox::new();
    let file = sandbox.demo("tug-of-war");
    sandbox.run(&["bookmark", "add", "first-fight", &file, "--at", "12", "--note", "here it begins"]).ok();
    let packed = sandbox.run(&["bundle", &format!("{file}#first-fight")]).ok();
    assert_eq!(packed.out, "tug-of-war.zip\n");
    assert_eq!(sandbox.files(), ["tug-of-war.db", "tug-of-war.zip"], "nothing else is left");

    let files = unpacked(&sandbox, "tug-of-war.zip");
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["tug-of-war/README.md", "tug-of-war/tug-of-war.db"]);
    let description = String::from_utf8(files[0].1.clone()).unwrap();
    for wanted in
        ["    kuberewind 'tug-of-war.zip#first-fight'\n", "here it begins", "/spec/replicas", "nothing looks like a secret"]
    {
        assert!(description.contains(wanted), "{wanted:?} is missing:\n{description}");
    }

    let show = |file: &str| sandbox.run(&["show", "deploy/checkout", "-n", "shop", "-d", file, "--at", "first-fight"]).ok().out;
    assert_eq!(show("tug-of-war.zip"), show(&file));
    sandbox.run(&["import", "tug-of-war.zip", "-o", "again.db"]).ok();
    assert_eq!(show("again.db"), show(&file));
    sandbox.run(&["verify", "again.db"]).ok();
}

#[test]
fn a_recording_with_a_secret_is_packed_only_on_demand() {
    let sandbox = Sandbox::new();
    let file = sandbox.demo("tug-of-war");
    let clean = sandbox.run(&["scan", &file]).ok().out;
    assert!(clean.starts_with("nothing looks like a secret"), "{clean}");
    sandbox.run(&["bookmark", "add", "login", &file, "--note", NOTE]).ok();

    let found = sandbox.run(&["scan", &file]).code(1).out;
    assert!(found.contains("bookmark.note") && found.contains("1 value may be"), "{found}");
    let json = sandbox.run(&["scan", &file, "--format", "json"]).code(1).json();
    assert_eq!((&json["clean"], &json["count"]), (&false.into(), &1.into()));

    let refused = sandbox.run(&["bundle", &file, "-o", "report.zip"]).code(1);
    assert!(refused.err.contains("kuberewind scan tug-of-war.db") && refused.err.contains("--yes"), "{}", refused.err);
    assert_eq!(sandbox.files(), ["tug-of-war.db"], "nothing was written");

    sandbox.run(&["bundle", &file, "-o", "report.zip", "--yes"]).ok();
    let description = String::from_utf8(unpacked(&sandbox, "report.zip").remove(0).1).unwrap();
    assert!(description.contains("1 value may be"), "the reader is warned:\n{description}");
    // An archive is never replaced.
    let again = sandbox.run(&["bundle", &file, "-o", "report.zip", "--yes"]).code(2);
    assert!(again.err.contains("report.zip exists already"), "{}", again.err);
}

#[test]
fn a_bundle_that_was_cut_on_its_way_is_refused() {
    let sandbox = Sandbox::new();
    let file = sandbox.demo("hot-loop");
    sandbox.run(&["bundle", &file]).ok();
    let whole = std::fs::read(sandbox.path("hot-loop.zip")).unwrap();
    for kept in [whole.len() / 2, whole.len() - 30, 40] {
        std::fs::write(sandbox.path("cut.zip"), &whole[..kept]).unwrap();
        let refused = sandbox.run(&["sessions", "cut.zip"]).code(2);
        assert!(refused.err.contains("cut.zip"), "{}", refused.err);
    }
    let mut changed = whole.clone();
    let middle = changed.len() / 2;
    changed[middle] ^= 0x55;
    std::fs::write(sandbox.path("changed.zip"), &changed).unwrap();
    let opened = sandbox.run(&["verify", "changed.zip"]);
    assert_ne!(opened.code, Some(0), "{}{}", opened.out, opened.err);
}
