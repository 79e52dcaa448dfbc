//! Requests with the responses of a real server.
//!
//! The `.http` files beside this one have requests and the responses that kube-apiserver gave to them. The tests send the requests to the
//! server in memory and compare. `differences.txt` lists the intended differences with their reasons.
//!
//! - `KUBEREWIND_REAL_CLUSTER=KUBECONFIG` sends the requests to that cluster instead. The expected responses come from a cluster without
//!   controllers, so only such a one gives all of them.
//! - With `KUBEREWIND_WRITE_RESPONSES=1` too, the responses of that cluster replace those in the files.
//!
//! The format is that of HTTP client files: `### name`, method and path, headers, a body; behind `<<<` status, headers and body of the
//! response. `{ns}` is a namespace of its own for each file. `{rv}`, `{uid}` and `{continue}` in a request are those of the last response
//! that had them. In responses they and `{time}`, `{age}`, `{ip}`, `{port}`, `{token}` and `{suffix}` stand for what differs between runs.
//! Managed fields are compared below the line `# managedFields`.

mod differences;
mod file;
mod normal;

use std::collections::BTreeMap;
use std::path::PathBuf;

use http::Request;
use http_body_util::BodyExt;
use kube::Client;
use kube::client::Body;
use kuberewind_cluster::Fidelity;
use serde_json::{Value, json};

use self::differences::{Differences, pointers};
use self::file::{Entry, Response};
use crate::api::Api;

/// The number of requests that the files have at least.
const LEAST: usize = 300;

struct Run {
    client: Client,
    namespace: String,
    /// Texts of the last responses by placeholder.
    seen: BTreeMap<&'static str, String>,
}

impl Run {
    async fn start(client: Client, namespace: String) -> Run {
        let run = Run { client, namespace: namespace.clone(), seen: BTreeMap::new() };
        let entry = |method: &str, path: &str, headers: &[(&str, &str)], body: Value| Entry {
            method: method.to_owned(),
            path: path.to_owned(),
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body: body.to_string(),
            ..Entry::default()
        };
        run.send(&entry("POST", "/api/v1/namespaces", &[], json!({"metadata": {"name": namespace}}))).await;
        // A cluster with controllers creates the account itself.
        let accounts = "/api/v1/namespaces/{ns}/serviceaccounts";
        run.send(&entry("POST", accounts, &[], json!({"metadata": {"name": "default"}}))).await;
        let merge = [("Content-Type", "application/merge-patch+json")];
        run.send(&entry("PATCH", &format!("{accounts}/default"), &merge, json!({"automountServiceAccountToken": false}))).await;
        run
    }

    /// Fills placeholders of a request.
    fn fill(&self, text: &str) -> String {
        let mut text = text.replace("{ns}", &self.namespace);
        for (name, value) in &self.seen {
            text = text.replace(&format!("{{{name}}}"), value);
        }
        text
    }

    async fn send(&self, entry: &Entry) -> (u16, Vec<(String, String)>, String) {
        let path = self.fill(&entry.path).replace(' ', "%20").replace('>', "%3E");
        let mut request = Request::builder().method(entry.method.as_str()).uri(path);
        let named = |name: &str| entry.headers.iter().any(|(one, _)| one.eq_ignore_ascii_case(name));
        for (name, value) in [("Accept", "application/json"), ("User-Agent", "requests/1"), ("Content-Type", "application/json")]
        {
            if !named(name) && (name != "Content-Type" || !entry.body.is_empty()) {
                request = request.header(name, value);
            }
        }
        for (name, value) in &entry.headers {
            request = request.header(name, self.fill(value));
        }
        let request = request.body(Body::from(self.fill(&entry.body).into_bytes())).unwrap();
        let (parts, body) = self.client.send(request).await.unwrap().into_parts();
        let kept = |name: &str| matches!(name, "warning" | "retry-after" | "allow");
        let headers = parts.headers.iter().filter(|(name, _)| kept(name.as_str()));
        let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
        let body = body.collect().await.unwrap().to_bytes();
        (parts.status.as_u16(), headers, String::from_utf8_lossy(&body).into_owned())
    }

    /// Sends a request and returns its response with placeholders.
    async fn respond(&mut self, entry: &Entry) -> Response {
        let (code, headers, body) = self.send(entry).await;
        let parsed: Option<Value> = serde_json::from_str(&body).ok();
        let metadata = parsed.as_ref().map(|object| &object["metadata"]).cloned().unwrap_or_default();
        for (field, name) in [("resourceVersion", "rv"), ("uid", "uid"), ("continue", "continue")] {
            if let Some(value) = metadata[field].as_str().filter(|value| !value.is_empty()) {
                self.seen.insert(name, value.to_owned());
            }
        }
        let headers = headers.into_iter().map(|(name, value)| (name, normal::text(&value, &self.namespace))).collect();
        let body = match parsed {
            Some(object) => normal::object(object, &self.namespace, entry.compares_managed_fields()),
            None => Value::String(normal::text(body.trim(), &self.namespace)),
        };
        Response { code, headers, body }
    }
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cluster/requests")
}

/// The files by name, in order.
fn files() -> BTreeMap<String, PathBuf> {
    let files = std::fs::read_dir(folder()).unwrap().map(|file| file.unwrap().path());
    let files = files.filter(|file| file.extension().is_some_and(|end| end == "http"));
    files.map(|file| (file.file_stem().unwrap().to_str().unwrap().to_owned(), file)).collect()
}

/// A client of the cluster that the environment names.
async fn real_cluster() -> Option<Client> {
    let file = std::env::var_os("KUBEREWIND_REAL_CLUSTER")?;
    let config = kube::config::Kubeconfig::read_from(PathBuf::from(file)).unwrap();
    let mut config = kube::Config::from_custom_kubeconfig(config, &kube::config::KubeConfigOptions::default()).await.unwrap();
    // A refusal such as 504 is the response, and no reason to ask again for minutes.
    config.default_retry = false;
    Some(Client::try_from(config).unwrap())
}

/// A namespace that no earlier run had.
fn own_namespace(file: &str) -> String {
    let time = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis() % 100_000_000;
    let letters: String = file.chars().filter(char::is_ascii_lowercase).take(4).collect();
    format!("rq-{letters}-{time}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn responses_are_those_of_a_real_server() {
    let real = real_cluster().await;
    let write = std::env::var_os("KUBEREWIND_WRITE_RESPONSES").is_some();
    assert!(!write || real.is_some(), "responses come from the cluster that KUBEREWIND_REAL_CLUSTER names");
    let intended = if real.is_some() { Differences::default() } else { Differences::read(&folder().join("differences.txt")) };
    let (mut count, mut wrong) = (0, Vec::new());
    for (name, path) in files() {
        let mut file = file::File::parse(&std::fs::read_to_string(&path).unwrap());
        let api = Api::with(|options| options.fidelity = Fidelity::Real);
        let client = real.clone().unwrap_or_else(|| api.cluster.client());
        let mut run = Run::start(client, own_namespace(&name)).await;
        for entry in &mut file.entries {
            count += 1;
            let response = run.respond(entry).await;
            if write {
                entry.response = response;
                continue;
            }
            for (pointer, words) in pointers(&entry.response, &response) {
                if !intended.allows(&format!("{name}/{}", entry.name), &pointer) {
                    wrong.push(format!("{name}/{} {pointer}: {words}", entry.name));
                }
            }
        }
        if write {
            std::fs::write(&path, file.render()).unwrap();
        }
    }
    wrong.extend(intended.unused().map(|entry| format!("{entry} is no difference any more")));
    assert!(count >= LEAST, "{count} requests");
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}
