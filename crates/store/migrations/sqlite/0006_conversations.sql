-- What people write, as long as it is not answered, and what must be remembered of a conversation.
-- Same tables, columns and keys as the PostgreSQL file of the same name.

-- One row for each event of a channel, so that an event that is delivered twice is answered once. payload: what is needed to
-- answer it, as JSON; null once answered. state: waiting (in the order of its person's events), later (was answered in part, the
-- rest is due by itself) or answered. attempts: how often it was claimed; only the latest claim may finish it. claimed_until: the
-- end of that claim. progress: what of the answer was sent already.
create table chat_events (
    channel       text not null,
    event_id      text not null,
    user_key      text not null,
    received_at   text not null,
    due_at        text not null,
    payload       text,
    state         text not null,
    attempts      bigint not null,
    claimed_until text,
    progress      text,
    primary key (channel, event_id)
) without rowid;
create index chat_events_waiting on chat_events (channel, user_key, state, received_at, event_id) where state <> 'answered';
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
create index conversations_updated on conversations (updated_at);

-- Names that the chat had looked up at the sources: so that one look-up serves everybody, that an unknown name is not asked for
-- again at once, and that nobody asks for too many. state: asking, found, not_found, failed. until: when it may be asked again.
-- channel and user_key: who asked, as long as that counts.
create table chat_lookups (
    name_key  text primary key,
    channel   text,
    user_key  text,
    asked_at  text not null,
    state     text not null,
    until     text,
    requests  bigint not null
) without rowid;
create index chat_lookups_asked on chat_lookups (asked_at);
