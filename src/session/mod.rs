//! An open recording: lineage, snapshot, cursor.
