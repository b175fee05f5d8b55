-- flags: allow-oom
-- Removes a stream's entries that every group has acknowledged. KEYS: the stream. ARGV: how many entries
-- stay in any case, how many stay without a group, at most so many removed, a consumer's longest idle
-- time in milliseconds. Returns how many were removed.
--
-- Of each group the oldest pending entry is the first it still needs; with none pending, the first that
-- it was not given; at the stream's end, the last that it was given. The lowest of these is the bound.
-- `~` removes whole nodes of the stream only, so that a little more stays.
local stream, kept, cap, most, idle = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
if redis.call('EXISTS', stream) == 0 then return 0 end

local function named(reply)
  local fields = {}
  for place = 1, #reply, 2 do fields[reply[place]] = reply[place + 1] end
  return fields
end

local function is_before(left, right)
  local left_ms, left_count = string.match(left, '^(%d+)-(%d+)$')
  local right_ms, right_count = string.match(right, '^(%d+)-(%d+)$')
  if left_ms ~= right_ms then return tonumber(left_ms) < tonumber(right_ms) end
  return tonumber(left_count) < tonumber(right_count)
end

local length = redis.call('XLEN', stream)
local groups = redis.call('XINFO', 'GROUPS', stream)
if #groups == 0 then
  if length <= cap then return 0 end
  return redis.call('XTRIM', stream, 'MAXLEN', '~', cap, 'LIMIT', most)
end

local bound
for _, reply in ipairs(groups) do
  local group = named(reply)
  local needed = redis.call('XPENDING', stream, group.name)[2]
  if not needed then
    local unread = redis.call('XRANGE', stream, '(' .. group['last-delivered-id'], '+', 'COUNT', 1)
    needed = unread[1] and unread[1][1] or group['last-delivered-id']
  end
  if not bound or is_before(needed, bound) then bound = needed end
  for _, line in ipairs(redis.call('XINFO', 'CONSUMERS', stream, group.name)) do
    local consumer = named(line)
    if consumer.pending == 0 and consumer.idle > idle then
      redis.call('XGROUP', 'DELCONSUMER', stream, group.name, consumer.name)
    end
  end
end
if length <= kept then return 0 end
return redis.call('XTRIM', stream, 'MINID', '~', bound, 'LIMIT', math.min(most, length - kept))
