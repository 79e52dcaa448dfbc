//! Who makes a call, as far as a proxy can know.
//!
//! `--actor` wins. Otherwise the first word of the user agent, where it names a program (`manager/v0.0.0 (linux/amd64) …` is `manager`);
//! library names (`Go-http-client/1.1`, `kube-rs`) name nobody. Then it is the program at the other end of the connection, where that can be
//! known (see [`super::peers`]): each of those that the recorded child has started, else the child. Where there is no child, it is the
//! field manager that the connection has shown, as operators have their own connections.

use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use http::HeaderMap;
use http::header::USER_AGENT;

use kuberewind_capture::PendingActor;
use kuberewind_model::k8s::user_agent;

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

/// What is known of who uses a connection.
#[derive(Debug)]
pub struct Caller {
    /// The field manager that it has shown.
    manager: Mutex<Option<Arc<str>>>,
    /// The program at its other end: asked for with the first call that does not say whose it is.
    program: LazyLock<Option<Arc<PendingActor>>, Ask>,
}

/// Begins to ask for a program; `None` where it cannot become known.
type Ask = Box<dyn FnOnce() -> Option<Arc<PendingActor>> + Send>;

impl Caller {
    /// Somebody whose program can be asked for.
    #[must_use]
    pub fn new(ask: impl FnOnce() -> Option<Arc<PendingActor>> + Send + 'static) -> Caller {
        Caller { manager: Mutex::default(), program: LazyLock::new(Box::new(ask)) }
    }
}

/// The actor of a call.
#[derive(Debug, Clone)]
pub struct Actor {
    /// Its name, as far as that is known now.
    pub name: Arc<str>,
    /// A better one, which may still be on its way.
    pub late: Option<Arc<PendingActor>>,
}

impl From<Arc<str>> for Actor {
    fn from(name: Arc<str>) -> Actor {
        Actor { name, late: None }
    }
}

impl Naming {
    /// The actor of a call on `connection`.
    pub fn actor(&self, headers: &HeaderMap, field_manager: &str, connection: &Caller) -> Actor {
        if let Some(known) = self.given.clone().or_else(|| program(headers)) {
            return known.into();
        }
        if let Some(child) = &self.child {
            return Actor { name: child.clone(), late: (*connection.program).clone() };
        }
        let mut known = connection.manager.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(manager) = plain(field_manager) {
            *known = Some(manager);
        }
        known.clone().unwrap_or_else(|| Arc::from("client")).into()
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
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use http::header::USER_AGENT;
    use http::{HeaderMap, HeaderValue};

    use super::{Caller, Naming};
    use kuberewind_capture::PendingActor;

    fn agent(text: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(USER_AGENT, HeaderValue::from_static(text))])
    }

    fn nobody() -> Caller {
        Caller::new(|| None)
    }

    fn name(naming: &Naming, headers: &HeaderMap, manager: &str, caller: &Caller) -> Arc<str> {
        naming.actor(headers, manager, caller).name
    }

    #[test]
    fn several_operators_are_told_apart() {
        let naming = Naming::default();
        let (first, second) = (nobody(), nobody());
        assert_eq!(&*name(&naming, &agent("manager/v0.0.0 (linux/amd64) kubernetes/$Format"), "", &first), "manager");
        assert_eq!(&*name(&naming, &agent("Go-http-client/1.1"), "", &first), "client");
        assert_eq!(&*name(&naming, &agent("Go-http-client/1.1"), "hpa", &first), "hpa");
        assert_eq!(&*name(&naming, &agent("Go-http-client/1.1"), "", &first), "hpa", "the connection remembers");
        assert_eq!(&*name(&naming, &HeaderMap::new(), "", &second), "client", "another connection does not");
    }

    #[test]
    fn what_the_user_says_wins_and_the_child_is_known() {
        let child = Naming { given: None, child: Some("checkout".into()) };
        assert_eq!(&*name(&child, &HeaderMap::new(), "shop-operator", &nobody()), "checkout");
        assert_eq!(&*name(&child, &agent("kubectl/v1.32.4 (linux/amd64)"), "", &nobody()), "kubectl");
        let asks = Arc::new(AtomicU32::new(0));
        let counted = asks.clone();
        let asked = Caller::new(move || {
            counted.fetch_add(1, Ordering::SeqCst);
            Some(Arc::new(PendingActor::default()))
        });
        let late = |headers: &HeaderMap| child.actor(headers, "", &asked).late.is_some();
        assert!(!late(&agent("kubectl/v1.32.4")), "what a client says of itself stands");
        assert_eq!(asks.load(Ordering::SeqCst), 0, "and nobody is asked");
        assert!(late(&agent("Go-http-client/1.1")) && late(&HeaderMap::new()), "several may run below the child");
        assert_eq!(asks.load(Ordering::SeqCst), 1, "once a connection");
        let given = Naming { given: Some("me".into()), ..child };
        assert_eq!(&*name(&given, &agent("kubectl/v1.32.4"), "", &nobody()), "me");
    }
}
