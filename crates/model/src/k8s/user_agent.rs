//! Parses `User-Agent` headers. `manager/v0.0.0 (linux/amd64) kubernetes/$Format` is the program `manager`; `kubelite/v1.25.6
//! (linux/amd64) kubernetes/ff2c119/leader-election` is the component `leader-election` of `kubelite`.

/// User agents of client libraries, which do not identify a program.
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

/// The program name: the first word. `None` for a client library such as `Go-http-client/1.1`.
#[must_use]
pub fn program(agent: &str) -> Option<&str> {
    let name = agent.split_whitespace().next()?.split('/').next()?;
    let is_library = LIBRARIES.iter().any(|library| name.eq_ignore_ascii_case(library));
    (!is_library && !name.is_empty()).then_some(name)
}

/// True for several products without the platform in parentheses that Kubernetes' clients send.
#[must_use]
pub fn is_product_list(agent: &str) -> bool {
    agent.split_whitespace().count() > 1 && !agent.contains('(')
}

/// The component that client-go's `AddUserAgent` appends after the commit in the last word.
#[must_use]
pub fn component(agent: &str) -> Option<&str> {
    let last = agent.split_whitespace().skip(1).last()?;
    let component = last.splitn(3, '/').nth(2)?;
    (!component.is_empty()).then_some(component)
}

/// The project whose commit is in the last word: `cert-manager` of `… cert-manager/COMMIT`.
#[must_use]
pub fn project(agent: &str) -> Option<&str> {
    agent.split_whitespace().skip(1).last()?.split_once('/').map(|(project, _)| project).filter(|project| !project.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_programs_and_components() {
        let elected = "kubelite/v1.25.6 (linux/amd64) kubernetes/ff2c119/leader-election";
        assert_eq!((program(elected), component(elected)), (Some("kubelite"), Some("leader-election")));
        let plain = "manager/v0.0.0 (linux/amd64) kubernetes/$Format";
        assert_eq!((program(plain), component(plain)), (Some("manager"), None));
        assert_eq!((program("Go-http-client/1.1"), component("Go-http-client/1.1")), (None, None));
        assert_eq!((program(""), component("")), (None, None));
    }
}
