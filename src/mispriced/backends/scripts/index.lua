-- Which match an event belongs to, and the move of its quotes when that changes.

-- Takes an event's quotes out of its old documents, before any is put anywhere: two events may swap.
local function lift(event, source, bookmaker, match_id, lifted)
  for market in pairs(MARKET) do
    local key = document_key(market, source, match_id)
    if document.seat(key, bookmaker) == event then
      local quote, changed_at, scored_at = document.take(key, bookmaker)
      lifted[#lifted + 1] = {market = market, event = event, from = key, from_id = match_id, quote = quote,
        changed_at = changed_at, scored_at = scored_at}
    end
  end
end

local function sight_of(market, source, event)
  local sighting = event and redis.call('HGET', sightings_key(market, source), event)
  return sighting and tonumber((split(sighting))) or 0
end

-- Puts a lifted quote into its new document, unless its bookmaker has a newer one there.
local function settle(one, assignment, now)
  local market, source = one.market, assignment.source
  local key = document_key(market, source, assignment.match_id)
  local seated = document.seat(key, assignment.bookmaker)
  if sight_of(market, source, seated) > sight_of(market, source, one.event) then
    redis.call('HDEL', sightings_key(market, source), one.event)
    return
  end
  if seated then redis.call('HDEL', sightings_key(market, source), seated) end
  alter(key, market, source, assignment.match_id, assignment.about, now)
  document.put(key, assignment.bookmaker, one.event, one.quote, one.changed_at)
  if one.scored_at then document.rescore(key, assignment.bookmaker, one.scored_at) end
  announce(key, market, source, true)
end

-- A document that a quote left: removed when it was the last, else to be judged without it.
local function leave(one, source, now)
  if not document.exists(one.from) then return end
  if next(document.seats(one.from)) == nil then
    remove_document(one.from, 'joined another match', now)
  else
    alter(one.from, one.market, source, one.from_id, nil, now)
    announce(one.from, one.market, source, true)
  end
end

-- Marks the sightings of an event whose digest is another than the index's: the next one is looked at.
local function mark_sightings(one)
  for market in pairs(MARKET) do
    local sightings = sightings_key(market, one.source)
    local sighting = redis.call('HGET', sightings, one.event)
    if sighting and not string.find(sighting, one.digest, 1, true) and string.sub(sighting, -1) ~= '!' then
      redis.call('HSET', sightings, one.event, sighting .. '!')
    end
  end
end

-- Gives every assignment's event its match id, moves what it had under another one.
local function assign(assignments, now)
  local lifted, moves = {}, {}
  for place, one in ipairs(assignments) do
    local indexed = redis.call('HGET', KEY.index, one.event)
    local was = indexed and split(indexed)
    local since = digits(now)
    if was == one.match_id then
      since = string.match(redis.call('HGET', KEY.events, one.event) or '', '^{"since":(%d+)') or since
    else
      if was then
        local first = #lifted + 1
        lift(one.event, one.source, one.bookmaker, was, lifted)
        moves[#moves + 1] = {assignment = one, was = was, first = first, last = #lifted}
      end
      redis.call('HDEL', KEY.aliases, one.match_id)
      redis.call('ZREM', KEY.due .. 'aliases', one.match_id)
      redis.call('HINCRBY', KEY.members, one.match_id, 1)
    end
    redis.call('HSET', KEY.index, one.event, one.match_id .. ' ' .. one.digest)
    redis.call('HSET', KEY.events, one.event, '{"since":' .. since .. ',' .. ARGV[one.json])
    mark_sightings(one)
    redis.call('ZADD', KEY.due .. 'events', one.about.kickoff + RULE.match_length, one.event)
    for market in pairs(MARKET) do redis.call('HDEL', KEY.waiting, one.event .. ' ' .. market) end
  end
  for _, move in ipairs(moves) do
    for place = move.first, move.last do settle(lifted[place], move.assignment, now) end
  end
  for _, move in ipairs(moves) do
    for place = move.first, move.last do leave(lifted[place], move.assignment.source, now) end
    if redis.call('HINCRBY', KEY.members, move.was, -1) <= 0 then
      redis.call('HDEL', KEY.members, move.was)
      redis.call('HSET', KEY.aliases, move.was, move.assignment.match_id)
      redis.call('ZADD', KEY.due .. 'aliases', move.assignment.about.kickoff + RULE.match_length, move.was)
    end
  end
  if #assignments > 0 then redis.call('INCR', KEY.version) end
end
