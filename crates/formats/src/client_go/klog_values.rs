//! The parts of a klog line: `I1120 10:00:00.000000    7 file.go:12] message key="value" key=<`.

/// A line without its head.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct KlogLine<'l> {
    /// The number of the process or thread.
    pub(super) process: &'l str,
    /// The source file.
    pub(super) file: &'l str,
    pub(super) text: &'l str,
}

impl<'l> KlogLine<'l> {
    pub(super) fn read(line: &'l str) -> Option<KlogLine<'l>> {
        let date = line.get(1..5)?;
        if !line.starts_with(['I', 'W', 'E', 'F']) || !date.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let (head, text) = line.split_once("] ")?;
        let mut words = head.split_whitespace().skip(2);
        let (process, place) = (words.next()?, words.next()?);
        Some(KlogLine { process, file: place.split(':').next()?, text })
    }

    /// The quoted message of a structured line and what follows it.
    pub(super) fn message(&self) -> Option<(&'l str, &'l str)> {
        self.text.strip_prefix('"')?.split_once('"')
    }
}

/// The value of a key among `key="value" key=number key=<…>`.
pub(super) fn value(values: &str, key: &str) -> Option<String> {
    let at = values.find(&format!(" {key}="))?;
    let rest = &values[at + key.len() + 2..];
    if let Some(lines) = rest.strip_prefix('<') {
        let lines = lines.trim_start_matches('\n');
        let end = lines.find("\n >").unwrap_or(lines.len());
        let lines: Vec<&str> = lines[..end].lines().map(|line| line.strip_prefix('\t').unwrap_or(line)).collect();
        return Some(lines.join("\n"));
    }
    if rest.starts_with('"') {
        let mut escaped = false;
        let end = rest.char_indices().skip(1).find(|(_, c)| {
            let ends = *c == '"' && !escaped;
            escaped = *c == '\\' && !escaped;
            ends
        });
        let quoted = &rest[..end?.0 + 1];
        // Go's quoting equals JSON's except for a few escapes, which stay as written.
        return Some(serde_json::from_str(quoted).unwrap_or_else(|_| quoted.trim_matches('"').to_owned()));
    }
    rest.split_whitespace().next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_quoted_plain_or_several_lines() {
        let line = "I1120 10:00:00.000000   77 round_trippers.go:527] \"Response\" status=\"200 \\\"OK\\\"\" headers=<\n\tAudit-Id: x\n\tDate: y\n > milliseconds=5";
        let read = KlogLine::read(line).unwrap();
        assert_eq!((read.process, read.file), ("77", "round_trippers.go"));
        let (message, values) = read.message().unwrap();
        assert_eq!(message, "Response");
        assert_eq!(value(values, "status").as_deref(), Some("200 \"OK\""));
        assert_eq!(value(values, "headers").as_deref(), Some("Audit-Id: x\nDate: y"));
        assert_eq!(value(values, "milliseconds").as_deref(), Some("5"));
        assert_eq!((value(values, "url"), value("", "a"), value(" a=\"x", "a")), (None, None, None));
        for line in ["", "I", "I1120", "I1120 x] ", "ünders", "Installing"] {
            assert_eq!(KlogLine::read(line), None, "{line}");
        }
    }
}
