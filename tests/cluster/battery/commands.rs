//! Commands of kubectl, one after the other, as a user would try them. Each succeeds, or fails for a reason that the list states.

use std::path::Path;

/// The expected outcome of a command.
pub(crate) enum Outcome {
    /// It succeeds, and its output contains this.
    Works(&'static str),
    /// It fails, and its output contains this.
    Fails(&'static str),
}
use Outcome::{Fails, Works};

/// The files that the commands use.
const FILES: &[(&str, &str)] = &[
    ("shop.yaml", include_str!("shop.yaml")),
    ("coupon.yaml", include_str!("coupon.yaml")),
    ("bad.yaml", include_str!("bad.yaml")),
];

/// The refusal of what needs a kubelet.
pub(crate) const NO_KUBELET: &str = "this cluster is an API server in memory, no kubelet runs containers here";

pub(crate) const COMMANDS: &[(&str, Outcome)] = &[
    ("apply -f shop.yaml", Works("deployment.apps/till created")),
    ("apply -f coupon.yaml", Works("coupon.shop.example.com/spring created")),
    ("apply -f shop.yaml", Works("service/till unchanged")),
    ("get all -A", Works("service/till")),
    ("get deploy,po,svc,job,cj,sts -o wide", Works("CONTAINERS")),
    ("get coupons", Works("PERCENT")),
    ("get cp spring -o yaml", Works("season: spring")),
    ("get pods --field-selector metadata.name=clerk", Works("clerk")),
    ("get pods --field-selector status.phase=Pending", Works("clerk")),
    ("get pods --field-selector spec.nodeName=x", Works("No resources found")),
    ("get coupons --field-selector spec.season=spring", Works("spring")),
    ("get events", Works("No resources found")),
    ("describe deploy till", Works("RollingUpdate")),
    ("describe pod clerk", Works("BestEffort")),
    ("describe coupon spring", Works("Percent:")),
    ("describe svc till", Works("8080/TCP")),
    ("describe ns default", Works("Active")),
    ("describe node cellar", Works("node.kubernetes.io/not-ready:NoSchedule")),
    ("explain deployment.spec.replicas", Works("<integer>")),
    ("explain pod.spec.containers --recursive", Works("livenessProbe")),
    ("explain coupon", Works("A coupon of the shop.")),
    ("explain coupon.spec.percent", Works("The discount.")),
    ("explain nosuch", Fails("doesn't have a resource type")),
    ("api-versions", Works("shop.example.com/v1")),
    ("api-resources", Works("coupons")),
    ("diff -f shop.yaml", Works("")),
    ("apply --server-side -f shop.yaml", Works("serverside-applied")),
    ("scale deploy till --replicas=3", Works("scaled")),
    ("apply --server-side --field-manager other -f shop.yaml", Fails("conflict with \"kubectl\" with subresource \"scale\"")),
    ("apply --server-side --field-manager other --force-conflicts -f shop.yaml", Works("serverside-applied")),
    ("apply --server-side -f coupon.yaml --dry-run=server", Works("server dry run")),
    ("apply --dry-run=server -f shop.yaml", Works("server dry run")),
    (
        "apply --validate=strict -f bad.yaml",
        Fails(
            "Deployment in version \"v1\" cannot be handled as a Deployment: strict decoding error: unknown field \
             \"spec.template.spec.containers[0].imagePullPolcy\", unknown field \"spec.template.spec.restartPolcy\"",
        ),
    ),
    ("apply --validate=warn --dry-run=server -f bad.yaml", Works("Warning: unknown field \"spec.template.spec.restartPolcy\"")),
    ("apply --validate=ignore --dry-run=server -f bad.yaml", Works("created (server dry run)")),
    (
        r#"patch deploy till -p '{"spec":{"template":{"spec":{"containers":[{"name":"till","image":"till:2"}]}}}}'"#,
        Works("patched"),
    ),
    ("get deploy till -o jsonpath={.spec.template.spec.containers[0].image}", Works("till:2")),
    (r#"patch deploy till --type json -p '[{"op":"replace","path":"/spec/replicas","value":4}]'"#, Works("patched")),
    (r#"patch deploy till --type merge -p '{"spec":{"replicas":3}}'"#, Works("patched")),
    (r#"patch deploy till --type merge -p '{"spec":{"selector":{"matchLabels":{"app":"x"}}}}'"#, Fails("field is immutable")),
    (
        r#"patch coupon spring --type merge -p '{"spec":{"percent":0}}'"#,
        Fails(
            "The Coupon \"spring\" is invalid: spec.percent: Invalid value: 0: spec.percent in body should be greater than or equal to 1",
        ),
    ),
    (r#"patch coupon spring -p '{"spec":{"percent":9}}'"#, Fails("strategic-merge-patch+json is not supported")),
    (
        r#"patch deploy till --subresource=status --type merge -p '{"status":{"replicas":3,"readyReplicas":3,"updatedReplicas":3,"availableReplicas":3,"observedGeneration":99,"conditions":[{"type":"Available","status":"True"}]}}'"#,
        Works("patched"),
    ),
    ("rollout status deploy till --timeout=5s", Works("successfully rolled out")),
    ("rollout restart deploy till", Works("restarted")),
    ("rollout history deploy till", Works("No rollout history found")),
    // Revisions are ReplicaSets, which only the controllers create.
    ("rollout undo deploy till", Fails("no rollout history found")),
    ("rollout pause deploy till", Works("paused")),
    ("scale --replicas=2 coupon/spring", Works("scaled")),
    ("autoscale deploy till --min=1 --max=3", Works("autoscaled")),
    ("get hpa", Works("cpu: <unknown>/80%")),
    ("set image deploy/till till=till:3", Works("image updated")),
    ("set env deploy/till X=y", Works("env updated")),
    ("label pod clerk x=y", Works("labeled")),
    ("annotate pod clerk x=y", Works("annotated")),
    ("taint node cellar a=b:NoSchedule", Works("tainted")),
    ("cordon cellar", Works("cordoned")),
    ("drain cellar", Works("drained")),
    ("wait --for=condition=Available deploy/till --timeout=5s", Works("condition met")),
    ("wait --for=jsonpath={.spec.replicas}=3 deploy/till --timeout=5s", Works("condition met")),
    ("wait --for=delete pod/nosuch --timeout=5s", Works("")),
    ("create job again --image=busybox", Works("created")),
    ("create job tonight --from=cronjob/nightly", Works("created")),
    ("create cronjob hourly --image=busybox --schedule='0 * * * *'", Works("created")),
    ("create cronjob never --image=busybox --schedule='0 99 * * *'", Fails("end of range (99) above maximum (23): 99")),
    ("create deployment door --image=nginx --replicas=2", Works("created")),
    ("create configmap made --from-literal=a=b", Works("created")),
    ("create secret generic made --from-literal=a=b", Works("created")),
    ("create sa made", Works("created")),
    ("create role made --verb=get --resource=pods", Works("created")),
    ("create rolebinding made --role=made --serviceaccount=default:made", Works("created")),
    ("create clusterrole made --verb=get --resource=pods", Works("created")),
    ("create clusterrolebinding made --clusterrole=made --user=u", Works("created")),
    ("create ingress made --rule=a/b=till:80", Works("created")),
    ("create quota made --hard=pods=3", Works("created")),
    ("create pdb made --selector=app=till --min-available=1", Works("created")),
    ("create priorityclass made --value=10", Works("created")),
    ("create token made", Works("ey")),
    ("create service clusterip made --tcp=80:80", Works("created")),
    ("create service nodeport made --tcp=80:80", Fails("already exists")),
    ("expose deploy door --port=80", Works("exposed")),
    ("run guest --image=busybox", Works("created")),
    ("auth can-i list pods", Works("yes")),
    ("auth can-i --list", Works("[*]")),
    ("auth whoami", Works("kuberewind")),
    ("events", Works("No events found")),
    ("events --for deploy/till", Works("No events found")),
    ("top pods", Fails("Metrics API not available")),
    ("top nodes", Fails("Metrics API not available")),
    ("logs clerk", Fails(NO_KUBELET)),
    ("exec clerk -- ls", Fails(NO_KUBELET)),
    ("cp clerk:/x x", Fails(NO_KUBELET)),
    ("port-forward clerk 8080:80", Fails("pod is not running")),
    ("attach clerk", Fails(NO_KUBELET)),
    ("debug clerk --image=busybox", Works("debug")),
    ("cluster-info", Works("https://127.0.0.1")),
    ("version", Works("Server Version: v1.35")),
    ("get --raw /version", Works("\"minor\":\"35\"")),
    ("get --raw /openapi/v2", Works("swagger")),
    ("get --raw /openapi/v3", Works("serverRelativeURL")),
    ("get cs", Fails("doesn't have a resource type")),
    ("get apiservices", Works("No resources found")),
    // A recording says that nothing is known about it.
    ("certificate approve nosuch", Fails("\"nosuch\" not")),
    ("get cm till -o jsonpath={.data}", Works("opens")),
    ("replace -f coupon.yaml", Works("replaced")),
    ("replace --force -f coupon.yaml", Works("replaced")),
    ("get po -o custom-columns=A:.metadata.name", Works("clerk")),
    ("get po --sort-by=.metadata.name", Works("clerk")),
    ("get po -l 'app in (till,x),!y'", Works("clerk")),
    ("get deploy till --show-managed-fields -o yaml", Works("fieldsV1")),
    ("get pods --chunk-size=1", Works("guest")),
    ("get po,deploy --show-kind --no-headers", Works("deployment.apps/till")),
    ("get deploy/till --subresource=status", Works("till")),
    ("get deploy/till --subresource=scale", Works("till")),
    ("get sa,cm", Works("kube-root-ca.crt")),
    ("delete deploy door --cascade=foreground --timeout=10s", Works("deleted")),
    ("delete deploy till --cascade=orphan", Works("deleted")),
    ("delete po clerk --grace-period=0 --force", Works("deleted")),
    ("delete cm --all", Works("deleted")),
    ("delete job -l nosuch", Works("No resources found")),
    ("delete job again", Works("deleted")),
    ("delete coupon spring --wait=false", Works("deleted")),
    ("delete crd coupons.shop.example.com --timeout=10s", Works("deleted")),
    ("create ns aisle", Works("created")),
    ("get sa -n aisle", Works("default")),
    ("delete ns aisle --timeout=10s", Works("deleted")),
    ("get ns aisle", Fails("not found")),
];

/// Runs all commands. `run` returns whether a command succeeded, and its output. `no_kubelet` is the refusal of what needs a kubelet.
pub(crate) fn run_all(folder: &Path, no_kubelet: &str, run: impl Fn(&str) -> (bool, String)) {
    for (name, text) in FILES {
        std::fs::write(folder.join(name), text).unwrap();
    }
    let mut wrong = Vec::new();
    for (line, outcome) in COMMANDS {
        let (succeeded, output) = run(line);
        let (expected, part) = match outcome {
            Works(part) => (true, *part),
            Fails(part) => (false, *part),
        };
        let part = if part == NO_KUBELET { no_kubelet } else { part };
        if succeeded != expected || !output.contains(part) {
            wrong.push(format!("kubectl {line}: {}", output.trim()));
        }
    }
    assert!(wrong.is_empty(), "{} of {} commands:\n{}", wrong.len(), COMMANDS.len(), wrong.join("\n"));
}
