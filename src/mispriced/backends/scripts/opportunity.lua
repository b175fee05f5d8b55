-- What is open now, and the stream of what opened, changed and closed.

local function tell(id, state, reason, body, at)
  redis.call('XADD', KEY.opportunities, '*', 'id', id, 'state', state, 'reason', reason, 'body', body,
    'at', digits(at))
end

local function close(id, reason, at)
  local body = redis.call('HGET', KEY.open, id)
  if body then
    redis.call('HDEL', KEY.open, id)
    tell(id, 'closed', reason, body, at)
  end
end

-- Removes a document; what stood in it is closed.
local function remove_document(key, reason, at)
  local standing = document.get(key, 'opportunity')[1]
  if standing then close(standing, reason, at) end
  document.delete(key)
end

-- Applies a verdict {document, revision, id, legs, reason, at}; false if the document is another by now.
local function judge(verdict, body)
  local held = document.get(verdict.document, 'revision', 'opportunity', 'legs')
  local revision, standing, legs = held[1], held[2], held[3]
  if not revision or tonumber(revision) ~= verdict.revision then return false end
  if standing and standing ~= verdict.id then
    close(standing, verdict.id and 'replaced' or verdict.reason, verdict.at)
    legs = false
  end
  if not verdict.id then
    document.set(verdict.document, 'arbitrage', 0, 'arb_updated', digits(verdict.at))
    document.unset(verdict.document, 'arbitrage_opportunities', 'opportunity', 'legs')
    return true
  end
  document.set(verdict.document, 'arbitrage', 1, 'arb_updated', digits(verdict.at),
    'arbitrage_opportunities', body, 'opportunity', verdict.id, 'legs', verdict.legs)
  local is_new = redis.call('HSET', KEY.open, verdict.id, body) == 1
  if is_new then
    tell(verdict.id, 'opened', verdict.reason, body, verdict.at)
  elseif legs ~= verdict.legs then
    tell(verdict.id, 'changed', verdict.reason, body, verdict.at)
  end
  return true
end
