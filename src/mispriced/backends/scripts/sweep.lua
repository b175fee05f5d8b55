-- flags: allow-oom
-- uses: names document opportunity
-- Removes what is over at a moment by the due times. KEYS: the index. ARGV: now, how many of a kind at
-- most. Returns how many were removed, and whether there may be more.
local now, most = tonumber(ARGV[1]), tonumber(ARGV[2])
local removed, is_full = 0, false

local function due(kind)
  local found = redis.call('ZRANGEBYSCORE', KEY.due .. kind, '-inf', now, 'LIMIT', 0, most)
  is_full = is_full or #found == most
  return found
end

local function last_seen(market, source, event)
  local sighting = redis.call('HGET', sightings_key(market, source), event)
  return sighting and tonumber((split(sighting))) or 0
end

-- A match that is still quoted is not over, whatever its kick-off says.
for _, key in ipairs(due('documents')) do
  local held = document.get(key, 'market', 'source', 'kickoff')
  local market, source = held[1], held[2]
  local ends, seats = 0, {}
  if market then
    seats = document.seats(key)
    local newest, fresh_until = 0, 0
    for _, event in pairs(seats) do
      local seen = last_seen(market, source, event)
      newest = math.max(newest, seen)
      fresh_until = math.max(fresh_until, seen + fresh_for(event, source))
    end
    ends = math.min(newest + SILENT[source], math.max(tonumber(held[3]) + RULE.match_length, fresh_until))
  end
  if ends > now then
    redis.call('ZADD', KEY.due .. 'documents', ends, key)
  else
    for _, event in pairs(seats) do redis.call('HDEL', sightings_key(market, source), event) end
    remove_document(key, 'over', now)
    removed = removed + 1
  end
end

-- Takes an event out of its match; others of the match may be quoted on.
local function forget(event, source, match_id)
  local bookmaker = string.match(event, '^[^/]*')
  for market in pairs(MARKET) do
    local key = document_key(market, source, match_id)
    if document.seat(key, bookmaker) == event then
      document.take(key, bookmaker)
      if next(document.seats(key)) == nil then remove_document(key, 'over', now) end
    end
    redis.call('HDEL', sightings_key(market, source), event)
  end
  if redis.call('HINCRBY', KEY.members, match_id, -1) <= 0 then redis.call('HDEL', KEY.members, match_id) end
end

local is_index_changed = false
for _, event in ipairs(due('events')) do
  local source = string.match(event, '^[^/]*/([^/]*)/')
  local fresh_until = 0
  for market in pairs(MARKET) do
    fresh_until = math.max(fresh_until, last_seen(market, source, event) + fresh_for(event, source))
  end
  if fresh_until > now then
    redis.call('ZADD', KEY.due .. 'events', fresh_until, event)
  else
    local indexed = redis.call('HGET', KEY.index, event)
    if indexed then forget(event, source, (split(indexed))) end
    redis.call('HDEL', KEY.index, event)
    redis.call('HDEL', KEY.events, event)
    redis.call('ZREM', KEY.due .. 'events', event)
    is_index_changed = true
    removed = removed + 1
  end
end
if is_index_changed then redis.call('INCR', KEY.version) end

for kind, hash in pairs({waiting = KEY.waiting, aliases = KEY.aliases, notes = KEY.notes, states = KEY.states}) do
  for _, field in ipairs(due(kind)) do
    redis.call('HDEL', hash, field)
    redis.call('ZREM', KEY.due .. kind, field)
    if kind ~= 'waiting' then removed = removed + 1 end
  end
end

for _, key in ipairs(due('caches')) do
  redis.call('DEL', key)
  redis.call('ZREM', KEY.due .. 'caches', key)
  removed = removed + 1
end

return {removed, is_full and 1 or 0}
