//! The recorder never disturbs its operator, and records every loss.

use std::convert::Infallible;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use kube::client::Body;
use kuberewind_model::{Event, GapReason, Result, Seq, Sink};
use kuberewind_recorder::{Recorder, RecorderService};
use tower::{Layer as _, Service as _, service_fn};

use crate::sink::Collected;

const ANSWER: &str =
    r#"{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"one","namespace":"shop","uid":"u","resourceVersion":"5"}}"#;

/// The service that kube's client would be.
trait Answering:
    tower::Service<Request<Body>, Response = Response<Full<Bytes>>, Error = Infallible, Future: Send> + Send + 'static
{
}

impl<S> Answering for S where
    S: tower::Service<Request<Body>, Response = Response<Full<Bytes>>, Error = Infallible, Future: Send> + Send + 'static
{
}

/// A recorded service that responds at once.
fn service(recorder: &Recorder, actor: &str) -> RecorderService<impl Answering + use<>> {
    recorder.layer(actor).layer(service_fn(|_: Request<Body>| {
        std::future::ready(Ok(Response::new(Full::new(Bytes::from_static(ANSWER.as_bytes())))))
    }))
}

fn request() -> Request<Body> {
    Request::get("/api/v1/namespaces/shop/configmaps/one").body(Body::empty()).unwrap()
}

/// A sink that blocks until its gate is opened.
struct Stuck {
    inner: Collected,
    gate: Arc<(Mutex<bool>, Condvar)>,
}

impl Sink for Stuck {
    fn take(&mut self, event: Event) -> Result<()> {
        let open = self.gate.0.lock().unwrap();
        drop(self.gate.1.wait_while(open, |open| !*open).unwrap());
        self.inner.take(event)
    }

    fn last(&self) -> Seq {
        self.inner.last()
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

/// True once the sink may go on.
type Gate = Arc<(Mutex<bool>, Condvar)>;

fn stuck() -> (Collected, Box<dyn Sink>, Gate) {
    let (inner, gate) = (Collected::default(), Arc::default());
    (inner.clone(), Box::new(Stuck { inner, gate: Arc::clone(&gate) }), gate)
}

fn open(gate: &(Mutex<bool>, Condvar)) {
    *gate.0.lock().unwrap() = true;
    gate.1.notify_all();
}

#[tokio::test]
async fn a_full_queue_is_a_gap_and_does_not_block() {
    let (sink, boxed, gate) = stuck();
    let recorder = Recorder::to_sink(boxed).queue_bytes(20_000).start().unwrap();
    let mut service = service(&recorder, "a");
    for _ in 0..1_000 {
        let response = service.call(request()).await.unwrap();
        assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), ANSWER, "the caller gets all of it");
    }
    let stats = recorder.stats();
    assert!(stats.lost > 900 && stats.queued_bytes <= 20_000, "{stats:?}");
    open(&gate);
    recorder.finish().await.unwrap();
    let recorded = sink.operations().len();
    let gaps = sink.gaps();
    let lost: u64 = gaps.iter().map(|gap| gap.count).sum();
    assert!(recorded > 0 && gaps.iter().all(|gap| gap.reason == GapReason::QueueFull));
    assert_eq!(recorded as u64 + lost, 1_000, "lost messages are counted");
    assert!(
        gaps.iter().all(|gap| gap.actor.as_deref() == Some("operator/a")
            && gap.kind.as_ref().is_some_and(|kind| &*kind.resource == "configmaps"))
    );
}

#[tokio::test]
async fn room_comes_back_when_the_queue_is_written() {
    let sink = Collected::default();
    let recorder = Recorder::to_sink(sink.boxed()).start().unwrap();
    let mut service = service(&recorder, "a");
    for _ in 0..100 {
        let response = service.call(request()).await.unwrap();
        drop(response);
        drop(service.call(request()));
    }
    let inside =
        recorder.actor("a").wrap(|_: Arc<k8s_openapi::api::core::v1::Pod>, _: Arc<()>| std::future::ready(Ok::<(), String>(())))(
            Arc::default(),
            Arc::new(()),
        );
    drop(inside);
    let begun = Instant::now();
    while recorder.stats().queued_bytes > 0 || recorder.stats().recorded < 100 {
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", recorder.stats());
        tokio::task::yield_now().await;
    }
    recorder.finish().await.unwrap();
}

#[tokio::test]
async fn off_and_on_again() {
    let sink = Collected::default();
    let recorder = Recorder::to_sink(sink.boxed()).start().unwrap();
    let mut service = service(&recorder, "a");
    let mut call = async || drop(service.call(request()).await.unwrap().into_body().collect().await.unwrap());
    call().await;
    recorder.disable();
    recorder.disable();
    call().await;
    recorder.enable();
    call().await;
    recorder.disable();
    recorder.finish().await.unwrap();
    let get = "get 200 done: ConfigMap shop/one@5 full";
    assert_eq!(sink.story(), [get, "gap disabled 0x0", get, "gap disabled 0x0"]);
}

#[tokio::test]
async fn a_watch_opened_while_disabled_is_recorded_from_enabling_on() {
    let sink = Collected::default();
    let recorder = Recorder::to_sink(sink.boxed()).enabled(false).start().unwrap();
    let (sender, receiver) = futures::channel::mpsc::unbounded::<std::result::Result<http_body::Frame<Bytes>, Infallible>>();
    let receiver = Mutex::new(Some(receiver));
    let mut service = recorder.layer("a").layer(service_fn(move |_: Request<Body>| {
        let receiver = receiver.lock().unwrap().take().unwrap();
        std::future::ready(Ok::<_, Infallible>(Response::new(http_body_util::StreamBody::new(receiver))))
    }));
    let watch = Request::get("/api/v1/configmaps?watch=true").body(Body::empty()).unwrap();
    let mut body = service.call(watch).await.unwrap().into_body();
    let line = |version: u64| {
        Bytes::from(format!("{{\"type\":\"ADDED\",\"object\":{}}}\n", ANSWER.replace("\"5\"", &format!("\"{version}\""))))
    };
    let (first, second) = (line(5), line(6));
    for (on, piece) in [(false, first.clone()), (false, second.slice(..20)), (true, second.slice(20..)), (true, line(7))] {
        if on {
            recorder.enable();
        }
        sender.unbounded_send(Ok(http_body::Frame::data(piece))).unwrap();
        body.frame().await.unwrap().unwrap();
    }
    drop(sender);
    assert!(body.frame().await.is_none());
    recorder.finish().await.unwrap();
    let expected = [
        "gap disabled 0x0".to_owned(),
        "open configmaps \"\" from \"\"".into(),
        "watch 200 done: nothing".into(),
        format!("gap disabled 2x{}", first.len() + 20),
        "ADDED 200 done: ConfigMap shop/one@7 full".into(),
        "watch ended".into(),
    ];
    assert_eq!(sink.story(), expected);
}

#[tokio::test]
async fn a_sink_that_fails_or_panics_does_not_stop_the_operator() {
    struct Panics;
    impl Sink for Panics {
        fn take(&mut self, _: Event) -> Result<()> {
            panic!("a fault in the writer")
        }
        fn last(&self) -> Seq {
            Seq::START
        }
        fn flush(&mut self) -> Result<()> {
            Ok(())
        }
    }
    let broken = Collected::default();
    broken.set_broken(true);
    for sink in [broken.boxed(), Box::new(Panics)] {
        let recorder = Recorder::to_sink(sink).start().unwrap();
        let mut service = service(&recorder, "a");
        for _ in 0..10 {
            assert_eq!(service.call(request()).await.unwrap().status(), 200);
        }
        recorder.finish().await.expect_err("that it failed is said at the end");
    }
}

#[test]
fn dropping_waits_for_the_writer_but_not_long() {
    let sink = Collected::default();
    let recorder = Recorder::to_sink(sink.boxed()).start().unwrap();
    futures::executor::block_on(async {
        drop(service(&recorder, "a").call(request()).await.unwrap().into_body().collect().await);
    });
    drop(recorder);
    assert!(sink.is_closed() && sink.operations().len() == 1);

    let (_, boxed, gate) = stuck();
    let recorder = Recorder::to_sink(boxed).start().unwrap();
    futures::executor::block_on(async {
        drop(service(&recorder, "a").call(request()).await.unwrap().into_body().collect().await);
    });
    let begun = Instant::now();
    drop(recorder);
    assert!(begun.elapsed() < Duration::from_secs(2), "dropping does not wait for a writer that hangs");
    open(&gate);
}

/// A future that is not ready when it is polled for the first time.
async fn pause() {
    let mut paused = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut paused, true) {
            return std::task::Poll::Ready(());
        }
        context.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}

#[test]
fn a_reconcile_keeps_its_calls_on_any_thread_and_executor() {
    let sink = Collected::default();
    let recorder = Recorder::to_sink(sink.boxed()).start().unwrap();
    let (one, two) = (service(&recorder, "a"), service(&recorder, "b"));
    let object = |name: &str| kuberewind_recorder::SpanObject { name: name.into(), ..Default::default() };
    let judge = |_: &()| kuberewind_recorder::Verdict { error: None, requeue_after: None };
    // Two reconciles of two controllers, polled in turns by new threads, without a runtime.
    let work = |mut service: RecorderService<_>| async move {
        for _ in 0..2 {
            drop(service.call(request()).await.unwrap().into_body().collect().await.unwrap());
            pause().await;
        }
    };
    let mut futures = [
        Some(recorder.actor("a").reconcile(object("one"), Box::pin(work(one)) as futures::future::BoxFuture<'static, ()>, judge)),
        Some(recorder.actor("b").reconcile(object("two"), Box::pin(work(two)) as futures::future::BoxFuture<'static, ()>, judge)),
    ];
    while futures.iter().any(Option::is_some) {
        for slot in &mut futures {
            let Some(mut future) = slot.take() else { continue };
            let polled = std::thread::spawn(move || {
                let mut context = std::task::Context::from_waker(std::task::Waker::noop());
                let pending = std::pin::Pin::new(&mut future).poll(&mut context).is_pending();
                pending.then_some(future)
            });
            *slot = polled.join().unwrap();
        }
    }
    futures::executor::block_on(recorder.finish()).unwrap();
    let spans = sink.spans();
    assert_eq!(
        spans.iter().map(|span| (&*span.actor, &*span.name)).collect::<Vec<_>>(),
        [("operator/a", "one"), ("operator/b", "two")]
    );
    let operations = sink.operations();
    assert_eq!(operations.len(), 4);
    for operation in operations {
        let span = spans.iter().find(|span| span.actor == operation.actor).unwrap();
        assert_eq!(operation.span, Some(span.key), "a call of {} is in its reconcile", operation.actor);
    }
}

#[tokio::test]
async fn after_the_end_clients_still_work_and_nothing_is_recorded() {
    let sink = Collected::default();
    let recorder = Recorder::to_sink(sink.boxed()).start().unwrap();
    let actor = recorder.actor("a");
    let mut late = service(&recorder, "a");
    drop(late.call(request()).await.unwrap().into_body().collect().await);
    let stats = recorder.finish().await.unwrap();
    assert_eq!((stats.recorded, stats.lost), (1, 0));
    let response = late.call(request()).await.unwrap();
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), ANSWER);
    actor.log(kuberewind_model::LogStream::Stdout, "info", "not recorded");
    let wrapped = actor.wrap(|_: Arc<k8s_openapi::api::core::v1::Pod>, _: Arc<()>| std::future::ready(Ok::<(), String>(())));
    let mut wrapped = wrapped;
    wrapped(Arc::default(), Arc::new(())).await.unwrap();
    assert_eq!((sink.operations().len(), sink.spans().len(), sink.is_closed()), (1, 0, true));
}

#[test]
fn a_recorder_can_be_dropped_within_and_after_any_runtime() {
    let sink = Collected::default();
    let recorder = Recorder::to_sink(sink.boxed()).start().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        drop(service(&recorder, "a").call(request()).await.unwrap().into_body().collect().await);
    });
    drop(runtime);
    drop(recorder);
    assert!(sink.is_closed() && sink.operations().len() == 1, "the writer does not need the runtime");
}
