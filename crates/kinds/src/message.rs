//! Messages and their fields.

/// A struct of Kubernetes, which is a message in protobuf and an object in JSON.
#[derive(Debug)]
pub struct Message {
    pub(crate) name: &'static str,
    pub(crate) typed: bool,
    pub(crate) map_type: Option<MapType>,
    pub(crate) fields: Vec<Field>,
    /// Index of a field by its protobuf number, [`NO_FIELD`] for a number without one.
    pub(crate) by_number: Vec<u8>,
    /// JSON names of the fields, sorted by length and text, with their index. Inlined members have no name.
    pub(crate) by_name: Vec<(&'static str, u8)>,
    /// Indexes of the fields that the JSON has even if they are absent.
    pub(crate) always_printed: Vec<u8>,
    /// Names of the fields of its inlined members, sorted.
    pub(crate) inlined: Vec<&'static str>,
}

pub(crate) const NO_FIELD: u8 = u8::MAX;

/// The index of a message in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MessageId(pub(crate) u16);

/// A field of a [`Message`].
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts of a Go field")]
pub struct Field {
    pub(crate) name: &'static str,
    pub(crate) number: u32,
    pub(crate) ty: Type,
    pub(crate) shape: Shape,
    pub(crate) pointer: bool,
    pub(crate) omit_empty: bool,
    pub(crate) omit_zero: bool,
    pub(crate) inline: bool,
    pub(crate) required: bool,
    pub(crate) facts: Option<Box<Facts>>,
}

/// What most fields do not have.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    pub(crate) list_type: Option<ListType>,
    pub(crate) list_keys: Vec<&'static str>,
    pub(crate) map_type: Option<MapType>,
    pub(crate) patch_strategies: Vec<&'static str>,
    pub(crate) patch_key: Option<&'static str>,
    pub(crate) values: Vec<String>,
    pub(crate) default: Option<&'static str>,
}

static NO_FACTS: Facts = Facts {
    list_type: None,
    list_keys: Vec::new(),
    map_type: None,
    patch_strategies: Vec::new(),
    patch_key: None,
    values: Vec::new(),
    default: None,
};

/// How many values a field has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// One.
    Single,
    /// A list.
    List,
    /// A map from strings.
    Map,
}

/// The type of a field, or of the items of its list or map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// A string; [`Field::values`] has those of an enum.
    String,
    /// Bytes, base64 in JSON.
    Bytes,
    /// A boolean.
    Bool,
    /// A 32-bit integer.
    Int32,
    /// A 64-bit integer, a number in JSON too.
    Int64,
    /// A floating-point number.
    Double,
    /// A time in seconds, RFC 3339 in JSON.
    Time,
    /// A time in microseconds, RFC 3339 in JSON.
    MicroTime,
    /// A quantity such as `100m`: a string in protobuf too.
    Quantity,
    /// A number or a string: a port, a percentage.
    IntOrString,
    /// Any object, JSON or an enveloped protobuf message.
    RawExtension,
    /// The set of fields of a `managedFields` entry, JSON in protobuf too.
    FieldsV1,
    /// Any JSON.
    Json,
    /// A list of strings that is a message in protobuf, so that it can be an item of a map.
    Strings,
    /// A boolean or an object of this message.
    SchemaOrBool(MessageId),
    /// An object of this message or a list of them.
    SchemaOrArray(MessageId),
    /// An object of this message or a list of strings.
    SchemaOrStrings(MessageId),
    /// An object.
    Message(MessageId),
}

/// `x-kubernetes-list-type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListType {
    /// Replaced as a whole.
    Atomic,
    /// Scalars, each at most once.
    Set,
    /// Objects with the keys in [`Field::list_keys`].
    Map,
}

/// `x-kubernetes-map-type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MapType {
    /// Replaced as a whole.
    Atomic,
    /// Merged member by member.
    Granular,
}

impl Type {
    /// Returns the message of the objects of this type, also if it is a union with something else.
    #[must_use]
    #[inline]
    pub fn message(self) -> Option<&'static Message> {
        match self {
            Type::Message(id) | Type::SchemaOrBool(id) | Type::SchemaOrArray(id) | Type::SchemaOrStrings(id) => {
                Some(id.message())
            }
            _ => None,
        }
    }

    /// Returns the wire type of protobuf: 0 for a varint, 1 for 64 bits, 2 for bytes with a length.
    #[must_use]
    pub fn wire(self) -> u8 {
        match self {
            Type::Bool | Type::Int32 | Type::Int64 => 0,
            Type::Double => 1,
            _ => 2,
        }
    }
}

impl Message {
    /// The name in OpenAPI, such as `io.k8s.api.core.v1.Pod`.
    #[must_use]
    #[inline]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// True if its JSON has `apiVersion` and `kind`, which are not fields: protobuf puts them into the envelope.
    #[must_use]
    #[inline]
    pub fn is_typed(&self) -> bool {
        self.typed
    }

    /// The map type of all fields of this type, unless the field has one itself.
    #[must_use]
    pub fn map_type(&self) -> Option<MapType> {
        self.map_type
    }

    /// The fields in the order in which the API server prints them.
    #[must_use]
    #[inline]
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Returns a field by its name in JSON, also if it belongs to an inlined member.
    #[must_use]
    #[inline]
    pub fn field(&self, name: &str) -> Option<&Field> {
        let mut message = self;
        loop {
            if let Some(index) = message.own(name) {
                return message.fields.get(index);
            }
            let mut members = message.fields.iter().filter(|field| field.inline).filter_map(|field| field.ty.message());
            message = members.find(|member| member.own(name).is_some() || member.inlined.binary_search(&name).is_ok())?;
        }
    }

    /// Returns a field by its protobuf number. The fields of inlined members have the numbers of those.
    #[must_use]
    pub fn field_numbered(&self, number: u32) -> Option<&Field> {
        self.fields.get(self.numbered(number)?)
    }

    /// The index of a field by its number.
    pub(crate) fn numbered(&self, number: u32) -> Option<usize> {
        let index = *self.by_number.get(usize::try_from(number).ok()?)?;
        (index != NO_FIELD).then_some(usize::from(index))
    }

    /// The index of a field that is not inlined by its name.
    #[inline]
    pub(crate) fn own(&self, name: &str) -> Option<usize> {
        let at = self.by_name.binary_search_by(|(other, _)| (other.len(), *other).cmp(&(name.len(), name))).ok()?;
        self.by_name.get(at).map(|(_, index)| usize::from(*index))
    }

    /// True if the JSON of this message can have a member of this name.
    pub(crate) fn knows(&self, name: &str) -> bool {
        self.own(name).is_some()
            || self.inlined.binary_search(&name).is_ok()
            || (self.typed && matches!(name, "apiVersion" | "kind"))
    }
}

impl Field {
    #[inline]
    fn facts(&self) -> &Facts {
        self.facts.as_deref().unwrap_or(&NO_FACTS)
    }

    /// The number in protobuf.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.number
    }

    /// The name in JSON; for an inlined member the name in protobuf.
    #[must_use]
    #[inline]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// How many values the field has.
    #[must_use]
    #[inline]
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// The type of the value, or of the items of the list or map.
    #[must_use]
    #[inline]
    pub fn ty(&self) -> Type {
        self.ty
    }

    /// True if the Go field is a pointer: its zero value differs from absence.
    #[must_use]
    #[inline]
    pub fn is_pointer(&self) -> bool {
        self.pointer
    }

    /// True if the JSON leaves out an absent pointer, an empty list or map and a zero scalar (`omitempty`). A struct that
    /// is not a pointer is printed in any case.
    #[must_use]
    #[inline]
    pub fn omits_empty(&self) -> bool {
        self.omit_empty
    }

    /// True if the JSON leaves out the zero value, also that of a struct (`omitzero`).
    #[must_use]
    #[inline]
    pub fn omits_zero(&self) -> bool {
        self.omit_zero
    }

    /// True if the members of the value are members of the object around it.
    #[must_use]
    #[inline]
    pub fn is_inline(&self) -> bool {
        self.inline
    }

    /// True if OpenAPI lists the field as required.
    #[must_use]
    pub fn is_required(&self) -> bool {
        self.required
    }

    /// How server-side apply merges the list. `None` is [`ListType::Atomic`].
    #[must_use]
    #[inline]
    pub fn list_type(&self) -> Option<ListType> {
        self.facts().list_type
    }

    /// The keys of the items of a [`ListType::Map`].
    #[must_use]
    pub fn list_keys(&self) -> &[&'static str] {
        &self.facts().list_keys
    }

    /// How server-side apply merges the map or object: the field's map type, else that of its message.
    #[must_use]
    pub fn map_type(&self) -> Option<MapType> {
        match self.shape {
            Shape::Single => self.facts().map_type.or_else(|| self.ty.message()?.map_type),
            Shape::List | Shape::Map => self.facts().map_type,
        }
    }

    /// The strategies of strategic merge patch: `merge`, `replace`, `retainKeys`.
    #[must_use]
    pub fn patch_strategies(&self) -> &[&'static str] {
        &self.facts().patch_strategies
    }

    /// The merge key of strategic merge patch for a list of objects.
    #[must_use]
    pub fn patch_key(&self) -> Option<&'static str> {
        self.facts().patch_key
    }

    /// The values of an enum; empty for any other type.
    #[must_use]
    #[inline]
    pub fn values(&self) -> &[String] {
        &self.facts().values
    }

    /// The default of OpenAPI as JSON text, such as `"TCP"`. Zero values are not listed.
    #[must_use]
    pub fn default(&self) -> Option<&'static str> {
        self.facts().default
    }
}
