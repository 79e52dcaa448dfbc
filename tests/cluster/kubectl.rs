//! The real kubectl over loopback.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use kuberewind_cluster::Fidelity;
use kuberewind_cluster::http::{Certificate, Exposure, HttpOptions, kubeconfig, serve};

use crate::api::Api;
use crate::stories::{deployment, map, widget, widgets};

/// A folder with a kubeconfig in which kubectl runs.
pub(crate) struct Kubectl(tempfile::TempDir);

impl Kubectl {
    fn command(&self, line: &str) -> Command {
        let mut command = Command::new("kubectl");
        command.args(shlex::split(line).unwrap()).current_dir(self.0.path());
        command.env("KUBECONFIG", self.0.path().join("config")).env("HOME", self.0.path()).env("KUBECTL_KUBERC", "false");
        command.stdin(Stdio::null());
        command
    }

    /// Runs a command that must succeed and returns its output.
    pub(crate) fn run(&self, line: &str) -> String {
        let output = self.command(line).output().unwrap();
        assert!(output.status.success(), "kubectl {line}: {}", both(&output));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Runs a command that must fail and returns its error.
    /// Runs any command and returns whether it succeeded, and all of its output.
    pub(crate) fn try_out(&self, line: &str) -> (bool, String) {
        let output = self.command(line).output().unwrap();
        (output.status.success(), both(&output))
    }

    pub(crate) fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn refused(&self, line: &str) -> String {
        let output = self.command(line).output().unwrap();
        assert!(!output.status.success(), "kubectl {line}: {}", both(&output));
        both(&output)
    }

    pub(crate) fn write(&self, name: &str, object: &serde_json::Value) {
        let mut file = std::fs::File::create(self.0.path().join(name)).unwrap();
        file.write_all(object.to_string().as_bytes()).unwrap();
    }
}

pub(crate) fn both(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[tokio::test]
async fn only_this_machine_may_connect_unless_the_options_allow_others() {
    let api = Api::new();
    let listener = tokio::net::TcpListener::bind("0.0.0.0:0").await.unwrap();
    let refused = serve(listener, api.cluster.clone(), HttpOptions::default(), async {}).await.unwrap_err();
    assert!(refused.to_string().ends_with("is not an address of this machine alone"), "{refused}");
    let listener = tokio::net::TcpListener::bind("0.0.0.0:0").await.unwrap();
    let options = HttpOptions { exposure: Exposure::Anybody, ..HttpOptions::default() };
    serve(listener, api.cluster.clone(), options, async {}).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kubectl_works_on_it() {
    on_kubectl(Api::new(), |kubectl| {
        writes(kubectl);
        custom_kinds(kubectl);
        watches(kubectl);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kubectl_sees_a_strict_server() {
    on_kubectl(Api::with(|options| options.fidelity = Fidelity::Real), strict).await;
}

/// Serves a cluster and runs kubectl on it. False if this machine has none.
pub(crate) async fn on_kubectl(api: Api, act: fn(&Kubectl)) -> bool {
    if Command::new("kubectl").arg("version").arg("--client").output().is_err() {
        eprintln!("skipped: there is no kubectl on this machine");
        return false;
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let certificate = Some(Certificate::for_address(address.ip()).unwrap());
    let options = HttpOptions { token: "secret".to_owned(), certificate, ..HttpOptions::default() };
    std::fs::write(folder.path().join("config"), kubeconfig(address, &options)).unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::spawn(serve(listener, api.cluster.clone(), options, async {
        stopped.await.unwrap_or_default();
    }));
    let stranger = format!("--server=https://{address} --token=other get pods");
    tokio::task::spawn_blocking(move || {
        let kubectl = Kubectl(folder);
        assert!(kubectl.refused(&stranger).contains("provide credentials"));
        act(&kubectl);
    })
    .await
    .unwrap();
    stop.send(()).unwrap();
    server.await.unwrap().unwrap();
    true
}

fn writes(kubectl: &Kubectl) {
    let web = "deployment.apps/web";
    kubectl.write("web.json", &deployment("web"));
    assert_eq!(kubectl.run("create -f web.json"), format!("{web} created"));
    assert!(kubectl.refused("create -f web.json").contains("AlreadyExists"));
    assert_eq!(kubectl.run("apply -f web.json"), format!("{web} configured"));
    assert_eq!(kubectl.run("apply -f web.json"), format!("{web} unchanged"));
    assert_eq!(kubectl.run("apply --server-side --force-conflicts -f web.json"), format!("{web} serverside-applied"));
    assert_eq!(kubectl.run("scale deploy web --replicas=3"), format!("{web} scaled"));
    let conflict = kubectl.refused("apply --server-side -f web.json");
    assert!(
        conflict.contains("conflict with \"kubectl\" with subresource \"scale\" using apps/v1: .spec.replicas"),
        "{conflict}"
    );
    assert_eq!(kubectl.run("annotate deploy web a=b"), format!("{web} annotated"));
    assert_eq!(kubectl.run("label deploy web c=d"), format!("{web} labeled"));
    for patch in [
        r#"patch deploy web -p '{"spec":{"template":{"spec":{"containers":[{"name":"b","image":"new:2"}]}}}}'"#,
        r#"patch deploy web --type=json -p '[{"op":"replace","path":"/spec/replicas","value":4}]'"#,
        r#"patch deploy web --type=merge -p '{"spec":{"paused":true}}'"#,
    ] {
        assert_eq!(kubectl.run(patch), format!("{web} patched"));
    }
    let found =
        kubectl.run("get deploy web -o jsonpath={.spec.replicas}/{.spec.paused}/{.spec.template.spec.containers[1].image}");
    assert_eq!(found, "4/true/new:2");
    let table = kubectl.run("get deploy");
    assert!(
        table.starts_with("NAME   READY   UP-TO-DATE   AVAILABLE   AGE\nweb    0/4     0            0           0s"),
        "{table}"
    );
    assert!(kubectl.run("describe deploy web").contains("a: b"));
    assert_eq!(kubectl.run("create configmap typed --from-literal=a=b"), "configmap/typed created");
    assert_eq!(kubectl.run("get cm typed -o jsonpath={.data.a}"), "b");
    assert_eq!(kubectl.run("create deployment typed --image=i --replicas=0 --port=80"), "deployment.apps/typed created");
    assert_eq!(
        kubectl.run("get deploy typed -o jsonpath={.spec.replicas}/{.spec.template.spec.containers[0].ports[0].containerPort}"),
        "0/80"
    );
    assert_eq!(kubectl.run("create namespace typed"), "namespace/typed created");
    assert_eq!(kubectl.run("create role r --verb=get --resource=pods"), "role.rbac.authorization.k8s.io/r created");
    assert_eq!(kubectl.run("create cronjob tick --image=i --schedule=@daily"), "cronjob.batch/tick created");
    assert_eq!(kubectl.run("create job tock --from=cronjob/tick"), "job.batch/tock created");
    assert_eq!(kubectl.run("auth can-i list pods"), "yes");
    assert!(kubectl.run("auth whoami").contains("kuberewind"));
    assert!(kubectl.run("auth can-i --list").contains("[*]"));
    assert_eq!(kubectl.run("create sa robot"), "serviceaccount/robot created");
    assert_eq!(kubectl.run("create token robot").matches('.').count(), 2);
    assert_eq!(kubectl.run("delete deploy web"), "deployment.apps \"web\" deleted");
    assert!(kubectl.refused("get deploy web").contains("deployments.apps \"web\" not found"));
}

fn custom_kinds(kubectl: &Kubectl) {
    kubectl.write("crd.json", &widgets());
    kubectl.write("widget.json", &widget("w", 3));
    kubectl.run("create -f crd.json");
    kubectl.run("wait --for=condition=Established crd/widgets.example.com --timeout=10s");
    assert_eq!(kubectl.run("apply -f widget.json"), "widget.example.com/w created");
    assert!(kubectl.run("explain widget.spec.size").contains("FIELD: size <integer>"));
    assert!(kubectl.run("explain deployment.spec.replicas").contains("FIELD: replicas <integer>"));
    assert!(kubectl.run("explain pod.spec.containers --recursive").contains("containerPort\t<integer> -required-"));
    assert!(kubectl.refused("explain pod.spec.none").contains("field \"none\" does not exist"));
    assert_eq!(kubectl.run("get wd"), "NAME   SIZE\nw      3");
    assert_eq!(kubectl.run("scale widget w --replicas=5"), "widget.example.com/w scaled");
    assert!(
        kubectl.refused(r#"patch wd w --type=merge -p '{"spec":{"size":-1}}'"#).contains("should be greater than or equal to 0")
    );
    assert!(kubectl.run("delete crd widgets.example.com").ends_with("deleted"));
}

fn watches(kubectl: &Kubectl) {
    kubectl.write("map.json", &map("seen", "1"));
    kubectl.run("create -f map.json");
    let mut command = kubectl.command("get cm -l app=seen -w --output-watch-events --request-timeout=20s");
    let mut watching = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(watching.stdout.take().unwrap()));
    let mut next = || lines.next().unwrap().unwrap().split_whitespace().take(2).collect::<Vec<_>>().join(" ");
    assert_eq!(next(), "EVENT NAME");
    assert_eq!(next(), "ADDED seen");
    kubectl.run("label cm seen x=y");
    assert_eq!(next(), "MODIFIED seen");
    kubectl.run("delete cm seen");
    assert_eq!(next(), "DELETED seen");
    watching.kill().unwrap();
    watching.wait().unwrap();
}

/// Commands against a server that fills in defaults and validates.
fn strict(kubectl: &Kubectl) {
    let mut bad = deployment("bad");
    bad["spec"]["template"]["spec"]["containrs"] = serde_json::json!([]);
    kubectl.write("bad.json", &bad);
    let refused = kubectl.refused("apply --validate=strict -f bad.json");
    let strict = "Deployment in version \"v1\" cannot be handled as a Deployment: strict decoding error: unknown field \
                  \"spec.template.spec.containrs\"";
    assert!(refused.contains(strict), "{refused}");
    assert!(kubectl.run("apply --validate=ignore -f bad.json").contains("created"));
    kubectl.write("web.json", &deployment("web"));
    assert_eq!(kubectl.run("apply -f web.json"), "deployment.apps/web created");
    assert_eq!(kubectl.run("apply -f web.json"), "deployment.apps/web unchanged");
    assert_eq!(kubectl.run("apply --server-side --force-conflicts -f web.json"), "deployment.apps/web serverside-applied");
    assert_eq!(kubectl.run("run p --image=busybox"), "pod/p created");
    assert!(kubectl.run("get pods --field-selector status.phase=Pending").contains("p      0/1     Pending   0"));
    assert!(kubectl.refused("logs p").contains("no kubelet runs containers here"));
    assert_eq!(kubectl.run("expose deploy web --port=80"), "service/web exposed");
    let service = kubectl.run("describe svc web");
    assert!(service.contains("ClusterIP") && service.contains("10.96.0.2") && service.contains("80/TCP"), "{service}");
    assert_eq!(kubectl.run("autoscale deploy web --min=1 --max=3"), "horizontalpodautoscaler.autoscaling/web autoscaled");
    assert_eq!(kubectl.run("create ingress web --rule=a/b=web:80"), "ingress.networking.k8s.io/web created");
    assert_eq!(kubectl.run("create job j --image=busybox"), "job.batch/j created");
    assert_eq!(kubectl.run("create pdb web --selector=app=web --min-available=1"), "poddisruptionbudget.policy/web created");
    assert!(kubectl.run("get deploy web -o wide").contains("app=web"));
    assert!(kubectl.run("get job j").contains("Running"));
}
