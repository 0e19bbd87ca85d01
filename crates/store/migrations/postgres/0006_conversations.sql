-- What people write, as long as it is not answered, and what must be remembered of a conversation.
-- Same tables, columns and keys as the SQLite file of the same name. SQL of PostgreSQL 12, no extensions.

-- One row for each event of a channel, so that an event that is delivered twice is answered once. payload: what is needed to
-- answer it, as JSON; null once answered. state: waiting (in the order of its person's events), later (was answered in part, the
-- rest is due by itself) or answered. attempts: how often it was claimed; only the latest claim may finish it. claimed_until: the
-- end of that claim. progress: what of the answer was sent already.
create table chat_events (
    channel       text collate "C" not null,
    event_id      text collate "C" not null,
    user_key      text collate "C" not null,
    received_at   timestamptz not null,
    due_at        timestamptz not null,
    payload       text,
    state         text collate "C" not null,
    attempts      bigint not null,
    claimed_until timestamptz,
    progress      text,
    primary key (channel, event_id)
);
create index chat_events_waiting on chat_events (channel, user_key, state, received_at, event_id) where state <> 'answered';
create index chat_events_received on chat_events (received_at);

-- pending: the question that waits for an answer, as JSON.
create table conversations (
    channel     text collate "C" not null,
    user_key    text collate "C" not null,
    language    text collate "C",
    pending     text,
    updated_at  timestamptz not null,
    primary key (channel, user_key)
);
create index conversations_updated on conversations (updated_at);

-- Names that the chat had looked up at the sources: so that one look-up serves everybody, that an unknown name is not asked for
-- again at once, and that nobody asks for too many. state: asking, found, not_found, failed. until: when it may be asked again.
-- channel and user_key: who asked, as long as that counts.
create table chat_lookups (
    name_key  text collate "C" primary key,
    channel   text collate "C",
    user_key  text collate "C",
    asked_at  timestamptz not null,
    state     text collate "C" not null,
    until     timestamptz,
    requests  bigint not null
);
create index chat_lookups_asked on chat_lookups (asked_at);
