//! The processes that are simulated.

/// A kind of the simulation: its group, plural and name.
pub(super) type Kind = (&'static str, &'static str, &'static str);

pub(super) const DEPLOYMENT: Kind = ("apps", "deployments", "Deployment");
pub(super) const REPLICA_SET: Kind = ("apps", "replicasets", "ReplicaSet");
pub(super) const JOB: Kind = ("batch", "jobs", "Job");
pub(super) const POD: Kind = ("", "pods", "Pod");
pub(super) const APP: Kind = ("shop.example.com", "apps", "App");
pub(super) const SHARD: Kind = ("shop.example.com", "shards", "Shard");
pub(super) const BACKUP: Kind = ("shop.example.com", "backups", "Backup");
pub(super) const CONFIG: Kind = ("", "configmaps", "ConfigMap");
pub(super) const SECRET: Kind = ("", "secrets", "Secret");

/// An object's key.
pub(super) type Key = (Kind, String, String);

/// How a controller works.
#[derive(Clone)]
pub(super) struct Controller {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) child: Option<(Kind, usize)>,
    pub(super) workers: usize,
    pub(super) writes_status: bool,
    /// How many of 1,000 reconciles read the Secret of the object.
    pub(super) reads_secret: u64,
    /// Writes an object that it does not own: one of this kind with the name of its own.
    pub(super) writes_other: Option<Kind>,
    pub(super) reads_itself: bool,
    pub(super) requeue_millis: Option<i64>,
}

impl Controller {
    pub(super) fn of(name: &'static str, kind: Kind) -> Controller {
        Controller {
            name,
            kind,
            child: None,
            workers: 1,
            writes_status: true,
            reads_secret: 0,
            writes_other: None,
            reads_itself: false,
            requeue_millis: None,
        }
    }
}

pub(super) struct Profile {
    pub(super) process: &'static str,
    /// True if the User-Agent header names the controller.
    pub(super) named: bool,
    /// True if the log names the controllers when they start.
    pub(super) logged: bool,
    pub(super) controllers: Vec<Controller>,
    /// Objects that a person creates: kinds, count, and the milliseconds between two.
    pub(super) created: Vec<(Kind, usize, i64)>,
    pub(super) seed: u64,
}

/// kube-controller-manager: each controller is named by its user agent, and has five workers.
pub(super) fn manager_of_a_cluster(seed: u64) -> Profile {
    let with = |controller: Controller, child| Controller { child: Some(child), workers: 5, ..controller };
    Profile {
        process: "kube-controller-manager",
        named: true,
        logged: false,
        controllers: vec![
            with(Controller::of("deployment-controller", DEPLOYMENT), (REPLICA_SET, 1)),
            with(Controller::of("replicaset-controller", REPLICA_SET), (POD, 3)),
            with(Controller::of("job-controller", JOB), (POD, 2)),
        ],
        created: vec![(DEPLOYMENT, 150, 30), (JOB, 60, 50)],
        seed,
    }
}

/// An operator with three controllers that its user agent does not name.
pub(super) fn operator(seed: u64, logged: bool, workers: usize) -> Profile {
    let app = Controller { child: Some((SHARD, 2)), workers, reads_secret: 500, ..Controller::of("app", APP) };
    let shard = Controller { child: Some((CONFIG, 2)), workers, ..Controller::of("shard", SHARD) };
    let backup = Controller {
        requeue_millis: Some(2_000),
        reads_secret: 1_000,
        writes_other: Some(CONFIG),
        ..Controller::of("backup", BACKUP)
    };
    Profile {
        process: "manager",
        named: false,
        logged,
        controllers: vec![app, shard, backup],
        created: vec![(APP, 60, 90), (BACKUP, 6, 700)],
        seed,
    }
}

/// Two controllers that write each other's object.
pub(super) fn circle(seed: u64, logged: bool) -> Profile {
    let ping = Controller { writes_other: Some(SHARD), writes_status: false, ..Controller::of("ping", APP) };
    let pong = Controller { writes_other: Some(APP), writes_status: false, ..Controller::of("pong", SHARD) };
    Profile { process: "faulty", named: false, logged, controllers: vec![ping, pong], created: vec![(APP, 8, 300)], seed }
}

/// An operator with one controller that reads its object from the API server first.
pub(super) fn single(seed: u64) -> Profile {
    let only = Controller { reads_itself: true, child: Some((CONFIG, 1)), ..Controller::of("app", APP) };
    Profile { process: "shop", named: false, logged: false, controllers: vec![only], created: vec![(APP, 40, 150)], seed }
}
