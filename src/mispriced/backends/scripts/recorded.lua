-- Entries for whoever records. Where no group reads a stream nothing is appended to it; of a recorder that
-- stays away it grows no further than its cap, and what is left out is counted.

local readers = {} -- by stream, asked once a script

local function is_recorded(stream)
  if readers[stream] == nil then
    readers[stream] = redis.call('EXISTS', stream) == 1 and #redis.call('XINFO', 'GROUPS', stream) > 0
  end
  return readers[stream]
end

local function record(stream, ...)
  if not is_recorded(stream) then return end
  if redis.call('XLEN', stream) < RULE.recorded then
    redis.call('XADD', stream, '*', ...)
  else
    redis.call('HINCRBY', KEY.unrecorded, stream, 1)
  end
end
