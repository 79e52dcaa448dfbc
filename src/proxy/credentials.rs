//! What opens the API server, and must not be found in a recording: the user's token, password and client key.

use base64::prelude::{BASE64_STANDARD, Engine};
use kube::Config;

/// Shorter ones would be found in every other word.
const SHORTEST: usize = 4;

/// The credentials of a configuration, each as it could be printed. Those that an exec plugin or an auth provider hands out are drawn
/// when they are needed, by no process but this one.
#[must_use]
pub fn of(config: &Config) -> Vec<String> {
    // The configuration keeps its secrets from being printed; its own serialisation is the way to read them.
    let auth = serde_json::to_value(&config.auth_info).unwrap_or_default();
    let text = |name: &str| auth.get(name).and_then(serde_json::Value::as_str).map(str::to_owned);
    let key = text("client-key-data");
    let decoded =
        key.as_ref().and_then(|key| BASE64_STANDARD.decode(key.trim()).ok()).and_then(|key| String::from_utf8(key).ok());
    // What is in a file may be replaced while we run; what is there now is what the program could have read.
    let files = ["tokenFile", "client-key"].into_iter().filter_map(text).filter_map(|file| std::fs::read_to_string(file).ok());
    let values = [text("token"), text("password"), key, decoded].into_iter().flatten().chain(files);
    values.map(|value| value.trim().to_owned()).filter(|value| value.len() >= SHORTEST).collect()
}

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_STANDARD, Engine};
    use kube::config::{KubeConfigOptions, Kubeconfig};

    #[tokio::test]
    async fn all_that_a_kubeconfig_holds() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("token");
        std::fs::write(&file, "t0ken-of-a-file\n").expect("written");
        let pem = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\n-----END PRIVATE KEY-----\n";
        let user = serde_json::json!({
            "token": "t0ken", "password": "passw0rd", "tokenFile": file, "client-key-data": BASE64_STANDARD.encode(pem),
        });
        let config: Kubeconfig = serde_json::from_value(serde_json::json!({
            "current-context": "c", "clusters": [{"name": "c", "cluster": {"server": "http://127.0.0.1:1"}}],
            "users": [{"name": "u", "user": user}], "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        }))
        .expect("a kubeconfig");
        let config = kube::Config::from_custom_kubeconfig(config, &KubeConfigOptions::default()).await.expect("a config");
        let found = super::of(&config);
        for wanted in ["t0ken", "passw0rd", "t0ken-of-a-file", pem.trim(), &BASE64_STANDARD.encode(pem)] {
            assert!(found.iter().any(|value| value == wanted), "{wanted}");
        }
    }
}
