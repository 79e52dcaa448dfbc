//! The metadata of an object, read in one pass over its text.

use std::borrow::Cow;

use super::scanner::{Scan, ScanError};
use super::values::RawStr;

/// The controlling owner of an object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Owner<'a> {
    pub kind: Cow<'a, str>,
    pub name: Cow<'a, str>,
    pub uid: Cow<'a, str>,
}

/// The metadata of an object. Missing texts are ''.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metadata<'a> {
    pub api_version: Cow<'a, str>,
    pub kind: Cow<'a, str>,
    pub name: Cow<'a, str>,
    pub generate_name: Cow<'a, str>,
    pub namespace: Cow<'a, str>,
    pub uid: Cow<'a, str>,
    pub resource_version: Cow<'a, str>,
    /// `metadata.continue` of a list.
    pub continue_token: Cow<'a, str>,
    pub generation: Option<i64>,
    /// True if `metadata.deletionTimestamp` is set.
    pub deleting: bool,
    pub grace_seconds: Option<i64>,
    /// True if `metadata.finalizers` is not empty.
    pub finalizers: bool,
    /// The owner reference with `controller: true`.
    pub controller: Option<Owner<'a>>,
    /// True if the text has white space between tokens.
    pub spaced: bool,
}

impl<'a> Metadata<'a> {
    /// Reads a document that is one object.
    ///
    /// # Errors
    /// The document is malformed, nests too deep, or is not an object.
    pub fn read(bytes: &'a [u8]) -> Result<Metadata<'a>, ScanError> {
        let mut scan = Scan::new(bytes);
        let mut found = Metadata::default();
        if !found.scan(&mut scan, None)? {
            return Err(ScanError { at: 0, what: "expected an object" });
        }
        scan.end()?;
        found.spaced = scan.spaced();
        Ok(found)
    }

    /// Reads a truncated object as far as possible.
    #[must_use]
    pub fn of_beginning(bytes: &'a [u8]) -> Metadata<'a> {
        let mut found = Metadata::default();
        // The error at the truncation is expected.
        match found.scan(&mut Scan::new(bytes), None) {
            Ok(_) | Err(_) => found,
        }
    }

    /// Reads the next value of a scan. For a table row, `nested` is the member with the object. Returns false if the value is
    /// not an object.
    ///
    /// # Errors
    /// The value is malformed or nests too deep.
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
