//! A file of requests with their responses.

use serde_json::Value;

#[derive(Debug, Default)]
pub(super) struct File {
    /// The comment at the beginning.
    head: String,
    pub(super) entries: Vec<Entry>,
}

#[derive(Debug, Default)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) notes: Vec<String>,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
    pub(super) response: Response,
}

#[derive(Debug, Default, PartialEq)]
pub(super) struct Response {
    pub(super) code: u16,
    pub(super) headers: Vec<(String, String)>,
    /// JSON, or a text that is none.
    pub(super) body: Value,
}

impl File {
    pub(super) fn parse(text: &str) -> File {
        let mut parts = text.split("\n### ");
        let head = parts.next().unwrap_or_default().to_owned();
        File { head, entries: parts.map(Entry::parse).collect() }
    }

    pub(super) fn render(&self) -> String {
        let entries = self.entries.iter().map(Entry::render);
        format!("{}\n{}", self.head.trim_end_matches('\n'), entries.collect::<String>())
    }
}

/// Splits `Name: value`.
fn header(line: &str) -> (String, String) {
    let (name, value) = line.split_once(": ").unwrap_or_else(|| panic!("{line} is no header"));
    (name.to_owned(), value.to_owned())
}

impl Entry {
    fn parse(text: &str) -> Entry {
        let (request, response) = text.split_once("\n<<< ").map_or((text, ""), |(request, response)| (request, response));
        let (head, body) = request.split_once("\n\n").unwrap_or((request.trim_end(), ""));
        let mut lines = head.lines();
        let name = lines.next().unwrap_or_default().to_owned();
        let (notes, rest): (Vec<&str>, Vec<&str>) = lines.partition(|line| line.starts_with('#'));
        let mut rest = rest.into_iter();
        let (method, path) = rest.next().and_then(|line| line.split_once(' ')).unwrap_or_else(|| panic!("{name} has no request"));
        Entry {
            name,
            notes: notes.into_iter().map(str::to_owned).collect(),
            method: method.to_owned(),
            path: path.to_owned(),
            headers: rest.map(header).collect(),
            body: body.trim_matches('\n').to_owned(),
            response: Response::parse(response),
        }
    }

    pub(super) fn compares_managed_fields(&self) -> bool {
        self.notes.iter().any(|note| note == "# managedFields")
    }

    fn render(&self) -> String {
        let mut text = format!("\n### {}\n", self.name);
        self.notes.iter().for_each(|note| text.push_str(&format!("{note}\n")));
        text.push_str(&format!("{} {}\n", self.method, self.path));
        self.headers.iter().for_each(|(name, value)| text.push_str(&format!("{name}: {value}\n")));
        if !self.body.is_empty() {
            text.push_str(&format!("\n{}\n", self.body));
        }
        text.push_str(&format!("\n<<< {}\n", self.response.code));
        self.response.headers.iter().for_each(|(name, value)| text.push_str(&format!("{name}: {value}\n")));
        text.push_str(&format!("\n{}\n", rendered(&self.response.body)));
        text
    }
}

impl Response {
    fn parse(text: &str) -> Response {
        let (head, body) = text.split_once("\n\n").unwrap_or((text.trim_end(), ""));
        let mut lines = head.lines();
        let code = lines.next().and_then(|code| code.trim().parse().ok()).unwrap_or(0);
        let body = body.trim();
        let body = serde_json::from_str(body).unwrap_or_else(|_| Value::String(body.to_owned()));
        Response { code, headers: lines.map(header).collect(), body }
    }
}

/// The widest value on one line of a rendered body, with its indentation.
const WIDTH: usize = 118;

/// JSON in which what fits into one line is on one line, and closing brackets follow what they close.
fn rendered(body: &Value) -> String {
    if let Value::String(text) = body {
        return text.clone();
    }
    let (mut lines, mut open) = (Vec::<String>::new(), Vec::<usize>::new());
    for line in serde_json::to_string_pretty(body).unwrap().lines() {
        let line = format!("{}{}", " ".repeat((line.len() - line.trim_start().len()) / 2), line.trim_start());
        let closes = line.trim_start().starts_with(['}', ']']);
        let opens = line.ends_with(['{', '[']);
        lines.push(line);
        if closes && let Some(start) = open.pop() {
            let joined: Vec<&str> = lines[start + 1..].iter().map(|line| line.trim_start()).collect();
            let first = lines[start].clone();
            let joined = format!("{first}{}", joined.join(" ")).replace(" }", "}").replace(" ]", "]");
            // Without its name and the comma behind it.
            let name = first.trim_start().len() - 1;
            if joined.trim_end_matches(',').chars().count() - name <= WIDTH {
                lines.truncate(start);
                lines.push(joined);
            } else if let Some(bracket) = lines.pop() {
                lines.last_mut().unwrap().push_str(bracket.trim_start());
            }
        }
        if opens {
            open.push(lines.len() - 1);
        }
    }
    lines.join("\n")
}
