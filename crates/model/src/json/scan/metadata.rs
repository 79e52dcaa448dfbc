//! What the recorder needs to know of an object, found in one pass over its text.

use std::borrow::Cow;

use super::{RawStr, Scan, ScanError};

/// The controlling owner of an object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Owner<'a> {
    /// `kind`.
    pub kind: Cow<'a, str>,
    /// `name`.
    pub name: Cow<'a, str>,
    /// `uid`.
    pub uid: Cow<'a, str>,
}

/// What an object says of itself. Texts that are not there are ''.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metadata<'a> {
    /// `apiVersion`.
    pub api_version: Cow<'a, str>,
    /// `kind`.
    pub kind: Cow<'a, str>,
    /// `metadata.name`.
    pub name: Cow<'a, str>,
    /// `metadata.generateName`.
    pub generate_name: Cow<'a, str>,
    /// `metadata.namespace`.
    pub namespace: Cow<'a, str>,
    /// `metadata.uid`.
    pub uid: Cow<'a, str>,
    /// `metadata.resourceVersion`.
    pub resource_version: Cow<'a, str>,
    /// `metadata.continue`, of a list.
    pub continue_token: Cow<'a, str>,
    /// `metadata.generation`.
    pub generation: Option<i64>,
    /// Whether there is a `metadata.deletionTimestamp`.
    pub deleting: bool,
    /// `metadata.deletionGracePeriodSeconds`.
    pub grace_seconds: Option<i64>,
    /// Whether `metadata.finalizers` has any.
    pub finalizers: bool,
    /// The owner reference that says `controller: true`.
    pub controller: Option<Owner<'a>>,
    /// Whether the text has white space between tokens.
    pub spaced: bool,
}

impl<'a> Metadata<'a> {
    /// Reads a whole document, which is to be one object.
    ///
    /// # Errors
    /// Where it is not sound, nests too deep, or is no object.
    pub fn read(bytes: &'a [u8]) -> Result<Metadata<'a>, ScanError> {
        let mut scan = Scan::new(bytes);
        let mut found = Metadata::default();
        if !found.scan(&mut scan, None)? {
            return Err(ScanError { at: 0, what: "an object was expected" });
        }
        scan.end()?;
        found.spaced = scan.spaced();
        Ok(found)
    }

    /// What can be read of the beginning of an object, as far as it goes.
    #[must_use]
    pub fn of_beginning(bytes: &'a [u8]) -> Metadata<'a> {
        let mut found = Metadata::default();
        // That it breaks off is no news.
        match found.scan(&mut Scan::new(bytes), None) {
            Ok(_) | Err(_) => found,
        }
    }

    /// Reads the next value of a walk. Within a table's row, the object in it is meant: name it as `nested`.
    /// Says whether the value was an object.
    ///
    /// # Errors
    /// Where the value is not sound or nests too deep.
    pub fn scan(&mut self, scan: &mut Scan<'a>, nested: Option<&str>) -> Result<bool, ScanError> {
        let Some(mut members) = scan.object()? else { return Ok(false) };
        while let Some(key) = scan.key(&mut members)? {
            match nested {
                Some(name) if key.is(name) => self.members(scan)?,
                Some(_) => {
                    scan.skip()?;
                }
                None => self.member(key, scan)?,
            }
        }
        Ok(true)
    }

    fn members(&mut self, scan: &mut Scan<'a>) -> Result<(), ScanError> {
        let Some(mut members) = scan.object()? else { return Ok(()) };
        while let Some(key) = scan.key(&mut members)? {
            self.member(key, scan)?;
        }
        Ok(())
    }

    fn member(&mut self, key: RawStr<'_>, scan: &mut Scan<'a>) -> Result<(), ScanError> {
        if key.is("apiVersion") {
            text(scan, &mut self.api_version)
        } else if key.is("kind") {
            text(scan, &mut self.kind)
        } else if key.is("metadata") {
            self.metadata(scan)
        } else {
            scan.skip().map(|_| ())
        }
    }

    fn metadata(&mut self, scan: &mut Scan<'a>) -> Result<(), ScanError> {
        let Some(mut members) = scan.object()? else { return Ok(()) };
        while let Some(key) = scan.key(&mut members)? {
            match key.bytes {
                b"name" => text(scan, &mut self.name)?,
                b"generateName" => text(scan, &mut self.generate_name)?,
                b"namespace" => text(scan, &mut self.namespace)?,
                b"uid" => text(scan, &mut self.uid)?,
                b"resourceVersion" => text(scan, &mut self.resource_version)?,
                b"continue" => text(scan, &mut self.continue_token)?,
                b"generation" => self.generation = integer(scan.skip()?),
                b"deletionGracePeriodSeconds" => self.grace_seconds = integer(scan.skip()?),
                b"deletionTimestamp" => self.deleting = scan.skip()? != b"null",
                b"finalizers" => self.finalizers = has_elements(scan)?,
                b"ownerReferences" => self.owners(scan)?,
                _ => {
                    scan.skip()?;
                }
            }
        }
        Ok(())
    }

    fn owners(&mut self, scan: &mut Scan<'a>) -> Result<(), ScanError> {
        let Some(mut owners) = scan.array()? else { return Ok(()) };
        while scan.element(&mut owners)? {
            let Some(mut members) = scan.object()? else { continue };
            let mut owner = Owner::default();
            let mut controls = false;
            while let Some(key) = scan.key(&mut members)? {
                match key.bytes {
                    b"kind" => text(scan, &mut owner.kind)?,
                    b"name" => text(scan, &mut owner.name)?,
                    b"uid" => text(scan, &mut owner.uid)?,
                    b"controller" => controls = scan.skip()? == b"true",
                    _ => {
                        scan.skip()?;
                    }
                }
            }
            if controls {
                self.controller = Some(owner);
            }
        }
        Ok(())
    }
}

fn text<'a>(scan: &mut Scan<'a>, into: &mut Cow<'a, str>) -> Result<(), ScanError> {
    if let Some(found) = scan.string_or_skip()? {
        *into = found.text();
    }
    Ok(())
}

fn integer(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

fn has_elements(scan: &mut Scan<'_>) -> Result<bool, ScanError> {
    let Some(mut elements) = scan.array()? else { return Ok(false) };
    let mut any = false;
    while scan.element(&mut elements)? {
        any = true;
        scan.skip()?;
    }
    Ok(any)
}
