-- What happened lately is read without what happened before. The history only grows, in the order of
-- time, so that an entry for each few pages is enough.
CREATE INDEX record_history_by_time ON record_history USING brin (at) WITH (autosummarize = on);
