//! The cluster as a tower service: HTTP requests in, responses out.

use std::convert::Infallible;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use http::{Request, Response};
use http_body::Body;
use http_body_util::{BodyExt, Limited};
use tower::{BoxError, Service};

use super::answer;
use super::body::ClusterBody;
use super::cluster_handle::Cluster;
use super::respond::refusal;
use super::view::Encoding;
use kuberewind_model::k8s::status::Status;

/// The limit of a request body, as in a real server: 3 MiB.
const BODY_LIMIT: usize = 3 << 20;

/// Serves requests from a [`Cluster`]. It starts no task: a request runs when its future is first polled, a watch advances when its
/// body is read.
#[derive(Clone)]
pub struct ClusterService {
    cluster: Cluster,
}

impl ClusterService {
    /// Creates a service over a cluster.
    #[must_use]
    pub fn new(cluster: Cluster) -> ClusterService {
        ClusterService { cluster }
    }

    /// Returns a service of another API server of the same cluster: see [`Cluster::behind`].
    #[must_use]
    pub fn behind(&self, changes: u64) -> ClusterService {
        ClusterService { cluster: self.cluster.behind(changes) }
    }
}

impl Cluster {
    /// Returns a tower service over this cluster, for `kube::Client::new`.
    #[must_use]
    pub fn service(&self) -> ClusterService {
        ClusterService::new(self.clone())
    }

    /// Returns a client that talks to this cluster in-process. Call it on a tokio runtime.
    #[must_use]
    pub fn client(&self) -> kube::Client {
        kube::Client::new(self.service(), "default")
    }
}

impl<B> Service<Request<B>> for ClusterService
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<ClusterBody>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let cluster = self.cluster.clone();
        async move {
            let (parts, body) = request.into_parts();
            Ok(match read(body).await {
                Ok(body) => answer::answer(&cluster, &parts, &body),
                Err(refused) => refusal(&refused, Encoding::Json),
            })
        }
        .boxed()
    }
}

pub(super) async fn read<B>(body: B) -> Result<Bytes, Status>
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    match Limited::new(body, BODY_LIMIT).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => {
            let message = format!("Request entity too large: limit is {BODY_LIMIT}");
            Err(Status::new(413, "RequestEntityTooLarge", message))
        }
        Err(error) => Err(Status::bad_request(format!("unable to read the body of the request: {error}"))),
    }
}
