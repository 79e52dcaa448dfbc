//! A sink that keeps all events, and a readable line for each of them.

use std::sync::{Arc, Mutex};

use kuberewind_model::{
    Error, ErrorKind, Event, GapReason, NewGap, NewLogLine, NewOperation, NewSpan, Observation, ObservationKind, Observations,
    Result, Seq, Sink, SpanEnd,
};

#[derive(Default)]
struct Inner {
    events: Vec<Event>,
    last: u64,
    broken: bool,
    closed: bool,
}

/// A sink shared with the test.
#[derive(Clone, Default)]
pub struct Collected(Arc<Mutex<Inner>>);

impl Sink for Collected {
    fn take(&mut self, event: Event) -> Result<()> {
        let mut inner = self.0.lock().unwrap();
        if inner.broken {
            return Err(Error::new(ErrorKind::Io, "the disk is full"));
        }
        inner.last += u64::from(matches!(event, Event::Operation(_)));
        inner.events.push(event);
        Ok(())
    }

    fn last(&self) -> Seq {
        Seq(self.0.lock().unwrap().last)
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }

    fn close(self: Box<Self>) -> Result<()> {
        self.0.lock().unwrap().closed = true;
        Ok(())
    }
}

impl Collected {
    pub fn boxed(&self) -> Box<dyn Sink> {
        Box::new(self.clone())
    }

    pub fn events(&self) -> Vec<Event> {
        self.0.lock().unwrap().events.clone()
    }

    pub fn set_broken(&self, broken: bool) {
        self.0.lock().unwrap().broken = broken;
    }

    pub fn is_closed(&self) -> bool {
        self.0.lock().unwrap().closed
    }

    pub fn operations(&self) -> Vec<NewOperation> {
        self.pick(|event| match event {
            Event::Operation(operation) => Some(*operation),
            _ => None,
        })
    }

    pub fn items(&self) -> Vec<Observation> {
        self.pick(|event| match event {
            Event::ListItem { observation, .. } => Some(observation),
            _ => None,
        })
    }

    pub fn spans(&self) -> Vec<NewSpan> {
        self.pick(|event| match event {
            Event::SpanStarted(span) => Some(span),
            _ => None,
        })
    }

    pub fn lines(&self) -> Vec<NewLogLine> {
        self.pick(|event| match event {
            Event::Log(line) => Some(line),
            _ => None,
        })
    }

    pub fn ends(&self) -> Vec<SpanEnd> {
        self.pick(|event| match event {
            Event::SpanEnded(end) => Some(end),
            _ => None,
        })
    }

    pub fn gaps(&self) -> Vec<NewGap> {
        self.pick(|event| match event {
            Event::Gap(gap) => Some(gap),
            _ => None,
        })
    }

    pub fn gap_reasons(&self) -> Vec<GapReason> {
        self.gaps().into_iter().map(|gap| gap.reason).collect()
    }

    /// One line for each event except learned kinds.
    pub fn story(&self) -> Vec<String> {
        self.events().iter().filter_map(describe).collect()
    }

    fn pick<T>(&self, pick: impl FnMut(Event) -> Option<T>) -> Vec<T> {
        self.events().into_iter().filter_map(pick).collect()
    }
}

fn describe(event: &Event) -> Option<String> {
    Some(match event {
        Event::Operation(operation) => describe_operation(operation),
        Event::ListItem { observation, .. } => format!("  item {}", describe_object(observation)),
        Event::WatchOpened(watch) => {
            format!("open {} {:?} from {:?}", watch.kind.resource, &*watch.selector, &*watch.from_resource_version)
        }
        Event::WatchProgress { resource_version, .. } => format!("progress {resource_version}"),
        Event::WatchEnded(end) => format!("watch {}", end.outcome.as_str()),
        Event::SpanStarted(span) => format!("span {} {}/{}", span.actor, span.namespace, span.name),
        Event::SpanEnded(end) => format!("span {}", end.result.as_str()),
        Event::Log(line) => format!("log {}", line.text),
        Event::Gap(gap) => format!("gap {} {}x{}", gap.reason.as_str(), gap.count, gap.bytes),
        Event::Restarted { actor } => format!("restarted {actor}"),
        Event::Kind(_) | Event::ServerVersion(_) | Event::Redacted { .. } => return None,
    })
}

fn describe_operation(operation: &NewOperation) -> String {
    let shown = match &operation.observations {
        Observations::Nothing => "nothing".into(),
        Observations::Object(sight) => describe_object(sight),
        Observations::List(page) => {
            format!("list {} @{}{}", page.list.0, page.resource_version, if page.complete { " complete" } else { "" })
        }
        Observations::Removed(list) => format!("removed {}", list.0),
    };
    let subresource =
        if operation.target.subresource.is_empty() { String::new() } else { format!("/{}", operation.target.subresource) };
    format!("{}{subresource} {} {}: {shown}", operation.verb, operation.status, operation.outcome.as_str())
}

fn describe_object(sight: &Observation) -> String {
    let says = match sight.observation_kind {
        ObservationKind::State => "",
        ObservationKind::Gone => " gone",
        ObservationKind::LeftView => " left",
        ObservationKind::NotFound => " not found",
    };
    let place = if sight.namespace.is_empty() { String::new() } else { format!("{}/", sight.namespace) };
    let created = if sight.created { " created" } else { "" };
    let version = if sight.resource_version.is_empty() { String::new() } else { format!("@{}", sight.resource_version) };
    format!("{} {place}{}{version} {}{says}{created}", sight.kind_name, sight.name, sight.shape.as_str())
}
