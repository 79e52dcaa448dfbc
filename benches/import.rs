//! The speed of imports, in MB of input a second of CPU time, and of opening a large file again.
//!
//! `cargo bench --bench import [-- --mb N] [--file FILE]`; without `--file` it writes logs of its own: an audit log at level
//! RequestResponse and one at level Metadata. CPU time counts all threads of the process.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::cast_precision_loss, reason = "a bench says so by failing")]

use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Instant;

use kuberewind_formats::{ImportOptions, import, open_cached};

/// Objects of the logs.
const OBJECTS: u64 = 500;

fn main() {
    let number = |name: &str| std::env::args().skip_while(|word| word != name).nth(1);
    let megabytes: u64 = number("--mb").and_then(|text| text.parse().ok()).unwrap_or(200);
    let folder = tempfile::tempdir().unwrap();
    let files: Vec<(String, PathBuf)> = match number("--file") {
        Some(file) => vec![("the file".to_owned(), PathBuf::from(file))],
        None => [("audit log, RequestResponse", true), ("audit log, Metadata", false)]
            .map(|(name, bodies)| (name.to_owned(), written(folder.path(), megabytes << 20, bodies)))
            .into(),
    };
    println!("{:<30} {:>9} {:>10} {:>10} {:>12}", "input", "MB", "MB/s CPU", "MB/s", "output/input");
    for (name, file) in &files {
        measure(name, file, folder.path());
    }
    let (file, cache) = (&files[0].1, folder.path().join("cache"));
    open_cached(file, &cache, [7; 32], &mut |_| ControlFlow::Continue(())).unwrap();
    let began = Instant::now();
    open_cached(file, &cache, [7; 32], &mut |_| ControlFlow::Break(())).unwrap();
    println!("opening again: {:.1} ms", began.elapsed().as_secs_f64() * 1e3);
}

fn measure(name: &str, file: &Path, folder: &Path) {
    let output = folder.join(format!("{}.db", name.replace(' ', "-")));
    let options = ImportOptions { output: output.clone(), session: None, recording_id: 7, key: [7; 32], rules: Vec::new() };
    let bytes = std::fs::metadata(file).unwrap().len() as f64;
    let (began, cpu) = (Instant::now(), cpu_seconds());
    let imported = import(&[file.to_owned()], &options, &mut |_| ControlFlow::Continue(())).unwrap();
    let (elapsed, cpu) = (began.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    assert_eq!(imported.unreadable, 0, "{:?}", imported.first_unreadable);
    let share = std::fs::metadata(&output).unwrap().len() as f64 / bytes;
    println!("{name:<30} {:>9.0} {:>10.1} {:>10.1} {share:>12.2}", bytes / 1e6, bytes / 1e6 / cpu, bytes / 1e6 / elapsed);
}

/// The CPU time of the process: user and system, of all threads.
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = text.rsplit_once(')').unwrap().1.split_whitespace().collect();
    // Linux reports them in hundredths of a second.
    (fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()) as f64 / 100.0
}

/// Writes an audit log of about this many bytes.
fn written(folder: &Path, bytes: u64, bodies: bool) -> PathBuf {
    let file = folder.join(format!("audit-{bodies}.log"));
    let mut out = std::io::BufWriter::new(std::fs::File::create(&file).unwrap());
    let (mut written, mut number) = (0, 0);
    while written < bytes {
        number += 1;
        let line = event(number, bodies);
        out.write_all(line.as_bytes()).unwrap();
        written += line.len() as u64;
    }
    out.flush().unwrap();
    file
}

/// An update of a Deployment of about 5 KiB, as an API server logs it.
fn event(number: u64, bodies: bool) -> String {
    let (object, version) = (number % OBJECTS, number / OBJECTS);
    let at = |millis: u64| {
        let (second, milli) = (millis / 1_000, millis % 1_000);
        format!("2026-03-01T{:02}:{:02}:{:02}.{milli:03}000Z", second / 3_600 % 24, second / 60 % 60, second % 60)
    };
    let deployment = |version: u64| {
        let fields: String = (0..40).map(|n| format!(r#""f:field-{n}":{{"f:inner":{{}},"f:other-{n}":{{}}}},"#)).collect();
        let env: String = (0..14).map(|n| format!(r#"{{"name":"SETTING_{n}","value":"{:08x}"}},"#, object * 7_919 + n)).collect();
        format!(
            r#"{{"apiVersion":"apps/v1","kind":"Deployment","metadata":{{"name":"deploy-{object}","namespace":"shop","uid":"u-{object}","resourceVersion":"{}","managedFields":[{{"manager":"operator","operation":"Update","time":"{}","fieldsV1":{{{fields}"f:last":{{}}}}}}]}},"spec":{{"replicas":{},"template":{{"spec":{{"containers":[{{"name":"main","env":[{env}{{"name":"LAST","value":"{version}"}}]}}]}}}}}}}}"#,
            version * OBJECTS + object,
            at(number * 5),
            version % 7,
        )
    };
    let objects = if bodies {
        format!(r#","requestObject":{},"responseObject":{}"#, deployment(version), deployment(version + 1))
    } else {
        String::new()
    };
    format!(
        "{{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\",\"level\":\"RequestResponse\",\"auditID\":\"{number:032x}\",\"stage\":\"ResponseComplete\",\"requestURI\":\"/apis/apps/v1/namespaces/shop/deployments/deploy-{object}\",\"verb\":\"update\",\"user\":{{\"username\":\"system:serviceaccount:shop:operator\",\"uid\":\"x\",\"groups\":[\"system:serviceaccounts\",\"system:authenticated\"],\"extra\":{{\"authentication.kubernetes.io/pod-name\":[\"operator-0\"]}}}},\"sourceIPs\":[\"10.0.0.1\"],\"userAgent\":\"operator/v1 (linux/amd64) kubernetes/abc\",\"objectRef\":{{\"resource\":\"deployments\",\"namespace\":\"shop\",\"name\":\"deploy-{object}\",\"uid\":\"u-{object}\",\"apiGroup\":\"apps\",\"apiVersion\":\"v1\",\"resourceVersion\":\"{}\"}},\"responseStatus\":{{\"metadata\":{{}},\"code\":200}}{objects},\"requestReceivedTimestamp\":\"{}\",\"stageTimestamp\":\"{}\",\"annotations\":{{\"authorization.k8s.io/decision\":\"allow\",\"authorization.k8s.io/reason\":\"RBAC\"}}}}\n",
        version * OBJECTS + object,
        at(number * 5),
        at(number * 5 + 4),
    )
}
