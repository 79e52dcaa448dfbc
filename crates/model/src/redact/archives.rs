//! Compressed texts in base64, such as Helm's releases and `objectset.rio.cattle.io/applied`: the documents in them, which may hold
//! Secrets. Only their hash is stored.

use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::MultiGzDecoder;

use super::yaml;

/// The beginning of a gzip stream in base64, once and twice.
pub(super) const GZIP: &str = "H4sI";
pub(super) const GZIP_TWICE: &str = "SDRzS";

/// The longest compressed text that is read, and what is read of it, in bytes. etcd stores 1.5 MiB.
const MAX_PACKED: usize = 4 << 20;
const MAX_PLAIN: u64 = 8 << 20;

/// Documents of one manifest.
const MAX_DOCUMENTS: usize = 256;

/// Decompresses a text; `None` if it is no base64 of gzip, or not in UTF-8. A longer text is cut.
pub(super) fn unpacked(text: &str) -> Option<String> {
    let text = text.trim();
    if text.len() > MAX_PACKED {
        return None;
    }
    let packed = match text {
        once if once.starts_with(GZIP) => STANDARD.decode(once).ok()?,
        twice if twice.starts_with(GZIP_TWICE) => STANDARD.decode(STANDARD.decode(twice).ok()?).ok()?,
        _ => return None,
    };
    let mut plain = Vec::new();
    // What precedes an error is read.
    let done = MultiGzDecoder::new(packed.as_slice()).take(MAX_PLAIN).read_to_end(&mut plain);
    if done.is_err() && plain.is_empty() {
        return None;
    }
    match std::str::from_utf8(&plain) {
        Ok(_) => {}
        // The cut may be within a character.
        Err(error) if error.error_len().is_none() => plain.truncate(error.valid_up_to()),
        Err(_) => return None,
    }
    String::from_utf8(plain).ok()
}

/// The Secrets of a manifest of several YAML documents, each as JSON.
pub(super) fn secrets_of_manifest(manifest: &str) -> Vec<String> {
    let mut documents = Vec::new();
    let mut rest = manifest;
    while !rest.is_empty() && documents.len() < MAX_DOCUMENTS {
        let (document, next) = rest.split_once("\n---").unwrap_or((rest, ""));
        rest = next;
        let document = document.trim_start_matches("---");
        if document.lines().any(|line| line.trim_end() == "kind: Secret") {
            documents.extend(yaml::to_json(document));
        }
    }
    documents
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn packed(text: &[u8]) -> String {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(text).unwrap();
        STANDARD.encode(gzip.finish().unwrap())
    }

    #[test]
    fn a_release_is_unpacked_once_or_twice_and_nothing_else_is() {
        let once = packed(b"{\"name\":\"shop\"}");
        assert_eq!(unpacked(&once).as_deref(), Some("{\"name\":\"shop\"}"));
        assert_eq!(unpacked(&STANDARD.encode(&once)).as_deref(), Some("{\"name\":\"shop\"}"));
        for text in ["", "H4sI", "SDRzS", "H4sIAAAA", "hello"] {
            assert_eq!(unpacked(text), None, "{text}");
        }
        let bomb = packed(&vec![b' '; 64 << 20]);
        assert!(unpacked(&bomb).is_some_and(|text| text.len() as u64 == MAX_PLAIN));
        let cut_in_a_character = packed("€".repeat(4 << 20).as_bytes());
        assert!(unpacked(&cut_in_a_character).is_some_and(|text| text.len() as u64 == MAX_PLAIN - MAX_PLAIN % 3));
    }

    #[test]
    fn the_secrets_of_a_manifest_are_found() {
        let manifest = "---\n# Source: shop/a.yaml\napiVersion: v1\nkind: Secret\nstringData:\n  a: b\n---\nkind: Pod\n---\nkind: Secret\ndata: {x: eQ==}\n";
        assert_eq!(
            secrets_of_manifest(manifest),
            [r#"{"apiVersion":"v1","kind":"Secret","stringData":{"a":"b"}}"#, r#"{"kind":"Secret","data":{"x":"eQ=="}}"#]
        );
    }
}
