//! Puts the lines of client-go's log at verbosity 8 or 9 together: each request with its response, in the form of a HAR entry.
//!
//! The lines of concurrent requests of one process are mixed and carry no id. A line belongs to the request of its process that
//! started last and does not have it yet; where that is not certain, the response stays without a body.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::http_headers::HttpHeaders;
use super::klog_values::KlogLine;
use super::trace_line::TraceLine;
use crate::times;
use kuberewind_model::Timestamp;

/// Processes in one log.
const MAX_PROCESSES: usize = 1_024;

#[derive(Default)]
pub(crate) struct HttpTraces {
    processes: HashMap<String, Process>,
    ended: Vec<Vec<u8>>,
}

#[derive(Default)]
struct Process {
    /// The body that the next request sends.
    body: Option<String>,
    call: Option<Call>,
    /// True while header lines belong to the response.
    of_response: bool,
}

#[derive(Default)]
struct Call {
    at: Timestamp,
    method: String,
    url: String,
    request_headers: HttpHeaders,
    request: Option<String>,
    response: Option<(u16, f64)>,
    response_headers: HttpHeaders,
    body: Option<String>,
}

impl HttpTraces {
    /// Reads a line. Returns false if it says nothing about a request. `modified` is the time of the file: klog prints no year.
    pub(crate) fn take(&mut self, line: &[u8], modified: Option<Timestamp>) -> bool {
        if !matches!(line.first(), Some(b'I' | b'W' | b'E' | b'F')) {
            return false;
        }
        let Ok(text) = std::str::from_utf8(line) else { return false };
        let Some(line) = KlogLine::read(text) else { return false };
        let Some(read) = TraceLine::read(&line) else { return false };
        let Some(at) = times::klog(text, modified.unwrap_or_else(now)) else { return false };
        if self.processes.len() >= MAX_PROCESSES && !self.processes.contains_key(line.process) {
            self.end_all();
        }
        let process = self.processes.entry(line.process.to_owned()).or_default();
        process.take(read, at, &mut self.ended);
        true
    }

    /// The exchanges that are complete.
    pub(crate) fn ended(&mut self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.ended)
    }

    /// Ends all exchanges at the end of the file.
    pub(crate) fn finish(&mut self) -> Vec<Vec<u8>> {
        self.end_all();
        self.ended()
    }

    fn end_all(&mut self) {
        for (_, process) in self.processes.drain() {
            self.ended.extend(process.call.map(Call::entry));
        }
    }
}

impl Process {
    fn take(&mut self, line: TraceLine, at: Timestamp, ended: &mut Vec<Vec<u8>>) {
        match line {
            TraceLine::RequestBody(body) => self.body = body,
            TraceLine::Request { method, url, headers } => {
                ended.extend(self.call.take().map(Call::entry));
                let request = self.body.take();
                self.call = Some(Call { at, method, url, request, request_headers: headers, ..Call::default() });
                self.of_response = false;
            }
            TraceLine::RequestHeaders => self.of_response = false,
            TraceLine::ResponseHeaders => self.of_response = true,
            TraceLine::Header(header) => {
                if let Some(call) = &mut self.call {
                    if self.of_response { &mut call.response_headers } else { &mut call.request_headers }.push(&header);
                }
            }
            TraceLine::Response { of, status, millis, headers } => self.response((of, headers), (status, millis), at, ended),
            TraceLine::ResponseBody(body) => {
                if let Some(mut call) = self.call.take_if(|call| call.response.is_some()) {
                    call.body = body;
                    ended.push(call.entry());
                }
            }
            TraceLine::Nothing => {}
        }
    }

    fn response(
        &mut self,
        (of, headers): (Option<(String, String)>, HttpHeaders),
        (status, millis): (u16, Option<f64>),
        at: Timestamp,
        ended: &mut Vec<Vec<u8>>,
    ) {
        self.of_response = true;
        let fits = |call: &Call| {
            call.response.is_none() && of.as_ref().is_none_or(|(method, url)| *method == call.method && *url == call.url)
        };
        if !self.call.as_ref().is_some_and(fits) {
            // Verbosity 6 and 7 print only this line for a request.
            let Some((method, url)) = of else { return };
            ended.extend(self.call.take().map(Call::entry));
            let at = at.minus(times::milliseconds(millis.unwrap_or(0.0)));
            self.call = Some(Call { at, method, url, request: self.body.take(), ..Call::default() });
        }
        if let Some(call) = &mut self.call {
            let measured = at.since(call.at).0 as f64 / 1e6;
            call.response = Some((status, if measured > 0.0 { measured } else { millis.unwrap_or(0.0) }));
            call.response_headers = headers;
        }
    }
}

impl Call {
    /// The call as an entry of a HAR file.
    fn entry(mut self) -> Vec<u8> {
        let (status, millis) = self.response.unwrap_or_default();
        let headers: Vec<Value> = self.request_headers.take();
        let mut request = json!({"method": self.method, "url": self.url, "headers": headers});
        if let Some(text) = self.request {
            request["postData"] = json!({"text": text});
        }
        let mut response = json!({"status": status, "headers": self.response_headers.take()});
        if let Some(text) = self.body {
            response["content"] = json!({"text": text});
        }
        let entry = json!({
            "startedDateTime": self.at.rfc3339(9),
            "time": millis,
            "request": request,
            "response": response,
        });
        entry.to_string().into_bytes()
    }
}

fn now() -> Timestamp {
    Timestamp::from_jiff(jiff::Timestamp::now())
}
