-- After the rows are in: the next keys, and the indexes that Django makes by itself (keys and foreign keys).
set search_path to src;
select setval(pg_get_serial_sequence('src.findings', 'id'), (select max(id) from findings)),
       setval(pg_get_serial_sequence('src.finding_logs', 'id'), (select max(id) from finding_logs));
create index on units (parent_id);
create index on sites (unit_id);
create index on findings (site_id);
create index on findings (unit_id);
create index on findings (reporter_id);
create index on findings (assignee_id);
create index on finding_logs (finding_id);
create index on finding_logs (user_id);
alter table units add foreign key (parent_id) references units;
alter table sites add foreign key (unit_id) references units;
alter table findings add foreign key (site_id) references sites, add foreign key (unit_id) references units,
                     add foreign key (reporter_id) references users, add foreign key (assignee_id) references users;
alter table finding_logs add foreign key (finding_id) references findings, add foreign key (user_id) references users;
analyze;
