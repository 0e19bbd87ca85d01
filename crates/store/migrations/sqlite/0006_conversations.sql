-- What people write, as long as it is not answered, and what must be remembered of a conversation.
-- Same tables, columns and keys as the PostgreSQL file of the same name.

-- One row for each event of a channel, so that an event that is delivered twice is answered once. payload: what is needed to
-- answer it, as JSON; null once answered.
create table chat_events (
    channel     text not null,
    event_id    text not null,
    received_at text not null,
    payload     text,
    state       text not null,
    attempts    bigint not null,
    primary key (channel, event_id)
) without rowid;
create index chat_events_waiting on chat_events (received_at, channel, event_id) where state <> 'answered';
create index chat_events_received on chat_events (received_at);

-- pending: the question that waits for an answer, as JSON.
create table conversations (
    channel     text not null,
    user_key    text not null,
    language    text,
    pending     text,
    updated_at  text not null,
    primary key (channel, user_key)
) without rowid;
