-- uses: names document opportunity announce recorded quotes index
-- Applies assignments, then acknowledges each message and, where that is news, applies its effects.
--
-- KEYS: the index. ARGV[1]: {group, now, version, assignments, messages}; further arguments are texts
-- that the order points to by number. Returns the tally, or -1 when the index is not at `version`.
local order = cmsgpack.unpack(ARGV[1])
local now = order.now
local version = tonumber(redis.call('GET', KEY.version) or 0)
if order.version and order.version ~= version then return {-1, version} end

assign(order.assignments, now)

local tally = new_tally()
for _, message in ipairs(order.messages) do
  if redis.call('XACK', message.stream, order.group, message.id) == 1 then
    for _, batch in ipairs(message.quotes or {}) do upsert(batch, now, tally) end
    for _, verdict in ipairs(message.verdicts or {}) do
      -- One that waited, for a server that was away or in a process that stood still, is of legs that grew
      -- old. And what changed meanwhile may be too little to be announced by itself.
      if now - verdict.at > RULE.verdict or judge(verdict) == 'changed' then
        announce_match(verdict.match_id, verdict.source)
      end
    end
    for _, output in ipairs(message.outputs or {}) do
      redis.call('XADD', output.stream, '*', unpack(ARGV, output.first, output.last))
    end
  end
end

local published = send_announcements(now)
version = tonumber(redis.call('GET', KEY.version) or 0)
return {published, version, tally.changed, tally.touched, tally.older, tally.unknown, tally.waiting}
