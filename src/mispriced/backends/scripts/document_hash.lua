-- A market document as a hash. Beside `document_json.lua` the only part that knows how it is laid out.
--
-- Of each bookmaker: `match_team_objects.B` its quote, `event.B` the key of the event that it is of,
-- `changed_at.B` since when it has these prices, `score_changed_at.B` when its score was first seen to
-- be another. When it was last seen is in the sightings hash of market and source, by event, so that an
-- unchanged poll writes nothing here.

local document = {}

function document.exists(key)
  return redis.call('EXISTS', key) == 1
end

function document.get(key, ...)
  return redis.call('HMGET', key, ...)
end

function document.set(key, ...)
  redis.call('HSET', key, ...)
end

function document.unset(key, ...)
  redis.call('HDEL', key, ...)
end

function document.delete(key)
  redis.call('DEL', key)
  redis.call('ZREM', KEY.due .. 'documents', key)
end

-- The key of the event that a bookmaker's quote is of; false if it has none here.
function document.seat(key, bookmaker)
  return redis.call('HGET', key, 'event.' .. bookmaker)
end

-- Event keys by bookmaker.
function document.seats(key)
  local fields = redis.call('HGETALL', key)
  local seats = {}
  for place = 1, #fields, 2 do
    local bookmaker = string.match(fields[place], '^event%.(.*)$')
    if bookmaker then seats[bookmaker] = fields[place + 1] end
  end
  return seats
end

-- A document in full with its market, its source and the event keys by bookmaker; nil if it is gone.
function document.read(key)
  local fields = redis.call('HGETALL', key)
  if #fields == 0 then return nil end
  local named, seats = {}, {}
  for place = 1, #fields, 2 do
    named[fields[place]] = fields[place + 1]
    local bookmaker = string.match(fields[place], '^event%.(.*)$')
    if bookmaker then seats[bookmaker] = fields[place + 1] end
  end
  return fields, named.market, named.source, seats
end

-- Since when a bookmaker's quote has its prices.
function document.changed_at(key, bookmaker)
  return redis.call('HGET', key, 'changed_at.' .. bookmaker)
end

-- Puts a bookmaker's quote into a document that was marked.
function document.put(key, bookmaker, event, quote, changed_at)
  redis.call('HSET', key, 'match_team_objects.' .. bookmaker, quote, 'event.' .. bookmaker, event,
    'changed_at.' .. bookmaker, changed_at)
end

-- Notes when a bookmaker's score became another.
function document.rescore(key, bookmaker, at)
  redis.call('HSET', key, 'score_changed_at.' .. bookmaker, at)
end

-- Removes a bookmaker's quote; returns it, since when it has its prices, and when its score changed.
function document.take(key, bookmaker)
  local quote, event, changed = 'match_team_objects.' .. bookmaker, 'event.' .. bookmaker, 'changed_at.' .. bookmaker
  local scored = 'score_changed_at.' .. bookmaker
  local taken = redis.call('HMGET', key, quote, changed, scored)
  redis.call('HDEL', key, quote, event, changed, scored)
  return unpack(taken)
end

-- Makes the document if it is new, and marks it as not judged at a revision of its own. What stands in it
-- (`standing`) stays until it is judged: that is what closes it.
function document.mark(key, market, source, match_id, about, now)
  if not document.exists(key) then
    redis.call('HSET', key, 'match_id', match_id, 'market', market, 'source', source, 'created', digits(now))
  end
  local ends = now + SILENT[source]
  if about then
    ends = math.min(ends, math.max(about.kickoff + RULE.match_length, now + FRESH[source]))
    redis.call('HSET', key, 'teams', about.teams, 'match_date', about.match_date,
      'start_time', about.start_time, 'kickoff', digits(about.kickoff))
  end
  redis.call('HSET', key, 'revision', redis.call('INCR', KEY.revision), 'arbitrage', 0,
    'bookie_updated', digits(now))
  redis.call('HDEL', key, 'arbitrage_opportunities')
  redis.call('ZADD', KEY.due .. 'documents', 'NX', ends, key)
end
