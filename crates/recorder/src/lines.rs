//! What the program says by `tracing`, as log lines: each event with its level, its fields and its reconcile.

use std::fmt::{self, Write};
use std::sync::Arc;

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

use super::shared::Shared;
use super::{scope, spans};
use kuberewind_capture::{Line, Message};
use kuberewind_model::LogStream;

/// Of a longer line the beginning is kept, in bytes: as of a line that a recorded program prints.
const LONGEST: usize = 16 * 1024;

/// Hears of events.
pub(super) struct LineLayer {
    pub(super) shared: Arc<Shared>,
}

impl<S> Layer<S> for LineLayer
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if !self.shared.is_on() {
            return;
        }
        let mut said = Said::default();
        event.record(&mut said);
        let at = self.shared.now();
        let span = scope::current(self.shared.id).or_else(|| spans::around(event, &context, self.shared.id));
        let level = event.metadata().level().as_str().to_ascii_lowercase();
        let text = said.line();
        self.shared.tell(None, text.len(), || {
            Message::Log(Box::new(Line { at, stream: LogStream::Tracing, level: level.into(), span, text }))
        });
    }
}

/// An event's message, and its fields as `tracing-subscriber` writes them.
#[derive(Default)]
struct Said {
    message: Bounded,
    fields: Bounded,
}

impl Said {
    fn line(self) -> String {
        let mut line = self.message.0;
        line.push_str(if line.is_empty() { self.fields.0.trim_start() } else { &self.fields.0 });
        line
    }
}

impl Visit for Said {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // What has no more room is left out: that is the only error there is.
        let _all_of_it = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.fields, " {name}={value:?}"),
        };
    }
}

/// A text that takes [`LONGEST`] bytes.
#[derive(Default)]
struct Bounded(String);

impl Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut end = text.len().min(LONGEST.saturating_sub(self.0.len()));
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        self.0.push_str(&text[..end]);
        if end < text.len() { Err(fmt::Error) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_its_message_before_its_fields_and_an_end() {
        let mut said = Said::default();
        write!(said.fields, " found=3").unwrap();
        write!(said.message, "scaling").unwrap();
        assert_eq!(said.line(), "scaling found=3");
        let mut said = Said::default();
        write!(said.fields, " found=3").unwrap();
        assert_eq!(said.line(), "found=3");
        let mut long = Bounded::default();
        assert!(long.write_str(&"é".repeat(LONGEST)).is_err() && long.write_str("more").is_err());
        assert_eq!(long.0.len(), LONGEST);
    }
}
