//! One stored state of an object.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use serde_json::Value;

use super::managed_fields::Managers;
use super::meta;
use super::text::Text;

/// One state of an object. It never changes, so tables, the change log, watches and forks share it.
///
/// It dereferences to the object without `metadata.managedFields`. [`Version::to_value`] and [`Version::json`] have them too.
#[derive(Debug)]
pub struct Version {
    /// Of a version that was made from a text, read from it when first needed.
    content: OnceLock<Arc<Value>>,
    managers: Managers,
    /// Of a version that was made from a value, made when a response first needs it.
    text: OnceLock<Text>,
}

impl Version {
    /// Creates a version of an object with these field managers. Managed fields in the object itself are dropped.
    pub(crate) fn new(mut content: Value, managers: Managers) -> Version {
        meta::unset(&mut content, "managedFields");
        Version { content: OnceLock::from(Arc::new(content)), managers, text: OnceLock::new() }
    }

    /// Creates a version with exactly this text. It dereferences to the object with the managed fields of the text.
    #[must_use]
    pub fn of_text(text: Text) -> Version {
        Version { content: OnceLock::new(), managers: Managers::default(), text: OnceLock::from(text) }
    }

    /// The object, with its managed fields.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut object = (**self.content()).clone();
        if !self.managers.is_empty() {
            self.managers.write(&mut object);
        }
        object
    }

    /// The JSON text of the object, with its managed fields, as a get returns it.
    #[must_use]
    pub fn json(&self) -> Bytes {
        self.text().whole()
    }

    /// The object without its managed fields.
    #[must_use]
    pub fn content(&self) -> &Arc<Value> {
        self.content.get_or_init(|| Arc::new(self.text.get().map(Text::to_value).unwrap_or_default()))
    }

    /// The field managers.
    pub(crate) fn managers(&self) -> &Managers {
        &self.managers
    }

    /// The JSON text. The first call makes it.
    pub(crate) fn text(&self) -> &Text {
        self.text.get_or_init(|| Text::of(self.content(), &self.managers))
    }
}

/// The object without its managed fields.
impl Deref for Version {
    type Target = Value;

    fn deref(&self) -> &Value {
        self.content()
    }
}
