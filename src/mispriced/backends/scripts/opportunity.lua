-- What is open now, what is pending, and the stream of what opened, changed and closed.
--
-- A verdict is of one match and source, over the documents of all markets. Each document has in
-- `standing` the ids of what has a leg in it.

local function tell(id, state, reason, body, at)
  redis.call('XADD', KEY.opportunities, '*', 'id', id, 'state', state, 'reason', reason, 'body', body,
    'at', digits(at))
end

-- Forgets what is open or pending; it is told with a reason, and without one where nobody was told of it.
local function close(id, reason, at)
  local body, waits = redis.call('HGET', KEY.open, id), redis.call('HGET', KEY.pending, id)
  if waits and not body then body = select(2, split(waits)) end
  redis.call('HDEL', KEY.open, id)
  redis.call('HDEL', KEY.pending, id)
  redis.call('HDEL', KEY.legs, id)
  if body and reason then tell(id, 'closed', reason, body, at) end
end

-- Closes what ends with its match.
local function close_with_match(id, reason, at)
  local waits = redis.call('HGET', KEY.pending, id)
  if waits then
    reason = split(waits) == 'waiting' and 'not confirmed: ' .. reason or nil
  end
  close(id, reason, at)
end

-- The ids of what has a leg in a document.
local function standing_in(key)
  local ids = {}
  for id in string.gmatch(document.get(key, 'standing')[1] or '', '%S+') do ids[#ids + 1] = id end
  return ids
end

-- The keys of the documents of a match and source that are there.
local function documents_of(match_id, source)
  local keys = {}
  for market in pairs(MARKET) do
    local key = document_key(market, source, match_id)
    if document.exists(key) then keys[#keys + 1] = key end
  end
  return keys
end

-- Writes into a document what stands in it. Without a verdict that holds, only what a next one may close.
local function list(key, ids, is_judged)
  if #ids == 0 then
    document.unset(key, 'standing', 'arbitrage_opportunities')
    document.set(key, 'arbitrage', 0)
    return
  end
  document.set(key, 'standing', table.concat(ids, ' '))
  local bodies = {}
  for _, id in ipairs(ids) do bodies[#bodies + 1] = redis.call('HGET', KEY.open, id) or nil end
  if is_judged and #bodies > 0 then
    document.set(key, 'arbitrage', 1, 'arbitrage_opportunities', '[' .. table.concat(bodies, ',') .. ']')
  else
    document.unset(key, 'arbitrage_opportunities')
    document.set(key, 'arbitrage', 0)
  end
end

-- The other documents in which something stands that stands in this one.
local function sharing(key, match_id, source)
  local ids, found = {}, {}
  for _, id in ipairs(standing_in(key)) do ids[id] = true end
  if next(ids) == nil then return found end
  for _, other in ipairs(documents_of(match_id, source)) do
    local is_shared = false
    for _, id in ipairs(standing_in(other)) do is_shared = is_shared or ids[id] end
    if other ~= key and is_shared then found[#found + 1] = other end
  end
  return found
end

-- Marks a document as changed: what has a leg in it is not judged any more, in no document.
local function alter(key, market, source, match_id, about, now)
  for _, other in ipairs(sharing(key, match_id, source)) do
    document.set(other, 'arbitrage', 0)
    document.unset(other, 'arbitrage_opportunities')
  end
  document.mark(key, market, source, match_id, about, now)
end

-- Removes a document; what stood in it is closed.
local function remove_document(key, reason, at)
  local held = document.get(key, 'match_id', 'source')
  local others = held[1] and sharing(key, held[1], held[2]) or {}
  for _, id in ipairs(standing_in(key)) do close_with_match(id, reason, at) end
  document.delete(key)
  for _, other in ipairs(others) do
    local left = {}
    for _, id in ipairs(standing_in(other)) do
      if redis.call('HEXISTS', KEY.legs, id) == 1 then left[#left + 1] = id end
    end
    list(other, left, tostring(document.get(other, 'arbitrage')[1]) == '1')
  end
end

-- Whether what is open or pending under an id has these legs. Behind them stands what flags it.
local function has_legs(id, legs)
  return string.sub(redis.call('HGET', KEY.legs, id) or '', 1, #legs) == legs
end

-- Opens what a verdict found, or says that it changed.
local function stand(one, at)
  local body = ARGV[one.body]
  local is_new = redis.call('HSET', KEY.open, one.id, body) == 1
  local before = redis.call('HGET', KEY.legs, one.id)
  redis.call('HSET', KEY.legs, one.id, one.legs .. one.flagged)
  redis.call('HDEL', KEY.pending, one.id)
  if is_new then
    tell(one.id, 'opened', '', body, at)
  elseif before ~= one.legs .. one.flagged then
    tell(one.id, 'changed', '', body, at)
  end
end

-- Keeps what is told later. Of two verdicts that found it the first counts: its legs are to be seen again.
local function hold(one, reason, at)
  local is_same = has_legs(one.id, one.legs)
  local waits = redis.call('HGET', KEY.pending, one.id)
  if is_same and waits and (one.word == 'waiting' or split(waits) == 'lapsed') then return end
  if reason then close(one.id, reason, at) end
  redis.call('HSET', KEY.pending, one.id, one.word .. ' ' .. ARGV[one.body])
  redis.call('HSET', KEY.legs, one.id, one.legs)
end

-- Whether what a verdict has as pending is open already, with the same legs: another one was faster.
local function is_told(one)
  return redis.call('HEXISTS', KEY.open, one.id) == 1 and has_legs(one.id, one.legs)
end

-- Applies a verdict. Returns 'taken'; 'late' if another one of the same revisions was reached later; or
-- 'changed' if a document has another revision by now.
local function judge(verdict)
  local found, listed, before, is_late = {}, {}, {}, true
  for market in pairs(MARKET) do
    local key = document_key(market, verdict.source, verdict.match_id)
    local held = document.get(key, 'revision', 'arb_updated')
    if tonumber(held[1] or 0) ~= (verdict.revisions[market] or 0) then return 'changed' end
    if held[1] then
      listed[market] = {}
      local at = tonumber(held[2] or 0)
      is_late = is_late and at > verdict.at and not is_ahead(at)
    end
    for _, id in ipairs(standing_in(key)) do before[#before + 1] = id end
  end
  if is_late then return 'late' end
  for _, one in ipairs(verdict.found) do found[one.id] = true end
  for _, one in ipairs(verdict.pending) do found[one.id] = true end
  table.sort(before)
  for _, id in ipairs(before) do
    if not found[id] then
      local is_open = redis.call('HEXISTS', KEY.open, id) == 1
      close(id, verdict.closed[id] or is_open and 'stands no longer', verdict.at)
    end
  end
  for _, one in ipairs(verdict.found) do
    stand(one, verdict.at)
    for _, market in ipairs(one.markets) do table.insert(listed[market], one.id) end
  end
  for _, one in ipairs(verdict.pending) do
    if not is_told(one) then hold(one, verdict.closed[one.id], verdict.at) end
    for _, market in ipairs(one.markets) do table.insert(listed[market], one.id) end
  end
  for market, ids in pairs(listed) do
    local key = document_key(market, verdict.source, verdict.match_id)
    document.set(key, 'arb_updated', digits(verdict.at))
    list(key, ids, true)
  end
  return 'taken'
end
