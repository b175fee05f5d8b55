-- Forgets a consumer that has nothing pending. KEYS: streams. ARGV: group, consumer.
local left = 0
for _, stream in ipairs(KEYS) do
  local pending = redis.call('XPENDING', stream, ARGV[1], '-', '+', 1, ARGV[2])
  if #pending == 0 then left = left + 1; redis.call('XGROUP', 'DELCONSUMER', stream, ARGV[1], ARGV[2]) end
end
return left
