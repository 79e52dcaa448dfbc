//! Flags of KubeStep that select its storage. Scripts that pass them keep working.

use clap::Args;

#[derive(Debug, Clone, Args)]
pub struct StorageArgs {
    /// Only SQLite is read
    #[arg(long, hide = true, value_name = "KIND", value_parser = ["sqlite"])]
    storage: Option<String>,
    /// Ignored
    #[arg(long, hide = true, value_name = "URI")]
    mongo_uri: Option<String>,
    /// Ignored
    #[arg(long, hide = true, value_name = "NAME")]
    mongo_db: Option<String>,
}
