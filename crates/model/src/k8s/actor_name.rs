//! The rule that names actors. The proxy, the recorder's capture, the importers and the queries share it, so that a reconcile, its
//! calls, its watches and its view have one name, and an audit log of the same run has the same one.
//!
//! An actor is `PROCESS` or `PROCESS/CONTROLLER`. The process owns the caches (shared informers) and receives the watch events. The
//! controller runs reconciles. Of several processes with one name, each is `PROCESS@QUALIFIER`.

use std::fmt;

use super::user_agent;

/// Longer names are cut, in characters: they come from the network or from a file.
const MAX_CHARS: usize = 100;

/// Components of a User-Agent header that are parts of the process and no controllers.
const PARTS_OF_PROCESS: [&str; 4] = ["shared-informers", "metadata-informers", "controller-discovery", "dynamic-informers"];

/// Programs that people and scripts run. Their calls are no reconciles, and all their processes are one actor.
const TOOLS: [&str; 12] =
    ["kubectl", "oc", "k9s", "helm", "stern", "kustomize", "kubecolor", "kubens", "kubectx", "headlamp", "lens", "octant"];

/// The known facts about the sender of a call. Unknown texts are ''.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sender<'a> {
    /// The User-Agent header.
    pub user_agent: &'a str,
    /// The program at the client end of the connection.
    pub program: &'a str,
    /// The user, as the API server names it.
    pub user: &'a str,
    /// The field manager of the call.
    pub field_manager: &'a str,
}

/// The name of an actor in its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActorName {
    pub process: String,
    /// '' for the process itself.
    pub controller: String,
}

impl ActorName {
    /// Names the sender of a call: by the program and the component in the User-Agent header, else by the program at the client end,
    /// else by the user. `None` if nothing is known.
    #[must_use]
    pub fn of(sender: &Sender<'_>) -> Option<ActorName> {
        // Products of a tool's vendor, such as `HashiCorp/1.0 Terraform/1.9`, say less than the tool's own service account.
        if user_agent::is_product_list(sender.user_agent)
            && let Some((_, account)) = service_account(sender.user).filter(|(_, account)| *account != "default")
            && let Some(process) = clean(account)
        {
            return Some(ActorName { process, controller: String::new() });
        }
        if let Some(name) = ActorName::of_user_agent(sender.user_agent) {
            return Some(name);
        }
        if let Some(process) = clean(sender.program) {
            return Some(ActorName { process, controller: String::new() });
        }
        let manager = clean(sender.field_manager);
        match (short_user(sender.user), manager) {
            (Some(process), Some(manager)) => Some(ActorName::new(process, manager)),
            (Some(process), None) | (None, Some(process)) => Some(ActorName { process, controller: String::new() }),
            (None, None) => None,
        }
    }

    /// Names the sender by its User-Agent header. `None` if that names a client library or nothing.
    #[must_use]
    pub fn of_user_agent(agent: &str) -> Option<ActorName> {
        let program = clean(user_agent::program(agent)?)?;
        if let Some(component) = user_agent::component(agent) {
            let controller = service_account(component).map_or(component, |(_, name)| name);
            return Some(ActorName::new(program, clean(controller).unwrap_or_default()));
        }
        // cert-manager names each of its controllers as a program: `cert-manager-certificates-trigger/v1.15 (…) cert-manager/COMMIT`.
        let project = user_agent::project(agent).filter(|project| *project != "kubernetes");
        let controller = project.and_then(|project| program.strip_prefix(project)?.strip_prefix('-'));
        match (project, controller) {
            (Some(project), Some(controller)) => Some(ActorName::new(project.to_owned(), controller.to_owned())),
            _ => Some(ActorName { process: program, controller: String::new() }),
        }
    }

    /// A process and one of its controllers. A component that repeats the process, or that is a part of it, is the process itself.
    #[must_use]
    pub fn new(process: String, controller: String) -> ActorName {
        let repeats = process == controller || process.strip_suffix(controller.as_str()).is_some_and(|rest| rest.ends_with('-'));
        let controller = if repeats || PARTS_OF_PROCESS.contains(&controller.as_str()) { String::new() } else { controller };
        ActorName { process, controller }
    }

    /// The parts of a name.
    #[must_use]
    pub fn parse(name: &str) -> ActorName {
        let (process, controller) = name.split_once('/').unwrap_or((name, ""));
        ActorName { process: process.to_owned(), controller: controller.to_owned() }
    }

    /// This actor as a part of a process that is known from elsewhere, for example by its process id. A program that has another name
    /// than its process becomes a controller of it.
    #[must_use]
    pub fn within(&self, process: &str) -> ActorName {
        if self.process == unqualified(process) || !self.controller.is_empty() {
            return ActorName { process: process.to_owned(), controller: self.controller.clone() };
        }
        let own = self.process.strip_prefix(unqualified(process)).and_then(|rest| rest.strip_prefix('-'));
        ActorName::new(process.to_owned(), own.unwrap_or(&self.process).to_owned())
    }

    /// Tells this process from another one with the same name.
    #[must_use]
    pub fn qualified(mut self, qualifier: &str) -> ActorName {
        if let Some(qualifier) = clean(qualifier) {
            self.process = format!("{}@{qualifier}", self.process);
        }
        self
    }

    /// True for the leader election of a process, which runs beside its controllers.
    #[must_use]
    pub fn is_leader_election(&self) -> bool {
        self.controller == "leader-election"
    }
}

impl fmt::Display for ActorName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.process)?;
        if self.controller.is_empty() { Ok(()) } else { write!(f, "/{}", self.controller) }
    }
}

/// The process of an actor: `manager` of `manager/web`.
#[must_use]
pub fn process_of(actor: &str) -> &str {
    actor.split_once('/').map_or(actor, |(process, _)| process)
}

/// A process without its qualifier: `manager` of `manager@shop`.
#[must_use]
pub fn unqualified(process: &str) -> &str {
    process.split_once('@').map_or(process, |(name, _)| name)
}

/// True for a program that people and scripts run, for example `kubectl` and its plugins.
#[must_use]
pub fn is_tool(actor: &str) -> bool {
    let program = unqualified(process_of(actor));
    TOOLS.contains(&program) || program.starts_with("kubectl-")
}

/// The namespace and the name of a service account's user.
#[must_use]
pub fn service_account(user: &str) -> Option<(&str, &str)> {
    user.strip_prefix("system:serviceaccount:")?.split_once(':').filter(|(_, name)| !name.is_empty())
}

/// A short name of a user: the service account, the node, or the user without `system:`.
#[must_use]
pub fn short_user(user: &str) -> Option<String> {
    match service_account(user) {
        // Every namespace has an account with this name.
        Some((_, "default")) | None => {
            let account = service_account(user).map(|(namespace, name)| format!("{name}.{namespace}"));
            let short = user.strip_prefix("system:node:").or_else(|| user.strip_prefix("system:")).unwrap_or(user);
            clean(account.as_deref().unwrap_or(short))
        }
        Some((_, name)) => clean(name),
    }
}

/// Removes control characters, replaces the separators of actor names, and cuts the name. `None` if nothing is left.
fn clean(name: &str) -> Option<String> {
    let kept = name.trim().chars().filter(|c| !c.is_control()).take(MAX_CHARS);
    let name: String = kept.map(|c| if c == '/' { ':' } else { c }).collect();
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::{ActorName, Sender, is_tool, process_of, short_user, unqualified};

    const GO: &str = "(linux/amd64) kubernetes/abc";

    #[test]
    fn one_rule_names_every_sender() {
        let kcm = "kube-controller-manager/v1.35.4 (linux/amd64) kubernetes/abc";
        let account = "system:serviceaccount:kube-system:deployment-controller";
        let sa_agent = format!("{kcm}/{account}");
        for (agent, program, user, manager, expected) in [
            // A controller of kube-controller-manager, with and without an account of its own, in a recording and in an audit log.
            (sa_agent.as_str(), "", account, "", "kube-controller-manager/deployment-controller"),
            (sa_agent.as_str(), "sh", "", "", "kube-controller-manager/deployment-controller"),
            (&format!("{kcm}/deployment-controller"), "", "admin", "", "kube-controller-manager/deployment-controller"),
            // Shared caches belong to the process; leader election runs beside the controllers.
            (&format!("{kcm}/shared-informers"), "", "system:kube-controller-manager", "", "kube-controller-manager"),
            (&format!("{kcm}/kube-controller-manager"), "", "", "", "kube-controller-manager"),
            (&format!("{kcm}/leader-election"), "", "", "", "kube-controller-manager/leader-election"),
            (&format!("kube-scheduler/v1.35 {GO}/scheduler"), "", "system:kube-scheduler", "", "kube-scheduler"),
            // An operator made with kubebuilder.
            (&format!("manager/v0.0.0 {GO}"), "", "system:serviceaccount:shop:shop-controller-manager", "", "manager"),
            (&format!("manager/v0.0.0 {GO}"), "bash", "", "shop", "manager"),
            // cert-manager.
            ("cert-manager/v1.15 (linux/amd64) cert-manager/abc", "controller", "", "", "cert-manager"),
            (
                "cert-manager-certificates-trigger/v1.15 (linux/amd64) cert-manager/abc",
                "controller",
                "system:serviceaccount:cert-manager:cert-manager",
                "",
                "cert-manager/certificates-trigger",
            ),
            // A library's name says nothing: the program does, else the user and the field manager.
            ("Go-http-client/2.0", "checkout", "system:serviceaccount:shop:checkout", "", "checkout"),
            ("kube-rs", "", "system:serviceaccount:shop:checkout", "checkout", "checkout"),
            ("kube-rs", "", "system:serviceaccount:shop:shop-operator", "hpa", "shop-operator/hpa"),
            ("HashiCorp/1.0 Terraform/1.9", "", "system:serviceaccount:ci:gitops", "terraform", "gitops"),
            ("HashiCorp/1.0 Terraform/1.9", "", "", "terraform", "HashiCorp"),
            ("", "", "system:node:worker-1", "", "worker-1"),
            ("", "", "arn:aws:iam::1:role/Admin", "", "arn:aws:iam::1:role:Admin"),
            ("", "", "", "hpa", "hpa"),
            ("evil\u{1b}[2J/1", "", "admin", "", "evil[2J"),
        ] {
            let sender = Sender { user_agent: agent, program, user, field_manager: manager };
            let named = ActorName::of(&sender).map(|name| name.to_string());
            assert_eq!(named.as_deref(), Some(expected), "{sender:?}");
        }
        assert_eq!(ActorName::of(&Sender { user_agent: "Go-http-client/2.0", ..Sender::default() }), None);
    }

    #[test]
    fn a_process_that_is_known_by_its_id_owns_its_programs() {
        let within = |name: &str, process: &str| ActorName::parse(name).within(process).to_string();
        assert_eq!(within("manager", "manager@2"), "manager@2");
        assert_eq!(within("manager/leader-election", "manager@2"), "manager@2/leader-election");
        assert_eq!(within("cert-manager-acme", "cert-manager"), "cert-manager/acme");
        assert_eq!(within("kopf", "op.py"), "op.py/kopf");
        assert_eq!(within("kubelet/leader-election", "kubelite"), "kubelite/leader-election");
    }

    #[test]
    fn names_are_taken_apart() {
        assert_eq!((process_of("manager@2/web"), unqualified("manager@2")), ("manager@2", "manager"));
        assert_eq!(short_user("system:serviceaccount:shop:default").as_deref(), Some("default.shop"));
        assert_eq!(short_user("system:kube-scheduler").as_deref(), Some("kube-scheduler"));
        assert_eq!(ActorName::parse("manager/web").qualified("shop").to_string(), "manager@shop/web");
        assert!(is_tool("kubectl@alice") && is_tool("kubectl-neat") && !is_tool("kube-controller-manager/kubectl"));
    }
}
