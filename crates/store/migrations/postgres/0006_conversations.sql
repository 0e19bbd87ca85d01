-- What people write, as long as it is not answered, and what must be remembered of a conversation.
-- Same tables, columns and keys as the SQLite file of the same name. SQL of PostgreSQL 12, no extensions.

-- One row for each event of a channel, so that an event that is delivered twice is answered once. payload: what is needed to
-- answer it, as JSON; null once answered.
create table chat_events (
    channel     text collate "C" not null,
    event_id    text collate "C" not null,
    received_at timestamptz not null,
    payload     text,
    state       text collate "C" not null,
    attempts    bigint not null,
    primary key (channel, event_id)
);
create index chat_events_waiting on chat_events (received_at, channel, event_id) where state <> 'answered';
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
