//! Requests JSON instead of binary encodings.
//!
//! Go clients of the built-in types accept protobuf (newer ones CBOR) before JSON. The proxy removes both from `Accept`, so
//! that the server sends JSON, which can be recorded. Clients decode by `Content-Type`, so they accept it. Parameters
//! (`;stream=watch`, `;as=Table;v=v1;g=meta.k8s.io`, quality) stay.

use http::header::ACCEPT;
use http::{HeaderMap, HeaderValue};

/// Media types of Kubernetes' binary encodings.
const BINARY: [&str; 3] = ["application/vnd.kubernetes.protobuf", "application/cbor", "application/cbor-seq"];

/// Removes the binary encodings from `Accept`. If nothing else is left, JSON replaces them.
pub fn ask_for_json(headers: &mut HeaderMap) {
    let offered: Vec<&str> = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
    if !offered.iter().any(|value| BINARY.iter().any(|binary| value.contains(binary))) {
        return;
    }
    let ranges: Vec<&str> = offered.iter().flat_map(|value| value.split(',')).map(str::trim).filter(|r| !r.is_empty()).collect();
    let rest: Vec<&str> = ranges.iter().copied().filter(|range| !is_binary(range)).collect();
    let value =
        if rest.is_empty() { ranges.iter().map(|range| as_json(range)).collect::<Vec<_>>().join(",") } else { rest.join(",") };
    // The parts are valid header values, so this cannot fail; otherwise the client's header would stay.
    if let Ok(value) = HeaderValue::from_str(&value) {
        headers.insert(ACCEPT, value);
    }
}

fn is_binary(range: &str) -> bool {
    let media_type = range.split(';').next().unwrap_or_default().trim();
    BINARY.iter().any(|binary| media_type.eq_ignore_ascii_case(binary))
}

fn as_json(range: &str) -> String {
    match range.split_once(';') {
        Some((_, parameters)) => format!("application/json;{parameters}"),
        None => "application/json".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use http::header::ACCEPT;
    use http::{HeaderMap, HeaderValue};

    use super::ask_for_json;

    fn rewritten(accept: &'static str) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static(accept));
        ask_for_json(&mut headers);
        headers[ACCEPT].to_str().expect("text").to_owned()
    }

    #[test]
    fn binary_encodings_are_removed_and_the_rest_is_unchanged() {
        assert_eq!(rewritten("application/vnd.kubernetes.protobuf,application/json"), "application/json");
        assert_eq!(rewritten("application/vnd.kubernetes.protobuf, */*"), "*/*");
        assert_eq!(rewritten("application/cbor, application/json;q=0.9"), "application/json;q=0.9");
        let table = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
        assert_eq!(rewritten(table), table);
        let metadata = "application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
        assert_eq!(rewritten(metadata), "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1");
    }

    #[test]
    fn json_replaces_a_lone_binary_encoding() {
        assert_eq!(rewritten("application/vnd.kubernetes.protobuf;stream=watch"), "application/json;stream=watch");
        assert_eq!(rewritten("application/vnd.kubernetes.protobuf"), "application/json");
    }

    #[test]
    fn no_accept_stays_no_accept() {
        let mut headers = HeaderMap::new();
        ask_for_json(&mut headers);
        assert!(headers.is_empty());
    }
}
