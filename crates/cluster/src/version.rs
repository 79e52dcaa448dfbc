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
    /// As `content`.
    managers: OnceLock<Managers>,
    /// Of a version that was made from a value, made when a response first needs it.
    text: OnceLock<Text>,
    /// True for a version that was made from a text.
    has_own_text: bool,
}

impl Version {
    /// Creates a version of an object with these field managers. Managed fields in the object itself are dropped.
    pub(crate) fn new(mut content: Value, managers: Managers) -> Version {
        meta::unset(&mut content, "managedFields");
        let (content, managers) = (OnceLock::from(Arc::new(content)), OnceLock::from(managers));
        Version { content, managers, text: OnceLock::new(), has_own_text: false }
    }

    /// Creates a version with exactly this text.
    #[must_use]
    pub fn of_text(text: Text) -> Version {
        Version { content: OnceLock::new(), managers: OnceLock::new(), text: OnceLock::from(text), has_own_text: true }
    }

    /// The object, with its managed fields.
    #[must_use]
    pub fn to_value(&self) -> Value {
        if let Some(text) = self.own_text() {
            return text.to_value();
        }
        let mut object = (**self.content()).clone();
        if !self.managers().is_empty() {
            self.managers().write(&mut object);
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
        self.content.get_or_init(|| {
            let mut content = self.own_text().map(Text::to_value).unwrap_or_default();
            meta::unset(&mut content, "managedFields");
            Arc::new(content)
        })
    }

    /// The field managers.
    pub(crate) fn managers(&self) -> &Managers {
        self.managers.get_or_init(|| {
            let list = self.own_text().and_then(|text| serde_json::from_slice::<Value>(&text.managed_fields()).ok());
            Managers::sent(list.as_ref(), &Managers::default())
        })
    }

    /// The JSON text. The first call makes it.
    pub(crate) fn text(&self) -> &Text {
        self.text.get_or_init(|| Text::of(self.content(), self.managers()))
    }

    /// The text from which the version was made.
    fn own_text(&self) -> Option<&Text> {
        self.text.get().filter(|_| self.has_own_text)
    }
}

/// The object without its managed fields.
impl Deref for Version {
    type Target = Value;

    fn deref(&self) -> &Value {
        self.content()
    }
}
