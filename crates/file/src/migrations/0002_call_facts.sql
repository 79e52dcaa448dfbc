-- The user as which the API server saw a call, and what the server said besides the response: warnings, and the webhooks that changed
-- the object, as a JSON array of pairs ["warning" | "changed by", TEXT]. NULL: none, or not recorded.
ALTER TABLE detail ADD COLUMN user INTEGER;
ALTER TABLE detail ADD COLUMN remarks TEXT;
