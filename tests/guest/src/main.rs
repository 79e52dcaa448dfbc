//! An operator that hashes a part of its objects, as many do to roll pods when a configuration changes.
//!
//! Its tests pass with and without the feature `recorder`: the recorder does not change what the operator computes.

#[cfg(all(test, feature = "recorder"))]
mod recorded;

use k8s_openapi::api::core::v1::ConfigMap;
use serde_json::Value;

/// A configuration with keys out of order, and numbers that `serde_json` rounds unless `arbitrary_precision` is on.
const CONFIGURATION: &str = r#"{"zone":"b","replicas":3,"limits":{"memory":1.10,"cpu":1e2},
    "id":123456789012345678901234567890,"big":18446744073709551615,"area":[{"y":1,"x":-2.50}]}"#;

/// FNV-1a of the text that `serde_json` writes for a value.
fn hash(value: &Value) -> u64 {
    value.to_string().bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The operator's step: annotates an object with the hash of its configuration.
fn annotate(object: &mut ConfigMap, configuration: &Value) {
    let annotations = object.metadata.annotations.get_or_insert_default();
    annotations.insert("example.com/configuration-hash".into(), format!("{:016x}", hash(configuration)));
}

fn main() -> Result<(), serde_json::Error> {
    let mut object = ConfigMap::default();
    annotate(&mut object, &serde_json::from_str(CONFIGURATION)?);
    println!("{}", serde_json::to_string(&object)?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_one_that_the_operator_computes_without_the_recorder() {
        let value: Value = serde_json::from_str(CONFIGURATION).unwrap();
        // Keys are sorted (no `preserve_order`) and numbers are rounded (no `arbitrary_precision`).
        let text = r#"{"area":[{"x":-2.5,"y":1}],"big":18446744073709551615,"id":1.2345678901234568e+29,"limits":{"cpu":100.0,"memory":1.1},"replicas":3,"zone":"b"}"#;
        assert_eq!(value.to_string(), text);
        assert_eq!(hash(&value), 0xb9d7_6c8a_4f49_ba93);
        let mut object = ConfigMap::default();
        annotate(&mut object, &value);
        let annotations = object.metadata.annotations.unwrap();
        assert_eq!(annotations["example.com/configuration-hash"], "b9d76c8a4f49ba93");
    }

    #[test]
    fn the_operator_chooses_the_kubernetes_version() {
        let mut version = String::from("another one");
        k8s_openapi::k8s_if_1_34! { version = version.replace("another one", "1.34"); }
        assert_eq!(version, "1.34");
    }
}
