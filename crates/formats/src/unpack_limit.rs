//! The one budget for everything that is unpacked from a file, so that a small file cannot fill the memory or the disk.

use std::path::Path;

use bytesize::ByteSize;

use kuberewind_model::{Error, ErrorKind};

/// The variable that sets another budget, for example `8GiB`.
const VARIABLE: &str = "KUBEREWIND_UNPACK_LIMIT";
/// A compressed file may become this large: a fixed size, plus a multiple of its own size. Logs shrink to a twentieth; more than two
/// hundred times is meant to do harm.
const TIMES: u64 = 200;

/// The bytes that may still be unpacked from one file.
#[derive(Debug, Clone, Copy)]
pub(super) struct UnpackLimit {
    total: u64,
    left: u64,
}

impl UnpackLimit {
    /// The budget of a file with this many compressed bytes: `fixed` and a multiple of them, or what the user has set.
    pub(super) fn of(compressed: u64, fixed: u64) -> UnpackLimit {
        let set = std::env::var(VARIABLE).ok().and_then(|text| text.parse::<ByteSize>().ok());
        let total = set.map_or(compressed.saturating_mul(TIMES).saturating_add(fixed), |size| size.as_u64());
        UnpackLimit { total, left: total }
    }

    /// Adds the share of a further file with this many compressed bytes, unless the user has set the budget.
    pub(super) fn grow(&mut self, compressed: u64) {
        if std::env::var_os(VARIABLE).is_none() {
            let more = compressed.saturating_mul(TIMES);
            (self.total, self.left) = (self.total.saturating_add(more), self.left.saturating_add(more));
        }
    }

    /// The bytes that are left.
    pub(super) fn left(self) -> u64 {
        self.left
    }

    /// Takes bytes from the budget. Returns false if there were not as many.
    pub(super) fn take(&mut self, bytes: u64) -> bool {
        let enough = bytes <= self.left;
        self.left = self.left.saturating_sub(bytes);
        enough
    }

    /// The error of a file that is larger.
    pub(super) fn exceeded(self, path: &Path) -> Error {
        let message = format!("{} unpacks to more than {}", path.display(), ByteSize(self.total));
        Error::new(ErrorKind::Invalid, message)
            .hint(format!("if the file is meant to be as large, set {VARIABLE}, for example {VARIABLE}=8GiB"))
    }
}

#[cfg(test)]
mod tests {
    use super::UnpackLimit;

    #[test]
    fn a_budget_is_spent_once() {
        let mut limit = UnpackLimit::of(10, 1_000);
        assert_eq!(limit.left(), 3_000);
        assert!(limit.take(2_000) && limit.take(1_000) && !limit.take(1));
        assert_eq!(limit.left(), 0);
        let error = limit.exceeded(std::path::Path::new("capture.kshrk"));
        assert!(error.to_string().contains("capture.kshrk unpacks to more than"), "{error}");
        assert!(error.hint_text().unwrap().contains("KUBEREWIND_UNPACK_LIMIT"));
    }
}
