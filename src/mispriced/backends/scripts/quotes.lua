-- Puts quotes into their documents.
--
-- A batch holds columns of one market and source: events (keys), seen (microseconds as text), prices
-- and digests (texts that differ when what they stand for does), and `full` by place, with what is
-- needed where something is to be written. A place that needs it and has none is put into `missing`.
-- A sighting reads `seen prices digest`.

local function new_tally()
  return {changed = 0, touched = 0, older = 0, unknown = 0, waiting = 0, altered = 0, missing = {}}
end

-- Sends a quote to the match worker, unless the same went there a moment ago; nil if `full` is needed.
local function send_on(batch, place, print, now)
  local field = batch.events[place] .. ' ' .. batch.market
  local waiting = redis.call('HGET', KEY.waiting, field)
  if waiting then
    local at, sent = split(waiting)
    if sent == print and now < tonumber(at) + RULE.resend then return 'waiting' end
  end
  local full = batch.full[place]
  if not full then return nil end
  redis.call('XADD', data_stream(batch.market, batch.source), '*', 'quote', ARGV[full.json], 'v', '1')
  redis.call('HSET', KEY.waiting, field, digits(now) .. ' ' .. print)
  redis.call('ZADD', KEY.due .. 'waiting', now + RULE.resend, field)
  return 'unknown'
end

-- Whether a bookmaker's seat in a document is free for an event: nobody's, its own, or one that went stale.
local function may_sit(key, batch, place, bookmaker, sightings)
  local event = batch.events[place]
  local seated = document.seat(key, bookmaker)
  if not seated or seated == event then return true end
  local sighting = redis.call('HGET', sightings, seated)
  if sighting and tonumber(batch.seen[place]) - tonumber((split(sighting))) <= fresh_for(seated, batch.source) then
    return false
  end
  redis.call('HDEL', sightings, seated)
  return true
end

-- Writes a quote that differs from the one in the document; false if another event has its bookmaker's seat.
local function write(batch, place, match_id, had, sightings, now)
  local full = batch.full[place]
  local key = document_key(batch.market, batch.source, match_id)
  if not may_sit(key, batch, place, full.bookmaker, sightings) then return false end
  local changed_at = batch.seen[place]
  if had and split(had) == batch.prices[place] then
    changed_at = document.get(key, 'changed_at.' .. full.bookmaker)[1] or changed_at
  end
  document.mark(key, batch.market, batch.source, match_id, full, now)
  document.put(key, full.bookmaker, batch.events[place], ARGV[full.json], changed_at)
  announce(key, batch.market, batch.source)
  return true
end

-- Whether a sighting lies further ahead of the server's clock than clocks differ: a clock was set back
-- since. The caller's `now` cannot tell, it may have been frozen for an hour.
local function is_impossible(seen)
  return tonumber(seen) > tonumber(redis.call('TIME')[1]) * 1000000 + RULE.slack
end

-- Puts the quote of an event that the index knows; returns what became of it and its new sighting.
local function put(batch, place, indexed, sighting, sightings, now, tally)
  local event, seen = batch.events[place], batch.seen[place]
  local print = batch.prices[place] .. ' ' .. batch.digests[place]
  local was_seen, had
  if sighting then was_seen, had = split(sighting) end
  if sighting and tonumber(was_seen) >= tonumber(seen) and not is_impossible(was_seen) then return 'older' end
  local match_id, digest = split(indexed)
  if had ~= print and not batch.full[place] then return nil end
  if digest ~= batch.digests[place] then
    if not send_on(batch, place, print, now) then return nil end
    tally.altered = tally.altered + 1
  end
  local stands = seen .. ' ' .. print
  if had ~= print then
    if not write(batch, place, match_id, had, sightings, now) then return 'older' end
    return 'changed', stands
  end
  if tonumber(seen) - tonumber(was_seen) > fresh_for(event, batch.source) then
    announce(document_key(batch.market, batch.source, match_id), batch.market, batch.source)
  end
  return 'touched', stands
end

local function upsert(batch, now, tally)
  local sightings = sightings_key(batch.market, batch.source)
  local index = redis.call('HMGET', KEY.index, unpack(batch.events))
  local before = redis.call('HMGET', sightings, unpack(batch.events))
  local sighted, moved = {}, {}
  for place, event in ipairs(batch.events) do
    local what, stands
    if index[place] then
      what, stands = put(batch, place, index[place], sighted[event] or before[place], sightings, now, tally)
    else
      what = send_on(batch, place, batch.prices[place] .. ' ' .. batch.digests[place], now)
    end
    if what then tally[what] = tally[what] + 1 else tally.missing[#tally.missing + 1] = place end
    if stands then
      sighted[event] = stands
      moved[#moved + 1] = event
      moved[#moved + 1] = stands
    end
  end
  if #moved > 0 then redis.call('HSET', sightings, unpack(moved)) end
end
