//! Places inside an object: what type a path leads to.

use crate::message::{Field, MapType, Message, Shape, Type};

/// The type of a place inside an object of a known kind.
#[derive(Debug, Clone, Copy)]
pub enum Place {
    /// An object: the root of a path, or an item of a list or map.
    Object(&'static Message),
    /// The value of a field. If the field is a list or map, all of it.
    Field(&'static Field),
    /// An item of the list or map of a field.
    Item(&'static Field),
}

impl Place {
    /// The field that leads to this place; for an item the field of its list or map.
    #[must_use]
    #[inline]
    pub fn field(self) -> Option<&'static Field> {
        match self {
            Place::Object(_) => None,
            Place::Field(field) | Place::Item(field) => Some(field),
        }
    }

    /// How many values there are at this place.
    #[must_use]
    #[inline]
    pub fn shape(self) -> Shape {
        match self {
            Place::Field(field) => field.shape(),
            Place::Object(_) | Place::Item(_) => Shape::Single,
        }
    }

    /// The message of the object at this place; `None` for a list, a map or a scalar.
    #[must_use]
    #[inline]
    pub fn message(self) -> Option<&'static Message> {
        match self {
            Place::Object(message) => Some(message),
            Place::Field(field) if field.shape() != Shape::Single => None,
            Place::Field(field) | Place::Item(field) => field.ty().message(),
        }
    }

    /// How server-side apply merges the object or map at this place.
    #[must_use]
    pub fn map_type(self) -> Option<MapType> {
        match self {
            Place::Object(message) => message.map_type(),
            Place::Field(field) => field.map_type(),
            Place::Item(field) => field.ty().message()?.map_type(),
        }
    }

    /// Returns the place of a member of the object or map at this place.
    #[must_use]
    #[inline]
    pub fn member(self, name: &str) -> Option<Place> {
        match self {
            Place::Field(field) if field.shape() == Shape::Map => Some(Place::Item(field)),
            _ => self.message()?.field(name).map(Place::Field),
        }
    }

    /// Returns the place of an item of the list at this place.
    #[must_use]
    #[inline]
    pub fn item(self) -> Option<Place> {
        match self {
            Place::Field(field) if field.shape() == Shape::List => Some(Place::Item(field)),
            Place::Field(field) | Place::Item(field) => match field.ty() {
                Type::SchemaOrArray(id) => Some(Place::Object(id.message())),
                _ => None,
            },
            Place::Object(_) => None,
        }
    }
}

impl Message {
    /// Returns the place that a JSON pointer such as `/spec/containers/0/ports` leads to. Any index of a list and any
    /// key of a map will do. `None` for a path that the message does not have, and for one into free-form JSON.
    #[must_use]
    pub fn walk(&'static self, path: &str) -> Option<Place> {
        let mut place = Place::Object(self);
        for segment in path.split('/').skip(1) {
            let name = segment.replace("~1", "/").replace("~0", "~");
            let item = if name == "-" || name.bytes().all(|byte| byte.is_ascii_digit()) { place.item() } else { None };
            place = item.or_else(|| place.member(&name))?;
        }
        Some(place)
    }
}
