-- The indexes a careful designer adds on top of keys.sql; the limit runs on these.
set search_path to src;
-- list order (newest first) and keyset paging
create index findings_recent on findings (found_at desc, id desc);
-- open findings of a unit by status, in due-date order: filter + sort + LIMIT from one index
create index findings_open_due on findings (unit_id, status, due_date, id) where status <> 'closed';
-- substring search: every pair of neighbouring characters is a key (two-character Chinese words work,
-- which pg_trgm's three-character keys do not give)
create or replace function bigrams(t text) returns text[] language sql immutable parallel safe strict as
$$ select coalesce(array_agg(distinct substr(t, i, 2)), '{}') from generate_series(1, length(t) - 1) i $$;
create index findings_bigram on findings using gin (bigrams(title || ' ' || description)) with (fastupdate = off);
