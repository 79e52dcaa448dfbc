//! The user's credentials for the API server (token, password, client key), which must not appear in a recording.

use base64::prelude::{BASE64_STANDARD, Engine};
use kube::Config;

/// Shorter values would match ordinary words.
const MIN_LENGTH: usize = 4;

/// Lists the credentials of a configuration in every form in which they could be printed. It omits those of exec plugins and
/// auth providers, which only this process receives.
#[must_use]
pub fn of_config(config: &Config) -> Vec<String> {
    // `kube` hides the secrets in its debug output; its serialisation contains them.
    let auth = serde_json::to_value(&config.auth_info).unwrap_or_default();
    let text = |name: &str| auth.get(name).and_then(serde_json::Value::as_str).map(str::to_owned);
    let key = text("client-key-data");
    let decoded =
        key.as_ref().and_then(|key| BASE64_STANDARD.decode(key.trim()).ok()).and_then(|key| String::from_utf8(key).ok());
    // A file may be replaced while we run; the current content is the one that the program could have read.
    let files = ["tokenFile", "client-key"].into_iter().filter_map(text).filter_map(|file| std::fs::read_to_string(file).ok());
    let values = [text("token"), text("password"), key, decoded].into_iter().flatten().chain(files);
    values.map(|value| value.trim().to_owned()).filter(|value| value.len() >= MIN_LENGTH).collect()
}

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_STANDARD, Engine};
    use kube::config::{KubeConfigOptions, Kubeconfig};

    #[tokio::test]
    async fn all_credentials_of_a_kubeconfig_are_found() {
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
        let found = super::of_config(&config);
        for wanted in ["t0ken", "passw0rd", "t0ken-of-a-file", pem.trim(), &BASE64_STANDARD.encode(pem)] {
            assert!(found.iter().any(|value| value == wanted), "{wanted}");
        }
    }
}
