//! Who makes a call, as far as a proxy can know.
//!
//! `--actor` wins. Otherwise the first word of the user agent, where it names a program (`manager/v0.0.0 (linux/amd64) …` is `manager`);
//! library names (`Go-http-client/1.1`, `kube-rs`) name nobody. Then it is the recorded child; and where there is none, the field manager
//! that the connection has shown, as operators have their own connections.

use std::sync::{Arc, Mutex, PoisonError};

use http::HeaderMap;
use http::header::USER_AGENT;

use crate::k8s::user_agent;

/// Names are cut here: they come off the wire.
const LONGEST: usize = 100;

/// How callers are named.
#[derive(Debug, Clone, Default)]
pub struct Naming {
    /// As the user said: `--actor`.
    pub given: Option<Arc<str>>,
    /// The recorded child's program.
    pub child: Option<Arc<str>>,
}

/// What a connection has shown of who uses it.
#[derive(Debug, Default)]
pub struct Caller(Mutex<Option<Arc<str>>>);

impl Naming {
    /// The actor of a call on `connection`.
    pub fn actor(&self, headers: &HeaderMap, field_manager: &str, connection: &Caller) -> Arc<str> {
        if let Some(given) = &self.given {
            return given.clone();
        }
        if let Some(program) = program(headers) {
            return program;
        }
        if let Some(child) = &self.child {
            return child.clone();
        }
        let mut known = connection.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(manager) = plain(field_manager) {
            *known = Some(manager);
        }
        known.clone().unwrap_or_else(|| Arc::from("client"))
    }
}

fn program(headers: &HeaderMap) -> Option<Arc<str>> {
    plain(user_agent::program(headers.get(USER_AGENT)?.to_str().ok()?)?)
}

/// A name that is fit to be shown; `None` where nothing is left of it.
fn plain(name: &str) -> Option<Arc<str>> {
    let name: String = name.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
    let name = name.trim();
    if name.is_empty() { None } else { Some(Arc::from(name)) }
}

#[cfg(test)]
mod tests {
    use http::header::USER_AGENT;
    use http::{HeaderMap, HeaderValue};

    use super::{Caller, Naming};

    fn agent(text: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(USER_AGENT, HeaderValue::from_static(text))])
    }

    #[test]
    fn several_operators_are_told_apart() {
        let naming = Naming::default();
        let (first, second) = (Caller::default(), Caller::default());
        assert_eq!(&*naming.actor(&agent("manager/v0.0.0 (linux/amd64) kubernetes/$Format"), "", &first), "manager");
        assert_eq!(&*naming.actor(&agent("Go-http-client/1.1"), "", &first), "client");
        assert_eq!(&*naming.actor(&agent("Go-http-client/1.1"), "hpa", &first), "hpa");
        assert_eq!(&*naming.actor(&agent("Go-http-client/1.1"), "", &first), "hpa", "the connection remembers");
        assert_eq!(&*naming.actor(&HeaderMap::new(), "", &second), "client", "another connection does not");
    }

    #[test]
    fn what_the_user_says_wins_and_the_child_is_known() {
        let child = Naming { given: None, child: Some("checkout".into()) };
        assert_eq!(&*child.actor(&HeaderMap::new(), "shop-operator", &Caller::default()), "checkout");
        assert_eq!(&*child.actor(&agent("kubectl/v1.32.4 (linux/amd64)"), "", &Caller::default()), "kubectl");
        let given = Naming { given: Some("me".into()), ..child };
        assert_eq!(&*given.actor(&agent("kubectl/v1.32.4"), "", &Caller::default()), "me");
    }
}
