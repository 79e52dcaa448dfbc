//! Values as JSON text.

/// Appends JSON.
pub(crate) fn write<T: serde::Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) {
    // Writing to memory cannot fail, and every map key is a string.
    let _infallible = serde_json::to_writer(out, value);
}
