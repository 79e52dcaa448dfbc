//! What a `User-Agent` says of who makes a call: `manager/v0.0.0 (linux/amd64) kubernetes/$Format` is `manager`, and
//! `kubelite/v1.25.6 (linux/amd64) kubernetes/ff2c119/leader-election` is the part `leader-election` of `kubelite`.

/// First words of user agents that name a library, not a program.
const LIBRARIES: [&str; 12] = [
    "go-http-client",
    "kube-rs",
    "kube-client",
    "python-requests",
    "python-urllib",
    "openapi-generator",
    "java",
    "okhttp",
    "fabric8-kubernetes-client",
    "kubernetes-client",
    "axios",
    "hyper",
];

/// The program, by the first word; `None` where that names a library, as `Go-http-client/1.1` does, or nothing.
#[must_use]
pub fn program(agent: &str) -> Option<&str> {
    let name = agent.split_whitespace().next()?.split('/').next()?;
    let library = LIBRARIES.iter().any(|library| name.eq_ignore_ascii_case(library));
    (!library && !name.is_empty()).then_some(name)
}

/// The part of the program, as client-go's `AddUserAgent` appends it: what follows the commit in the last word.
#[must_use]
pub fn component(agent: &str) -> Option<&str> {
    let last = agent.split_whitespace().skip(1).last()?;
    let part = last.splitn(3, '/').nth(2)?;
    (!part.is_empty()).then_some(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_and_their_parts() {
        let elected = "kubelite/v1.25.6 (linux/amd64) kubernetes/ff2c119/leader-election";
        assert_eq!((program(elected), component(elected)), (Some("kubelite"), Some("leader-election")));
        let plain = "manager/v0.0.0 (linux/amd64) kubernetes/$Format";
        assert_eq!((program(plain), component(plain)), (Some("manager"), None));
        assert_eq!((program("Go-http-client/1.1"), component("Go-http-client/1.1")), (None, None));
        assert_eq!((program(""), component("")), (None, None));
    }
}
