-- Earlier bodies of a kind, joined: codec 3 of `body` is zstd with the dictionary `keyframe` of this table. kind 0: texts of no kind.
-- first_body: the first body that may need it. The bodies from the next dictionary's on do not. bytes: the length of the
-- dictionary. data: the dictionary, compressed with zstd. hash: as that of a body.
CREATE TABLE dictionary (
  id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, first_body INTEGER NOT NULL, hash BLOB NOT NULL, bytes INTEGER NOT NULL, data BLOB NOT NULL
);
CREATE INDEX dictionary_by_kind ON dictionary (kind);
