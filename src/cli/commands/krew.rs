//! `kuberewind krew`: the manifest with which krew installs the plugin.

use clap::Args;

use crate::cli::exit::Exit;
use crate::cli::output;
use kuberewind_model::{Error, ErrorKind, Result};

/// The manifest without the platforms.
const HEAD: &str = include_str!("../krew.yaml");
const PLATFORMS: [&str; 4] = ["linux-amd64", "linux-arm64", "darwin-amd64", "darwin-arm64"];

#[derive(Debug, Args)]
pub struct KrewArgs {
    /// Folder of the archives: PLATFORM.tar.gz is appended
    #[arg(long, value_name = "URL")]
    base: String,
    /// SHA-256 of an archive, once for each platform: linux-amd64, linux-arm64, darwin-amd64, darwin-arm64
    #[arg(long, value_name = "PLATFORM=HEX", required = true)]
    sha256: Vec<String>,
}

pub fn run(args: &KrewArgs) -> Result<Exit> {
    output::print(&manifest(args)?)?;
    Ok(Exit::Done)
}

fn manifest(args: &KrewArgs) -> Result<String> {
    let base = args.base.trim_end_matches('/');
    let homepage = base.split("/releases/").next().unwrap_or(base);
    let mut text = HEAD.replace("{version}", env!("CARGO_PKG_VERSION")).replace("{homepage}", homepage);
    for archive in &args.sha256 {
        let (platform, hash) = archive.split_once('=').unwrap_or((archive, ""));
        let known = PLATFORMS.contains(&platform).then(|| platform.split_once('-')).flatten();
        let is_hash = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        let Some((system, machine)) = known.filter(|_| is_hash) else {
            return Err(Error::new(ErrorKind::Invalid, format!("cannot read --sha256 {archive:?}"))
                .hint(format!("write PLATFORM=HEX with 64 hex digits; the platforms are {}", PLATFORMS.join(", "))));
        };
        // krew links the program under the plugin's name, so that it shows `kubectl rewind` in its help.
        text.push_str(&format!(
            "    - selector:\n        matchLabels:\n          os: {system}\n          arch: {machine}\n      \
             uri: {base}/{platform}.tar.gz\n      sha256: {}\n      bin: kuberewind\n      files:\n        \
             - from: kuberewind\n          to: .\n        - from: LICENSE\n          to: .\n",
            hash.to_ascii_lowercase()
        ));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_names_each_archive() {
        let hash = "0123456789abcdef".repeat(4);
        let args = KrewArgs {
            base: "https://example.com/kuberewind/releases/download/v1/".into(),
            sha256: vec![format!("linux-amd64={hash}"), format!("darwin-arm64={}", hash.to_uppercase())],
        };
        let manifest: serde_json::Value = serde_saphyr::from_str(&manifest(&args).unwrap()).unwrap();
        assert_eq!(manifest["metadata"]["name"], "rewind");
        assert_eq!(manifest["spec"]["homepage"], "https://example.com/kuberewind");
        let platform = &manifest["spec"]["platforms"][1];
        assert_eq!(platform["selector"]["matchLabels"]["arch"], "arm64");
        assert_eq!(platform["uri"], "https://example.com/kuberewind/releases/download/v1/darwin-arm64.tar.gz");
        assert_eq!((&platform["sha256"], &platform["bin"]), (&serde_json::json!(hash), &serde_json::json!("kuberewind")));
        assert!(super::manifest(&KrewArgs { base: String::new(), sha256: vec!["windows-amd64=1".into()] }).is_err());
    }
}
